/* SPDX-License-Identifier: MIT
 * test_tuning.c - tuning lines: read strictly, found in their order, legal, and without influence on any bit
 */
#include "backend/opencl/kernel_files.h"
#include "backend/reference.h"
#include "base/random.h"
#include "cmd/cli.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define RANDOM_LINES      6
#define RANDOM_LINES_FULL 200
#define RANDOM_SEED       11

static rnn_backend *device, *reference;

static void open_backends(void)
{
    ck_assert_msg(harness_open(RNN_FLOAT, NULL, &device) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(rnn_reference_open_float(&reference) == RNN_OK, "%s", rnn_error_message());
}

static void close_backends(void)
{
    rnn_backend_close(device);
    rnn_backend_close(reference);
    device = reference = NULL;
}

static rnn_network make_network(size_t H, size_t D)
{
    rnn_settings settings;
    rnn_network network;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.hidden = H;
    ck_assert_int_eq(rnn_network_init(&settings, D, 1, &network), RNN_OK);
    return network;
}

/* ---- Lines --------------------------------------------------------------------------------------------------------- */

static rnn_status parse(const char *text, rnn_tuning_list *list)
{
    return rnn_tuning_parse(text, strlen(text), "t.txt", false, list);
}

START_TEST(lines_are_read_and_written_alike)
{
    static const char *const same[] = {
        "device=\"a : b # c\" vector=16 precision=float kernel=state hidden=65..128 batch=1: vec=16 rows=3 cols=7 "
        "lanes=1 "
        "fused_bytes=1073741824",
        "precision=double kernel=grad batch=2..9: vec=1 lanes=1024 rows=16 cols=16 tiles=64 terms=4096",
        "kernel=grad: rows=1",
        "precision=float cell=gru kernel=state hidden=1..3: rows=1",
        "cell=lstm kernel=grad: rows=1",
    };
    char text[RNN_TUNING_LINE_SIZE];
    for (size_t i = 0; i < COUNT(same); i++) {
        rnn_tuning_list list = {NULL, 0};
        ck_assert_msg(parse(same[i], &list) == RNN_OK, "%s", rnn_error_message());
        ck_assert_uint_eq(list.count, 1);
        ck_assert_str_eq(rnn_tuning_line_text(&list.lines[0], text, sizeof text), same[i]);
        rnn_tuning_list_free(&list);
    }
}
END_TEST

START_TEST(comments_blanks_and_order_are_free)
{
    rnn_tuning_list list = {NULL, 0};
    static const char text[] = "# comment\n\n \t\r\n\tbatch=5 kernel=grad  hidden=1..3\t:rows=2 vec=4 # more\r\n"
                               "kernel=state:lanes=3#";
    ck_assert_msg(parse(text, &list) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(list.count, 2);
    ck_assert_int_eq(list.lines[0].kind, RNN_TILE_GRAD);
    ck_assert_uint_eq(list.lines[0].batch[0], 5);
    ck_assert_uint_eq(list.lines[0].batch[1], 5);
    ck_assert_uint_eq(list.lines[0].hidden[1], 3);
    ck_assert_uint_eq(list.lines[0].tuning.grad_rows, 2);
    ck_assert_uint_eq(list.lines[0].tuning.vec, 4);
    ck_assert_uint_eq(list.lines[0].tuning.rows, 0);
    ck_assert_int_eq(list.lines[0].precision, -1);
    ck_assert_int_eq(list.lines[0].cell, -1);
    ck_assert_str_eq(list.lines[0].where, "t.txt:4");
    ck_assert_int_eq(list.lines[1].kind, RNN_TILE_STATE);
    ck_assert_uint_eq(list.lines[1].tuning.lanes, 3);
    rnn_tuning_list_free(&list);
}
END_TEST

#define STATE_SETTINGS "a setting of kernel=state: vec, rows, cols, lanes, fused_bytes, near_bytes"
#define PLACES         "device=, vector=, precision=, cell=, kernel=, hidden=, batch= or ':'"

static const struct {
    const char *line, *message;
} bad[] = {
    {"kernel=state", "found the end of the line, expected ':' and settings"},
    {"kernel=state vec=4", "found 'vec=4', expected " PLACES},
    {"kernel", "found 'kernel', expected " PLACES},
    {": vec=4", "no kernel= before the ':', expected kernel=state or kernel=grad"},
    {"hidden=4: vec=4", "no kernel= before the ':', expected kernel=state or kernel=grad"},
    {"kernel=state kernel=grad: vec=4", "kernel= is there twice, expected it once"},
    {"kernel=article: vec=4", "kernel: found 'article', expected state or grad"},
    {"kernel=: vec=4", "kernel: found '', expected state or grad"},
    {"vector=3 kernel=state: vec=4", "vector: found '3', expected 1, 2, 4, 8 or 16"},
    {"vector=32 kernel=state: vec=4", "vector: found '32', expected 1, 2, 4, 8 or 16"},
    {"cell=rnn kernel=state: vec=4", "cell: found 'rnn', expected elman, gru or lstm"},
    {"precision=half kernel=state: vec=4", "precision: found 'half', expected float or double"},
    {"device=pocl kernel=state: vec=4",
     "device: found 'pocl', expected part of a device's name in quotes, such as \"pthread\""},
    {"device=\"\" kernel=state: vec=4",
     "device: found '\"\"', expected part of a device's name in quotes, such as \"pthread\""},
    {"device=\"a\"b\" kernel=state: vec=4",
     "device: found '\"a\"b\" kernel=state: vec=4', expected part of a device's name in quotes, such as \"pthread\""},
    {"hidden=0 kernel=state: vec=4", "hidden: found '0', expected a whole number or a range such as 65..128"},
    {"hidden=5..4 kernel=state: vec=4", "hidden: found '5..4', expected a whole number or a range such as 65..128"},
    {"batch=..4 kernel=state: vec=4", "batch: found '..4', expected a whole number or a range such as 65..128"},
    {"batch=4.. kernel=state: vec=4", "batch: found '4..', expected a whole number or a range such as 65..128"},
    {"batch=1..2..3 kernel=state: vec=4", "batch: found '1..2..3', expected a whole number or a range such as 65..128"},
    {"batch=-1 kernel=state: vec=4", "batch: found '-1', expected a whole number or a range such as 65..128"},
    {"kernel=state:", "found the end of the line, expected " STATE_SETTINGS},
    {"kernel=state: # vec=4", "found the end of the line, expected " STATE_SETTINGS},
    {"kernel=state:: vec=4", "found ':', expected " STATE_SETTINGS},
    {"kernel=state: vec=4: rows=3", "found a second ':', expected settings alone behind the first"},
    {"kernel=state: tiles=4", "found 'tiles=4', expected " STATE_SETTINGS},
    {"kernel=state: vec", "found 'vec', expected " STATE_SETTINGS},
    {"kernel=state: \x01", "found '\\x01', expected " STATE_SETTINGS},
    {"kernel=state: vec=3", "vec: found '3', expected a power of two from 1 to 16"},
    {"kernel=state: vec=32", "vec: found '32', expected a power of two from 1 to 16"},
    {"kernel=state: rows=0", "rows: found '0', expected a whole number from 1 to 16"},
    {"kernel=state: rows=17", "rows: found '17', expected a whole number from 1 to 16"},
    {"kernel=state: rows=4294967297", "rows: found '4294967297', expected a whole number from 1 to 16"},
    {"kernel=state: rows=18446744073709551617",
     "rows: found '18446744073709551617', expected a whole number from 1 to 16"},
    {"kernel=state: rows=+3", "rows: found '+3', expected a whole number from 1 to 16"},
    {"kernel=state: rows=", "rows: found '', expected a whole number from 1 to 16"},
    {"kernel=state: rows=3 rows=3", "rows= is there twice, expected it once"},
};

/* Behind a good line, which is not taken either. */
START_TEST(bad_lines_are_named)
{
    char text[512], message[512];
    rnn_tuning_list list = {NULL, 0};
    snprintf(text, sizeof text, "# first\nkernel=grad: vec=2\n%s\n", bad[_i].line);
    snprintf(message, sizeof message, "t.txt:3: %s", bad[_i].message);
    ck_assert_int_eq(parse(text, &list), RNN_BAD_DATA);
    ck_assert_str_eq(rnn_error_message(), message);
    ck_assert_uint_eq(list.count, 0);
    rnn_tuning_list_free(&list);
}
END_TEST

START_TEST(classes_hold_their_size)
{
    static const struct {
        size_t vector, H, B, expected[4];
    } classes[] = {
        {16, 100, 100, {97, 112, 65, 128}}, {1, 1, 1, {1, 1, 1, 1}},    {8, 1024, 256, {897, 1024, 129, 256}},
        {16, 5, 2, {1, 16, 2, 2}},          {8, 65, 3, {65, 80, 3, 4}}, {1, 64, 10000, {57, 64, 8193, 16384}}};
    for (size_t i = 0; i < COUNT(classes); i++) {
        rnn_tuning_line line = {.vector = classes[i].vector};
        rnn_tuning_class(&line, classes[i].H, classes[i].B);
        ck_assert_uint_eq(line.hidden[0], classes[i].expected[0]);
        ck_assert_uint_eq(line.hidden[1], classes[i].expected[1]);
        ck_assert_uint_eq(line.batch[0], classes[i].expected[2]);
        ck_assert_uint_eq(line.batch[1], classes[i].expected[3]);
    }
}
END_TEST

START_TEST(lines_fit_what_they_name)
{
    static const struct {
        const char *line;
        bool fits; /* a device "Pthread-X", "Big Platform", "OpenCL 9 Z"; vector 8, float, Elman, state, H 100, B 10 */
    } lines[] = {
        {"kernel=state: vec=1", true},
        {"kernel=grad: vec=1", false},
        {"device=\"THREAD-x\" kernel=state: vec=1", true},
        {"device=\"big plat\" kernel=state: vec=1", true},
        {"device=\"opencl 9\" kernel=state: vec=1", true},
        {"device=\"pthread-xy\" kernel=state: vec=1", false},
        {"vector=8 precision=float kernel=state hidden=100 batch=10: vec=1", true},
        {"vector=16 kernel=state: vec=1", false},
        {"precision=double kernel=state: vec=1", false},
        {"cell=elman kernel=state: vec=1", true},
        {"cell=lstm kernel=state: vec=1", false},
        {"kernel=state hidden=1..99: vec=1", false},
        {"kernel=state hidden=101..200: vec=1", false},
        {"kernel=state batch=11..20: vec=1", false},
        {"kernel=state batch=1..9: vec=1", false},
        {"kernel=state hidden=100..200 batch=1..10: vec=1", true},
    };
    const rnn_device_info info = {.name = "Pthread-X", .platform = "Big Platform", .version = "OpenCL 9 Z"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        rnn_tuning_list list = {NULL, 0};
        ck_assert_msg(parse(lines[i].line, &list) == RNN_OK, "%s", rnn_error_message());
        ck_assert_msg(rnn_tuning_fits(&list.lines[0], &info, 8, RNN_FLOAT, RNN_ELMAN, RNN_TILE_STATE, 100, 10) ==
                          lines[i].fits,
                      "%s", lines[i].line);
        rnn_tuning_list_free(&list);
    }
}
END_TEST

/* Every combination once: the base itself, and each that differs from it in tried values. */
START_TEST(combinations_are_all_there_once)
{
    const rnn_tuning base = {.vec = 4, .rows = 7, .cols = 2, .lanes = 3, .fused_bytes = 1};
    const size_t count = rnn_tuning_combinations(RNN_TILE_STATE);
    size_t expected = 1, neighbours = 0, given[16] = {0}, all = 0;
    const rnn_tuning_field *field;
    for (size_t n = 0; (field = rnn_tuning_nth(RNN_TILE_STATE, n)); n++) {
        rnn_tuning copy = base;
        size_t values = 1;
        for (size_t i = 0; i < rnn_tuning_tried(field); i++)
            values += field->tried[i] != *rnn_tuning_value(field, &copy);
        expected *= values;
        neighbours += values - 1;
    }
    for (size_t i = 0; i < count; i++) {
        rnn_tuning tuning;
        if (!rnn_tuning_combination(RNN_TILE_STATE, &base, i, &tuning))
            continue;
        all++;
        given[rnn_tuning_distance(RNN_TILE_STATE, &base, &tuning)]++;
    }
    ck_assert_uint_eq(all, expected);
    ck_assert_uint_eq(given[0], 1);
    ck_assert_uint_eq(given[1], neighbours);
}
END_TEST

/* ---- Where lines come from ----------------------------------------------------------------------------------------- */

static char notices[2048];

static void note(const char *text, void *context)
{
    (void)context;
    const size_t used = strlen(notices);
    snprintf(notices + used, sizeof notices - used, "%s\n", text);
}

static void set_up(void)
{
    cli_set_up();
    cli_own_cache();
    notices[0] = '\0';
    rnn_set_notice_handler(note, NULL);
}

static void tear_down(void)
{
    rnn_set_notice_handler(NULL, NULL);
    cli_tear_down();
}

static const char *write_file(const char *name, const char *text)
{
    const char *path = cli_in_folder(cli_work, name);
    mkdir(cli_in_folder(cli_work, "cache"), 0700);
    mkdir(cli_in_folder(cli_work, "cache/rnn_cl"), 0700);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
    return path;
}

/* A line that fits the device under test and H = 300 with rows=N, which no shipped line is for. */
static const char *rows_line(unsigned rows)
{
    static char line[128];
    snprintf(line, sizeof line, "kernel=state hidden=300: vec=1 rows=%u cols=1 lanes=1\n", rows);
    return line;
}

static rnn_status open_with(const char *tuning, bool no_cache, rnn_backend **out)
{
    rnn_device_info info;
    const rnn_backend_options options = {.no_cache = no_cache, .tuning = tuning};
    ck_assert_msg(harness_device(&info) == RNN_OK, "%s", rnn_error_message());
    return rnn_opencl_open(info.selector, RNN_FLOAT, NULL, &options, out);
}

static rnn_tuning tile_of(rnn_backend *backend, rnn_tile_kind kind, size_t H, size_t B)
{
    rnn_tuning tuning;
    const rnn_network network = make_network(H, 1);
    ck_assert_msg(rnn_opencl_tile(backend, kind, &network, B, &tuning) == RNN_OK, "%s", rnn_error_message());
    return tuning;
}

static rnn_tuning state_tile(const char *tuning, bool no_cache)
{
    rnn_backend *backend;
    ck_assert_msg(open_with(tuning, no_cache, &backend) == RNN_OK, "%s", rnn_error_message());
    const rnn_tuning tile = tile_of(backend, RNN_TILE_STATE, 300, 20);
    rnn_backend_close(backend);
    return tile;
}

START_TEST(file_goes_before_cache_and_cache_before_shipped)
{
    const rnn_tuning model = state_tile(NULL, false);
    const unsigned other = model.rows == 5 ? 6 : 5, third = model.rows == 7 ? 8 : 7;
    const char *file = write_file("mine.txt", rows_line(other));
    ck_assert_uint_eq(state_tile(file, false).rows, other);
    ck_assert_uint_eq(state_tile(file, true).rows, other);
    write_file("cache/rnn_cl/tuning.txt", rows_line(third));
    ck_assert_uint_eq(state_tile(file, false).rows, other);
    ck_assert_uint_eq(state_tile(NULL, false).rows, third);
    ck_assert_uint_eq(state_tile(NULL, true).rows, model.rows);
    file = write_file("mine.txt", "kernel=state hidden=301: rows=9\n"); /* for something else */
    ck_assert_uint_eq(state_tile(file, false).rows, third);
    ck_assert_str_eq(notices, "");
}
END_TEST

static void read_shipped(rnn_tuning_list *list)
{
    for (size_t i = 0; i < rnn_kernel_file_count; i++)
        if (strcmp(rnn_kernel_files[i].name, "tuning.txt") == 0)
            ck_assert_msg(rnn_tuning_parse(rnn_kernel_files[i].text, strlen(rnn_kernel_files[i].text), "tuning.txt",
                                           true, list) == RNN_OK,
                          "%s", rnn_error_message());
    ck_assert_uint_gt(list->count, 0);
}

/* Every shipped line that fits this device is what its shapes get, unless the cache has another for them. */
START_TEST(shipped_lines_are_used)
{
    rnn_tuning_list list = {NULL, 0};
    rnn_backend *backend;
    char text[RNN_TUNING_LINE_SIZE];
    read_shipped(&list);
    write_file("cache/rnn_cl/tuning.txt", "kernel=state: vec=1 rows=1 cols=1 lanes=1\n");
    for (int cached = 0; cached < 2; cached++) {
        ck_assert_int_eq(open_with(NULL, !cached, &backend), RNN_OK);
        for (size_t i = 0; i < list.count; i++) {
            const rnn_tuning_line *line = &list.lines[i];
            const size_t H = line->hidden[0], B = line->batch[0];
            if (!rnn_tuning_fits(line, &backend->info, rnn_opencl_vector(backend), RNN_FLOAT, RNN_ELMAN, line->kind, H,
                                 B))
                continue;
            const rnn_tuning tile = tile_of(backend, line->kind, H, B);
            const bool other = cached && line->kind == RNN_TILE_STATE;
            ck_assert_msg((rnn_tuning_distance(line->kind, &tile, &line->tuning) > 0) == other, "%s",
                          rnn_tuning_line_text(line, text, sizeof text));
        }
        rnn_backend_close(backend);
    }
    rnn_tuning_list_free(&list);
}
END_TEST

START_TEST(malformed_cache_is_announced_once_and_ignored_whole)
{
    const rnn_tuning model = state_tile(NULL, false);
    char text[256], message[512];
    snprintf(text, sizeof text, "%skernel=stat: vec=1\n", rows_line(model.rows == 5 ? 6 : 5));
    const char *path = write_file("cache/rnn_cl/tuning.txt", text);
    ck_assert_uint_eq(state_tile(NULL, false).rows, model.rows);
    snprintf(message, sizeof message,
             "%s:2: kernel: found 'stat', expected state or grad; no line of that file is used; mend or delete it, "
             "rnn_cl tune writes it anew\n",
             path);
    ck_assert_str_eq(notices, message);
}
END_TEST

START_TEST(cache_that_is_no_file_is_announced)
{
    const char *path = write_file("cache/rnn_cl/tuning.txt", "");
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    state_tile(NULL, false);
    ck_assert_ptr_nonnull(strstr(notices, "tuning.txt is not a regular file and is left alone"));
}
END_TEST

START_TEST(malformed_or_absent_file_is_an_error)
{
    char message[512];
    rnn_backend *backend;
    const char *path = write_file("mine.txt", "\nkernel=grad: rows=x\n");
    ck_assert_int_eq(open_with(path, false, &backend), RNN_BAD_DATA);
    snprintf(message, sizeof message, "--tuning: %s:2: rows: found 'x', expected a whole number from 1 to 16", path);
    ck_assert_str_eq(rnn_error_message(), message);
    ck_assert_int_eq(open_with(cli_in_folder(cli_work, "absent.txt"), false, &backend), RNN_NO_INPUT);
    ck_assert_ptr_null(backend);
}
END_TEST

/* Lines that read well and that no device can do: too many sums, too much local memory. */
static const struct {
    rnn_tile_kind kind;
    const char *line, *message;
} illegal[] = {
    {RNN_TILE_STATE, "kernel=state: vec=1 rows=16 cols=3 lanes=1\n",
     "kernel=state with H=300: rows=16 x cols=3 are 48 vectors of sums, expected at most 32"},
    {RNN_TILE_GRAD, "kernel=grad: vec=16 lanes=8 rows=16 cols=2 tiles=64 terms=4096\n",
     "kernel=grad with H=300: terms=4096 does not fit "},
};

START_TEST(illegal_line_is_an_error_from_a_file_and_a_notice_from_the_cache)
{
    const rnn_network network = make_network(300, 1);
    rnn_backend *backend;
    rnn_tuning tile;
    char message[512];
    const char *path = write_file("mine.txt", illegal[_i].line);
    ck_assert_msg(open_with(path, true, &backend) == RNN_OK, "%s", rnn_error_message());
    ck_assert_int_eq(rnn_opencl_tile(backend, illegal[_i].kind, &network, 20, &tile), RNN_BAD_DATA);
    snprintf(message, sizeof message, "--tuning: %s:1: %s", path, illegal[_i].message);
    ck_assert_msg(strncmp(rnn_error_message(), message, strlen(message)) == 0, "%s", rnn_error_message());
    rnn_backend_close(backend);

    write_file("cache/rnn_cl/tuning.txt", illegal[_i].line);
    ck_assert_int_eq(open_with(NULL, false, &backend), RNN_OK);
    const rnn_tuning used = tile_of(backend, illegal[_i].kind, 300, 20);
    tile_of(backend, illegal[_i].kind, 300, 20);
    const char *notice = strstr(notices, illegal[_i].message);
    ck_assert_msg(notice && strstr(notice, "; the line is not used\n"), "%s", notices);
    ck_assert_ptr_null(strstr(notice + 1, illegal[_i].message));
    rnn_opencl_retune(backend, illegal[_i].kind, &(rnn_tuning){0});
    tile = tile_of(backend, illegal[_i].kind, 300, 20);
    ck_assert_uint_eq(rnn_tuning_distance(illegal[_i].kind, &tile, &used), 0);
    rnn_backend_close(backend);
}
END_TEST

/* ---- Bits ---------------------------------------------------------------------------------------------------------- */

static void expect_reference_bits(const harness_case *c, const rnn_tuning tunings[RNN_TILE_KINDS])
{
    char name[256], text[256], state[256], grad[256];
    harness_result expected, found;
    for (int kind = 0; kind < RNN_TILE_KINDS; kind++)
        rnn_opencl_retune(device, (rnn_tile_kind)kind, &tunings[kind]);
    ck_assert_msg(harness_run(reference, c, &expected) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(harness_run(device, c, &found) == RNN_OK, "%s", rnn_error_message());
    harness_name(c, name, sizeof name);
    ck_assert_msg(!harness_differs(&expected, &found, text, sizeof text),
                  "%s\n  state: %s\n  grad: %s\n  reference against device, %s", name,
                  rnn_tuning_text(RNN_TILE_STATE, &tunings[RNN_TILE_STATE], state, sizeof state),
                  rnn_tuning_text(RNN_TILE_GRAD, &tunings[RNN_TILE_GRAD], grad, sizeof grad), text);
    harness_result_free(&expected);
    harness_result_free(&found);
}

/* A shipped line in a shape of its class, whatever device it is for, beside the last line of the other kernel. */
START_TEST(shipped_lines_change_no_bit)
{
    rnn_tuning_list list = {NULL, 0};
    rnn_tuning tunings[RNN_TILE_KINDS] = {{0}};
    read_shipped(&list);
    for (size_t i = 0; i < list.count; i++) {
        const rnn_tuning_line *line = &list.lines[i];
        const size_t H = line->hidden[0] + 1 < line->hidden[1] ? line->hidden[0] + 1 : line->hidden[1];
        const harness_case c = {.activation = RNN_TANH, .H = H, .T = 2, .B = 25, .D = 3, .O = 1, .bias = true};
        tunings[line->kind] = line->tuning;
        if (H < 200 || !harness_is_tiny())
            expect_reference_bits(&c, tunings);
    }
    rnn_tuning_list_free(&list);
}
END_TEST

/* Rows of the state are laid out for both kernels' vectors: the longer one's must not reach beyond a row. And what one launch may
 * do for all kernels it may not where their tiles differ. */
START_TEST(kernels_may_have_different_tiles)
{
    static const rnn_tuning pairs[][RNN_TILE_KINDS] = {
        {{.vec = 1, .rows = 4, .cols = 2, .lanes = 1},
         {.vec = 16, .lanes = 1, .grad_rows = 12, .grad_cols = 2, .grad_tiles = 3}},
        {{.vec = 16, .rows = 2, .cols = 1, .lanes = 1}, {.vec = 1, .lanes = 4, .grad_rows = 3, .grad_tiles = 2}},
        {{.vec = 4, .rows = 2, .cols = 1, .lanes = 1, .near_bytes = 1U << 30}, {.vec = 4, .lanes = 4, .grad_rows = 3}},
    };
    const harness_case c = {.activation = RNN_TANH, .H = 37, .T = 2, .B = 25, .D = 2, .O = 1, .bias = true};
    for (size_t i = 0; i < COUNT(pairs); i++)
        expect_reference_bits(&c, pairs[i]);
}
END_TEST

/* Half of the values are those the tuner tries, half any legal value up to the largest of those. */
static rnn_tuning draw(rnn_tile_kind kind, uint64_t index)
{
    const rnn_tuning_field *field;
    rnn_tuning tuning = {0};
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++) {
        const uint64_t bits = rnn_random_bits(RANDOM_SEED, 200 + (uint32_t)kind, index * 64 + n);
        const size_t count = rnn_tuning_tried(field);
        const bool any = (bits & 1) && !field->powers;
        *rnn_tuning_value(field, &tuning) =
            any ? 1 + (unsigned)((bits >> 1) % field->tried[count - 1]) : field->tried[(bits >> 1) % count];
    }
    return tuning;
}

START_TEST(random_legal_lines_change_no_bit)
{
    static uint64_t index;
    const harness_case c = {.activation = RNN_SIGMOID, .H = 37, .T = 3, .B = 25, .D = 2, .O = 1, .bias = true};
    const rnn_network network = make_network(c.H, c.D);
    rnn_tuning tunings[RNN_TILE_KINDS], resolved;
    for (int kind = 0; kind < RNN_TILE_KINDS; kind++) {
        rnn_status status = RNN_CONFIG;
        while (status != RNN_OK) {
            tunings[kind] = draw((rnn_tile_kind)kind, index++);
            rnn_opencl_retune(device, (rnn_tile_kind)kind, &tunings[kind]);
            status = rnn_opencl_tile(device, (rnn_tile_kind)kind, &network, c.B, &resolved);
            ck_assert_uint_lt(index, 100000);
        }
    }
    expect_reference_bits(&c, tunings);
}
END_TEST

Suite *tuning_suite(void)
{
    Suite *suite = suite_create("tuning");
    TCase *lines = tcase_create("lines"), *sources = tcase_create("sources"), *bits = tcase_create("bits");
    tcase_add_test(lines, lines_are_read_and_written_alike);
    tcase_add_test(lines, comments_blanks_and_order_are_free);
    tcase_add_loop_test(lines, bad_lines_are_named, 0, (int)COUNT(bad));
    tcase_add_test(lines, classes_hold_their_size);
    tcase_add_test(lines, lines_fit_what_they_name);
    tcase_add_test(lines, combinations_are_all_there_once);
    suite_add_tcase(suite, lines);
    tcase_add_checked_fixture(sources, set_up, tear_down);
    tcase_add_test(sources, file_goes_before_cache_and_cache_before_shipped);
    tcase_add_test(sources, shipped_lines_are_used);
    tcase_add_test(sources, malformed_cache_is_announced_once_and_ignored_whole);
    tcase_add_test(sources, cache_that_is_no_file_is_announced);
    tcase_add_test(sources, malformed_or_absent_file_is_an_error);
    tcase_add_loop_test(sources, illegal_line_is_an_error_from_a_file_and_a_notice_from_the_cache, 0,
                        (int)COUNT(illegal));
    suite_add_tcase(suite, sources);
    tcase_add_unchecked_fixture(bits, open_backends, close_backends);
    tcase_add_test(bits, shipped_lines_change_no_bit);
    tcase_add_test(bits, kernels_may_have_different_tiles);
    tcase_add_loop_test(bits, random_legal_lines_change_no_bit, 0,
                        harness_is_full() ? RANDOM_LINES_FULL : RANDOM_LINES);
    suite_add_tcase(suite, bits);
    return suite;
}
