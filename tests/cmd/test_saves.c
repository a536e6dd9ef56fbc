/* SPDX-License-Identifier: MIT
 * test_saves.c - a save that is killed or fails at any of its system calls leaves the old file or the new one
 *
 * A row of the table is a command and the files it replaces. The command is run once under strace, which lists its calls;
 * then again for every call of its saves, each time killed at that call, or with that call failing; and then each file has
 * the old bytes, or is the new one.
 */
#include "backend/harness.h"
#include "strace.h"

#include "base/file.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES 6

typedef struct save_row {
    const char *name;
    const char *before;       /* the command that makes the old files; NULL: there are none */
    const char *command;      /* %s: the OpenCL device's selector */
    const char *again;        /* what to do after a kill; NULL: `command` */
    const char *files[FILES]; /* in `cli_work`, in the order in which they are saved */
    const char *options;      /* more words for strace */
    bool full;                /* in the full tier alone */
} save_row;

/* Two writes of parameters, so that a kill may come between them. */
#define RUN "train --device reference --hidden 140 --seq-len 2 --quiet --out r "
#define RESULTS                                                                         \
    {                                                                                   \
        "r/model.safetensors", "r/history.jsonl", "r/predictions.csv", "r/summary.json" \
    }

static const save_row rows[] = {
    {"results over older ones", RUN "--seed 1 --epochs 2", RUN "--epochs 3", NULL, RESULTS, NO_GNUPLOT, false},
    {"results in a fresh folder", NULL, RUN "--epochs 3", NULL, RESULTS, NO_GNUPLOT, true},
    {"picture", RUN "--seed 1 --epochs 2", RUN "--epochs 3", NULL, {"r/plot.svg"}, "", true},
    {"page", RUN "--seed 1 --epochs 2 --report", RUN "--epochs 3 --report", NULL, {"r/report.html"}, NO_GNUPLOT, false},
    {"predictions",
     "predict --model r/model.safetensors --data old.csv --device reference --quiet --out p",
     "predict --model r/model.safetensors --data new.csv --device reference --quiet --out p",
     NULL,
     {"p/predictions.csv"},
     "",
     false},
    {"trace",
     "train --device %s --hidden 8 --seq-len 4 --epochs 1 --quiet --out t --trace t.json",
     "train --device %s --hidden 8 --seq-len 4 --epochs 2 --quiet --out t --trace t.json",
     NULL,
     {"t.json"},
     NO_GNUPLOT,
     true},
};

#define ROWS (sizeof rows / sizeof *rows)

/* ---- Files --------------------------------------------------------------------------------------------------------- */

typedef struct bytes {
    unsigned char *data; /* NULL: no file */
    size_t size;
} bytes;

static bytes read_bytes(const char *name)
{
    bytes file = {NULL, 0};
    if (cli_exists(name))
        ck_assert_msg(rnn_read_file(cli_in_folder(cli_work, name), 1 << 28, &file.data, &file.size) == RNN_OK, "%s",
                      rnn_error_message());
    return file;
}

