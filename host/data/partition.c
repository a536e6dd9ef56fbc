/* SPDX-License-Identifier: MIT
 * partition.c - the windows that a series has, or several, and what each of them is for
 */
#include "base/count.h"
#include "base/memory.h"
#include "data/scale.h"
#include "data/series.h"
#include "data/text.h"
#include "data/windows.h"

#include <math.h>
#include <stdlib.h>

/* ---- Windows without missing cells --------------------------------------------------------------------------------- */

/* A cell of the row is missing, of columns from `column` on, or one that its differences need. */
static bool is_broken(const rnn_settings *settings, const rnn_series *series, size_t column, size_t row)
{
    const double *cells = series->values + row * series->columns;
    const size_t lag = rnn_transform_lag(settings);
    for (size_t c = column; c < series->columns; c++)
        if (isnan(cells[c]))
            return true;
    for (size_t o = column; lag && o < series->targets; o++)
        if (isnan(cells[(ptrdiff_t)o - (ptrdiff_t)(lag * series->columns)]))
            return true;
    return false;
}

/* The first broken row of [row, end); end: none is. */
static size_t next_broken(const rnn_settings *settings, const rnn_series *series, size_t column, size_t row, size_t end)
{
    while (row < end && !is_broken(settings, series, column, row))
        row++;
    return row < end ? row : end;
}

/* Of the windows [first, first + count) those whose `reach` rows are whole, and `ahead` more of columns known ahead. */
static rnn_status add_windows(const rnn_settings *settings, const rnn_series *series, size_t first, size_t count,
                              size_t reach, size_t ahead, rnn_windows *out)
{
    const size_t known = series->columns - series->known;
    size_t from = first, run = 0, row = first, row_ahead = first; /* the rows before them have been looked at */
    rnn_status status = RNN_OK;
    if (settings->missing == RNN_MISSING_MASK)
        return rnn_windows_add(out, first, count);
    for (size_t w = first; w < first + count; w++) {
        row = next_broken(settings, series, 0, row < w ? w : row, w + reach);
        row_ahead = next_broken(settings, series, known, row_ahead < w ? w : row_ahead, w + reach + ahead);
        if (row == w + reach && row_ahead == w + reach + ahead) {
            from = run++ == 0 ? w : from;
            continue;
        }
        RNN_TRY(rnn_windows_add(out, from, run));
        run = 0;
    }
    status = rnn_windows_add(out, from, run);
fail:
    return status;
}

/* ... that the network can be asked for: of differences both rows. */
static bool has_target(const rnn_settings *settings, const rnn_series *series, size_t row)
{
    const double *cells = series->values + row * series->columns;
    const size_t lag = rnn_transform_lag(settings);
    for (size_t o = 0; o < series->targets; o++)
        if (!isnan(cells[o]) && (lag == 0 || !isnan(cells[(ptrdiff_t)o - (ptrdiff_t)(lag * series->columns)])))
            return true;
    return false;
}

/* Of the windows [first, first + count) those that are asked for anything: under a mask, others have no part in a loss. */
static rnn_status add_asked(const rnn_settings *settings, const rnn_series *series, size_t first, size_t count,
                            rnn_windows *out)
{
    const size_t T = settings->seq_len,
                 end = first + count + T + settings->horizon - 1; /* behind the last row asked for */
    size_t from = first, run = 0, row = first + T;                /* row: the next with a target */
    rnn_status status = RNN_OK;
    for (size_t w = first; w < first + count; w++) {
        row = row < w + T ? w + T : row;
        while (row < end && !has_target(settings, series, row))
            row++;
        if (row < w + T + settings->horizon) {
            from = run++ == 0 ? w : from;
            continue;
        }
        RNN_TRY(rnn_windows_add(out, from, run));
        run = 0;
    }
    status = rnn_windows_add(out, from, run);
fail:
    return status;
}

/* Windows with the rows that they are asked for. */
static rnn_status add_whole(const rnn_settings *settings, const rnn_series *series, size_t first, size_t count,
                            rnn_windows *out)
{
    if (settings->missing == RNN_MISSING_MASK)
        return add_asked(settings, series, first, count, out);
    return add_windows(settings, series, first, count, settings->seq_len + settings->horizon, 0, out);
}

/* ---- The split ----------------------------------------------------------------------------------------------------- */

