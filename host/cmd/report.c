/* SPDX-License-Identifier: MIT */
#include "cmd/report.h"

#include "base/c_locale.h"
#include "base/memory.h"
#include "data/text.h"
#include "model/model.h"
#include "model/settings.h"
#include "train/trainer.h"
#include "view/html.h"
#include "view/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS  12
#define SCORES 2

/* What the page's data points to. */
typedef struct page {
    const rnn_run *run;
    rnn_report_data data;
    size_t first, count; /* predictions of the part that is measured */
    char *title, *headline, *note;
    double *loss, *val_loss;

    rnn_report_target *targets;
    rnn_report_score *scores;  /* (targets + 1, SCORES): of all targets, then of each that has charts */
    rnn_report_errors *errors; /* (targets + 1, SCORES, horizon) */

    rnn_run_options options;
    rnn_report_column *columns;
    rnn_report_fact fact[FACTS];
    char weights[65], data_sha256[65], seconds[32], shape[128];
} page;

/* Text of whatever length; the caller's. */
static rnn_status print_text(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static rnn_status print_text(char **out, const char *format, ...)
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

/* ---- Scores -------------------------------------------------------------------------------------------------------- */

typedef struct sums {
    size_t count;
    double squares, sizes;
} sums;

static void add(sums *s, double error)
{
    s->count++;
    s->squares += error * error;
    s->sizes += fabs(error);
}

static rnn_report_errors errors_of(const sums *s)
{
    const double count = (double)s->count;
    return (rnn_report_errors){.rmse = s->count ? sqrt(s->squares / count) : NAN,
                               .mae = s->count ? s->sizes / count : NAN,
                               .mase = NAN,
                               .smape = NAN};
}

/* Errors of the targets [begin, end), of the network or of repeating the last value: of each step into steps[], and of all of them,
 * which is what rnn_measure says. */
static rnn_report_errors measure(const page *p, size_t begin, size_t end, bool network, rnn_report_errors *steps)
{
    const rnn_predictions *predictions = p->run->predictions;
    const size_t targets = predictions->targets, horizon = predictions->horizon;
    sums all = {0};
    for (size_t step = 0; step < horizon; step++) {
        sums one = {0};
        for (size_t i = p->first; i < p->first + p->count; i++)
            for (size_t t = begin; t < end; t++) {
                const size_t at = (i * horizon + step) * targets + t;
                const double guess = network ? predictions->predicted[at] : predictions->last[i * targets + t];
                if (!isnan(predictions->actual[at]))
                    add(&one, guess - predictions->actual[at]);
            }
        steps[step] = errors_of(&one);
        all.count += one.count;
        all.squares += one.squares;
        all.sizes += one.sizes;
    }
    return errors_of(&all);
}

/* The board of targets [begin, end), in place `board` of the arrays. */
static rnn_report_score *fill_board(page *p, size_t board, size_t begin, size_t end)
{
    static const char *const names[SCORES] = {"network", "last value"};
    const size_t horizon = p->run->predictions->horizon;
    rnn_report_score *scores = &p->scores[board * SCORES];
    for (size_t i = 0; i < SCORES; i++) {
        rnn_report_errors *steps = &p->errors[(board * SCORES + i) * horizon];
        scores[i] = (rnn_report_score){
            .name = names[i], .network = i == 0, .all = measure(p, begin, end, i == 0, steps), .steps = steps};
    }
    return scores;
}

static rnn_status fill_targets(page *p)
{
    const rnn_run *run = p->run;
    const rnn_predictions *predictions = run->predictions;
    const size_t targets = predictions->targets, O = targets * predictions->horizon;
    const size_t charted = targets < RNN_REPORT_TARGETS ? targets : RNN_REPORT_TARGETS;
    rnn_status status;
    RNN_TRY(RNN_NEW(p->targets, targets));
    RNN_TRY(RNN_NEW(p->scores, (charted + 1) * SCORES));
    RNN_TRY(RNN_NEW(p->errors, (charted + 1) * SCORES * predictions->horizon));
    p->data.scores = fill_board(p, 0, 0, targets);
    p->data.score_count = SCORES;
    for (size_t t = 0; t < targets; t++) {
        p->targets[t] = (rnn_report_target){.name = rnn_model_column(run->model, t),
                                            .values = run->series->values + t,
                                            .stride = run->series->columns,
                                            .count = p->count,
                                            .rows = predictions->rows + p->first,
                                            .actual = predictions->actual + p->first * O + t,
                                            .predicted = predictions->predicted + p->first * O + t,
                                            .prediction_stride = O};
        if (t < charted && targets > 1) {
            p->targets[t].scores = fill_board(p, t + 1, t, t + 1);
            p->targets[t].score_count = SCORES;
        }
    }
    p->data.targets = p->targets;
    p->data.target_count = targets;
    p->data.steps = predictions->horizon;
fail:
    return status;
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
        return print_text(out, "%s", rnn_show_string(rnn_model_column(model, 0)).text);
    if (targets == 2)
        return print_text(out, "%s and %s", rnn_show_string(rnn_model_column(model, 0)).text,
                          rnn_show_string(rnn_model_column(model, 1)).text);
    if (targets == 3)
        return print_text(out, "%s, %s and %s", rnn_show_string(rnn_model_column(model, 0)).text,
                          rnn_show_string(rnn_model_column(model, 1)).text,
                          rnn_show_string(rnn_model_column(model, 2)).text);
    return print_text(out, "%zu columns", targets);
}

/* How the network did beside the last value. */
static void put_verdict(const page *p, char *text, size_t size)
{
    const rnn_report_score *scores = p->data.scores;
    const double own = scores[0].all.rmse, naive = scores[1].all.rmse, ratio = own / naive;
    const rnn_html_number naive_text = rnn_html_real(naive);
    const int used =
        snprintf(text, size, "On the %s part its error (RMSE) is %s", p->data.part, rnn_html_real(own).text);
    text += used;
    size -= (size_t)used;
    if (!(naive > 0))
        snprintf(text, size, "; repeating the last value makes no error.");
    else if (ratio < 1)
        snprintf(text, size, ", %.3g %% better than repeating the last value (%s).", 100 * (1 - ratio),
                 naive_text.text);
    else if (ratio < 2)
        snprintf(text, size, ", %.3g %% worse than repeating the last value (%s): it does not beat the naive forecast.",
                 100 * (ratio - 1), naive_text.text);
    else
        snprintf(text, size, ", %s times that of repeating the last value (%s): it does not beat the naive forecast.",
                 rnn_html_real(ratio).text, naive_text.text);
}

static rnn_status fill_words(page *p)
{
    const rnn_run *run = p->run;
    const rnn_settings *s = run->settings;
    char verdict[256], ahead[64] = "one row ahead", test[96] = "";
    char *targets = NULL;
    const rnn_shown source = rnn_show_string(base_name(run->series->source));
    rnn_status status;
    put_verdict(p, verdict, sizeof verdict);
    if (s->horizon > 1)
        snprintf(ahead, sizeof ahead, "one to %zu rows ahead", s->horizon);
    if (run->split->test)
        snprintf(test, sizeof test, "; %zu test windows are left alone", run->split->test);
    RNN_TRY(name_targets(p, &targets));
    RNN_TRY(print_text(&p->title, "%s of %s", targets, source.text));
    RNN_TRY(print_text(&p->headline,
                       "A network of %zu %s units was trained on %s (%zu rows) to predict %s, %s, from the %zu rows "
                       "before. %s",
                       s->hidden, rnn_settings_name("activation", s), source.text, run->series->N, targets, ahead,
                       s->seq_len, verdict));
    RNN_TRY(print_text(&p->note, "%zu training and %zu validation windows%s. %zu of %zu epochs ran.%s",
                       run->split->train, run->split->val, test, run->model->epochs, s->epochs,
                       p->count == run->split->val || !run->split->val
                           ? ""
                           : " Predictions are of a sample of windows, evenly spaced."));
    p->data.title = p->title;
    p->data.headline = p->headline;
    p->data.notes[0] = p->note;
fail:
    free(targets);
    return status;
}

/* ---- The rest ------------------------------------------------------------------------------------------------------ */

static rnn_status fill_columns(page *p)
{
    const rnn_model *model = p->run->model;
    const size_t D = rnn_model_inputs(model), targets = rnn_model_targets(model);
    rnn_status status;
    RNN_TRY(RNN_NEW(p->columns, D));
    for (size_t i = 0; i < D; i++)
        p->columns[i] = (rnn_report_column){.name = rnn_model_column(model, i),
                                            .role = i < targets ? "target and input" : "input",
                                            .shift = model->scaler.shift[i],
                                            .factor = model->scaler.factor[i]};
    p->data.columns = p->columns;
    p->data.column_count = D;
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
    rnn_series_sha256(p->run->series, p->run->series->N, p->data_sha256);
    snprintf(p->seconds, sizeof p->seconds, "%.3g s", seconds);
    snprintf(p->shape, sizeof p->shape, "%zu; %zu inputs a step, %zu hidden units, %zu outputs",
             model->network.parameters, model->network.columns, p->run->settings->hidden,
             model->network.targets * p->run->settings->horizon);
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

const char *rnn_run_part(const rnn_run *run, size_t *first, size_t *count)
{
    *first = run->shown->val ? run->shown->train : 0;
    *count = run->shown->val ? run->shown->val : run->shown->train;
    return run->shown->val ? "validation" : "training";
}

static void fill_parts(page *p)
{
    const rnn_split *shown = p->run->shown;
    const rnn_predictions *predictions = p->run->predictions;
    const size_t N = p->run->series->N;
    p->data.part = rnn_run_part(p->run, &p->first, &p->count);
    p->data.N = N;
    p->data.val_first = shown->val ? predictions->rows[shown->train] : N;
    p->data.test_first = shown->test ? predictions->rows[shown->train + shown->val] : N;
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
    RNN_TRY(fill_targets(p));
    RNN_TRY(fill_words(p));
    RNN_TRY(rnn_list_options(run->arguments, run->settings, &p->options));
    RNN_TRY(fill_columns(p));
    RNN_TRY(fill_history(p));
    fill_facts(p);
    p->data.options = p->options.option;
    p->data.option_count = p->options.count;
    p->data.command = p->options.command;
    status = rnn_report_save(&p->data, path);
fail:
    if (p) {
        free(p->options.command);
        free(p->columns);
        free(p->errors);
        free(p->scores);
        free(p->targets);
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
