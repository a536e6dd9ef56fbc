/* SPDX-License-Identifier: MIT
 * test_population.c - members of a population are to the bit the runs that they would be alone, whatever the others do
 */
#include "sittings.h"

#include "base/allocations.h"

#define MOST 6

/* Runs of a population, and the same runs alone. */
typedef struct population {
    rnn_member members[MOST];
    rnn_observer observers[MOST];
    run together[MOST], alone[MOST];
    size_t count;
} population;

static population p;

/* Settings that all share, and what each member has of its own; the list ends with NULL. */
static void begin(const rnn_settings *settings, const char *const *words)
{
    memset(&p, 0, sizeof p);
    for (; words[p.count]; p.count++) {
        rnn_member *m = &p.members[p.count];
        ck_assert_uint_lt(p.count, MOST);
        m->settings = *settings;
        set_all(&m->settings, words[p.count]);
        p.observers[p.count] = (rnn_observer){.context = &p.together[p.count], .epoch = on_epoch, .stop = on_stop};
        m->observer = &p.observers[p.count];
    }
}

static rnn_status go_together(const rnn_series *series, rnn_backend *backend)
{
    const rnn_status status = rnn_train_population(p.members, p.count, series, backend);
    for (size_t i = 0; i < p.count; i++) {
        p.together[i].status = p.members[i].status;
        p.together[i].model = p.members[i].model;
        if (p.members[i].model)
            rnn_model_sha256(p.members[i].model, p.together[i].sha256);
    }
    return status;
}

static void expect_like_alone(size_t i, const rnn_series *series, rnn_backend *backend)
{
    run *alone = &p.alone[i];
    alone->stop_at = p.together[i].stop_at;
    go(&p.members[i].settings, series, backend, alone);
    ck_assert_int_eq(p.members[i].status, alone->status);
    ck_assert_str_eq(p.members[i].message, alone->status ? rnn_error_message() : "");
    ck_assert_uint_eq(p.together[i].count, alone->count);
    ck_assert_uint_eq(p.together[i].asked, alone->asked);
    ck_assert_int_eq(!p.together[i].model, !alone->model);
    if (alone->model)
        expect_same_run(&p.together[i], alone, "alone", i + 1);
    done(alone);
}

static void end(void)
{
    for (size_t i = 0; i < p.count; i++)
        done(&p.together[i]);
}

static void check(const rnn_settings *settings, const char *const *words, const rnn_series *series,
                  rnn_backend *backend, rnn_status expected)
{
    begin(settings, words);
    const rnn_status status = go_together(series, backend);
    ck_assert_msg(status == expected, "status %d: %s", (int)status, rnn_error_message());
    for (size_t i = 0; i < p.count; i++)
        expect_like_alone(i, series, backend);
    end();
}

/* Both backends that there are; the second may be NULL. */
static void open_both(const char *test, rnn_precision precision, rnn_backend *both[2])
{
    both[0] = open_reference(precision);
    both[1] = open_opencl(test, precision);
}

static void close_both(rnn_backend *both[2])
{
    rnn_backend_close(both[1]);
    rnn_backend_close(both[0]);
}

/* ---- Bits ---------------------------------------------------------------------------------------------------------- */

static const char *const seeds[][MOST] = {
    {"seed 1", NULL},
    {"seed 1", "seed 2", NULL},
    {"seed 1", "seed 2", "seed 3", NULL},
    {"seed 1", "seed 2", "seed 3", "seed 4", "seed 5", NULL},
};

START_TEST(members_are_what_they_would_be_alone)
{
    static const char *const words[] = {"",
                                        "batch 7 windows 20 val-fraction 0",
                                        "optimizer sgd clip-value 0.01 shuffle no",
                                        "input-weights per-step hidden 61 optimizer momentum",
                                        "cell gru layers 2 dropout 0.3 train-h0 yes",
                                        "cell lstm layers 2 hidden 20 forget-bias 1",
                                        "loss quantile quantiles 0.1,0.5,0.9 horizon 2",
                                        "loss huber optimizer adamw weight-decay 0.01",
                                        "precision double activation tanh bptt-truncate 3",
                                        "loss-at every bptt-truncate 4 layers 2",
                                        "stateful yes shuffle no loss-at every cell lstm seq-len 5 batch 3"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        rnn_settings settings = small();
        rnn_series *series = waves(80);
        rnn_backend *both[2];
        set_all(&settings, words[w]);
        open_both("members_are_what_they_would_be_alone", settings.precision, both);
        for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
            for (int b = 0; b < 2 && both[b]; b++)
                check(&settings, seeds[i], series, both[b], RNN_OK);
        close_both(both);
        rnn_series_free(series);
    }
}
END_TEST

