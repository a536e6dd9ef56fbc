/* SPDX-License-Identifier: MIT
 * test_saves_kept.c - faults in the files of the cache folder: built kernels, which a run can do without, and tuning lines
 *
 * How often a driver opens and closes files of its own differs from run to run, so a fault may come too early or too late: the
 * run's own listing tells what it met, and what was missed is tried again.
 */
#include "backend/harness.h"
#include "strace.h"

#include "base/file.h"

#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *command, *file, *letters;
    bool fails; /* the command where the file cannot be saved; else the run goes on without */
} kept[] = {
    {"kernel cache", "train --hidden 8 --seq-len 4 --epochs 1 --quiet --out t", ".clbin", "cwCr", false},
    {"tuning lines", "tune --cases custom --hidden 20 --batch 9 --seq-len 3 --inputs 2 --seconds 1", "tuning.txt",
     "cwsCrofF", true},
};

static void in_work(const char *command)
{
    char line[256];
    snprintf(line, sizeof line, "cd %s && %s", cli_work, command);
    ck_assert_msg(system(line) == 0, "%s", command);
}

/* Entries begin with a header of 152 bytes, which has the length of the rest at 16; lines are lines. */
static void expect_kept_whole(const char *what)
{
    glob_t found;
    if (glob(cli_in_folder(cli_work, "cache/rnn_cl/*"), 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        unsigned char *data;
        size_t size;
        ck_assert_int_eq(rnn_read_file(found.gl_pathv[i], 1 << 28, &data, &size), RNN_OK);
        uint64_t length = 0;
        if (size > 152 && strstr(found.gl_pathv[i], ".clbin"))
            memcpy(&length, data + 16, sizeof length);
        const bool whole =
            strstr(found.gl_pathv[i], ".clbin") ? size == 152 + length : size > 0 && data[size - 1] == '\n';
        ck_assert_msg(whole || strstr(found.gl_pathv[i], ".tmp."), "%s: %s is not whole", what, found.gl_pathv[i]);
        free(data);
    }
    globfree(&found);
}

/* The call of this role in the first save of such a file, or NULL. */
static const traced_call *find_role(const traced_run *run, const char *file, save_role role)
{
    int save = -1;
    for (size_t i = 0; i < run->count; i++) {
        const traced_call *call = &run->calls[i];
        if (save < 0 && call->role == SAVE_CREATE && strstr(call->text, file))
            save = call->file;
        if (save >= 0 && call->file == save && call->role == role)
            return call;
    }
    return NULL;
}

/* Whether the fault, which is the killed run's last call or bears strace's mark, met such a call. */
static bool has_met(const traced_run *run, save_role role)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->calls[i].role == role && (i + 1 == run->count || strstr(run->calls[i].text, "(INJECTED)")))
            return true;
    return false;
}

static bool meet(const traced_run *listing, size_t row, save_role role, const char *command, const char *fault)
{
    const traced_call *call = find_role(listing, kept[row].file, role);
    ck_assert_msg(call != NULL, "%s: no call of role %d", kept[row].name, (int)role);
    in_work("rm -rf cache/rnn_cl");
    traced_run run = strace_run_with(command, "", call, fault);
    const bool met = has_met(&run, role), kill = strstr(fault, "KILL"), again = strstr(fault, "EINTR");
    expect_kept_whole(call->text);
    if (met && !kill) {
        const bool bad = kept[row].fails && !again && role != SAVE_CLOSE_FOLDER;
        ck_assert_msg(bad ? cli_code == RNN_IO || cli_code == RNN_CANNOT_CREATE : cli_code == 0,
                      "%s at %s: exit code %d: %s", fault, call->text, cli_code, cli_err);
        ck_assert_msg(cli_remove_temporary() == 0, "%s at %s: a temporary file was left", fault, call->text);
    }
    cli_remove_temporary();
    strace_free(&run);
    return met;
}

START_TEST(kept_files)
{
    static const char *const faults[] = {"signal=KILL", "error=ENOSPC", "error=EIO", "error=EINTR"};
    rnn_device_info device;
    char command[256], letters[16];
    size_t met = 0, tried = 0;
    if (!strace_works("saves") || !harness_is_full())
        return;
    cli_own_cache();
    ck_assert_msg(harness_device(&device) == RNN_OK, "%s", rnn_error_message());
    snprintf(command, sizeof command, "%s --device %s", kept[_i].command, device.selector);
    cli_run("%s", command); /* the driver has everything in its own cache from here on */
    cli_expect_code(0);
    in_work("rm -rf cache/rnn_cl");
    traced_run listing = strace_run(command, "");
    cli_expect_code(0);
    const traced_call *first = find_role(&listing, kept[_i].file, SAVE_CREATE);
    ck_assert_ptr_nonnull(first);
    strace_spell(&listing, (size_t)first->file, letters, sizeof letters);
    ck_assert_str_eq(letters, kept[_i].letters);
    for (save_role role = SAVE_CREATE; role <= SAVE_CLOSE_FOLDER; role++)
        for (size_t f = 0; f < 4 && find_role(&listing, kept[_i].file, role); f++, tried++) {
            bool here = false;
            for (int attempt = 0; attempt < 3 && !here; attempt++)
                here = meet(&listing, (size_t)_i, role, command, faults[f]);
            met += here;
        }
    strace_free(&listing);
    printf("saves: %s: %zu of %zu faults met\n", kept[_i].name, met, tried);
    ck_assert_uint_gt(2 * met, tried);
}
END_TEST

TCase *saves_kept_case(void)
{
    TCase *tests = tcase_create("kept");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_loop_test(tests, kept_files, 0, sizeof kept / sizeof *kept);
    return tests;
}