/* The rows of a part that windows may show. */
static size_t first_row(const rnn_settings *settings, const rnn_series *series, size_t p)
{
    const size_t first = series->starts[p] + rnn_transform_lag(settings);
    return first < series->ends[p] ? first : series->ends[p];
}

static rnn_status fail_short(const rnn_series *series, size_t p)
{
    return rnn_fail_within(
        RNN_CONFIG,
        "%s: series \"%s\" has %s, which is too few; --short-ids drop leaves such series out: ", series->source,
        rnn_show_string(series->ids[p]).text, rnn_count(series->ends[p] - series->starts[p], "row").text);
}

/* The split of one part, or one of nothing where it is left out. */
static rnn_status split_part(const rnn_settings *settings, const rnn_series *series, size_t p, size_t *left_out,
                             rnn_split *split)
{
    const rnn_status status = rnn_split_windows(settings, series->ends[p] - first_row(settings, series, p), split);
    if (status != RNN_CONFIG)
        return status;
    if (rnn_transform_is_seasonal(settings->transform))
        rnn_fail_within(RNN_CONFIG,
                        "seasonal differences take the first %zu rows, a season (try a smaller --season, or "
                        "--transform diff); behind them: ",
                        rnn_transform_lag(settings));
    if (!series->ids)
        return status;
    if (settings->short_ids != RNN_SHORT_IDS_DROP)
        return fail_short(series, p);
    *split = (rnn_split){0};
    ++*left_out;
    return RNN_OK;
}

static rnn_status add_part(const rnn_settings *settings, const rnn_series *series, size_t p, const rnn_split *split,
                           rnn_partition *out)
{
    const size_t first = first_row(settings, series, p), span = settings->seq_len + settings->horizon;
    const size_t end = series->ends[p] - span + 1, first_test = end - split->test;
    const size_t gap = split->test ? settings->horizon - 1 : 0;
    rnn_status status;
    RNN_TRY(add_whole(settings, series, first, split->train, &out->train));
    RNN_TRY(add_whole(settings, series, first_test - gap - split->val, split->val, &out->val));
    RNN_TRY(add_whole(settings, series, first_test, split->test, &out->test));
    out->fit_ends[p] = first + split->train_rows;
    out->split.train_rows += out->fit_ends[p] - series->starts[p];
fail:
    return status;
}

static rnn_status check_partition(const rnn_settings *settings, const rnn_series *series, const rnn_partition *out)
{
    const bool no_val = settings->val_fraction > 0 && out->val.count == 0;
    const bool drop = settings->missing == RNN_MISSING_DROP, mask = settings->missing == RNN_MISSING_MASK;
    if (out->train.count > 0 && (!no_val || !(drop || mask)))
        return RNN_OK;
    if (mask)
        return rnn_fail(RNN_CONFIG, "%s: the windows for %s are asked for missing targets alone", series->source,
                        out->train.count > 0 ? "validation" : "training");
    if (drop)
        return rnn_fail(
            RNN_CONFIG,
            "%s: --missing drop leaves no window for %s, as every one touches a missing cell; try a smaller "
            "--seq-len, or --missing ffill, interpolate or mask",
            series->source, out->train.count > 0 ? "validation" : "training");
    return rnn_fail(RNN_CONFIG,
                    "%s: each of the %zu series is too short for --seq-len %zu and --horizon %zu; try smaller ones",
                    series->source, series->parts, settings->seq_len, settings->horizon);
}

static rnn_status check_season(const rnn_settings *settings, const rnn_series *series)
{
    if (!rnn_transform_is_seasonal(settings->transform))
        return RNN_OK;
    if (settings->loss == RNN_QUANTILE && settings->horizon > settings->season && settings->season > 1)
        return rnn_fail(RNN_CONFIG,
                        "%s: --loss quantile with --horizon %zu does not go with differences to a season of %zu rows "
                        "before (--transform): quantiles of steps do not add up; try --horizon %zu or --transform none",
                        series->source, settings->horizon, settings->season, settings->season);
    if (settings->season > 1)
        return RNN_OK;
    return rnn_fail(
        RNN_CONFIG,
        "%s: seasonal differences (--transform) need a season, and the autocorrelation of the training rows "
        "shows none; give --season N, or choose --transform diff or auto",
        series->source);
}

