/* SPDX-License-Identifier: MIT
 * test_gradient.c - the gradient is the gradient: against signed differences of the loss, and against results derived by hand
 *
 * Neither witness shares a line with the code under test: differences use the loss alone, the toy networks are small enough
 * to differentiate on paper. The gradients are those of the reference and of the OpenCL device, in
 * double; the losses that are differenced are the reference's.
 *
 * Differences. For every parameter p: d(s) = (L(p + s) - L(p - s)) / (2 s). With s = step = eps^(1/3) the two errors are of
 * one size. Both are bounded by what was computed: the step's error by Richardson's rule from d(s) and d(2s) (their gap is
 * three times it), the rounding's by 4 log2(2 + T (D + H) B) eps max|L| / s; the bound is the gap plus that. Signs count:
 * a gradient with the wrong sign is off by twice itself.
 */
#include "harness.h"
#include "suites.h"

#include "backend/reference.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof *(array))
#define MAX_PARAMETERS 512

enum { REFERENCE, DEVICE, BACKENDS };
static rnn_backend *backends[BACKENDS];

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

static void open_backends(void)
{
    rnn_device_info info;
    expect_ok(rnn_reference_open_double(&backends[REFERENCE]));
    expect_ok(harness_device(&info));
    if (info.fp64)
        expect_ok(harness_open(RNN_DOUBLE, NULL, &backends[DEVICE]));
    else
        printf("gradient: %s has no double precision, only the reference is tested\n", info.name);
}

static void close_backends(void)
{
    for (int i = 0; i < BACKENDS; i++) {
        rnn_backend_close(backends[i]);
        backends[i] = NULL;
    }
}

/* ---- Differences --------------------------------------------------------------------------------------------------- */

static const char *tensor_of(const rnn_network *net, size_t i)
{
    int role = 0;
    while (role < RNN_TENSORS - 1 && i >= net->tensor[role].offset + net->tensor[role].count)
        role++;
    return net->tensor[role].name;
}

static double loss_at(harness *h, double *params, size_t i, double value)
{
    const double saved = params[i];
    double loss = 0;
    params[i] = value;
    expect_ok(harness_set(h, NULL, NULL, NULL, params));
    expect_ok(harness_loss(h, &loss, NULL, NULL));
    params[i] = saved;
    return loss;
}

static double central(harness *h, double *params, size_t i, double step)
{
    const double above = params[i] + step, below = params[i] - step;
    return (loss_at(h, params, i, above) - loss_at(h, params, i, below)) / (above - below);
}

/* Compares every element of `gradient` with the differences that `h` gives. */
static void expect_differences(harness *h, const harness_case *c, const double *gradient)
{
    const rnn_network *net = harness_network(h);
    const double step = cbrt(DBL_EPSILON);
    double params[MAX_PARAMETERS], loss = 0;
    char name[256];
    size_t telling = 0;
    harness_name(c, name, sizeof name);
    expect_ok(harness_get_params(h, params));
    expect_ok(harness_loss(h, &loss, NULL, NULL));
    const double rounding = 4 * log2(2 + (double)(c->T * (c->D + c->H) * c->B)) * DBL_EPSILON * loss / step;
    for (size_t i = 0; i < net->parameters; i++) {
        const double once = central(h, params, i, step), twice = central(h, params, i, 2 * step);
        const double bound = fabs(twice - once) + rounding;
        ck_assert_msg(fabs(once - gradient[i]) <= bound,
                      "%s\n  %s, parameter %zu: gradient %.15g, difference %.15g, bound %.3g", name, tensor_of(net, i),
                      i, gradient[i], once, bound);
        telling += fabs(gradient[i]) > 100 * bound;
    }
    expect_ok(harness_set(h, NULL, NULL, NULL, params));
    ck_assert_msg(2 * telling > net->parameters, "%s\n  %zu of %zu elements are far above the bound: proves little",
                  name, telling, net->parameters);
}

