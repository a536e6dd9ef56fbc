/* SPDX-License-Identifier: MIT */
#include "allocations.h"

#include <jansson.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static bool watching;
static size_t failing, in_use;
static allocations seen;

static bool is_refused(void)
{
    return watching && ++seen.count >= failing && failing > 0;
}

static void *take(void *memory)
{
    if (watching && memory) {
        in_use += malloc_usable_size(memory);
        seen.peak = in_use > seen.peak ? in_use : seen.peak;
        seen.left++;
    }
    return memory;
}

static void give(void *memory)
{
    if (watching && memory) {
        const size_t size = malloc_usable_size(memory);
        in_use -= size < in_use ? size : in_use; /* it may be older than the watch */
        seen.left--;
    }
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : take(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : take(__real_calloc(count, size));
}

/* The old block counts beside the new one, as where it has to be moved. */
void *__wrap_realloc(void *memory, size_t size)
{
    if (is_refused())
        return NULL;
    const size_t before = memory && watching ? malloc_usable_size(memory) : 0;
    void *moved = take(__real_realloc(memory, size));
    if (moved && before) {
        in_use -= before < in_use ? before : in_use;
        seen.left--;
    }
    return moved;
}

void __wrap_free(void *memory)
{
    give(memory);
    __real_free(memory);
}

/* jansson 2.14 ends the program (akheron/jansson#362, an assertion) when a token's buffer cannot grow. Such buffers have powers
 * of two for their size, as some tables of it: those are granted. */
static void *take_for_json(size_t size)
{
    return (size & (size - 1)) == 0 ? take(__real_malloc(size)) : __wrap_malloc(size);
}

void allocations_watch(size_t number)
{
    json_set_alloc_funcs(take_for_json, __wrap_free);
    failing = number;
    in_use = 0;
    seen = (allocations){0};
    watching = true;
}

allocations allocations_stop(void)
{
    watching = false;
    return seen;
}
