/* SPDX-License-Identifier: MIT
 * test_npy.c - NumPy's files: what NumPy writes is read, everything else is refused with its offset
 */
#include "expect.h"

#include "data/npy.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* A file with the version, length field and header given, then `size` bytes of values. */
typedef struct npy_file {
    unsigned char bytes[512];
    size_t size;
} npy_file;

static npy_file build(unsigned char major, size_t length, const char *header, const void *values, size_t size)
{
    npy_file file = {.bytes = "\x93NUMPY"};
    unsigned char *to = file.bytes + 6;
    *to++ = major;
    *to++ = 0;
    for (int i = 0; i < (major == 1 ? 2 : 4); i++)
        *to++ = (unsigned char)(length >> (8 * i));
    memcpy(to, header, strlen(header));
    to += strlen(header);
    memcpy(to, values, size);
    file.size = (size_t)(to + size - file.bytes);
    return file;
}

static rnn_status parse(const unsigned char *bytes, size_t size, const char *const *targets,
                        const char *const *features, rnn_series **series)
{
    unsigned char *copy = exact_copy(bytes, size);
    const rnn_columns wanted = {.targets = targets, .features = features};
    *series = unset_series();
    const rnn_status status = rnn_npy_parse("a.npy", copy, size, &wanted, series);
    free(copy);
    return status;
}

/* ---- What is read ---------------------------------------------------------------------------------------------------- */

START_TEST(test_what_numpy_writes)
{
    static const char *const paths[] = {TABLE_FILE("ramp_f8.npy"), TABLE_FILE("ramp_v2.npy"),
                                        TABLE_FILE("ramp_v3.npy")};
    const rnn_columns wanted = {.targets = COLUMNS("2"), .features = COLUMNS("all")};
    rnn_series *series;
    double expected[21];
    for (size_t i = 0; i < 7; i++) { /* element (i,j) is (3 i + j) / 8 - 1; column 2 comes first */
        expected[3 * i] = (double)(3 * i + 1) / 8 - 1;
        expected[3 * i + 1] = (double)(3 * i) / 8 - 1;
        expected[3 * i + 2] = (double)(3 * i + 2) / 8 - 1;
    }
    ck_assert_msg(rnn_series_read(paths[_i], NULL, &wanted, &series) == RNN_OK, "%s", rnn_error_message());
    expect_values(series, 7, 3, expected);
    ck_assert_uint_eq(series->targets, 1);
    ck_assert_str_eq(series->source, paths[_i]);
    ck_assert_str_eq(series->names[0], "2");
    ck_assert_str_eq(series->names[1], "1");
    ck_assert_str_eq(series->names[2], "3");
    rnn_series_free(series);
}
END_TEST

START_TEST(test_float32_in_one_dimension)
{
    rnn_series *series;
    double expected[7];
    for (size_t i = 0; i < 7; i++)
        expected[i] = (double)(3 * i + 1) / 8 - 1;
    ck_assert_int_eq(rnn_series_read(TABLE_FILE("ramp_f4.npy"), NULL, NULL, &series), RNN_OK);
    expect_values(series, 7, 1, expected);
    ck_assert_str_eq(series->names[0], "1");
    rnn_series_free(series);
}
END_TEST

