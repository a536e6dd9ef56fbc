/* SPDX-License-Identifier: MIT
 * layer.c - stands between the program and the OpenCL driver, and has a device fail, fall silent or flip a bit
 *
 * A shared object for OPENCL_LAYERS=/path/to/faults.so, told what to do by one line of words in RNN_FAULT:
 *
 *   report=PATH               a file: the banner, a line a call, and at exit what was created and released. Without it nothing
 *                             is written. The loader says nothing about a layer that it did not find: look for the banner.
 *   call=N code=C             the N-th call, from 1, fails with code C without reaching the driver
 *   mode=on                   so do all calls behind it (mode=once: it alone)
 *   hang=N                    the N-th call never returns
 *   flip-kernel=N:K:BYTE:BIT  when the N-th kernel queued is done, that bit of the K-th buffer created is flipped
 *   flip-read=N:BYTE:BIT      the N-th read gives that bit flipped; what is on the device stays
 *
 * N and K are those of the report of a run without faults:
 *   12 clCreateBuffer buffer 3, 4096 bytes
 *   57 clEnqueueNDRangeKernel kernel 4, hidden_state
 *   80 clEnqueueReadBuffer read 1, 400 bytes
 *
 * A release that fails counts as one, and is made: the program has done its part. The program calls OpenCL from one thread;
 * so nothing here is locked. A function that is not wrapped ends the program.
 */
#define CL_TARGET_OPENCL_VERSION 120

#include "wrapped.h"

#include <CL/cl_layer.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFERS 4096

enum kind { CONTEXT, QUEUE, BUFFER, PROGRAM, KERNEL, EVENT, KINDS };

static const char *const kind_names[KINDS] = {"context", "queue", "buffer", "program", "kernel", "event"};

static const struct _cl_icd_dispatch *driver;
static struct _cl_icd_dispatch table;
static FILE *report;

static struct {
    unsigned long call, hang;
    int code;
    bool on;
    unsigned long kernel, buffer, kernel_byte, kernel_bit;
    unsigned long read, read_byte, read_bit;
} wanted;

static unsigned long calls, injected, flipped, kernels, reads, created[KINDS], released[KINDS];
static cl_mem buffers[BUFFERS];

/* ---- Told and telling ---------------------------------------------------------------------------------------------- */

/* A word of RNN_FAULT that is not understood would be a fault that never comes. */
static void read_word(const char *word)
{
    int used = -1;
    if (strncmp(word, "report=", 7) == 0) {
        report = fopen(word + 7, "w");
        return;
    }
    wanted.on |= strcmp(word, "mode=on") == 0;
    if (strcmp(word, "mode=on") == 0 || strcmp(word, "mode=once") == 0 ||
        (sscanf(word, "call=%lu%n", &wanted.call, &used), used > 0) ||
        (sscanf(word, "code=%d%n", &wanted.code, &used), used > 0) ||
        (sscanf(word, "hang=%lu%n", &wanted.hang, &used), used > 0) ||
        (sscanf(word, "flip-kernel=%lu:%lu:%lu:%lu%n", &wanted.kernel, &wanted.buffer, &wanted.kernel_byte,
                &wanted.kernel_bit, &used),
         used > 0) ||
        (sscanf(word, "flip-read=%lu:%lu:%lu%n", &wanted.read, &wanted.read_byte, &wanted.read_bit, &used), used > 0))
        return;
    fprintf(stderr, "fault layer: RNN_FAULT has a word that is not understood: %s\n", word);
    abort();
}

static void tell(const char *format, ...)
{
    va_list values;
    if (!report)
        return;
    va_start(values, format);
    vfprintf(report, format, values);
    va_end(values);
    fflush(report); /* the program may be about to hang */
}

__attribute__((destructor)) static void tell_totals(void)
{
    if (!report)
        return;
    tell("calls=%lu injected=%lu flipped=%lu\n", calls, injected, flipped);
    for (int kind = 0; kind < KINDS; kind++)
        tell("%s created=%lu released=%lu\n", kind_names[kind], created[kind], released[kind]);
    fclose(report);
}

/* Counts a call, and says with which code it fails: 0 for not at all. */
static cl_int enter(const char *name)
{
    calls++;
    tell("%lu %s", calls, name);
    if (calls == wanted.hang) {
        tell(" hangs\n");
        for (;;)
            pause();
    }
    if (wanted.code == 0 || wanted.call == 0 || calls < wanted.call || (calls > wanted.call && !wanted.on))
        return CL_SUCCESS;
    injected++;
    tell(" fails with %d\n", wanted.code);
    return wanted.code;
}

static cl_int leave(cl_int code)
{
    tell("\n");
    return code;
}

/* ---- Kinds of functions -------------------------------------------------------------------------------------------- */

