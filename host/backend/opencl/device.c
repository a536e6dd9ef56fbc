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
#define MAX_DEVICES   32      /* a platform */
#define NO_PLATFORM   (-1001) /* CL_PLATFORM_NOT_FOUND_KHR: the loader found no driver at all */

/* Questions to one device. One that fails leaves its field as it was, and the first of them is kept: a listing shows what it
 * can, opening does not go on with what it does not know. */
typedef struct inquiry {
    rnn_calls *calls;
    cl_device_id device;
    cl_int code;
    const char *failed; /* what was asked for */
} inquiry;

static void ask(inquiry *q, cl_device_info what, const char *words, size_t size, void *value)
{
    const cl_int code = OCL_CALL(q->calls, clGetDeviceInfo(q->device, what, size, value, NULL));
    if (code == CL_SUCCESS || q->code != CL_SUCCESS)
        return;
    q->code = code;
    q->failed = words;
}

static rnn_status check_answers(const inquiry *q)
{
    return q->code == CL_SUCCESS ? RNN_OK : ocl_fail(q->calls, q->code, "clGetDeviceInfo", "asking for %s", q->failed);
}

#define ASK(q, what, words, value) ask((q), (what), (words), sizeof *(value), (value))

static void ask_text(inquiry *q, cl_device_info what, const char *words, char *text, size_t size)
{
    char found[1024] = "";
    ask(q, what, words, sizeof found - 1, found);
    rnn_show_into(text, size, found + strspn(found, " "));
}

/* Older devices do not know the question: then they have no double. */
static bool has_double(inquiry *q)
{
    const inquiry before = *q;
    cl_device_fp_config twice = 0;
    ASK(q, CL_DEVICE_DOUBLE_FP_CONFIG, "its double precision", &twice);
    if (before.code == CL_SUCCESS && q->code == CL_INVALID_VALUE)
        *q = before;
    return twice != 0;
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

static inquiry describe(rnn_calls *calls, cl_platform_id platform, cl_device_id device, unsigned p, unsigned d,
                        rnn_device_info *info)
{
    inquiry q = {calls, device, CL_SUCCESS, NULL};
    cl_device_type type = 0;
    cl_device_fp_config single = 0;
    cl_ulong memory = 0, largest = 0;
    cl_uint units = 0;
    char platform_name[128] = "";
    *info = (rnn_device_info){.compute_units = 0};
    OCL_CALL(calls, clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof platform_name - 1, platform_name, NULL));
    ask_text(&q, CL_DEVICE_NAME, "its name", info->name, sizeof info->name);
    ask_text(&q, CL_DRIVER_VERSION, "its driver", info->driver, sizeof info->driver);
    ask_text(&q, CL_DEVICE_VERSION, "its version", info->version, sizeof info->version);
    ASK(&q, CL_DEVICE_TYPE, "its type", &type);
    ASK(&q, CL_DEVICE_SINGLE_FP_CONFIG, "its arithmetic", &single);
    ASK(&q, CL_DEVICE_GLOBAL_MEM_SIZE, "its memory", &memory);
    ASK(&q, CL_DEVICE_MAX_MEM_ALLOC_SIZE, "its largest buffer", &largest);
    ASK(&q, CL_DEVICE_MAX_COMPUTE_UNITS, "its compute units", &units);
    snprintf(info->selector, sizeof info->selector, "%u:%u", p, d);
    rnn_show_into(info->platform, sizeof info->platform, platform_name);
    snprintf(info->type, sizeof info->type, "%s",
             type & CL_DEVICE_TYPE_GPU   ? "gpu"
             : type & CL_DEVICE_TYPE_CPU ? "cpu"
                                         : "accelerator");
    info->memory = memory;
    info->largest = largest;
    info->compute_units = units ? units : 1;
    info->fp64 = has_double(&q);
    judge(info, single);
    return q;
}

/* Calls visit for every device of every platform until it returns true. A loader without platforms visits nothing. A platform
 * that cannot be asked is left out; its status is returned, which matters where the others did not have what was wanted. */
typedef bool device_visitor(void *context, cl_platform_id platform, cl_device_id device, unsigned p, unsigned d);

static rnn_status each_device(rnn_calls *calls, device_visitor *visit, void *context)
{
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint platform_count = 0;
    rnn_status status = RNN_OK;
    cl_int code = OCL_CALL(calls, clGetPlatformIDs(MAX_PLATFORMS, platforms, &platform_count));
    if (code != CL_SUCCESS && code != NO_PLATFORM)
        return ocl_fail(calls, code, "clGetPlatformIDs",
                        "asking for the OpenCL platforms; clinfo shows what the loader finds");
    for (unsigned p = 0; code == CL_SUCCESS && p < platform_count && p < MAX_PLATFORMS; p++) {
        cl_device_id devices[MAX_DEVICES];
        cl_uint device_count = 0;
        code = OCL_CALL(calls, clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &device_count));
        if (code != CL_SUCCESS) {
            if (code != CL_DEVICE_NOT_FOUND) /* an installed driver whose hardware is absent */
                status = ocl_fail(calls, code, "clGetDeviceIDs", "asking platform %u for its devices", p);
            code = CL_SUCCESS;
            continue;
        }
        for (unsigned d = 0; d < device_count && d < MAX_DEVICES; d++)
            if (visit(context, platforms[p], devices[d], p, d))
                return RNN_OK;
    }
    return status;
}

typedef struct device_list {
    rnn_calls *calls;
    rnn_device_info *infos;
    size_t count;
} device_list;

static bool add_device(void *context, cl_platform_id platform, cl_device_id device, unsigned p, unsigned d)
{
    device_list *list = context;
    describe(list->calls, platform, device, p, d, &list->infos[list->count++]);
    return false;
}

