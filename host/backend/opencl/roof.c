/* SPDX-License-Identifier: MIT
 * roof.c - the device's own limits, measured: multiply-adds, copying, queueing
 */
#include "backend/opencl/internal.h"
#include "base/clock.h"

#include <stdio.h>

#define CHAINS_CPU   12
#define CHAINS_GPU   8
#define GPU_GROUP    128
#define GROUPS       16 /* a compute unit */
#define RUN_SECONDS  0.01
#define RUNS         15
#define COPY_BYTES   ((size_t)64 << 20)
#define LAUNCHES     1000
#define ROOF_KERNELS 3

static const char *const roof_files[] = {"roof.cl", NULL};

typedef struct roof_job {
    ocl_backend *self;
    cl_kernel multiply_add, copy_line, nothing;
    rnn_buffer *from, *to;
    unsigned vec, chains;
    size_t group, items; /* of multiply_add */
} roof_job;

static rnn_status queue_multiply_add(roof_job *job, size_t count)
{
    const ocl_range range = {{job->items, 1, 1}, {job->group, 1, 1}};
    return OCL_LAUNCH(job->self, job->multiply_add, "multiply_add", range, OCL_INT(count), OCL_REAL(job->self, 0.5),
                      OCL_MEMORY(job->to));
}

static rnn_status queue_copy(roof_job *job, size_t bytes)
{
    const size_t items = bytes / (job->vec * rnn_real_size(&job->self->head));
    const ocl_range range = {{items, 1, 1}, {64, 1, 1}};
    return OCL_LAUNCH(job->self, job->copy_line, "copy_line", range, OCL_MEMORY(job->from), OCL_MEMORY(job->to));
}

static rnn_status queue_nothing(roof_job *job, size_t count)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < count && status == RNN_OK; i++)
        status = OCL_LAUNCH(job->self, job->nothing, "nothing", ocl_line(1, 1), OCL_MEMORY(job->to));
    return status;
}

/* The best of RUNS timings of one `queue(amount)`: a roof is what the device can do, not what it does on average. */
static rnn_status time_best(roof_job *job, rnn_status (*queue)(roof_job *, size_t), size_t amount, double *seconds)
{
    rnn_status status = RNN_OK;
    *seconds = 1e30;
    for (int run = 0; run < RUNS; run++) {
        const double started = rnn_seconds();
        RNN_TRY(queue(job, amount));
        RNN_TRY(ocl_sync(&job->self->head));
        const double taken = rnn_seconds() - started;
        *seconds = taken < *seconds ? taken : *seconds;
    }
fail:
    return status;
}

static rnn_status prepare(roof_job *job)
{
    rnn_backend *head = &job->self->head;
    char options[64];
    rnn_status status;
    snprintf(options, sizeof options, "-DVEC=%u -DCHAINS=%u", job->vec, job->chains);
    RNN_TRY(ocl_build_kernel(job->self, roof_files, "multiply_add", options, &job->multiply_add));
    RNN_TRY(ocl_build_kernel(job->self, roof_files, "copy_line", options, &job->copy_line));
    RNN_TRY(ocl_build_kernel(job->self, roof_files, "nothing", options, &job->nothing));
    RNN_TRY(ocl_alloc(head, COPY_BYTES, "roof: source", &job->from));
    RNN_TRY(ocl_alloc(head, COPY_BYTES, "roof: target", &job->to));
fail:
    return status;
}

static void release(roof_job *job)
{
    const cl_kernel kernels[ROOF_KERNELS] = {job->multiply_add, job->copy_line, job->nothing};
    for (size_t i = 0; i < ROOF_KERNELS; i++)
        if (kernels[i])
            OCL_CALL(job->self->head.calls, clReleaseKernel(kernels[i]));
    ocl_release(&job->self->head, job->from);
    ocl_release(&job->self->head, job->to);
}

rnn_status ocl_measure_roof(rnn_backend *head, rnn_roof *out)
{
    ocl_backend *self = (ocl_backend *)head;
    const bool cpu = self->native_vector > 1;
    roof_job job = {.self = self,
                    .vec = self->native_vector,
                    .chains = cpu ? CHAINS_CPU : CHAINS_GPU,
                    .group = cpu ? 1 : GPU_GROUP};
    size_t count = 1000;
    double seconds;
    rnn_status status;
    *out = (rnn_roof){0, 0, 0};
    job.items = job.group * GROUPS * head->info.compute_units;
    RNN_TRY(prepare(&job));
    RNN_TRY(queue_multiply_add(&job, count));
    for (seconds = 0; seconds < RUN_SECONDS; count *= 2) /* long enough that launching does not count */
        RNN_TRY(time_best(&job, queue_multiply_add, count, &seconds));
    RNN_TRY(time_best(&job, queue_multiply_add, count, &seconds));
    out->flops = 2.0 * job.vec * job.chains * (double)count * (double)job.items / seconds;
    RNN_TRY(time_best(&job, queue_copy, COPY_BYTES, &seconds));
    out->copy_bytes = 2.0 * (double)COPY_BYTES / seconds;
    RNN_TRY(time_best(&job, queue_nothing, LAUNCHES, &seconds));
    out->launch_seconds = seconds / LAUNCHES;
fail:
    release(&job);
    return status;
}
