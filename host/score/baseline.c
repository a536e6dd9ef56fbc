/* SPDX-License-Identifier: MIT */
#include "score/baseline.h"

#include "base/count.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

#define SEASON_MOST      400
#define SEASON_LEAST     0.3  /* of the autocorrelation, and of its height above what lies before */
#define SEASON_GAIN      1.04 /* by how much a longer one's has to exceed a shorter one's */
#define DEPENDENT        1e-10
#define TRIANGLE_COLUMNS (RNN_AR_MOST + 2) /* 1, lag 1, ..., lag P, y */

/* NAN: it is missing. */
static double at(const rnn_past *y, size_t i)
{
    return y->values[i * y->stride];
}

/* Of the values there are; 0 of none. */
static double mean_of(const rnn_past *y)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < y->n; i++)
        if (!isnan(at(y, i))) {
            sum += at(y, i);
            count++;
        }
    return count > 0 ? sum / count : 0;
}

/* ---- Season -------------------------------------------------------------------------------------------------------- */

/* What a straight line through the values there are (least squares) leaves of them, and 0, which adds nothing to a product, in the place
 * of others. */
static void remove_line(const rnn_past *y, double *rest)
{
    const double mean = mean_of(y);
    double rows = 0, count = 0, together = 0, squares = 0;
    for (size_t i = 0; i < y->n; i++)
        if (!isnan(at(y, i))) {
            rows += (double)i;
            count++;
        }
    const double middle = count > 0 ? rows / count : 0;
    for (size_t i = 0; i < y->n; i++)
        if (!isnan(at(y, i))) {
            together += ((double)i - middle) * (at(y, i) - mean);
            squares += ((double)i - middle) * ((double)i - middle);
        }
    const double slope = squares > 0 ? together / squares : 0;
    for (size_t i = 0; i < y->n; i++)
        rest[i] = isnan(at(y, i)) ? 0 : at(y, i) - mean - slope * ((double)i - middle);
}

/* sum over i of rest(i) rest(i - lag) */
static double products(const double *rest, size_t n, size_t lag)
{
    double sum = 0;
    for (size_t i = lag; i < n; i++)
        sum += rest[i] * rest[i - lag];
    return sum;
}

static size_t find_season(const double *rest, size_t n)
{
    const size_t most = n / 3 < SEASON_MOST ? n / 3 : SEASON_MOST;
    const double squares = products(rest, n, 0);
    double before = 1, here = squares > 0 ? products(rest, n, 1) / squares : 0, lowest = here, best = 0;
    size_t season = 1;
    for (size_t lag = 2; squares > 0 && lag <= most; lag++) {
        const double next = products(rest, n, lag) / squares;
        if (lag > 2 && here > before && here >= next && here >= SEASON_LEAST && here - lowest >= SEASON_LEAST &&
            here > SEASON_GAIN * best) {
            best = here;
            season = lag - 1;
        }
        before = here;
        here = next;
        lowest = before < lowest ? before : lowest;
    }
    return season;
}

static rnn_status choose_season(const rnn_past *y, size_t *season)
{
    rnn_status status;
    double *rest = NULL;
    RNN_TRY(RNN_NEW(rest, y->n));
    remove_line(y, rest);
    *season = find_season(rest, y->n);
fail:
    free(rest);
    return status;
}

/* ---- Autoregression ------------------------------------------------------------------------------------------------ */

/* The triangle R of a QR decomposition, a row of the table at a time (Givens rotations): least squares for every order at once,
 * without the normal equations' loss of digits. */
typedef struct triangle {
    size_t columns; /* P + 2 */
    double r[TRIANGLE_COLUMNS][TRIANGLE_COLUMNS];
} triangle;

static void add_row(triangle *t, double *row)
{
    for (size_t j = 0; j < t->columns; j++) {
        if (row[j] == 0)
            continue;
        const double length = sqrt(t->r[j][j] * t->r[j][j] + row[j] * row[j]);
        const double c = t->r[j][j] / length, s = row[j] / length;
        for (size_t k = j; k < t->columns; k++) {
            const double upper = t->r[j][k];
            t->r[j][k] = c * upper + s * row[k];
            row[k] = c * row[k] - s * upper;
        }
    }
}

