/* SPDX-License-Identifier: MIT
 * dry_run.c - rnn_cl train --dry-run: the device memory of a run, or of a population
 */
#include "cmd/train_job.h"
#include "view/results.h"

#include <stdio.h>

static rnn_status print_memory_json(const rnn_memory *memory, const rnn_device_info *device, bool fits)
{
    rnn_status status = RNN_NO_MEMORY;
    json_t *buffers = json_array();
    for (size_t i = 0; i < memory->count; i++)
        json_array_append_new(buffers, json_pack("{s:s, s:I}", "label", memory->items[i].label, "bytes",
                                                 (json_int_t)memory->items[i].bytes));
    json_t *plan = json_pack(
        "{s:s, s:o, s:I, s:I, s:o, s:o, s:b}", "device", device->name, "buffers", buffers, "total",
        (json_int_t)memory->total, "largest", (json_int_t)memory->items[memory->largest].bytes, "device_memory",
        device->memory ? json_integer((json_int_t)device->memory) : json_null(), "device_largest",
        device->largest <= INT64_MAX ? json_integer((json_int_t)device->largest) : json_null(), "fits", (int)fits);
    if (plan)
        status = rnn_print_json(stdout, plan);
    else
        rnn_fail(status, "out of memory: the memory plan as JSON");
    json_decref(plan);
    return status;
}

static void print_memory(const rnn_memory *memory, const rnn_device_info *device, bool fits)
{
    for (size_t i = 0; i < memory->count; i++)
        printf("  %-40s %15llu\n", memory->items[i].label, (unsigned long long)memory->items[i].bytes);
    printf("  %-40s %15llu bytes in all\n", "total", (unsigned long long)memory->total);
    printf("  %-40s %15llu '%s'\n", "largest buffer", (unsigned long long)memory->items[memory->largest].bytes,
           memory->items[memory->largest].label);
    if (device->memory)
        printf("  %-40s %15llu, %llu a buffer\n", "the device has", (unsigned long long)device->memory,
               (unsigned long long)device->largest);
    else
        printf("  %-40s %15s\n", "the device has", "the host's");
    printf("the job %s\n", fits ? "fits" : "does NOT fit");
}

static rnn_status plan_memory(const rnn_train_job *j, rnn_memory *out)
{
    const rnn_population *p = &j->population;
    return p->count ? rnn_population_plan(p->members, p->count, j->series, j->backend, out)
                    : rnn_memory_plan(&j->settings, j->series, j->backend, out);
}

static rnn_status check_memory(const rnn_train_job *j, const rnn_memory *memory)
{
    const rnn_population *p = &j->population;
    return p->count ? rnn_population_check(p->members, p->count, j->series, j->backend)
                    : rnn_memory_check(memory, &j->settings, j->series, j->backend);
}

rnn_status rnn_train_dry_run(const rnn_train_job *j)
{
    const rnn_device_info *device = rnn_backend_info(j->backend);
    rnn_memory memory;
    rnn_status status;
    RNN_TRY(plan_memory(j, &memory));
    const bool fits = check_memory(j, &memory) == RNN_OK;
    if (j->arguments.json)
        RNN_TRY(print_memory_json(&memory, device, fits));
    else
        print_memory(&memory, device, fits);
    status = fits ? RNN_OK : check_memory(j, &memory);
fail:
    return status;
}
