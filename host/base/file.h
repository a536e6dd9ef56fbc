/* SPDX-License-Identifier: MIT
 * file.h - a whole input file into memory, with a cap; parsers then work on (pointer, length)
 */
#ifndef RNN_BASE_FILE_H
#define RNN_BASE_FILE_H

#include "base/status.h"

/* Reads a regular file or a pipe to its end. *bytes is the caller's, to be freed with free(); it is not NULL even for an
 * empty file, and holds exactly *size bytes. A file that grows while it is read is read as far as it then goes.
 * RNN_NO_INPUT: absent, unreadable, a directory or a device. RNN_BAD_DATA: longer than `cap`. RNN_IO: a failing read.
 * RNN_STOPPED: a signal came while waiting for input. */
rnn_status rnn_read_file(const char *path, size_t cap, unsigned char **bytes, size_t *size);

#endif
