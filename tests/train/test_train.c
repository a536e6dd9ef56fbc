/* SPDX-License-Identifier: MIT
 * test_train.c - training through the public header: the same bits on every device, and every setting has its effect
 */
#include "runs.h"

/* ---- The same bits everywhere -------------------------------------------------------------------------------------- */

enum { IN_DOUBLE = 1, COLUMNS = 2, ARTICLE = 4 };

/* Each also in double (IN_DOUBLE), and on three columns with two targets (COLUMNS). */
static const struct {
    const char *settings;
    unsigned also;
} variants[] = {
    {"", IN_DOUBLE | COLUMNS},
    {"optimizer sgd", IN_DOUBLE},
    {"optimizer momentum", IN_DOUBLE},
    {"optimizer nesterov weight-decay 0.01", IN_DOUBLE},
    {"optimizer rmsprop learning-rate 0.003", IN_DOUBLE},
    {"optimizer adamw weight-decay 0.1", IN_DOUBLE | COLUMNS},
    {"weight-decay 0.01", 0},
    {"loss mae", IN_DOUBLE | COLUMNS},
    {"loss huber huber-delta 0.25 batch 7", IN_DOUBLE | COLUMNS},
    {"loss quantile", IN_DOUBLE | COLUMNS},
    {"loss quantile quantiles 0.05,0.3 windows 20 input-weights per-step", COLUMNS},
    {"schedule cosine warmup 0.5", IN_DOUBLE},
    {"schedule step lr-step 1 lr-gamma 0.5", 0},
    {"schedule plateau lr-patience 1 learning-rate 0.5 epochs 6", 0},
    {"clip-norm 0", 0},
    {"clip-norm 0.001", IN_DOUBLE | COLUMNS},
    {"clip-norm 0 clip-value 0.002", IN_DOUBLE},
    {"clip-norm 0.01 clip-value 0.002", COLUMNS},
    {"schedule constant", 0},
    {"bptt-truncate 1", 0},
    {"bptt-truncate 5", IN_DOUBLE | COLUMNS},
    {"input-weights per-step", IN_DOUBLE | COLUMNS},
    {"bias no", COLUMNS},
    {"activation tanh", IN_DOUBLE},
    {"activation relu", IN_DOUBLE},
    {"init xavier", 0},
    {"init uniform learning-rate 0.001", 0},
    {"batch 7", IN_DOUBLE | COLUMNS}, /* 45 windows: the last minibatch has three */
    {"batch 1", 0},
    {"batch 44", 0},
    {"batch 100000", IN_DOUBLE},
    {"shuffle no", 0},
    {"windows 20", IN_DOUBLE | COLUMNS}, /* of 45 and of 23 */
    {"windows 30 shuffle no batch 7", 0},
    {"windows 11 val-fraction 0", 0},
    {"patience 1", 0},
    {"reduction-blocks 1 batch 45", 0},
    {"reduction-blocks 2", COLUMNS},
    {"reduction-blocks 64", IN_DOUBLE}, /* more blocks than records */
    {"horizon 3", COLUMNS},
    {"val-fraction 0", COLUMNS},
    {"scale minmax", COLUMNS},
    {"scale none", 0},
    {"seed 18446744073709551615", 0},
    {"hidden 1", IN_DOUBLE},
    {"hidden 17 seq-len 1", IN_DOUBLE | COLUMNS},
    {"learning-rate 0.0001", ARTICLE},
    {"precision double hidden 17", ARTICLE},
};

