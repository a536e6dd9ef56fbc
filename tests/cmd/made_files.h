/* SPDX-License-Identifier: MIT
 * made_files.h - malformed files that are too large to keep: made for the test that reads them
 */
#ifndef RNN_TESTS_CMD_MADE_FILES_H
#define RNN_TESTS_CMD_MADE_FILES_H

#include <stddef.h>

/* Writes the file called `name` to `path`. Aborts the test where there is no such file to make. */
void made_file_write(const char *name, const char *path);
size_t made_file_count(void);

#endif
