/* SPDX-License-Identifier: MIT
 * allocations.h - the heap under watch: how much a call takes, and what it does when memory is out
 *
 * The linker puts our functions in the place of malloc, calloc, realloc and free (-Wl,--wrap, in the Makefile) for the
 * library and the tests; jansson is handed the same. What the C library allocates for itself is not seen.
 */
#ifndef RNN_TESTS_BASE_ALLOCATIONS_H
#define RNN_TESTS_BASE_ALLOCATIONS_H

#include <stddef.h>

typedef struct allocations {
    size_t count; /* calls that asked for memory */
    size_t peak;  /* most bytes in use at a time, with what the allocator adds */
    long left;    /* blocks taken and not given back */
} allocations;

/* From here on; allocation number `failing`, from 1, and all that follow it are refused. 0: none. */
void allocations_watch(size_t failing);
allocations allocations_stop(void);

#endif
