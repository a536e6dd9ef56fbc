/* SPDX-License-Identifier: MIT
 * launch.c - buffers, typed kernel arguments and the in-order queue
 */
#include "backend/opencl/watch.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>

#define LONG_WAIT 0.1 /* seconds */

static ocl_backend *own(rnn_backend *head)
{
    return (ocl_backend *)head;
}

void ocl_release(rnn_backend *head, rnn_buffer *buffer)
{
    if (!buffer)
        return;
    if (buffer->memory)
        OCL_CALL(head->calls, clReleaseMemObject(buffer->memory));
    free(buffer->label);
    free(buffer);
}

rnn_status ocl_alloc(rnn_backend *head, size_t bytes, const char *label, rnn_buffer **out)
{
    ocl_backend *self = own(head);
    rnn_status status;
    rnn_buffer *buffer = NULL;
    cl_int code = CL_SUCCESS;
    const cl_uchar zero = 0;
    const size_t members = head->members.all, region = rnn_region(bytes);
    const bool several = members > 0 && !head->sharing;
    *out = NULL;
    if (bytes == 0)
        bytes = 1; /* OpenCL has no empty buffers */
    if (several && __builtin_mul_overflow(region, members, &bytes))
        return rnn_fail(RNN_NO_MEMORY, "buffer '%s' of %zu members is more than memory has addresses", label, members);
    RNN_TRY(rnn_memory_note(head, label, bytes));
    if (head->sizing)
        return RNN_OK;
    if (bytes > head->info.largest)
        return rnn_fail(
            RNN_NO_MEMORY,
            "buffer '%s' needs %zu bytes, the largest that %s gives is %llu; try a smaller --batch or --hidden", label,
            bytes, head->info.name, (unsigned long long)head->info.largest);
    RNN_TRY(RNN_NEW(buffer, 1));
    RNN_TRY(RNN_COPY_TEXT(buffer->label, label));
    buffer->owner = self;
    buffer->bytes = bytes;
    buffer->stride = several ? region : 0;
    OCL_CREATE(self, buffer->memory, clCreateBuffer(self->context, CL_MEM_READ_WRITE, bytes, NULL, &code),
               "%zu bytes for '%s'", bytes, label);
    cl_event *event = ocl_watch(self, OCL_FILL, (double)bytes);
    OCL_TRY(self, clEnqueueFillBuffer(self->queue, buffer->memory, &zero, 1, 0, bytes, 0, NULL, event), "zeroing '%s'",
            label);
    *out = buffer;
    return RNN_OK;
fail:
    ocl_release(head, buffer);
    return status;
}

/* Where the region of member `index` begins. */
static size_t region_of(const rnn_buffer *buffer, size_t index)
{
    return index * buffer->stride;
}

rnn_status ocl_write(rnn_backend *head, rnn_buffer *buffer, size_t offset, size_t bytes, const void *from)
{
    ocl_backend *self = own(head);
    rnn_status status = RNN_OK;
    cl_event *event = ocl_watch(self, OCL_WRITE, (double)bytes);
    offset += region_of(buffer, head->members.first);
    OCL_TRY(self, clEnqueueWriteBuffer(self->queue, buffer->memory, CL_TRUE, offset, bytes, from, 0, NULL, event),
            "writing %zu bytes at %zu of '%s' (%zu bytes)", bytes, offset, buffer->label, buffer->bytes);
    ocl_harvest(self);
fail:
    return status;
}

rnn_status ocl_read(rnn_backend *head, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to)
{
    ocl_backend *self = own(head);
    rnn_status status = RNN_OK;
    cl_event *event = ocl_watch(self, OCL_READ, (double)bytes);
    offset += region_of(buffer, head->members.first);
    OCL_TRY(self, clEnqueueReadBuffer(self->queue, buffer->memory, CL_TRUE, offset, bytes, to, 0, NULL, event),
            "reading %zu bytes at %zu of '%s' (%zu bytes)", bytes, offset, buffer->label, buffer->bytes);
    self->ahead = 0;
    ocl_harvest(self);
fail:
    return status;
}

rnn_status ocl_copy(rnn_backend *head, const rnn_buffer *from, rnn_buffer *to, size_t bytes)
{
    ocl_backend *self = own(head);
    rnn_status status = RNN_OK;
    const size_t first = head->members.first, source = region_of(from, first), target = region_of(to, first);
    cl_event *event = ocl_watch(self, OCL_COPY, 2 * (double)bytes);
    OCL_TRY(self, clEnqueueCopyBuffer(self->queue, from->memory, to->memory, source, target, bytes, 0, NULL, event),
            "copying %zu bytes from '%s' to '%s'", bytes, from->label, to->label);
fail:
    return status;
}

rnn_status ocl_sync(rnn_backend *head)
{
    ocl_backend *self = own(head);
    rnn_status status = RNN_OK;
    OCL_TRY(self, clFinish(self->queue), "waiting for queued work");
    self->ahead = 0;
    ocl_harvest(self);
fail:
    return status;
}

/* The host queues faster than any device works: with all of a long epoch queued, a run that is to stop or to save would first
 * wait for the epoch's end, and a device at work would look like one that never answers. So the host waits now and then, for
 * about LONG_WAIT at most. */
static rnn_status keep_pace(ocl_backend *self)
{
    rnn_status status = RNN_OK;
    if (++self->ahead < self->stride)
        return RNN_OK;
    const double started = rnn_seconds();
    RNN_TRY(ocl_sync(&self->head));
    const double waited = rnn_seconds() - started;
    if (waited > LONG_WAIT)
        self->stride = (size_t)((double)self->stride * LONG_WAIT / waited);
    else if (waited < LONG_WAIT / 4)
        self->stride = 2 * self->stride + 1;
fail:
    return status;
}

ocl_range ocl_line(size_t items, size_t group)
{
    return (ocl_range){{(items + group - 1) / group * group, 1, 1}, {group, 1, 1}};
}

rnn_status ocl_launch(ocl_backend *self, cl_kernel kernel, const char *name, ocl_range range,
                      const ocl_argument *arguments, size_t count)
{
    rnn_status status = RNN_OK;
    cl_uint expected = 0;
    const rnn_members *members = &self->head.members;
    const size_t first[3] = {0, 0, members->first * range.items[2]};
    range.items[2] *= members->all ? members->count : 1;
    OCL_TRY(self, clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof expected, &expected, NULL), "kernel %s", name);
    if (expected != count)
        return rnn_fail(RNN_INTERNAL, "kernel %s takes %u arguments, %zu are given", name, expected, count);
    for (cl_uint i = 0; i < count; i++)
        OCL_TRY(self, clSetKernelArg(kernel, i, arguments[i].size, arguments[i].value),
                "kernel %s, argument %u of %zu bytes", name, i, arguments[i].size);
    cl_event *event = ocl_watch_kernel(self, name);
    OCL_TRY(self,
            clEnqueueNDRangeKernel(self->queue, kernel, 3, first[2] > 0 ? first : NULL, range.items, range.group, 0,
                                   NULL, event),
            "kernel %s on %zu x %zu x %zu items in groups of %zu x %zu x %zu", name, range.items[0], range.items[1],
            range.items[2], range.group[0], range.group[1], range.group[2]);
    self->head.launches++;
    status = keep_pace(self);
fail:
    return status;
}
