/* SPDX-License-Identifier: MIT
 * test_golden.c - the network, its gradient and its training against figures of an independent framework (tools/golden.py)
 *
 * Reference and OpenCL device, double and float. Bounds: those of harness.h, relative to the largest element of what is
 * compared (of the whole gradient: d_c is one sum that may cancel). A loss curve and the parameters at its end: STEPS times that, since every update adds its own rounding to what it got. Adam
 * divides by the gradient's size, which turns a rounding into 1 / (relative size of the smallest gradients): ADAM times more.
 */
#include "harness.h"
#include "suites.h"

#include "backend/reference.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX_REALS    2048
#define STEPS        10
#define ADAM         8

static const char *const files[] = {"elman", "gated", "stacks", "every"};
static json_t *golden[COUNT(files)];

enum { REFERENCE_DOUBLE, REFERENCE_FLOAT, DEVICE_DOUBLE, DEVICE_FLOAT, BACKENDS };
static rnn_backend *backends[BACKENDS]; /* DEVICE_DOUBLE is NULL where the device has no double */
static double largest[BACKENDS];        /* distance, in bounds */

static const char *const tensors[RNN_TENSORS] = {[RNN_U] = "U",
                                                 [RNN_W] = "W",
                                                 [RNN_B] = "b",
                                                 [RNN_B_STATE] = "b_hn",
                                                 [RNN_LAYER_TENSORS + RNN_U] = "U1",
                                                 [RNN_LAYER_TENSORS + RNN_W] = "W1",
                                                 [RNN_LAYER_TENSORS + RNN_B] = "b1",
                                                 [RNN_LAYER_TENSORS + RNN_B_STATE] = "b_hn1",
                                                 [RNN_V] = "V",
                                                 [RNN_C] = "c"};

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

static void set_up(void)
{
    json_error_t error;
    rnn_device_info info;
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[256];
        snprintf(path, sizeof path, RNN_TEST_DIR "/golden/%s.json", files[i]);
        golden[i] = json_load_file(path, 0, &error);
        ck_assert_msg(golden[i] != NULL, "%s:%d: %s", error.source, error.line, error.text);
    }
    expect_ok(harness_device(&info));
    expect_ok(rnn_reference_open_double(&backends[REFERENCE_DOUBLE]));
    expect_ok(rnn_reference_open_float(&backends[REFERENCE_FLOAT]));
    expect_ok(harness_open(RNN_FLOAT, NULL, &backends[DEVICE_FLOAT]));
    if (info.fp64)
        expect_ok(harness_open(RNN_DOUBLE, NULL, &backends[DEVICE_DOUBLE]));
}

static void tear_down(void)
{
    for (int i = 0; i < BACKENDS; i++) {
        rnn_backend_close(backends[i]);
        backends[i] = NULL;
    }
    for (size_t i = 0; i < COUNT(files); i++) {
        json_decref(golden[i]);
        golden[i] = NULL;
    }
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

static const json_t *field(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "golden: no \"%s\" in \"%s\"", key,
                  json_string_value(json_object_get(object, "name")));
    return value;
}

static size_t size_of(const json_t *object, const char *key)
{
    return (size_t)json_integer_value(field(object, key));
}

static double real_of(const json_t *object, const char *key)
{
    return json_number_value(field(object, key));
}

static void read_reals(const json_t *object, const char *key, double *out, size_t count)
{
    const json_t *array = field(object, key);
    ck_assert_msg(json_array_size(array) == count && count <= MAX_REALS,
                  "golden: %zu numbers in \"%s\" of \"%s\", expected %zu", json_array_size(array), key,
                  json_string_value(json_object_get(object, "name")), count);
    for (size_t i = 0; i < count; i++)
        out[i] = json_number_value(json_array_get(array, i));
}

