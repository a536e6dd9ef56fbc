/* SPDX-License-Identifier: MIT */
#include "cmd/report.h"

#include "base/c_locale.h"
#include "base/count.h"
#include "base/memory.h"
#include "cmd/report_subjects.h"
#include "data/text.h"
#include "model/model.h"
#include "model/settings.h"
#include "train/trainer.h"
#include "view/html.h"
#include "view/report.h"
#include "view/scoreboard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS 12

/* What the page's data points to. */
typedef struct page {
    const rnn_run *run;
    rnn_report_data data;
    size_t first, count;         /* predictions of the part that is held against the truth */
    const rnn_scoreboard *board; /* of that part; NULL: of training there is none */
    rnn_report_board boards[2];
    rnn_report_subjects subjects;
    char *title, *headline, *note;
    double *loss, *val_loss;
    rnn_run_options options;
    rnn_report_column *columns;
    rnn_report_fact fact[FACTS];
    char weights[65], data_sha256[65], seconds[32], shape[256];
} page;

rnn_status rnn_report_text(char **out, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    *out = size >= 0 ? rnn_calloc((size_t)size + 1, 1, "a text of the report") : NULL;
    if (*out)
        vsnprintf(*out, (size_t)size + 1, format, again);
    va_end(again);
    return *out ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: a text of the report");
}

/* ---- Words --------------------------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* "JAN, FEB, MAR", or "12 columns". */
static rnn_status name_targets(const page *p, char **out)
{
    const size_t targets = p->run->predictions->targets;
    const rnn_model *model = p->run->model;
    if (targets == 1)
        return rnn_report_text(out, "%s", rnn_show_string(rnn_model_column(model, 0)).text);
    if (targets == 2)
        return rnn_report_text(out, "%s and %s", rnn_show_string(rnn_model_column(model, 0)).text,
                               rnn_show_string(rnn_model_column(model, 1)).text);
    if (targets == 3)
        return rnn_report_text(out, "%s, %s and %s", rnn_show_string(rnn_model_column(model, 0)).text,
                               rnn_show_string(rnn_model_column(model, 1)).text,
                               rnn_show_string(rnn_model_column(model, 2)).text);
    return rnn_report_text(out, "%zu columns", targets);
}

const char *rnn_unit_name(const rnn_settings *settings)
{
    static const char *const gated[] = {[RNN_GRU] = "GRU", [RNN_LSTM] = "LSTM"};
    return settings->cell == RNN_ELMAN ? rnn_settings_name("activation", settings) : gated[settings->cell];
}

/* "32 tanh units", "2 layers of 32 LSTM units". */
static void put_network(const rnn_settings *s, char *text, size_t size)
{
    const char *kind = rnn_unit_name(s);
    if (s->layers > 1)
        snprintf(text, size, "%zu layers of %zu %s units", s->layers, s->hidden, kind);
    else
        snprintf(text, size, "%zu %s units", s->hidden, kind);
}

/* How the network did beside the best forecast without one. */
static void put_verdict(const page *p, char *text, size_t size)
{
    rnn_metrics training;
    if (!p->board) {
        rnn_measure(p->run->predictions, p->first, p->count, &training);
        snprintf(text, size,
                 "On the training part its error (RMSE) is %s; there is no part that it did not see, so this says "
                 "nothing about what it can do.",
                 rnn_html_real(training.rmse).text);
        return;
    }
    const rnn_contender *best = &p->board->contender[p->board->best];
    const double own = p->board->contender[0].all.rmse, ratio = own / best->all.rmse;
    const rnn_html_number rival = rnn_html_real(best->all.rmse);
    const int used =
        snprintf(text, size, "On the %s part its error (RMSE) is %s", p->data.part, rnn_html_real(own).text);
    text += used;
    size -= (size_t)used;
    if (!(best->all.rmse > 0))
        snprintf(text, size, "; the best forecast without a network, %s, makes no error: it does not beat that.",
                 best->name);
    else if (p->board->exact && ratio >= 1)
        snprintf(
            text, size,
            "; the best forecast without a network, %s, fits these values to rounding (%s): it does not beat that.",
            best->name, rival.text);
    else if (ratio < 1)
        snprintf(text, size, ", %.3g %% lower than that of the best forecast without a network, %s (%s).",
                 100 * (1 - ratio), best->name, rival.text);
    else if (ratio < 2)
        snprintf(text, size,
                 ", %.3g %% higher than that of the best forecast without a network, %s (%s): it does not beat that.",
                 100 * (ratio - 1), best->name, rival.text);
    else
        snprintf(text, size, ", %s times that of the best forecast without a network, %s (%s): it does not beat that.",
                 rnn_html_real(ratio).text, best->name, rival.text);
}

