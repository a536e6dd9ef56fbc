/* SPDX-License-Identifier: MIT
 * open.c - which devices there are, and which one a selector means
 */
#include "backend/opencl/opencl.h"
#include "backend/reference.h"
#include "base/memory.h"
#include "data/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rnn_device_info rnn_reference_info(void)
{
    return (rnn_device_info){
        .selector = "reference",
        .platform = "rnn_cl",
        .name = "reference (plain C on the host)",
        .driver = RNN_CL_VERSION,
        .version = "no OpenCL needed",
        .type = "cpu",
        .largest = SIZE_MAX,
        .compute_units = 1,
        .fp64 = true,
        .bit_exact = true,
        .why = "it is what the others are compared with",
    };
}

/* Behind the OpenCL devices. */
static rnn_status add_reference(rnn_device_info **devices, size_t *count)
{
    rnn_device_info *more = realloc(*devices, (*count + 1) * sizeof *more);
    if (!more)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the list of devices");
    more[(*count)++] = rnn_reference_info();
    *devices = more;
    return RNN_OK;
}

rnn_status rnn_device_list(rnn_device_info **out, size_t *count)
{
    *out = NULL;
    if (rnn_opencl_list(NULL, out, count) != RNN_OK)
        rnn_notice("%s", rnn_error_message()); /* a list shows what there is */
    const rnn_status status = add_reference(out, count);
    if (status) {
        free(*out);
        *out = NULL;
    }
    return status;
}

static bool fits(const rnn_device_info *device, const char *selector)
{
    if (strcmp(selector, "gpu") == 0 || strcmp(selector, "cpu") == 0)
        return strcmp(device->type, selector) == 0 && strcmp(device->selector, "reference") != 0;
    if (strcmp(device->selector, selector) == 0)
        return true;
    return strcmp(device->selector, "reference") != 0 &&
           (rnn_text_has(device->name, selector) || rnn_text_has(device->platform, selector) ||
            rnn_text_has(device->version, selector)); /* "pocl" stands only there */
}

/* auto: the first GPU, else the first other OpenCL device, else the reference, which is always last */
static const rnn_device_info *choose_auto(const rnn_device_info *devices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(devices[i].type, "gpu") == 0)
            return &devices[i];
    return &devices[0];
}

static rnn_status fail_with_list(const char *what, const rnn_device_info *devices, size_t count)
{
    char list[2048] = "";
    for (size_t i = 0; i < count; i++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "\n  --device %-10s %s, %s (%s)", devices[i].selector,
                 devices[i].platform, devices[i].name, devices[i].type);
    }
    return rnn_fail(RNN_NO_DEVICE, "%s; there is:%s", what, list);
}

static rnn_status choose(const char *selector, const rnn_device_info *devices, size_t count,
                         const rnn_device_info **out)
{
    char what[256];
    const rnn_device_info *found = NULL;
    size_t matches = 0;
    if (strcmp(selector, "auto") == 0) {
        *out = choose_auto(devices, count);
        return RNN_OK;
    }
    for (size_t i = 0; i < count; i++)
        if (fits(&devices[i], selector)) {
            found = found ? found : &devices[i];
            matches++;
        }
    const bool kind = strcmp(selector, "gpu") == 0 || strcmp(selector, "cpu") == 0; /* of several, the first serves */
    if (matches == 1 || (kind && matches > 1)) {
        *out = found;
        return RNN_OK;
    }
    if (count == 1) /* the reference alone */
        snprintf(
            what, sizeof what,
            "no device fits --device %.100s, and OpenCL shows none at all: install an OpenCL driver, the device's own, "
            "or PoCL for CPUs",
            selector);
    else
        snprintf(what, sizeof what, matches ? "--device %.100s fits %zu devices" : "no device fits --device %.100s",
                 selector, matches);
    return fail_with_list(what, devices, count);
}

static rnn_status open_reference(rnn_precision precision, const rnn_backend_options *options, rnn_backend **out)
{
    if (options && options->profiling != RNN_PROFILE_OFF)
        return rnn_fail(RNN_CONFIG,
                        "the reference has no kernels to time; profiling needs an OpenCL device: --device P:D, "
                        "where rnn_cl devices lists what there is");
    if (options && options->tuning)
        return rnn_fail(RNN_CONFIG,
                        "--tuning %s: the reference has no tiles to tune; drop one of the two, or name an "
                        "OpenCL device: --device P:D, where rnn_cl devices lists what there is",
                        options->tuning);
    return rnn_reference_open(precision, out);
}

rnn_status rnn_backend_open_with(const char *selector, rnn_precision precision, const rnn_backend_options *options,
                                 rnn_backend **out)
{
    rnn_status status;
    rnn_device_info *devices = NULL;
    const rnn_device_info *chosen = NULL;
    size_t count = 0;
    *out = NULL;
    if (strcmp(selector, "reference") == 0) /* asks no OpenCL loader */
        return open_reference(precision, options, out);
    status = rnn_opencl_list(options ? options->calls : NULL, &devices, &count);
    if (status) /* not the same as no device: nobody is moved to another one unasked */
        return rnn_fail(status, "%s; --device reference needs no OpenCL", rnn_error_message());
    RNN_TRY(add_reference(&devices, &count));
    RNN_TRY(choose(selector, devices, count, &chosen));
    if (strcmp(chosen->selector, "reference") == 0) {
        rnn_notice("no OpenCL device found, using the reference; rnn_cl devices lists what there is");
        status = open_reference(precision, options, out);
    } else {
        status = rnn_opencl_open(chosen->selector, precision, NULL, options, out);
    }
    if (status == RNN_OK && !(*out)->info.bit_exact)
        rnn_notice("%s is tolerance only (%s): results are close to the reference, not bit-equal", (*out)->info.name,
                   (*out)->info.why);
fail:
    free(devices);
    return status;
}

rnn_status rnn_backend_open(const char *selector, rnn_precision precision, rnn_backend **out)
{
    return rnn_backend_open_with(selector, precision, NULL, out);
}

void rnn_backend_keep_kernels(rnn_backend *backend)
{
    rnn_opencl_keep_kernels(backend);
}

void rnn_backend_close(rnn_backend *backend)
{
    if (backend)
        backend->ops->close(backend);
}

const rnn_device_info *rnn_backend_info(const rnn_backend *backend)
{
    return &backend->info;
}
