/* SPDX-License-Identifier: MIT
 * test_ops.c - part of the suite `equal`: what a training step with its usual arguments does not reach
 *
 * Outputs that may be left out, numbers that are not finite, and the article's rule, whose epoch is one op.
 */
#include "harness.h"
#include "suites.h"

#include "model/network.h"
#include "model/settings.h"
#include "train/bench.h"

#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

/* ---- Outputs that may be left out ----------------------------------------------------------------------------------- */

/* gather without y and loss without d_y: the rest comes out the same, and nothing else is touched. */
static void check_optional_outputs(rnn_backend *backend)
{
    enum { T = 3, B = 9, O = 2, SLOTS = 3 };
    const rnn_backend_ops *ops = backend->ops;
    const rnn_settings settings = {.hidden = 4, .seq_len = T, .horizon = 1};
    const uint64_t offset[B] = {0, 2, 4, 1, 3, 8, 7, 6, 5};
    rnn_network net;
    rnn_plan *plan;
    rnn_buffer *buffers[6];
    float series[(B + T + 1) * O], x[2][T * B * O], losses[SLOTS * O], d_y[B * O], before[B * O];
    for (size_t i = 0; i < COUNT(series); i++)
        series[i] = sinf((float)i);
    expect_ok(rnn_network_init(&settings, O, O, &net));
    expect_ok(ops->plan(backend, &net, B, &plan));
    const size_t bytes[] = {sizeof series, sizeof offset, sizeof x[0], sizeof d_y, sizeof d_y, sizeof losses};
    for (size_t i = 0; i < COUNT(buffers); i++)
        expect_ok(ops->alloc(backend, bytes[i], "test", &buffers[i]));
    rnn_buffer *const y = buffers[3];
    expect_ok(ops->write(backend, buffers[0], 0, sizeof series, series));
    expect_ok(ops->write(backend, buffers[1], 0, sizeof offset, offset));
    for (int with_y = 0; with_y < 2; with_y++) {
        expect_ok(ops->gather(plan, buffers[0], buffers[1], 0, B, buffers[2], with_y ? y : NULL));
        expect_ok(ops->read(backend, buffers[2], 0, sizeof x[0], x[with_y]));
    }
    ck_assert_mem_eq(x[0], x[1], sizeof x[0]);
    /* without a list, windows 1 to B - 1: as a list of these numbers gives */
    const uint64_t consecutive[B] = {1, 2, 3, 4, 5, 6, 7, 8, 8};
    expect_ok(ops->gather(plan, buffers[0], NULL, 1, B - 1, buffers[2], NULL));
    expect_ok(ops->read(backend, buffers[2], 0, sizeof x[0], x[0]));
    expect_ok(ops->write(backend, buffers[1], 0, sizeof consecutive, consecutive));
    expect_ok(ops->gather(plan, buffers[0], buffers[1], 0, B - 1, buffers[2], NULL));
    expect_ok(ops->read(backend, buffers[2], 0, sizeof x[0], x[1]));
    ck_assert_mem_eq(x[0], x[1], sizeof x[0]);
    /* y(b,o) is the row after the window; e = 0 - y, d_y first filled with something recognisable */
    expect_ok(ops->read(backend, y, 0, sizeof d_y, d_y));
    for (size_t b = 0; b < B; b++)
        ck_assert_float_eq(d_y[b * O + 1], series[(offset[b] + T) * O + 1]);
    expect_ok(ops->copy(backend, y, buffers[4], sizeof d_y));
    expect_ok(ops->write(backend, y, 0, sizeof d_y, d_y));
    float zero[B * O] = {0};
    rnn_buffer *yhat;
    expect_ok(ops->alloc(backend, sizeof zero, "yhat", &yhat));
    memcpy(before, d_y, sizeof before);
    expect_ok(ops->loss(plan, yhat, y, B, 2, NULL, buffers[5], NULL, 2));
    expect_ok(ops->read(backend, buffers[4], 0, sizeof d_y, d_y));
    ck_assert_mem_eq(d_y, before, sizeof before);
    expect_ok(ops->loss(plan, yhat, y, B, 2, buffers[4], buffers[5], NULL, 0));
    expect_ok(ops->read(backend, buffers[5], 0, sizeof losses, losses));
    ck_assert_float_gt(losses[0], 0.1F);
    for (size_t o = 0; o < O; o++) {
        ck_assert_float_eq(losses[o], losses[2 * O + o]); /* slots 0 and 2; slot 1 was not asked for */
        ck_assert_float_eq(losses[O + o], 0);
    }
    ops->release(backend, yhat);
    for (size_t i = 0; i < COUNT(buffers); i++)
        ops->release(backend, buffers[i]);
    ops->release_plan(plan);
}

START_TEST(outputs_that_are_left_out_stay_untouched)
{
    rnn_backend *reference, *device;
    expect_ok(rnn_backend_open("reference", RNN_FLOAT, &reference));
    expect_ok(harness_open(RNN_FLOAT, NULL, &device));
    check_optional_outputs(reference);
    check_optional_outputs(device);
    rnn_backend_close(reference);
    rnn_backend_close(device);
}
END_TEST

