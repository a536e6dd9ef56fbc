/* SPDX-License-Identifier: MIT
 * resolve.c - what settings leave open, chosen by the data (rnn_settings_resolve in rnn_cl.h)
 *
 * Decisions compare sums in double of + - * / in a stated order: every machine makes the same ones.
 */
#include "model/settings.h"

#include "data/series.h"

#include <math.h>

#define LONGEST    50 /* rows of a window */
#define SHORTEST   8  /* where one short series would make it shorter for all the others: that one is refused by name */
#define WINDOWS    4  /* that many of them, end to end, make a series */
#define SHIFT      0.36 /* square of the distance between the halves' means, in variances, beyond which a target trends */
#define PERSISTENT 0.75 /* variance of its differences, in variances, below which it does */
#define VARIED     1e-9 /* ... above which there is anything to learn from them: those of a straight line are all alike */

/* Rows whose values are known. */
static size_t past_rows(const rnn_series *series, size_t p)
{
    return series->ends[p] - series->starts[p];
}

static size_t choose_seq_len(const rnn_settings *settings, const rnn_series *series)
{
    size_t rows = past_rows(series, 0);
    for (size_t p = 1; p < series->parts; p++) {
        const size_t other = past_rows(series, p);
        if (settings->short_ids == RNN_SHORT_IDS_DROP ? other > rows : other < rows)
            rows = other;
    }
    const size_t least = series->parts > 1 ? SHORTEST : 1, quarter = rows / WINDOWS;
    return quarter < least ? least : quarter < LONGEST ? quarter : LONGEST;
}

static bool has_gaps(const rnn_series *series)
{
    for (size_t c = 0; c < series->columns; c++)
        if (series->kinds[c] == RNN_COLUMN_MASK)
            return true;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t row = series->starts[p]; row < series->ends[p]; row++)
            for (size_t o = 0; o < series->targets; o++)
                if (isnan(series->values[row * series->columns + o]))
                    return true;
    return false;
}

/* Sums over values that are there. */
typedef struct moments {
    double count, sum, squares;
} moments;

static void add(moments *m, double value)
{
    m->count++;
    m->sum += value;
    m->squares += value * value;
}

static double mean(const moments *m)
{
    return m->sum / m->count;
}

static double variance(const moments *m)
{
    return m->squares / m->count - mean(m) * mean(m);
}

/* Values relative to the first one: a trend far from 0 keeps its digits. NaN, which no comparison holds for, where there are too few. */
static bool trends(const rnn_series *series, size_t p, size_t rows, size_t target)
{
    moments whole = {0, 0, 0}, half[2] = {{0, 0, 0}, {0, 0, 0}}, steps = {0, 0, 0};
    double first = NAN, before = NAN;
    for (size_t i = 0; i < rows; i++) {
        const double value = series->values[(series->starts[p] + i) * series->columns + target];
        if (!isnan(value) && !isnan(before))
            add(&steps, value - before);
        before = value;
        if (isnan(value))
            continue;
        if (isnan(first))
            first = value;
        add(&whole, value - first);
        add(&half[2 * i >= rows], value - first);
    }
    const double apart = mean(&half[1]) - mean(&half[0]);
    return apart * apart > SHIFT * variance(&whole) && variance(&steps) < PERSISTENT * variance(&whole) &&
           variance(&steps) > VARIED * variance(&whole) && 2 * steps.count > whole.count;
}

/* Rows of a part that training windows touch. */
static size_t training_rows(const rnn_settings *settings, const rnn_series *series, size_t p)
{
    rnn_split split;
    return rnn_split_windows(settings, past_rows(series, p), &split) == RNN_OK ? split.train_rows : 0;
}

/* settings: with the window length that was chosen. Quantiles of differences do not add up to quantiles of their sums. */
static rnn_transform choose_transform(const rnn_settings *settings, const rnn_series *series)
{
    size_t trending = 0;
    if (settings->loss == RNN_QUANTILE && settings->horizon > 1)
        return RNN_TRANSFORM_NONE;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t o = 0; o < series->targets; o++)
            trending += trends(series, p, training_rows(settings, series, p), o);
    return 2 * trending > series->parts * series->targets ? RNN_TRANSFORM_DIFF : RNN_TRANSFORM_NONE;
}

/* A sigmoid's slope is at most 1/4, which shrinks every gradient that passes it; tanh and relu start from slope 1, and gated
 * cells have a way past theirs. All rates were chosen on the built-in sine over many seeds and hold on the sunspot series. */
static double choose_rate(const rnn_settings *settings)
{
    if (settings->cell != RNN_ELMAN)
        return 0.01;
    return settings->activation == RNN_SIGMOID ? 0.04 : 0.003;
}

void rnn_settings_resolve_as(rnn_settings *settings, const rnn_settings *chosen)
{
    if (settings->seq_len == 0)
        settings->seq_len = chosen->seq_len;
    if (settings->missing == RNN_MISSING_AUTO)
        settings->missing = chosen->missing;
    if (settings->transform == RNN_TRANSFORM_AUTO)
        settings->transform = chosen->transform;
    if (settings->learning_rate == 0)
        settings->learning_rate = choose_rate(settings);
}

void rnn_settings_resolve(rnn_settings *settings, const rnn_series *series)
{
    rnn_settings chosen = {.seq_len = LONGEST, .missing = RNN_MISSING_ERROR, .transform = RNN_TRANSFORM_NONE};
    if (series && series->N) {
        rnn_settings sized = *settings;
        chosen.seq_len = choose_seq_len(settings, series);
        if (sized.seq_len == 0)
            sized.seq_len = chosen.seq_len;
        chosen.missing = has_gaps(series) ? RNN_MISSING_MASK : RNN_MISSING_ERROR;
        chosen.transform = choose_transform(&sized, series);
    }
    rnn_settings_resolve_as(settings, &chosen);
}
