/* SPDX-License-Identifier: MIT
 * test_malformed.c - files that are refused: in these words, within their memory, and whatever allocation fails meanwhile
 *
 * malformed/expected.tsv has a line a file; those in the folder made/ of that list are made here, being too large to keep. A
 * folder is a kind of file: how the program is given one, and which function reads it.
 */
#define _XOPEN_SOURCE 700 /* realpath */

#include "cli.h"
#include "made_files.h"

#include "backend/opencl/cache_entry.h"
#include "backend/opencl/tuning.h"
#include "base/allocations.h"
#include "base/file.h"
#include "model/model.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST      RNN_TEST_DIR "/malformed/expected.tsv"
#define ROWS      512
#define ALLOWANCE ((size_t)16 << 20)

/* ---- Kinds --------------------------------------------------------------------------------------------------------- */

static rnn_status read_series(const char *path)
{
    const char *const first[] = {"1", NULL}, *const all[] = {"all", NULL};
    const rnn_columns wanted = {first, all};
    rnn_series *series;
    const rnn_status status = rnn_series_read(path, NULL, &wanted, &series);
    rnn_series_free(series);
    return status;
}

/* All that can be made of a table: several series, a row that is missing, masks, columns known ahead, the calendar. */
static rnn_status read_panel(const char *path)
{
    const char *const sales[] = {"sales", NULL}, *const promo[] = {"promo", NULL};
    const rnn_read_options options = {.columns = {sales, NULL},
                                      .known = promo,
                                      .time = "date",
                                      .id = "city",
                                      .missing = RNN_MISSING_MASK,
                                      .calendar = RNN_CALENDAR_WEEKDAY};
    rnn_series *series;
    const rnn_status status = rnn_series_read_with(path, &options, &series);
    rnn_series_free(series);
    return status;
}

static rnn_status read_model(const char *path)
{
    rnn_model *model;
    const rnn_status status = rnn_model_load(path, &model);
    rnn_model_free(model);
    return status;
}

static rnn_status read_tuning(const char *path)
{
    rnn_tuning_list list = {NULL, 0};
    const rnn_status status = rnn_tuning_read(path, false, &list);
    rnn_tuning_list_free(&list);
    return status;
}

static rnn_status make_sine(const char *path)
{
    rnn_series *series;
    (void)path;
    const rnn_status status = rnn_series_sine(20, &series);
    rnn_series_free(series);
    return status;
}

static rnn_status copy_values(const char *path)
{
    const double values[] = {1, 2, 3, 4};
    rnn_series *series;
    (void)path;
    const rnn_status status = rnn_series_copy(values, 2, 2, 1, NULL, &series);
    rnn_series_free(series);
    return status;
}

/* Sound is RNN_OK: what is not is refused without a message. */
static rnn_status read_entry(const char *path)
{
    static const char key[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    unsigned char *bytes = NULL;
    size_t size;
    rnn_status status = rnn_read_file(path, SIZE_MAX, &bytes, &size);
    if (status == RNN_OK)
        status = rnn_entry_is_sound(bytes, size, key) ? RNN_OK : rnn_fail(RNN_BAD_DATA, "unsound");
    free(bytes);
    return status;
}

/* The command's last word is the path. A cache entry has none: the program says nothing of those that it does not use. */
#define DATA "--dry-run --device reference --missing error --seq-len 50 --data"

static const struct kind {
    const char *ending, *command;
    rnn_status (*read)(const char *path);
} kinds[] = {
    {".csv", DATA, read_series},
    {".npy", DATA, read_series},
    {".npz", DATA, read_series},
    {".safetensors", "info", read_model},
    {".txt", "--dry-run --tuning", read_tuning},
    {".clbin", NULL, read_entry},
};

/* ---- The list ------------------------------------------------------------------------------------------------------ */

typedef struct listed_file {
    char line[1024];
    const char *file, *arguments, *message;
    int code;
    const struct kind *kind;
} listed_file;

static listed_file rows[ROWS];
static size_t row_count;

static const struct kind *kind_of(const char *file)
{
    const char *ending = strrchr(file, '.');
    for (size_t i = 0; ending && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].ending, ending) == 0)
            return &kinds[i];
    return NULL;
}

