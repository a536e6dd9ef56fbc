/* SPDX-License-Identifier: MIT
 * resolve.c - what settings leave open, chosen by the data (rnn_settings_resolve in rnn_cl.h)
 *
 * Decisions compare sums in double of + - * / in a stated order: every machine makes the same ones.
 */
#include "model/settings.h"

#include "data/scale.h"
#include "data/season.h"
#include "data/series.h"

#include <math.h>

#define LONGEST  50 /* rows of a window */
#define SHORTEST 8  /* where one short series would make it shorter for all the others: that one is refused by name */
#define WINDOWS  4  /* that many of them, end to end, make a series */

/* Variances of the training rows of a target. */
#define SHIFT      0.36 /* of its values; where the means of the halves are further apart, squared, it has moved */
#define PERSISTENT 0.75 /* of its values; where those of its differences are below, they go on from row to row */
#define WANDERING \
    (1.0 / 3)         /* ... and where they are below this, they go anywhere, whether or not they have moved so far */
#define VARIED   1e-9 /* ... but above this: the differences of a straight line are all alike */
#define CLEARLY  (2.0 / 3) /* of its values, and of its differences; below are those of seasonal differences that help */
#define REPEATED 2e-3      /* ... but above this: a sine is met again between two rows */

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

/* Sums over values that are there; NaN is not. */
typedef struct moments {
    double count, sum, squares;
} moments;

static void add(moments *m, double value)
{
    if (isnan(value))
        return;
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

/* The values are relative to the first one: a trend far from 0 keeps its digits. */
typedef struct spread {
    moments whole, half[2];
    moments steps;   /* differences to the row before */
    moments seasons; /* ... to the season before */
    moments turns;   /* of a seasonal difference to that of the row before */
} spread;

static spread spread_of(const rnn_series *series, size_t p, size_t rows, size_t target, size_t season)
{
    const double *values = series->values + series->starts[p] * series->columns + target;
    spread s = {.steps = {0, 0, 0}};
    double first = NAN, before = NAN, last_change = NAN;
    for (size_t i = 0; i < rows; i++) {
        const double value = values[i * series->columns];
        const double change = i < season ? NAN : value - values[(i - season) * series->columns];
        first = isnan(first) ? value : first;
        add(&s.whole, value - first);
        add(&s.half[2 * i >= rows], value - first);
        add(&s.steps, value - before);
        add(&s.seasons, change);
        add(&s.turns, change - last_change);
        before = value;
        last_change = change;
    }
    return s;
}

/* Here and below NaN, which no comparison holds for, where there are too few values. */
static bool has_moved(const spread *s)
{
    const double apart = mean(&s->half[1]) - mean(&s->half[0]);
    return apart * apart > SHIFT * variance(&s->whole);
}

static bool trends(const spread *s)
{
    const double whole = variance(&s->whole), steps = variance(&s->steps);
    return steps < (has_moved(s) ? PERSISTENT : WANDERING) * whole && steps > VARIED * whole &&
           2 * s->steps.count > s->whole.count;
}

/* Of a season that stays the same under noise that comes and goes, differences would have twice the noise. */
static bool is_seasonal(const spread *s)
{
    const double whole = variance(&s->whole), seasons = variance(&s->seasons);
    return seasons < CLEARLY * whole && seasons < CLEARLY * variance(&s->steps) && seasons > REPEATED * whole &&
           (has_moved(s) || variance(&s->turns) < PERSISTENT * seasons) && 2 * s->seasons.count > s->whole.count;
}

/* Rows of a part that training windows touch. */
static size_t training_rows(const rnn_settings *settings, const rnn_series *series, size_t p)
{
    rnn_split split;
    return rnn_split_windows(settings, past_rows(series, p), &split) == RNN_OK ? split.train_rows : 0;
}

/* The one that most columns have, the shortest of several; 0: none has one. */
static size_t choose_season(const rnn_settings *settings, const rnn_series *series)
{
    size_t columns[RNN_SEASON_MOST + 1] = {0}, season = 0;
    for (size_t p = 0; p < series->parts; p++) {
        const size_t rows = training_rows(settings, series, p);
        const double *first = series->values + series->starts[p] * series->columns;
        for (size_t o = 0; rows > 0 && o < series->targets; o++)
            columns[rnn_column_season(&(rnn_column){first + o, series->columns, rows})]++;
    }
    for (size_t i = 2; i <= RNN_SEASON_MOST; i++)
        season = columns[i] > (season ? columns[season] : 0) ? i : season;
    return season;
}

/* No series loses all its windows of a part to the first season, and none to gaps that count twice. */
static bool is_room_for(const rnn_settings *settings, const rnn_series *series, size_t season)
{
    if (settings->missing == RNN_MISSING_DROP && has_gaps(series))
        return false;
    for (size_t p = 0; p < series->parts; p++) {
        const size_t rows = past_rows(series, p);
        rnn_split split;
        if (rnn_split_windows(settings, rows, &split) == RNN_OK &&
            (rows <= season || rnn_split_windows(settings, rows - season, &split) != RNN_OK))
            return false;
    }
    return true;
}

/* settings: with the window length that was chosen. Quantiles of differences do not add up to quantiles of their sums; a season ahead
 * there is nothing to add up. */
static rnn_transform choose_transform(const rnn_settings *settings, const rnn_series *series, size_t season)
{
    const bool adds_up = settings->loss != RNN_QUANTILE || settings->horizon == 1;
    size_t trending = 0, seasonal = 0;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t o = 0; o < series->targets; o++) {
            const spread s = spread_of(series, p, training_rows(settings, series, p), o, season);
            trending += trends(&s);
            seasonal += season > 1 && is_seasonal(&s);
        }
    const size_t most = series->parts * series->targets / 2;
    if (seasonal > most && (adds_up || settings->horizon <= season) && is_room_for(settings, series, season))
        return RNN_TRANSFORM_SEASON_DIFF;
    return trending > most && adds_up ? RNN_TRANSFORM_DIFF : RNN_TRANSFORM_NONE;
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
    if (rnn_transform_is_seasonal(settings->transform) && settings->season == 0)
        settings->season = chosen->season;
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
        chosen.season = sized.season ? sized.season : choose_season(&sized, series);
        chosen.transform = choose_transform(&sized, series, chosen.season);
    }
    rnn_settings_resolve_as(settings, &chosen);
}
