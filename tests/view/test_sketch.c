/* SPDX-License-Identifier: MIT
 * test_sketch.c - drawings in characters, whole
 */
#include "suites.h"

#include "view/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *drawn;
static size_t drawn_size;

static void tear_down(void)
{
    free(drawn);
    drawn = NULL;
}

static const char *draw(const rnn_sketch *sketch)
{
    free(drawn);
    FILE *stream = open_memstream(&drawn, &drawn_size);
    rnn_sketch_draw(stream, sketch);
    fclose(stream);
    return drawn;
}

static rnn_svg_points points_of(const double *values, size_t count)
{
    return (rnn_svg_points){.count = count, .first = 1, .values = values, .stride = 1};
}

START_TEST(curves_and_a_band)
{
    static const double actual[] = {0, 1, 2, 3, 4, 5, NAN, 7}, predicted[] = {0, 2, 2, 5, 4, 3, 2, INFINITY};
    static const double lower[] = {3, 4}, upper[] = {6, 8};
    const rnn_sketch_curve curves[] = {{'*', "actual", points_of(actual, 8)},
                                       {'o', "predicted", points_of(predicted, 8)}};
    const rnn_sketch sketch = {.title = "y",
                               .x = rnn_svg_rows("row", 1, 10, NULL),
                               .y = {.low = 0, .high = 10},
                               .curves = curves,
                               .curve_count = 2,
                               .band = {"95 % interval", 9, 2, lower, upper}};
    ck_assert_str_eq(draw(&sketch), "y   * actual  o predicted  @ both  . 95 % interval\n"
                                    "10 +\n"
                                    "   |                                                           .\n"
                                    "   |                                              *            .\n"
                                    "   |                                                     .     .\n"
                                    " 5 +                    o            *                   .     .\n"
                                    "   |                          @                          .     .\n"
                                    "   |                    *            o                   .\n"
                                    "   |      o      @                          o\n"
                                    "   |      *\n"
                                    " 0 +@\n"
                                    "   +------------------------------------------------------------\n"
                                    "    1                                                         10  row\n");
}
END_TEST

/* No line is longer than a terminal, whatever is drawn; control characters do not reach it. */
START_TEST(any_values)
{
    enum { MANY = 5000 };
    static double values[MANY];
    static const double extremes[][2] = {{0, 0}, {NAN, NAN}, {1e300, -1e300}, {1e-300, 1e300}, {5, 6}};
    for (size_t e = 0; e < sizeof extremes / sizeof *extremes; e++) {
        rnn_svg_extent extent = RNN_SVG_NOTHING;
        for (size_t i = 0; i < MANY; i++)
            values[i] = extremes[e][i % 2];
        rnn_svg_extend(&extent, values, MANY, 1);
        const rnn_sketch_curve curve = {'*', "values", points_of(values, MANY)};
        const rnn_sketch sketch = {.title = "a\033[2J\n\xff",
                                   .x = rnn_svg_rows("row", 1, MANY, NULL),
                                   .y = rnn_svg_factors(NULL, extent),
                                   .curves = &curve,
                                   .curve_count = 1};
        size_t lines = 0, length = 0;
        for (const char *c = draw(&sketch); *c; c++) {
            length = *c == '\n' ? 0 : length + 1;
            lines += *c == '\n';
            ck_assert_uint_le(length, 79);
            ck_assert(*c == '\n' || (*c >= ' ' && *c < 0x7f));
        }
        ck_assert_uint_eq(lines, RNN_SKETCH_LINES + 3);
        ck_assert(strstr(drawn, "a\\x1b[2J\\x0a\\xff ") == drawn);
        ck_assert((strchr(drawn + 30, '*') != NULL) == isfinite(extremes[e][0]));
    }
}
END_TEST

Suite *sketch_suite(void)
{
    Suite *suite = suite_create("sketch");
    TCase *tests = tcase_create("sketch");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, curves_and_a_band);
    tcase_add_test(tests, any_values);
    suite_add_tcase(suite, tests);
    return suite;
}
