/* SPDX-License-Identifier: MIT */
#include "score/scoreboard.h"

#include "base/memory.h"
#include "score/conformal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one step, or of all. */
typedef struct sums {
    size_t count;
    double squares, sizes, scaled, shares;
} sums;

static void add_value(sums *s, double forecast, double actual, double scale)
{
    const double error = forecast - actual, size = fabs(error), together = fabs(forecast) + fabs(actual);
    s->count++;
    s->squares += error * error;
    s->sizes += size;
    s->scaled += size / scale;
    s->shares += together > 0 ? 200 * size / together : 0;
}

static void add_sums(sums *all, const sums *step)
{
    all->count += step->count;
    all->squares += step->squares;
    all->sizes += step->sizes;
    all->scaled += step->scaled;
    all->shares += step->shares;
}

static rnn_errors errors_of(const sums *s)
{
    const double n = (double)s->count;
    return (rnn_errors){s->count, sqrt(s->squares / n), s->sizes / n, s->scaled / n, s->shares / n};
}

static void finish(const sums *steps, size_t horizon, rnn_contender *out)
{
    sums all = {0};
    for (size_t step = 0; step < horizon; step++) {
        add_sums(&all, &steps[step]);
        out->steps[step] = errors_of(&steps[step]);
    }
    out->all = errors_of(&all);
}

/* What measuring works with. */
typedef struct bench {
    double *filled;   /* (N,targets) rnn_fill_targets of the series */
    double *forecast; /* (horizon,targets) */
    sums *steps;      /* (horizon) */
    double *apart;    /* (contenders,parts,targets) sums of squares */
    bool *asked;      /* (parts,targets) there is an actual value */
} bench;

/* The naive forecasts (targets) beside window i. */
static const rnn_baseline *baselines_of(const rnn_predictions *p, size_t i, const rnn_rivalry *r)
{
    return r->baselines + ((r->set ? r->set[i] : 0) * r->series->parts + p->parts[i]) * p->targets;
}

/* One window's forecasts (horizon,targets), as the rival has them. */
static void ask_rival(const rnn_predictions *p, size_t i, const rnn_rivalry *r, rnn_rival rival, const bench *b)
{
    const size_t first = r->series->starts[p->parts[i]];
    const rnn_baseline *baselines = baselines_of(p, i, r);
    for (size_t target = 0; target < p->targets; target++) {
        const rnn_column known = {b->filled + first * p->targets + target, p->targets, p->rows[i] - first};
        rnn_baseline_forecast(&baselines[target], rival, &known, p->horizon, b->forecast + target, p->targets);
    }
}

static void add_window(const rnn_predictions *p, size_t i, const double *forecast, const rnn_rivalry *r, const bench *b,
                       double *apart)
{
    const size_t at = p->parts[i] * p->targets;
    const size_t O = p->horizon * p->targets;
    const rnn_baseline *scales = r->baselines + p->parts[i] * p->targets;
    for (size_t o = 0; o < O; o++)
        if (!isnan(p->actual[i * O + o])) {
            const double error = forecast[o] - p->actual[i * O + o];
            add_value(&b->steps[o / p->targets], forecast[o], p->actual[i * O + o], scales[o % p->targets].scale);
            apart[at + o % p->targets] += error * error;
            b->asked[at + o % p->targets] = true;
        }
}

/* rival: RNN_RIVALS for the network itself. */
static void measure(const rnn_predictions *p, size_t first, size_t count, const rnn_rivalry *r, rnn_rival rival,
                    const bench *b, double *apart, rnn_contender *out)
{
    memset(b->steps, 0, p->horizon * sizeof *b->steps);
    for (size_t i = first; i < first + count; i++) {
        if (rival != RNN_RIVALS)
            ask_rival(p, i, r, rival, b);
        add_window(p, i, rival == RNN_RIVALS ? p->predicted + i * p->horizon * p->targets : b->forecast, r, b, apart);
    }
    finish(b->steps, p->horizon, out);
}

/* Season or order of a naive forecast. */
static size_t number_of(const rnn_baseline *b, rnn_rival rival)
{
    return rival == RNN_RIVAL_SEASONAL ? b->season : b->order;
}

/* The number in brackets, where all that are asked have the same. */
static void name_rival(rnn_rival rival, const rnn_predictions *p, rnn_range asked, const rnn_rivalry *r,
                       rnn_contender *out)
{
    static const char *const names[RNN_RIVALS] = {"last value", "seasonal naive", "drift", "AR"};
    bool same = rival == RNN_RIVAL_SEASONAL || rival == RNN_RIVAL_AUTOREGRESSION;
    const size_t number = number_of(baselines_of(p, asked.first, r), rival);
    for (size_t i = asked.first; i < asked.first + asked.count; i++)
        for (size_t target = 0; target < p->targets; target++)
            same = same && number_of(baselines_of(p, i, r) + target, rival) == number;
    if (!same)
        snprintf(out->name, sizeof out->name, "%s", names[rival]);
    else
        snprintf(out->name, sizeof out->name, rival == RNN_RIVAL_SEASONAL ? "%s (%zu)" : "%s(%zu)", names[rival],
                 number);
}

