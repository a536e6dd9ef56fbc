/* SPDX-License-Identifier: MIT
 * test_writer.c - after every end, good or bad, the folder holds exactly what the contract says
 *
 * The program's write and fsync are replaced for this binary by ones that can misbehave as an operating system may.
 */
#define _GNU_SOURCE /* syscall */

#include "suites.h"

#include "base/file.h"
#include "base/writer.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_SIZE 128

static char folder[] = "/tmp/rnn_cl.writer.XXXXXX";
static char path[PATH_SIZE];
static rnn_writer *writer;

static bool hiccups;   /* every other write is interrupted, and no write takes more than 1000 bytes */
static int fsync_code; /* what fsync fails with */
static bool interrupted;

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    if (hiccups) {
        interrupted = !interrupted;
        if (interrupted) {
            errno = EINTR;
            return -1;
        }
        size = size < 1000 ? size : 1000;
    }
    return syscall(SYS_write, descriptor, bytes, size);
}

int fsync(int descriptor)
{
    if (fsync_code) {
        errno = fsync_code;
        return -1;
    }
    return (int)syscall(SYS_fsync, descriptor);
}

static void set_up(void)
{
    hiccups = false;
    fsync_code = 0;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.csv", folder);
    writer = NULL;
}

/* Names in the folder, without "." and "..". */
static size_t entries(void)
{
    size_t count = 0;
    DIR *all = opendir(folder);
    ck_assert_ptr_nonnull(all);
    while (readdir(all))
        count++;
    closedir(all);
    return count - 2;
}

static void remove_named(const char *name)
{
    char full[PATH_SIZE];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    remove(full);
}

static void tear_down(void)
{
    static const char *const names[] = {"out.csv", "link", "file", "inner/deep/deeper", "inner/deep", "inner"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove_named(names[i]);
    ck_assert_msg(rmdir(folder) == 0, "a test left a file in %s", folder);
}

static void write_old(void)
{
    ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);
    ck_assert_int_eq(rnn_writer_write(writer, "old\n", 4), RNN_OK);
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_OK);
    rnn_writer_free(writer);
    writer = NULL;
}

static void expect(const char *file, const char *text, size_t size)
{
    unsigned char *bytes;
    size_t found;
    ck_assert_int_eq(rnn_read_file(file, 1 << 24, &bytes, &found), RNN_OK);
    ck_assert_uint_eq(found, size);
    ck_assert_mem_eq(bytes, text, size);
    free(bytes);
}

START_TEST(replaces_at_commit_only)
{
    write_old();
    ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);
    ck_assert_int_eq(rnn_writer_format(writer, "%zu,%.3f\n", (size_t)7, 0.5), RNN_OK);
    expect(path, "old\n", 4);
    ck_assert_uint_eq(entries(), 2);
    ck_assert_int_eq(strncmp(rnn_writer_temporary(writer), path, strlen(path)), 0);
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_OK);
    expect(path, "7,0.500\n", 8);
    ck_assert_uint_eq(entries(), 1);
    ck_assert_int_eq(rnn_writer_write(writer, "late", 4), RNN_INTERNAL);
    rnn_writer_free(writer);
    expect(path, "7,0.500\n", 8);
}
END_TEST

START_TEST(free_and_abandon_leave_the_old)
{
    write_old();
    for (int explicit = 0; explicit < 2; explicit ++) {
        ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);
        ck_assert_int_eq(rnn_writer_write(writer, "new", 3), RNN_OK);
        if (explicit) {
            rnn_writer_abandon(writer);
            ck_assert_uint_eq(entries(), 1);
            ck_assert_int_eq(rnn_writer_commit(writer), RNN_INTERNAL);
        }
        rnn_writer_free(writer);
        expect(path, "old\n", 4);
        ck_assert_uint_eq(entries(), 1);
    }
    rnn_writer_free(NULL);
}
END_TEST

/* Pieces below, at and above the buffer's size, in one file, against the same bytes in memory. */
START_TEST(keeps_order_across_the_buffer)
{
    static const size_t sizes[] = {1, 511, 512, 0, 65535, 1, 65536, 3, 65537, 200000, 7};
    static char all[600000], piece[200001];
    size_t used = 0;
    hiccups = _i == 1;
    ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(piece, 'a' + (int)i, sizes[i]);
        piece[sizes[i]] = '\0';
        memcpy(all + used, piece, sizes[i]);
        used += sizes[i];
        if (i % 2 == 0)
            ck_assert_int_eq(rnn_writer_write(writer, piece, sizes[i]), RNN_OK);
        else
            ck_assert_int_eq(rnn_writer_format(writer, "%s", piece), RNN_OK);
    }
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_OK);
    rnn_writer_free(writer);
    expect(path, all, used);
}
END_TEST

START_TEST(mode_follows_umask)
{
    struct stat about;
    const mode_t before = umask(027);
    write_old();
    umask(before);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0640);
}
END_TEST

/* The other program has its own descriptor, and may have truncated the file. */
START_TEST(another_program_fills_it)
{
    ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);
    FILE *other = fopen(rnn_writer_temporary(writer), "w");
    ck_assert_ptr_nonnull(other);
    fputs("<svg/>", other);
    fclose(other);
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_OK);
    rnn_writer_free(writer);
    expect(path, "<svg/>", 6);
}
END_TEST

static void cannot_open(const char *where, const char *why)
{
    ck_assert_int_eq(rnn_writer_open(where, &writer), RNN_CANNOT_CREATE);
    ck_assert_ptr_null(writer);
    ck_assert_msg(strncmp(rnn_error_message(), where, strlen(where)) == 0 && strstr(rnn_error_message(), why), "%s",
                  rnn_error_message());
}