/* The tensors called `prefix` + U, W, b, b_hn, V, c as the flat block. */
static void read_block(const json_t *object, const char *prefix, const rnn_network *net, double *out)
{
    for (int role = 0; role < RNN_TENSORS; role++) {
        char key[32];
        if (net->tensor[role].count == 0)
            continue;
        snprintf(key, sizeof key, "%s%s", prefix, tensors[role]);
        read_reals(object, key, out + net->tensor[role].offset, net->tensor[role].count);
    }
}

static harness_case read_case(const json_t *object)
{
    const char *activation = json_string_value(field(object, "activation"));
    const json_t *cell = json_object_get(object, "cell");
    return (harness_case){
        .cell = !cell                                          ? RNN_ELMAN
                : strcmp(json_string_value(cell), "lstm") == 0 ? RNN_LSTM
                                                               : RNN_GRU,
        .activation = strcmp(activation, "tanh") == 0   ? RNN_TANH
                      : strcmp(activation, "relu") == 0 ? RNN_RELU
                                                        : RNN_SIGMOID,
        .layers = (size_t)json_integer_value(json_object_get(object, "layers")),
        .T = size_of(object, "T"),
        .B = size_of(object, "B"),
        .D = size_of(object, "D"),
        .H = size_of(object, "H"),
        .O = size_of(object, "O"),
        .per_step = json_is_true(field(object, "per_step")),
        .bias = json_is_true(field(object, "bias")),
        .truncate = size_of(object, "truncate"),
        .every = json_is_true(json_object_get(object, "every")),
    };
}

/* A harness that holds the case's parameters and data. */
static harness *open_case(int which, const json_t *object, const harness_case *c)
{
    harness *h;
    double x[MAX_REALS], y[MAX_REALS], params[MAX_REALS];
    const double start[MAX_REALS] = {0};
    expect_ok(harness_new(backends[which], c, &h));
    const rnn_network *net = harness_network(h);
    ck_assert_uint_le(net->parameters, MAX_REALS);
    ck_assert_uint_le(c->B * c->H, MAX_REALS);
    read_reals(object, "x", x, c->T * c->B * c->D);
    read_reals(object, "y", y, net->loss_steps * c->B * c->O);
    read_block(object, "", net, params);
    expect_ok(harness_set(h, x, y, start, params));
    return h;
}

/* ---- Comparing ----------------------------------------------------------------------------------------------------- */