#define GRADIENT_CASES(...)                                                                    \
    {__VA_ARGS__, .H = 3, .T = 4, .B = 5, .D = 2, .O = 2, .bias = true},                       \
        {__VA_ARGS__, .H = 4, .T = 3, .B = 2, .D = 1, .O = 1, .per_step = true, .bias = true}, \
        {__VA_ARGS__, .H = 2, .T = 5, .B = 9, .D = 3, .O = 3, .per_step = true},               \
        {__VA_ARGS__, .H = 1, .T = 1, .B = 1, .D = 1, .O = 1, .bias = true},                   \
    {                                                                                          \
        __VA_ARGS__, .H = 7, .T = 3, .B = 8, .D = 1, .O = 1                                    \
    }

static const harness_case cases[] = {
    GRADIENT_CASES(.activation = RNN_SIGMOID),
    GRADIENT_CASES(.activation = RNN_TANH),
    {.activation = RNN_TANH, .layers = 2, .H = 4, .T = 3, .B = 5, .D = 2, .O = 1, .bias = true},
    {.cell = RNN_GRU, .layers = 2, .dropout = 0.3, .H = 3, .T = 4, .B = 5, .D = 2, .O = 2, .bias = true},
    {.cell = RNN_LSTM, .layers = 3, .dropout = 0.2, .H = 3, .T = 3, .B = 4, .D = 1, .O = 1, .bias = true},
    {.activation = RNN_SIGMOID, .H = 4, .T = 3, .B = 5, .D = 2, .O = 1, .bias = true, .train_h0 = true},
    {.cell = RNN_GRU, .H = 4, .T = 3, .B = 5, .D = 2, .O = 1, .bias = true, .train_h0 = true},
    {.cell = RNN_LSTM, .layers = 2, .dropout = 0.3, .H = 3, .T = 3, .B = 4, .D = 1, .O = 1, .train_h0 = true},
    GRADIENT_CASES(.activation = RNN_TANH, .every = true),
    GRADIENT_CASES(.cell = RNN_LSTM, .every = true),
    {.cell = RNN_GRU,
     .layers = 2,
     .dropout = 0.3,
     .H = 3,
     .T = 4,
     .B = 5,
     .D = 2,
     .O = 2,
     .bias = true,
     .train_h0 = true,
     .every = true},
    GRADIENT_CASES(.activation = RNN_RELU),
    GRADIENT_CASES(.cell = RNN_GRU),
    GRADIENT_CASES(.cell = RNN_LSTM)};

/* Of the other losses, where no error lies within the differences' reach of a kink: the cases' numbers are fixed, and the
 * telling elements of expect_differences would not be so many if one did. */
static const harness_case loss_cases[] = {
    {.activation = RNN_TANH, .H = 3, .T = 4, .B = 5, .D = 2, .O = 2, .bias = true, .loss = RNN_MAE},
    {.activation = RNN_SIGMOID,
     .H = 4,
     .T = 3,
     .B = 7,
     .D = 1,
     .O = 1,
     .per_step = true,
     .bias = true,
     .loss = RNN_HUBER},
    {.activation = RNN_TANH, .H = 3, .T = 4, .B = 9, .D = 2, .O = 2, .bias = true, .loss = RNN_HUBER},
    {.activation = RNN_TANH, .H = 3, .T = 4, .B = 5, .D = 2, .O = 2, .bias = true, .loss = RNN_QUANTILE},
    {.activation = RNN_SIGMOID, .H = 4, .T = 3, .B = 8, .D = 1, .O = 1, .bias = true, .loss = RNN_QUANTILE},
    {.activation = RNN_TANH, .H = 3, .T = 3, .B = 11, .D = 1, .O = 3, .bias = true, .loss = RNN_QUANTILE, .gaps = true},
    {.activation = RNN_TANH, .H = 3, .T = 3, .B = 11, .D = 1, .O = 3, .bias = true, .gaps = true},
    {.activation = RNN_TANH, .H = 3, .T = 3, .B = 11, .D = 1, .O = 3, .bias = true, .every = true, .gaps = true},
    {.cell = RNN_GRU, .H = 3, .T = 3, .B = 7, .D = 2, .O = 2, .bias = true, .every = true, .loss = RNN_HUBER},
};

