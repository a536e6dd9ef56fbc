/* SPDX-License-Identifier: MIT
 * test_series.c - series from files, from the built-in sine and from memory; and the reading of whole files below them
 */
#include "expect.h"

#include "data/series.h"

#include "base/file.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Real tables ----------------------------------------------------------------------------------------------------- */

START_TEST(test_sunspots)
{
    const rnn_columns wanted = {.targets = COLUMNS("SUNACTIVITY")};
    rnn_series *series;
    ck_assert_int_eq(rnn_series_read(TABLE_FILE("sunspots.csv"), NULL, &wanted, &series), RNN_OK);
    ck_assert_uint_eq(series->N, 309);
    ck_assert_uint_eq(series->columns, 1);
    ck_assert(series->values[0] == 5.0);
    ck_assert(series->values[308] == 2.9);
    ck_assert_str_eq(series->source, TABLE_FILE("sunspots.csv"));
    ck_assert_str_eq(series->names[0], "SUNACTIVITY");
    rnn_series_free(series);
}
END_TEST

START_TEST(test_elnino)
{
    const rnn_columns wanted = {.targets = COLUMNS("DEC", "JAN"), .features = COLUMNS("all")};
    rnn_series *series;
    ck_assert_int_eq(rnn_series_read(TABLE_FILE("elnino.csv"), NULL, &wanted, &series), RNN_OK);
    ck_assert_uint_eq(series->N, 61);
    ck_assert_uint_eq(series->columns, 13);
    ck_assert_uint_eq(series->targets, 2);
    ck_assert(series->values[0] == 21.8);
    ck_assert(series->values[1] == 23.11);
    ck_assert(series->values[2] == 1950);
    ck_assert(series->values[60 * 13 + 2] == 2010);
    ck_assert_str_eq(series->names[0], "DEC");
    ck_assert_str_eq(series->names[1], "JAN");
    ck_assert_str_eq(series->names[2], "YEAR");
    ck_assert_str_eq(series->names[12], "NOV");
    rnn_series_free(series);
}
END_TEST

/* ---- Spoilt tables --------------------------------------------------------------------------------------------------- */

START_TEST(test_gap_in_a_real_table)
{
    const rnn_columns wanted = {.targets = COLUMNS("2")};
    rnn_series *series = unset_series();
    const rnn_status status = rnn_series_read(TABLE_FILE("co2_gap.csv"), NULL, &wanted, &series);
    expect_failure(
        status, series, RNN_BAD_DATA,
        TABLE_FILE("co2_gap.csv") ":8, column 2 (co2): empty cell; every value in use must be a number (--missing "
                                  "says what becomes of gaps)");
}
END_TEST

/* ---- Files ----------------------------------------------------------------------------------------------------------- */

/* A path in a folder of its own; the caller removes the file with drop_path. */
static char folder[256], path[300];

static void make_path(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/rnn_cl_test.XXXXXX", parent && *parent ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/input", folder);
}

static void drop_path(void)
{
    unlink(path);
    rmdir(folder);
}

static void expect_unreadable(const char *name, rnn_status status, const char *message)
{
    char whole[1024];
    rnn_series *series = unset_series();
    const rnn_status found = rnn_series_read(name, NULL, NULL, &series);
    snprintf(whole, sizeof whole, "%s: %s", name, message);
    expect_failure(found, series, status, whole);
}

START_TEST(test_unreadable_files)
{
    expect_unreadable(TABLE_FILE("absent.csv"), RNN_NO_INPUT, "cannot be opened: No such file or directory");
    expect_unreadable(TABLE_FILE("elnino.csv/x"), RNN_NO_INPUT, "cannot be opened: Not a directory");
    expect_unreadable("-", RNN_NO_INPUT, "cannot be opened: No such file or directory");
    expect_unreadable("", RNN_NO_INPUT, "cannot be opened: No such file or directory");
    expect_unreadable(RNN_TEST_DIR "/data", RNN_NO_INPUT, "is a directory, expected a file");
    expect_unreadable("/dev/null", RNN_NO_INPUT, "is a device or a socket, expected a file or a pipe");
    if (access("/proc/self/mem", R_OK) == 0) /* a file whose first byte cannot be read */
        expect_unreadable("/proc/self/mem", RNN_IO, "cannot be read: Input/output error");
}
END_TEST

/* In a process of its own, since root, who may read everything, has to become somebody else for it. */
START_TEST(test_no_permission)
{
    int result = -1;
    make_path();
    const int file = open(path, O_WRONLY | O_CREAT, 0);
    ck_assert_int_ge(file, 0);
    close(file);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        rnn_series *series;
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        const rnn_status status = rnn_series_read(path, NULL, NULL, &series);
        _exit(status == RNN_NO_INPUT && strstr(rnn_error_message(), ": cannot be opened: Permission denied") ? 0 : 1);
    }
    waitpid(child, &result, 0);
    drop_path();
    ck_assert_int_eq(result, 0);
}
END_TEST