/* Orders 0 to this one have lags that say something the ones before them do not. */
static size_t independent_orders(const triangle *t)
{
    size_t p = 0;
    for (size_t j = 1; j + 1 < t->columns; j++, p++) {
        double squares = 0;
        for (size_t i = 0; i <= j; i++)
            squares += t->r[i][j] * t->r[i][j];
        if (!(fabs(t->r[j][j]) > DEPENDENT * sqrt(squares)))
            break;
    }
    return p;
}

static size_t best_order(const triangle *t, size_t rows)
{
    const size_t last = t->columns - 1, most = independent_orders(t);
    double rest = 0, least = INFINITY; /* rest: what order p leaves, the squares of y's column below row p */
    size_t best = 0;
    for (size_t i = most + 1; i <= last; i++)
        rest += t->r[i][last] * t->r[i][last];
    for (size_t p = most + 1; p-- > 0;) {
        const double error = rows > p + 1 ? rest * (double)(rows + p + 1) / (double)(rows - p - 1) : INFINITY;
        if (error <= least) {
            least = error;
            best = p;
        }
        rest += t->r[p][last] * t->r[p][last];
    }
    return best;
}

/* The leading triangle solved from below: factors[0] of the 1, factors[k] of lag k. */
static void solve(const triangle *t, size_t order, double *factors)
{
    const size_t last = t->columns - 1;
    for (size_t j = order + 1; j-- > 0;) {
        double sum = t->r[j][last];
        for (size_t k = j + 1; k <= order; k++)
            sum -= t->r[j][k] * factors[k];
        factors[j] = t->r[j][j] != 0 ? sum / t->r[j][j] : 0;
    }
}

static double largest_distance(const rnn_past *y, double mean)
{
    double largest = 0;
    for (size_t i = 0; i < y->n; i++)
        largest = fabs(at(y, i) - mean) > largest ? fabs(at(y, i) - mean) : largest; /* not of a missing one */
    return largest;
}

/* The largest P for which 3 P + 1 rows have a value and P before it without a gap; *rows: how many have. */
static size_t most_lags(const rnn_past *y, size_t *rows)
{
    size_t ends[RNN_AR_MOST + 1] = {0}; /* [k]: rows that end a run of k + 1 values, at most so many being told apart */
    size_t run = 0, P = RNN_AR_MOST;
    for (size_t i = 0; i < y->n; i++) {
        run = isnan(at(y, i)) ? 0 : run + 1;
        if (run > 0)
            ends[run <= RNN_AR_MOST ? run - 1 : RNN_AR_MOST]++;
    }
    for (*rows = ends[P]; P > 0 && *rows < 3 * P + 1;)
        *rows += ends[--P];
    return P;
}

/* In units of the largest distance from the mean, so that no square overflows. */
static rnn_status fit_autoregression(const rnn_past *y, rnn_baseline *out)
{
    size_t rows, run = 0;
    const size_t P = most_lags(y, &rows);
    const double mean = mean_of(y), unit = largest_distance(y, mean);
    double row[TRIANGLE_COLUMNS], factors[TRIANGLE_COLUMNS] = {0};
    rnn_status status;
    triangle *t = NULL;
    out->mean = mean;
    RNN_TRY(RNN_NEW(t, 1));
    t->columns = P + 2;
    for (size_t i = 0; unit > 0 && i < y->n; i++) {
        run = isnan(at(y, i)) ? 0 : run + 1;
        if (run <= P)
            continue;
        row[0] = 1;
        for (size_t k = 1; k <= P; k++)
            row[k] = (at(y, i - k) - mean) / unit;
        row[P + 1] = (at(y, i) - mean) / unit;
        add_row(t, row);
    }
    if (unit > 0) {
        out->order = best_order(t, rows);
        solve(t, out->order, factors);
    }
    out->intercept = factors[0] * unit;
    for (size_t k = 1; k <= out->order; k++)
        out->lag[k - 1] = factors[k];
fail:
    free(t);
    return status;
}

/* ---- All of them --------------------------------------------------------------------------------------------------- */

