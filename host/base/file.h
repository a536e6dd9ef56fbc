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

/* A regular file held open, to be read in pieces. *input is the caller's, to be closed; *size is what the file states.
 * Statuses as of rnn_read_file; RNN_OK and *input NULL where it is a pipe, of which nothing was taken. */
typedef struct rnn_input rnn_input;
rnn_status rnn_input_open(const char *path, rnn_input **input, size_t *size);
void rnn_input_close(rnn_input *input);

/* Reads on; *got < wanted only at the end of the file. */
rnn_status rnn_input_read(rnn_input *input, void *to, size_t wanted, size_t *got);
rnn_status rnn_input_seek(rnn_input *input, size_t offset);

#endif