/* ---- The article's rule ------------------------------------------------------------------------------------------------ */

typedef struct article_case {
    rnn_activation activation;
    size_t H, T, count, truncate;
    double clip;
} article_case;

/* Two epochs of a backend; parameters (n) and series in double, whatever the precision of the backend. */
static void run_article(rnn_backend *backend, const article_case *c, double *params, size_t n)
{
    const rnn_backend_ops *ops = backend->ops;
    const rnn_settings settings = {.hidden = c->H,
                                   .seq_len = c->T,
                                   .horizon = 1,
                                   .input_weights = RNN_INPUT_PER_STEP,
                                   .activation = c->activation};
    const rnn_article_rule rule = {.learning_rate = 1e-4, .clip = c->clip, .truncate = c->truncate};
    const size_t N = c->count + c->T + 1, real = rnn_real_size(backend);
    rnn_network net;
    rnn_plan *plan;
    rnn_buffer *series, *block;
    double wave[256];
    float narrow[8192];
    expect_ok(rnn_network_init(&settings, 1, 1, &net));
    ck_assert(net.parameters == n && n <= COUNT(narrow) && N <= COUNT(wave));
    expect_ok(ops->plan(backend, &net, 1, &plan));
    expect_ok(ops->alloc(backend, N * real, "series", &series));
    expect_ok(ops->alloc(backend, n * real, "params", &block));
    for (size_t i = 0; i < N; i++)
        wave[i] = (double)sinf((float)i);
    for (size_t i = 0; i < n; i++)
        params[i] = (double)((float)((i * 7919) % 1009 + 1) / 1009 / (float)c->H);
    for (int which = 0; which < 2; which++) {
        const double *from = which ? params : wave;
        const size_t count = which ? n : N;
        for (size_t i = 0; i < count; i++)
            narrow[i] = (float)from[i];
        expect_ok(ops->write(backend, which ? block : series, 0, count * real,
                             real == sizeof(double) ? (const void *)from : narrow));
    }
    for (int epoch = 0; epoch < 2; epoch++)
        expect_ok(ops->article_epoch(plan, &rule, series, c->count, block));
    expect_ok(ops->read(backend, block, 0, n * real, real == sizeof(double) ? (void *)params : narrow));
    for (size_t i = 0; real == sizeof(float) && i < n; i++)
        params[i] = (double)narrow[i];
    ops->release(backend, block);
    ops->release(backend, series);
    ops->release_plan(plan);
}

static const article_case article_cases[] = {
    {RNN_SIGMOID, 1, 5, 7, 5, 10}, {RNN_SIGMOID, 61, 50, 3, 5, 10}, {RNN_TANH, 17, 7, 9, 2, 0.5},
    {RNN_RELU, 16, 5, 8, 0, 10},   {RNN_SIGMOID, 7, 93, 4, 5, 10},
};

START_TEST(article_rule_has_the_reference_bits)
{
    const article_case *c = &article_cases[_i];
    const rnn_tuning styles[] = {{0}, {.vec = 1, .lanes = 8}, {.vec = 4, .lanes = 3}};
    const size_t n = c->H * c->T + c->H * c->H + c->H;
    double expected[8192], found[8192];
    rnn_device_info device;
    expect_ok(harness_device(&device));
    for (int precision = RNN_FLOAT; precision <= RNN_DOUBLE; precision++)
        for (size_t style = 0; style < COUNT(styles); style++) {
            rnn_backend *reference, *backend;
            if (precision == RNN_DOUBLE && !device.fp64)
                continue;
            expect_ok(rnn_backend_open("reference", (rnn_precision)precision, &reference));
            expect_ok(harness_open((rnn_precision)precision, &styles[style], &backend));
            run_article(reference, c, expected, n);
            run_article(backend, c, found, n);
            rnn_test_opencl_cases++;
            for (size_t i = 0; i < n; i++)
                ck_assert_msg(expected[i] == found[i], "H=%zu T=%zu, %s, style %zu: parameter %zu is %a, reference %a",
                              c->H, c->T, precision == RNN_FLOAT ? "float" : "double", style, i, found[i], expected[i]);
            rnn_backend_close(backend);
            rnn_backend_close(reference);
        }
}
END_TEST

/* ---- Numbers that are not finite ------------------------------------------------------------------------------------ */

static void put_real(rnn_backend *backend, rnn_buffer *buffer, size_t element, double value)
{
    const float narrow = (float)value;
    const size_t real = rnn_real_size(backend);
    expect_ok(backend->ops->write(backend, buffer, element * real, real,
                                  real == sizeof narrow ? (const void *)&narrow : &value));
}

static bool all_finite(rnn_backend *backend, const rnn_buffer *buffer, size_t count)
{
    static double reals[4096];
    const size_t real = rnn_real_size(backend);
    ck_assert_uint_le(count, COUNT(reals));
    expect_ok(backend->ops->read(backend, buffer, 0, count * real, reals));
    for (size_t i = 0; i < count; i++)
        if (real == sizeof(float) ? !isfinite(((float *)reals)[i]) : !isfinite(reals[i]))
            return false;
    return true;
}

