/* SPDX-License-Identifier: MIT
 * test_cli_population.c - train --population and --sweep, and what is done with their members
 */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LONG "--device reference --hidden 12 --seq-len 12 --epochs 300 --population 3 "

static json_t *member_of(const json_t *summary, size_t i)
{
    return json_array_get(json_object_get(summary, "population"), i);
}

/* weights_sha256 and val_rmse of a run alone. */
static void expect_alone(const json_t *member, const char *options)
{
    cli_run(SMALL " --out alone --json --quiet %s", options);
    cli_expect_code(0);
    json_t *alone = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(member, "weights_sha256"), cli_text(alone, "weights_sha256"));
    ck_assert(json_real_value(json_object_get(member, "val_loss")) ==
              json_real_value(json_object_get(alone, "val_loss")));
    json_decref(alone);
}

START_TEST(seeds)
{
    cli_run(SMALL " --population 3 --seed 7 --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "member  seed      val_loss      val_rmse  epochs  weights_sha256\n"));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nval_rmse: min "));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nkept: member "));
    json_t *summary = cli_json_in_file("r/summary.json");
    ck_assert_uint_eq(json_array_size(json_object_get(summary, "population")), 3);
    double least = 1e9;
    size_t best = 0;
    for (size_t i = 0; i < 3; i++) {
        const json_t *member = member_of(summary, i);
        char options[32];
        const double loss = json_real_value(json_object_get(member, "val_loss"));
        snprintf(options, sizeof options, "--seed %zu", 7 + i);
        expect_alone(member, options);
        best = loss < least ? i : best;
        least = loss < least ? loss : least;
    }
    ck_assert_int_eq(json_integer_value(json_object_get(summary, "kept")), (json_int_t)best + 1);
    ck_assert_str_eq(cli_text(summary, "weights_sha256"), cli_text(member_of(summary, best), "weights_sha256"));
    const json_t *spread = json_object_get(json_object_get(summary, "spread"), "val_loss");
    ck_assert(json_real_value(json_object_get(spread, "min")) == least);
    ck_assert(cli_exists("r/model.safetensors"));
    ck_assert(!cli_exists("r/members") && !cli_exists("r/population.json"));
    json_decref(summary);
}
END_TEST

/* A grid with two options and two seeds: the first changes slowest. */
START_TEST(grid)
{
    static const char *const options[] = {"--hidden 4 --batch 5",
                                          "--hidden 4 --batch 5 --seed 43",
                                          "--hidden 4",
                                          "--hidden 4 --seed 43",
                                          "--batch 5",
                                          "--batch 5 --seed 43",
                                          "",
                                          "--seed 43"};
    cli_run(SMALL " --sweep hidden=4,8,batch=5,10 --population 2 --out r --json --quiet");
    cli_expect_code(0);
    json_t *summary = cli_json_on_stdout();
    ck_assert_uint_eq(json_array_size(json_object_get(summary, "population")), 8);
    for (size_t i = 0; i < 8; i++)
        expect_alone(member_of(summary, i), options[i]);
    json_decref(summary);
}
END_TEST

/* Column `column` of a CSV's data lines. */
static size_t read_column(const char *text, int column, double *values, size_t most)
{
    size_t n = 0;
    for (const char *line = strchr(text, '\n'); line && line[1] && n < most; line = strchr(line + 1, '\n')) {
        const char *cell = line + 1;
        for (int c = 0; c < column; c++)
            cell = strchr(cell, ',') + 1;
        values[n++] = strtod(cell, NULL);
    }
    return n;
}

/* The mean of three members' predictions, made by train and by predict; a stale member of a larger population is gone. */
START_TEST(mean)
{
    static double each[3][100], both[100];
    cli_write_sine("s.csv", 60);
    cli_run(SMALL " --population 4 --keep mean --out r --quiet");
    cli_expect_code(0);
    ck_assert(cli_exists("r/members/04.safetensors"));
    cli_run(SMALL " --population 3 --keep mean --out r --val-fraction 0");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "kept: the mean of 3 members; "));
    ck_assert(!cli_exists("r/members/04.safetensors") && !cli_exists("r/members/04.jsonl"));
    ck_assert(!cli_exists("r/model.safetensors") && cli_exists("r/members/03.jsonl"));
    for (int i = 0; i < 3; i++) {
        cli_run("predict --device reference --model r/members/0%d.safetensors --data s.csv", i + 1);
        cli_expect_code(0);
        ck_assert_uint_eq(read_column(cli_out, 2, each[i], 100), 49);
    }
    cli_run("predict --device reference --model r/members --data s.csv");
    cli_expect_code(0);
    ck_assert_uint_eq(read_column(cli_out, 2, both, 100), 49);
    for (size_t i = 0; i < 49; i++)
        ck_assert(both[i] == (each[0][i] + each[1][i] + each[2][i]) / 3);
    char *trained = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv"));
    ck_assert_uint_eq(read_column(trained, 3, each[0], 49), 49);
    for (size_t i = 0; i < 49 - 1; i++) /* the same rows of the same sine */
        ck_assert(each[0][i] == both[i]);
    free(trained);
    cli_run("evaluate --device reference --model r/members --data s.csv --quiet --json");
    cli_expect_code(0);
}
END_TEST

