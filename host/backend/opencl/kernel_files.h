/* SPDX-License-Identifier: MIT
 * kernel_files.h - the kernel sources as texts inside the binary; tools/embed generates the table
 */
#ifndef RNN_OPENCL_KERNEL_FILES_H
#define RNN_OPENCL_KERNEL_FILES_H

#include <stddef.h>

typedef struct rnn_kernel_file {
    const char *name; /* "elman.cl" */
    const char *text;
} rnn_kernel_file;

extern const rnn_kernel_file rnn_kernel_files[];
extern const size_t rnn_kernel_file_count;

#endif