/* Wherever in a gradient block the number lies: the health says so if and only if a gradient of the network is hit. */
static void check_gradient(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    const size_t n = w->plan->network.parameters, elements = w->plan->block;
    size_t ill = 0, slot;
    rnn_ill_cause cause;
    for (size_t i = 0; i < elements; i++) {
        put_real(w->backend, w->partial, i, i % 2 ? INFINITY : NAN);
        expect_ok(w->ops->reduce(w->plan, w->partial, job->P, w->losses, 0, w->gradient, w->health));
        const bool finite = all_finite(w->backend, w->gradient, n);
        expect_ok(rnn_workspace_health(w, &slot, &cause));
        ck_assert_msg(finite == (slot == SIZE_MAX) && (finite || (slot == 0 && cause == RNN_ILL_GRADIENT)),
                      "%s: element %zu of %zu: gradient %s, slot %zu", w->backend->info.name, i, elements,
                      finite ? "finite" : "not finite", slot);
        ill += !finite;
        put_real(w->backend, w->partial, i, 0);
        expect_ok(rnn_workspace_heal(w));
    }
    ck_assert_uint_eq(ill, n);
}

/* An update of an ill step changes nothing, with any optimiser; a healed one does. */
static void check_update(rnn_bench_job *job, rnn_optimizer optimizer)
{
    static double before[3][4096], after[3][4096];
    rnn_workspace *w = &job->workspace;
    const size_t n = w->plan->network.parameters, bytes = n * rnn_real_size(w->backend);
    rnn_update rule = job->rule;
    rule.optimizer = optimizer;
    rule.learning_rate = 0.1;
    for (int healed = 0; healed < 2; healed++) {
        expect_ok(w->ops->read(w->backend, w->params, 0, bytes, before[0]));
        expect_ok(w->ops->read(w->backend, w->moments, 0, 2 * bytes, before[1]));
        expect_ok(w->ops->update(w->plan, &rule, w->gradient, w->health, w->params, w->moments));
        expect_ok(w->ops->read(w->backend, w->params, 0, bytes, after[0]));
        expect_ok(w->ops->read(w->backend, w->moments, 0, 2 * bytes, after[1]));
        ck_assert_int_eq(memcmp(before[0], after[0], bytes) != 0, healed);
        ck_assert(healed || memcmp(before[1], after[1], 2 * bytes) == 0);
        expect_ok(rnn_workspace_heal(w));
    }
}

static void check_loss(rnn_bench_job *job, size_t slot)
{
    rnn_workspace *w = &job->workspace;
    size_t found;
    rnn_ill_cause cause;
    put_real(w->backend, w->losses, slot, INFINITY);
    for (size_t other = 0; other <= slot; other++) /* the earliest is told */
        expect_ok(w->ops->reduce(w->plan, w->partial, job->P, w->losses, other, w->gradient, w->health));
    expect_ok(rnn_workspace_health(w, &found, &cause));
    ck_assert_uint_eq(found, slot);
    ck_assert_int_eq(cause, RNN_ILL_LOSS);
}

START_TEST(ill_steps_change_nothing)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.hidden = 13;
    settings.seq_len = 4;
    settings.batch = 6;
    settings.input_weights = _i / 2 % 2 ? RNN_INPUT_PER_STEP : RNN_INPUT_SHARED;
    settings.precision = _i % 2 ? RNN_DOUBLE : RNN_FLOAT;
    settings.cell = (rnn_cell)(_i / 4);
    for (int on_device = 0; on_device < 2; on_device++) {
        rnn_backend *backend;
        rnn_bench_job job;
        if (on_device)
            expect_ok(harness_open(settings.precision, NULL, &backend));
        else
            expect_ok(rnn_backend_open("reference", settings.precision, &backend));
        expect_ok(rnn_bench_open(&settings, 2, 1, backend, &job));
        expect_ok(rnn_bench_run(&job));
        check_gradient(&job);
        expect_ok(rnn_bench_run(&job)); /* a gradient again */
        for (int optimizer = RNN_SGD; optimizer <= RNN_ADAMW; optimizer++) {
            check_loss(&job, 1);
            check_update(&job, (rnn_optimizer)optimizer);
        }
        rnn_bench_close(&job);
        rnn_backend_close(backend);
    }
    rnn_test_opencl_cases++;
}
END_TEST

void add_op_tests(Suite *equal)
{
    TCase *tests = tcase_create("ops");
    tcase_add_test(tests, outputs_that_are_left_out_stay_untouched);
    tcase_add_loop_test(tests, article_rule_has_the_reference_bits, 0, (int)COUNT(article_cases));
    suite_add_tcase(equal, tests);
    tests = tcase_create("ill");
    tcase_add_loop_test(tests, ill_steps_change_nothing, 0, 12);
    suite_add_tcase(equal, tests);
}
