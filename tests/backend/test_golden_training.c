/* SPDX-License-Identifier: MIT
 * test_golden_training.c - part of the suite `golden`: updates and losses against PyTorch's (tools/golden.py training)
 *
 * Reference and OpenCL device, double and float; what is given is the same number in both. Bounds, relative to the largest
 * element of what is compared: ROUNDINGS * eps for a loss and its gradient, UPDATES times that for parameters, since every
 * update adds its own to what it got. ROUNDINGS: operations on the longest way from what is given to an element, with the
 * rates, betas and levels that are rounded to the precision among them; of a mean over records a few more.
 */
#include "harness.h"
#include "suites.h"

#include "backend/reference.h"
#include "base/memory.h"
#include "model/settings.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDINGS  16
#define UPDATES    5
#define PARAMETERS 11
#define MOST       64

static json_t *golden;
static rnn_backend *backends[4]; /* one is NULL where the device has no double */

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

static void set_up(void)
{
    json_error_t error;
    rnn_device_info info;
    golden = json_load_file(RNN_TEST_DIR "/golden/training.json", 0, &error);
    ck_assert_msg(golden != NULL, "%s:%d: %s", error.source, error.line, error.text);
    expect_ok(harness_device(&info));
    expect_ok(rnn_reference_open_double(&backends[0]));
    expect_ok(rnn_reference_open_float(&backends[1]));
    expect_ok(harness_open(RNN_FLOAT, NULL, &backends[2]));
    if (info.fp64)
        expect_ok(harness_open(RNN_DOUBLE, NULL, &backends[3]));
}

static void tear_down(void)
{
    for (size_t i = 0; i < 4; i++) {
        rnn_backend_close(backends[i]);
        backends[i] = NULL;
    }
    json_decref(golden);
    golden = NULL;
}

/* ---- Reading, and buffers ------------------------------------------------------------------------------------------ */

static double real_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_number(value), "training.json: no \"%s\"", key);
    return json_number_value(value);
}

static size_t reals_of(const json_t *object, const char *key, double *out)
{
    const json_t *array = json_object_get(object, key);
    const size_t count = json_array_size(array);
    ck_assert_msg(count > 0 && count <= MOST, "training.json: \"%s\" has %zu elements", key, count);
    for (size_t i = 0; i < count; i++)
        out[i] = json_number_value(json_array_get(array, i));
    return count;
}

/* The value of a choice, through the option's own table. */
static int choice_of(const json_t *object, const char *option)
{
    rnn_settings settings;
    const rnn_option *row = rnn_settings_row(option);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    expect_ok(rnn_option_set(row, &settings, json_string_value(json_object_get(object, option))));
    return *(int *)rnn_option_field(row, &settings);
}

static void put(rnn_backend *backend, rnn_buffer *buffer, const double *values, size_t count)
{
    float narrow[MOST];
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    const size_t real = rnn_real_size(backend);
    expect_ok(
        backend->ops->write(backend, buffer, 0, count * real, real == sizeof(double) ? (const void *)values : narrow));
}

static rnn_buffer *make(rnn_backend *backend, const double *values, size_t count)
{
    rnn_buffer *buffer;
    expect_ok(backend->ops->alloc(backend, count * rnn_real_size(backend), "golden", &buffer));
    if (values)
        put(backend, buffer, values, count);
    return buffer;
}

