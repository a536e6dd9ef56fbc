/* SPDX-License-Identifier: MIT
 * bench.c - rnn_cl bench: the device's limits, and how near to them each operation of a training step comes
 */
#include "train/bench.h"

#include "backend/backend.h"
#include "base/json.h"
#include "cmd/cases.h"
#include "cmd/command.h"
#include "model/settings.h"
#include "view/results.h"

#include <stdio.h>

#define CASE_SECONDS 0.2 /* an operation, at least */

/* ---- What is printed ----------------------------------------------------------------------------------------------- */

static void print_roof(const rnn_backend *backend, const rnn_roof *roof)
{
    const rnn_device_info *info = rnn_backend_info(backend);
    printf("%s, %s, %u compute units, %s\n", info->name, info->driver, info->compute_units,
           backend->precision == RNN_DOUBLE ? "double" : "float");
    printf("peak %.1f GFLOP/s (multiply-add), copy %.1f GB/s (read + written), launch %.2f us\n", roof->flops / 1e9,
           roof->copy_bytes / 1e9, roof->launch_seconds * 1e6);
}

static void print_case(const rnn_arguments *arguments, const rnn_case *shape, const rnn_roof *roof,
                       const rnn_bench_op *ops)
{
    const rnn_settings *s = &arguments->settings;
    printf("\n%s: B=%zu T=%zu H=%zu D=%zu, %s", shape->name, shape->B, shape->T, shape->H, shape->D,
           rnn_settings_name(s->cell == RNN_ELMAN ? "activation" : "cell", s));
    if (s->layers > 1)
        printf(", %zu layers", s->layers);
    printf("\n");
    printf("  %-12s %10s %7s %10s %9s %8s %9s\n", "operation", "ms", "spread", "GFLOP/s", "of peak", "GB/s",
           "launches");
    for (int i = 0; i < RNN_BENCH_OPS; i++) {
        printf("  %-12s %10.4f %6.1f%%", ops[i].name, ops[i].seconds * 1e3, ops[i].spread * 100);
        if (ops[i].flops > 0)
            printf(" %10.1f %8.1f%%", ops[i].flops / ops[i].seconds / 1e9,
                   100 * ops[i].flops / ops[i].seconds / roof->flops);
        else
            printf(" %10s %9s", "", "");
        printf(" %8.2f %9zu\n", ops[i].bytes / ops[i].seconds / 1e9, ops[i].launches);
    }
    printf("  again: rnn_cl bench --cases custom --batch %zu --seq-len %zu --hidden %zu --inputs %zu --cell %s "
           "--layers %zu "
           "--activation %s --precision %s --bptt-truncate %zu --device %s\n",
           shape->B, shape->T, shape->H, shape->D, rnn_settings_name("cell", s), s->layers,
           rnn_settings_name("activation", s), rnn_settings_name("precision", s), s->bptt_truncate, arguments->device);
}

static rnn_status add_case(json_t *array, const rnn_case *shape, const rnn_roof *roof, const rnn_bench_op *ops)
{
    for (int i = 0; i < RNN_BENCH_OPS; i++) {
        const rnn_bench_op *op = &ops[i];
        json_t *row =
            json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I}", "name", shape->name, "op",
                      op->name, "ms", op->seconds * 1e3, "spread", op->spread, "gflops", op->flops / op->seconds / 1e9,
                      "fraction", op->flops / op->seconds / roof->flops, "gbs", op->bytes / op->seconds / 1e9,
                      "launches", (json_int_t)op->launches, "runs", (json_int_t)op->runs, "B", (json_int_t)shape->B,
                      "T", (json_int_t)shape->T, "H", (json_int_t)shape->H, "D", (json_int_t)shape->D);
        if (!row || json_array_append_new(array, row) != 0)
            return rnn_fail(RNN_NO_MEMORY, "out of memory: the measurements as JSON");
    }
    return RNN_OK;
}

/* ---- The command --------------------------------------------------------------------------------------------------- */

static rnn_status run_cases(const rnn_arguments *arguments, rnn_backend *backend, const rnn_roof *roof,
                            const rnn_case *chosen, size_t count, json_t *array)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < count; i++) {
        const rnn_settings settings = rnn_case_settings(arguments, &chosen[i]);
        rnn_bench_op ops[RNN_BENCH_OPS];
        RNN_TRY(rnn_bench_step(&settings, chosen[i].D, 1, backend, CASE_SECONDS, ops));
        RNN_TRY(add_case(array, &chosen[i], roof, ops));
        if (!arguments->json)
            print_case(arguments, &chosen[i], roof, ops);
        fflush(stdout);
    }
fail:
    return status;
}

rnn_status rnn_command_bench(const rnn_arguments *arguments)
{
    rnn_status status;
    rnn_case chosen[RNN_CASES];
    size_t count;
    rnn_backend *backend = NULL;
    rnn_roof roof;
    json_t *array = json_array(), *report = NULL;
    RNN_TRY(rnn_choose_cases(arguments, chosen, &count));
    RNN_TRY(rnn_settings_check(&arguments->settings));
    RNN_TRY(rnn_open_device(arguments, arguments->settings.precision, &backend));
    RNN_TRY(backend->ops->measure_roof(backend, &roof));
    if (!arguments->json)
        print_roof(backend, &roof);
    RNN_TRY(run_cases(arguments, backend, &roof, chosen, count, array));
    if (!arguments->json)
        goto fail;
    report = json_pack("{s:s, s:s, s:f, s:f, s:f, s:O}", "device", backend->info.name, "driver", backend->info.driver,
                       "peak_gflops", roof.flops / 1e9, "copy_gbs", roof.copy_bytes / 1e9, "launch_us",
                       roof.launch_seconds * 1e6, "cases", array);
    status = rnn_print_json(stdout, report);
fail:
    json_decref(report);
    json_decref(array);
    rnn_backend_close(backend);
    return status;
}