rnn_status rnn_opencl_list(rnn_calls *calls, rnn_device_info **out, size_t *count)
{
    rnn_calls unwatched = {.failed = false};
    device_list list = {calls ? calls : &unwatched, NULL, 0};
    rnn_status status;
    *out = NULL;
    *count = 0;
    RNN_TRY(RNN_NEW(list.infos, MAX_PLATFORMS * MAX_DEVICES));
    status = each_device(list.calls, add_device, &list);
    if (status != RNN_OK && list.count > 0) {
        rnn_notice("%s: its devices are not seen", rnn_error_message());
        list.calls->failed = false;
        status = RNN_OK;
    }
    if (status)
        goto fail;
    *out = list.infos;
    *count = list.count;
    return RNN_OK;
fail:
    free(list.infos);
    return status;
}

typedef struct device_search {
    rnn_calls *calls;
    const char *selector;
    cl_device_id device;
    inquiry asked;
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
    search->asked = describe(search->calls, platform, device, p, d, &search->info);
    return true;
}

void ocl_close(rnn_backend *head)
{
    ocl_backend *self = (ocl_backend *)head;
    if (!self)
        return;
    ocl_profile_free(self);
    ocl_free_programs(self);
    rnn_tuning_list_free(&self->lines);
    if (self->queue)
        OCL_CALL(head->calls, clReleaseCommandQueue(self->queue));
    if (self->context)
        OCL_CALL(head->calls, clReleaseContext(self->context));
    free(self);
}

void rnn_opencl_keep_kernels(rnn_backend *backend)
{
    if (rnn_opencl_owns(backend))
        ocl_store_programs((ocl_backend *)backend);
}

rnn_cache_counts rnn_opencl_cache_counts(const rnn_backend *backend)
{
    return ((const ocl_backend *)backend)->cache;
}

/* What tiles and launches are fitted to. */
static rnn_status ask_limits(ocl_backend *self)
{
    const cl_device_info vector =
        self->head.precision == RNN_DOUBLE ? CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE : CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
    inquiry q = {self->head.calls, self->device, CL_SUCCESS, NULL};
    cl_ulong local_bytes = 0;
    cl_uint width = 1;
    ASK(&q, vector, "its vector width", &width);
    ASK(&q, CL_DEVICE_MAX_WORK_GROUP_SIZE, "its largest work-group", &self->group_limit);
    ASK(&q, CL_DEVICE_LOCAL_MEM_SIZE, "its local memory", &local_bytes);
    self->native_vector = width == 2 || width == 4 || width == 8 || width == 16 ? width : 1;
    self->local_bytes = (size_t)local_bytes;
    return check_answers(&q);
}

/* Timing that the driver refuses is no reason not to run. */
static rnn_status open_queue(ocl_backend *self, rnn_profiling profiling)
{
    rnn_status status = RNN_OK;
    cl_int code = CL_SUCCESS;
    if (profiling != RNN_PROFILE_OFF) {
        rnn_call_begin(self->head.calls, "clCreateCommandQueue");
        self->queue = clCreateCommandQueue(self->context, self->device, CL_QUEUE_PROFILING_ENABLE, &code);
        rnn_call_end(self->head.calls);
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
    OCL_CREATE(self, self->queue, clCreateCommandQueue(self->context, self->device, 0, &code), "device %s",
               self->head.info.selector);
fail:
    return status;
}

/* Looks the device up; its name goes into every message from here on. */
static rnn_status find_device(device_search *search)
{
    const rnn_status status = each_device(search->calls, is_wanted, search);
    if (!search->device)
        return status ? status : rnn_fail(RNN_NO_DEVICE, "no OpenCL device %s", search->selector);
    snprintf(search->calls->device, sizeof search->calls->device, "%s",
             search->info.name[0] ? search->info.name : search->selector);
    return check_answers(&search->asked);
}

rnn_status rnn_opencl_open(const char *selector, rnn_precision precision, const rnn_tuning *tuning,
                           const rnn_backend_options *options, rnn_backend **out)
{
    rnn_status status;
    cl_int code = CL_SUCCESS;
    ocl_backend *self = NULL;
    rnn_calls unwatched = {.failed = false}, *given = options ? options->calls : NULL;
    device_search search = {.calls = given ? given : &unwatched, .selector = selector};
    *out = NULL;
    RNN_TRY(find_device(&search));
    if (precision == RNN_DOUBLE && !search.info.fp64)
        return rnn_fail(RNN_NO_DEVICE, "%s (%s) has no double precision; use --precision float or another --device",
                        search.info.name, selector);
    RNN_TRY(RNN_NEW(self, 1));
    self->head = (rnn_backend){.ops = &ocl_ops, .precision = precision, .info = search.info, .side_by_side = true};
    self->device = search.device;
    self->stride = OCL_FIRST_STRIDE;
    self->head.calls = given ? given : &self->own_calls;
    memcpy(self->own_calls.device, search.calls->device, sizeof self->own_calls.device);
    RNN_TRY(ask_limits(self));
    for (int kind = 0; tuning && kind < RNN_TILE_KINDS; kind++)
        rnn_opencl_retune(&self->head, (rnn_tile_kind)kind, tuning);
    if (!options || !options->no_cache)
        ocl_cache_open(self);
    RNN_TRY(ocl_tuning_open(self, options));
    OCL_CREATE(self, self->context, clCreateContext(NULL, 1, &self->device, NULL, NULL, &code), "device %s", selector);
    RNN_TRY(open_queue(self, options ? options->profiling : RNN_PROFILE_OFF));
    *out = &self->head;
    return RNN_OK;
fail:
    ocl_close(self ? &self->head : NULL);
    return status;
}
