/* SPDX-License-Identifier: MIT
 * test_cache.c - kernels kept between runs: used where sound, rebuilt and replaced where not, never in a result's way
 *
 * Every case has a cache folder of its own; the driver's own cache stays where it is.
 */
#define _XOPEN_SOURCE 700 /* nftw */

#include "backend/opencl/opencl.h"
#include "base/file.h"
#include "base/sha256.h"
#include "cmd/cli.h"
#include "harness.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENTRIES      16
#define HEADER_BYTES 152

static char home[] = "/tmp/rnn_cl.cache.XXXXXX";
static char *old_cache, *old_home;
static char entries[ENTRIES][PATH_MAX];
static size_t entry_count;

static char *copy_variable(const char *name)
{
    const char *value = getenv(name);
    return value ? strdup(value) : NULL;
}

static void restore_variable(const char *name, char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
    free(value);
}

static void silent(const char *text, void *context)
{
    (void)text;
    (void)context;
}

static void set_up(void)
{
    cli_pin_driver_cache();
    memcpy(home + sizeof home - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(home));
    old_cache = copy_variable("XDG_CACHE_HOME");
    old_home = copy_variable("HOME");
    setenv("XDG_CACHE_HOME", home, 1);
    rnn_set_notice_handler(silent, NULL);
}

static int delete_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void tear_down(void)
{
    rnn_set_notice_handler(NULL, NULL);
    restore_variable("XDG_CACHE_HOME", old_cache);
    restore_variable("HOME", old_home);
    ck_assert_int_eq(nftw(home, delete_one, 8, FTW_PHYS | FTW_DEPTH), 0);
}

/* ---- Runs and entries ---------------------------------------------------------------------------------------------- */

typedef struct outcome {
    char sha256[65];
    rnn_cache_counts counts;
} outcome;

