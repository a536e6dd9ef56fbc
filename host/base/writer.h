/* SPDX-License-Identifier: MIT
 * writer.h - how every output file comes to be: whole under its own name, or not at all
 *
 * Bytes go to a temporary file beside the final one; commit makes them durable and renames. So a reader, a full disk, a
 * signal or a lost machine finds the old file or the new one, never half of one. The temporary file is
 * `name.tmp.PID.random`; only a process killed outright leaves one behind (rnn_remove_temporaries).
 *
 *   rnn_writer *writer = NULL;
 *   RNN_TRY(rnn_writer_open(path, &writer));
 *   RNN_TRY(rnn_writer_format(writer, "%zu,%.17g\n", index, value));
 *   RNN_TRY(rnn_writer_commit(writer));
 *   fail: rnn_writer_free(writer);
 */
#ifndef RNN_BASE_WRITER_H
#define RNN_BASE_WRITER_H

#include "base/status.h"

typedef struct rnn_writer rnn_writer;

/* RNN_CANNOT_CREATE: the folder is absent or closed to us, or `path` is no place for a file (a folder, a device). A link
 * is followed: what it points to is replaced, the link stays. */
rnn_status rnn_writer_open(const char *path, rnn_writer **out);

/* The same for a file that can be made again and whose reader finds out what is wrong with it: nothing is synced, so that
 * only a lost machine may leave a file in pieces, and the file is its owner's alone. */
rnn_status rnn_writer_open_cache(const char *path, rnn_writer **out);

/* RNN_IO: the disk is full, a quota or limit is reached, the device failed. The temporary file is gone then, and every
 * later call gives the same failure, so that a long list of writes may be checked at its end only. */
rnn_status rnn_writer_write(rnn_writer *writer, const void *bytes, size_t size);

/* printf, with a decimal point whatever the program's locale says. */
rnn_status rnn_writer_format(rnn_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The temporary file, for another program to fill. It must have ended before commit, and nothing may be written here. */
const char *rnn_writer_temporary(const rnn_writer *writer);

/* Durable and renamed, or a failure and the old file as it was. Once; afterwards the writer can only be freed. */
rnn_status rnn_writer_commit(rnn_writer *writer);

/* Removes the temporary file; the old file stays as it was. Nothing is left to do after a commit or a failure. */
void rnn_writer_abandon(rnn_writer *writer);

/* Abandons what was not committed. Accepts NULL. */
void rnn_writer_free(rnn_writer *writer);

/* Removes the temporary files that killed processes left in a folder. For who alone writes there. */
void rnn_remove_temporaries(const char *folder);

/* Creates a folder and those above it. One that exists is fine. RNN_CANNOT_CREATE also where no file could be created in it: it
 * is closed to us, or its path so long that nothing fits behind it. private: open to nobody but their owner. */
rnn_status rnn_make_folder(const char *path);
rnn_status rnn_make_private_folder(const char *path);

#endif