static void check_gradient(const harness_case *c)
{
    harness *h;
    double loss, gradient[MAX_PARAMETERS];
    expect_ok(harness_new(backends[REFERENCE], c, &h));
    ck_assert_uint_le(harness_network(h)->parameters, MAX_PARAMETERS);
    for (int i = 0; i < BACKENDS && backends[i]; i++) {
        harness *tested;
        expect_ok(harness_new(backends[i], c, &tested));
        expect_ok(harness_loss(tested, &loss, NULL, NULL));
        expect_ok(harness_gradient(tested, gradient));
        expect_differences(h, c, gradient);
        harness_free(tested);
    }
    harness_free(h);
}

START_TEST(gradient_is_that_of_the_loss)
{
    check_gradient(&cases[_i]);
}
END_TEST

START_TEST(gradient_is_that_of_any_loss)
{
    check_gradient(&loss_cases[_i]);
}
END_TEST

/* Truncation K treats h(T-K) as a constant. So the gradient must be that of a network of K steps that starts from there. */
START_TEST(truncated_gradient_is_that_of_the_last_steps)
{
    enum { T = 5, B = 3, D = 2, O = 2 };
#define KIND(...)                                                         \
    {                                                                     \
        __VA_ARGS__, .H = 4, .T = T, .B = B, .D = D, .O = O, .bias = true \
    }
    static const harness_case kinds[] = {KIND(.activation = RNN_SIGMOID),
                                         KIND(.activation = RNN_TANH),
                                         KIND(.activation = RNN_RELU),
                                         KIND(.cell = RNN_GRU),
                                         KIND(.cell = RNN_LSTM),
                                         KIND(.cell = RNN_LSTM, .layers = 2),
                                         KIND(.cell = RNN_GRU, .every = true)};
#undef KIND
    const size_t K = (size_t)_i;
    for (size_t a = 0; a < COUNT(kinds); a++)
        for (int i = 0; i < BACKENDS && backends[i]; i++) {
            harness_case truncated = kinds[a];
            truncated.truncate = K;
            harness_case last = truncated;
            harness *h, *whole, *tail;
            double x[T * B * D], y[T * B * O], params[MAX_PARAMETERS], gradient[MAX_PARAMETERS], loss;
            last.T = K;
            last.truncate = 0;
            for (size_t e = 0; e < COUNT(x); e++)
                x[e] = sin((double)(3 * e + 1));
            for (size_t e = 0; e < COUNT(y); e++)
                y[e] = cos((double)e);
            expect_ok(harness_new(backends[i], &truncated, &h));
            expect_ok(harness_set(h, x, y, NULL, NULL));
            expect_ok(harness_get_params(h, params));
            expect_ok(harness_loss(h, &loss, NULL, NULL));
            expect_ok(harness_gradient(h, gradient));
            expect_ok(harness_new(backends[REFERENCE], &truncated, &whole));
            expect_ok(harness_set(whole, x, y, NULL, params));
            expect_ok(harness_loss(whole, &loss, NULL, NULL));
            expect_ok(harness_new(backends[REFERENCE], &last, &tail));
            expect_ok(harness_set(tail, x + (T - K) * B * D, y, NULL, params));
            expect_ok(harness_start_from(tail, whole, T - K));
            expect_differences(tail, &truncated, gradient);
            harness_free(h);
            harness_free(whole);
            harness_free(tail);
        }
}
END_TEST

/* Per-step U: the columns of steps before the last K stand for constants, so their gradient is exactly 0. */
START_TEST(truncation_leaves_early_input_weights_alone)
{
    const harness_case c = {
        .activation = RNN_TANH, .H = 3, .T = 5, .B = 4, .D = 2, .O = 1, .per_step = true, .truncate = 2};
    for (int i = 0; i < BACKENDS && backends[i]; i++) {
        harness *h;
        double loss, gradient[MAX_PARAMETERS];
        expect_ok(harness_new(backends[i], &c, &h));
        expect_ok(harness_loss(h, &loss, NULL, NULL));
        expect_ok(harness_gradient(h, gradient));
        for (size_t e = 0; e < c.H * c.T * c.D; e++) {
            const size_t t = e % (c.T * c.D) / c.D;
            ck_assert_msg((gradient[e] == 0) == (t < c.T - c.truncate), "d_U, step %zu: %g", t, gradient[e]);
        }
        harness_free(h);
    }
}
END_TEST