START_TEST(test_file_beyond_the_cap)
{
    make_path();
    const int file = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, ((off_t)4 << 30) + 1), 0); /* takes no room on the disk */
    close(file);
    expect_unreadable(path, RNN_BAD_DATA, "longer than 4294967296 bytes, the cap for such a file");
    drop_path();
}
END_TEST

START_TEST(test_empty_file)
{
    unsigned char *bytes;
    size_t size = 1;
    make_path();
    close(open(path, O_WRONLY | O_CREAT, 0600));
    expect_unreadable(path, RNN_BAD_DATA, "empty, expected a table of numbers");
    ck_assert_int_eq(rnn_read_file(path, 0, &bytes, &size), RNN_OK);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(size, 0);
    free(bytes);
    drop_path();
}
END_TEST

START_TEST(test_read_file_at_the_cap)
{
    unsigned char *bytes;
    size_t size;
    ck_assert_int_eq(rnn_read_file(TABLE_FILE("sunspots.csv"), 2944, &bytes, &size), RNN_OK);
    ck_assert_uint_eq(size, 2944);
    ck_assert_mem_eq(bytes, "\"YEAR\"", 6);
    ck_assert_mem_eq(bytes + size - 5, ",2.9\n", 5);
    free(bytes);
    const rnn_status status = rnn_read_file(TABLE_FILE("sunspots.csv"), 2943, &bytes, &size);
    ck_assert_str_eq(rnn_error_message(),
                     TABLE_FILE("sunspots.csv") ": longer than 2943 bytes, the cap for such a file");
    ck_assert_int_eq(status, RNN_BAD_DATA);
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(size, 0);
}
END_TEST

/* A pipe states no size and gives what it has in pieces; the writer's are of an odd length. */
static pid_t write_into_pipe(size_t total)
{
    make_path();
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child > 0)
        return child;
    static unsigned char chunk[62465];
    signal(SIGPIPE, SIG_IGN);
    const int pipe = open(path, O_WRONLY);
    for (size_t sent = 0; sent < total;) {
        size_t want = total - sent < sizeof chunk ? total - sent : sizeof chunk;
        for (size_t i = 0; i < want; i++)
            chunk[i] = (unsigned char)((sent + i) % 251);
        const ssize_t got = write(pipe, chunk, want);
        if (got <= 0)
            break;
        sent += (size_t)got;
    }
    _exit(0);
}

START_TEST(test_pipe_of_any_length)
{
    static const size_t lengths[] = {0, 1, 65535, 65536, 65537, 131072, 1000003};
    const size_t length = lengths[_i];
    unsigned char *bytes;
    size_t size;
    const pid_t child = write_into_pipe(length);
    const rnn_status status = rnn_read_file(path, length, &bytes, &size);
    waitpid(child, NULL, 0);
    drop_path();
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(size, length);
    size_t right = 0; /* one assertion: Check writes each down */
    while (right < size && bytes[right] == right % 251)
        right++;
    ck_assert_uint_eq(right, size);
    free(bytes);
}
END_TEST

START_TEST(test_pipe_beyond_the_cap)
{
    unsigned char *bytes;
    size_t size;
    const pid_t child = write_into_pipe(200001);
    const rnn_status status = rnn_read_file(path, 200000, &bytes, &size);
    waitpid(child, NULL, 0);
    drop_path();
    ck_assert_int_eq(status, RNN_BAD_DATA);
    ck_assert_ptr_null(bytes);
}
END_TEST

static void hear_signal(int signal)
{
    (void)signal;
}

/* Nobody ever opens the other end: only the signal can end the wait. */
START_TEST(test_signal_ends_the_wait_for_a_pipe)
{
    const struct sigaction hear = {.sa_handler = hear_signal};
    make_path();
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(sigaction(SIGALRM, &hear, NULL), 0);
    alarm(1);
    expect_unreadable(path, RNN_STOPPED, "a signal came while waiting for input");
    drop_path();
}
END_TEST