/* Cuts a line at its tabs; false for what is no row. */
static bool read_row(listed_file *row)
{
    char *field[4] = {row->line};
    size_t fields = 1;
    row->line[strcspn(row->line, "\n")] = '\0';
    for (char *tab = strchr(row->line, '\t'); tab && fields < 4; tab = strchr(tab + 1, '\t')) {
        *tab = '\0';
        field[fields++] = tab + 1;
    }
    row->file = field[0];
    row->code = fields == 4 ? (int)strtol(field[1], NULL, 10) : 0;
    row->arguments = field[2];
    row->message = field[3];
    row->kind = kind_of(row->file);
    return fields == 4 && row->line[0] != '#';
}

static void read_list(void)
{
    FILE *stream = fopen(LIST, "r");
    row_count = 0;
    while (stream && row_count < ROWS && fgets(rows[row_count].line, sizeof rows->line, stream))
        row_count += read_row(&rows[row_count]);
    if (stream)
        fclose(stream);
}

/* Where the row's file lies, or is made. */
static const char *path_of(const listed_file *row)
{
    static char path[PATH_MAX];
    if (strncmp(row->file, "made/", 5) == 0) {
        snprintf(path, sizeof path, "%s/%s", cli_work, row->file + 5);
        made_file_write(row->file + 5, path);
    } else {
        char relative[PATH_MAX];
        snprintf(relative, sizeof relative, RNN_TEST_DIR "/malformed/%s", row->file);
        ck_assert_msg(realpath(relative, path) != NULL, "%s is not there", relative);
    }
    return path;
}

static size_t size_of(const char *path)
{
    size_t size;
    rnn_input *input;
    ck_assert_int_eq(rnn_input_open(path, &input, &size), RNN_OK);
    rnn_input_close(input);
    return size;
}

static void drop_notice(const char *text, void *context)
{
    (void)text;
    (void)context;
}

static void set_up(void)
{
    cli_set_up();
    rnn_set_notice_handler(drop_notice, NULL);
}

static void tear_down(void)
{
    rnn_set_notice_handler(NULL, NULL);
    cli_tear_down();
}

/* ---- Tests --------------------------------------------------------------------------------------------------------- */

static size_t count_files(const char *folder)
{
    char path[PATH_MAX];
    size_t count = 0;
    snprintf(path, sizeof path, RNN_TEST_DIR "/malformed/%s", folder);
    DIR *all = opendir(path);
    ck_assert_ptr_nonnull(all);
    for (struct dirent *entry = readdir(all); entry; entry = readdir(all))
        count += entry->d_name[0] != '.';
    closedir(all);
    return count;
}

/* A list that forgot a file would look as green as one that has it. whole.safetensors is what models were damaged from. */
START_TEST(every_file_is_in_the_list)
{
    static const char *const folders[] = {"csv", "npy", "safetensors", "model", "checkpoint", "tuning", "cache"};
    size_t files = made_file_count() - 1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        files += count_files(folders[i]);
    ck_assert_uint_eq(row_count, files);
    ck_assert_uint_ge(row_count, 120);
    for (size_t i = 0; i < row_count; i++)
        ck_assert_msg(rows[i].kind != NULL, "what kind of file is %s?", rows[i].file);
}
END_TEST

/* The message of a row, with its path and the version put in. */
static const char *message_of(const listed_file *row, const char *path)
{
    static char message[2 * PATH_MAX];
    size_t used = 0;
    for (const char *c = row->message; *c && used < PATH_MAX; c++) {
        const char one[2] = {*c}, *part = *c == '@' ? path : *c == '~' ? RNN_CL_VERSION : one;
        used += (size_t)snprintf(message + used, sizeof message - used, "%s", part);
    }
    return message;
}