/* Over the pairs of which both values are there. */
static double naive_error(const rnn_past *y, size_t season)
{
    double sum = 0, count = 0;
    for (size_t i = season; i < y->n; i++) {
        const double change = fabs(at(y, i) - at(y, i - season));
        if (!isnan(change)) {
            sum += change;
            count++;
        }
    }
    return count > 0 ? sum / count : 0;
}

/* From the first value there is to the last, by rows. */
static double mean_slope(const rnn_past *y)
{
    size_t first = 0, last = y->n - 1;
    while (first < last && isnan(at(y, first)))
        first++;
    while (last > first && isnan(at(y, last)))
        last--;
    return last > first ? (at(y, last) - at(y, first)) / (double)(last - first) : 0;
}

/* The latest rows, up to the last one with a value. */
static rnn_past latest_of(const rnn_past *y)
{
    size_t n = y->n;
    while (n > 1 && isnan(at(y, n - 1)))
        n--;
    const size_t skipped = n > RNN_LATEST_ROWS ? n - RNN_LATEST_ROWS : 0;
    return (rnn_past){y->values + skipped * y->stride, y->stride, n - skipped};
}

rnn_status rnn_baseline_fit(const rnn_series *series, size_t target, size_t first, size_t rows, size_t season,
                            rnn_baseline *out)
{
    const rnn_past y = {series->values + first * series->columns + target, series->columns, rows},
                   latest = latest_of(&y);
    rnn_status status = RNN_OK;
    *out = (rnn_baseline){.season = season};
    if (season >= rows && season > 1)
        return rnn_fail(RNN_CONFIG, "--season %zu: the training part has %s; try a season that is shorter, or 1",
                        season, rnn_count(rows, "row").text);
    if (season == 0)
        RNN_TRY(choose_season(&latest, &out->season));
    out->scale = naive_error(&y, out->season);
    out->slope = mean_slope(&y);
    status = fit_autoregression(&latest, out);
fail:
    return status;
}

/* ---- Forecasts ----------------------------------------------------------------------------------------------------- */

rnn_status rnn_fill_targets(const rnn_series *series, double **out)
{
    const size_t targets = series->targets;
    const rnn_status status = RNN_NEW(*out, series->N * targets);
    for (size_t p = 0; p < series->parts && status == RNN_OK; p++)
        for (size_t i = series->starts[p]; i < series->starts[p + 1]; i++)
            for (size_t target = 0; target < targets; target++) {
                const double value = series->values[i * series->columns + target];
                double *cell = *out + i * targets + target;
                *cell = isnan(value) && i > series->starts[p] ? *(cell - targets) : value;
            }
    return status;
}

/* The value `back` rows from the end of what is known, 1 being the last; NAN: none. */
static double value_back(const rnn_past *known, size_t back)
{
    return back <= known->n ? at(known, known->n - back) : (double)NAN;
}

static void forecast_autoregression(const rnn_baseline *b, const rnn_past *known, size_t steps, double *out,
                                    size_t stride)
{
    double recent[RNN_AR_MOST]; /* distances from the mean of the latest values, the latest first */
    for (size_t k = 0; k < b->order; k++) {
        const double value = value_back(known, k + 1);
        recent[k] = isnan(value) ? 0 : value - b->mean;
    }
    for (size_t i = 0; i < steps; i++) {
        double value = b->intercept;
        for (size_t k = 0; k < b->order; k++)
            value += b->lag[k] * recent[k];
        for (size_t k = b->order; k-- > 1;)
            recent[k] = recent[k - 1];
        recent[0] = value;
        out[i * stride] = b->mean + value;
    }
}

void rnn_baseline_forecast(const rnn_baseline *b, rnn_rival rival, const rnn_past *known, size_t steps, double *out,
                           size_t stride)
{
    const double latest = value_back(known, 1), last = isnan(latest) ? b->mean : latest;
    if (rival == RNN_RIVAL_AUTOREGRESSION) {
        forecast_autoregression(b, known, steps, out, stride);
        return;
    }
    for (size_t i = 0; i < steps; i++) {
        const double before = value_back(known, b->season - i % b->season);
        if (rival == RNN_RIVAL_SEASONAL)
            out[i * stride] = isnan(before) ? last : before;
        else
            out[i * stride] = rival == RNN_RIVAL_DRIFT ? last + (double)(i + 1) * b->slope : last;
    }
}
