/* SPDX-License-Identifier: MIT */
#include "view/scoreboard.h"

#include "base/count.h"
#include "base/json.h"
#include "view/results.h"

#include <math.h>
#include <stdlib.h>

#define STEP_ROWS 12

static const char *const calibrations[] = {"none", "model", "halves"};

double rnn_coverage_share(const rnn_coverage *coverage)
{
    return (double)coverage->inside / (double)coverage->values;
}

/* ---- Text ---------------------------------------------------------------------------------------------------------- */

/* "-" where there was nothing to divide by. */
static void print_number(FILE *stream, double value, int digits, int width)
{
    if (isfinite(value))
        fprintf(stream, "  %*.*g", width, digits, value);
    else
        fprintf(stream, "  %*s", width, "-");
}

static void print_errors(FILE *stream, const rnn_contender *contender)
{
    const rnn_errors *e = &contender->all;
    fprintf(stream, "  %-22s", contender->name);
    print_number(stream, e->rmse, 6, 12);
    print_number(stream, e->mae, 6, 12);
    print_number(stream, e->mase, 4, 9);
    print_number(stream, e->smape, 4, 9);
    fprintf(stream, "\n");
}

static void print_verdict(FILE *stream, const rnn_scoreboard *board, const char *part)
{
    const rnn_contender *best = &board->contender[board->best];
    const double network = board->contender[0].all.rmse, rival = best->all.rmse, ratio = network / rival;
    fprintf(stream, "  on %s the network %s the best of them, %s", part, network < rival ? "beats" : "does NOT beat",
            best->name);
    if (board->exact && rival > 0) /* there is no share of that */
        fprintf(stream, ", which fits these values to rounding (RMSE %.2g)", rival);
    else if (board->exact)
        fprintf(stream, ", which makes no error");
    else if (ratio < 10)
        fprintf(stream, ": its RMSE is %.1f %% %s", 100 * fabs(1 - ratio), network < rival ? "lower" : "higher");
    else
        fprintf(stream, ": its RMSE is %.3g times as large", ratio);
    fprintf(stream, "\n");
}

bool rnn_scoreboard_apart(const rnn_scoreboard *board, char *text, size_t size)
{
    const char *what = board->targets == 1 ? "series" : board->apart > board->targets ? "targets of series" : "targets";
    if (board->apart < 2)
        return false;
    snprintf(text, size, "of the %zu %s, each by itself, it is ahead on %zu", board->apart, what, board->ahead);
    return true;
}

bool rnn_scoreboard_no_mase(const rnn_scoreboard *board, char *text, size_t size)
{
    const char *of_what = board->targets <= 1               ? "series"
                          : board->scales == board->targets ? "targets"
                                                            : "targets of all series";
    char of[80] = "", apart[48] = "neighbouring values";
    if (board->unscaled == 0)
        return false;
    if (board->scales > 1)
        snprintf(of, sizeof of, " of %zu of %zu %s", board->unscaled, board->scales, of_what);
    if (board->unscaled_season > 1)
        snprintf(apart, sizeof apart, "values %zu rows apart", board->unscaled_season);
    snprintf(text, size, "the training part%s has no two %s that differ", of, apart);
    return true;
}

bool rnn_scoreboard_is_thin(const rnn_scoreboard *board)
{
    for (size_t i = 0; i < board->levels; i++)
        if (board->coverage[i].values < RNN_FEW_VALUES * board->horizon)
            return true;
    return false;
}

static void print_coverage(FILE *stream, const rnn_scoreboard *board)
{
    if (board->levels == 0)
        return;
    for (size_t i = 0; i < board->levels; i++) {
        const rnn_coverage *c = &board->coverage[i];
        fprintf(stream, "%s%.4g %% hold %.1f %% of %zu values", i ? ", " : "  intervals of ", 100 * c->level,
                100 * rnn_coverage_share(c), c->values);
    }
    fprintf(stream, board->calibration == RNN_CALIBRATION_HALVES
                        ? " (made of the earlier half of these windows, measured on the later"
                        : " (made of the validation part");
    if (rnn_scoreboard_is_thin(board))
        fprintf(stream, "; fewer than %d values%s, which say little", RNN_FEW_VALUES,
                board->horizon > 1 ? " a step" : "");
    fprintf(stream, ")\n");
}

static void print_quantiles(FILE *stream, const rnn_scoreboard *board)
{
    for (size_t i = 0; i < board->pairs; i++)
        fprintf(stream, "%s%.4g %% hold %.1f %% of %zu values%s", i ? ", " : "  the network's own quantiles of ",
                100 * board->quantile_coverage[i].level, 100 * rnn_coverage_share(&board->quantile_coverage[i]),
                board->quantile_coverage[i].values, i + 1 < board->pairs ? "" : "\n");
}

/* Row i of `rows` of the steps, the first and the last among them. */
static size_t step_of(size_t i, size_t rows, size_t horizon)
{
    return rows == 1 ? 0 : i * (horizon - 1) / (rows - 1);
}

static void print_steps(FILE *stream, const rnn_scoreboard *board)
{
    const size_t rows = board->horizon < STEP_ROWS ? board->horizon : STEP_ROWS;
    if (board->horizon == 1)
        return;
    fprintf(stream, "  RMSE of step");
    for (size_t c = 0; c < board->contenders; c++)
        fprintf(stream, "  %*s", c == 0 ? 12 : 19, board->contender[c].name);
    fprintf(stream, "\n");
    for (size_t i = 0; i < rows; i++) {
        const size_t step = step_of(i, rows, board->horizon);
        fprintf(stream, "  %12zu", step + 1);
        for (size_t c = 0; c < board->contenders; c++)
            print_number(stream, board->contender[c].steps[step].rmse, 6, c == 0 ? 12 : 19);
        fprintf(stream, "\n");
    }
}

