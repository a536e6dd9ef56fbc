/* SPDX-License-Identifier: MIT */
#include "view/timing.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/writer.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- Table --------------------------------------------------------------------------------------------------------- */

/* "  12.3    45.6%", or blanks where the work is not counted */
static void print_rate(FILE *stream, double work, double seconds, double roof)
{
    if (work <= 0 || seconds <= 0)
        fprintf(stream, " %9s %8s", "", "");
    else if (roof <= 0)
        fprintf(stream, " %9.2f %8s", work / seconds / 1e9, "");
    else
        fprintf(stream, " %9.2f %7.1f%%", work / seconds / 1e9, 100 * work / seconds / roof);
}

static void print_total(FILE *stream, const rnn_profile_total *total, double all_seconds, const rnn_roof *roof)
{
    const size_t timed = total->calls - total->unknown;
    fprintf(stream, "  %-18s %9zu %11.3f %6.1f%% %11.2f", total->name, total->calls, total->seconds * 1e3,
            all_seconds > 0 ? 100 * total->seconds / all_seconds : 0, timed ? total->seconds * 1e6 / (double)timed : 0);
    print_rate(stream, total->flops, total->seconds, roof->flops);
    print_rate(stream, total->bytes, total->seconds, roof->copy_bytes);
    if (total->unknown)
        fprintf(stream, "  %zu without a time", total->unknown);
    fputc('\n', stream);
}

static int compare_seconds(const void *a, const void *b)
{
    const double x = ((const rnn_profile_total *)a)->seconds, y = ((const rnn_profile_total *)b)->seconds;
    return (x < y) - (x > y);
}

void rnn_timing_table(FILE *stream, const rnn_device_info *device, const rnn_profile *profile, const rnn_roof *roof)
{
    rnn_profile_total *rows;
    const double span = 1e-9 * (double)(profile->last - profile->first);
    double seconds = 0;
    if (RNN_NEW(rows, profile->total_count) != RNN_OK) {
        rnn_notice("%s", rnn_error_message());
        return;
    }
    for (size_t i = 0; i < profile->total_count; i++) {
        rows[i] = profile->totals[i];
        seconds += rows[i].seconds;
    }
    qsort(rows, profile->total_count, sizeof *rows, compare_seconds);
    fprintf(stream, "profile: %s, queue busy %.3f s of %.3f s\n", device->name, seconds, span);
    if (roof->flops > 0)
        fprintf(stream, "peak %.1f GFLOP/s (multiply-add), copy %.1f GB/s (read + written), launch %.2f us\n",
                roof->flops / 1e9, roof->copy_bytes / 1e9, roof->launch_seconds * 1e6);
    fprintf(stream, "  %-18s %9s %11s %7s %11s %9s %8s %9s %8s\n", "kernel", "calls", "total ms", "share", "mean us",
            "GFLOP/s", "of peak", "GB/s", "of copy");
    for (size_t i = 0; i < profile->total_count; i++)
        if (rows[i].calls)
            print_total(stream, &rows[i], seconds, roof);
    free(rows);
}

/* ---- Trace --------------------------------------------------------------------------------------------------------- */

static rnn_status write_name(rnn_writer *writer, const char *what, int tid, const char *name)
{
    rnn_status status = RNN_NO_MEMORY;
    json_t *object =
        json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", what, "ph", "M", "pid", 1, "tid", tid, "args", "name", name);
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    if (line)
        status = rnn_writer_format(writer, "%s", line);
    else
        rnn_fail(status, "out of memory: the name of a trace's row");
    free(line);
    json_decref(object);
    return status;
}

/* Nanoseconds as microseconds, with none of them lost. */
#define US_FORMAT       "%" PRIu64 ".%03u"
#define US(nanoseconds) (nanoseconds) / 1000, (unsigned)((nanoseconds) % 1000)

static rnn_status write_event(rnn_writer *writer, const rnn_profile *profile, const rnn_profile_event *event)
{
    const rnn_profile_total *total = &profile->totals[event->total];
    return rnn_writer_format(writer,
                             ",\n{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":" US_FORMAT
                             ",\"dur\":" US_FORMAT ",\"args\":{\"flops\":%.0f,\"bytes\":%.0f}}",
                             total->name, total->kernel ? "kernel" : "transfer", US(event->start - profile->first),
                             US(event->end - event->start), event->flops, event->bytes);
}

rnn_status rnn_timing_trace(const char *path, const rnn_device_info *device, const rnn_profile *profile)
{
    rnn_status status;
    rnn_writer *writer = NULL;
    char row[sizeof device->name + 16];
    snprintf(row, sizeof row, "queue of %s", device->name);
    if (profile->dropped)
        rnn_notice("%s: %zu commands are missing: there was no memory to keep them", path, profile->dropped);
    RNN_TRY(rnn_writer_open(path, &writer));
    RNN_TRY(rnn_writer_format(writer, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"));
    RNN_TRY(write_name(writer, "process_name", 0, "rnn_cl"));
    RNN_TRY(rnn_writer_format(writer, ",\n"));
    RNN_TRY(write_name(writer, "thread_name", 1, row));
    for (size_t i = 0; i < profile->event_count; i++)
        RNN_TRY(write_event(writer, profile, &profile->events[i]));
    RNN_TRY(rnn_writer_format(writer, "\n]}\n"));
    status = rnn_writer_commit(writer);
fail:
    rnn_writer_free(writer);
    return status;
}
