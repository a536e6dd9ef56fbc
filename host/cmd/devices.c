/* SPDX-License-Identifier: MIT
 * devices.c - rnn_cl devices: what --device can name, and what each device can promise
 */
#include "base/json.h"
#include "cmd/command.h"
#include "view/results.h"

#include <stdio.h>
#include <stdlib.h>

static void print_device(const rnn_device_info *d)
{
    printf("%s\n  platform    %s\n  name        %s (%s)\n  driver      %s; %s\n", d->selector, d->platform, d->name,
           d->type, d->driver, d->version);
    if (d->memory)
        printf("  memory      %.1f GiB, largest buffer %.1f GiB\n", (double)d->memory / (1 << 30),
               (double)d->largest / (1 << 30));
    else
        printf("  memory      the host's\n");
    printf("  precision   float%s\n", d->fp64 ? ", double" : "; no double");
    printf("  results     %s: %s\n", d->bit_exact ? "bit-exact" : "tolerance only", d->why);
}

static json_t *to_json(const rnn_device_info *d)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:b, s:s}", "selector", d->selector,
                     "platform", d->platform, "name", d->name, "type", d->type, "driver", d->driver, "version",
                     d->version, "memory", (json_int_t)d->memory, "largest_buffer",
                     (json_int_t)(d->largest & INT64_MAX), "compute_units", (json_int_t)d->compute_units, "fp64",
                     (int)d->fp64, "bit_exact", (int)d->bit_exact, "why", d->why);
}

rnn_status rnn_command_devices(const rnn_arguments *arguments)
{
    rnn_status status;
    rnn_device_info *devices = NULL;
    json_t *array = NULL;
    size_t count = 0;
    RNN_TRY(rnn_device_list(&devices, &count));
    if (!arguments->json) {
        for (size_t i = 0; i < count; i++)
            print_device(&devices[i]);
        goto fail;
    }
    array = json_array();
    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, to_json(&devices[i])) != 0) {
            status = rnn_fail(RNN_NO_MEMORY, "out of memory: the devices as JSON");
            goto fail;
        }
    status = rnn_print_json(stdout, array);
fail:
    json_decref(array);
    free(devices);
    return status;
}