/* One of those that are asked has one. */
static bool has_season(const rnn_predictions *p, rnn_range asked, const rnn_rivalry *r)
{
    for (size_t i = asked.first; i < asked.first + asked.count; i++)
        for (size_t target = 0; target < p->targets; target++)
            if (baselines_of(p, i, r)[target].season > 1)
                return true;
    return false;
}

/* No more than the rounding of the values that these windows were asked for: in a file of six decimals, or in double. */
static bool is_rounding(const rnn_predictions *p, size_t first, size_t count, double rmse)
{
    const size_t O = p->horizon * p->targets;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = first * O; i < (first + count) * O; i++) { /* a missing one is neither lower nor higher */
        low = p->actual[i] < low ? p->actual[i] : low;
        high = p->actual[i] > high ? p->actual[i] : high;
    }
    return rmse <= 1e-6 * (high - low) + 8 * DBL_EPSILON * fmax(fabs(low), fabs(high));
}

/* Which of the series' targets have no scale of MASE. */
static rnn_status count_scales(const rnn_predictions *p, size_t first, size_t count, const rnn_rivalry *r,
                               rnn_scoreboard *board)
{
    bool *seen = NULL;
    const rnn_status status = RNN_NEW(seen, r->series->parts);
    for (size_t i = first; i < first + count && status == RNN_OK; i++) {
        const rnn_baseline *scales = r->baselines + p->parts[i] * p->targets;
        for (size_t target = 0; target < p->targets && !seen[p->parts[i]]; target++) {
            board->scales++;
            if (!(scales[target].scale > 0) && board->unscaled++ == 0)
                board->unscaled_season = scales[target].season;
        }
        seen[p->parts[i]] = true;
    }
    free(seen);
    return status;
}

/* On how many the network, the first of the contenders, is the best. */
static void compare_apart(const bench *b, size_t count, rnn_scoreboard *board)
{
    for (size_t i = 0; i < count; i++) {
        bool ahead = b->asked[i];
        for (size_t c = 1; c < board->contenders; c++)
            ahead = ahead && b->apart[i] < b->apart[c * count + i];
        board->apart += b->asked[i];
        board->ahead += ahead;
    }
}

static size_t windows_with_actual(const rnn_predictions *p, size_t first, size_t count)
{
    const size_t O = p->horizon * p->targets;
    size_t windows = 0;
    for (size_t i = first; i < first + count; i++)
        for (size_t o = 0; o < O; o++)
            if (!isnan(p->actual[i * O + o])) {
                windows++;
                break;
            }
    return windows;
}

rnn_status rnn_scoreboard_make(const rnn_predictions *p, size_t first, size_t count, const rnn_rivalry *rivalry,
                               rnn_scoreboard **out)
{
    const rnn_range asked = {first, count};
    const size_t apart = rivalry->series->parts * p->targets;
    rnn_status status;
    rnn_scoreboard *board = NULL;
    bench b = {.filled = NULL};
    *out = NULL;
    RNN_TRY(RNN_NEW(board, 1));
    RNN_TRY(RNN_NEW(b.forecast, p->horizon * p->targets));
    RNN_TRY(RNN_NEW(b.steps, p->horizon));
    RNN_TRY(RNN_NEW(b.apart, (1 + RNN_RIVALS) * apart));
    RNN_TRY(RNN_NEW(b.asked, apart));
    RNN_TRY(rnn_fill_targets(rivalry->series, &b.filled));
    board->windows = windows_with_actual(p, first, count);
    board->horizon = p->horizon;
    board->targets = p->targets;
    if (board->windows == 0) {
        status = rnn_fail(RNN_CONFIG, "%s: none of %zu windows has a row behind it to compare with",
                          rivalry->series->source, count);
        goto fail;
    }
    for (int rival = -1; rival < RNN_RIVALS; rival++) { /* -1: the network */
        rnn_contender *contender = &board->contender[board->contenders];
        if (rival == RNN_RIVAL_SEASONAL && !has_season(p, asked, rivalry))
            continue;
        RNN_TRY(RNN_NEW(contender->steps, p->horizon));
        if (rival < 0)
            snprintf(contender->name, sizeof contender->name, "network");
        else
            name_rival((rnn_rival)rival, p, asked, rivalry, contender);
        measure(p, first, count, rivalry, rival < 0 ? RNN_RIVALS : (rnn_rival)rival, &b,
                b.apart + board->contenders * apart, contender);
        if (board->contenders == 1 ||
            (board->contenders && contender->all.rmse < board->contender[board->best].all.rmse))
            board->best = board->contenders;
        board->contenders++;
    }
    board->exact = is_rounding(p, first, count, board->contender[board->best].all.rmse);
    compare_apart(&b, apart, board);
    RNN_TRY(count_scales(p, first, count, rivalry, board));
    *out = board;
    board = NULL;
fail:
    free(b.filled);
    free(b.steps);
    free(b.apart);
    free(b.asked);
    free(b.forecast);
    rnn_scoreboard_free(board);
    return status;
}

void rnn_scoreboard_free(rnn_scoreboard *board)
{
    if (!board)
        return;
    for (size_t i = 0; i < 1 + RNN_RIVALS; i++)
        free(board->contender[i].steps);
    free(board->step_coverage);
    free(board);
}
