/* SPDX-License-Identifier: MIT
 * writer.c - the order that makes it safe: write, fsync the file, close, rename, fsync the folder
 *
 * Without the first fsync a machine that loses power may keep the new name with no bytes behind it; without the second,
 * the old name.
 */
#define _GNU_SOURCE /* realpath is XSI, not base POSIX */

#include "base/writer.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)1 << 16)
#define NAME_ROOM   128 /* behind a folder's path: a file's name, temporary or not */

struct rnn_writer {
    char *path;   /* final, links resolved */
    char *folder; /* that it lies in; known before the file is renamed, after which lack of memory must not fail it */
    char *temporary; /* NULL when there is no such file: not yet, committed, or given up */
    int descriptor;  /* -1 when closed */
    bool cache;      /* not synced, its owner's alone */
    rnn_status failed;
    locale_t c_locale;
    size_t used;
    char buffer[BUFFER_SIZE];
};

void rnn_writer_abandon(rnn_writer *writer)
{
    if (writer->descriptor >= 0)
        close(writer->descriptor);
    writer->descriptor = -1;
    if (writer->temporary)
        unlink(writer->temporary);
    free(writer->temporary);
    writer->temporary = NULL;
}

/* What to try, for the tail of a message; "" where nothing is known to help. */
static const char *advice(int code)
{
    switch (code) {
    case ENOSPC:
        return "; make room there, or write to another disk";
    case EDQUOT:
        return "; delete something there, where your share of the disk is used up, or write to another disk";
    case EFBIG:
        return "; raise the limit on the size of files (ulimit -f)";
    case EROFS:
    case EACCES:
    case EPERM:
        return "; choose a folder that you may write to";
    default:
        return "";
    }
}

static rnn_status broken(rnn_writer *writer, const char *doing)
{
    const int code = errno;
    writer->failed = rnn_fail(RNN_IO, "%s: %s failed: %s; what was there before is unchanged%s", writer->path, doing,
                              strerror(code), advice(code));
    rnn_writer_abandon(writer);
    return writer->failed;
}

/* The file that `path` means. Renaming over a device such as /dev/null would replace it for everybody. */
static rnn_status resolve(const char *path, char **out)
{
    struct stat about;
    if (stat(path, &about) == 0) {
        if (S_ISDIR(about.st_mode))
            return rnn_fail(RNN_CANNOT_CREATE, "%s: cannot be written: it is a folder; name a file in it", path);
        if (!S_ISREG(about.st_mode))
            return rnn_fail(RNN_CANNOT_CREATE, "%s: cannot be written: it is a device or pipe, expected a file", path);
        *out = realpath(path, NULL);
        if (!*out)
            return rnn_fail(RNN_CANNOT_CREATE, "%s: cannot be written: %s", path, strerror(errno));
        return RNN_OK;
    }
    if (errno == ENOENT && lstat(path, &about) == 0)
        return rnn_fail(RNN_CANNOT_CREATE, "%s: cannot be written: it is a link to nothing; remove it", path);
    *out = rnn_strdup(path); /* a path that is absent, or that open() below explains better */
    return *out ? RNN_OK : RNN_NO_MEMORY;
}

static rnn_status find_folder(rnn_writer *writer)
{
    const char *slash = strrchr(writer->path, '/');
    const rnn_status status = RNN_COPY_TEXT(writer->folder, slash ? writer->path : ".");
    if (status == RNN_OK && slash)
        writer->folder[slash == writer->path ? 1 : slash - writer->path] = '\0';
    return status;
}