#define PLAIN(name, parameters, arguments)                    \
    static cl_int CL_API_CALL layer_##name parameters         \
    {                                                         \
        const cl_int code_ = enter(#name);                    \
        return code_ ? code_ : leave(driver->name arguments); \
    }

#define CREATE(kind, type, name, parameters, arguments) \
    static type CL_API_CALL layer_##name parameters     \
    {                                                   \
        const cl_int code_ = enter(#name);              \
        if (code_) {                                    \
            *code_out = code_;                          \
            return NULL;                                \
        }                                               \
        type made_ = driver->name arguments;            \
        created[kind] += made_ != NULL;                 \
        leave(0);                                       \
        return made_;                                   \
    }

#define RELEASE(kind, name, type)                       \
    static cl_int CL_API_CALL layer_##name(type object) \
    {                                                   \
        const cl_int injected_ = enter(#name);          \
        const cl_int code_ = driver->name(object);      \
        released[kind]++;                               \
        return injected_ ? injected_ : leave(code_);    \
    }

/* Commands, which may hand out an event. */
#define ENQUEUE(name, parameters, arguments)            \
    static cl_int CL_API_CALL layer_##name parameters   \
    {                                                   \
        cl_int code_ = enter(#name);                    \
        if (code_)                                      \
            return code_;                               \
        code_ = driver->name arguments;                 \
        created[EVENT] += event && code_ == CL_SUCCESS; \
        return leave(code_);                            \
    }

/* ---- The functions ------------------------------------------------------------------------------------------------- */

PLAIN(clGetPlatformIDs, (cl_uint entries, cl_platform_id *platforms, cl_uint *count), (entries, platforms, count))
PLAIN(clGetPlatformInfo, (cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *size_out),
      (platform, what, size, value, size_out))
PLAIN(clGetDeviceIDs,
      (cl_platform_id platform, cl_device_type type, cl_uint entries, cl_device_id *devices, cl_uint *count),
      (platform, type, entries, devices, count))
PLAIN(clGetDeviceInfo, (cl_device_id device, cl_device_info what, size_t size, void *value, size_t *size_out),
      (device, what, size, value, size_out))
PLAIN(clGetProgramInfo, (cl_program program, cl_program_info what, size_t size, void *value, size_t *size_out),
      (program, what, size, value, size_out))
PLAIN(clGetProgramBuildInfo,
      (cl_program program, cl_device_id device, cl_program_build_info what, size_t size, void *value, size_t *size_out),
      (program, device, what, size, value, size_out))
PLAIN(clGetKernelInfo, (cl_kernel kernel, cl_kernel_info what, size_t size, void *value, size_t *size_out),
      (kernel, what, size, value, size_out))
PLAIN(clGetEventInfo, (cl_event event, cl_event_info what, size_t size, void *value, size_t *size_out),
      (event, what, size, value, size_out))
PLAIN(clGetEventProfilingInfo, (cl_event event, cl_profiling_info what, size_t size, void *value, size_t *size_out),
      (event, what, size, value, size_out))
PLAIN(clBuildProgram,
      (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
       void(CL_CALLBACK *notify)(cl_program program, void *data), void *data),
      (program, count, devices, options, notify, data))
PLAIN(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value), (kernel, index, size, value))
PLAIN(clFinish, (cl_command_queue queue), (queue))

CREATE(CONTEXT, cl_context, clCreateContext,
       (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
        void(CL_CALLBACK *notify)(const char *text, const void *info, size_t size, void *data), void *data,
        cl_int *code_out),
       (properties, count, devices, notify, data, code_out))
CREATE(QUEUE, cl_command_queue, clCreateCommandQueue,
       (cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *code_out),
       (context, device, properties, code_out))
CREATE(PROGRAM, cl_program, clCreateProgramWithSource,
       (cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *code_out),
       (context, count, texts, lengths, code_out))
CREATE(PROGRAM, cl_program, clCreateProgramWithBinary,
       (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,
        const unsigned char **binaries, cl_int *states, cl_int *code_out),
       (context, count, devices, lengths, binaries, states, code_out))
CREATE(KERNEL, cl_kernel, clCreateKernel, (cl_program program, const char *kernel_name, cl_int *code_out),
       (program, kernel_name, code_out))

RELEASE(CONTEXT, clReleaseContext, cl_context)
RELEASE(QUEUE, clReleaseCommandQueue, cl_command_queue)
RELEASE(PROGRAM, clReleaseProgram, cl_program)
RELEASE(KERNEL, clReleaseKernel, cl_kernel)
RELEASE(EVENT, clReleaseEvent, cl_event)
RELEASE(BUFFER, clReleaseMemObject, cl_mem)

ENQUEUE(clEnqueueWriteBuffer,
        (cl_command_queue queue, cl_mem memory, cl_bool blocking, size_t offset, size_t size, const void *from,
         cl_uint waits, const cl_event *wait_list, cl_event *event),
        (queue, memory, blocking, offset, size, from, waits, wait_list, event))
ENQUEUE(clEnqueueCopyBuffer,
        (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t size,
         cl_uint waits, const cl_event *wait_list, cl_event *event),
        (queue, from, to, from_offset, to_offset, size, waits, wait_list, event))
ENQUEUE(clEnqueueFillBuffer,
        (cl_command_queue queue, cl_mem memory, const void *pattern, size_t pattern_size, size_t offset, size_t size,
         cl_uint waits, const cl_event *wait_list, cl_event *event),
        (queue, memory, pattern, pattern_size, offset, size, waits, wait_list, event))

static cl_mem CL_API_CALL layer_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host,
                                               cl_int *code_out)
{
    const cl_int code = enter("clCreateBuffer");
    if (code) {
        *code_out = code;
        return NULL;
    }
    cl_mem made = driver->clCreateBuffer(context, flags, size, host, code_out);
    if (made) {
        if (created[BUFFER] < BUFFERS)
            buffers[created[BUFFER]] = made;
        created[BUFFER]++;
        tell(" buffer %lu, %zu bytes\n", created[BUFFER], size);
    }
    return made;
}

static void flip_in_buffer(cl_command_queue queue)
{
    unsigned char byte = 0;
    cl_mem memory = wanted.buffer > 0 && wanted.buffer <= BUFFERS ? buffers[wanted.buffer - 1] : NULL;
    if (!memory || driver->clEnqueueReadBuffer(queue, memory, CL_TRUE, wanted.kernel_byte, 1, &byte, 0, NULL, NULL))
        return;
    byte ^= (unsigned char)(1U << wanted.kernel_bit % 8);
    flipped += driver->clEnqueueWriteBuffer(queue, memory, CL_TRUE, wanted.kernel_byte, 1, &byte, 0, NULL, NULL) == 0;
}

static cl_int CL_API_CALL layer_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                                       const size_t *offset, const size_t *items, const size_t *group,
                                                       cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    char name[64] = "?";
    cl_int code = enter("clEnqueueNDRangeKernel");
    if (code)
        return code;
    driver->clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
    tell(" kernel %lu, %s\n", ++kernels, name);
    code = driver->clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, items, group, waits, wait_list, event);
    created[EVENT] += event && code == CL_SUCCESS;
    if (code == CL_SUCCESS && kernels == wanted.kernel)
        flip_in_buffer(queue);
    return code;
}