START_TEST(test_every_bit_of_a_value_is_read)
{
    static const unsigned char doubles[] = {0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0xBF, 1,    0,    0,    0,
                                            0,    0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xEF, 0x7F};
    static const unsigned char floats[] = {0xCD, 0xCC, 0xCC, 0xBD, 1, 0, 0, 0, 0xFF, 0xFF, 0x7F, 0x7F};
    static const char f8[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n";
    static const char f4[] = "{\"shape\":(3,1),\"fortran_order\":False ,  \"descr\":\"<f4\"}"; /* also valid Python */
    rnn_series *series;
    npy_file file = build(1, strlen(f8), f8, doubles, sizeof doubles);
    ck_assert_int_eq(parse(file.bytes, file.size, NULL, NULL, &series), RNN_OK);
    expect_values(series, 3, 1, (const double[]){-0.1, 4.9406564584124654e-324, DBL_MAX});
    rnn_series_free(series);
    file = build(2, strlen(f4), f4, floats, sizeof floats);
    ck_assert_msg(parse(file.bytes, file.size, NULL, NULL, &series) == RNN_OK, "%s", rnn_error_message());
    expect_values(series, 3, 1, (const double[]){(double)-0.1f, (double)FLT_TRUE_MIN, (double)FLT_MAX});
    rnn_series_free(series);
}
END_TEST

START_TEST(test_only_columns_in_use_must_be_finite)
{
    const rnn_columns wanted = {.targets = COLUMNS("3"), .features = COLUMNS("1")};
    rnn_series *series;
    ck_assert_int_eq(rnn_series_read(BAD_NPY("nan.npy"), NULL, &wanted, &series), RNN_OK);
    ck_assert_uint_eq(series->N, 7);
    rnn_series_free(series);
}
END_TEST

/* Missing values where they may be, and what an array cannot have. */
START_TEST(test_read_as_asked)
{
    static const char header[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}\n";
    const struct {
        rnn_read_options options;
        double second;
        rnn_status status;
    } cases[] = {{{.time = "none"}, 0, RNN_BAD_DATA},
                 {{.missing = RNN_MISSING_DROP}, NAN, RNN_OK},
                 {{.missing = RNN_MISSING_FFILL, .time = "none"}, 1, RNN_OK},
                 {{.known = COLUMNS("2")}, 0, RNN_BAD_DATA}, /* past a known row nothing may be missing */
                 {{.missing = RNN_MISSING_INTERPOLATE, .known = COLUMNS("2")}, 2, RNN_OK},
                 {{.time = "1"}, 0, RNN_CONFIG},
                 {{.id = "2"}, 0, RNN_CONFIG}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int infinite = 0; infinite < 2; infinite++) {
            const double values[] = {1, 10, infinite ? INFINITY : NAN, 20, 3, 30};
            npy_file file = build(1, strlen(header), header, values, sizeof values);
            rnn_read_options options = cases[i].options;
            options.columns.targets = COLUMNS("1");
            rnn_series *series = unset_series();
            const rnn_status status = rnn_npy_parse_with("a.npy", file.bytes, file.size, &options, &series),
                             expected = infinite && cases[i].status == RNN_OK ? RNN_BAD_DATA : cases[i].status;
            ck_assert_msg(status == expected, "case %zu: %s", i, rnn_error_message());
            if (status != RNN_OK)
                continue;
            const double found = series->values[series->columns];
            ck_assert(found == cases[i].second || (isnan(found) && isnan(cases[i].second)));
            rnn_series_free(series);
        }
}
END_TEST

/* ---- What is refused: damage ----------------------------------------------------------------------------------------- */

#define CONVERT ", expected '<f4' or '<f8'; save it as .astype('float64')"
#define DAMAGED "; the file is damaged"
#define HEADER  "a.npy: NPY header, offset "

/* Two float64 follow each header; the length field is right. */
static const struct bad_header {
    const char *header, *message;
} bad_headers[] = {
    {"", HEADER "10: expected {, found \"\"" DAMAGED},
    {"   \n", HEADER "14: expected {, found \"\"" DAMAGED},
    {"[1, 2]", HEADER "10: expected {, found \"[1, 2]\"" DAMAGED},
    {"{", HEADER "11: expected a key in quotes, found \"\""},
    {"{}", HEADER "10: 'descr' is missing" DAMAGED},
    {"{'descr': '<f8'}", HEADER "10: 'fortran_order' is missing" DAMAGED},
    {"{'descr': '<f8', 'fortran_order': False}", HEADER "10: 'shape' is missing" DAMAGED},
    {"{'fortran_order': False, 'shape': (2,)}", HEADER "10: 'descr' is missing" DAMAGED},
    {"{'descr': '<f8', 'descr': '<f8', 'shape': (2,)}", HEADER "27: 'descr' stands there twice" DAMAGED},
    {"{'evil': __import__('os')}", HEADER "11: unknown key \"evil\", expected 'descr', 'fortran_order' and 'shape'"},
    {"{descr: '<f8'}", HEADER "11: expected a key in quotes, found \"descr: '<f8'}\""},
    {"{'descr' '<f8'}", HEADER "19: expected :, found \"'<f8'}\"" DAMAGED},
    {"{'descr: <f8}", HEADER "11: the quote of a key has no end" DAMAGED},
    {"{'descr': '<f8, }", HEADER "20: the quote of the value type has no end" DAMAGED},
    {"{'descr': 8}", HEADER "20: expected the value type in quotes, found \"8}\""},
    {"{'descr': ''}", HEADER "21: values of type \"\"" CONVERT},
    {"{'descr': '<f16'}", HEADER "21: values of type \"<f16\"" CONVERT},
    {"{'descr': '=f8'}", HEADER "21: values of type \"=f8\"" CONVERT},
    {"{'descr': '<f8' 'shape': (2,)}", HEADER "26: expected ,, found \"'shape': (2,)}\"" DAMAGED},
    {"{'descr': '<f8',, 'shape': (2,)}", HEADER "26: expected a key in quotes, found \", 'shape': (2,)}\""},
    {"{'fortran_order': 0}", HEADER "28: expected True or False, found \"0}\"" DAMAGED},
    {"{'shape': 2}", HEADER "20: expected (, found \"2}\"" DAMAGED},
    {"{'shape': (2)}", HEADER "22: expected , after the only dimension" DAMAGED},
    {"{'shape': (,)}", HEADER "21: expected a dimension, found \",)}\"" DAMAGED},
    {"{'shape': (-2,)}", HEADER "21: expected a dimension, found \"-2,)}\"" DAMAGED},
    {"{'shape': (2.0,)}", HEADER "22: expected ,, found \".0,)}\"" DAMAGED},
    {"{'shape': (2 1)}", HEADER "23: expected ,, found \"1)}\"" DAMAGED},
    {"{'shape': (2,", HEADER "23: expected a dimension, found \"\"" DAMAGED},
    {"{'shape': (18446744073709551616,)}", HEADER "21: a dimension is beyond what can be counted" DAMAGED},
    {"{'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
     HEADER "20: the array has 35 dimensions, expected 1 (rows) or 2 (rows, columns); save "
            "array.reshape(rows, columns)"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} + 1",
     HEADER "66: expected nothing after }, found \"+ 1\"" DAMAGED},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
     "a.npy: 4294967296 rows of 4294967296 columns are more bytes than can be counted" DAMAGED},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775808, 1)}",
     "a.npy: 9223372036854775808 rows of 1 columns are more bytes than can be counted" DAMAGED},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1000000)}",
     "a.npy: 1 rows of 1000000 columns of 8 bytes need 8000000 bytes from offset 73, found 16; the file is cut off"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
     "a.npy: 2 rows of 1 columns of 4 bytes need 8 bytes from offset 65, found 16; the file is longer than its array"},
};