START_TEST(refused_in_these_words)
{
    const listed_file *row = &rows[_i];
    const char *path = path_of(row);
    if (!row->kind->command) {
        ck_assert_msg(row->kind->read(path) == RNN_BAD_DATA, "%s is not refused", row->file);
        return;
    }
    cli_run("%s %s %s", row->kind->command, path, row->arguments);
    cli_expect_exactly(row->code, message_of(row, path));
}
END_TEST

START_TEST(memory_is_capped)
{
    const char *path = path_of(&rows[_i]);
    const size_t cap = 2 * size_of(path) + ALLOWANCE;
    allocations_watch(0);
    rows[_i].kind->read(path);
    const allocations seen = allocations_stop();
    ck_assert_msg(seen.peak <= cap, "%s: %zu bytes at a time, expected at most %zu", rows[_i].file, seen.peak, cap);
    ck_assert_msg(seen.left == 0, "%s: %ld blocks are left", rows[_i].file, seen.left);
}
END_TEST

/* jansson calls some of its lack of memory broken JSON, and it cannot be told from what is. */
static bool is_told(rnn_status status)
{
    const char *sign = status == RNN_NO_MEMORY ? "memory" : ": broken JSON at ";
    return (status == RNN_NO_MEMORY || status == RNN_BAD_DATA) && strstr(rnn_error_message(), sign);
}

/* Every allocation fails in turn, with all that follow it; of files that take thousands, every so many. */
static void expect_clean_failures(const char *path, rnn_status (*read)(const char *path))
{
    allocations_watch(0);
    const rnn_status expected = read(path);
    const size_t count = allocations_stop().count, step = count / 64 + 1;
    for (size_t failing = 1; failing <= count; failing += step) {
        allocations_watch(failing);
        const rnn_status status = read(path);
        const allocations seen = allocations_stop();
        ck_assert_msg(is_told(status), "%s: allocation %zu of %zu failed: status %d, %s", path, failing, count,
                      (int)status, rnn_error_message());
        ck_assert_msg(seen.left == 0, "%s: allocation %zu failed: %ld blocks are left", path, failing, seen.left);
    }
    ck_assert_int_eq(read(path), expected);
}

START_TEST(survives_lack_of_memory)
{
    expect_clean_failures(path_of(&rows[_i]), rows[_i].kind->read);
}
END_TEST

static const struct {
    const char *path;
    rnn_status (*read)(const char *path);
} sound[] = {
    {RNN_TEST_DIR "/data/elnino.csv", read_series},
    {RNN_TEST_DIR "/data/panel.csv", read_panel},
    {RNN_TEST_DIR "/data/ramp_f8.npy", read_series},
    {RNN_TEST_DIR "/golden/numpy_f4.npy", read_series},
    {RNN_TEST_DIR "/malformed/model/whole.safetensors", read_model},
    {RNN_TEST_DIR "/../kernels/tuning.txt", read_tuning},
    {"the sine", make_sine},
    {"values in memory", copy_values},
};

START_TEST(sound_files_survive_lack_of_memory)
{
    ck_assert_msg(sound[_i].read(sound[_i].path) == RNN_OK, "%s", rnn_error_message());
    expect_clean_failures(sound[_i].path, sound[_i].read);
}
END_TEST

Suite *malformed_suite(void)
{
    Suite *suite = suite_create("malformed");
    TCase *tests = tcase_create("malformed");
    read_list();
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_file_is_in_the_list);
    tcase_add_loop_test(tests, refused_in_these_words, 0, (int)row_count);
    tcase_add_loop_test(tests, memory_is_capped, 0, (int)row_count);
    tcase_add_loop_test(tests, survives_lack_of_memory, 0, (int)row_count);
    tcase_add_loop_test(tests, sound_files_survive_lack_of_memory, 0, (int)(sizeof sound / sizeof *sound));
    suite_add_tcase(suite, tests);
    return suite;
}