/* ---- By hand ------------------------------------------------------------------------------------------------------- */

/* H = D = O = B = 1, T = 3. With slope s_t at step t and g = e v, e = v h3 + c - y, the chain rule gives
 *   dz3 = g s3   dz2 = dz3 w s2   dz1 = dz2 w s1     (only the last K of them, the others 0)
 *   dU = sum dz_t x_t   dW = sum dz_t h_{t-1}   db = sum dz_t   dV = e h3   dc = e                    (h0 = 0)
 * Written out for each toy below with numbers that are exact in binary, so that `exact` results must be equal. */
typedef struct toy {
    const char *name;
    rnn_activation activation;
    size_t truncate;
    double x[3], y;
    double params[5];   /* u w b v c */
    double gradient[5]; /* d_u d_w d_b d_v d_c */
    double tolerance;   /* relative */
} toy;

#define TINY 0x1p-40

static const toy toys[] = {
    /* relu above 0: h = z. u = 2, w = 1/2, b = 1, v = 3, c = 1/4, x = 1 2 3: h = 3, 6.5, 10.25;
     * yhat = 31; y = 30: e = 1, g = 3: dz3 = 3, dz2 = 1.5, dz1 = 0.75 */
    {"relu, all steps",
     RNN_RELU,
     0,
     {1, 2, 3},
     30,
     {2, 0.5, 1, 3, 0.25},
     {3 * 3 + 1.5 * 2 + 0.75 * 1, 3 * 6.5 + 1.5 * 3, 3 + 1.5 + 0.75, 10.25, 1},
     0},
    {"relu, last two steps",
     RNN_RELU,
     2,
     {1, 2, 3},
     30,
     {2, 0.5, 1, 3, 0.25},
     {3 * 3 + 1.5 * 2, 3 * 6.5 + 1.5 * 3, 3 + 1.5, 10.25, 1},
     0},
    {"relu, last step", RNN_RELU, 1, {1, 2, 3}, 30, {2, 0.5, 1, 3, 0.25}, {3 * 3, 3 * 6.5, 3, 10.25, 1}, 0},
    /* relu with step 2 below 0: x2 = -8: z2 = -16 + 1 + 1.5 < 0, h2 = 0, h3 = 7; e = 21.25 - 20.25 = 1, g = 3;
     * dz3 = 3, s2 = 0 stops the rest */
    {"relu, a step below zero", RNN_RELU, 0, {1, -8, 3}, 20.25, {2, 0.5, 1, 3, 0.25}, {9, 0, 3, 7, 1}, 0},
    /* sigmoid kept at z = 0, where h = 1/2 and s = 1/4: u = 1, w = 4, b = 2: x1 = -2, x2 = x3 = -4.
     * v = 4, c = 1, yhat = 3, y = 1: e = 2, g = 8: dz3 = 2, dz2 = 2 * 4 / 4 = 2, dz1 = 2 */
    {"sigmoid at zero",
     RNN_SIGMOID,
     0,
     {-2, -4, -4},
     1,
     {1, 4, 2, 4, 1},
     {2 * -4 + 2 * -4 + 2 * -2, 2 * 0.5 + 2 * 0.5, 6, 1, 2},
     4 * DBL_EPSILON},
    {"sigmoid at zero, last step", RNN_SIGMOID, 1, {-2, -4, -4}, 1, {1, 4, 2, 4, 1}, {-8, 1, 2, 1, 2}, 4 * DBL_EPSILON},
    /* tanh near zero: tanh z = z (1 - z^2 / 3 ...) is z and the slope 1 to a part in 2^78: the relu toy scaled by 2^-40.
     * c = 0: yhat = 3 * 10.25 TINY, y = 29.75 TINY: e = TINY, g = 3 TINY */
    {"tanh near zero",
     RNN_TANH,
     0,
     {TINY, 2 * TINY, 3 * TINY},
     29.75 * TINY,
     {2, 0.5, TINY, 3, 0},
     {(9 + 3 + 0.75) * TINY * TINY, (3 * 6.5 + 1.5 * 3) * TINY *TINY, 5.25 * TINY, 10.25 * TINY *TINY, TINY},
     64 * DBL_EPSILON},
    {"tanh near zero, last two steps",
     RNN_TANH,
     2,
     {TINY, 2 * TINY, 3 * TINY},
     29.75 * TINY,
     {2, 0.5, TINY, 3, 0},
     {12 * TINY * TINY, (3 * 6.5 + 1.5 * 3) * TINY *TINY, 4.5 * TINY, 10.25 * TINY *TINY, TINY},
     64 * DBL_EPSILON},
};

