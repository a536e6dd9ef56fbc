/* SPDX-License-Identifier: MIT
 * test_cli_bits.c - the same command gives the same bits: again, on fewer cores, with cold and warm caches, with other tiles and
 * vector widths, in another locale
 */
#include "backend/harness.h"
#include "cli.h"

#include "comma_locale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ways to run it. The first runs find empty cache folders, the later ones what those left. */
static const struct {
    const char *environment, *words;
    bool full; /* in the full tier alone: the driver compiles everything anew */
} ways[] = {
    {NULL, "", false},
    {NULL, "", false},
    {"POCL_MAX_PTHREAD_COUNT=1", "", false},
    {"LC_ALL=comma", "", false},
    {NULL, "--tuning narrow.txt", false},
    {"POCL_AFFINITY=1", "--no-cache", true},
    {"POCL_MAX_PTHREAD_COUNT=1", "--tuning wide.txt", true},
    {"POCL_DEVICES=basic", "", true},
    {"POCL_KERNEL_CACHE=0", "--no-cache", true},
    {"POCL_CACHE_DIR=cold", "--no-cache", true},
};

static void write_file(const char *name, const char *text)
{
    FILE *stream = fopen(cli_in_folder(cli_work, name), "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
}

/* The losses, rates and weights of every epoch, without how long it took; the caller's. */
static json_t *history_of(const char *run)
{
    json_error_t error;
    json_t *history = json_array(), *epoch;
    char *text = cli_read_text(cli_in_folder(cli_in_folder(cli_work, run), "history.jsonl"));
    for (const char *at = text; (epoch = json_loads(at, JSON_DISABLE_EOF_CHECK, &error)); at += error.position) {
        ck_assert_int_eq(json_object_del(epoch, "seconds"), 0);
        json_array_append_new(history, epoch);
    }
    free(text);
    return history;
}

static void expect_same_file(const char *name, const char *way)
{
    char *first = cli_read_text(cli_in_folder(cli_in_folder(cli_work, "first"), name));
    char *again = cli_read_text(cli_in_folder(cli_in_folder(cli_work, "again"), name));
    ck_assert_msg(strcmp(first, again) == 0, "%s: %s differs", way, name);
    free(again);
    free(first);
}

static char *sha256_of(const char *folder)
{
    json_t *summary = cli_json_in_file(cli_in_folder(folder, "summary.json"));
    char *sha256 = strdup(cli_text(summary, "weights_sha256"));
    json_decref(summary);
    return sha256;
}

static void expect_same_run(const char *way)
{
    char *first = sha256_of("first"), *again = sha256_of("again");
    ck_assert_msg(strcmp(first, again) == 0, "%s: weights %s, first %s", way, again, first);
    free(again);
    free(first);
    json_t *history = history_of("first"), *other = history_of("again");
    ck_assert_msg(json_array_size(history) > 0 && json_equal(history, other), "%s: another history", way);
    json_decref(other);
    json_decref(history);
    expect_same_file("predictions.csv", way);
}

/* The variable that takes cores away has to do so where the device is PoCL's, or the runs prove less than they seem to. */
static void expect_one_unit(const char *device)
{
    cli_environment = "POCL_MAX_PTHREAD_COUNT=1";
    cli_run("devices --json");
    cli_expect_code(0);
    json_t *list = cli_json_on_stdout();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (strcmp(cli_text(one, "selector"), device) == 0 && strncmp(cli_text(one, "name"), "pthread", 7) == 0)
            ck_assert_int_eq(json_integer_value(json_object_get(one, "compute_units")), 1);
    }
    json_decref(list);
}

START_TEST(run_to_run)
{
    rnn_device_info device;
    char locale[] = "/tmp/rnn_cl.locale.XXXXXX", remove_locale[64];
    ck_assert_ptr_nonnull(mkdtemp(locale));
    comma_locale_make(locale);
    setenv("LOCPATH", locale, 1);
    ck_assert_msg(harness_device(&device) == RNN_OK, "%s", rnn_error_message());
    expect_one_unit(device.selector);
    write_file("narrow.txt", "kernel=state: vec=4 rows=2\nkernel=grad: vec=4 rows=2\n");
    write_file("wide.txt", "kernel=state: vec=8 rows=1\nkernel=grad: vec=8 rows=3\n");
    size_t runs = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *way = ways[i].environment ? ways[i].environment : ways[i].words;
        if (ways[i].full && !harness_is_full())
            continue;
        cli_environment = ways[i].environment;
        cli_run("--device %s --hidden 20 --seq-len 5 --epochs 2 --quiet --out %s %s", device.selector,
                runs ? "again" : "first", ways[i].words);
        cli_expect_code(0);
        rnn_test_opencl_cases++;
        if (runs++)
            expect_same_run(way);
    }
    printf("cli: %zu runs, the same bits\n", runs);
    unsetenv("LOCPATH");
    snprintf(remove_locale, sizeof remove_locale, "rm -r %s", locale);
    ck_assert_int_eq(system(remove_locale), 0);
}
END_TEST

static void set_up(void)
{
    cli_set_up();
    cli_own_cache();
}

TCase *cli_bits_case(void)
{
    TCase *tests = tcase_create("bits");
    tcase_add_checked_fixture(tests, set_up, cli_tear_down);
    tcase_add_test(tests, run_to_run);
    return tests;
}
