/* SPDX-License-Identifier: MIT
 * tune.c - rnn_cl tune: tiles searched case by case, each finding printed and kept as a tuning line
 */
#include "train/tune.h"

#include "base/writer.h"
#include "cmd/cases.h"
#include "cmd/command.h"
#include "cmd/watchdog.h"
#include "model/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_stopped(void)
{
    return rnn_stop_signal != 0;
}

/* ---- Lines --------------------------------------------------------------------------------------------------------- */

/* What a finding is for: this device and cell, and sizes near those it was made with. */
static rnn_tuning_line make_line(const rnn_backend *backend, rnn_cell cell, const rnn_case *shape, rnn_tile_kind kind)
{
    rnn_tuning_line line = {
        .vector = rnn_opencl_vector(backend), .precision = (int)backend->precision, .cell = (int)cell, .kind = kind};
    const char *name = backend->info.name; /* a quote would end the text: what is before it occurs in the name too */
    snprintf(line.device, sizeof line.device, "%.*s", (int)strcspn(name, "\""), name);
    rnn_tuning_class(&line, shape->H, shape->B);
    return line;
}

static void print_line(const rnn_tuning_line *line, const rnn_tune_result *result)
{
    char text[RNN_TUNING_LINE_SIZE];
    printf("%s  # %.4g ms, ", rnn_tuning_line_text(line, text, sizeof text), result->best_seconds * 1e3);
    if (rnn_tuning_distance(line->kind, &result->best, &result->model) == 0)
        printf("the model's choice");
    else
        printf("%.1f %% less than the model's %.4g ms", 100 * (1 - result->best_seconds / result->model_seconds),
               result->model_seconds * 1e3);
    printf("; %zu tried", result->tried);
    for (int cause = 0; cause < RNN_TUNE_CAUSES; cause++)
        printf(", %zu %s", result->failed[cause], rnn_tune_cause_text((rnn_tune_cause)cause));
    printf("\n");
    fflush(stdout);
}

/* ---- Keeping ------------------------------------------------------------------------------------------------------- */

static rnn_status write_header(rnn_writer *writer)
{
    rnn_status status;
    RNN_TRY(rnn_writer_format(writer,
                              "# Written by rnn_cl tune, which keeps the lines but no comments. The first line that "
                              "fits is used.\n"));
    for (int kind = 0; kind < RNN_TILE_KINDS; kind++) {
        const rnn_tuning_field *field;
        RNN_TRY(rnn_writer_format(writer, "#\n# kernel=%s\n", rnn_tile_kind_name((rnn_tile_kind)kind)));
        for (size_t n = 0; (field = rnn_tuning_nth((rnn_tile_kind)kind, n)); n++)
            RNN_TRY(rnn_writer_format(writer, "#   %-12s %s, 1 to %u%s\n", field->name, field->help, field->most,
                                      field->powers ? ", powers of two" : ""));
    }
    status = rnn_writer_format(writer, "\n");
fail:
    return status;
}

/* The new lines first, then those of the file that are for something else. */
static rnn_status write_lines(const char *path, const rnn_tuning_list *found, const rnn_tuning_list *kept)
{
    char text[RNN_TUNING_LINE_SIZE];
    rnn_status status;
    rnn_writer *writer = NULL;
    RNN_TRY(rnn_writer_open(path, &writer));
    RNN_TRY(write_header(writer));
    for (size_t i = 0; i < found->count; i++)
        RNN_TRY(rnn_writer_format(writer, "%s\n", rnn_tuning_line_text(&found->lines[i], text, sizeof text)));
    for (size_t i = 0; i < kept->count; i++) {
        size_t same = 0;
        while (same < found->count && !rnn_tuning_same_place(&kept->lines[i], &found->lines[same]))
            same++;
        if (same == found->count)
            RNN_TRY(rnn_writer_format(writer, "%s\n", rnn_tuning_line_text(&kept->lines[i], text, sizeof text)));
    }
    RNN_TRY(rnn_writer_commit(writer));
fail:
    rnn_writer_free(writer);
    return status;
}