START_TEST(the_article_side_by_side)
{
    rnn_settings settings;
    rnn_series *series = sine(80);
    rnn_backend *both[2];
    rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
    set_all(&settings, "hidden 16 seq-len 12 epochs 3");
    open_both("the_article_side_by_side", settings.precision, both);
    for (int b = 0; b < 2 && both[b]; b++)
        check(&settings, seeds[2], series, both[b], RNN_OK);
    close_both(both);
    rnn_series_free(series);
}
END_TEST

/* Rates, optimisers, epochs, clipping: one shape, operations that are not all alike. Hidden units: others, one after the other. */
START_TEST(a_grid)
{
    static const char *const grids[][MOST] = {
        {"learning-rate 0.01", "learning-rate 0.03", "learning-rate 0.01 seed 7", "schedule constant", NULL},
        {"optimizer rmsprop", "optimizer nesterov", "schedule plateau lr-patience 1 epochs 6",
         "schedule step lr-step 1", "schedule cosine warmup 1 weight-decay 0.1", NULL},
        {"optimizer sgd", "optimizer adam", "optimizer momentum clip-norm 0", "shuffle no", "init xavier", NULL},
        {"epochs 1", "epochs 4", "epochs 2", "patience 1 epochs 9", NULL},
        {"hidden 8", "hidden 16", "hidden 8 seed 2", "batch 5", "batch 5 hidden 8", NULL},
        {"loss-at every", "loss-at last", "stateful yes shuffle no batch 3", NULL},
    };
    const rnn_settings settings = small();
    rnn_series *series = waves(80);
    rnn_backend *both[2];
    open_both("a_grid", RNN_FLOAT, both);
    for (size_t g = 0; g < sizeof grids / sizeof *grids; g++)
        for (int b = 0; b < 2 && both[b]; b++)
            check(&settings, grids[g], series, both[b], RNN_OK);
    close_both(both);
    rnn_series_free(series);
}
END_TEST