void rnn_scoreboard_print(FILE *stream, const rnn_scoreboard *board, const char *part)
{
    char reason[RNN_REASON];
    fprintf(stream, "%s: %s, original units\n", part, rnn_count(board->windows, "window").text);
    fprintf(stream, "  %-22s  %12s  %12s  %9s  %9s\n", "", "RMSE", "MAE", "MASE", "sMAPE %");
    for (size_t c = 0; c < board->contenders; c++)
        print_errors(stream, &board->contender[c]);
    if (rnn_scoreboard_no_mase(board, reason, sizeof reason))
        fprintf(stream, "  no MASE: %s\n", reason);
    print_verdict(stream, board, part);
    if (rnn_scoreboard_apart(board, reason, sizeof reason))
        fprintf(stream, "  %s; in the errors above large units outweigh small ones\n", reason);
    print_coverage(stream, board);
    print_quantiles(stream, board);
    print_steps(stream, board);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static json_t *errors_to_json(const rnn_errors *e)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "count", (json_int_t)e->count, "rmse", rnn_json_real_or_null(e->rmse),
                     "mae", rnn_json_real_or_null(e->mae), "mase", rnn_json_real_or_null(e->mase), "smape",
                     rnn_json_real_or_null(e->smape));
}

static json_t *contender_to_json(const rnn_contender *contender, size_t horizon)
{
    json_t *object = errors_to_json(&contender->all), *steps = json_array();
    bool whole = json_object_set_new(object, "name", json_string(contender->name)) == 0;
    for (size_t step = 0; step < horizon; step++)
        whole = json_array_append_new(steps, errors_to_json(&contender->steps[step])) == 0 && whole;
    whole = json_object_set_new(object, "steps", steps) == 0 && whole;
    if (whole)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *coverage_to_json(const rnn_coverage *c)
{
    return json_pack("{s:f, s:f, s:I}", "level", c->level, "share", rnn_coverage_share(c), "values",
                     (json_int_t)c->values);
}

json_t *rnn_scoreboard_to_json(const rnn_scoreboard *board)
{
    const rnn_contender *best = &board->contender[board->best];
    json_t *contenders = json_array(), *coverage = json_array(), *quantiles = board->pairs ? json_array() : NULL;
    char reason[RNN_REASON];
    bool whole = true;
    for (size_t c = 0; c < board->contenders; c++)
        whole =
            json_array_append_new(contenders, contender_to_json(&board->contender[c], board->horizon)) == 0 && whole;
    for (size_t i = 0; i < board->levels; i++)
        whole = json_array_append_new(coverage, coverage_to_json(&board->coverage[i])) == 0 && whole;
    for (size_t i = 0; i < board->pairs; i++)
        whole = json_array_append_new(quantiles, coverage_to_json(&board->quantile_coverage[i])) == 0 && whole;
    json_t *object =
        json_pack("{s:I, s:I, s:o, s:s, s:b, s:b, s:s, s:o, s:o*, s:b, s:s, s:I, s:I, s:s*}", "windows",
                  (json_int_t)board->windows, "horizon", (json_int_t)board->horizon, "contenders", contenders, "best",
                  best->name, "beats_best", (int)(board->contender[0].all.rmse < best->all.rmse), "best_exact",
                  (int)board->exact, "calibration", calibrations[board->calibration], "coverage", coverage,
                  "quantile_coverage", quantiles, "data_known", (int)board->naive.known, "naive_fitted_on",
                  board->naive.refitted ? "first rows of this data" : "training rows of the model", "apart",
                  (json_int_t)board->apart, "ahead", (json_int_t)board->ahead, "no_mase",
                  rnn_scoreboard_no_mase(board, reason, sizeof reason) ? reason : NULL);
    if (object && whole)
        return object;
    json_decref(object);
    rnn_fail(RNN_NO_MEMORY, "out of memory: the scoreboard as JSON");
    return NULL;
}

/* ---- CSV ----------------------------------------------------------------------------------------------------------- */

rnn_status rnn_scoreboard_csv(const rnn_scoreboard *board, char **text, size_t *size)
{
    *text = NULL;
    FILE *stream = open_memstream(text, size);
    if (!stream)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the scoreboard as CSV");
    fprintf(stream, "contender,step,count,rmse,mae,mase,smape");
    for (size_t i = 0; i < board->levels; i++)
        fprintf(stream, ",coverage_%.6g", 100 * board->coverage[i].level);
    fputc('\n', stream);
    for (size_t c = 0; c < board->contenders; c++)
        for (size_t step = 0; step < board->horizon; step++) {
            const rnn_errors *e = &board->contender[c].steps[step];
            fprintf(stream, "%s,%zu,%zu", board->contender[c].name, step + 1, e->count);
            rnn_csv_number(stream, e->rmse);
            rnn_csv_number(stream, e->mae);
            rnn_csv_number(stream, e->mase);
            rnn_csv_number(stream, e->smape);
            for (size_t i = 0; i < board->levels; i++)
                rnn_csv_number(stream,
                               c == 0 ? rnn_coverage_share(&board->step_coverage[i * board->horizon + step]) : NAN);
            fputc('\n', stream);
        }
    if (fclose(stream) != 0)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the scoreboard as CSV");
    return RNN_OK;
}