START_TEST(toy_network_has_the_gradient_derived_by_hand)
{
    static const char *const names[] = {"d_u", "d_w", "d_b", "d_v", "d_c"};
    const toy *t = &toys[_i];
    const harness_case c = {
        .activation = t->activation, .H = 1, .T = 3, .B = 1, .D = 1, .O = 1, .bias = true, .truncate = t->truncate};
    const double zero = 0;
    for (int i = 0; i < BACKENDS && backends[i]; i++) {
        harness *h;
        double loss, gradient[5];
        expect_ok(harness_new(backends[i], &c, &h));
        expect_ok(harness_set(h, t->x, &t->y, &zero, t->params));
        expect_ok(harness_loss(h, &loss, NULL, NULL));
        expect_ok(harness_gradient(h, gradient));
        const double e = t->gradient[4];
        ck_assert_msg(fabs(loss - e * e / 2) <= 2 * t->tolerance * e * e, "%s: loss %.17g, by hand %.17g", t->name,
                      loss, e * e / 2);
        for (int k = 0; k < 5; k++)
            ck_assert_msg(fabs(gradient[k] - t->gradient[k]) <= t->tolerance * fabs(t->gradient[k]),
                          "%s, %s: %s is %.17g, by hand %.17g", t->name, backends[i]->info.name, names[k], gradient[k],
                          t->gradient[k]);
        harness_free(h);
    }
}
END_TEST

static double whole(double g)
{
    return g;
}
static double three_halves(double g)
{
    return 1.5 * g;
}
static double seven_quarters(double g)
{
    return 1.75 * g;
}
static double sign(double g)
{
    return g / fabs(g);
}
static double twice_the_sign(double g)
{
    return 2 * sign(g);
}
static double four_by_root_seven(double g)
{
    return 4 / sqrt(7) * sign(g);
}

/* Of a constant gradient g, in units of the rate, the first step and the second. momentum: m is g, 1.5 g; nesterov adds half of
 * m to g; rmsprop: v is g^2 / 4, then 7/16 g^2; Adam's corrected moments are g and g^2. Without decay AdamW is Adam. */
static double (*const steps[][2])(double) = {
    [RNN_SGD] = {whole, whole},
    [RNN_MOMENTUM] = {whole, three_halves},
    [RNN_NESTEROV] = {three_halves, seven_quarters},
    [RNN_RMSPROP] = {twice_the_sign, four_by_root_seven},
    [RNN_ADAM] = {sign, sign},
    [RNN_ADAMW] = {sign, sign},
};