/* Kernels that are queued for five members are as many as for one; where the rate is each member's own, its updates alone are more. */
START_TEST(launches)
{
    static const char *const words[] = {"", "clip-norm 0.1 optimizer momentum", "batch 7", "hidden 200 batch 5",
                                        "layers 2 dropout 0.3"};
    static const char *const rates[] = {"learning-rate 0.01", "learning-rate 0.02", "learning-rate 0.03", NULL};
    rnn_backend *backend = open_opencl("launches", RNN_FLOAT);
    rnn_series *series = sine(80);
    for (size_t w = 0; backend && w < sizeof words / sizeof *words; w++) {
        rnn_settings settings = small();
        set_all(&settings, words[w]);
        const size_t before = backend->launches;
        go(&settings, series, backend, &p.alone[0]);
        expect_trained(&p.alone[0]);
        const size_t alone = backend->launches - before, updates = p.alone[0].asked;
        done(&p.alone[0]);
        for (int grid = 0; grid < 2; grid++) {
            const size_t began = backend->launches;
            begin(&settings, grid ? rates : seeds[3]);
            ck_assert_int_eq(go_together(series, backend), RNN_OK);
            end();
            ck_assert_uint_eq(backend->launches - began, alone + (grid ? 2 * updates : 0));
        }
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Members that end early ---------------------------------------------------------------------------------------- */

#define WILD "activation relu optimizer sgd schedule constant clip-norm 0 epochs 5 learning-rate "

START_TEST(a_divergence_is_the_members_own)
{
    static const char *const some[] = {
        WILD "0.001", WILD "1000", WILD "0.002", WILD "1000 on-divergence retry", WILD "2 on-divergence retry", NULL};
    static const char *const all[] = {WILD "1000", WILD "2000", NULL};
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *both[2];
    rnn_set_notice_handler(ignore, NULL);
    open_both("a_divergence_is_the_members_own", RNN_FLOAT, both);
    for (int b = 0; b < 2 && both[b]; b++) {
        check(&settings, some, series, both[b], RNN_OK);
        check(&settings, all, series, both[b], RNN_DIVERGED);
    }
    close_both(both);
    rnn_set_notice_handler(NULL, NULL);
    rnn_series_free(series);
}
END_TEST

/* One member is stopped after an update, others after another; nobody's bits change. */
START_TEST(stopped_members)
{
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *both[2];
    open_both("stopped_members", RNN_FLOAT, both);
    for (int b = 0; b < 2 && both[b]; b++) {
        begin(&settings, seeds[3]);
        p.together[1].stop_at = 1;
        p.together[2].stop_at = 8;
        ck_assert_int_eq(go_together(series, both[b]), RNN_STOPPED);
        ck_assert_str_eq(rnn_error_message(), "member 2 of 5: stopped in epoch 1");
        for (size_t i = 0; i < p.count; i++)
            expect_like_alone(i, series, both[b]);
        end();
    }
    close_both(both);
    rnn_series_free(series);
}
END_TEST

/* What has not begun when the population is stopped does not. */
START_TEST(a_stop_ends_what_follows)
{
    static const char *const words[] = {"hidden 8", "hidden 9", "hidden 8 seed 2", NULL};
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    begin(&settings, words);
    p.together[2].stop_at = 2;
    ck_assert_int_eq(go_together(series, backend), RNN_STOPPED);
    ck_assert_str_eq(rnn_error_message(), "member 3 of 3: stopped in epoch 1");
    ck_assert_int_eq(p.members[0].status, RNN_OK);
    ck_assert(p.members[2].begun && !p.members[1].begun);
    ck_assert_ptr_null(p.members[1].model);
    ck_assert_str_eq(p.members[1].message, "not begun");
    end();
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Each member's checkpoint is that of its run alone: members taken up at different places go on to the same bits. */
START_TEST(sittings_of_members)
{
    static const char *const words[] = {"seed 1", "seed 2", "seed 3", NULL};
    static const size_t stops[] = {3, 7, 0};
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *both[2];
    rnn_safeguards guards[3];
    char paths[3][80];
    open_both("sittings_of_members", RNN_FLOAT, both);
    for (int b = 0; b < 2 && both[b]; b++) {
        rnn_checkpoint *checkpoints[3] = {NULL, NULL, NULL};
        begin(&settings, words);
        for (size_t i = 0; i < 3; i++) {
            snprintf(paths[i], sizeof paths[i], "%s.%zu", path, i);
            guards[i] = (rnn_safeguards){.checkpoint = paths[i], .verify = true, .verify_every = 4};
            p.members[i].safeguards = &guards[i];
            p.together[i].stop_at = stops[i];
        }
        ck_assert_int_eq(go_together(series, both[b]), RNN_STOPPED);
        end();
        begin(&settings, words);
        for (size_t i = 0; i < 3; i++) {
            if (stops[i])
                ck_assert_int_eq(rnn_checkpoint_load(paths[i], &checkpoints[i]), RNN_OK);
            guards[i].resume = checkpoints[i];
            p.members[i].safeguards = &guards[i];
        }
        ck_assert_msg(go_together(series, both[b]) == RNN_OK, "%s", rnn_error_message());
        for (size_t i = 0; i < 3; i++) {
            go(&p.members[i].settings, series, both[b], &p.alone[i]);
            expect_same_run(&p.together[i], &p.alone[i], "alone", i + 1);
            done(&p.alone[i]);
            rnn_checkpoint_free(checkpoints[i]);
            unlink(paths[i]);
        }
        end();
    }
    close_both(both);
    rnn_series_free(series);
}
END_TEST

/* ---- Memory -------------------------------------------------------------------------------------------------------- */

START_TEST(memory_is_planned_for_all)
{
    const rnn_settings settings = small();
    rnn_series *series = waves(80);
    rnn_memory one, many;
    rnn_backend *backend = open_reference(RNN_FLOAT);
    char expected[1024];
    begin(&settings, seeds[3]);
    ck_assert_int_eq(rnn_population_plan(p.members, 1, series, backend, &one), RNN_OK);
    ck_assert_int_eq(rnn_population_plan(p.members, 5, series, backend, &many), RNN_OK);
    ck_assert_uint_eq(one.count, many.count);
    for (size_t i = 0; i < one.count; i++) {
        const bool series_itself = strcmp(one.items[i].label, "series") == 0;
        ck_assert_str_eq(one.items[i].label, many.items[i].label);
        ck_assert_uint_eq(many.items[i].bytes, (series_itself ? 1 : 5) * one.items[i].bytes);
    }
    ck_assert_int_eq(rnn_population_check(p.members, 5, series, backend), RNN_OK);
    backend->info.memory = many.total - 1;
    snprintf(expected, sizeof expected, "5 members side by side, of which 4 would fit: the job needs %llu bytes on ",
             (unsigned long long)many.total);
    ck_assert_int_eq(go_together(series, backend), RNN_NO_MEMORY);
    ck_assert_msg(strncmp(rnn_error_message(), expected, strlen(expected)) == 0, "%s", rnn_error_message());
    for (size_t i = 0; i < p.count; i++)
        ck_assert(!p.members[i].begun);
    backend->info.memory = one.total - 1;
    ck_assert_int_eq(rnn_population_check(p.members, 5, series, backend), RNN_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "of which not even one fits"));
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- The mean ------------------------------------------------------------------------------------------------------ */

/* (a + b + c) / 3, in that order, beside actual values and rows that are each one's. */
START_TEST(the_mean_of_models)
{
    const rnn_settings settings = small();
    rnn_series *series = waves(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_model *models[3];
    rnn_predictions *each[3], *mean, *some, *none;
    rnn_split shown;
    begin(&settings, seeds[2]);
    ck_assert_int_eq(go_together(series, backend), RNN_OK);
    for (size_t i = 0; i < 3; i++) {
        models[i] = p.members[i].model;
        ck_assert_int_eq(rnn_predict(models[i], series, RNN_MODE_STEP, backend, &each[i]), RNN_OK);
    }
    ck_assert_int_eq(rnn_predict_mean(models, 3, series, RNN_MODE_STEP, backend, &mean), RNN_OK);
    ck_assert_int_eq(rnn_predict_some_mean(models, 3, series, RNN_MODE_STEP, 5, backend, &shown, &some), RNN_OK);
    ck_assert_uint_eq(mean->count, each[0]->count);
    ck_assert_uint_eq(some->count, 10);
    for (size_t i = 0; i < mean->count * 2; i++) {
        ck_assert(mean->predicted[i] == (each[0]->predicted[i] + each[1]->predicted[i] + each[2]->predicted[i]) / 3);
        expect_same_number(mean->actual[i], each[1]->actual[i], "actual value", i);
    }
    ck_assert(some->predicted[0] == mean->predicted[0]);
    ck_assert_int_eq(rnn_predict_mean(models, 0, series, RNN_MODE_STEP, backend, &none), RNN_USAGE);
    ck_assert_ptr_null(none);
    for (size_t i = 0; i < 3; i++)
        rnn_predictions_free(each[i]);
    rnn_predictions_free(some);
    rnn_predictions_free(mean);
    end();
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Failure ------------------------------------------------------------------------------------------------------- */

static rnn_backend_ops failing_ops;
static const rnn_backend_ops *real_ops;
static size_t calls, failing_call; /* 0: none */

static rnn_status count_call(const char *what)
{
    if (++calls == failing_call)
        return rnn_fail(RNN_NO_DEVICE, "the device fails at %s", what);
    return RNN_OK;
}

static rnn_status fail_alloc(rnn_backend *self, size_t bytes, const char *label, rnn_buffer **out)
{
    *out = NULL;
    const rnn_status status = self->sizing ? RNN_OK : count_call("alloc");
    return status ? status : real_ops->alloc(self, bytes, label, out);
}

static rnn_status fail_read(rnn_backend *self, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to)
{
    const rnn_status status = count_call("read");
    return status ? status : real_ops->read(self, buffer, offset, bytes, to);
}

static rnn_status fail_update(rnn_plan *plan, const rnn_update *rule, const rnn_buffer *gradient,
                              const rnn_buffer *health, rnn_buffer *params, rnn_buffer *moments)
{
    const rnn_status status = count_call("update");
    return status ? status : real_ops->update(plan, rule, gradient, health, params, moments);
}

static rnn_status fail_plan(rnn_backend *self, const rnn_network *network, size_t batch, rnn_plan **out)
{
    *out = NULL;
    const rnn_status status = self->sizing ? RNN_OK : count_call("plan");
    return status ? status : real_ops->plan(self, network, batch, out);
}

/* Whatever fails, fails for all: no member waits for what never comes. */
START_TEST(a_call_that_fails)
{
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    size_t total;
    real_ops = backend->ops;
    failing_ops = *real_ops;
    failing_ops.alloc = fail_alloc;
    failing_ops.read = fail_read;
    failing_ops.update = fail_update;
    failing_ops.plan = fail_plan;
    backend->ops = &failing_ops;
    calls = failing_call = 0;
    begin(&settings, seeds[2]);
    ck_assert_int_eq(go_together(series, backend), RNN_OK);
    end();
    total = calls;
    ck_assert_uint_gt(total, 100);
    for (size_t at = 1; at <= total; at += at < 60 ? 1 : 7) {
        calls = 0;
        failing_call = at;
        begin(&settings, seeds[2]);
        ck_assert_int_eq(go_together(series, backend), RNN_NO_DEVICE);
        ck_assert_msg(strstr(rnn_error_message(), "the device fails at "), "call %zu: %s", at, rnn_error_message());
        for (size_t i = 0; i < p.count; i++) /* those that had their last answer are done */
            ck_assert_msg(p.members[i].status == RNN_NO_DEVICE || p.members[i].status == RNN_OK, "member %zu: %s",
                          i + 1, p.members[i].message);
        end();
    }
    backend->ops = real_ops;
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Memory that is refused at any place: told, and nothing left. In this thread alone: the watch over the heap is no other's. */
START_TEST(memory_is_refused)
{
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_status status = RNN_NO_MEMORY;
    begin(&settings, seeds[2]);
    for (size_t failing = 1; status != RNN_OK; failing++) {
        allocations_watch(failing);
        status = rnn_population_check(p.members, p.count, series, backend);
        const allocations seen = allocations_stop();
        ck_assert_int_eq(seen.left, 0);
        ck_assert(status == RNN_OK || status == RNN_NO_MEMORY);
        ck_assert(status == RNN_OK || strstr(rnn_error_message(), "out of memory"));
        ck_assert_uint_lt(failing, 200);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* As many as there may be. */
START_TEST(the_largest_population)
{
    static rnn_member many[RNN_POPULATION_MOST];
    rnn_settings settings = small();
    rnn_series *series = sine(40);
    rnn_backend *both[2];
    set_all(&settings, "hidden 3 seq-len 4 epochs 1 batch 20");
    open_both("the_largest_population", RNN_FLOAT, both);
    for (int b = 0; b < 2 && both[b]; b++) {
        for (size_t i = 0; i < RNN_POPULATION_MOST; i++) {
            many[i] = (rnn_member){.settings = settings};
            many[i].settings.seed = i % 2;
        }
        ck_assert_msg(rnn_train_population(many, RNN_POPULATION_MOST, series, both[b]) == RNN_OK, "%s",
                      rnn_error_message());
        for (size_t i = 0; i < RNN_POPULATION_MOST; i++) {
            char sha256[2][65];
            rnn_model_sha256(many[i % 2].model, sha256[0]);
            rnn_model_sha256(many[i].model, sha256[1]);
            ck_assert_str_eq(sha256[0], sha256[1]);
        }
        for (size_t i = 0; i < RNN_POPULATION_MOST; i++)
            rnn_model_free(many[i].model);
    }
    close_both(both);
    rnn_series_free(series);
}
END_TEST

static void expect_refused(rnn_status status, size_t count, const char *message)
{
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    ck_assert_int_eq(rnn_train_population(p.members, count, series, backend), status);
    ck_assert_str_eq(rnn_error_message(), message);
    rnn_backend_close(backend);
    rnn_series_free(series);
}

START_TEST(refused)
{
    static const char *const val[] = {"seed 1", "val-fraction 0.1", NULL}, *const bad[] = {"seed 1", "seed 2", NULL};
    const rnn_settings settings = small();
    static rnn_member many[RNN_POPULATION_MOST + 1];
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    ck_assert_int_eq(rnn_train_population(many, RNN_POPULATION_MOST + 1, series, backend), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), "a population of 257 members; it may have 1 to 256");
    begin(&settings, val);
    expect_refused(RNN_USAGE, 0, "a population of 0 members; it may have 1 to 256");
    expect_refused(RNN_CONFIG, 2, "member 2 of 2: --val-fraction may not differ between members");
    begin(&settings, bad);
    p.members[1].settings.hidden = 0;
    expect_refused(RNN_USAGE, 2, "member 2 of 2: --hidden: found '0', expected a whole number from 1 to 65536");
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

Suite *population_suite(void)
{
    Suite *suite = suite_create("population");
    TCase *tests = tcase_create("population");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, members_are_what_they_would_be_alone);
    tcase_add_test(tests, the_article_side_by_side);
    tcase_add_test(tests, a_grid);
    tcase_add_test(tests, launches);
    tcase_add_test(tests, a_divergence_is_the_members_own);
    tcase_add_test(tests, stopped_members);
    tcase_add_test(tests, a_stop_ends_what_follows);
    tcase_add_test(tests, sittings_of_members);
    tcase_add_test(tests, memory_is_planned_for_all);
    tcase_add_test(tests, the_mean_of_models);
    tcase_add_test(tests, a_call_that_fails);
    tcase_add_test(tests, memory_is_refused);
    tcase_add_test(tests, the_largest_population);
    tcase_add_test(tests, refused);
    suite_add_tcase(suite, tests);
    return suite;
}