static void expect_near(rnn_backend *backend, const rnn_buffer *buffer, const json_t *object, const char *what,
                        const double *expected, size_t count, double roundings)
{
    const double eps = backend->precision == RNN_DOUBLE ? DBL_EPSILON : FLT_EPSILON;
    double found[MOST], scale = 0;
    float narrow[MOST];
    const bool wide = rnn_real_size(backend) == sizeof(double);
    expect_ok(backend->ops->read(backend, buffer, 0, count * rnn_real_size(backend), wide ? (void *)found : narrow));
    for (size_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (size_t i = 0; i < count; i++) {
        if (!wide)
            found[i] = narrow[i];
        ck_assert_msg(fabs(found[i] - expected[i]) <= roundings * eps * scale,
                      "%s on %s in %s: %s[%zu] is %.17g, golden %.17g: off by %.3g, bound %.3g",
                      json_string_value(json_object_get(object, "name")), backend->info.name, wide ? "double" : "float",
                      what, i, found[i], expected[i], fabs(found[i] - expected[i]), roundings * eps * scale);
    }
}

/* ---- Updates ------------------------------------------------------------------------------------------------------- */

static void check_updates(rnn_backend *backend, const json_t *object)
{
    const rnn_backend_ops *ops = backend->ops;
    const rnn_settings shape = {.hidden = 2, .seq_len = 1, .horizon = 1, .bias = true};
    double start[MOST], gradients[MOST], params[MOST];
    rnn_update rule = {.optimizer = (rnn_optimizer)choice_of(object, "optimizer"),
                       .learning_rate = real_of(object, "learning_rate"),
                       .momentum = real_of(object, "momentum"),
                       .rho = real_of(object, "rho"),
                       .beta1 = real_of(object, "beta1"),
                       .beta2 = real_of(object, "beta2"),
                       .epsilon = real_of(object, "epsilon"),
                       .weight_decay = real_of(object, "weight_decay")};
    rnn_network network;
    rnn_plan *plan;
    const double zeros[2 * PARAMETERS] = {0}, healthy = 0;
    expect_ok(rnn_network_init(&shape, 1, 1, &network));
    ck_assert_uint_eq(network.parameters, PARAMETERS);
    ck_assert_uint_eq(reals_of(object, "start", start), PARAMETERS);
    ck_assert_uint_eq(reals_of(object, "gradient", gradients), UPDATES * PARAMETERS);
    ck_assert_uint_eq(reals_of(object, "params", params), UPDATES * PARAMETERS);
    expect_ok(ops->plan(backend, &network, 1, &plan));
    rnn_buffer *const p = make(backend, start, PARAMETERS), *const moments = make(backend, zeros, 2 * PARAMETERS);
    rnn_buffer *const gradient = make(backend, NULL, PARAMETERS), *const health = make(backend, &healthy, 1);
    for (size_t step = 0; step < UPDATES; step++) {
        rule.correction1 = 1 - pow(rule.beta1, (double)step + 1);
        rule.correction2 = sqrt(1 - pow(rule.beta2, (double)step + 1));
        put(backend, gradient, gradients + step * PARAMETERS, PARAMETERS);
        expect_ok(ops->update(plan, &rule, gradient, health, p, moments));
        expect_near(backend, p, object, "parameters", params + step * PARAMETERS, PARAMETERS,
                    ROUNDINGS * ((double)step + 1));
    }
    rnn_buffer *const all[] = {p, moments, gradient, health};
    for (size_t i = 0; i < 4; i++)
        ops->release(backend, all[i]);
    ops->release_plan(plan);
    rnn_test_opencl_cases += strcmp(backend->info.selector, "reference") != 0;
}

START_TEST(updates_are_those_of_torch_optim)
{
    const json_t *updates = json_object_get(golden, "updates"), *object;
    size_t index;
    ck_assert_uint_eq(json_array_size(updates), 12);
    if (backends[_i])
        json_array_foreach(updates, index, object) check_updates(backends[_i], object);
}
END_TEST

/* ---- Losses -------------------------------------------------------------------------------------------------------- */

/* Sum over all outputs and records, from whatever the backend has put into losses (O). */
static void expect_sum(rnn_backend *backend, rnn_buffer *losses, const json_t *object, const rnn_network *network,
                       size_t B)
{
    double mean = real_of(object, "mean"), sums[MOST], total = 0;
    float narrow[MOST];
    const bool wide = rnn_real_size(backend) == sizeof(double);
    const double count = (double)(B * network->O) * (network->loss.kind == RNN_MSE ? 2 : 1);
    expect_ok(
        backend->ops->read(backend, losses, 0, network->O * rnn_real_size(backend), wide ? (void *)sums : narrow));
    for (size_t o = 0; o < network->O; o++)
        total += wide ? sums[o] : (double)narrow[o];
    total /= count;
    put(backend, losses, &total, 1);
    expect_near(backend, losses, object, "mean", &mean, 1, ROUNDINGS);
}

static void check_loss(rnn_backend *backend, const json_t *object)
{
    const rnn_backend_ops *ops = backend->ops;
    const size_t B = (size_t)real_of(object, "B"), targets = (size_t)real_of(object, "targets");
    double yhat[MOST], y[MOST], d_yhat[MOST];
    rnn_settings shape = {.hidden = 2, .seq_len = 1, .horizon = 1, .huber_delta = real_of(object, "delta")};
    rnn_network network;
    rnn_plan *plan;
    shape.loss = (rnn_loss)choice_of(object, "loss");
    shape.quantiles.count = reals_of(object, "quantiles", y);
    memcpy(shape.quantiles.values, y, shape.quantiles.count * sizeof *y);
    expect_ok(rnn_network_init(&shape, targets, targets, &network));
    const size_t count = reals_of(object, "yhat", yhat);
    ck_assert_uint_eq(count, B * network.O);
    ck_assert_uint_eq(reals_of(object, "y", y), B * targets);
    ck_assert_uint_eq(reals_of(object, "d_yhat", d_yhat), count);
    expect_ok(ops->plan(backend, &network, B, &plan));
    rnn_buffer *const outputs = make(backend, yhat, count), *const wanted = make(backend, y, B * targets);
    rnn_buffer *const d_y = make(backend, NULL, count), *const losses = make(backend, NULL, network.O);
    expect_ok(ops->loss(plan, outputs, wanted, B, 2, d_y, losses, NULL, 0));
    expect_near(backend, d_y, object, "d_yhat", d_yhat, count, ROUNDINGS);
    expect_sum(backend, losses, object, &network, B);
    rnn_buffer *const all[] = {outputs, wanted, d_y, losses};
    for (size_t i = 0; i < 4; i++)
        ops->release(backend, all[i]);
    ops->release_plan(plan);
    rnn_test_opencl_cases += strcmp(backend->info.selector, "reference") != 0;
}

START_TEST(losses_are_those_of_torch_nn)
{
    const json_t *losses = json_object_get(golden, "losses"), *object;
    size_t index;
    ck_assert_uint_eq(json_array_size(losses), 5);
    if (backends[_i])
        json_array_foreach(losses, index, object) check_loss(backends[_i], object);
}
END_TEST

void add_golden_training(Suite *golden_suite)
{
    TCase *tests = tcase_create("training");
    tcase_add_unchecked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, updates_are_those_of_torch_optim, 0, 4);
    tcase_add_loop_test(tests, losses_are_those_of_torch_nn, 0, 4);
    suite_add_tcase(golden_suite, tests);
}
