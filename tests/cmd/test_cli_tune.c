/* SPDX-License-Identifier: MIT
 * test_cli_tune.c - tune on a tiny shape, from the search to the run that uses what was found; --tuning
 */
#include "backend/harness.h"
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TINY "--cases custom --hidden 20 --batch 9 --seq-len 3 --inputs 2"
#define KEPT "cache/rnn_cl/tuning.txt"

static const char *selector(void)
{
    static rnn_device_info info;
    ck_assert_msg(harness_device(&info) == RNN_OK, "%s", rnn_error_message());
    return info.selector;
}

static void set_up(void)
{
    cli_set_up();
    cli_own_cache();
}

static rnn_tuning_list parse(const char *text, size_t count)
{
    rnn_tuning_list list = {NULL, 0};
    ck_assert_msg(rnn_tuning_parse(text, strlen(text), "found", false, &list) == RNN_OK, "%s in:\n%s",
                  rnn_error_message(), text);
    ck_assert_msg(list.count == count, "%zu lines, expected %zu:\n%s", list.count, count, text);
    return list;
}

static rnn_tuning_list parse_kept(size_t count)
{
    char *text = cli_read_text(cli_in_folder(cli_work, KEPT));
    const rnn_tuning_list list = parse(text, count);
    free(text);
    return list;
}

static void write_file(const char *name, const char *text)
{
    FILE *stream = fopen(cli_in_folder(cli_work, name), "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
}

/* A line a kernel, with every setting and a class that the case is in. */
static void expect_findings(const rnn_tuning_list *list)
{
    for (size_t i = 0; i < RNN_TILE_KINDS; i++) {
        const rnn_tuning_field *field;
        rnn_tuning_line *line = &list->lines[i];
        ck_assert_uint_eq(line->kind, i);
        ck_assert_uint_le(line->hidden[0], 20);
        ck_assert_uint_ge(line->hidden[1], 20);
        ck_assert_uint_eq(line->batch[0], 9);
        ck_assert_uint_eq(line->batch[1], 16);
        for (size_t n = 0; (field = rnn_tuning_nth(line->kind, n)); n++)
            ck_assert_msg(*rnn_tuning_value(field, &line->tuning) > 0, "no %s", field->name);
    }
}

/* What is printed is a tuning file, and what is kept; lines for the same are replaced, others stay. */
START_TEST(finds_prints_and_keeps)
{
    cli_run("tune --device %s " TINY " --seconds 1 --no-cache --quiet", selector());
    cli_expect_code(0);
    ck_assert_str_eq(cli_err, "");
    ck_assert(!cli_exists("cache"));
    rnn_tuning_list printed = parse(cli_out, RNN_TILE_KINDS);
    expect_findings(&printed);
    rnn_tuning_list_free(&printed);

    const size_t size = strlen(cli_out) + 128;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    snprintf(text, size, "kernel=state hidden=21: vec=1 rows=2 cols=3 lanes=1\n%s", cli_out);
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "cache"), 0700), 0);
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "cache/rnn_cl"), 0700), 0);
    write_file(KEPT, text);
    free(text);
    cli_run("tune --device %s " TINY " --seconds 1", selector());
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "tuning lines are kept in "));
    ck_assert_ptr_nonnull(strstr(cli_out, " tried, 0 did not build, 0 refused by the device, 0 wrong bits\n"));
    rnn_tuning_list kept = parse_kept(RNN_TILE_KINDS + 1);
    printed = parse(cli_out, RNN_TILE_KINDS);
    expect_findings(&kept);
    for (size_t i = 0; i < RNN_TILE_KINDS; i++) {
        ck_assert(rnn_tuning_same_place(&printed.lines[i], &kept.lines[i]));
        ck_assert_uint_eq(rnn_tuning_distance(kept.lines[i].kind, &printed.lines[i].tuning, &kept.lines[i].tuning), 0);
    }
    ck_assert_uint_eq(kept.lines[RNN_TILE_KINDS].hidden[0], 21);
    rnn_tuning_list_free(&printed);
    rnn_tuning_list_free(&kept);
}
END_TEST

