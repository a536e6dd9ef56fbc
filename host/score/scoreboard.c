/* SPDX-License-Identifier: MIT */
#include "score/scoreboard.h"

#include "base/memory.h"

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

/* One window's forecasts (horizon,targets), as the rival has them. */
static void ask_rival(const rnn_predictions *p, size_t i, const rnn_rivalry *r, rnn_rival rival, double *forecast)
{
    const size_t part = p->parts[i], set = r->set ? r->set[i] : 0;
    const rnn_baseline *baselines = r->baselines + (set * r->series->parts + part) * p->targets;
    for (size_t target = 0; target < p->targets; target++)
        rnn_baseline_forecast(&baselines[target], rival, r->series, target, r->series->starts[part], p->rows[i],
                              p->horizon, forecast + target, p->targets);
}

static void add_window(const rnn_predictions *p, size_t i, const double *forecast, const rnn_rivalry *r, sums *steps)
{
    const size_t O = p->horizon * p->targets;
    const rnn_baseline *scales = r->baselines + p->parts[i] * p->targets;
    for (size_t o = 0; o < O; o++)
        if (!isnan(p->actual[i * O + o]))
            add_value(&steps[o / p->targets], forecast[o], p->actual[i * O + o], scales[o % p->targets].scale);
}

/* rival: RNN_RIVALS for the network itself. forecast (horizon,targets), steps (horizon): to work with. */
static void measure(const rnn_predictions *p, size_t first, size_t count, const rnn_rivalry *r, rnn_rival rival,
                    double *forecast, sums *steps, rnn_contender *out)
{
    memset(steps, 0, p->horizon * sizeof *steps);
    for (size_t i = first; i < first + count; i++) {
        if (rival != RNN_RIVALS)
            ask_rival(p, i, r, rival, forecast);
        add_window(p, i, rival == RNN_RIVALS ? p->predicted + i * p->horizon * p->targets : forecast, r, steps);
    }
    finish(steps, p->horizon, out);
}

/* The number in brackets, where all targets have the same. */
static void name_rival(rnn_rival rival, const rnn_baseline *b, size_t targets, rnn_contender *out)
{
    static const char *const names[RNN_RIVALS] = {"last value", "seasonal naive", "drift", "AR"};
    bool same = rival == RNN_RIVAL_SEASONAL || rival == RNN_RIVAL_AUTOREGRESSION;
    const size_t number = rival == RNN_RIVAL_SEASONAL ? b->season : b->order;
    for (size_t target = 1; target < targets; target++)
        same = same && (rival == RNN_RIVAL_SEASONAL ? b[target].season : b[target].order) == number;
    if (!same)
        snprintf(out->name, sizeof out->name, "%s", names[rival]);
    else
        snprintf(out->name, sizeof out->name, rival == RNN_RIVAL_SEASONAL ? "%s (%zu)" : "%s(%zu)", names[rival],
                 number);
}

static bool has_season(const rnn_baseline *b, size_t targets)
{
    bool any = false;
    for (size_t target = 0; target < targets; target++)
        any = any || b[target].season > 1;
    return any;
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
    rnn_status status;
    rnn_scoreboard *board = NULL;
    double *forecast = NULL;
    sums *steps = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(board, 1));
    RNN_TRY(RNN_NEW(forecast, p->horizon * p->targets));
    RNN_TRY(RNN_NEW(steps, p->horizon));
    board->windows = windows_with_actual(p, first, count);
    board->horizon = p->horizon;
    if (board->windows == 0) {
        status = rnn_fail(RNN_CONFIG, "%s: none of %zu windows has a row behind it to compare with",
                          rivalry->series->source, count);
        goto fail;
    }
    for (int rival = -1; rival < RNN_RIVALS; rival++) { /* -1: the network */
        rnn_contender *contender = &board->contender[board->contenders];
        if (rival == RNN_RIVAL_SEASONAL && !has_season(rivalry->baselines, rivalry->series->parts * p->targets))
            continue;
        RNN_TRY(RNN_NEW(contender->steps, p->horizon));
        if (rival < 0)
            snprintf(contender->name, sizeof contender->name, "network");
        else
            name_rival((rnn_rival)rival, rivalry->baselines, rivalry->series->parts * p->targets, contender);
        measure(p, first, count, rivalry, rival < 0 ? RNN_RIVALS : (rnn_rival)rival, forecast, steps, contender);
        if (board->contenders == 1 ||
            (board->contenders && contender->all.rmse < board->contender[board->best].all.rmse))
            board->best = board->contenders;
        board->contenders++;
    }
    *out = board;
    board = NULL;
fail:
    free(steps);
    free(forecast);
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