static void expect_equal_runs(const run *a, const run *b, const char *what)
{
    ck_assert_msg(a->status == b->status, "%s: status %d against %d", what, (int)a->status, (int)b->status);
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_msg(strcmp(a->epochs[i].weights_sha256, b->epochs[i].weights_sha256) == 0,
                      "%s: other weights after epoch %zu", what, i + 1);
        ck_assert_msg(memcmp(&a->epochs[i].loss, &b->epochs[i].loss, sizeof(double)) == 0, "%s: loss of epoch %zu",
                      what, i + 1);
        ck_assert_msg(a->epochs[i].val_loss == b->epochs[i].val_loss ||
                          (isnan(a->epochs[i].val_loss) && isnan(b->epochs[i].val_loss)),
                      "%s: val_loss of epoch %zu", what, i + 1);
    }
    ck_assert_msg(strcmp(a->sha256, b->sha256) == 0, "%s: other weights", what);
}

static void expect_same_bits(rnn_backend *reference, rnn_backend *opencl, const rnn_settings *settings,
                             const rnn_series *series, const char *what)
{
    static run a, b;
    rnn_predictions *p, *q;
    go(settings, series, reference, &a);
    expect_trained(&a);
    go(settings, series, opencl, &b);
    expect_trained(&b);
    expect_equal_runs(&a, &b, what);
    ck_assert_int_eq(rnn_predict(a.model, series, RNN_MODE_STEP, reference, &p), RNN_OK);
    ck_assert_int_eq(rnn_predict(b.model, series, RNN_MODE_STEP, opencl, &q), RNN_OK);
    ck_assert_uint_eq(p->count, q->count);
    ck_assert_msg(memcmp(p->predicted, q->predicted, p->count * p->horizon * p->targets * sizeof(double)) == 0,
                  "%s: predictions", what);
    rnn_predictions_free(q);
    rnn_predictions_free(p);
    done(&b);
    done(&a);
}

START_TEST(reference_and_opencl)
{
    const rnn_precision precision = (rnn_precision)_i;
    rnn_backend *reference = open_reference(precision);
    rnn_backend *opencl =
        open_opencl(precision == RNN_DOUBLE ? "reference_and_opencl, double" : "reference_and_opencl", precision);
    rnn_series *one = sine(80), *three = waves(80);
    const size_t count = harness_is_tiny() ? 1 : sizeof variants / sizeof *variants;
    for (size_t i = 0; opencl && i < count; i++) {
        rnn_settings settings = small();
        if (variants[i].also & ARTICLE) {
            rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
            set_all(&settings, "hidden 16 seq-len 12 epochs 3");
        } else if (precision == RNN_DOUBLE && !(variants[i].also & IN_DOUBLE)) {
            continue;
        }
        set_all(&settings, variants[i].settings);
        settings.precision = precision;
        expect_same_bits(reference, opencl, &settings, one, variants[i].settings);
        if (variants[i].also & COLUMNS)
            expect_same_bits(reference, opencl, &settings, three, variants[i].settings);
    }
    rnn_series_free(three);
    rnn_series_free(one);
    rnn_backend_close(opencl);
    rnn_backend_close(reference);
}
END_TEST