/* Of which data: a name, rows, and how many series. */
static rnn_status name_data(const page *p, char **out)
{
    const rnn_series *series = p->run->series;
    const rnn_shown source = rnn_show_string(base_name(series->source));
    if (series->parts > 1)
        return rnn_report_text(out, "%s (%s, %s)", source.text, rnn_count(series->parts, "series").text,
                               rnn_count(series->N, "row").text);
    return rnn_report_text(out, "%s (%s)", source.text, rnn_count(series->N, "row").text);
}

static rnn_status fill_note(page *p)
{
    const rnn_run *run = p->run;
    char test[128] = "";
    if (run->split->test)
        snprintf(test, sizeof test, ", and %s, which training and its decisions did not see",
                 rnn_count(run->split->test, "test window").text);
    p->data.notes[1] =
        run->shown->train + run->shown->val + run->shown->test < run->split->train + run->split->val + run->split->test
            ? "Predictions are of a sample of windows, evenly spaced."
            : NULL;
    return rnn_report_text(&p->note, "%zu training and %s%s. %zu of %s ran.", run->split->train,
                           rnn_count(run->split->val, "validation window").text, test, run->model->epochs,
                           rnn_count(run->settings->epochs, "epoch").text);
}

static rnn_status fill_words(page *p)
{
    const rnn_run *run = p->run;
    const rnn_settings *s = run->settings;
    char verdict[384], apart[RNN_REASON], network[96], ahead[64] = "one row ahead";
    char *targets = NULL, *data = NULL;
    rnn_status status;
    put_verdict(p, verdict, sizeof verdict);
    const bool several = p->board && rnn_scoreboard_apart(p->board, apart, sizeof apart);
    put_network(s, network, sizeof network);
    if (s->horizon > 1)
        snprintf(ahead, sizeof ahead, "one to %zu rows ahead", s->horizon);
    RNN_TRY(name_targets(p, &targets));
    RNN_TRY(name_data(p, &data));
    RNN_TRY(rnn_report_text(&p->title, "%s of %s", targets, rnn_show_string(base_name(run->series->source)).text));
    RNN_TRY(rnn_report_text(
        &p->headline, "A network of %s was trained on %s to predict %s, %s, from the %s before. %s%s%s%s", network,
        data, targets, ahead, rnn_count(s->seq_len, "row").text, verdict,
        several ? " In that large units outweigh small ones: " : "", several ? apart : "", several ? "." : ""));
    RNN_TRY(fill_note(p));
    p->data.title = p->title;
    p->data.headline = p->headline;
    p->data.notes[0] = p->note;
fail:
    free(data);
    free(targets);
    return status;
}

/* ---- The rest ------------------------------------------------------------------------------------------------------ */

static rnn_status fill_columns(page *p)
{
    const rnn_model *model = p->run->model;
    const rnn_network *net = &model->network;
    const size_t columns = net->columns, targets = net->targets;
    rnn_status status;
    RNN_TRY(RNN_NEW(p->columns, columns));
    for (size_t i = 0; i < columns; i++)
        p->columns[i] = (rnn_report_column){.name = rnn_model_column(model, i),
                                            .role = i < targets                 ? "target and input"
                                                    : i >= columns - net->known ? "input, known ahead"
                                                                                : "input",
                                            .shift = model->scaler.shift[i],
                                            .factor = model->scaler.factor[i]};
    p->data.columns = p->columns;
    p->data.column_count = columns;
    p->data.scaling = model->settings.scaling == RNN_SCALE_STANDARD ? "mean and standard deviation of the training rows"
                      : model->settings.scaling == RNN_SCALE_MINMAX ? "least value and range of the training rows"
                                                                    : "columns are taken as they are";
fail:
    return status;
}

static void add_fact(page *p, const char *name, const char *value, bool code)
{
    if (value[0] && p->data.fact_count < FACTS)
        p->fact[p->data.fact_count++] = (rnn_report_fact){name, value, code};
}

