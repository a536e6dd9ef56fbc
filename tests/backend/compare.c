/* SPDX-License-Identifier: MIT
 * compare.c - of the harness: which device is tested, what a case is called, and how two results differ
 */
#include "harness.h"

#include "backend/opencl/opencl.h"
#include "model/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void harness_name(const harness_case *c, char *text, size_t size)
{
    const rnn_settings s = {.cell = c->cell, .activation = c->activation, .optimizer = c->optimizer, .loss = c->loss};
    snprintf(
        text, size,
        "%s %s H=%zu layers=%zu dropout=%g%s T=%zu B=%zu D=%zu O=%zu %s%s %s truncate=%zu%s blocks=%zu batch=%zu %s%s "
        "%s decay %g clip %g/%g",
        rnn_settings_name("cell", &s), rnn_settings_name("activation", &s), c->H, c->layers, c->dropout,
        c->train_h0 ? " train-h0" : "", c->T, c->B, c->D, c->O, c->per_step ? "per-step" : "shared",
        c->window ? " window" : "", c->bias ? "bias" : "no-bias", c->truncate, c->every ? " every" : "", c->blocks,
        c->batch, rnn_settings_name("loss", &s), c->gaps ? " with gaps" : "", rnn_settings_name("optimizer", &s),
        c->weight_decay, c->clip_value, c->clip_norm);
}

double harness_bound(const harness_case *c, double eps)
{
    const size_t inputs = c->window ? c->T * c->D : c->D;
    return HARNESS_K * log2(2 + (double)(c->T * (inputs + c->H) * c->B)) * eps;
}

/* ---- Devices ------------------------------------------------------------------------------------------------------- */

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] && strcmp(value, "0") != 0;
}

bool harness_is_full(void)
{
    return is_set("RNN_TEST_FULL");
}

bool harness_is_tiny(void)
{
    return is_set("RNN_TEST_TINY");
}

static bool contains(const char *text, const char *part)
{
    for (; *text; text++)
        if (strncasecmp(text, part, strlen(part)) == 0)
            return true;
    return false;
}

rnn_status harness_device(rnn_device_info *out)
{
    const char *wanted = getenv("RNN_TEST_DEVICE");
    rnn_device_info *devices = NULL;
    size_t count = 0;
    const rnn_status status = rnn_opencl_list(NULL, &devices, &count);
    if (status)
        return status;
    size_t i = 0;
    while (wanted && i < count && strcmp(devices[i].selector, wanted) != 0 && !contains(devices[i].name, wanted) &&
           !contains(devices[i].platform, wanted))
        i++;
    if (i < count)
        *out = devices[i];
    free(devices);
    return i < count ? RNN_OK
                     : rnn_fail(RNN_NO_DEVICE,
                                "no OpenCL device%s%s to test (%zu there); install an OpenCL driver, PoCL for one",
                                wanted ? " for RNN_TEST_DEVICE=" : "", wanted ? wanted : "", count);
}

rnn_status harness_open(rnn_precision precision, const rnn_tuning *tuning, rnn_backend **out)
{
    rnn_device_info device;
    *out = NULL;
    const rnn_status status = harness_device(&device);
    return status ? status
                  : rnn_opencl_open(device.selector, precision, tuning, &(rnn_backend_options){.no_cache = true}, out);
}

void harness_result_free(harness_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        free(result->tensor[i].values);
    *result = (harness_result){.count = 0};
}

const harness_tensor *harness_find(const harness_result *result, const char *name)
{
    for (size_t i = 0; i < result->count; i++)
        if (strcmp(result->tensor[i].name, name) == 0)
            return &result->tensor[i];
    return NULL;
}

/* ---- Comparing ----------------------------------------------------------------------------------------------------- */

/* Targets may be missing; whatever is computed may not be NaN. */
static bool is_missing(const harness_result *result, size_t tensor)
{
    return strcmp(result->tensor[tensor].name, "y") == 0;
}

bool harness_differs(const harness_result *a, const harness_result *b, char *text, size_t size)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < a->tensor[i].count; k++) {
            const double left = a->tensor[i].values[k], right = b->tensor[i].values[k];
            if (isnan(left) && isnan(right) && is_missing(a, i))
                continue;
            if (memcmp(&left, &right, sizeof left) != 0 || isnan(left)) {
                snprintf(text, size, "%s[%zu]: %a against %a", a->tensor[i].name, k, left, right);
                return true;
            }
        }
    return a->count == 0 || a->count != b->count;
}

static double largest(const harness_tensor *tensor)
{
    double size = 0;
    for (size_t k = 0; k < tensor->count; k++)
        size = fmax(size, fabs(tensor->values[k])); /* of a NaN and a number fmax is the number */
    return size;
}

/* What errors of a clipped gradient are relative to: a clamp leaves them as they were while it makes the largest elements smaller. */
static double clipped_size(const harness_tensor *gradient, const harness_tensor *clipped)
{
    double factor = 0; /* of the elements that were not clamped */
    for (size_t k = 0; k < gradient->count; k++)
        if (gradient->values[k] != 0)
            factor = fmax(factor, fabs(clipped->values[k] / gradient->values[k]));
    return factor * largest(gradient);
}

double harness_distance(const harness_result *a, const harness_result *b, char *where, size_t size)
{
    double worst = 0;
    for (size_t i = 0; i < a->first_step; i++) {
        double scale = largest(&a->tensor[i]);
        if (strcmp(a->tensor[i].name, "yhat") == 0)
            scale = fmax(scale, largest(harness_find(a, "y")));
        if (strcmp(a->tensor[i].name, "clipped gradient") == 0)
            scale = clipped_size(harness_find(a, "gradient"), &a->tensor[i]);
        for (size_t k = 0; k < a->tensor[i].count; k++) {
            const double left = a->tensor[i].values[k], right = b->tensor[i].values[k];
            const double gap = fabs(left - right) / (scale > 0 ? scale : 1);
            if (isnan(left) && isnan(right) && is_missing(a, i))
                continue;
            if (!(gap <= worst)) {
                worst = gap;
                snprintf(where, size, "%s[%zu]: %.17g against %.17g", a->tensor[i].name, k, left, right);
            }
        }
    }
    return worst;
}

const char *harness_mostly_zero(const harness_result *result, const harness_case *c)
{
    static const char *const names[] = {"y", "h", "yhat", "d_y", "d_h", "dz", "gradient"};
    const double share = c->cell == RNN_ELMAN && c->activation == RNN_RELU ? 0.1 : 0.4;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const harness_tensor *tensor = harness_find(result, names[i]);
        size_t nonzero = 0;
        for (size_t k = 0; k < tensor->count; k++)
            nonzero += tensor->values[k] != 0;
        /* U's columns of steps that truncation leaves out have no gradient */
        const size_t left_out =
            strcmp(names[i], "gradient") == 0 && c->per_step && !c->window && c->truncate && c->truncate < c->T
                ? rnn_shape_of(c->cell)->gates * c->H * c->D * (c->T - c->truncate)
                : 0;
        if ((double)nonzero < share * (double)(tensor->count - left_out))
            return names[i];
    }
    return NULL;
}
