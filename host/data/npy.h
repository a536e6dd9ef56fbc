/* SPDX-License-Identifier: MIT
 * npy.h - NumPy's array files, as far as they hold a series
 *
 *   "\x93NUMPY"  major minor  header length (2 bytes in version 1, 4 in 2 and 3, little-endian)  header  values
 *   header = a Python dict: {'descr': '<f8', 'fortran_order': False, 'shape': (309, 2), } padded with blanks, then '\n'
 * Read are versions 1.0, 2.0 and 3.0 with '<f4' or '<f8' in C order, (N,) or (N, columns). Everything else is refused with
 * the offset of what is wrong and what to write instead: converting silently would hide what the file holds.
 */
#ifndef RNN_DATA_NPY_H
#define RNN_DATA_NPY_H

#include "base/file.h"

#define RNN_NPY_MAX_HEADER 10000 /* numpy.load's own cap */

bool rnn_npy_has_magic(const unsigned char *bytes, size_t size);

/* Reads `size` bytes that begin with the magic. Columns are named by position, "1" on. Statuses as of rnn_series_read_with; RNN_CONFIG:
 * a column of times or ids is asked for, which an array of numbers does not have. */
rnn_status rnn_npy_parse_with(const char *source, const unsigned char *bytes, size_t size,
                              const rnn_read_options *options, rnn_series **out);

/* The same as rnn_series_read has it. */
rnn_status rnn_npy_parse(const char *source, const unsigned char *bytes, size_t size, const rnn_columns *wanted,
                         rnn_series **out);

/* The same from an open regular file of `size` bytes, without holding it whole: for series that fill the memory. RNN_IO: it
 * became shorter meanwhile. */
rnn_status rnn_npy_read(const char *path, rnn_input *input, size_t size, const rnn_read_options *options,
                        rnn_series **out);

#endif
