/* SPDX-License-Identifier: MIT
 * device.c - platforms and devices, what each can promise, and opening one
 */
#include "backend/opencl/watch.h"
#include "base/memory.h"
#include "data/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PLATFORMS 16
#define MAX_DEVICES   32 /* a platform */

/* Queries that fail leave the field as it was: a listing shows what it can. */
static void query_text(cl_device_id device, cl_device_info what, char *text, size_t size)
{
    char found[1024] = "";
    if (clGetDeviceInfo(device, what, sizeof found - 1, found, NULL) == CL_SUCCESS)
        rnn_show_into(text, size, found + strspn(found, " "));
}

/* What the contract rests on: fma, rounding to nearest, subnormals; and correctly rounded division and square root, which
 * OpenCL promises for double and reports as a property for float. */
static void judge(rnn_device_info *info, cl_device_fp_config single)
{
    const struct {
        cl_device_fp_config flag;
        const char *name;
    } needs[] = {{CL_FP_FMA, "fma"},
                 {CL_FP_ROUND_TO_NEAREST, "rounding to nearest"},
                 {CL_FP_DENORM, "subnormals"},
                 {CL_FP_INF_NAN, "infinities and NaN"},
                 {CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT, "correctly rounded divide and sqrt"}};
    char missing[sizeof info->why] = "";
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (!(single & needs[i].flag)) {
            const size_t used = strlen(missing);
            snprintf(missing + used, sizeof missing - used, "%s%s", used ? ", " : "", needs[i].name);
        }
    info->bit_exact = missing[0] == '\0';
    if (info->bit_exact)
        snprintf(info->why, sizeof info->why, "has fma, subnormals, correctly rounded divide and sqrt");
    else
        snprintf(info->why, sizeof info->why, "lacks %.140s", missing);
}

static void describe(cl_platform_id platform, cl_device_id device, unsigned p, unsigned d, rnn_device_info *info)
{
    cl_device_type type = 0;
    cl_device_fp_config single = 0, twice = 0;
    cl_ulong memory = 0, largest = 0;
    cl_uint units = 0;
    char platform_name[128] = "";
    *info = (rnn_device_info){.compute_units = 0};
    clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof platform_name - 1, platform_name, NULL);
    clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    clGetDeviceInfo(device, CL_DEVICE_SINGLE_FP_CONFIG, sizeof single, &single, NULL);
    clGetDeviceInfo(device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof twice, &twice, NULL);
    clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL);
    clGetDeviceInfo(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, NULL);
    clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    snprintf(info->selector, sizeof info->selector, "%u:%u", p, d);
    rnn_show_into(info->platform, sizeof info->platform, platform_name);
    query_text(device, CL_DEVICE_NAME, info->name, sizeof info->name);
    query_text(device, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    query_text(device, CL_DEVICE_VERSION, info->version, sizeof info->version);
    snprintf(info->type, sizeof info->type, "%s",
             type & CL_DEVICE_TYPE_GPU   ? "gpu"
             : type & CL_DEVICE_TYPE_CPU ? "cpu"
                                         : "accelerator");
    info->memory = memory;
    info->largest = largest;
    info->compute_units = units ? units : 1;
    info->fp64 = twice != 0;
    judge(info, single);
}

/* Calls visit for every device of every platform until it returns true. A loader without platforms visits nothing. */
typedef bool device_visitor(void *context, cl_platform_id platform, cl_device_id device, unsigned p, unsigned d);

static void each_device(device_visitor *visit, void *context)
{
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint platform_count = 0;
    if (clGetPlatformIDs(MAX_PLATFORMS, platforms, &platform_count) != CL_SUCCESS)
        return;
    for (unsigned p = 0; p < platform_count && p < MAX_PLATFORMS; p++) {
        cl_device_id devices[MAX_DEVICES];
        cl_uint device_count = 0;
        if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &device_count) != CL_SUCCESS)
            continue; /* an installed driver whose hardware is absent */
        for (unsigned d = 0; d < device_count && d < MAX_DEVICES; d++)
            if (visit(context, platforms[p], devices[d], p, d))
                return;
    }
}

typedef struct device_list {
    rnn_device_info *infos;
    size_t count;
} device_list;

static bool add_device(void *context, cl_platform_id platform, cl_device_id device, unsigned p, unsigned d)
{
    device_list *list = context;
    describe(platform, device, p, d, &list->infos[list->count++]);
    return false;
}

rnn_status rnn_opencl_list(rnn_device_info **out, size_t *count)
{
    device_list list = {NULL, 0};
    *out = NULL;
    *count = 0;
    if (RNN_NEW(list.infos, MAX_PLATFORMS * MAX_DEVICES) != RNN_OK)
        return RNN_NO_MEMORY;
    each_device(add_device, &list);
    *out = list.infos;
    *count = list.count;
    return RNN_OK;
}