static void fill_facts(page *p)
{
    const rnn_device_info *device = p->run->device;
    const rnn_model *model = p->run->model;
    const double seconds = model->epochs ? model->history[model->epochs - 1].seconds : 0;
    rnn_model_sha256(model, p->weights);
    rnn_series_sha256(p->run->series, NULL, p->data_sha256);
    snprintf(p->seconds, sizeof p->seconds, "%.3g s", seconds);
    snprintf(p->shape, sizeof p->shape, "%zu; %s a step, %s, %s", model->network.parameters,
             rnn_count(rnn_model_inputs(model), "input").text, rnn_count(p->run->settings->hidden, "hidden unit").text,
             rnn_count(model->network.targets * p->run->settings->horizon, "output").text);
    p->data.facts = p->fact;
    add_fact(p, "device", device->name, false);
    add_fact(p, "platform", device->platform, false);
    add_fact(p, "driver", device->driver, false);
    add_fact(p, "OpenCL version", device->version, false);
    add_fact(p, "same bits as the reference", device->bit_exact ? "yes" : "no: within tolerance only", false);
    add_fact(p, "which rests on", device->why, false);
    add_fact(p, "rnn_cl", RNN_CL_VERSION, false);
    add_fact(p, "trained in", p->seconds, false);
    add_fact(p, "parameters", p->shape, false);
    add_fact(p, "weights, SHA-256", p->weights, true);
    add_fact(p, "data, SHA-256", p->data_sha256, true);
    add_fact(p, "data", p->run->series->source, true);
}

/* The epoch whose weights the model has, told by their digest: the last one, or under --patience the best. 0: an unfinished one's. */
static size_t kept_epoch(const rnn_model *model)
{
    char weights[65];
    rnn_model_sha256(model, weights);
    for (size_t e = model->epochs; e > 0; e--)
        if (strcmp(model->history[e - 1].weights_sha256, weights) == 0)
            return e;
    return 0;
}

rnn_status rnn_run_losses(const rnn_model *model, double **loss, double **val_loss)
{
    rnn_status status;
    RNN_TRY(RNN_NEW(*loss, model->epochs));
    RNN_TRY(RNN_NEW(*val_loss, model->epochs));
    for (size_t e = 0; e < model->epochs; e++) {
        (*loss)[e] = model->history[e].loss;
        (*val_loss)[e] = model->history[e].val_loss;
    }
fail:
    return status;
}

static rnn_status fill_history(page *p)
{
    const rnn_model *model = p->run->model;
    const rnn_status status = rnn_run_losses(model, &p->loss, &p->val_loss);
    p->data.epochs = model->epochs;
    p->data.loss = p->loss;
    p->data.val_loss = p->val_loss;
    p->data.loss_name = "loss";
    p->data.kept = kept_epoch(model);
    return status;
}

/* The latest part there is, and the boards. */
static void fill_parts(page *p)
{
    const rnn_split *shown = p->run->shown;
    const rnn_run_scores *scores = p->run->scores;
    p->data.part = shown->test ? "test" : shown->val ? "validation" : "training";
    p->count = shown->test ? shown->test : shown->val ? shown->val : shown->train;
    p->first = shown->test ? shown->train + shown->val : shown->val ? shown->train : 0;
    p->board = scores->test ? scores->test : scores->val;
    if (scores->test)
        p->boards[p->data.board_count++] = (rnn_report_board){"test", scores->test};
    if (scores->val)
        p->boards[p->data.board_count++] = (rnn_report_board){"validation", scores->val};
    p->data.boards = p->boards;
    p->data.steps = p->run->settings->horizon;
}

static rnn_status fill_subjects(page *p)
{
    const rnn_series *series = p->run->series;
    const rnn_status status = rnn_report_subjects_make(p->run, p->first, p->count, p->board, &p->subjects);
    p->data.targets = p->subjects.targets;
    p->data.target_count = p->subjects.count;
    p->data.targets_are = series->parts > 1 ? "series" : "targets";
    p->data.forecast_note = p->subjects.note;
    if (series->parts > 1 && series->targets > 1)
        p->data.notes[p->data.notes[1] ? 2 : 1] = "Charts of a series are of its first target.";
    return status;
}

rnn_status rnn_run_report(const rnn_run *run, const char *path)
{
    rnn_status status;
    const locale_t before = rnn_c_locale_enter();
    page *p = rnn_calloc(1, sizeof *p, "the report");
    if (!p) {
        status = RNN_NO_MEMORY;
        goto fail;
    }
    p->run = run;
    fill_parts(p);
    RNN_TRY(fill_words(p));
    RNN_TRY(fill_subjects(p));
    RNN_TRY(rnn_list_options(run->arguments, run->settings, run->series, &p->options));
    RNN_TRY(fill_columns(p));
    RNN_TRY(fill_history(p));
    fill_facts(p);
    p->data.options = p->options.option;
    p->data.option_count = p->options.count;
    p->data.command = p->options.command;
    p->data.figures = "summary.json";
    status = rnn_report_save(&p->data, path);
fail:
    if (p) {
        free(p->options.command);
        free(p->columns);
        rnn_report_subjects_free(&p->subjects);
        free(p->val_loss);
        free(p->loss);
        free(p->note);
        free(p->headline);
        free(p->title);
        free(p);
    }
    rnn_c_locale_leave(before);
    return status;
}