rnn_status rnn_partition_make(const rnn_settings *settings, const rnn_series *series, rnn_partition *out)
{
    rnn_status status;
    *out = (rnn_partition){.train = {0}};
    RNN_TRY(check_season(settings, series));
    RNN_TRY(RNN_NEW(out->fit_ends, series->parts));
    for (size_t p = 0; p < series->parts; p++) {
        rnn_split split;
        out->fit_ends[p] = series->starts[p];
        RNN_TRY(split_part(settings, series, p, &out->left_out, &split));
        if (split.total)
            RNN_TRY(add_part(settings, series, p, &split, out));
    }
    RNN_TRY(check_partition(settings, series, out));
    out->split.train = out->train.count;
    out->split.val = out->val.count;
    out->split.test = out->test.count;
    out->split.total = out->split.train + out->split.val + out->split.test;
    return RNN_OK;
fail:
    rnn_partition_free(out);
    return status;
}

void rnn_partition_free(rnn_partition *partition)
{
    rnn_windows_free(&partition->train);
    rnn_windows_free(&partition->val);
    rnn_windows_free(&partition->test);
    free(partition->fit_ends);
    partition->fit_ends = NULL;
    partition->split = (rnn_split){0};
}

rnn_status rnn_split_series(const rnn_settings *settings, const rnn_series *series, rnn_split *out)
{
    rnn_partition partition;
    const rnn_status status = rnn_partition_make(settings, series, &partition);
    *out = partition.split;
    rnn_partition_free(&partition);
    return status;
}

/* ---- All windows --------------------------------------------------------------------------------------------------- */

/* Windows of a part: of rows that are there, and, where columns are known ahead, of as many rows more. */
static size_t windows_of_part(const rnn_settings *settings, const rnn_series *series, size_t p)
{
    const size_t first = first_row(settings, series, p), T = settings->seq_len;
    const size_t rows = series->ends[p] - first, ahead = series->starts[p + 1] - first;
    const size_t shown = rows < T ? 0 : rows - T + 1;
    const size_t known = ahead < T + settings->horizon ? 0 : ahead - T - settings->horizon + 1;
    return series->known && known < shown ? known : shown;
}

static rnn_status fail_no_window(const rnn_settings *settings, const rnn_series *series, size_t p)
{
    const size_t rows = series->ends[p] - first_row(settings, series, p);
    if (rows >= settings->seq_len)
        return rnn_fail(RNN_CONFIG,
                        "%s: %s, and %zu in which columns known ahead go on; the model looks at windows of %s, and "
                        "at what is known of the %zu behind them",
                        series->source, rnn_count(rows, "row").text, series->starts[p + 1] - series->ends[p],
                        rnn_count(settings->seq_len, "row").text, settings->horizon);
    const size_t lag = rnn_transform_lag(settings);
    if (lag > 1)
        return rnn_fail(RNN_CONFIG,
                        "%s: %s; the model looks at windows of %s behind a season of %zu, so it needs that many at "
                        "least",
                        series->source, rnn_count(series->ends[p] - series->starts[p], "row").text,
                        rnn_count(settings->seq_len, "row").text, lag);
    return rnn_fail(RNN_CONFIG, "%s: %s; the model looks at windows of %s, so it needs that many at least",
                    series->source, rnn_count(rows, "row").text, rnn_count(settings->seq_len, "row").text);
}

rnn_status rnn_windows_of(const rnn_settings *settings, const rnn_series *series, rnn_windows *out)
{
    const size_t ahead = series->known ? settings->horizon : 0;
    rnn_status status = RNN_OK;
    for (size_t p = 0; p < series->parts; p++) {
        const size_t first = first_row(settings, series, p);
        const size_t count = windows_of_part(settings, series, p);
        if (count == 0 && !(series->ids && settings->short_ids == RNN_SHORT_IDS_DROP)) {
            fail_no_window(settings, series, p);
            return series->ids ? fail_short(series, p) : RNN_CONFIG;
        }
        RNN_TRY(add_windows(settings, series, first, count, settings->seq_len, ahead, out));
    }
    if (out->count == 0)
        status = rnn_fail(RNN_CONFIG, "%s: every window touches a missing cell, or no series is long enough for one",
                          series->source);
fail:
    return status;
}
