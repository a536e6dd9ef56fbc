/* SPDX-License-Identifier: MIT
 * file.c - the size a file states is a hint only: pipes and /proc state none, and a log may grow under the reader
 */
#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROOM 65536 /* where the file states no size; doubled as needed */

/* EINTR means that the calling program has a handler which is to be heard (one without SA_RESTART): waiting on would ignore
 * a wish to stop. */
static rnn_status fail_errno(rnn_status status, const char *path, const char *verb)
{
    const int code = errno;
    if (code == EINTR)
        return rnn_fail(RNN_STOPPED, "%s: a signal came while waiting for input", path);
    return rnn_fail(status, "%s: cannot be %s: %s", path, verb, strerror(code));
}

static rnn_status fail_cap(const char *path, size_t cap)
{
    return rnn_fail(RNN_BAD_DATA, "%s: longer than %zu bytes, the cap for such a file", path, cap);
}

static rnn_status open_input(const char *path, int *file, struct stat *facts)
{
    *file = open(path, O_RDONLY | O_CLOEXEC);
    if (*file < 0)
        return fail_errno(RNN_NO_INPUT, path, "opened");
    if (fstat(*file, facts))
        return fail_errno(RNN_NO_INPUT, path, "examined");
    if (S_ISDIR(facts->st_mode))
        return rnn_fail(RNN_NO_INPUT, "%s: is a directory, expected a file", path);
    if (!S_ISREG(facts->st_mode) && !S_ISFIFO(facts->st_mode))
        return rnn_fail(RNN_NO_INPUT, "%s: is a device or a socket, expected a file or a pipe", path);
    return RNN_OK;
}

/* Room for `room` bytes in all; the old bytes stay. */
static rnn_status grow(unsigned char **bytes, size_t room, const char *path)
{
    unsigned char *larger = realloc(*bytes, room);
    if (!larger)
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory: %zu bytes to read it", path, room);
    *bytes = larger;
    return RNN_OK;
}

rnn_status rnn_read_file(const char *path, size_t cap, unsigned char **bytes, size_t *size)
{
    rnn_status status;
    int file = -1;
    struct stat facts;
    unsigned char *buffer = NULL;
    size_t used = 0, room;

    *bytes = NULL;
    *size = 0;
    RNN_TRY(open_input(path, &file, &facts));
    if ((uintmax_t)facts.st_size > cap)
        RNN_TRY(fail_cap(path, cap));

    /* One byte more than stated, so that the read which finds the end needs no second block. */
    room = S_ISREG(facts.st_mode) && facts.st_size > 0 ? (size_t)facts.st_size + 1 : FIRST_ROOM;
    RNN_TRY(grow(&buffer, room, path));
    for (;;) {
        const ssize_t got = read(file, buffer + used, room - used);
        if (got < 0)
            RNN_TRY(fail_errno(RNN_IO, path, "read"));
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > cap)
            RNN_TRY(fail_cap(path, cap));
        if (used == room) {
            if (__builtin_mul_overflow(room, (size_t)2, &room))
                room = SIZE_MAX;
            RNN_TRY(grow(&buffer, room, path));
        }
    }
    close(file);
    *bytes = buffer;
    *size = used;
    return RNN_OK;
fail:
    free(buffer);
    if (file >= 0)
        close(file);
    return status;
}

struct rnn_input {
    const char *path; /* the opener's */
    int file;
};

rnn_status rnn_input_open(const char *path, rnn_input **input, size_t *size)
{
    rnn_status status;
    struct stat facts;
    rnn_input *opened = NULL;
    *input = NULL;
    if (stat(path, &facts) == 0 && S_ISFIFO(facts.st_mode)) /* opening it and closing it again would end its writer */
        return RNN_OK;
    RNN_TRY(RNN_NEW(opened, 1));
    opened->path = path;
    RNN_TRY(open_input(path, &opened->file, &facts));
    *size = (size_t)facts.st_size;
    *input = opened;
    return RNN_OK;
fail:
    rnn_input_close(opened);
    return status;
}

void rnn_input_close(rnn_input *input)
{
    if (!input)
        return;
    if (input->file > 0)
        close(input->file);
    free(input);
}

rnn_status rnn_input_read(rnn_input *input, void *to, size_t wanted, size_t *got)
{
    for (*got = 0; *got < wanted;) {
        const ssize_t count = read(input->file, (char *)to + *got, wanted - *got);
        if (count < 0)
            return fail_errno(RNN_IO, input->path, "read");
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return RNN_OK;
}

rnn_status rnn_input_seek(rnn_input *input, size_t offset)
{
    return lseek(input->file, (off_t)offset, SEEK_SET) < 0 ? fail_errno(RNN_IO, input->path, "read") : RNN_OK;
}