START_TEST(test_headers_refused)
{
    const char *header = bad_headers[_i].header;
    const npy_file file = build(1, strlen(header), header, (const double[]){1, 2}, 16);
    rnn_series *series;
    const rnn_status status = parse(file.bytes, file.size, NULL, NULL, &series);
    expect_failure(status, series, RNN_BAD_DATA, bad_headers[_i].message);
}
END_TEST

/* Only the first `size` bytes of the file are there. */
static const struct bad_start {
    unsigned char major;
    size_t length, size;
    const char *message;
} bad_starts[] = {
    {1, 4, 6, "a.npy: NPY file cut off at offset 6, before its version"},
    {1, 4, 7, "a.npy: NPY file cut off at offset 7, before its version"},
    {0, 4, 20, "a.npy: NPY version 0.0 at offset 6, expected 1.0, 2.0 or 3.0"},
    {4, 4, 20, "a.npy: NPY version 4.0 at offset 6, expected 1.0, 2.0 or 3.0"},
    {255, 4, 20, "a.npy: NPY version 255.0 at offset 6, expected 1.0, 2.0 or 3.0"},
    {1, 4, 9, "a.npy: NPY file cut off at offset 9, inside the header's length"},
    {2, 4, 11, "a.npy: NPY file cut off at offset 11, inside the header's length"},
    {1, 65535, 20,
     "a.npy: NPY header of 65535 bytes, more than the cap of 10000; the length at offset 8 is damaged or the array is "
     "of "
     "another kind"},
    {3, 4294967295, 20,
     "a.npy: NPY header of 4294967295 bytes, more than the cap of 10000; the length at offset 8 is damaged or the "
     "array "
     "is of another kind"},
    {1, 10001, 20,
     "a.npy: NPY header of 10001 bytes, more than the cap of 10000; the length at offset 8 is damaged or the array is "
     "of "
     "another kind"},
    {1, 10000, 20, "a.npy: NPY file cut off at offset 20, inside its header of 10000 bytes from offset 10"},
    {3, 9, 20, "a.npy: NPY file cut off at offset 20, inside its header of 9 bytes from offset 12"},
};

