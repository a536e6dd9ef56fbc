/* SPDX-License-Identifier: MIT */
#include "file/checkpoint.h"

#include "base/json.h"
#include "base/memory.h"
#include "file/model_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT         "rnn_cl checkpoint"
#define FORMAT_VERSION "1"
#define RUN_ROOM       ((size_t)1 << 16) /* of metadata "run" when it is parsed: a handful of numbers */

/* A row of the history: six numbers, the rollbacks, and the digest as eight 32-bit numbers, all of which double holds exactly. */
enum { LOSS, VAL_LOSS, VAL_RMSE, LEARNING_RATE, SECONDS, RECORDS_PER_SECOND, ROLLBACKS, SHA256, ROW = SHA256 + 8 };

/* Tensors beside the model's parameters. rows x n reals each, but for those in double. */
typedef struct part {
    const char *name;
    size_t rows, columns; /* (columns) alone where rows is 0 */
    rnn_precision precision;
    void **data;
} part;

enum { PARTS = 8, SUMS = 4, COUNTS = 5, STATE = 6, HISTORY = 7 };

static void list_parts(rnn_checkpoint *c, void **history, part parts[PARTS])
{
    const rnn_model *model = c->model;
    const size_t n = model->network.parameters;
    const rnn_precision real = model->settings.precision;
    const size_t state_rows = model->network.L * (model->network.cell == RNN_LSTM ? 2 : 1) * model->settings.batch;
    const part all[PARTS] = {
        {"moments", 2, n, real, &c->moments},
        {"best", 0, n, real, &c->best},
        {"start", 0, n, real, &c->start},
        {"start_moments", 2, n, real, &c->start_moments},
        [SUMS] = {"sums", 0, model->network.O, RNN_DOUBLE, (void **)&c->sums},
        [COUNTS] = {"counts", 0, model->network.O, RNN_DOUBLE, (void **)&c->counts},
        [STATE] = {"state", state_rows, model->network.H, real, &c->state},
        [HISTORY] = {"history", model->epochs, ROW, RNN_DOUBLE, history},
    };
    memcpy(parts, all, sizeof all);
}

static size_t part_size(const part *p)
{
    return (p->rows ? p->rows : 1) * p->columns * (p->precision == RNN_DOUBLE ? sizeof(double) : sizeof(float));
}

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

static void history_row(const rnn_epoch *epoch, double row[ROW])
{
    row[LOSS] = epoch->loss;
    row[VAL_LOSS] = epoch->val_loss;
    row[VAL_RMSE] = epoch->val_rmse;
    row[LEARNING_RATE] = epoch->learning_rate;
    row[SECONDS] = epoch->seconds;
    row[RECORDS_PER_SECOND] = epoch->records_per_second;
    row[ROLLBACKS] = (double)epoch->rollbacks;
    for (int i = 0; i < 8; i++) {
        char word[9];
        snprintf(word, sizeof word, "%.8s", epoch->weights_sha256 + 8 * i);
        row[SHA256 + i] = (double)strtoul(word, NULL, 16);
    }
}

static bool has_plateau(const rnn_checkpoint *c)
{
    return c->model->settings.schedule == RNN_PLATEAU;
}

/* The schedule's state, of runs that have one. */
static bool add_plateau(json_t *run, const rnn_position *at)
{
    json_t *plateau = json_pack("{s:o, s:I, s:f}", "plateau_loss", rnn_json_real_or_null(at->plateau_loss),
                                "plateau_wait", (json_int_t)at->plateau_wait, "plateau_factor", at->plateau_factor);
    const bool added = plateau && json_object_update(run, plateau) == 0;
    json_decref(plateau);
    return added;
}