static cl_int CL_API_CALL layer_clEnqueueReadBuffer(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                                    size_t offset, size_t size, void *to, cl_uint waits,
                                                    const cl_event *wait_list, cl_event *event)
{
    cl_int code = enter("clEnqueueReadBuffer");
    if (code)
        return code;
    tell(" read %lu, %zu bytes\n", ++reads, size);
    code = driver->clEnqueueReadBuffer(queue, memory, blocking, offset, size, to, waits, wait_list, event);
    created[EVENT] += event && code == CL_SUCCESS;
    if (code == CL_SUCCESS && reads == wanted.read && wanted.read_byte < size) {
        ((unsigned char *)to)[wanted.read_byte] ^= (unsigned char)(1U << wanted.read_bit % 8);
        flipped++;
    }
    return code;
}

/* ---- The layer ----------------------------------------------------------------------------------------------------- */

static void not_wrapped(void)
{
    fprintf(stderr, "fault layer: the program calls an OpenCL function that is not in tests/faults/wrapped.h\n");
    abort();
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *size_out)
{
    const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    if (what != CL_LAYER_API_VERSION || (value && size < sizeof version))
        return CL_INVALID_VALUE;
    if (value)
        memcpy(value, &version, sizeof version);
    if (size_out)
        *size_out = sizeof version;
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const struct _cl_icd_dispatch *below, cl_uint *entries_out,
                                            const struct _cl_icd_dispatch **table_out)
{
    const char *line = getenv("RNN_FAULT");
    char words[4096], *rest = NULL;
    void (*const trap)(void) = not_wrapped;
    if (entries < sizeof table / sizeof trap)
        return CL_INVALID_VALUE;
    snprintf(words, sizeof words, "%s", line ? line : "");
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        read_word(word);
    driver = below;
    for (size_t i = 0; i < sizeof table / sizeof trap; i++)
        memcpy((char *)&table + i * sizeof trap, &trap, sizeof trap);
#define ENTER_INTO_TABLE(name) table.name = layer_##name;
    FAULTS_WRAPPED(ENTER_INTO_TABLE)
#undef ENTER_INTO_TABLE
    *entries_out = sizeof table / sizeof trap;
    *table_out = &table;
    tell("rnn_cl fault layer 1\n");
    return CL_SUCCESS;
}
