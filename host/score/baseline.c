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

/* Rows of one column. */
typedef struct column {
    const double *values;
    size_t stride, n;
} column;

/* A missing cell is as the one before it, or, without one, as the next. */
static double at(const column *y, size_t i)
{
    size_t k = i;
    while (k > 0 && isnan(y->values[k * y->stride]))
        k--;
    while (k + 1 < y->n && isnan(y->values[k * y->stride]))
        k++;
    return isnan(y->values[k * y->stride]) ? 0 : y->values[k * y->stride];
}

static double mean_of(const column *y)
{
    double sum = 0;
    for (size_t i = 0; i < y->n; i++)
        sum += at(y, i);
    return sum / (double)y->n;
}

/* ---- Season -------------------------------------------------------------------------------------------------------- */

/* What a straight line through the column (least squares) leaves. */
static void remove_line(const column *y, double *rest)
{
    const double middle = (double)(y->n - 1) / 2, mean = mean_of(y);
    double together = 0, squares = 0;
    for (size_t i = 0; i < y->n; i++) {
        together += ((double)i - middle) * (at(y, i) - mean);
        squares += ((double)i - middle) * ((double)i - middle);
    }
    const double slope = squares > 0 ? together / squares : 0;
    for (size_t i = 0; i < y->n; i++)
        rest[i] = at(y, i) - mean - slope * ((double)i - middle);
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

static rnn_status choose_season(const column *y, size_t *season)
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

static double largest_distance(const column *y, double mean)
{
    double largest = 0;
    for (size_t i = 0; i < y->n; i++)
        largest = fabs(at(y, i) - mean) > largest ? fabs(at(y, i) - mean) : largest;
    return largest;
}

/* In units of the largest distance from the mean, so that no square overflows. */
static rnn_status fit_autoregression(const column *y, rnn_baseline *out)
{
    const size_t quarter = (y->n - 1) / 4, P = quarter < RNN_AR_MOST ? quarter : RNN_AR_MOST;
    const double mean = mean_of(y), unit = largest_distance(y, mean);
    double row[TRIANGLE_COLUMNS], factors[TRIANGLE_COLUMNS] = {0};
    rnn_status status;
    triangle *t = NULL;
    out->mean = mean;
    RNN_TRY(RNN_NEW(t, 1));
    t->columns = P + 2;
    for (size_t i = P; unit > 0 && i < y->n; i++) {
        row[0] = 1;
        for (size_t k = 1; k <= P; k++)
            row[k] = (at(y, i - k) - mean) / unit;
        row[P + 1] = (at(y, i) - mean) / unit;
        add_row(t, row);
    }
    if (unit > 0) {
        out->order = best_order(t, y->n - P);
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

static double naive_error(const column *y, size_t season)
{
    double sum = 0;
    for (size_t i = season; i < y->n; i++)
        sum += fabs(at(y, i) - at(y, i - season));
    return y->n > season ? sum / (double)(y->n - season) : 0;
}

rnn_status rnn_baseline_fit(const rnn_series *series, size_t target, size_t first, size_t rows, size_t season,
                            rnn_baseline *out)
{
    const column y = {series->values + first * series->columns + target, series->columns, rows};
    const size_t skipped = rows > RNN_LATEST_ROWS ? rows - RNN_LATEST_ROWS : 0;
    const column latest = {y.values + skipped * y.stride, y.stride, rows - skipped};
    rnn_status status = RNN_OK;
    *out = (rnn_baseline){.season = season};
    if (season >= rows && season > 1)
        return rnn_fail(RNN_CONFIG, "--season %zu: the training part has %s; try a season that is shorter, or 1",
                        season, rnn_count(rows, "row").text);
    if (season == 0)
        RNN_TRY(choose_season(&latest, &out->season));
    out->scale = naive_error(&y, out->season);
    out->slope = rows > 1 ? (at(&y, rows - 1) - at(&y, 0)) / (double)(rows - 1) : 0;
    status = fit_autoregression(&latest, out);
fail:
    return status;
}

static void forecast_autoregression(const rnn_baseline *b, const column *known, size_t steps, double *out,
                                    size_t stride)
{
    double recent[RNN_AR_MOST]; /* distances from the mean of the latest values, the latest first */
    for (size_t k = 0; k < b->order; k++)
        recent[k] = k < known->n ? at(known, known->n - 1 - k) - b->mean : 0;
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

void rnn_baseline_forecast(const rnn_baseline *b, rnn_rival rival, const rnn_series *series, size_t target,
                           size_t first, size_t row, size_t steps, double *out, size_t stride)
{
    const column known = {series->values + first * series->columns + target, series->columns, row - first};
    const double last = at(&known, known.n - 1);
    if (rival == RNN_RIVAL_AUTOREGRESSION) {
        forecast_autoregression(b, &known, steps, out, stride);
        return;
    }
    for (size_t i = 0; i < steps; i++) {
        const size_t back = b->season - i % b->season; /* rows from the end of what is known, 1 being the last */
        if (rival == RNN_RIVAL_SEASONAL)
            out[i * stride] = back <= known.n ? at(&known, known.n - back) : last;
        else
            out[i * stride] = rival == RNN_RIVAL_DRIFT ? last + (double)(i + 1) * b->slope : last;
    }
}