/* One step of each rule on a gradient that is known: the relu toy's d_c = 1, c = 1/4, two steps apart from each other. */
START_TEST(update_rules_do_what_their_formulas_say)
{
    const harness_case c = {.activation = RNN_RELU, .H = 1, .T = 3, .B = 1, .D = 1, .O = 1, .bias = true};
    const toy *t = &toys[0];
    const double zero = 0, rate = 0.5;
    for (int i = 0; i < BACKENDS && backends[i]; i++)
        for (int rule_id = RNN_SGD; rule_id <= RNN_ADAMW; rule_id++) {
            harness *h;
            double loss, gradient[5], first[5], second[5], g2[5];
            rnn_update rule = {.optimizer = (rnn_optimizer)rule_id,
                               .learning_rate = rate,
                               .momentum = 0.5,
                               .rho = 0.75,
                               .beta1 = 0.5,
                               .beta2 = 0.75,
                               .epsilon = 0,
                               .correction1 = 0.5,
                               .correction2 = 0.5};
            expect_ok(harness_new(backends[i], &c, &h));
            expect_ok(harness_set(h, t->x, &t->y, &zero, t->params));
            expect_ok(harness_loss(h, &loss, NULL, NULL));
            expect_ok(harness_gradient(h, gradient));
            expect_ok(harness_update(h, &rule));
            expect_ok(harness_get_params(h, first));
            expect_ok(harness_set(h, NULL, NULL, NULL, t->params)); /* the same point again: the moments have grown */
            expect_ok(harness_loss(h, &loss, NULL, NULL));
            expect_ok(harness_gradient(h, g2));
            rule.correction1 = 0.75;        /* 1 - 0.5^2 */
            rule.correction2 = sqrt(7) / 4; /* sqrt(1 - 0.75^2) */
            expect_ok(harness_update(h, &rule));
            expect_ok(harness_get_params(h, second));
            for (int k = 0; k < 5; k++) {
                const double g = t->gradient[k], p = t->params[k];
                const double step1 = rate * steps[rule_id][0](g), step2 = rate * steps[rule_id][1](g);
                ck_assert_double_eq_tol(first[k], p - step1, 16 * DBL_EPSILON * (fabs(p) + fabs(step1)));
                ck_assert_double_eq_tol(second[k], p - step2, 16 * DBL_EPSILON * (fabs(p) + fabs(step2)));
            }
            harness_free(h);
        }
}
END_TEST

/* The relu toy's gradient 12.75 24 5.25 10.25 1, clamped to 10, is 10 10 5.25 10 1; its norm is sqrt(328.5625); halved. */
START_TEST(clipping_is_by_value_and_then_by_norm)
{
    const double norm = sqrt(328.5625), zero = 0;
    const double half[5] = {5, 5, 2.625, 5, 0.5};
    const harness_case c = {.activation = RNN_RELU,
                            .H = 1,
                            .T = 3,
                            .B = 1,
                            .D = 1,
                            .O = 1,
                            .bias = true,
                            .clip_value = 10,
                            .clip_norm = norm / 2};
    const rnn_update rule = {.optimizer = RNN_SGD, .learning_rate = 1};
    const toy *t = &toys[0];
    for (int i = 0; i < BACKENDS && backends[i]; i++) {
        harness *h;
        double loss, gradient[5], after[5];
        expect_ok(harness_new(backends[i], &c, &h));
        expect_ok(harness_set(h, t->x, &t->y, &zero, t->params));
        expect_ok(harness_loss(h, &loss, NULL, NULL));
        expect_ok(harness_gradient(h, gradient));
        expect_ok(harness_update(h, &rule));
        expect_ok(harness_get_params(h, after));
        for (int k = 0; k < 5; k++)
            ck_assert_double_eq_tol(after[k], t->params[k] - half[k], 32 * DBL_EPSILON);
        harness_free(h);
    }
}
END_TEST

Suite *gradient_suite(void)
{
    Suite *suite = suite_create("gradient");
    TCase *tests = tcase_create("gradient");
    tcase_add_unchecked_fixture(tests, open_backends, close_backends);
    tcase_add_loop_test(tests, gradient_is_that_of_the_loss, 0, (int)COUNT(cases));
    tcase_add_loop_test(tests, gradient_is_that_of_any_loss, 0, (int)COUNT(loss_cases));
    tcase_add_loop_test(tests, truncated_gradient_is_that_of_the_last_steps, 1, 5);
    tcase_add_test(tests, truncation_leaves_early_input_weights_alone);
    tcase_add_loop_test(tests, toy_network_has_the_gradient_derived_by_hand, 0, (int)COUNT(toys));
    tcase_add_test(tests, update_rules_do_what_their_formulas_say);
    tcase_add_test(tests, clipping_is_by_value_and_then_by_norm);
    suite_add_tcase(suite, tests);
    return suite;
}
