/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "cmd/command.h"

#include <sanitizer/allocator_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALLOWANCE ((size_t)16 << 20)

static size_t in_use, peak;

static void note_malloc(const volatile void *memory, size_t size)
{
    (void)memory;
    in_use += size;
    peak = in_use > peak ? in_use : peak;
}

static void note_free(const volatile void *memory)
{
    const size_t size = memory ? __sanitizer_get_allocated_size(memory) : 0;
    in_use -= size < in_use ? size : in_use; /* the fuzzer frees what it took before us */
}

static void drop_notice(const char *text, void *context)
{
    (void)text;
    (void)context;
}

/* main.c's, which is not linked: nothing here runs a command. */
volatile sig_atomic_t rnn_stop_signal, rnn_save_signal;

void rnn_heed_signals(void)
{
}

void rnn_heed_save_signal(void)
{
}

void rnn_release_signals(void)
{
}

void fuzz_begin(void)
{
    static bool installed;
    if (!installed) {
        installed = true;
        rnn_set_notice_handler(drop_notice, NULL);
        fuzz_require(__sanitizer_install_malloc_and_free_hooks(note_malloc, note_free) != 0, "no room for our hooks");
    }
    in_use = peak = 0;
}

void fuzz_end(size_t size)
{
    fuzz_require(peak + size <= 2 * size + ALLOWANCE, "more memory than twice the file and 16 MiB");
}

void fuzz_expect_told(rnn_status status, const char *source)
{
    const char *message = rnn_error_message();
    fuzz_require(status == RNN_OK || status == RNN_BAD_DATA || status == RNN_USAGE, "a status that is not documented");
    fuzz_require(status == RNN_OK || strncmp(message, source, strlen(source)) == 0, "a message without its place");
}

void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: %s; the last message is: %s\n", what, rnn_error_message());
    abort();
}
