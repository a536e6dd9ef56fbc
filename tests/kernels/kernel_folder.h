/* SPDX-License-Identifier: MIT
 * kernel_folder.h - a folder of kernel sources that stands in for the embedded ones while a test runs
 *
 * Made under TMPDIR or /tmp; RNN_KERNEL_DIR names it until it is removed. Failures are Check failures.
 */
#ifndef RNN_TESTS_KERNEL_FOLDER_H
#define RNN_TESTS_KERNEL_FOLDER_H

void kernel_folder_make(void);

/* Copies a file of tests/ (a path relative to it) into the folder, under its own name. */
void kernel_folder_copy(const char *path);

/* All of kernels/ */
void kernel_folder_copy_kernels(void);

/* Replaces the first `from` in the folder's file `name` by `to`. It has to be there. */
void kernel_folder_edit(const char *name, const char *from, const char *to);

/* Removes the folder and unsets RNN_KERNEL_DIR. */
void kernel_folder_remove(void);

#endif