/* What a plain ./rnn_cl gives, anywhere. Changing it changes every result: then this line, knowingly, too. */
START_TEST(default_run_is_pinned)
{
    static run r;
    rnn_settings settings;
    rnn_series *series = sine(200);
    rnn_backend *backend = open_fast("default_run_is_pinned", RNN_FLOAT);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    go(&settings, series, backend, &r);
    expect_trained(&r);
    ck_assert_str_eq(r.sha256, "56aea827fb83e078835fea78bb1fbbc2d9b54fc6d08126727b415385af2b8156");
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(two_runs_are_equal)
{
    static run a, b;
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_fast("two_runs_are_equal", RNN_FLOAT);
    go(&settings, series, backend, &a);
    expect_trained(&a);
    go(&settings, series, backend, &b); /* same device, still warm: nothing of the first run may be left in it */
    expect_trained(&b);
    expect_equal_runs(&a, &b, "second run");
    done(&b);
    done(&a);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Every setting has its effect ---------------------------------------------------------------------------------- */

static const char *const effects[] = {
    "loss-at every",
    "",
    "seq-len 11",
    "horizon 2",
    "val-fraction 0.5",
    "scale minmax",
    "scale none",
    "hidden 15",
    "activation tanh",
    "activation relu",
    "cell gru",
    "cell lstm",
    "cell lstm forget-bias 0.5",
    "init zero",
    "layers 2",
    "layers 3",
    "layers 2 dropout 0.2",
    "layers 2 dropout 0.3",
    "train-h0 yes",
    "input-weights per-step",
    "bias no",
    "init xavier",
    "init uniform",
    "epochs 2",
    "batch 9",
    "shuffle no",
    "windows 20",
    "windows 21",
    "optimizer sgd",
    "optimizer momentum",
    "optimizer momentum momentum 0.5",
    "optimizer nesterov",
    "optimizer rmsprop",
    "optimizer rmsprop rho 0.9",
    "optimizer rmsprop epsilon 0.001",
    "optimizer adamw weight-decay 0.01", /* without decay it is adam */
    "weight-decay 0.01",
    "optimizer sgd weight-decay 0.01",
    "loss mae",
    "loss huber huber-delta 0.25",
    "loss huber huber-delta 0.125",
    "loss quantile",
    "loss quantile quantiles 0.1,0.5,0.8",
    "loss quantile quantiles 0.5", /* half of the mean absolute error */
    "schedule step lr-step 1",
    "schedule step lr-step 2",
    "schedule step lr-step 1 lr-gamma 0.5",
    "schedule cosine",
    "schedule cosine warmup 1",
    "schedule cosine warmup 0.5",
    "schedule plateau lr-patience 1 learning-rate 0.5 epochs 8",
    "schedule plateau lr-patience 1 lr-gamma 0.5 learning-rate 0.5 epochs 8",
    "schedule plateau lr-patience 2 lr-gamma 0.5 learning-rate 0.5 epochs 8",
    "learning-rate 0.03",
    "schedule constant",
    "beta1 0.7",
    "beta2 0.9",
    "epsilon 0.001",
    "bptt-truncate 4",
    "clip-value 0.001",
    "clip-norm 0",
    "seed 43",
    "reduction-blocks 2",
    "reduction-blocks 4",
};

START_TEST(every_setting_matters)
{
    enum { count = sizeof effects / sizeof *effects };
    static run r;
    char sha256[count][65];
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    for (size_t i = 0; i < count; i++) {
        rnn_settings settings = small();
        set_all(&settings, effects[i]);
        go(&settings, series, backend, &r);
        expect_trained(&r);
        memcpy(sha256[i], r.sha256, sizeof sha256[i]);
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strcmp(sha256[i], sha256[j]) != 0, "'%s' and '%s' give the same weights", effects[i],
                          effects[j]);
        done(&r);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* P is as set or by the contract's function of the minibatch; the model says which it was. */
START_TEST(reduction_blocks)
{
    static run by_shape, as_set;
    static const size_t batches[] = {10, 16, 45, 60, 1000};
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        rnn_settings settings = small();
        settings.batch = batches[i];
        settings.epochs = 1;
        go(&settings, series, backend, &by_shape);
        expect_trained(&by_shape);
        const size_t B = batches[i] < 45 ? batches[i] : 45;
        ck_assert_uint_eq(by_shape.model->reduction_blocks,
                          rnn_reduction_blocks(B, by_shape.model->network.parameters));
        settings.reduction_blocks = by_shape.model->reduction_blocks;
        go(&settings, series, backend, &as_set);
        expect_trained(&as_set);
        if (45 % B == 0) /* else the last, smaller minibatch has a P of its own */
            expect_equal_runs(&by_shape, &as_set, "P as set");
        ck_assert_uint_eq(as_set.model->reduction_blocks, settings.reduction_blocks);
        done(&as_set);
        done(&by_shape);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Of 40 updates, of 5, and of a constant schedule. */
START_TEST(learning_rates)
{
    rnn_settings settings = small();
    settings.learning_rate = 0.5;
    ck_assert(rnn_learning_rate(&settings, 0, 40) == 0.5 * (1.0 / 3)); /* two warm steps */
    ck_assert(rnn_learning_rate(&settings, 1, 40) == 0.5 * (2.0 / 3));
    ck_assert(rnn_learning_rate(&settings, 2, 40) == 0.5);
    ck_assert(rnn_learning_rate(&settings, 21, 40) == 0.25);
    ck_assert(rnn_learning_rate(&settings, 39, 40) == 0.5 * (1.0 / 38));
    ck_assert(rnn_learning_rate(&settings, 0, 5) == 0.25); /* at least one warm step */
    ck_assert(rnn_learning_rate(&settings, 1, 5) == 0.5);
    ck_assert(rnn_learning_rate(&settings, 4, 5) == 0.125);
    settings.schedule = RNN_CONSTANT;
    ck_assert(rnn_learning_rate(&settings, 0, 40) == 0.5);
    ck_assert(rnn_learning_rate(&settings, 39, 40) == 0.5);
}
END_TEST

static void keep_notice(const char *text, void *context)
{
    snprintf(context, 256, "%s", text);
}

/* Through 120 sigmoids a gradient shrinks to nothing, in float; what is left of the sequence then is worth a word. */
START_TEST(a_vanishing_gradient_is_told_of)
{
    static const struct {
        const char *settings;
        rnn_precision precision;
        bool told;
    } cases[] = {{"seq-len 120", RNN_FLOAT, true},
                 {"seq-len 12", RNN_FLOAT, false},
                 {"seq-len 120 bptt-truncate 20", RNN_FLOAT, false},
                 {"seq-len 120 precision double", RNN_DOUBLE, false}};
    rnn_settings settings = small();
    rnn_series *series = sine(200);
    rnn_backend *backend = open_reference(cases[_i].precision);
    char notice[256] = "";
    static run r;
    size_t steps = 0, advised = 0;
    set_all(&settings, cases[_i].settings);
    rnn_set_notice_handler(keep_notice, notice);
    go(&settings, series, backend, &r);
    rnn_set_notice_handler(NULL, NULL);
    expect_trained(&r);
    done(&r);
    const char *number = strstr(notice, "(subnormal) ");
    const char *advice = strstr(notice, "--bptt-truncate ");
    ck_assert_msg((number && advice) == cases[_i].told, "%s: '%s'", cases[_i].settings, notice);
    if (number && advice) {
        steps = strtoul(number + strlen("(subnormal) "), NULL, 10);
        advised = strtoul(advice + strlen("--bptt-truncate "), NULL, 10);
        ck_assert_uint_eq(steps, advised + 1);
        ck_assert_uint_gt(steps, 30);
        ck_assert_uint_lt(steps, 90);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

Suite *train_suite(void)
{
    Suite *suite = suite_create("train");
    TCase *tests = tcase_create("bits");
    tcase_add_loop_test(tests, reference_and_opencl, RNN_FLOAT, RNN_DOUBLE + 1);
    tcase_add_test(tests, default_run_is_pinned);
    tcase_add_test(tests, two_runs_are_equal);
    tcase_add_test(tests, every_setting_matters);
    tcase_add_test(tests, reduction_blocks);
    tcase_add_test(tests, learning_rates);
    tcase_add_loop_test(tests, a_vanishing_gradient_is_told_of, 0, 4);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, train_learning_case());
    suite_add_tcase(suite, train_schedules_case());
    suite_add_tcase(suite, train_losses_case());
    suite_add_tcase(suite, train_stopping_case());
    suite_add_tcase(suite, train_refused_case());
    suite_add_tcase(suite, train_predictions_case());
    suite_add_tcase(suite, train_memory_case());
    suite_add_tcase(suite, train_verify_case());
    suite_add_tcase(suite, train_cells_case());
    suite_add_tcase(suite, train_steps_case());
    return suite;
}