static void expect_near(int which, const json_t *object, const char *what, const double *expected, const double *found,
                        size_t count, double bound)
{
    double scale = 0;
    for (size_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (size_t i = 0; i < count; i++) {
        const double distance = fabs(found[i] - expected[i]) / scale;
        ck_assert_msg(distance <= bound, "%s\n  on %s in %s: %s[%zu] is %.17g, golden %.17g: distance %.3g, bound %.3g",
                      json_string_value(field(object, "name")), backends[which]->info.name,
                      backends[which]->precision == RNN_DOUBLE ? "double" : "float", what, i, found[i], expected[i],
                      distance, bound);
        largest[which] = fmax(largest[which], distance / bound);
    }
}

static double eps_of(int which)
{
    return backends[which]->precision == RNN_DOUBLE ? DBL_EPSILON : FLT_EPSILON;
}

static void check_case(int which, const json_t *object)
{
    const harness_case c = read_case(object);
    const double bound = harness_bound(&c, eps_of(which)), golden_loss = real_of(object, "loss");
    double yhat[MAX_REALS], found[MAX_REALS], expected[MAX_REALS], loss;
    harness *h = open_case(which, object, &c);
    const rnn_network *net = harness_network(h);
    expect_ok(harness_loss(h, &loss, yhat, NULL));
    expect_ok(harness_gradient(h, found));
    const size_t outputs = net->loss_steps * c.B * c.O;
    read_reals(object, "yhat", expected, outputs);
    expect_near(which, object, "yhat", expected, yhat, outputs, bound);
    expect_near(which, object, "loss", &golden_loss, &loss, 1, bound);
    read_block(object, "d_", net, expected);
    expect_near(which, object, "gradient", expected, found, net->parameters, bound);
    harness_free(h);
}

static void check_curve(int which, const json_t *all, const json_t *curve)
{
    const json_t *object = json_array_get(field(all, "cases"), size_of(curve, "case"));
    const char *optimizer = json_string_value(field(curve, "optimizer"));
    harness_case c = read_case(object);
    rnn_update rule = {
        .optimizer = strcmp(optimizer, "adam") == 0       ? RNN_ADAM
                     : strcmp(optimizer, "momentum") == 0 ? RNN_MOMENTUM
                                                          : RNN_SGD,
        .learning_rate = real_of(curve, "learning_rate"),
        .momentum = real_of(curve, "momentum"),
        .beta1 = real_of(curve, "beta1"),
        .beta2 = real_of(curve, "beta2"),
        .epsilon = real_of(curve, "epsilon"),
    };
    double golden_loss[STEPS], found_loss[STEPS], gradient[MAX_REALS], expected[MAX_REALS], found[MAX_REALS];
    c.clip_value = real_of(curve, "clip_value");
    c.clip_norm = real_of(curve, "clip_norm");
    const double bound = harness_bound(&c, eps_of(which)) * STEPS * (rule.optimizer == RNN_ADAM ? ADAM : 1);
    harness *h = open_case(which, object, &c);
    const rnn_network *net = harness_network(h);
    for (int step = 0; step < STEPS; step++) {
        rule.correction1 = 1 - pow(rule.beta1, step + 1);
        rule.correction2 = sqrt(1 - pow(rule.beta2, step + 1));
        expect_ok(harness_loss(h, &found_loss[step], NULL, NULL));
        expect_ok(harness_gradient(h, gradient));
        expect_ok(harness_update(h, &rule));
    }
    read_reals(curve, "loss", golden_loss, STEPS);
    expect_near(which, curve, "loss", golden_loss, found_loss, STEPS, bound);
    read_block(curve, "final_", net, expected);
    expect_ok(harness_get_params(h, found));
    expect_near(which, curve, "final parameters", expected, found, net->parameters, bound);
    harness_free(h);
}

/* ---- Tests --------------------------------------------------------------------------------------------------------- */

/* Every fifth case on the device: that the device has the reference's bits on every kind of network is test_equal's. */
START_TEST(cases_hold)
{
    const json_t *object;
    const bool device = _i == DEVICE_DOUBLE || _i == DEVICE_FLOAT;
    size_t index;
    for (size_t f = 0; backends[_i] && f < COUNT(files); f++) {
        ck_assert_uint_ge(json_array_size(field(golden[f], "cases")), 9);
        json_array_foreach(field(golden[f], "cases"), index, object)
        {
            if (!device || index % 5 == 0)
                check_case(_i, object);
        }
    }
}
END_TEST

START_TEST(curves_hold)
{
    const json_t *curve;
    size_t index;
    for (size_t f = 0; backends[_i] && f < COUNT(files); f++) {
        ck_assert_uint_ge(json_array_size(field(golden[f], "curves")), 3);
        json_array_foreach(field(golden[f], "curves"), index, curve) check_curve(_i, golden[f], curve);
    }
}
END_TEST

START_TEST(distances_stay_within_their_bounds)
{
    printf("golden: largest distance in bounds: reference double %.2f, float %.2f; device double %.2f, float %.2f\n",
           largest[REFERENCE_DOUBLE], largest[REFERENCE_FLOAT], largest[DEVICE_DOUBLE], largest[DEVICE_FLOAT]);
    ck_assert_double_gt(largest[REFERENCE_DOUBLE], 0.001); /* a bound far above what happens would catch nothing */
}
END_TEST

Suite *golden_suite(void)
{
    Suite *suite = suite_create("golden");
    TCase *tests = tcase_create("golden");
    tcase_add_unchecked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, cases_hold, 0, BACKENDS);
    tcase_add_loop_test(tests, curves_hold, 0, BACKENDS);
    tcase_add_test(tests, distances_stay_within_their_bounds);
    suite_add_tcase(suite, tests);
    add_golden_training(suite);
    return suite;
}