/* A rate that is far too large ends its member alone. */
START_TEST(diverged_member)
{
    cli_run(SMALL " --activation relu --optimizer sgd --schedule constant --clip-norm 0 --sweep "
                  "learning-rate=0.001,1000 --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "  diverged\n"));
    ck_assert_ptr_nonnull(strstr(cli_out, "kept: member 1, "));
    json_t *summary = cli_json_in_file("r/summary.json");
    ck_assert_int_eq(json_integer_value(json_object_get(member_of(summary, 1), "status")), 76);
    ck_assert_ptr_nonnull(strstr(cli_text(member_of(summary, 1), "message"), "training diverged"));
    json_decref(summary);
    cli_run(SMALL " --activation relu --optimizer sgd --schedule constant --clip-norm 0 --sweep "
                  "learning-rate=2000,1000 --out r");
    cli_expect_code(76);
    ck_assert_ptr_nonnull(strstr(cli_err, "member 1 of 2: training diverged: "));
}
END_TEST

/* ---- Stopped and taken up ------------------------------------------------------------------------------------------ */

static void wait_for(const char *name)
{
    const time_t started = time(NULL);
    while (!cli_exists(name) && time(NULL) - started <= SECONDS)
        cli_wait_a_moment();
    ck_assert_msg(cli_exists(name), "%s: %s", name, cli_err ? cli_err : "");
}

static void expect_same_members(const char *one, const char *other, size_t count)
{
    json_t *a = cli_json_in_file(one), *b = cli_json_in_file(other);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(cli_text(member_of(a, i), "weights_sha256"), cli_text(member_of(b, i), "weights_sha256"));
    ck_assert(json_equal(json_object_get(a, "spread"), json_object_get(b, "spread")));
    ck_assert(json_equal(json_object_get(a, "kept"), json_object_get(b, "kept")));
    json_decref(b);
    json_decref(a);
}

START_TEST(stopped_and_resumed)
{
    static const int signals[] = {SIGINT, SIGKILL};
    cli_run(LONG "--keep mean --quiet --out whole");
    cli_expect_code(0);
    for (size_t i = 0; i < 2; i++) {
        const pid_t child = cli_start(LONG "--keep mean --quiet --out r --checkpoint-every 20");
        wait_for("r/members/03/checkpoint.safetensors");
        kill(child, signals[i]);
        cli_finish(child);
        cli_expect_code(signals[i] == SIGINT ? 75 : 128 + SIGKILL);
        ck_assert(cli_exists("r/population.json"));
        cli_run("--resume --population 3 --out r");
        cli_expect_failure(64, "r/population.json: the population that is resumed has its --population and --sweep");
        cli_run("--resume --epochs 301 --out r --device reference --quiet");
        cli_expect_failure(
            78, "the population cannot go on with other settings, --epochs: found 301, r/population.json has 300");
        cli_run("--resume --out r --device reference --quiet");
        cli_expect_code(0);
        expect_same_members("whole/summary.json", "r/summary.json", 3);
        ck_assert(!cli_exists("r/population.json") && !cli_exists("r/members/01"));
    }
    cli_run("--resume --out r");
    cli_expect_failure(66, "there is no unfinished run to resume");
    cli_remove_temporary();
}
END_TEST

/* A new population leaves an unfinished one its checkpoints, under another name. */
START_TEST(set_aside)
{
    for (int i = 0; i < 3; i++) {
        const pid_t child = cli_start(LONG "--epochs 100000 --out r --checkpoint-every %d", i ? 0 : 20);
        if (i == 0)
            wait_for("r/members/03/checkpoint.safetensors");
        else
            wait_for(i == 1 ? "r/members.old1/03/checkpoint.safetensors" : "r/members.old2/03/checkpoint.safetensors");
        kill(child, i ? SIGUSR1 : SIGTERM);
        if (i)
            wait_for("r/members/03/checkpoint.safetensors");
        kill(child, SIGTERM);
        cli_finish(child);
        cli_expect_code(75);
        ck_assert_msg(i == 0 || strstr(cli_err, "checkpoints: r/members\n"), "%s", cli_err);
        ck_assert_msg(i == 0 || strstr(cli_err, "the unfinished population that was there is now r/members.old"), "%s",
                      cli_err);
    }
}
END_TEST

static void give_back(const char *aside, const char *name)
{
    ck_assert_int_eq(rename(cli_in_folder(cli_work, aside), cli_in_folder(cli_work, name)), 0);
}

/* A single run leaves an unfinished population as it was, and says how it is taken up again; and the other way round. */
START_TEST(set_aside_by_another_kind)
{
    cli_run(LONG "--quiet --out whole");
    cli_expect_code(0);
    const pid_t child = cli_start(LONG "--quiet --out r --checkpoint-every 20");
    wait_for("r/members/03/checkpoint.safetensors");
    kill(child, SIGINT);
    cli_finish(child);
    cli_expect_code(75);
    const pid_t single = cli_start(LONG "--population 1 --epochs 100000 --quiet --out r --checkpoint-every 20");
    wait_for("r/checkpoint.safetensors");
    kill(single, SIGINT);
    cli_finish(single);
    cli_expect_code(75);
    ck_assert_ptr_nonnull(
        strstr(cli_err,
               "rnn_cl: r: the unfinished population that was there is now r/members.old1 and r/population.old1.json; "
               "to go on with it, give them back their names, members and population.json, and use --resume\n"));
    ck_assert(!cli_exists("r/members") && !cli_exists("r/population.json"));
    cli_run(LONG "--population 2 --epochs 2 --quiet --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "the unfinished run that was there is now r/checkpoint.old.safetensors; "));
    ck_assert_int_eq(unlink(cli_in_folder(cli_work, "r/checkpoint.old.safetensors")), 0);
    cli_run("--resume --out r");
    cli_expect_failure(66, "an older population is kept as r/members.old1 and r/population.old1.json: give them the "
                           "names members and population.json");
    give_back("r/members.old1", "r/members");
    give_back("r/population.old1.json", "r/population.json");
    cli_run("--resume --out r --device reference --quiet");
    cli_expect_code(0);
    expect_same_members("whole/summary.json", "r/summary.json", 3);
    ck_assert(!cli_exists("r/population.json") && !cli_exists("r/members"));
}
END_TEST

/* One member that makes use of an option is enough; the others are as if it had not been given. The record that --resume reads has such
 * options, too. */
START_TEST(options_of_some_members)
{
    static const char *const options[] = {"", "--optimizer momentum --momentum 0.8"};
    cli_run(SMALL " --sweep optimizer=adam,momentum --momentum 0.8 --out r --json --quiet");
    cli_expect_code(0);
    json_t *summary = cli_json_on_stdout();
    for (size_t i = 0; i < 2; i++)
        expect_alone(member_of(summary, i), options[i]);
    json_decref(summary);
    const char *job =
        "--device reference --hidden 12 --seq-len 12 --epochs 300 --dropout 0.3 --sweep layers=1,2 --quiet";
    cli_run("%s --out whole", job);
    cli_expect_code(0);
    const pid_t child = cli_start("%s --out q --checkpoint-every 20", job);
    wait_for("q/members/02/checkpoint.safetensors");
    kill(child, SIGINT);
    cli_finish(child);
    cli_expect_code(75);
    cli_run("--resume --out q --device reference --quiet");
    cli_expect_code(0);
    expect_same_members("whole/summary.json", "q/summary.json", 2);
}
END_TEST

/* ---- Refused ------------------------------------------------------------------------------------------------------- */

START_TEST(refused)
{
    static const struct {
        const char *options, *message;
    } cases[] = {
        {"--population 0", "--population: found '0', expected a whole number from 1 to 256"},
        {"--population 257", "--population: found '257', expected a whole number from 1 to 256"},
        {"--sweep hidden", "--sweep hidden: found 'hidden', expected NAME=VALUE,VALUE,..."},
        {"--sweep hidden=8,x", "--hidden: found 'x', expected a whole number from 1 to 65536"},
        {"--sweep hidden=8,", "--hidden: found '', expected a whole number from 1 to 65536"},
        {"--sweep hidden=8,batch=5,hidden=9", "--sweep hidden=8,batch=5,hidden=9: 'hidden' is there twice"},
        {"--sweep shuffle=no,maybe", "--shuffle: found 'maybe', expected no value; --shuffle or --no-shuffle"},
        {"--sweep patience=1,2 --val-fraction 0",
         "member 1 of 2: --patience 1 needs a validation part: --val-fraction above 0"},
        {"--population 2 --val-fraction 0", "--keep best chooses by the validation loss, and there is no validation "
                                            "part: --val-fraction above 0, or --keep mean"},
        {"--population 2 --keep mean --report", "--report shows one network: --keep best, or drop it"},
        {"--keep mean", "--keep mean is for several networks: --population K, or --sweep"},
        {"--sweep hidden=8,9,8",
         "members 1 and 3 of 3 are the same run, of the same seed 42: --sweep has a value twice, or seeds that are "
         "nearer than --population counts on; drop one"},
        {"--sweep seed=1,2 --population 2",
         "members 2 and 3 of 4 are the same run, of the same seed 2: --sweep has a value twice, or seeds that are "
         "nearer than --population counts on; drop one"},
        {"--sweep learning-rate=0,0.01,0.04",
         "members 1 and 3 of 3 are the same run: --learning-rate 0 and 0.04 come to the same there; drop one, or give "
         "--population several seeds"},
        {"--sweep optimizer=adam,momentum,momentum=0.8,0.9",
         "members 1 and 2 of 4 are the same run: --momentum 0.8 and 0.9 come to the same there; drop one, or give "
         "--population several seeds"},
        {"--sweep momentum=0.8,0.9", "member 1 of 2: --momentum 0.8 is for --optimizer momentum or nesterov, not adam; "
                                     "drop one of the two"},
        {"--sweep optimizer=adam,sgd --rho 0.5",
         "member 1 of 2: --rho 0.5 is for --optimizer rmsprop, not adam; drop one of the two"},
        {"--population 2 --rho 0.5", "--rho 0.5 is for --optimizer rmsprop, not adam; drop one of the two"},
        {"--sweep batch=5,6 --batch 7",
         "--batch is given, and --sweep batch=5,6 has other values of it; drop one of the two"},
        {"--population 200 --sweep hidden=8,9", "a population of 400 members or more; it may have 256"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cli_run("--device reference --quiet --out r %s", cases[i].options);
        cli_expect_exactly(64, cases[i].message);
    }
    cli_run("--device reference --quiet --out r --sweep seq-len=5,6");
    cli_expect_failure(64, "--sweep: 'seq-len' is not among them; what can be swept is ");
    cli_run("--device reference --quiet --out r --sweep recipe=article");
    cli_expect_failure(64, "--sweep: 'recipe' is not among them; what can be swept is ");
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "empty"), 0700), 0);
    cli_write_sine("s.csv", 60);
    cli_run("predict --device reference --model empty --data s.csv");
    cli_expect_failure(66, "empty: a folder without a model file; --model takes a file, the folder of a run");
}
END_TEST