/* The cache's file with what was found so far. One that was malformed was named when the device was opened. */
static rnn_status keep(const char *path, const rnn_tuning_list *found)
{
    rnn_status status;
    rnn_tuning_list kept = {NULL, 0};
    char folder[4096];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    RNN_TRY(rnn_make_private_folder(folder));
    if (rnn_tuning_read(path, true, &kept) == RNN_NO_MEMORY)
        RNN_TRY(RNN_NO_MEMORY);
    status = write_lines(path, found, &kept);
fail:
    rnn_tuning_list_free(&kept);
    return status;
}

/* ---- The command --------------------------------------------------------------------------------------------------- */

static bool is_done(const rnn_tuning_list *found, const rnn_tuning_line *line)
{
    for (size_t i = 0; i < found->count; i++)
        if (rnn_tuning_same_place(&found->lines[i], line))
            return true;
    return false;
}

static rnn_status tune_case(const rnn_arguments *arguments, rnn_backend *backend, const rnn_case *shape,
                            rnn_tuning_list *found)
{
    const char *path = rnn_opencl_tuning_file(backend);
    const rnn_settings settings = rnn_case_settings(arguments, shape);
    rnn_status status = RNN_OK;
    for (int kind = 0; kind < RNN_TILE_KINDS && !is_stopped(); kind++) {
        rnn_tuning_line line = make_line(backend, settings.cell, shape, (rnn_tile_kind)kind);
        const rnn_tune_task task = {.settings = &settings,
                                    .D = shape->D,
                                    .backend = backend,
                                    .kind = line.kind,
                                    .seconds = (double)arguments->seconds / RNN_TILE_KINDS,
                                    .stopped = is_stopped};
        rnn_tune_result result;
        if (is_done(found, &line)) {
            rnn_notice("tune: case %s is of a shape class that has its kernel=%s line already", shape->name,
                       rnn_tile_kind_name(line.kind));
            continue;
        }
        RNN_TRY(rnn_tune(&task, &result));
        line.tuning = result.best;
        rnn_opencl_retune(backend, line.kind, &line.tuning); /* what is found next is found beside it */
        print_line(&line, &result);
        RNN_TRY(rnn_tuning_add(found, &line));
        if (path) {
            RNN_TRY(keep(path, found));
            rnn_kept("the tuning lines found until then are in %s", path);
        }
    }
fail:
    for (int kind = 0; kind < RNN_TILE_KINDS; kind++)
        rnn_opencl_retune(backend, (rnn_tile_kind)kind, NULL);
    return status;
}

rnn_status rnn_command_tune(const rnn_arguments *arguments)
{
    rnn_status status;
    rnn_case chosen[RNN_CASES];
    size_t count;
    rnn_backend *backend = NULL;
    rnn_tuning_list found = {NULL, 0};
    RNN_TRY(rnn_choose_cases(arguments, chosen, &count));
    RNN_TRY(rnn_settings_check(&arguments->settings));
    if (arguments->settings.recipe == RNN_RECIPE_ARTICLE)
        return rnn_fail(RNN_USAGE,
                        "the article's rule goes over its records one by one and has no tiles to tune; leave out "
                        "--recipe article");
    RNN_TRY(rnn_open_device(arguments, arguments->settings.precision, &backend));
    RNN_TRY(rnn_tunable(backend));
    rnn_announce_device(arguments, backend);
    rnn_heed_signals();
    for (size_t i = 0; i < count && !is_stopped(); i++)
        RNN_TRY(tune_case(arguments, backend, &chosen[i], &found));
    if (rnn_opencl_tuning_file(backend))
        rnn_notice("tuning lines are kept in %s", rnn_opencl_tuning_file(backend));
    if (is_stopped())
        status = rnn_fail(RNN_STOPPED, "stopped by a signal; what was found until then is printed%s",
                          rnn_opencl_tuning_file(backend) ? " and kept" : "");
fail:
    rnn_tuning_list_free(&found);
    rnn_backend_close(backend);
    return status;
}