/* The signal comes when the first kernel's line was kept: before the second's search, or during it. */
START_TEST(a_signal_keeps_what_was_found)
{
    const pid_t child = cli_start("tune --device %s " TINY " --seconds 2", selector());
    for (int waited = 0; !cli_exists(KEPT) && waited < 60 * 200; waited++)
        cli_wait_a_moment();
    rnn_tuning_list kept = parse_kept(1);
    rnn_tuning_list_free(&kept);
    ck_assert_int_eq(kill(child, SIGINT), 0);
    cli_finish(child);
    cli_expect_code(RNN_STOPPED);
    ck_assert_ptr_nonnull(
        strstr(cli_err, "rnn_cl: stopped by a signal; what was found until then is printed and kept\n"));
    const char *first = strchr(cli_out, '\n');
    ck_assert_ptr_nonnull(first);
    const size_t lines = first[1] ? 2 : 1;
    rnn_tuning_list printed = parse(cli_out, lines);
    kept = parse_kept(lines);
    rnn_tuning_list_free(&printed);
    rnn_tuning_list_free(&kept);
}
END_TEST

START_TEST(what_cannot_be_tuned)
{
    cli_run("tune --device reference " TINY);
    cli_expect_failure(78, "reference (plain C on the host) has no tiles to tune; name an OpenCL device: --device P:D");
    cli_run(SMALL " --tuning t.txt");
    cli_expect_failure(78, "--tuning t.txt: the reference has no tiles to tune; drop one of the two");
    ck_assert(!cli_exists("cache"));
}
END_TEST

START_TEST(tuning_files_of_commands)
{
    cli_train_small();
    cli_write_sine("s.csv", 40);
    write_file("bad.txt", "kernel=state: vec=5\n");
    write_file("illegal.txt", "kernel=state: rows=16 cols=16\n");
    static const char *const commands[] = {
        "--hidden 8 --seq-len 12 --out r2",
        "predict --model r/model.safetensors --data s.csv",
        "evaluate --model r/model.safetensors --data s.csv",
        "bench --cases custom --hidden 8 --batch 3 --seq-len 2",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        cli_run("%s --device %s --tuning bad.txt", commands[i], selector());
        cli_expect_exactly(65, "--tuning: bad.txt:1: vec: found '5', expected a power of two from 1 to 16");
    }
    cli_run("%s --device %s --tuning absent.txt", commands[1], selector());
    cli_expect_failure(66, "--tuning: absent.txt");
    cli_run("%s --device %s --tuning illegal.txt", commands[1], selector());
    cli_expect_exactly(65, "--tuning: illegal.txt:1: kernel=state with H=8: rows=16 x cols=16 are 256 vectors of sums, "
                           "expected at most 32");
}
END_TEST

START_TEST(lines_change_no_weights)
{
    char sha256[2][65];
    write_file("mine.txt", "kernel=state: vec=1 rows=2 cols=3 lanes=1\nkernel=grad: vec=4 rows=3 cols=1\n");
    for (int tuned = 0; tuned < 2; tuned++) {
        cli_run("--device %s --hidden 20 --seq-len 5 --epochs 2 --quiet --json %s", selector(),
                tuned ? "--tuning mine.txt" : "");
        cli_expect_code(0);
        json_t *summary = cli_json_on_stdout();
        snprintf(sha256[tuned], sizeof sha256[tuned], "%s", cli_text(summary, "weights_sha256"));
        json_decref(summary);
    }
    ck_assert_str_eq(sha256[0], sha256[1]);
}
END_TEST

TCase *cli_tune_case(void)
{
    TCase *tests = tcase_create("tune");
    tcase_add_checked_fixture(tests, set_up, cli_tear_down);
    tcase_add_test(tests, finds_prints_and_keeps);
    tcase_add_test(tests, a_signal_keeps_what_was_found);
    tcase_add_test(tests, what_cannot_be_tuned);
    tcase_add_test(tests, tuning_files_of_commands);
    tcase_add_test(tests, lines_change_no_weights);
    return tests;
}