/* A small training run on the device under test, whose kernels are then kept. */
static outcome train(const rnn_backend_options *options)
{
    outcome out;
    rnn_device_info device;
    rnn_backend *backend;
    rnn_series *series;
    rnn_model *model;
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.hidden = 16;
    settings.seq_len = 12;
    settings.epochs = 2;
    ck_assert_msg(harness_device(&device) == RNN_OK, "%s", rnn_error_message());
    ck_assert_int_eq(rnn_opencl_open(device.selector, RNN_FLOAT, NULL, options, &backend), RNN_OK);
    ck_assert_int_eq(rnn_series_sine(60, &series), RNN_OK);
    ck_assert_msg(rnn_train(&settings, series, backend, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    rnn_model_sha256(model, out.sha256);
    rnn_backend_keep_kernels(backend);
    out.counts = rnn_opencl_cache_counts(backend);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
    rnn_test_opencl_cases++;
    return out;
}

static int note_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    ck_assert_msg(strstr(path + walk->base, ".tmp") == NULL, "a temporary file was left: %s", path);
    if (type == FTW_F && entry_count < ENTRIES)
        snprintf(entries[entry_count++], PATH_MAX, "%s", path);
    return 0;
}

static size_t list_entries(const char *folder)
{
    entry_count = 0;
    nftw(folder, note_entry, 8, FTW_PHYS);
    return entry_count;
}

static void write_bytes(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
}

static unsigned char *read_bytes(const char *path, size_t *size)
{
    unsigned char *bytes;
    ck_assert_msg(rnn_read_file(path, 1 << 28, &bytes, size) == RNN_OK, "%s", rnn_error_message());
    return bytes;
}

/* What entries[0] has become is refused, the result is the same, and a sound entry is in its place again. */
static void expect_rebuilt(const outcome *first, const char *what)
{
    const outcome again = train(NULL);
    ck_assert_str_eq(again.sha256, first->sha256);
    ck_assert_msg(again.counts.refused == 1 && again.counts.loaded == first->counts.stored - 1, "%s: %u refused", what,
                  again.counts.refused);
    ck_assert_msg(again.counts.stored == 1, "%s: not replaced", what);
}

/* A first run, whose entries are listed. */
static outcome fill(void)
{
    const outcome first = train(NULL);
    ck_assert_uint_gt(first.counts.stored, 0);
    ck_assert_uint_eq(list_entries(home), first.counts.stored);
    return first;
}

static void expect_unused(const outcome *run)
{
    ck_assert_uint_eq(run->counts.loaded + run->counts.refused + run->counts.stored, 0);
}

/* ---- Cases --------------------------------------------------------------------------------------------------------- */

START_TEST(a_timed_run_keeps_its_kernels_too)
{
    const outcome timed = train(&(rnn_backend_options){.profiling = RNN_PROFILE_TOTALS}), second = train(NULL);
    ck_assert_uint_gt(timed.counts.stored, 0);
    ck_assert_uint_eq(second.counts.loaded, timed.counts.stored);
}
END_TEST

START_TEST(second_run_loads)
{
    struct stat about;
    const outcome first = fill(), second = train(NULL);
    ck_assert_uint_eq(first.counts.loaded, 0);
    ck_assert_uint_eq(second.counts.loaded, first.counts.stored);
    ck_assert_uint_eq(second.counts.stored + second.counts.refused, 0);
    ck_assert_str_eq(second.sha256, first.sha256);
    ck_assert_int_eq(stat(cli_in_folder(home, "rnn_cl"), &about), 0);
    ck_assert_uint_eq(about.st_mode & 0777, 0700);
}
END_TEST

START_TEST(truncated)
{
    const outcome first = fill();
    size_t size;
    unsigned char *bytes = read_bytes(entries[0], &size);
    const size_t lengths[] = {0, 1, 15, 16, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 1, size / 2, size - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_bytes(entries[0], bytes, lengths[i]);
        expect_rebuilt(&first, "truncated");
    }
    free(bytes);
}
END_TEST

START_TEST(flipped)
{
    const outcome first = fill();
    size_t size;
    unsigned char *bytes = read_bytes(entries[0], &size);
    const size_t places[] = {0, 16, 24, 87, 88, 151, HEADER_BYTES, size / 2, size - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bytes[places[i]] ^= 1;
        write_bytes(entries[0], bytes, size);
        expect_rebuilt(&first, "flipped");
        bytes[places[i]] ^= 1;
    }
    free(bytes);
}
END_TEST

/* Another program's entry under this one's name. */
START_TEST(foreign)
{
    const outcome first = fill();
    size_t size;
    ck_assert_uint_gt(entry_count, 1);
    unsigned char *bytes = read_bytes(entries[1], &size);
    write_bytes(entries[0], bytes, size);
    expect_rebuilt(&first, "foreign");
    free(bytes);
}
END_TEST

/* Whole and with the right digest, but nothing the driver could load. */
START_TEST(refused_by_the_driver)
{
    const outcome first = fill();
    static const char junk[] = "this is no program for any device";
    const uint64_t length = sizeof junk;
    size_t size;
    char sha256[65];
    unsigned char *bytes = read_bytes(entries[0], &size);
    rnn_sha256_hex(junk, sizeof junk, sha256);
    memcpy(bytes + 16, &length, sizeof length);
    memcpy(bytes + 88, sha256, 64);
    memcpy(bytes + HEADER_BYTES, junk, sizeof junk);
    write_bytes(entries[0], bytes, HEADER_BYTES + sizeof junk);
    expect_rebuilt(&first, "refused");
    free(bytes);
}
END_TEST

START_TEST(no_file_at_all)
{
    const outcome first = fill();
    ck_assert_int_eq(remove(entries[0]), 0);
    ck_assert_int_eq(mkdir(entries[0], 0755), 0);
    expect_rebuilt(&first, "a folder");
    ck_assert_int_eq(remove(entries[0]), 0);
    ck_assert_int_eq(mkfifo(entries[0], 0644), 0);
    expect_rebuilt(&first, "a pipe");
}
END_TEST

/* A folder that cannot be made, none named, a relative one: runs as ever. */
START_TEST(no_folder)
{
    const outcome first = fill();
    setenv("XDG_CACHE_HOME", entries[0], 1);
    outcome run = train(NULL);
    expect_unused(&run);
    ck_assert_str_eq(run.sha256, first.sha256);
    unsetenv("HOME");
    setenv("XDG_CACHE_HOME", "relative", 1);
    run = train(NULL);
    expect_unused(&run);
    ck_assert_int_ne(access("relative", F_OK), 0);
    unsetenv("XDG_CACHE_HOME");
    run = train(NULL);
    expect_unused(&run);
    ck_assert_str_eq(run.sha256, first.sha256);
}
END_TEST

START_TEST(home_folder)
{
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", home, 1);
    const outcome first = train(NULL);
    ck_assert_uint_gt(first.counts.stored, 0);
    ck_assert_uint_eq(list_entries(cli_in_folder(home, ".cache/rnn_cl")), first.counts.stored);
}
END_TEST

START_TEST(told_not_to)
{
    const rnn_backend_options options = {.no_cache = true};
    const outcome first = train(&options);
    expect_unused(&first);
    ck_assert_uint_eq(list_entries(home), 0);
    fill();
    const outcome second = train(&options);
    expect_unused(&second);
}
END_TEST

/* ---- The program --------------------------------------------------------------------------------------------------- */

/* Its arguments: the small network on the device under test, results in r/ and r2/. */
static char *training(const char *more)
{
    static char line[2][256];
    static size_t next;
    rnn_device_info device;
    ck_assert_int_eq(harness_device(&device), RNN_OK);
    char *out = line[next++ % 2];
    snprintf(out, sizeof line[0], "--device %s --hidden 8 --seq-len 12 --epochs 3 --quiet %s", device.selector, more);
    return out;
}

static void expect_same_weights(void)
{
    json_t *a = cli_json_in_file("r/summary.json"), *b = cli_json_in_file("r2/summary.json");
    ck_assert_str_eq(cli_text(a, "weights_sha256"), cli_text(b, "weights_sha256"));
    ck_assert(json_is_real(json_object_get(a, "startup_seconds")));
    json_decref(a);
    json_decref(b);
}

START_TEST(program_without_cache)
{
    const char *const commands[] = {"predict", "evaluate"};
    rnn_device_info device;
    ck_assert_int_eq(harness_device(&device), RNN_OK);
    cli_run("%s", training("--no-cache --out r"));
    cli_expect_code(0);
    cli_write_sine("s.csv", 60);
    for (size_t i = 0; i < 2; i++) {
        cli_run("%s --no-cache --device %s --model r/model.safetensors --data s.csv", commands[i], device.selector);
        cli_expect_code(0);
    }
    ck_assert_uint_eq(list_entries(home), 0);
    cli_run("%s", training("--out r2"));
    cli_expect_code(0);
    ck_assert_uint_gt(list_entries(home), 0);
    expect_same_weights();
}
END_TEST

START_TEST(two_at_once)
{
    int status;
    const pid_t one = cli_start("%s", training("--out r"));
    const pid_t other = cli_start("%s", training("--out r2"));
    ck_assert_int_eq(waitpid(other, &status, 0), other);
    cli_finish(one);
    cli_expect_code(0);
    ck_assert_int_eq(status, 0);
    expect_same_weights();
    const size_t kept = list_entries(home);
    ck_assert_uint_gt(kept, 0);
    cli_run("%s", training("--out r2"));
    cli_expect_code(0);
    ck_assert_uint_eq(list_entries(home), kept);
    expect_same_weights();
}
END_TEST

Suite *cache_suite(void)
{
    Suite *suite = suite_create("cache");
    TCase *backend = tcase_create("backend"), *program = tcase_create("program");
    tcase_add_checked_fixture(backend, set_up, tear_down);
    tcase_add_test(backend, second_run_loads);
    tcase_add_test(backend, a_timed_run_keeps_its_kernels_too);
    tcase_add_test(backend, truncated);
    tcase_add_test(backend, flipped);
    tcase_add_test(backend, foreign);
    tcase_add_test(backend, refused_by_the_driver);
    tcase_add_test(backend, no_file_at_all);
    tcase_add_test(backend, no_folder);
    tcase_add_test(backend, home_folder);
    tcase_add_test(backend, told_not_to);
    suite_add_tcase(suite, backend);
    tcase_add_checked_fixture(program, set_up, tear_down);
    tcase_add_checked_fixture(program, cli_set_up, cli_tear_down);
    tcase_add_test(program, program_without_cache);
    tcase_add_test(program, two_at_once);
    suite_add_tcase(suite, program);
    return suite;
}