START_TEST(test_starts_refused)
{
    const npy_file file = build(bad_starts[_i].major, bad_starts[_i].length, "{                       }", "", 0);
    rnn_series *series;
    const rnn_status status = parse(file.bytes, bad_starts[_i].size, NULL, NULL, &series);
    expect_failure(status, series, RNN_BAD_DATA, bad_starts[_i].message);
}
END_TEST

START_TEST(test_minor_version_and_columns)
{
    static const char header[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}";
    npy_file file = build(1, strlen(header), header, (const double[]){1, 2}, 16);
    rnn_series *series;
    rnn_status status = parse(file.bytes, file.size, NULL, NULL, &series);
    expect_failure(status, series, RNN_USAGE,
                   "a.npy: 2 columns and no target; choose with --target: 1 to 2 (they have no names)");
    status = parse(file.bytes, file.size, COLUMNS("3"), NULL, &series);
    expect_failure(status, series, RNN_USAGE, "a.npy: no column \"3\"; there are 2: 1 to 2 (they have no names)");
    file.bytes[7] = 1;
    status = parse(file.bytes, file.size, COLUMNS("1"), NULL, &series);
    expect_failure(status, series, RNN_BAD_DATA, "a.npy: NPY version 1.1 at offset 6, expected 1.0, 2.0 or 3.0");
}
END_TEST

START_TEST(test_columns_beyond_the_cap)
{
    static const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 100001)}";
    const npy_file start = build(1, strlen(header), header, "", 0);
    const size_t size = start.size + 4 * 100001;
    unsigned char *bytes = calloc(size, 1);
    rnn_series *series = unset_series();
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, start.bytes, start.size);
    const rnn_status status = rnn_npy_parse("a.npy", bytes, size, NULL, &series);
    free(bytes);
    expect_failure(status, series, RNN_BAD_DATA,
                   "a.npy: more than 100000 columns, the cap for a table; remove what is not needed");
}
END_TEST

/* ---- Anything at all ------------------------------------------------------------------------------------------------- */

static void expect_sane(const unsigned char *bytes, size_t size)
{
    rnn_series *series;
    const rnn_status status = parse(bytes, size, COLUMNS("1"), NULL, &series);
    if (status == RNN_OK)
        rnn_series_free(series);
    else if ((status != RNN_BAD_DATA && status != RNN_USAGE) || strncmp(rnn_error_message(), "a.npy: ", 7) != 0 ||
             series)
        ck_abort_msg("status %d, \"%s\"", status, rnn_error_message());
}

static npy_file seed_file(void)
{
    static const char header[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }   \n";
    return build(1, strlen(header), header, (const double[]){1, 2}, 16);
}

START_TEST(test_every_prefix)
{
    const npy_file file = seed_file();
    rnn_series *series;
    for (size_t size = 6; size < file.size; size++) {
        ck_assert_int_eq(parse(file.bytes, size, COLUMNS("1"), NULL, &series), RNN_BAD_DATA);
        ck_assert_ptr_null(series);
    }
    expect_sane(file.bytes, file.size);
}
END_TEST

START_TEST(test_every_byte_changed)
{
    const npy_file whole = seed_file();
    for (size_t at = 6; at < whole.size; at++)
        for (int value = 0; value < 256; value++) {
            npy_file file = whole;
            file.bytes[at] = (unsigned char)value;
            expect_sane(file.bytes, file.size);
        }
}
END_TEST

Suite *npy_suite(void)
{
    Suite *suite = suite_create("npy");
    TCase *reads = tcase_create("reads"), *refuses = tcase_create("refuses");
    tcase_add_loop_test(reads, test_what_numpy_writes, 0, 3);
    tcase_add_test(reads, test_float32_in_one_dimension);
    tcase_add_test(reads, test_every_bit_of_a_value_is_read);
    tcase_add_test(reads, test_only_columns_in_use_must_be_finite);
    tcase_add_test(reads, test_read_as_asked);
    tcase_add_loop_test(refuses, test_headers_refused, 0, (int)(sizeof bad_headers / sizeof *bad_headers));
    tcase_add_loop_test(refuses, test_starts_refused, 0, (int)(sizeof bad_starts / sizeof *bad_starts));
    tcase_add_test(refuses, test_minor_version_and_columns);
    tcase_add_test(refuses, test_columns_beyond_the_cap);
    tcase_add_test(refuses, test_every_prefix);
    tcase_add_test(refuses, test_every_byte_changed);
    suite_add_tcase(suite, reads);
    suite_add_tcase(suite, refuses);
    return suite;
}
