/* SPDX-License-Identifier: MIT
 * selftest.c - rnn_cl selftest: every kernel of a device against the reference, over shapes that are awkward to tile
 */
#include "base/clock.h"
#include "base/json.h"
#include "cmd/command.h"
#include "model/settings.h"
#include "train/verify.h"
#include "view/results.h"

#include <stdio.h>
#include <string.h>

typedef struct shape {
    size_t H, B, D, O;
} shape;

static const shape shapes[] = {{1, 1, 1, 1}, {61, 13, 3, 2}, {128, 65, 2, 1}};

/* What is varied beside them: every kernel is reached by one of these. Those at the end are built anew for each shape. */
static const char *const variants[][4] = {
    {"activation", "sigmoid"},
    {"optimizer", "sgd"},
    {"optimizer", "momentum", "loss", "mae"},
    {"optimizer", "nesterov", "weight-decay", "0.1"},
    {"optimizer", "rmsprop", "loss", "huber"},
    {"optimizer", "adamw", "weight-decay", "0.1"},
    {"loss", "quantile", "weight-decay", "0.1"},
    {"input-weights", "per-step"},
    {"clip-value", "1"},
    {"bias", "no"},
    {"bptt-truncate", "2"},
    {"loss-at", "every", "bptt-truncate", "2"},
    {"stateful", "yes", "shuffle", "no"},
    {"reduction-blocks", "4"},
    {"activation", "tanh"},
    {"activation", "relu"},
    {"cell", "gru"},
    {"cell", "lstm"},
    {"layers", "3"},
    {"train-h0", "yes"},
};

#define SHAPES       (sizeof shapes / sizeof *shapes)
#define VARIANTS     (sizeof variants / sizeof *variants)
#define BUILT_ANEW   6 /* variants */
#define BUILDS_SHAPE 1 /* the shape that these are tried on */

static rnn_status check_shape(const rnn_arguments *arguments, size_t index, rnn_precision precision,
                              rnn_backend *backend, rnn_verified *verified)
{
    const shape *size = &shapes[index];
    const size_t count = VARIANTS - (index == BUILDS_SHAPE ? 0 : BUILT_ANEW);
    rnn_status status = RNN_OK;
    for (size_t v = 0; v < count; v++) {
        rnn_settings s = arguments->settings;
        s.precision = precision;
        s.hidden = size->H;
        s.batch = size->B;
        for (int word = 0; word < 4 && variants[v][word]; word += 2)
            RNN_TRY(rnn_option_set(rnn_settings_row(variants[v][word]), &s, variants[v][word + 1]));
        status = rnn_verify_kernels(&s, size->D, size->O, size->B > 1, backend, verified);
        if (status)
            return rnn_fail_within(status, "H=%zu B=%zu, --%s %s: ", size->H, size->B, variants[v][0], variants[v][1]);
    }
fail:
    return status;
}

static rnn_status check_article(rnn_precision precision, rnn_backend *backend, rnn_verified *verified)
{
    rnn_settings s;
    rnn_settings_init(&s, RNN_RECIPE_ARTICLE);
    s.precision = precision;
    s.batch = 13; /* records to go through, one by one */
    const rnn_status status = rnn_verify_kernels(&s, 1, 1, 0, backend, verified);
    return status ? rnn_fail_within(status, "--recipe article: ") : RNN_OK;
}

/* All shapes in one precision. */
static rnn_status check_precision(const rnn_arguments *arguments, rnn_precision precision, rnn_device_info *device,
                                  rnn_verified *verified)
{
    rnn_status status;
    rnn_backend *backend = NULL;
    RNN_TRY(rnn_open_device(arguments, precision, &backend));
    *device = *rnn_backend_info(backend);
    if (strcmp(device->selector, "reference") == 0) {
        status =
            rnn_fail(RNN_CONFIG, "the reference is what devices are held against; name one: --device P:D, where rnn_cl "
                                 "devices lists what there is");
        goto fail;
    }
    if (precision == RNN_FLOAT)
        rnn_announce_device(arguments, backend);
    for (size_t i = 0; i < SHAPES; i++)
        RNN_TRY(check_shape(arguments, i, precision, backend, verified));
    RNN_TRY(check_article(precision, backend, verified));
    rnn_keep_kernels(backend);
fail:
    rnn_backend_close(backend);
    return status;
}

static rnn_status print_json(const rnn_device_info *device, const rnn_verified *verified, double seconds)
{
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:b, s:f, s:f}", "device", device->name, "driver", device->driver,
                               "steps", (json_int_t)verified->steps, "tensors", (json_int_t)verified->tensors,
                               "bit_exact", (int)device->bit_exact, "distance", verified->distance, "seconds", seconds);
    if (!object)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the selftest as JSON");
    const rnn_status status = rnn_print_json(stdout, object);
    json_decref(object);
    return status;
}

rnn_status rnn_command_selftest(const rnn_arguments *arguments)
{
    const double began = rnn_seconds();
    rnn_verified verified = {.steps = 0};
    rnn_device_info device;
    rnn_status status;
    RNN_TRY(check_precision(arguments, RNN_FLOAT, &device, &verified));
    if (device.fp64)
        RNN_TRY(check_precision(arguments, RNN_DOUBLE, &device, &verified));
    const double seconds = rnn_seconds() - began;
    if (arguments->json)
        return print_json(&device, &verified, seconds);
    printf("%s: %zu steps, %zu tensors in float%s: ", device.name, verified.steps, verified.tensors,
           device.fp64 ? " and double" : "");
    if (device.bit_exact)
        printf("every bit is the reference's (%.1f s)\n", seconds);
    else
        printf("within the bound, at most %.2g of it (%.1f s)\n", verified.distance, seconds);
fail:
    return status;
}
