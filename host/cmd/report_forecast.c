/* SPDX-License-Identifier: MIT
 * report_forecast.c - forecasts as a page: the series and what is said to come, the model it is said by, the command
 */
#include "base/c_locale.h"
#include "base/memory.h"
#include "cmd/report_subjects.h"
#include "data/series.h"
#include "data/text.h"
#include "model/model.h"
#include "train/trainer.h"

#include <stdio.h>
#include <stdlib.h>

#define FACTS 12

/* What the page's data points to. */
typedef struct page {
    const rnn_run *run;
    rnn_report_data data;
    rnn_report_subjects subjects;
    rnn_run_options options;
    char *title, *headline;
    rnn_report_fact fact[FACTS];
    char weights[65], data_sha256[65], rmse[32];
} page;

/* "sales", or "sales and 2 more". */
static rnn_status name_targets(const rnn_model *model, char **out)
{
    const size_t more = rnn_model_targets(model) - 1;
    const rnn_shown first = rnn_show_string(rnn_model_column(model, 0));
    return more ? rnn_report_text(out, "%s and %zu more", first.text, more) : rnn_report_text(out, "%s", first.text);
}

static rnn_status fill_words(page *p, const rnn_forecasts *f)
{
    const rnn_series *series = p->run->series;
    char *targets = NULL, first[64], series_count[64] = "";
    rnn_status status;
    RNN_TRY(name_targets(p->run->model, &targets));
    rnn_series_label(series, rnn_series_part(series, f->rows[0] - 1), f->rows[0], first, sizeof first);
    if (series->parts > 1)
        snprintf(series_count, sizeof series_count, " of %zu series", f->parts);
    RNN_TRY(rnn_report_text(&p->title, "%s, the next %zu rows", targets, f->steps));
    RNN_TRY(rnn_report_text(&p->headline,
                            "What a network that looks at the last %zu rows says of the %zu rows of %s%s that come "
                            "next, from %s%s on.",
                            p->run->settings->seq_len, f->steps, targets, series_count, series->times ? "" : "row ",
                            first));
    p->data.title = p->title;
    p->data.headline = p->headline;
fail:
    free(targets);
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
    rnn_model_sha256(model, p->weights);
    rnn_series_sha256(p->run->series, NULL, p->data_sha256);
    if (model->val_rmse == model->val_rmse)
        snprintf(p->rmse, sizeof p->rmse, "%.6g", model->val_rmse);
    add_fact(p, "model", p->run->arguments->model, true);
    add_fact(p, "trained on", model->source, true);
    add_fact(p, "its error (RMSE) on the validation part", p->rmse, false);
    add_fact(p, "weights, SHA-256", p->weights, true);
    add_fact(p, "data", p->run->series->source, true);
    add_fact(p, "data, SHA-256", p->data_sha256, true);
    add_fact(p, "device", device->name, false);
    add_fact(p, "driver", device->driver, false);
    add_fact(p, "same bits as the reference", device->bit_exact ? "yes" : "no: within tolerance only", false);
    add_fact(p, "rnn_cl", RNN_CL_VERSION, false);
    p->data.facts = p->fact;
}

static void take_subjects(page *p)
{
    const rnn_series *series = p->run->series;
    p->data.targets = p->subjects.targets;
    p->data.target_count = p->subjects.count;
    p->data.targets_are = series->parts > 1 ? "series" : "targets";
    p->data.forecast_note = p->subjects.note;
    if (series->parts > 1 && series->targets > 1)
        p->data.notes[0] = "Charts of a series are of its first target.";
}

rnn_status rnn_forecast_report(const rnn_run *run, const rnn_forecasts *forecasts, const char *path)
{
    const locale_t before = rnn_c_locale_enter();
    rnn_status status;
    page *p = NULL;
    RNN_TRY(RNN_NEW(p, 1));
    p->run = run;
    RNN_TRY(fill_words(p, forecasts));
    RNN_TRY(rnn_report_subjects_ahead(run, forecasts, &p->subjects));
    take_subjects(p);
    RNN_TRY(rnn_list_options(run->arguments, run->settings, run->series, &p->options));
    p->data.options = p->options.option;
    p->data.option_count = p->options.count;
    p->data.command = p->options.command;
    p->data.figures = "forecast.csv";
    fill_facts(p);
    status = rnn_report_save(&p->data, path);
fail:
    if (p) {
        rnn_report_subjects_free(&p->subjects);
        free(p->options.command);
        free(p->headline);
        free(p->title);
        free(p);
    }
    rnn_c_locale_leave(before);
    return status;
}