static rnn_status describe_run(const rnn_checkpoint *c, char **out)
{
    const rnn_position *at = &c->at;
    json_t *run = json_pack(
        "{s:s, s:I, s:I, s:f, s:f, s:I, s:f, s:f, s:I, s:o, s:o, s:I, s:f, s:f, s:s}", "version", RNN_CL_VERSION,
        "records", (json_int_t)at->records, "step", (json_int_t)at->now.step, "power1", at->now.power1, "power2",
        at->now.power2, "start_step", (json_int_t)at->start.step, "start_power1", at->start.power1, "start_power2",
        at->start.power2, "best_epoch", (json_int_t)at->best_epoch, "best_loss", rnn_json_real_or_null(at->best_loss),
        "best_rmse", rnn_json_real_or_null(at->best_rmse), "rollbacks", (json_int_t)at->rollbacks, "rate_factor",
        at->rate_factor, "seconds", at->seconds, "data_sha256", c->data_sha256);
    *out = run && (!has_plateau(c) || add_plateau(run, at)) ? json_dumps(run, JSON_COMPACT | RNN_JSON_EXACT) : NULL;
    json_decref(run);
    return *out ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the checkpoint's position");
}

rnn_status rnn_checkpoint_save(const rnn_checkpoint *checkpoint, const char *path)
{
    const rnn_model *model = checkpoint->model;
    rnn_checkpoint parts_of = *checkpoint;
    rnn_stored_tensor tensors[RNN_TENSORS + PARTS];
    size_t count = rnn_model_tensors(model, tensors);
    char *description = NULL, *run = NULL;
    double *history = NULL;
    part parts[PARTS];
    rnn_status status;
    RNN_TRY(RNN_NEW(history, model->epochs * ROW));
    for (size_t e = 0; e < model->epochs; e++)
        history_row(&model->history[e], history + e * ROW);
    list_parts(&parts_of, (void **)&history, parts);
    for (int i = 0; i < PARTS; i++)
        if (*parts[i].data && (i != HISTORY || model->epochs))
            tensors[count++] = (rnn_stored_tensor){
                parts[i].name,         parts[i].precision,
                parts[i].rows ? 2 : 1, {parts[i].rows ? parts[i].rows : parts[i].columns, parts[i].columns},
                *parts[i].data,        part_size(&parts[i])};
    RNN_TRY(rnn_model_describe(model, &description));
    RNN_TRY(describe_run(checkpoint, &run));
    const rnn_metadata metadata[] = {{"format", FORMAT},
                                     {"format_version", FORMAT_VERSION},
                                     {"model", description},
                                     {"run", run},
                                     {"note", checkpoint->note}};
    const size_t texts = sizeof metadata / sizeof *metadata - (checkpoint->note ? 0 : 1);
    status = rnn_safetensors_write(path, tensors, count, metadata, texts);
fail:
    free(history);
    free(run);
    free(description);
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

static rnn_status read_clock(const json_t *run, const char *const keys[3], const char *where, rnn_clock *out)
{
    rnn_status status;
    RNN_TRY(rnn_json_size(run, keys[0], where, &out->step));
    RNN_TRY(rnn_json_real(run, keys[1], where, &out->power1));
    RNN_TRY(rnn_json_real(run, keys[2], where, &out->power2));
fail:
    return status;
}

/* What a divergence made NaN is null in JSON. */
static rnn_status read_real_or_null(const json_t *run, const char *key, const char *where, double *out)
{
    *out = NAN;
    return json_is_null(json_object_get(run, key)) ? RNN_OK : rnn_json_real(run, key, where, out);
}

static rnn_status read_plateau(const json_t *run, const char *where, rnn_checkpoint *c)
{
    rnn_position *at = &c->at;
    rnn_status status = RNN_OK;
    at->plateau_loss = NAN;
    at->plateau_factor = 1;
    if (!has_plateau(c))
        return RNN_OK;
    RNN_TRY(read_real_or_null(run, "plateau_loss", where, &at->plateau_loss));
    RNN_TRY(rnn_json_size(run, "plateau_wait", where, &at->plateau_wait));
    RNN_TRY(rnn_json_real(run, "plateau_factor", where, &at->plateau_factor));
    if (isnan(at->plateau_loss) != (c->model->epochs == 0))
        return rnn_fail(RNN_BAD_DATA, "%s: \"plateau_loss\" is %s after %zu epochs", where,
                        isnan(at->plateau_loss) ? "null" : "a number", c->model->epochs);
    if (at->plateau_wait >= c->model->settings.lr_patience)
        return rnn_fail(RNN_BAD_DATA, "%s: \"plateau_wait\" is %zu, expected less than --lr-patience, which is %zu",
                        where, at->plateau_wait, c->model->settings.lr_patience);
    if (!(at->plateau_factor >= 0 && at->plateau_factor <= 1))
        return rnn_fail(RNN_BAD_DATA, "%s: \"plateau_factor\" is %g, expected from 0 to 1", where, at->plateau_factor);
fail:
    return status;
}

static rnn_status read_run(const json_t *run, const char *where, rnn_checkpoint *c)
{
    static const char *const now[] = {"step", "power1", "power2"};
    static const char *const start[] = {"start_step", "start_power1", "start_power2"};
    rnn_position *at = &c->at;
    const char *sha256;
    rnn_status status;
    RNN_TRY(rnn_json_size(run, "records", where, &at->records));
    RNN_TRY(read_clock(run, now, where, &at->now));
    RNN_TRY(read_clock(run, start, where, &at->start));
    RNN_TRY(rnn_json_size(run, "best_epoch", where, &at->best_epoch));
    RNN_TRY(read_real_or_null(run, "best_loss", where, &at->best_loss));
    RNN_TRY(read_real_or_null(run, "best_rmse", where, &at->best_rmse));
    RNN_TRY(rnn_json_size(run, "rollbacks", where, &at->rollbacks));
    RNN_TRY(rnn_json_real(run, "rate_factor", where, &at->rate_factor));
    RNN_TRY(rnn_json_real(run, "seconds", where, &at->seconds));
    RNN_TRY(read_plateau(run, where, c));
    RNN_TRY(rnn_json_string(run, "data_sha256", where, &sha256));
    if (strlen(sha256) != sizeof c->data_sha256 - 1)
        return rnn_fail(RNN_BAD_DATA, "%s: \"data_sha256\" has %zu characters, expected 64", where, strlen(sha256));
    memcpy(c->data_sha256, sha256, sizeof c->data_sha256);
fail:
    return status;
}

/* false: not numbers that history_row could have made. */
static bool read_row(const double row[ROW], rnn_epoch *out)
{
    for (int i = ROLLBACKS; i < ROW; i++)
        if (!(row[i] >= 0 && row[i] <= UINT32_MAX && row[i] == floor(row[i])))
            return false;
    out->loss = row[LOSS];
    out->val_loss = row[VAL_LOSS];
    out->val_rmse = row[VAL_RMSE];
    out->learning_rate = row[LEARNING_RATE];
    out->seconds = row[SECONDS];
    out->records_per_second = row[RECORDS_PER_SECOND];
    out->rollbacks = (size_t)row[ROLLBACKS];
    for (int i = 0; i < 8; i++)
        snprintf(out->weights_sha256 + 8 * i, 9, "%08lx", (unsigned long)row[SHA256 + i]);
    return true;
}

/* The model's description says how many epochs were run; here they are, one by one. */
static rnn_status read_history(const double *rows, const char *source, rnn_model *model)
{
    const size_t epochs = model->epochs;
    rnn_status status = RNN_OK;
    model->epochs = 0;
    for (size_t e = 0; e < epochs; e++) {
        rnn_epoch epoch = {.epoch = e + 1, .epochs = model->settings.epochs};
        if (!read_row(rows + e * ROW, &epoch))
            return rnn_fail(RNN_BAD_DATA, "%s: tensor history: row %zu is not an epoch's", source, e);
        RNN_TRY(rnn_model_add_epoch(model, &epoch));
    }
fail:
    return status;
}

/* Copies a part out of the file; NULL where the file has none. */
static rnn_status read_part(const rnn_safetensors *file, const char *source, const part *p, size_t *count)
{
    const rnn_stored_tensor *stored = rnn_safetensors_tensor(file, p->name);
    *p->data = NULL;
    if (!stored)
        return RNN_OK;
    ++*count;
    if (stored->precision != p->precision || stored->size != part_size(p))
        return rnn_fail(RNN_BAD_DATA, "%s: tensor %s has %zu bytes in %s, the run makes it (%zu,%zu) in %s", source,
                        p->name, stored->size, stored->precision == RNN_DOUBLE ? "double" : "float",
                        p->rows ? p->rows : 1, p->columns, p->precision == RNN_DOUBLE ? "double" : "float");
    if (!(*p->data = rnn_calloc(1, stored->size, p->name)))
        return RNN_NO_MEMORY;
    memcpy(*p->data, stored->data, stored->size);
    return RNN_OK;
}

/* Tensors that the position asks for, or forbids. */
static rnn_status check_presence(const rnn_checkpoint *c, const double *history, const char *source)
{
    const rnn_position *at = &c->at;
    const struct {
        const char *name;
        const void *data;
        bool wanted;
    } rules[] = {{"moments", c->moments, true},
                 {"sums", c->sums, true},
                 {"counts", c->counts, at->records > 0 && c->model->network.loss.tallied},
                 {"best", c->best, at->best_epoch > 0},
                 {"start", c->start, at->records > 0},
                 {"start_moments", c->start_moments, at->records > 0},
                 {"state", c->state, at->records > 0 && c->model->settings.stateful},
                 {"history", history, c->model->epochs > 0}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if ((rules[i].data != NULL) != rules[i].wanted)
            return rnn_fail(RNN_BAD_DATA, "%s: tensor %s is %s (epochs %zu, records %zu, best_epoch %zu)", source,
                            rules[i].name, rules[i].wanted ? "missing" : "there, where no run has one",
                            c->model->epochs, at->records, at->best_epoch);
    return RNN_OK;
}

static rnn_status check_counts(const rnn_checkpoint *c, const char *source)
{
    const double most = (double)c->at.records * (double)c->model->network.loss_steps;
    for (size_t o = 0; c->counts && o < c->model->network.O; o++)
        if (!(c->counts[o] >= 0 && c->counts[o] <= most && c->counts[o] == floor(c->counts[o])))
            return rnn_fail(RNN_BAD_DATA, "%s: tensor counts: element %zu is %g, of %zu records", source, o,
                            c->counts[o], c->at.records);
    return RNN_OK;
}

static rnn_status read_parts(const rnn_safetensors *file, const char *source, rnn_checkpoint *c)
{
    double *history = NULL;
    part parts[PARTS];
    size_t count = 0;
    rnn_status status;
    const rnn_model *model = c->model;
    list_parts(c, (void **)&history, parts);
    if (model->epochs > model->settings.epochs || model->epochs > SIZE_MAX / (ROW * sizeof(double))) {
        status = rnn_fail(RNN_BAD_DATA, "%s: %zu epochs are said to be finished, of %zu", source, model->epochs,
                          model->settings.epochs);
        goto fail;
    }
    for (int i = 0; i < PARTS; i++)
        RNN_TRY(read_part(file, source, &parts[i], &count));
    RNN_TRY(check_presence(c, history, source));
    for (int role = 0; role < RNN_TENSORS; role++)
        count += model->network.tensor[role].count > 0;
    if (count != file->count) {
        status = rnn_fail(RNN_BAD_DATA, "%s: %zu tensors, of which %zu are a checkpoint's", source, file->count, count);
        goto fail;
    }
    RNN_TRY(check_counts(c, source));
    status = read_history(history, source, c->model);
fail:
    free(history);
    return status;
}

/* What the numbers must be to be those of one run. Whether they are this run's is the trainer's to say. */
static rnn_status check_position(const rnn_checkpoint *c, const char *where)
{
    const rnn_position *at = &c->at;
    if (at->best_epoch > c->model->epochs)
        return rnn_fail(RNN_BAD_DATA, "%s: \"best_epoch\" is %zu, of %zu epochs", where, at->best_epoch,
                        c->model->epochs);
    if (at->start.step > at->now.step)
        return rnn_fail(RNN_BAD_DATA, "%s: \"start_step\" is %zu, after \"step\", which is %zu", where, at->start.step,
                        at->now.step);
    if (!(at->rate_factor > 0 && at->rate_factor <= 1))
        return rnn_fail(RNN_BAD_DATA, "%s: \"rate_factor\" is %g, expected above 0 and at most 1", where,
                        at->rate_factor);
    if (!(at->seconds >= 0))
        return rnn_fail(RNN_BAD_DATA, "%s: \"seconds\" is %g, expected at least 0", where, at->seconds);
    return RNN_OK;
}

static rnn_status read_checkpoint(const rnn_safetensors *file, rnn_checkpoint *c)
{
    const char *source = file->source;
    const char *run = rnn_safetensors_metadata(file, "run"), *note = rnn_safetensors_metadata(file, "note");
    json_t *root = NULL;
    char where[4096];
    rnn_status status;
    RNN_TRY(rnn_check_format(file, "checkpoint", FORMAT, FORMAT_VERSION));
    if (!rnn_safetensors_metadata(file, "sha256"))
        return rnn_fail(RNN_BAD_DATA, "%s: the metadata has no \"sha256\": the file was damaged", source);
    RNN_TRY(rnn_model_from(file, false, &c->model));
    snprintf(where, sizeof where, "%s: metadata \"run\"", source);
    RNN_TRY(rnn_json_parse(run ? run : "", run ? strlen(run) : 0, RUN_ROOM, where, &root));
    RNN_TRY(read_run(root, where, c));
    RNN_TRY(check_position(c, where));
    RNN_TRY(read_parts(file, source, c));
    if (note)
        RNN_TRY(RNN_COPY_TEXT(c->note, note));
fail:
    json_decref(root);
    return status;
}

bool rnn_is_checkpoint(const rnn_safetensors *file)
{
    const char *format = rnn_safetensors_metadata(file, "format");
    return format && strcmp(format, FORMAT) == 0;
}

rnn_status rnn_checkpoint_from(const rnn_safetensors *file, rnn_checkpoint **out)
{
    rnn_status status;
    rnn_checkpoint *c = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(c, 1));
    RNN_TRY(read_checkpoint(file, c));
    *out = c;
    return RNN_OK;
fail:
    rnn_checkpoint_free(c);
    return status;
}

rnn_status rnn_checkpoint_parse(const unsigned char *bytes, size_t size, const char *source, rnn_checkpoint **out)
{
    rnn_safetensors *file = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(rnn_safetensors_parse(bytes, size, source, &file));
    status = rnn_checkpoint_from(file, out);
fail:
    rnn_safetensors_free(file);
    return status;
}

rnn_status rnn_checkpoint_load(const char *path, rnn_checkpoint **out)
{
    rnn_safetensors *file = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(rnn_safetensors_read(path, &file));
    status = rnn_checkpoint_from(file, out);
fail:
    rnn_safetensors_free(file);
    return status;
}

void rnn_checkpoint_free(rnn_checkpoint *c)
{
    if (!c)
        return;
    rnn_model_free(c->model);
    free(c->moments);
    free(c->best);
    free(c->start);
    free(c->start_moments);
    free(c->sums);
    free(c->counts);
    free(c->state);
    free(c->note);
    free(c);
}

const rnn_model *rnn_checkpoint_model(const rnn_checkpoint *checkpoint)
{
    return checkpoint->model;
}

const char *rnn_checkpoint_note(const rnn_checkpoint *checkpoint)
{
    return checkpoint->note;
}

double rnn_checkpoint_seconds(const rnn_checkpoint *checkpoint)
{
    return checkpoint->at.seconds;
}