/* A signal's handler may have run; the call has not. */
static int open_through(const char *path, int flags, mode_t mode)
{
    int descriptor;
    do
        descriptor = open(path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

static int sync_through(int descriptor)
{
    int failed;
    do
        failed = fsync(descriptor);
    while (failed && errno == EINTR);
    return failed;
}

static int rename_through(const char *from, const char *to)
{
    int failed;
    do
        failed = rename(from, to);
    while (failed && errno == EINTR);
    return failed;
}

/* O_EXCL decides; the random part only makes a second attempt rare, also between machines that share a disk. */
static rnn_status create_temporary(rnn_writer *writer)
{
    const size_t size = strlen(writer->path) + 64;
    writer->temporary = rnn_calloc(size, 1, "the name of a temporary file");
    if (!writer->temporary)
        return RNN_NO_MEMORY;

    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    unsigned long draw = (unsigned long)now.tv_nsec ^ (unsigned long)now.tv_sec << 10;
    for (int attempt = 0; attempt < 100; attempt++) {
        draw = (draw * 1103515245UL + 12345UL) & 0x7fffffffUL;
        snprintf(writer->temporary, size, "%s.tmp.%ld.%08lx", writer->path, (long)getpid(), draw);
        writer->descriptor = open_through(writer->temporary, O_WRONLY | O_CREAT | O_EXCL, writer->cache ? 0600 : 0666);
        if (writer->descriptor >= 0)
            return RNN_OK;
        if (errno != EEXIST)
            break;
    }
    const int code = errno;
    rnn_fail(RNN_CANNOT_CREATE, "%s: cannot be created (tried %s): %s%s", writer->path, writer->temporary,
             strerror(code), advice(code));
    free(writer->temporary); /* not ours to remove */
    writer->temporary = NULL;
    return RNN_CANNOT_CREATE;
}

static rnn_status open_writer(const char *path, bool cache, rnn_writer **out)
{
    rnn_status status = RNN_OK;
    rnn_writer *writer = rnn_calloc(1, sizeof *writer, "a file writer");
    *out = NULL;
    if (!writer)
        return RNN_NO_MEMORY;
    writer->descriptor = -1;
    writer->cache = cache;
    writer->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (writer->c_locale == (locale_t)0)
        RNN_TRY(rnn_fail(RNN_NO_MEMORY, "%s: out of memory: no C locale to print numbers in", path));
    RNN_TRY(resolve(path, &writer->path));
    RNN_TRY(find_folder(writer));
    RNN_TRY(create_temporary(writer));
    *out = writer;
    return RNN_OK;

fail:
    rnn_writer_free(writer);
    return status;
}

rnn_status rnn_writer_open(const char *path, rnn_writer **out)
{
    return open_writer(path, false, out);
}

rnn_status rnn_writer_open_cache(const char *path, rnn_writer **out)
{
    return open_writer(path, true, out);
}

static rnn_status write_through(rnn_writer *writer, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(writer->descriptor, bytes, size < SSIZE_MAX ? size : SSIZE_MAX);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return broken(writer, "writing");
        bytes += written; /* fewer than asked is no error: the next call says why */
        size -= (size_t)written;
    }
    return RNN_OK;
}

static rnn_status flush(rnn_writer *writer)
{
    const size_t size = writer->used;
    writer->used = 0;
    return write_through(writer, writer->buffer, size);
}

/* RNN_OK while bytes may still be added. */
static rnn_status writable(const rnn_writer *writer)
{
    if (writer->failed)
        return writer->failed;
    if (!writer->temporary)
        return rnn_fail(RNN_INTERNAL, "%s: written to after it was committed or abandoned", writer->path);
    return RNN_OK;
}

rnn_status rnn_writer_write(rnn_writer *writer, const void *bytes, size_t size)
{
    rnn_status status = RNN_OK;
    RNN_TRY(writable(writer));
    if (size > BUFFER_SIZE - writer->used)
        RNN_TRY(flush(writer));
    if (size > BUFFER_SIZE)
        return write_through(writer, bytes, size);
    if (size > 0)
        memcpy(writer->buffer + writer->used, bytes, size);
    writer->used += size;

fail:
    return status;
}

static int format_in_c(locale_t c_locale, char *text, size_t size, const char *format, va_list arguments)
{
    const locale_t before = uselocale(c_locale);
    const int length = vsnprintf(text, size, format, arguments);
    uselocale(before);
    return length;
}

rnn_status rnn_writer_format(rnn_writer *writer, const char *format, ...)
{
    rnn_status status = RNN_OK;
    char line[512]; /* longer texts are formatted a second time, into memory of their size */
    char *longer = NULL;
    va_list arguments;

    RNN_TRY(writable(writer));
    va_start(arguments, format);
    const int length = format_in_c(writer->c_locale, line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0)
        return broken(writer, "formatting a line");
    if ((size_t)length < sizeof line)
        return rnn_writer_write(writer, line, (size_t)length);

    longer = rnn_calloc((size_t)length + 1, 1, "a line of text");
    if (!longer)
        return RNN_NO_MEMORY;
    va_start(arguments, format);
    format_in_c(writer->c_locale, longer, (size_t)length + 1, format, arguments);
    va_end(arguments);
    status = rnn_writer_write(writer, longer, (size_t)length);

fail:
    free(longer);
    return status;
}

const char *rnn_writer_temporary(const rnn_writer *writer)
{
    return writer->temporary;
}

/* Some file systems have no fsync for folders, and a folder may be writable but not readable. The rename has happened,
 * and nothing that could be done here would make it safer; only a device that reports a failure is one. */
static rnn_status sync_folder(const rnn_writer *writer)
{
    const int descriptor = open_through(writer->folder, O_RDONLY | O_DIRECTORY, 0);
    const int code = descriptor < 0 || sync_through(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0)
        close(descriptor);
    if (code == EIO || code == ENOSPC || code == EDQUOT)
        return rnn_fail(RNN_IO, "%s: written, but its folder could not be made durable: %s%s", writer->path,
                        strerror(code), advice(code));
    return RNN_OK;
}

rnn_status rnn_writer_commit(rnn_writer *writer)
{
    rnn_status status = RNN_OK;
    RNN_TRY(writable(writer));
    RNN_TRY(flush(writer));
    if (!writer->cache && sync_through(writer->descriptor) != 0)
        return broken(writer, "fsync");
    const int descriptor = writer->descriptor;
    writer->descriptor = -1;                      /* closed even where close reports an error */
    if (close(descriptor) != 0 && errno != EINTR) /* interrupted: the bytes are safe since fsync */
        return broken(writer, "closing");
    if (rename_through(writer->temporary, writer->path) != 0)
        return broken(writer, "renaming the finished file to its name");
    free(writer->temporary);
    writer->temporary = NULL;
    if (!writer->cache)
        status = sync_folder(writer);

fail:
    return status;
}

void rnn_writer_free(rnn_writer *writer)
{
    if (!writer)
        return;
    rnn_writer_abandon(writer);
    if (writer->c_locale != (locale_t)0)
        freelocale(writer->c_locale);
    free(writer->folder);
    free(writer->path);
    free(writer);
}

/* name.tmp.PID.random, as create_temporary makes it */
static bool is_temporary(const char *name)
{
    const char *mark = strstr(name, ".tmp.");
    if (!mark || mark == name)
        return false;
    const char *pid = mark + 5;
    const size_t digits = strspn(pid, "0123456789");
    return digits > 0 && pid[digits] == '.' && strspn(pid + digits + 1, "0123456789abcdef") == 8 &&
           pid[digits + 9] == '\0';
}

void rnn_remove_temporaries(const char *folder)
{
    DIR *open_folder = opendir(folder);
    const struct dirent *entry;
    while (open_folder && (entry = readdir(open_folder)))
        if (is_temporary(entry->d_name))
            unlinkat(dirfd(open_folder), entry->d_name, 0);
    if (open_folder)
        closedir(open_folder);
}

/* The folder that it would be in is there: what that kind of folder says otherwise is not the reason. */
static rnn_status fail_folder(const char *path, int code)
{
    struct stat about;
    const char *why = strerror(code), *what = advice(code);
    if (code == EEXIST && lstat(path, &about) == 0)
        why = "a link to nothing of that name is in the way";
    else if (code == ENOENT)
        why = "nothing can be created there";
    return rnn_fail(RNN_CANNOT_CREATE, "%s: the folder cannot be created: %s%s", path, why,
                    what[0] ? what : "; choose another folder");
}

static rnn_status make_one(const char *path, mode_t mode)
{
    struct stat about;
    if (mkdir(path, mode) == 0)
        return RNN_OK;
    const int code = errno;
    if (stat(path, &about) != 0)
        return fail_folder(path, code);
    if (!S_ISDIR(about.st_mode))
        return rnn_fail(RNN_CANNOT_CREATE,
                        "%s: the folder cannot be created: a file of that name is in the way; choose "
                        "another folder",
                        path);
    return RNN_OK; /* it was there, or another process was faster */
}

static rnn_status make_folders(const char *path, mode_t mode)
{
    rnn_status status = RNN_OK;
    if (strlen(path) > PATH_MAX - NAME_ROOM)
        return rnn_fail(RNN_CANNOT_CREATE,
                        "%.64s...: the folder cannot be created: its path has %zu bytes, expected at most %d", path,
                        strlen(path), PATH_MAX - NAME_ROOM);
    char *part = rnn_strdup(path);
    if (!part)
        return RNN_NO_MEMORY;
    for (char *p = part; *p; p++) {
        if (*p != '/' || p == part)
            continue;
        *p = '\0';
        RNN_TRY(make_one(part, mode));
        *p = '/';
    }
    RNN_TRY(make_one(part, mode));
    if (access(path, W_OK | X_OK) != 0)
        status = rnn_fail(RNN_CANNOT_CREATE, "%s: no file can be created in this folder: %s%s", path, strerror(errno),
                          advice(errno));

fail:
    free(part);
    return status;
}

rnn_status rnn_make_folder(const char *path)
{
    return make_folders(path, 0777);
}

rnn_status rnn_make_private_folder(const char *path)
{
    return make_folders(path, 0700);
}
