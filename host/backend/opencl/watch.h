/* SPDX-License-Identifier: MIT
 * watch.h - the queue's commands, timed: watch.c keeps their events, work.c says how much work each is
 *
 * A command asks for an event to be filled in by its enqueue; without profiling it is given NULL, as OpenCL takes it:
 *   clEnqueueCopyBuffer(queue, from, to, 0, 0, bytes, 0, NULL, ocl_watch(self, OCL_COPY, 2.0 * bytes))
 */
#ifndef RNN_OPENCL_WATCH_H
#define RNN_OPENCL_WATCH_H

#include "backend/opencl/plan.h"

/* Commands without a kernel; their ids follow those of the kernels. */
enum { OCL_FILL = OCL_K_COUNT, OCL_WRITE, OCL_READ, OCL_COPY, OCL_COMMANDS };

typedef struct ocl_work {
    double flops, bytes;
} ocl_work;

/* The operation that is being queued: what a kernel's work follows from. */
typedef struct ocl_operation {
    const ocl_plan *plan;
    size_t B, P;
    size_t count; /* records of article_epoch */
    bool whole;   /* gather: y too; loss: d_y too */
    bool tally;   /* loss: the tally too */
} ocl_operation;

typedef struct ocl_pending {
    cl_event event; /* NULL: the enqueue failed */
    int id;
    ocl_work work;
} ocl_pending;

struct ocl_profile {
    rnn_profile seen;
    rnn_profile_total totals[OCL_COMMANDS];
    bool keep_events, paused;
    bool told; /* that a time was not to be had */
    size_t event_capacity;
    ocl_pending *pending; /* queued, not known to be done */
    size_t pending_count, pending_capacity;
    ocl_operation operation;
};

/* ---- watch.c ------------------------------------------------------------------------------------------------------- */

rnn_status ocl_profile_new(rnn_profiling profiling, ocl_profile **out);
void ocl_profile_free(ocl_backend *self); /* without a profile there is nothing to do */

/* Where the next enqueue puts its event. NULL without profiling. */
cl_event *ocl_watch(ocl_backend *self, int id, double bytes);
cl_event *ocl_watch_kernel(ocl_backend *self, const char *name);

/* Fetches the times of what is done. Called where the queue is known to be empty; never waits. */
void ocl_harvest(ocl_backend *self);

/* ---- work.c -------------------------------------------------------------------------------------------------------- */

/* Work of one launch of kernel `id` in the operation. */
ocl_work ocl_kernel_work(int id, const ocl_operation *operation);

/* ocl_ops, each noting its operation first */
extern const rnn_backend_ops ocl_profiled_ops;

#endif