START_TEST(refuses_what_is_no_file)
{
    char absent[PATH_SIZE], link[PATH_SIZE], pipe[PATH_SIZE];
    snprintf(pipe, sizeof pipe, "%s/file", folder);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    snprintf(absent, sizeof absent, "%s/absent/out.csv", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    cannot_open(absent, "No such file or directory");
    cannot_open(folder, "it is a folder");
    cannot_open(pipe, "it is a device or pipe");
    ck_assert_int_eq(symlink("nowhere", link), 0);
    cannot_open(link, "it is a link to nothing");
    ck_assert_uint_eq(entries(), 2);
}
END_TEST

START_TEST(follows_links)
{
    char link[PATH_SIZE];
    struct stat about;
    snprintf(link, sizeof link, "%s/link", folder);
    write_old();
    ck_assert_int_eq(symlink("out.csv", link), 0);
    ck_assert_int_eq(rnn_writer_open(link, &writer), RNN_OK);
    ck_assert_int_eq(rnn_writer_write(writer, "new", 3), RNN_OK);
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_OK);
    rnn_writer_free(writer);
    expect(path, "new", 3);
    ck_assert_int_eq(lstat(link, &about), 0);
    ck_assert(S_ISLNK(about.st_mode));
    ck_assert_uint_eq(entries(), 2);
}
END_TEST

/* A limit of 1000 bytes stands for a full disk: the first write is short, the next one fails. */
START_TEST(a_full_disk)
{
    static const char block[100000];
    struct rlimit before, limit;
    rnn_status status = RNN_OK, again, commit;
    size_t left;
    write_old();
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = 1000;
    ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);

    /* No assertion while the limit holds: Check itself writes a file, a line for each of them. */
    const int limited = setrlimit(RLIMIT_FSIZE, &limit);
    if (_i == 0) /* large: fails in write; small: buffered, so that only commit can fail */
        status = rnn_writer_write(writer, block, sizeof block);
    else
        for (int line = 0; line < 200 && status == RNN_OK; line++)
            status = rnn_writer_format(writer, "%08d\n", line);
    again = _i == 0 ? rnn_writer_format(writer, "more") : RNN_IO;
    commit = rnn_writer_commit(writer);
    left = entries();
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    ck_assert_int_eq(limited, 0);

    ck_assert_int_eq(status, _i == 0 ? RNN_IO : RNN_OK);
    ck_assert_int_eq(again, RNN_IO);
    ck_assert_int_eq(commit, RNN_IO);
    ck_assert_uint_eq(left, 1);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), path));
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "File too large"));
    rnn_writer_free(writer);
    expect(path, "old\n", 4);
}
END_TEST

START_TEST(a_failing_device)
{
    write_old();
    fsync_code = EIO;
    ck_assert_int_eq(rnn_writer_open(path, &writer), RNN_OK);
    ck_assert_int_eq(rnn_writer_write(writer, "new", 3), RNN_OK);
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_IO);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "fsync failed: Input/output error"));
    rnn_writer_free(writer);
    expect(path, "old\n", 4);
    ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(folder_removed_before_commit)
{
    char inner[PATH_SIZE], file[PATH_SIZE];
    snprintf(inner, sizeof inner, "%s/inner", folder);
    snprintf(file, sizeof file, "%s/inner/out.csv", folder);
    ck_assert_int_eq(rnn_make_folder(inner), RNN_OK);
    ck_assert_int_eq(rnn_writer_open(file, &writer), RNN_OK);
    ck_assert_int_eq(unlink(rnn_writer_temporary(writer)), 0);
    ck_assert_int_eq(rmdir(inner), 0);
    ck_assert_int_eq(rnn_writer_commit(writer), RNN_IO);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "renaming"));
    rnn_writer_free(writer);
    ck_assert_uint_eq(entries(), 0);
}
END_TEST

START_TEST(makes_folders)
{
    char deep[PATH_SIZE], file[PATH_SIZE], behind[PATH_SIZE];
    struct stat about;
    snprintf(deep, sizeof deep, "%s/inner//deep/deeper/", folder);
    ck_assert_int_eq(rnn_make_folder(deep), RNN_OK);
    ck_assert_int_eq(stat(deep, &about), 0);
    ck_assert(S_ISDIR(about.st_mode));
    ck_assert_int_eq(rnn_make_folder(deep), RNN_OK);
    ck_assert_int_eq(rnn_make_folder("."), RNN_OK);
    ck_assert_int_eq(rnn_make_folder("/tmp"), RNN_OK);
    ck_assert_int_eq(rnn_make_folder(""), RNN_CANNOT_CREATE);

    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(behind, sizeof behind, "%s/file/below", folder);
    fclose(fopen(file, "w"));
    ck_assert_int_eq(rnn_make_folder(file), RNN_CANNOT_CREATE);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "a file of that name is in the way"));
    ck_assert_int_eq(rnn_make_folder(behind), RNN_CANNOT_CREATE);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "a file of that name is in the way"));
}
END_TEST

Suite *writer_suite(void)
{
    Suite *suite = suite_create("writer");
    TCase *tests = tcase_create("writer");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, replaces_at_commit_only);
    tcase_add_test(tests, free_and_abandon_leave_the_old);
    tcase_add_loop_test(tests, keeps_order_across_the_buffer, 0, 2);
    tcase_add_test(tests, mode_follows_umask);
    tcase_add_test(tests, another_program_fills_it);
    tcase_add_test(tests, refuses_what_is_no_file);
    tcase_add_test(tests, follows_links);
    tcase_add_loop_test(tests, a_full_disk, 0, 2);
    tcase_add_test(tests, a_failing_device);
    tcase_add_test(tests, folder_removed_before_commit);
    tcase_add_test(tests, makes_folders);
    suite_add_tcase(suite, tests);
    return suite;
}
