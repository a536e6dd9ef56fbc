/* SPDX-License-Identifier: MIT
 * memory.c - what a job takes of a device's memory, found by going through what a run allocates without allocating it
 */
#include "model/network.h"
#include "train/trainer.h"

#include <stdio.h>

/* A job as far as its memory goes. */
typedef struct memory_job {
    rnn_settings settings;
    const rnn_series *series;
    size_t N; /* of its rows */
    rnn_backend *backend;
} memory_job;

static memory_job job_of(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend)
{
    memory_job job = {*settings, series, series->N, backend};
    rnn_settings_resolve(&job.settings, series);
    return job;
}

size_t rnn_pass_windows(const rnn_split *split, const rnn_settings *settings)
{
    const size_t most = split->train > split->val ? split->train : split->val;
    return settings->windows && settings->windows < most ? settings->windows : most;
}

static rnn_status size_job(const memory_job *job, rnn_memory *out)
{
    rnn_network network;
    rnn_split split;
    rnn_status status;
    *out = (rnn_memory){.count = 0};
    const rnn_series *series = job->series;
    if (job->N == series->N)
        RNN_TRY(rnn_split_series(&job->settings, series, &split));
    else
        RNN_TRY(rnn_split_windows(&job->settings, job->N, &split));
    RNN_TRY(rnn_network_init_known(&job->settings, series->columns, series->targets, series->known, &network));
    status = rnn_workspace_size(job->backend, &network, job->N, rnn_pass_windows(&split, &job->settings),
                                &job->settings, out);
fail:
    return status;
}

static bool fits(const rnn_memory *memory, const rnn_device_info *device)
{
    return memory->items[memory->largest].bytes <= device->largest &&
           (device->memory == 0 || memory->total <= device->memory);
}

/* The largest value of *knob, a field of the job, below what it is with which the job fits; 0: none. */
static size_t largest_that_fits(memory_job *job, size_t *knob)
{
    size_t fitting = 0, failing = *knob;
    const size_t asked = *knob;
    rnn_memory memory;
    while (failing - fitting > 1) {
        *knob = fitting + (failing - fitting) / 2;
        if (size_job(job, &memory) == RNN_OK && fits(&memory, &job->backend->info))
            fitting = *knob;
        else
            failing = *knob;
    }
    *knob = asked;
    return fitting;
}

/* What to change, the least painful first. */
static void suggest(memory_job job, char *text, size_t size)
{
    const struct {
        size_t *knob;
        const char *before, *after;
    } knobs[] = {{&job.settings.batch, "--batch ", " would fit"},
                 {&job.settings.hidden, "no smaller --batch fits, --hidden ", " would"},
                 {&job.settings.seq_len, "no smaller --batch or --hidden fits, --seq-len ", " would"},
                 {&job.N, "no smaller network fits, the first ", " rows of the series would"}};
    snprintf(text, size, "neither a smaller network nor a shorter series fits");
    for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++) {
        const size_t found = largest_that_fits(&job, knobs[i].knob);
        if (found) {
            snprintf(text, size, "%s%zu%s", knobs[i].before, found, knobs[i].after);
            return;
        }
    }
}

rnn_status rnn_memory_plan(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                           rnn_memory *out)
{
    const memory_job job = job_of(settings, series, backend);
    return size_job(&job, out);
}

rnn_status rnn_memory_check(const rnn_memory *memory, const rnn_settings *settings, const rnn_series *series,
                            rnn_backend *backend)
{
    const rnn_device_info *device = &backend->info;
    const rnn_memory_item *largest = &memory->items[memory->largest];
    char hint[128], has[32] = "the host's";
    if (fits(memory, device))
        return RNN_OK;
    if (device->memory)
        snprintf(has, sizeof has, "%llu", (unsigned long long)device->memory);
    suggest(job_of(settings, series, backend), hint, sizeof hint);
    return rnn_fail(
        RNN_NO_MEMORY,
        "the job needs %llu bytes on %s, which has %s; its largest buffer, '%s', needs %llu, of at most %llu "
        "(--dry-run lists all); %s",
        (unsigned long long)memory->total, device->name, has, largest->label, (unsigned long long)largest->bytes,
        (unsigned long long)device->largest, hint);
}
