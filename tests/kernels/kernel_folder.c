/* SPDX-License-Identifier: MIT */
#include "kernels/kernel_folder.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST ((size_t)1 << 16) /* kernel source */

static char folder[512];

static size_t read_text(const char *path, char text[LARGEST])
{
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in != NULL, "cannot read %s", path);
    const size_t length = fread(text, 1, LARGEST - 1, in);
    fclose(in);
    ck_assert_msg(length > 0 && length < LARGEST - 1, "%s: empty, or too large for this test", path);
    text[length] = '\0';
    return length;
}

static void write_text(const char *name, const char *text, size_t length)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    ck_assert_msg(out != NULL, "cannot create %s", path);
    ck_assert_uint_eq(fwrite(text, 1, length, out), length);
    ck_assert_int_eq(fclose(out), 0);
}

void kernel_folder_make(void)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/rnn_cl_test.XXXXXX", temporary && *temporary ? temporary : "/tmp");
    ck_assert_msg(mkdtemp(folder) != NULL, "cannot create %s", folder);
    setenv("RNN_KERNEL_DIR", folder, 1);
}

void kernel_folder_copy(const char *path)
{
    char from[4096], text[LARGEST];
    const char *slash = strrchr(path, '/');
    snprintf(from, sizeof from, "%s/%s", RNN_TEST_DIR, path);
    write_text(slash ? slash + 1 : path, text, read_text(from, text));
}

static void each_file(const char *path, void (*visit)(const char *name))
{
    const struct dirent *entry;
    DIR *files = opendir(path);
    ck_assert_msg(files != NULL, "cannot list %s", path);
    while ((entry = readdir(files)))
        if (entry->d_name[0] != '.')
            visit(entry->d_name);
    closedir(files);
}

static void copy_kernel(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "../kernels/%s", name);
    kernel_folder_copy(path);
}

void kernel_folder_copy_kernels(void)
{
    each_file(RNN_TEST_DIR "/../kernels", copy_kernel);
}

void kernel_folder_edit(const char *name, const char *from, const char *to)
{
    char path[1024], text[LARGEST], edited[2 * LARGEST];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    read_text(path, text);
    const char *place = strstr(text, from);
    ck_assert_msg(place != NULL, "%s has no \"%s\"", name, from);
    const int length = snprintf(edited, sizeof edited, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
    ck_assert(length > 0 && (size_t)length < sizeof edited);
    write_text(name, edited, (size_t)length);
}

static void remove_file(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
}

void kernel_folder_remove(void)
{
    unsetenv("RNN_KERNEL_DIR");
    each_file(folder, remove_file);
    rmdir(folder);
}