/* A run's folder is its model, whatever lies beside it; what is kept of unfinished runs is no member. */
START_TEST(a_run_is_no_population)
{
    char alone[4096];
    cli_write_sine("s.csv", 60);
    cli_run(SMALL " --data s.csv --target sin --out q --seed 2 --quiet");
    cli_expect_code(0);
    cli_run(SMALL " --data s.csv --target sin --out r --quiet");
    cli_expect_code(0);
    cli_run("predict --device reference --model r/model.safetensors --data s.csv");
    cli_expect_code(0);
    snprintf(alone, sizeof alone, "%s", cli_out);
    char *from = strdup(cli_in_folder(cli_work, "q/model.safetensors"));
    ck_assert_int_eq(rename(from, cli_in_folder(cli_work, "r/checkpoint.old.safetensors")), 0);
    cli_run("predict --device reference --model r --data s.csv");
    cli_expect_code(0);
    ck_assert_str_eq(cli_out, alone);
    ck_assert_int_eq(unlink(cli_in_folder(cli_work, "r/model.safetensors")), 0);
    cli_run("predict --device reference --model r --data s.csv");
    cli_expect_failure(66, "r: a folder without a model file; ");
    free(from);
}
END_TEST

START_TEST(dry_run)
{
    cli_run(SMALL " --dry-run --json --quiet");
    cli_expect_code(0);
    json_t *one = cli_json_on_stdout();
    cli_run(SMALL " --sweep hidden=4,8 --population 5 --dry-run --json --quiet --out r");
    cli_expect_code(0);
    ck_assert(!cli_exists("r"));
    json_t *five = cli_json_on_stdout(); /* the larger shape's, whose members share the series: 200 rows of 4 bytes */
    ck_assert_int_eq(json_integer_value(json_object_get(five, "total")),
                     5 * (json_integer_value(json_object_get(one, "total")) - 800) + 800);
    json_decref(five);
    json_decref(one);
}
END_TEST

TCase *cli_population_case(void)
{
    TCase *tests = tcase_create("population");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, seeds);
    tcase_add_test(tests, grid);
    tcase_add_test(tests, mean);
    tcase_add_test(tests, diverged_member);
    tcase_add_test(tests, stopped_and_resumed);
    tcase_add_test(tests, set_aside);
    tcase_add_test(tests, set_aside_by_another_kind);
    tcase_add_test(tests, options_of_some_members);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, a_run_is_no_population);
    tcase_add_test(tests, dry_run);
    return tests;
}