static void write_bytes(const char *name, const bytes *file)
{
    if (!file->data) {
        remove(cli_in_folder(cli_work, name));
        return;
    }
    FILE *stream = fopen(cli_in_folder(cli_work, name), "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(file->data, 1, file->size, stream), file->size);
    ck_assert_int_eq(fclose(stream), 0);
}

static bool are_equal(const bytes *a, const bytes *b)
{
    return !a->data == !b->data && a->size == b->size && (!a->data || memcmp(a->data, b->data, a->size) == 0);
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    return size >= strlen(end) && memcmp(text + size - strlen(end), end, strlen(end)) == 0;
}

/* Objects one behind the other, each with its newline, until the end. */
static bool are_json(const char *text, size_t size, size_t *objects)
{
    json_error_t error;
    *objects = 0;
    for (size_t at = 0; at < size; at += (size_t)error.position) {
        json_t *value = json_loadb(text + at, size - at, JSON_DISABLE_EOF_CHECK, &error);
        if (!value || error.position <= 0)
            return false;
        json_decref(value);
        ++*objects;
        while (at + (size_t)error.position < size && text[at + (size_t)error.position] == '\n')
            at++;
    }
    return ends_with(text, size, "\n");
}

/* Files that tell how long something took are never the same twice: they have to be whole, and not the old one's. */
static bool is_new(const char *name, const bytes *found, const bytes *expected)
{
    const char *text = (const char *)found->data;
    size_t here, there;
    if (are_equal(found, expected))
        return true;
    if (!found->data || !expected->data)
        return false;
    if (strstr(name, ".json"))
        return are_json(text, found->size, &here) && are_json((char *)expected->data, expected->size, &there) &&
               here == there;
    return strstr(name, ".html") && ends_with(text, found->size, "</html>\n");
}

/* ---- A row at work ------------------------------------------------------------------------------------------------- */

typedef struct trial {
    const save_row *row;
    char before[256], command[256], again[256];
    size_t files;
    bytes old[FILES], fresh[FILES];
    traced_run run; /* unbroken */
} trial;

static void put_selector(char *out, size_t size, const char *command)
{
    rnn_device_info device = {0};
    const char *at = strstr(command, "%s");
    if (at)
        ck_assert_msg(harness_device(&device) == RNN_OK, "%s", rnn_error_message());
    snprintf(out, size, "%.*s%s%s", at ? (int)(at - command) : (int)strlen(command), command, device.selector,
             at ? at + 2 : "");
}

static void restore(const trial *t)
{
    for (size_t i = 0; i < t->files; i++)
        write_bytes(t->row->files[i], &t->old[i]);
}

/* What every row may need: two tables and a model. */
static void make_inputs(void)
{
    cli_write_sine("old.csv", 40);
    cli_write_sine("new.csv", 60);
    cli_train_small();
}

static void begin(trial *t, const save_row *row)
{
    *t = (trial){.row = row};
    put_selector(t->before, sizeof t->before, row->before ? row->before : "");
    put_selector(t->command, sizeof t->command, row->command);
    put_selector(t->again, sizeof t->again, row->again ? row->again : row->command);
    while (t->files < FILES && row->files[t->files])
        t->files++;
    make_inputs();
    if (row->before) {
        cli_run("%s", t->before);
        cli_expect_code(0);
    }
    for (size_t i = 0; i < t->files; i++) {
        t->old[i] = row->before ? read_bytes(row->files[i]) : (bytes){NULL, 0};
        ck_assert_msg(!t->old[i].data == !row->before, "%s: there is no old %s", row->name, row->files[i]);
    }
    restore(t);
    t->run = strace_run(t->command, row->options);
    cli_expect_code(0);
    for (size_t i = 0; i < t->files; i++) {
        t->fresh[i] = read_bytes(row->files[i]);
        ck_assert_msg(t->fresh[i].data && !are_equal(&t->fresh[i], &t->old[i]), "%s: there is no new %s", row->name,
                      row->files[i]);
    }
}

static void end(trial *t)
{
    for (size_t i = 0; i < t->files; i++) {
        free(t->old[i].data);
        free(t->fresh[i].data);
    }
    strace_free(&t->run);
}

/* Every file is the old or the new one, and with `all` the new one. */
static void expect_whole(const trial *t, bool all, const char *what)
{
    for (size_t i = 0; i < t->files; i++) {
        bytes found = read_bytes(t->row->files[i]);
        ck_assert_msg((!all && are_equal(&found, &t->old[i])) || is_new(t->row->files[i], &found, &t->fresh[i]),
                      "%s: %s: %s is neither the old file nor the new one (%zu bytes)", t->row->name, what,
                      t->row->files[i], found.size);
        free(found.data);
    }
}

/* Calls for memory and threads differ from run to run, and nothing on the disk changes with them. */
static bool touches_files(const traced_call *call)
{
    static const char *const others[] = {"mmap",       "munmap",      "mprotect", "madvise",  "brk",
                                         "futex",      "mremap",      "clone3",   "clone",    "getpid",
                                         "exit_group", "sched_yield", "execve",   "getrandom"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(call->name, others[i]) == 0)
            return false;
    return true;
}

/* Where the first save begins that is not only a place being tried. */
static size_t first_save(const traced_run *run)
{
    size_t i = 0, last = 0;
    for (; i < run->count && run->calls[i].role != SAVE_RENAME; i++)
        last = run->calls[i].role == SAVE_CREATE ? i : last;
    ck_assert_msg(i < run->count, "no save in the listing of %zu calls", run->count);
    return last;
}

/* ---- Order --------------------------------------------------------------------------------------------------------- */

/* Durable before it has its name, and the name durable at the end. A picture's bytes come from gnuplot; a place that is only
 * tried, and the picture where there is no gnuplot, is created and closed. */
START_TEST(order)
{
    trial t;
    char letters[16];
    size_t whole = 0;
    if (!strace_works("saves") || (rows[_i].full && !harness_is_full()))
        return;
    begin(&t, &rows[_i]);
    for (size_t save = 0; save < t.run.saves; save++) {
        strace_spell(&t.run, save, letters, sizeof letters);
        const bool saved = strcmp(letters, "cwsCrofF") == 0 || strcmp(letters, "csCrofF") == 0;
        ck_assert_msg(saved || strcmp(letters, "cC") == 0, "%s: save %zu went '%s'", rows[_i].name, save, letters);
        whole += saved;
    }
    ck_assert_uint_ge(whole, t.files);
    end(&t);
}
END_TEST

/* ---- Kills --------------------------------------------------------------------------------------------------------- */

START_TEST(killed)
{
    trial t;
    size_t points = 0;
    if (!strace_works("saves") || (rows[_i].full && !harness_is_full()))
        return;
    begin(&t, &rows[_i]);
    for (size_t i = first_save(&t.run); i < t.run.count; i++) {
        const traced_call *call = &t.run.calls[i];
        if (!touches_files(call))
            continue;
        restore(&t);
        traced_run run = strace_run_with(t.command, t.row->options, call, "signal=KILL");
        cli_expect_code(128 + SIGKILL);
        expect_whole(&t, false, call->text);
        strace_free(&run);
        points++;
    }
    cli_run("%s", t.again); /* with what the killed ones left lying about */
    cli_expect_code(0);
    expect_whole(&t, true, "again");
    printf("saves: %s: killed at %zu calls, %zu temporary files left\n", t.row->name, points, cli_remove_temporary());
    end(&t);
}
END_TEST

/* ---- Errors -------------------------------------------------------------------------------------------------------- */

/* Whether the run has to fail where this call does. The folder is only read, so that its close loses nothing. */
static bool has_to_fail(const traced_run *run, const traced_call *call)
{
    char letters[16];
    strace_spell(run, (size_t)call->file, letters, sizeof letters);
    return strcmp(letters, "cC") == 0 ? call->role == SAVE_CREATE : call->role != SAVE_CLOSE_FOLDER;
}

/* The file that the call's save was for. */
static void expect_named(const traced_run *run, const traced_call *call)
{
    char path[sizeof call->text] = "";
    for (size_t i = 0; i < run->count && !path[0]; i++)
        if (run->calls[i].file == call->file && run->calls[i].role == SAVE_CREATE)
            snprintf(path, sizeof path, "%s", strchr(run->calls[i].text, '"') + 1);
    *strstr(path, ".tmp.") = '\0';
    ck_assert_msg(strncmp(cli_err, "rnn_cl: ", 8) == 0 && strstr(cli_err, path), "%s is not named in: %s", path,
                  cli_err);
}

static void fail_at(const trial *t, const traced_call *call, const char *error)
{
    char fault[32], what[400];
    snprintf(fault, sizeof fault, "error=%s", error);
    snprintf(what, sizeof what, "%s at %s", error, call->text);
    restore(t);
    traced_run run = strace_run_with(t->command, t->row->options, call, fault);
    ck_assert_msg(run.injected, "%s: did not come", what);
    const bool again = strcmp(error, "EINTR") == 0;
    if (cli_code != 0) {
        ck_assert_msg(!again, "%s: not tried again: %s", what, cli_err);
        ck_assert_msg(cli_code == RNN_IO || cli_code == RNN_CANNOT_CREATE, "%s: exit code %d", what, cli_code);
        expect_named(&t->run, call);
        ck_assert_msg(strcmp(error, "ENOSPC") != 0 || strstr(cli_err, "; make room there, or write to another disk"),
                      "%s: %s", what, cli_err);
    } else {
        ck_assert_msg(again || !has_to_fail(&t->run, call), "%s: exit code 0", what);
    }
    expect_whole(t, cli_code == 0, what);
    ck_assert_msg(cli_remove_temporary() == 0, "%s: a temporary file was left", what);
    strace_free(&run);
}

START_TEST(failing)
{
    static const char *const errors[] = {"ENOSPC", "EINTR", "EIO", "EDQUOT"};
    const size_t count = harness_is_full() ? 4 : 2;
    trial t;
    size_t points = 0;
    if (!strace_works("saves") || (rows[_i].full && !harness_is_full()))
        return;
    begin(&t, &rows[_i]);
    for (size_t i = 0; i < t.run.count; i++)
        for (size_t e = 0; e < count && t.run.calls[i].file >= 0; e++, points++)
            fail_at(&t, &t.run.calls[i], errors[e]);
    printf("saves: %s: %zu failing calls\n", t.row->name, points);
    end(&t);
}
END_TEST

/* A limit on the size of files stands for a full disk: one byte short of each result in turn, so that its last write is a
 * short one and the next fails. */
START_TEST(full_disk)
{
    trial t;
    if (strstr(rows[_i].command, "%s") ||
        (rows[_i].full && !harness_is_full())) /* a driver's own files would meet it too */
        return;
    begin(&t, &rows[_i]);
    for (size_t i = 0; i < t.files; i++) {
        char limit[64];
        snprintf(limit, sizeof limit, "prlimit --fsize=%zu", t.fresh[i].size - 1);
        restore(&t);
        cli_wrapper = limit;
        cli_run("%s", t.command);
        ck_assert_msg(cli_code == RNN_IO, "%s: exit code %d", limit, cli_code);
        ck_assert_ptr_nonnull(strstr(cli_err, ": writing failed: File too large; "));
        ck_assert_ptr_nonnull(strstr(cli_err, "; raise the limit on the size of files (ulimit -f)\n"));
        expect_whole(&t, false, limit);
        ck_assert_uint_eq(cli_remove_temporary(), 0);
    }
    end(&t);
}
END_TEST

/* Standard output takes the place of a file: what could not be printed is said. */
START_TEST(failing_stdout)
{
    static const char command[] = "predict --model r/model.safetensors --data new.csv --device reference";
    if (!strace_works("saves"))
        return;
    make_inputs();
    traced_run run = strace_run(command, "");
    size_t points = 0;
    for (size_t i = 0; i < run.count; i++)
        if (run.calls[i].role == SAVE_STDOUT) {
            traced_run broken = strace_run_with(command, "", &run.calls[i], "error=ENOSPC");
            ck_assert(broken.injected);
            cli_expect_code(RNN_IO);
            ck_assert_ptr_nonnull(strstr(cli_err, "rnn_cl: writing to standard output failed\n"));
            strace_free(&broken);
            points++;
        }
    ck_assert_uint_gt(points, 0);
    strace_free(&run);
}
END_TEST

/* ---- Kills at random instants -------------------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Anywhere in the run, also before and between its saves; then the run again, to the end, with the same weights. */
START_TEST(killed_at_random)
{
    const size_t kills = harness_is_full() ? 50 : 4;
    unsigned draw = 1;
    trial t;
    begin(&t, &rows[0]);
    restore(&t);
    const double began = seconds_now();
    cli_run("%s", t.command);
    const double unbroken = seconds_now() - began;
    for (size_t kill_count = 0; kill_count < kills; kill_count++) {
        draw = draw * 1103515245U + 12345U;
        restore(&t);
        const double wait = unbroken * (double)(draw >> 8) / (double)(1U << 24);
        const pid_t child = cli_start("%s", t.command);
        nanosleep(&(struct timespec){(time_t)wait, (long)(1e9 * (wait - (double)(time_t)wait))}, NULL);
        kill(child, SIGKILL);
        cli_finish(child);
        ck_assert_msg(cli_code == 128 + SIGKILL || cli_code == 0, "exit code %d", cli_code);
        expect_whole(&t, false, "killed at random");
        cli_run("%s", t.again);
        cli_expect_code(0);
        expect_whole(&t, true, "again");
    }
    printf("saves: killed at %zu random instants, %zu temporary files left\n", kills, cli_remove_temporary());
    end(&t);
}
END_TEST

Suite *saves_suite(void)
{
    Suite *suite = suite_create("saves");
    TCase *tests = tcase_create("saves");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_loop_test(tests, order, 0, ROWS);
    tcase_add_loop_test(tests, killed, 0, ROWS);
    tcase_add_loop_test(tests, failing, 0, ROWS);
    tcase_add_loop_test(tests, full_disk, 0, ROWS);
    tcase_add_test(tests, failing_stdout);
    tcase_add_test(tests, killed_at_random);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, saves_kept_case());
    suite_add_tcase(suite, saves_checkpoint_case());
    return suite;
}