typedef struct device_search {
    const char *selector;
    cl_device_id device;
    rnn_device_info info;
} device_search;

static bool is_wanted(void *context, cl_platform_id platform, cl_device_id device, unsigned p, unsigned d)
{
    device_search *search = context;
    char selector[sizeof search->info.selector];
    snprintf(selector, sizeof selector, "%u:%u", p, d);
    if (strcmp(selector, search->selector) != 0)
        return false;
    search->device = device;
    describe(platform, device, p, d, &search->info);
    return true;
}

void ocl_close(rnn_backend *head)
{
    ocl_backend *self = (ocl_backend *)head;
    if (!self)
        return;
    ocl_profile_free(self->profile);
    ocl_free_programs(self);
    rnn_tuning_list_free(&self->lines);
    if (self->queue)
        clReleaseCommandQueue(self->queue);
    if (self->context)
        clReleaseContext(self->context);
    free(self);
}

void rnn_opencl_keep_kernels(rnn_backend *backend)
{
    if (backend->ops == &ocl_ops)
        ocl_store_programs((ocl_backend *)backend);
}

rnn_cache_counts rnn_opencl_cache_counts(const rnn_backend *backend)
{
    return ((const ocl_backend *)backend)->cache;
}

/* The vector width for `real`; a query that fails says 1, which every device can do. */
static unsigned native_vector(cl_device_id device, rnn_precision precision)
{
    cl_uint width = 1;
    clGetDeviceInfo(
        device, precision == RNN_DOUBLE ? CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE : CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
        sizeof width, &width, NULL);
    return width == 2 || width == 4 || width == 8 || width == 16 ? width : 1;
}

/* Timing that the driver refuses is no reason not to run. */
static rnn_status open_queue(ocl_backend *self, rnn_profiling profiling)
{
    rnn_status status = RNN_OK;
    cl_int code = CL_SUCCESS;
    if (profiling != RNN_PROFILE_OFF) {
        self->queue = clCreateCommandQueue(self->context, self->device, CL_QUEUE_PROFILING_ENABLE, &code);
        if (code != CL_SUCCESS)
            rnn_notice("profile: %s gives no queue that times its commands (%s): they are not timed",
                       self->head.info.name, ocl_code_name(code));
    }
    if (self->queue) {
        RNN_TRY(ocl_profile_new(profiling, &self->profile));
        self->head.profile = &self->profile->seen;
        self->head.ops = &ocl_profiled_ops;
        return RNN_OK;
    }
    self->queue = clCreateCommandQueue(self->context, self->device, 0, &code);
    OCL_TRY(self, code, "clCreateCommandQueue for device %s", self->head.info.selector);
fail:
    return status;
}

rnn_status rnn_opencl_open(const char *selector, rnn_precision precision, const rnn_tuning *tuning,
                           const rnn_backend_options *options, rnn_backend **out)
{
    rnn_status status;
    cl_int code = CL_SUCCESS;
    ocl_backend *self = NULL;
    device_search search = {.selector = selector};
    *out = NULL;
    each_device(is_wanted, &search);
    if (!search.device)
        return rnn_fail(RNN_NO_DEVICE, "no OpenCL device %s", selector);
    if (precision == RNN_DOUBLE && !search.info.fp64)
        return rnn_fail(RNN_NO_DEVICE, "%s (%s) has no double precision; use --precision float or another --device",
                        search.info.name, selector);
    RNN_TRY(RNN_NEW(self, 1));
    self->head = (rnn_backend){.ops = &ocl_ops, .precision = precision, .info = search.info};
    self->device = search.device;
    self->native_vector = native_vector(search.device, precision);
    for (int kind = 0; tuning && kind < RNN_TILE_KINDS; kind++)
        rnn_opencl_retune(&self->head, (rnn_tile_kind)kind, tuning);
    if (!options || !options->no_cache)
        ocl_cache_open(self);
    RNN_TRY(ocl_tuning_open(self, options));
    OCL_TRY(self,
            clGetDeviceInfo(self->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof self->group_limit, &self->group_limit,
                            NULL),
            "asking for the largest work-group");
    cl_ulong local_bytes = 0;
    OCL_TRY(self, clGetDeviceInfo(self->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local_bytes, &local_bytes, NULL),
            "asking for the local memory");
    self->local_bytes = (size_t)local_bytes;
    self->context = clCreateContext(NULL, 1, &self->device, NULL, NULL, &code);
    OCL_TRY(self, code, "clCreateContext for device %s", selector);
    RNN_TRY(open_queue(self, options ? options->profiling : RNN_PROFILE_OFF));
    *out = &self->head;
    return RNN_OK;
fail:
    ocl_close(self ? &self->head : NULL);
    return status;
}
