/* SPDX-License-Identifier: MIT
 * score.c - rnn_score: the scoreboard of a model's predictions, and whether its intervals keep what they promise
 */
#include "train/score.h"

#include "base/count.h"
#include "base/memory.h"
#include "data/text.h"
#include "data/windows.h"
#include "score/scoreboard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double levels[] = {0.8, 0.95};

static rnn_status fail_part(rnn_status status, const rnn_series *series, size_t part)
{
    if (series->ids)
        return rnn_fail_within(status, "%s: series \"%s\": ", series->source, rnn_show_string(series->ids[part]).text);
    return rnn_fail_within(status, "%s: ", series->source);
}

rnn_status rnn_baselines_fit(const rnn_series *series, const size_t *ends, size_t season, bool insist,
                             rnn_baseline *out)
{
    rnn_status status = RNN_OK;
    for (size_t p = 0; p < series->parts; p++) {
        const size_t first = series->starts[p], rows = ends[p] - first, own = insist || season < rows ? season : 1;
        for (size_t target = 0; target < series->targets; target++) {
            rnn_baseline *b = &out[p * series->targets + target];
            *b = (rnn_baseline){.season = 1};
            if (rows)
                status = rnn_baseline_fit(series, target, first, rows, own, b);
            if (status)
                return fail_part(status, series, p);
        }
    }
    return RNN_OK;
}

/* The rows of a part that naive forecasts are fitted on where the model's own training rows are not at hand: its first. */
static size_t share_of(const rnn_settings *s, const rnn_series *series, size_t part)
{
    const size_t past = series->ends[part] - series->starts[part];
    const size_t share = (size_t)((double)past * (1 - s->val_fraction - s->test_fraction));
    return share ? share : past > 0;
}

void rnn_tell_unknown(const rnn_model *model, const rnn_series *series, const rnn_naive_fit *fit)
{
    const rnn_settings *s = &model->settings;
    char naive[96] = "the training rows of the model's own data";
    if (fit->known)
        return;
    if (fit->refitted && series->parts == 1)
        snprintf(naive, sizeof naive, "the first %zu of these rows", share_of(s, series, 0));
    else if (fit->refitted)
        snprintf(naive, sizeof naive, "the first %.3g of each series here", 1 - s->val_fraction - s->test_fraction);
    rnn_notice("%s: %s: where rows of its training are among them, its errors flatter it; the naive forecasts are "
               "fitted on %s",
               series->source,
               model->data_sha256[0] ? "these are not all the rows that the model was trained on, as they were"
                                     : "the model, of an earlier version, does not say what it was trained on",
               naive);
}

rnn_status rnn_baselines_of(const rnn_model *model, const rnn_series *series, const size_t *firsts, rnn_baseline *out,
                            rnn_naive_fit *fit)
{
    const rnn_settings *s = &model->settings;
    const bool kept = model->baselines && series->parts == 1;
    rnn_partition partition = {.train = {0}};
    rnn_series own;
    size_t *ends = NULL, *share = NULL;
    rnn_status status;
    RNN_TRY(rnn_model_own(model, series, &own, &ends));
    *fit = (rnn_naive_fit){.known = ends != NULL, .refitted = !kept && !ends};
    if (fit->refitted) {
        RNN_TRY(RNN_NEW(share, series->parts));
        for (size_t p = 0; p < series->parts; p++)
            share[p] = series->starts[p] + share_of(s, series, p);
        RNN_TRY(rnn_baselines_fit(series, share, s->season, false, out));
    } else if (kept) {
        memcpy(out, model->baselines, model->network.targets * sizeof *out);
    } else {
        RNN_TRY(rnn_partition_make(s, &own, &partition));
        for (size_t p = 0; firsts && p < series->parts; p++)
            if (partition.fit_ends[p] == series->starts[p])
                partition.fit_ends[p] = firsts[p];
        RNN_TRY(rnn_baselines_fit(series, partition.fit_ends, s->season, false, out));
    }
fail:
    rnn_partition_free(&partition);
    free(share);
    free(ends);
    return status;
}

