/* SPDX-License-Identifier: MIT
 * profile.c - --profile and --trace: a device that times its commands, and at the end what it had to say
 */
#include "backend/backend.h"
#include "base/writer.h"
#include "cmd/command.h"
#include "cmd/watchdog.h"
#include "view/timing.h"

/* A place that takes no file is found out before the work, not after it. */
static rnn_status try_path(const char *path)
{
    rnn_writer *writer = NULL;
    const rnn_status status = rnn_writer_open(path, &writer);
    rnn_writer_free(writer);
    return status ? rnn_fail_within(status, "--trace: ") : RNN_OK;
}

rnn_status rnn_open_device(const rnn_arguments *arguments, rnn_precision precision, rnn_backend **out)
{
    const rnn_profiling profiling = arguments->trace     ? RNN_PROFILE_EVENTS
                                    : arguments->profile ? RNN_PROFILE_TOTALS
                                                         : RNN_PROFILE_OFF;
    const rnn_backend_options options = {.no_cache = arguments->no_cache,
                                         .tuning = arguments->tuning,
                                         .profiling = profiling,
                                         .calls = &rnn_device_calls};
    rnn_status status = RNN_OK;
    *out = NULL;
    if (arguments->trace)
        RNN_TRY(try_path(arguments->trace));
    RNN_TRY(rnn_watchdog_start(&rnn_device_calls, arguments->device_timeout));
    status = rnn_backend_open_with(arguments->device, precision, &options, out);
fail:
    return status;
}

/* Without the device's limits there is still a table. */
static void print_table(rnn_backend *backend)
{
    rnn_roof roof;
    if (backend->ops->measure_roof(backend, &roof) != RNN_OK) {
        rnn_notice("profile: the device's limits cannot be measured: %s", rnn_error_message());
        roof = (rnn_roof){0, 0, 0};
    }
    rnn_timing_table(stderr, &backend->info, backend->profile, &roof);
}

rnn_status rnn_report_profile(const rnn_arguments *arguments, rnn_backend *backend)
{
    rnn_status status = RNN_OK;
    if (!backend->profile)
        return RNN_OK;
    RNN_TRY(backend->ops->sync(backend));
    if (arguments->trace)
        RNN_TRY(rnn_timing_trace(arguments->trace, &backend->info, backend->profile));
    if (arguments->profile)
        print_table(backend);
fail:
    return status;
}