/* NPY in a pipe cannot be read in pieces of its own choice: it is read whole. */
START_TEST(test_npy_through_a_pipe)
{
    const rnn_columns wanted = {.targets = COLUMNS("2")};
    rnn_series *series;
    unsigned char *bytes;
    size_t size;
    ck_assert_int_eq(rnn_read_file(TABLE_FILE("ramp_f8.npy"), 4096, &bytes, &size), RNN_OK);
    make_path();
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(write(open(path, O_WRONLY), bytes, size) == (ssize_t)size ? 0 : 1);
    ck_assert_msg(rnn_series_read(path, NULL, &wanted, &series) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(series->N, 7);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    rnn_series_free(series);
    free(bytes);
    drop_path();
}
END_TEST

START_TEST(test_sizes_beyond_memory)
{
    rnn_series *series;
    ck_assert_int_eq(rnn_series_new("x", SIZE_MAX / 2, 3, 1, &series), RNN_NO_MEMORY);
    ck_assert_int_eq(rnn_series_new("x", SIZE_MAX / 4, 1, 1, &series), RNN_NO_MEMORY);
    ck_assert_str_eq(rnn_error_message(), "x: out of memory: 4611686018427387903 rows of 1 columns");
    ck_assert_ptr_null(series);
}
END_TEST

/* ---- Sine and copies ------------------------------------------------------------------------------------------------- */

START_TEST(test_sine)
{
    rnn_series *series;
    ck_assert_int_eq(rnn_series_sine(200, &series), RNN_OK);
    ck_assert_uint_eq(series->N, 200);
    ck_assert_uint_eq(series->columns, 1);
    ck_assert_uint_eq(series->targets, 1);
    ck_assert_str_eq(series->source, "built-in sine");
    ck_assert_str_eq(series->names[0], "sin");
    for (int i = 0; i < 200; i++)
        ck_assert(series->values[i] == sin((double)i));
    ck_assert(series->values[0] == 0.0);
    ck_assert(series->values[1] == 0.8414709848078965);
    rnn_series_free(series);
    series = unset_series();
    const rnn_status found = rnn_series_sine(0, &series);
    expect_failure(found, series, RNN_USAGE, "built-in sine: 0 rows asked for, expected at least 1");
}
END_TEST

START_TEST(test_too_many_rows)
{
    rnn_series *series = unset_series();
    const rnn_status status = rnn_series_sine(SIZE_MAX, &series);
    expect_failure(status, series, RNN_NO_MEMORY,
                   "built-in sine: out of memory: 18446744073709551615 rows of 1 columns");
}
END_TEST

START_TEST(test_copy)
{
    double values[] = {1, 2, 3, 4, 5, 6};
    char first[] = "a";
    rnn_series *series;
    ck_assert_int_eq(rnn_series_copy(values, 3, 2, 2, COLUMNS(first, "b"), &series), RNN_OK);
    values[0] = 9;
    first[0] = 'z'; /* the series has its own */
    expect_values(series, 3, 2, (const double[]){1, 2, 3, 4, 5, 6});
    ck_assert_uint_eq(series->targets, 2);
    ck_assert_str_eq(series->source, "values in memory");
    ck_assert_str_eq(series->names[0], "a");
    ck_assert_str_eq(series->names[1], "b");
    rnn_series_free(series);
    ck_assert_int_eq(rnn_series_copy(values, 1, 2, 1, NULL, &series), RNN_OK);
    ck_assert_str_eq(series->names[0], "1");
    ck_assert_str_eq(series->names[1], "2");
    rnn_series_free(series);
    rnn_series_free(NULL);
}
END_TEST

START_TEST(test_copies_refused)
{
    const double values[] = {1, 2, 3, (double)INFINITY};
    rnn_series *series = unset_series();
    rnn_status found = rnn_series_copy(values, 0, 2, 1, NULL, &series);
    expect_failure(found, series, RNN_USAGE, "values in memory: 0 rows of 2 columns, expected at least 1 of 1");
    series = unset_series();
    found = rnn_series_copy(values, 2, 0, 0, NULL, &series);
    expect_failure(found, series, RNN_USAGE, "values in memory: 2 rows of 0 columns, expected at least 1 of 1");
    series = unset_series();
    found = rnn_series_copy(values, 1, 2, 0, NULL, &series);
    expect_failure(found, series, RNN_USAGE, "values in memory: 0 targets, expected 1 to 2, the number of columns");
    series = unset_series();
    found = rnn_series_copy(values, 1, 2, 3, NULL, &series);
    expect_failure(found, series, RNN_USAGE, "values in memory: 3 targets, expected 1 to 2, the number of columns");
    series = unset_series();
    found = rnn_series_copy(values, 2, 2, 1, NULL, &series);
    expect_failure(found, series, RNN_BAD_DATA,
                   "values in memory: row 2, column 2: inf; every value must be a finite number");
    series = unset_series();
    found = rnn_series_copy(values, 1, 2, 1, COLUMNS("a", "\xFF"), &series);
    expect_failure(found, series, RNN_BAD_DATA, "values in memory: the name of column 2, \"\\xff\", is not UTF-8");
}
END_TEST

Suite *series_suite(void)
{
    Suite *suite = suite_create("series");
    TCase *tables = tcase_create("tables"), *files = tcase_create("files"), *memory = tcase_create("memory");
    tcase_add_test(tables, test_sunspots);
    tcase_add_test(tables, test_elnino);
    tcase_add_test(tables, test_gap_in_a_real_table);
    tcase_add_test(files, test_unreadable_files);
    tcase_add_test(files, test_no_permission);
    tcase_add_test(files, test_file_beyond_the_cap);
    tcase_add_test(files, test_empty_file);
    tcase_add_test(files, test_read_file_at_the_cap);
    tcase_add_loop_test(files, test_pipe_of_any_length, 0, 7);
    tcase_add_test(files, test_pipe_beyond_the_cap);
    tcase_add_test(files, test_signal_ends_the_wait_for_a_pipe);
    tcase_add_test(files, test_npy_through_a_pipe);
    tcase_add_test(files, test_sizes_beyond_memory);
    tcase_add_test(memory, test_sine);
    tcase_add_test(memory, test_too_many_rows);
    tcase_add_test(memory, test_copy);
    tcase_add_test(memory, test_copies_refused);
    suite_add_tcase(suite, tables);
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, memory);
    return suite;
}
