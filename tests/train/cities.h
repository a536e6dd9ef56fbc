/* SPDX-License-Identifier: MIT
 * cities.h - what the files of the suite `panel` share: weekly sales of three cities in one text, and settings that suit them
 */
#ifndef RNN_TESTS_TRAIN_CITIES_H
#define RNN_TESTS_TRAIN_CITIES_H

#include "runs.h"

#include "data/csv.h"
#include "data/series.h"

TCase *panel_transforms_case(void); /* test_panel_transforms.c */

#define WEEKS 80

/* Three series of very different size, interleaved, the last one shorter; a promotion every so many weeks lifts the sales. The future: four
 * more weeks of which only promotions are known. */
static inline char *panel_text(bool with_future)
{
    static const char *const cities[] = {"rome", "oslo", "\"a \"\"quoted\"\", one\""};
    static const double sizes[] = {1, 1000, 20};
    const size_t room = 128 * 3 * (WEEKS + 4);
    char *text = malloc(room);
    size_t used = (size_t)snprintf(text, room, "city,month,promo,sales\n");
    for (int week = 0; week < WEEKS + (with_future ? 4 : 0); week++)
        for (int c = 0; c < 3; c++) {
            const int promo = (week * 7 + c) % 11 == 0;
            const double sales = sizes[c] * (5 + sin(week * 0.7) + 2 * promo + 0.02 * week);
            if (c == 2 && week < 20)
                continue;
            used += (size_t)snprintf(text + used, room - used, "%s,%04d-%02d,%d,", cities[c], 1990 + week / 12,
                                     week % 12 + 1, promo);
            used += (size_t)snprintf(text + used, room - used, week < WEEKS ? "%.6f\n" : "\n", sales);
        }
    return text;
}

static inline rnn_series *parse(const char *text, const rnn_read_options *options)
{
    rnn_series *series;
    ck_assert_msg(rnn_csv_parse_with("t.csv", (const unsigned char *)text, strlen(text), options, &series) == RNN_OK,
                  "%s", rnn_error_message());
    return series;
}

static inline rnn_series *panel(bool with_future)
{
    static const char *const targets[] = {"sales", NULL}, *const known[] = {"promo", NULL};
    const rnn_read_options options = {
        .columns = {targets, NULL}, .known = known, .time = "month", .id = "city", .calendar = RNN_CALENDAR_MONTH};
    char *text = panel_text(with_future);
    rnn_series *series = parse(text, &options);
    free(text);
    return series;
}

static inline rnn_settings panel_settings(const char *more)
{
    rnn_settings settings = small();
    set_all(&settings, "hidden 8 seq-len 12 horizon 3 epochs 2");
    set_all(&settings, more);
    return settings;
}

#endif
