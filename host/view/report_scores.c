/* SPDX-License-Identifier: MIT
 * report_scores.c - the tables of the scoreboard and of the forecast
 */
#include "base/count.h"
#include "view/html.h"
#include "view/report_parts.h"
#include "view/scoreboard.h"

#include <math.h>
#include <string.h>

void rnn_report_put_cell(FILE *stream, const char *tag, const char *class, const char *text)
{
    fprintf(stream, class ? "<%s class=\"%s\">" : "<%s>", tag, class);
    rnn_html_text(stream, text, RNN_REPORT_CELL);
    fprintf(stream, "</%.2s>", tag);
}

static void put_number(FILE *stream, double value)
{
    rnn_report_put_cell(stream, "td", "n", rnn_html_real(value).text);
}

/* Tables show the first steps only. */
static size_t rows_of(size_t steps)
{
    return steps < RNN_REPORT_STEPS ? steps : RNN_REPORT_STEPS;
}

static void put_left_out(FILE *stream, size_t steps)
{
    if (rows_of(steps) < steps)
        fprintf(stream, "<p class=\"soft\">The first %zu of %zu steps; the chart has all.</p>\n", rows_of(steps),
                steps);
}

/* ---- Scoreboard ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} measures[] = {
    {"RMSE", offsetof(rnn_errors, rmse)},
    {"MAE", offsetof(rnn_errors, mae)},
    {"MASE", offsetof(rnn_errors, mase)},
    {"sMAPE %", offsetof(rnn_errors, smape)},
};
#define MEASURES (sizeof measures / sizeof *measures)

static double error_of(const rnn_errors *errors, size_t measure)
{
    double value;
    memcpy(&value, (const char *)errors + measures[measure].offset, sizeof value);
    return value;
}

static bool is_known(const rnn_scoreboard *scores, size_t measure)
{
    for (size_t i = 0; i < scores->contenders; i++)
        if (isfinite(error_of(&scores->contender[i].all, measure)))
            return true;
    return false;
}

static void put_errors(FILE *stream, const rnn_scoreboard *scores)
{
    char reason[RNN_REASON];
    fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">forecast</th>", stream);
    for (size_t m = 0; m < MEASURES; m++)
        if (is_known(scores, m))
            fprintf(stream, "<th scope=\"col\" class=\"n\">%s</th>", measures[m].name);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t i = 0; i < scores->contenders; i++) {
        fputs(i == 0 ? "<tr class=\"own\">" : "<tr>", stream);
        rnn_report_put_cell(stream, "th scope=\"row\"", NULL, scores->contender[i].name);
        for (size_t m = 0; m < MEASURES; m++)
            if (is_known(scores, m))
                put_number(stream, error_of(&scores->contender[i].all, m));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
    if (rnn_scoreboard_no_mase(scores, reason, sizeof reason))
        fprintf(stream, "<p class=\"soft\">No MASE: %s.</p>\n", reason);
}

static void put_quantiles(FILE *stream, const rnn_scoreboard *scores)
{
    for (size_t i = 0; i < scores->pairs; i++)
        fprintf(stream, "<p>The network's own quantiles of %.4g %%, as they are, hold %.1f %% of %zu values.</p>\n",
                100 * scores->quantile_coverage[i].level, 100 * rnn_coverage_share(&scores->quantile_coverage[i]),
                scores->quantile_coverage[i].values);
}

static void put_coverage(FILE *stream, const rnn_scoreboard *scores)
{
    if (scores->levels == 0)
        return;
    fprintf(stream,
            "<p>Intervals %s.</p>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\" "
            "class=\"n\">interval %%</th><th scope=\"col\" class=\"n\">held %%</th><th scope=\"col\" class=\"n\">of "
            "values</th></tr></thead><tbody>\n",
            scores->calibration == RNN_CALIBRATION_HALVES
                ? "are made of the earlier half of these windows here, and measured on the later"
                : "are made of the validation part, and measured on these windows");
    for (size_t i = 0; i < scores->levels; i++) {
        const rnn_coverage *c = &scores->coverage[i];
        fputs("<tr>", stream);
        put_number(stream, 100 * c->level);
        put_number(stream, 100 * rnn_coverage_share(c));
        fprintf(stream, "<td class=\"n\">%zu</td></tr>\n", c->values);
    }
    fputs("</tbody></table></div>\n", stream);
    if (rnn_scoreboard_is_thin(scores))
        fprintf(stream, "<p class=\"soft\">These are fewer than %d values%s, which say little.</p>\n", RNN_FEW_VALUES,
                scores->horizon > 1 ? " a step" : "");
}

static void open_steps(FILE *stream, const char *name)
{
    fprintf(stream,
            "<div class=\"wide\"><table><caption>%s by step</caption><thead><tr><th scope=\"col\" "
            "class=\"n\">step</th>",
            name);
}

/* A column a forecast, since there may be many steps and are few forecasts. */
static void put_error_steps(FILE *stream, const rnn_scoreboard *scores, size_t measure)
{
    open_steps(stream, measures[measure].name);
    for (size_t i = 0; i < scores->contenders; i++)
        rnn_report_put_cell(stream, "th scope=\"col\"", "n", scores->contender[i].name);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t step = 0; step < rows_of(scores->horizon); step++) {
        fprintf(stream, "<tr><th scope=\"row\" class=\"n\">%zu</th>", step + 1);
        for (size_t i = 0; i < scores->contenders; i++)
            put_number(stream, error_of(&scores->contender[i].steps[step], measure));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

static void put_coverage_steps(FILE *stream, const rnn_scoreboard *scores)
{
    open_steps(stream, "Share of values held, in %,");
    for (size_t i = 0; i < scores->levels; i++)
        fprintf(stream, "<th scope=\"col\" class=\"n\">%.4g %% interval</th>", 100 * scores->coverage[i].level);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t step = 0; step < rows_of(scores->horizon); step++) {
        fprintf(stream, "<tr><th scope=\"row\" class=\"n\">%zu</th>", step + 1);
        for (size_t i = 0; i < scores->levels; i++)
            put_number(stream, 100 * rnn_coverage_share(&scores->step_coverage[i * scores->horizon + step]));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

void rnn_report_put_board(FILE *stream, const rnn_report_board *board)
{
    const rnn_scoreboard *scores = board->scores;
    fputs("<h3>On the ", stream);
    rnn_html_text(stream, board->part, 80);
    fprintf(stream, " part: %s</h3>\n", rnn_count(scores->windows, "window").text);
    put_errors(stream, scores);
    put_coverage(stream, scores);
    put_quantiles(stream, scores);
    if (scores->horizon == 1)
        return;
    fputs("<div class=\"groups\">\n", stream);
    for (size_t m = 0; m < MEASURES; m++)
        if (is_known(scores, m))
            put_error_steps(stream, scores, m);
    if (scores->levels)
        put_coverage_steps(stream, scores);
    fputs("</div>\n", stream);
    put_left_out(stream, scores->horizon);
}

/* ---- Forecast ------------------------------------------------------------------------------------------------------ */

/* All numbers of a forecast with as many decimals: so many as tell a thousandth of what they span apart. */
typedef struct scale {
    double largest, step;
} scale;

static scale scale_of(const rnn_report_forecast *f)
{
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    rnn_svg_extend(&extent, f->point + 1, f->steps, 1);
    for (size_t i = 0; i < f->band_count; i++) {
        rnn_svg_extend(&extent, f->bands[i].lower + 1, f->steps, 1);
        rnn_svg_extend(&extent, f->bands[i].upper + 1, f->steps, 1);
    }
    const rnn_svg_axis axis = rnn_svg_around(NULL, extent);
    return (scale){fmax(fabs(axis.low), fabs(axis.high)), rnn_svg_step(axis.low, axis.high, 1000)};
}

static rnn_html_number number_of(scale s, double value)
{
    return isfinite(value) ? rnn_html_mark(value, s.largest, s.step) : rnn_html_real(value);
}

static void put_step(FILE *stream, const rnn_report_target *target, scale s, size_t step)
{
    const rnn_report_forecast *f = target->forecast;
    const rnn_report_rows *rows = target->series;
    fputs("<tr>", stream);
    if (rows->forecast_labels)
        rnn_report_put_cell(stream, "th scope=\"row\"", "o", rows->forecast_labels[step]);
    else
        fprintf(stream, "<th scope=\"row\" class=\"n\">%zu</th>", rows->N + step);
    rnn_report_put_cell(stream, "td", "n", number_of(s, f->point[1 + step]).text);
    for (size_t i = f->band_count; i-- > 0;) /* the narrowest beside the forecast */
        fprintf(stream, "<td class=\"n\">%s\xc2\xa0to %s</td>", number_of(s, f->bands[i].lower[1 + step]).text,
                number_of(s, f->bands[i].upper[1 + step]).text);
    fputs("</tr>\n", stream);
}

void rnn_report_put_forecast(FILE *stream, const rnn_report_target *target)
{
    const rnn_report_forecast *f = target->forecast;
    const scale s = scale_of(f);
    fputs("<div class=\"wide\"><table><caption>", stream);
    rnn_html_text(stream, rnn_report_value(target).text, RNN_REPORT_CELL);
    fprintf(stream, "</caption><thead><tr><th scope=\"col\"%s</th><th scope=\"col\" class=\"n\">forecast</th>",
            target->series->forecast_labels ? ">time" : " class=\"n\">row");
    for (size_t i = f->band_count; i-- > 0;)
        fprintf(stream, "<th scope=\"col\" class=\"n\">%.4g %% interval</th>", 100 * f->bands[i].level);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t step = 0; step < rows_of(f->steps); step++)
        put_step(stream, target, s, step);
    fputs("</tbody></table></div>\n", stream);
    put_left_out(stream, f->steps);
}
