/* SPDX-License-Identifier: MIT */
#include "backend/opencl/watch.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define HARVEST_EVERY 1024 /* commands: events are not left to pile up until somebody waits */

/* Room for one more element; false when memory is out. */
static bool grow(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    const size_t wanted = *capacity ? 2 * *capacity : HARVEST_EVERY;
    void *more = realloc(*array, wanted * size);
    if (!more)
        return false;
    *array = more;
    *capacity = wanted;
    return true;
}

rnn_status ocl_profile_new(rnn_profiling profiling, ocl_profile **out)
{
    static const char *const others[] = {"fill", "write", "read", "copy"};
    ocl_profile *profile;
    if (RNN_NEW(*out, 1) != RNN_OK)
        return RNN_NO_MEMORY;
    profile = *out;
    profile->keep_events = profiling == RNN_PROFILE_EVENTS;
    for (int id = 0; id < OCL_COMMANDS; id++) {
        const bool kernel = id < OCL_K_COUNT;
        profile->totals[id] =
            (rnn_profile_total){.name = kernel ? ocl_kernel_name(id) : others[id - OCL_K_COUNT], .kernel = kernel};
    }
    profile->seen.totals = profile->totals;
    profile->seen.total_count = OCL_COMMANDS;
    return RNN_OK;
}

void ocl_profile_free(ocl_backend *self)
{
    ocl_profile *profile = self->profile;
    if (!profile)
        return;
    for (size_t i = 0; i < profile->pending_count; i++)
        if (profile->pending[i].event)
            OCL_CALL(self->head.calls, clReleaseEvent(profile->pending[i].event));
    free(profile->pending);
    free(profile->seen.events);
    free(profile);
}

/* ---- Harvest ------------------------------------------------------------------------------------------------------- */

static void tell_once(ocl_profile *profile, const char *call, cl_int code)
{
    if (!profile->told)
        rnn_notice("profile: %s failed with %s (%d); commands without a time are counted and not summed", call,
                   ocl_code_name(code), code);
    profile->told = true;
}

/* A driver may report a start before the end of the command in front, though the queue is in order: it is moved there. */
static void add_time(ocl_profile *profile, const ocl_pending *pending, uint64_t start, uint64_t end)
{
    rnn_profile *seen = &profile->seen;
    rnn_profile_total *total = &profile->totals[pending->id];
    if (seen->last == 0)
        seen->first = start;
    start = start < seen->last ? seen->last : start;
    end = end < start ? start : end;
    seen->last = end;
    total->seconds += 1e-9 * (double)(end - start);
    total->flops += pending->work.flops;
    total->bytes += pending->work.bytes;
    if (!profile->keep_events)
        return;
    if (grow((void **)&seen->events, seen->event_count, &profile->event_capacity, sizeof *seen->events))
        seen->events[seen->event_count++] =
            (rnn_profile_event){(unsigned)pending->id, start, end, pending->work.flops, pending->work.bytes};
    else
        seen->dropped++;
}

static void harvest_one(ocl_backend *self, const ocl_pending *pending)
{
    ocl_profile *profile = self->profile;
    rnn_calls *calls = self->head.calls;
    rnn_profile_total *total = &profile->totals[pending->id];
    cl_ulong start = 0, end = 0;
    cl_int code = OCL_CALL(
        calls, clGetEventProfilingInfo(pending->event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL));
    if (code == CL_SUCCESS)
        code =
            OCL_CALL(calls, clGetEventProfilingInfo(pending->event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL));
    total->calls++;
    if (code == CL_SUCCESS) {
        add_time(profile, pending, start, end);
    } else {
        total->unknown++;
        tell_once(profile, "clGetEventProfilingInfo", code);
    }
    OCL_CALL(calls, clReleaseEvent(pending->event));
}

static bool is_running(rnn_calls *calls, cl_event event)
{
    cl_int state = CL_COMPLETE; /* a query that fails: whether there is a time, harvest_one finds out */
    OCL_CALL(calls, clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL));
    return state > CL_COMPLETE;
}

void ocl_harvest(ocl_backend *self)
{
    ocl_profile *profile = self->profile;
    size_t done = 0;
    if (!profile || profile->paused)
        return;
    for (; done < profile->pending_count; done++) {
        const ocl_pending *pending = &profile->pending[done];
        if (pending->event && is_running(self->head.calls, pending->event))
            break;
        if (pending->event)
            harvest_one(self, pending);
    }
    profile->pending_count -= done;
    if (profile->pending_count > 0) /* without a command yet there is no array either */
        memmove(profile->pending, profile->pending + done, profile->pending_count * sizeof *profile->pending);
}

/* ---- Watching ------------------------------------------------------------------------------------------------------ */

static cl_event *watch(ocl_backend *self, int id, ocl_work work)
{
    ocl_profile *profile = self->profile;
    if (profile->pending_count > 0 && profile->pending_count % HARVEST_EVERY == 0)
        ocl_harvest(self);
    if (!grow((void **)&profile->pending, profile->pending_count, &profile->pending_capacity,
              sizeof *profile->pending)) {
        profile->totals[id].calls++;
        profile->totals[id].unknown++;
        tell_once(profile, "keeping an event", CL_OUT_OF_HOST_MEMORY);
        return NULL;
    }
    ocl_pending *pending = &profile->pending[profile->pending_count++];
    *pending = (ocl_pending){NULL, id, work};
    return &pending->event;
}

cl_event *ocl_watch(ocl_backend *self, int id, double bytes)
{
    if (!self->profile || self->profile->paused)
        return NULL;
    return watch(self, id, (ocl_work){0, bytes});
}

cl_event *ocl_watch_kernel(ocl_backend *self, const char *name)
{
    if (!self->profile || self->profile->paused)
        return NULL;
    for (int id = 0; id < OCL_K_COUNT; id++)
        if (strcmp(name, ocl_kernel_name(id)) == 0)
            return watch(self, id, ocl_kernel_work(id, &self->profile->operation));
    return NULL; /* not a kernel of the op table */
}