/* Levels of which not a single value has an interval are left out. */
static rnn_status cover(const rnn_intervals *intervals, const rnn_predictions *p, const rnn_range *ranges, size_t count,
                        const rnn_scaler *scaler, rnn_scoreboard *board)
{
    const size_t most = sizeof levels / sizeof *levels;
    const rnn_status status = RNN_NEW(board->step_coverage, most * p->horizon);
    for (size_t i = 0; i < most && status == RNN_OK; i++) {
        rnn_coverage *steps = board->step_coverage + board->levels * p->horizon, all = {levels[i], 0, 0};
        rnn_intervals_cover(intervals, p, ranges, count, scaler, levels[i], steps);
        for (size_t step = 0; step < p->horizon; step++) {
            all.inside += steps[step].inside;
            all.values += steps[step].values;
        }
        if (all.values)
            board->coverage[board->levels++] = all;
    }
    return status;
}

/* The later half begins where no row is predicted that the earlier half was compared with. */
static void halve(const rnn_predictions *p, rnn_range part, rnn_range *earlier, rnn_range *later)
{
    const size_t end = part.first + part.count, middle = part.first + part.count / 2;
    size_t from = middle;
    while (from < end && middle > part.first && p->rows[from] < p->rows[middle - 1] + p->horizon)
        from++;
    *earlier = (rnn_range){part.first, middle - part.first};
    *later = (rnn_range){from, end - from};
}

/* The windows of each series, which stand one series behind the other, are halved by themselves. */
static rnn_status cover_halves(const rnn_predictions *p, rnn_range windows, size_t parts, const rnn_scaler *scaler,
                               rnn_scoreboard *board)
{
    const size_t end = windows.first + windows.count;
    rnn_intervals intervals = {.outputs = 0};
    rnn_range *earlier = NULL, *later = NULL;
    size_t count = 0;
    rnn_status status;
    RNN_TRY(RNN_NEW(earlier, parts));
    RNN_TRY(RNN_NEW(later, parts));
    for (size_t first = windows.first, next; first < end; first = next) {
        for (next = first; next < end && p->parts[next] == p->parts[first];)
            next++;
        halve(p, (rnn_range){first, next - first}, &earlier[count], &later[count]);
        count++;
    }
    RNN_TRY(rnn_intervals_fit(p, earlier, count, scaler, &intervals));
    status = cover(&intervals, p, later, count, scaler, board);
fail:
    rnn_intervals_free(&intervals);
    free(later);
    free(earlier);
    return status;
}

rnn_status rnn_cover(const rnn_model *model, const rnn_series *series, const rnn_predictions *p, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard *board)
{
    rnn_scaler scaler = {0};
    rnn_status status = RNN_OK;
    board->pairs = rnn_quantiles_cover(p, first, count, board->quantile_coverage);
    if (calibration == RNN_CALIBRATION_NONE)
        return RNN_OK;
    RNN_TRY(rnn_model_scaling_again(model, series, &scaler));
    const rnn_range windows = {first, count};
    if (calibration == RNN_CALIBRATION_HALVES)
        status = cover_halves(p, windows, series->parts, &scaler, board);
    else if (model->intervals.outputs)
        status = cover(&model->intervals, p, &windows, 1, &scaler, board);
    board->calibration = board->levels ? calibration : RNN_CALIBRATION_NONE;
fail:
    rnn_scaler_free(&scaler);
    return status;
}

rnn_status rnn_score(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard **out)
{
    rnn_baseline *baselines = NULL;
    rnn_scoreboard *board = NULL;
    rnn_naive_fit fit;
    rnn_status status;
    *out = NULL;
    RNN_TRY(RNN_NEW(baselines, series->parts * model->network.targets));
    RNN_TRY(rnn_baselines_of(model, series, NULL, baselines, &fit));
    const rnn_rivalry rivalry = {series, baselines, NULL};
    RNN_TRY(rnn_scoreboard_make(predictions, first, count, &rivalry, &board));
    board->naive = fit;
    RNN_TRY(rnn_cover(model, series, predictions, first, count, calibration, board));
    rnn_tell_unknown(model, series, &fit);
    *out = board;
    board = NULL;
fail:
    rnn_scoreboard_free(board);
    free(baselines);
    return status;
}
