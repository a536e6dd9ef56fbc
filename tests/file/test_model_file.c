/* SPDX-License-Identifier: MIT
 * test_model_file.c - a model comes back from its file whole; a damaged file is refused in words; nothing half-written stays
 *
 * malformed/model/whole.safetensors is a model file of format version 1, and stays one: later versions of the program must
 * read it. The other files there are copies of it, each with one thing changed; cmd/test_malformed.c reads them.
 */
#include "comma_locale.h"
#include "suites.h"

#include "base/allocations.h"
#include "base/file.h"
#include "data/text.h"
#include "file/safetensors.h"
#include "model/model.h"
#include "model/settings.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE       512
#define BAD_MODEL(name) RNN_TEST_DIR "/malformed/model/" name ".safetensors"

static char folder[] = "/tmp/rnn_cl.model.XXXXXX";
static char path[PATH_SIZE], second[PATH_SIZE];

static void set_up(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    snprintf(second, sizeof second, "%s/second.safetensors", folder);
}

static void tear_down(void)
{
    unlink(path);
    unlink(second);
    ck_assert_msg(rmdir(folder) == 0, "a test left a file in %s", folder);
}

static size_t entries(void)
{
    size_t count = 0;
    DIR *all = opendir(folder);
    ck_assert_ptr_nonnull(all);
    while (readdir(all))
        count++;
    closedir(all);
    return count - 2;
}

/* ---- Models to save ------------------------------------------------------------------------------------------------ */

static const char *const names[] = {"price, \"close\"", "Gr\xc3\xb6\xc3\x9f\x65", "volume"};

/* Every field set, to values that are hard to write. */
static rnn_model *make(const rnn_settings *settings)
{
    rnn_model *model;
    ck_assert_int_eq(rnn_model_new(settings, 3, 2, names, "data/\"odd\" name.csv", 12345, &model), RNN_OK);
    ck_assert_int_eq(rnn_scaler_init(&model->scaler, settings->scaling, 3), RNN_OK);
    for (size_t i = 0; i < 3; i++) {
        model->scaler.shift[i] = 0.1 - (double)i * 1e300;
        model->scaler.factor[i] = 1.0 / 3 + (double)i * 4.9406564584124654e-324;
    }
    for (size_t i = 0; i < model->network.parameters; i++) {
        const double value = i == 0 ? -0.0 : i == 1 ? 1e-42 : sin((double)i);
        if (settings->precision == RNN_DOUBLE)
            ((double *)model->parameters)[i] = value;
        else
            ((float *)model->parameters)[i] = (float)value;
    }
    model->epochs = 17;
    model->val_rmse = 0.1 + 0.2;
    snprintf(model->device, sizeof model->device, "a device, \"quoted\"");
    snprintf(model->driver, sizeof model->driver, "3.1 \\ 2");
    model->bit_exact = true;
    model->reduction_blocks = 32;
    return model;
}

static rnn_settings settings_of(rnn_precision precision, rnn_input_weights input_weights, bool bias)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    rnn_settings_resolve(&settings, NULL);
    settings.seq_len = 4;
    settings.hidden = 5;
    settings.precision = precision;
    settings.input_weights = input_weights;
    settings.bias = bias;
    settings.learning_rate = 0.1;
    settings.seed = UINT64_MAX;
    settings.scaling = RNN_SCALE_MINMAX;
    return settings;
}

static const struct {
    rnn_precision precision;
    rnn_input_weights input_weights;
    bool bias;
    size_t tensors;
    rnn_cell cell;
} kinds[] = {
    {RNN_FLOAT, RNN_INPUT_SHARED, true, 5, RNN_ELMAN},   {RNN_FLOAT, RNN_INPUT_PER_STEP, false, 3, RNN_ELMAN},
    {RNN_DOUBLE, RNN_INPUT_SHARED, false, 3, RNN_ELMAN}, {RNN_DOUBLE, RNN_INPUT_PER_STEP, true, 5, RNN_ELMAN},
    {RNN_FLOAT, RNN_INPUT_SHARED, true, 6, RNN_GRU},     {RNN_DOUBLE, RNN_INPUT_SHARED, true, 5, RNN_LSTM},
};

static void expect_same(const rnn_model *a, const rnn_model *b)
{
    char one[65], other[65];
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        rnn_option_text(row, &a->settings, one, sizeof one);
        rnn_option_text(row, &b->settings, other, sizeof other);
        ck_assert_str_eq(one, other);
    }
    ck_assert_mem_eq(&a->network, &b->network, sizeof a->network);
    ck_assert_int_eq(a->scaler.kind, b->scaler.kind);
    ck_assert_uint_eq(a->scaler.columns, b->scaler.columns);
    ck_assert_mem_eq(a->scaler.shift, b->scaler.shift, a->scaler.columns * sizeof(double));
    ck_assert_mem_eq(a->scaler.factor, b->scaler.factor, a->scaler.columns * sizeof(double));
    for (size_t i = 0; i < a->network.columns; i++)
        ck_assert_str_eq(a->columns[i], b->columns[i]);
    ck_assert_mem_eq(a->parameters, b->parameters, rnn_model_bytes(a));
    ck_assert_str_eq(a->source, b->source);
    ck_assert_uint_eq(a->rows, b->rows);
    ck_assert_uint_eq(a->epochs, b->epochs);
    ck_assert(a->val_rmse == b->val_rmse || (isnan(a->val_rmse) && isnan(b->val_rmse)));
    ck_assert_str_eq(a->device, b->device);
    ck_assert_str_eq(a->driver, b->driver);
    ck_assert(a->bit_exact == b->bit_exact);
    ck_assert_uint_eq(a->reduction_blocks, b->reduction_blocks);
    rnn_model_sha256(a, one);
    rnn_model_sha256(b, other);
    ck_assert_str_eq(one, other);
}

static void expect_same_bytes(const char *one, const char *other)
{
    unsigned char *bytes, *others;
    size_t size, other_size;
    ck_assert_int_eq(rnn_read_file(one, 1 << 24, &bytes, &size), RNN_OK);
    ck_assert_int_eq(rnn_read_file(other, 1 << 24, &others, &other_size), RNN_OK);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(bytes, others, size);
    free(others);
    free(bytes);
}

/* ---- Back and forth ------------------------------------------------------------------------------------------------ */

START_TEST(round_trip)
{
    rnn_settings settings = settings_of(kinds[_i].precision, kinds[_i].input_weights, kinds[_i].bias);
    settings.cell = kinds[_i].cell;
    rnn_model *model = make(&settings), *back;
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_uint_eq(entries(), 1);
    ck_assert_int_eq(rnn_model_load(path, &back), RNN_OK);
    expect_same(model, back);
    ck_assert_uint_eq(rnn_model_inputs(back), 3);
    ck_assert_uint_eq(rnn_model_targets(back), 2);
    ck_assert_str_eq(rnn_model_column(back, 2), "volume");
    ck_assert_ptr_null(rnn_model_column(back, 3));
    ck_assert_uint_eq(rnn_model_settings(back)->hidden, 5);
    ck_assert_int_eq(rnn_model_save(back, second), RNN_OK);
    expect_same_bytes(path, second);
    rnn_model_free(back);
    rnn_model_free(model);
}
END_TEST

START_TEST(absent_validation_and_the_other_flags)
{
    const rnn_settings settings = settings_of(RNN_FLOAT, RNN_INPUT_SHARED, true);
    rnn_model *model = make(&settings), *back;
    model->val_rmse = NAN;
    model->bit_exact = false;
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_int_eq(rnn_model_load(path, &back), RNN_OK);
    expect_same(model, back);
    rnn_model_free(back);
    rnn_model_free(model);
}
END_TEST

/* Written and read by a C program under its user's locale. */
START_TEST(decimal_comma_around_us)
{
    const rnn_settings settings = settings_of(RNN_DOUBLE, RNN_INPUT_SHARED, true);
    rnn_model *model = make(&settings), *back;
    if (comma_locale_enter("decimal_comma_around_us")) {
        const rnn_status saved = rnn_model_save(model, path), loaded = rnn_model_load(path, &back);
        comma_locale_leave();
        ck_assert_msg(saved == RNN_OK && loaded == RNN_OK, "%s", rnn_error_message());
        expect_same(model, back);
        rnn_model_free(back);
    }
    rnn_model_free(model);
}
END_TEST

/* A device's name is cut between characters, and neither it nor the path brings control characters to a terminal. */
START_TEST(origin_can_be_shown)
{
    const rnn_settings settings = settings_of(RNN_FLOAT, RNN_INPUT_SHARED, true);
    rnn_model *model = make(&settings), *back;
    char long_name[256] = "";
    rnn_show_into(model->device, sizeof model->device, "\033[31m\xff");
    ck_assert_str_eq(model->device, "\\x1b[31m\\xff");
    for (size_t i = 0; i < 85; i++)
        memcpy(long_name + 3 * i, "\xe2\x82\xac", 3); /* 42 of them fit into 128 bytes */
    rnn_show_into(model->driver, sizeof model->driver, long_name);
    ck_assert_uint_eq(strlen(model->driver), 126);
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_int_eq(rnn_model_load(path, &back), RNN_OK);
    expect_same(model, back);
    rnn_model_free(back);
    rnn_model_free(model);
}
END_TEST

START_TEST(article_round_trip)
{
    rnn_settings settings;
    rnn_model *model, *back;
    rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
    model = make(&settings);
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_int_eq(rnn_model_load(path, &back), RNN_OK);
    expect_same(model, back);
    rnn_model_free(back);
    rnn_model_free(model);
}
END_TEST

/* The file as another program sees it: tensors by name, shape, type and order, and the hash of the whole data section. */
START_TEST(tensors_of_the_file)
{
    rnn_settings settings = settings_of(kinds[_i].precision, kinds[_i].input_weights, kinds[_i].bias);
    settings.cell = kinds[_i].cell;
    rnn_model *model = make(&settings);
    rnn_safetensors *file;
    size_t count = 0, bytes = 0;
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_int_eq(rnn_safetensors_read(path, &file), RNN_OK);
    ck_assert_uint_eq(file->count, kinds[_i].tensors);
    for (int role = 0; role < RNN_TENSORS; role++) {
        const rnn_tensor *tensor = &model->network.tensor[role];
        if (tensor->count == 0)
            continue;
        const rnn_stored_tensor *stored = &file->tensors[count++];
        ck_assert_str_eq(stored->name, tensor->name);
        ck_assert_int_eq(stored->precision, kinds[_i].precision);
        ck_assert_uint_eq(stored->rank, strstr(tensor->name, "bias") ? 1 : 2);
        ck_assert_uint_eq(stored->shape[0], tensor->rows);
        if (stored->rank == 2)
            ck_assert_uint_eq(stored->shape[1], tensor->columns);
        ck_assert_mem_eq(stored->data, (const char *)model->parameters + bytes, stored->size);
        bytes += stored->size;
    }
    ck_assert_uint_eq(count, kinds[_i].tensors);
    ck_assert_uint_eq(bytes, rnn_model_bytes(model));
    ck_assert_str_eq(rnn_safetensors_metadata(file, "format"), "rnn_cl");
    ck_assert_str_eq(rnn_safetensors_metadata(file, "format_version"), "1");
    rnn_safetensors_free(file);
    rnn_model_free(model);
}
END_TEST

START_TEST(version_1_is_readable)
{
    rnn_model *model;
    ck_assert_int_eq(rnn_model_load(BAD_MODEL("whole"), &model), RNN_OK);
    ck_assert_str_eq(rnn_model_column(model, 0), "price, \"close\"");
    ck_assert_str_eq(rnn_model_column(model, 1), "volume");
    ck_assert_uint_eq(model->settings.hidden, 2);
    ck_assert_uint_eq(model->rows, 30);
    ck_assert(model->scaler.factor[1] == 1.0 / 3);
    ck_assert(model->val_rmse == 0.125);
    ck_assert_uint_eq(model->network.parameters, 13);
    for (size_t i = 0; i < 13; i++)
        ck_assert(((const float *)model->parameters)[i] == (float)((double)i / 8 - 0.5));
    rnn_model_free(model);
}
END_TEST

/* ---- Refused ------------------------------------------------------------------------------------------------------- */

static void expect_refused(const char *file, rnn_status status)
{
    static rnn_model unset;
    rnn_model *model = &unset;
    ck_assert_int_eq(rnn_model_load(file, &model), status);
    ck_assert_msg(strstr(rnn_error_message(), file), "the message does not name the file: %s", rnn_error_message());
    ck_assert_ptr_null(model);
}

START_TEST(refuses_what_is_no_file)
{
    expect_refused("/nonexistent/model.safetensors", RNN_NO_INPUT);
    expect_refused(folder, RNN_NO_INPUT);
}
END_TEST

static void write_bytes(const unsigned char *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
}

/* Whatever length is left of the file: at every byte of the small one, which includes every 64th. */
START_TEST(truncated_anywhere)
{
    unsigned char *bytes;
    size_t size;
    ck_assert_int_eq(rnn_read_file(BAD_MODEL("whole"), 1 << 20, &bytes, &size), RNN_OK);
    ck_assert_uint_gt(size, 1000);
    for (size_t length = 0; length < size; length++) {
        unsigned char *part = malloc(length + 1); /* of its own, so that a byte too far is seen */
        rnn_model *model;
        ck_assert_ptr_nonnull(part);
        memcpy(part, bytes, length);
        ck_assert_int_eq(rnn_model_parse(part, length, "part", &model), RNN_BAD_DATA);
        ck_assert_int_eq(strncmp(rnn_error_message(), "part: ", 6), 0);
        ck_assert_ptr_null(model);
        free(part);
    }
    free(bytes);
}
END_TEST

/* What training takes, loading takes: the caps on a model's JSON leave room for as many columns, with names that take escapes. */
START_TEST(as_many_columns_as_training_takes)
{
    rnn_settings settings = settings_of(RNN_FLOAT, RNN_INPUT_SHARED, true);
    const char **columns = calloc(RNN_MODEL_COLUMNS + 1, sizeof *columns);
    ck_assert_ptr_nonnull(columns);
    for (size_t i = 0; i <= RNN_MODEL_COLUMNS; i++)
        columns[i] = "a \"quoted\" name of a column";
    settings.hidden = 1;
    for (size_t extra = 0; extra <= 1; extra++) {
        rnn_model *model, *back;
        ck_assert_int_eq(rnn_model_new(&settings, RNN_MODEL_COLUMNS + extra, 1, columns, "data", 1, &model), RNN_OK);
        ck_assert_int_eq(rnn_scaler_init(&model->scaler, settings.scaling, RNN_MODEL_COLUMNS + extra), RNN_OK);
        for (size_t i = 0; i < RNN_MODEL_COLUMNS; i++)
            model->scaler.factor[i] = 1.0 / 3;
        ck_assert_msg(rnn_model_save(model, path) == RNN_OK, "%s", rnn_error_message());
        const rnn_status status = rnn_model_load(path, &back);
        ck_assert_msg(status == (extra ? RNN_BAD_DATA : RNN_OK), "%s", rnn_error_message());
        rnn_model_free(back);
        rnn_model_free(model);
    }
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "10001 columns, the cap is 10000"));
    free(columns);
}
END_TEST

/* Each byte before the tensors replaced in turn: a model that obeys its own table, or a refusal that names the file. */
START_TEST(spoiled_anywhere)
{
    static const unsigned char replacements[] = {0, '"', '9', '}', 0xff};
    unsigned char *bytes;
    size_t size, loaded = 0, refused = 0;
    ck_assert_int_eq(rnn_read_file(BAD_MODEL("whole"), 1 << 20, &bytes, &size), RNN_OK);
    for (size_t place = 0; place < size - 52; place++) {
        const unsigned char kept = bytes[place];
        for (size_t r = 0; r < sizeof replacements; r++) {
            rnn_model *model;
            bytes[place] = replacements[r];
            const rnn_status status = rnn_model_parse(bytes, size, "spoiled", &model);
            if (status == RNN_OK) {
                ck_assert_int_eq(rnn_settings_check(&model->settings), RNN_OK);
                ck_assert_uint_eq(rnn_model_bytes(model), 52);
                loaded++;
            } else {
                ck_assert_msg(status == RNN_BAD_DATA, "byte %zu = %u: status %d: %s", place, replacements[r],
                              (int)status, rnn_error_message());
                ck_assert_int_eq(strncmp(rnn_error_message(), "spoiled: ", 9), 0);
                ck_assert_ptr_null(model);
                refused++;
            }
            rnn_model_free(model);
        }
        bytes[place] = kept;
    }
    ck_assert_uint_gt(loaded, 100);
    ck_assert_uint_gt(refused, 1000);
    free(bytes);
}
END_TEST

/* ---- Places that take no file -------------------------------------------------------------------------------------- */

START_TEST(saves_nothing_where_it_cannot)
{
    const rnn_settings settings = settings_of(RNN_FLOAT, RNN_INPUT_SHARED, true);
    rnn_model *model = make(&settings);
    char below[PATH_SIZE + 32], absent[PATH_SIZE];
    write_bytes((const unsigned char *)"old", 3);
    snprintf(below, sizeof below, "%s/model.safetensors", path); /* a folder that is a file refuses root as well */
    snprintf(absent, sizeof absent, "%s/absent/model.safetensors", folder);
    ck_assert_int_eq(rnn_model_save(model, below), RNN_CANNOT_CREATE);
    ck_assert_int_eq(rnn_model_save(model, absent), RNN_CANNOT_CREATE);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), absent));
    ck_assert_int_eq(rnn_model_save(model, folder), RNN_CANNOT_CREATE);
    ck_assert_uint_eq(entries(), 1);
    rnn_model_free(model);
}
END_TEST

/* What cannot be described is refused before the old file is touched. */
START_TEST(keeps_the_old_file)
{
    const rnn_settings settings = settings_of(RNN_FLOAT, RNN_INPUT_SHARED, true);
    rnn_model *model = make(&settings);
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_int_eq(rnn_model_save(model, second), RNN_OK);
    model->columns[1][0] = (char)0xff;
    ck_assert_int_eq(rnn_model_save(model, path), RNN_BAD_DATA);
    expect_same_bytes(path, second);
    ck_assert_uint_eq(entries(), 2);
    rnn_model_free(model);
}
END_TEST

/* Every allocation of a save fails in turn, with all that follow it, until there are no more. */
START_TEST(saving_survives_lack_of_memory)
{
    const rnn_settings settings = settings_of(RNN_FLOAT, RNN_INPUT_SHARED, true);
    rnn_model *model = make(&settings);
    rnn_status status = RNN_NO_MEMORY;
    size_t failing = 0;
    while (status != RNN_OK) {
        ck_assert_uint_eq(entries(), 0);
        allocations_watch(++failing);
        status = rnn_model_save(model, path);
        const allocations seen = allocations_stop();
        ck_assert_msg(status == RNN_OK || status == RNN_NO_MEMORY || status == RNN_BAD_DATA,
                      "allocation %zu: status %d, %s", failing, (int)status, rnn_error_message());
        ck_assert_msg(seen.left == 0, "allocation %zu: %ld blocks are left", failing, seen.left);
    }
    ck_assert_uint_eq(entries(), 1);
    ck_assert_uint_gt(failing, 100);
    rnn_model_free(model);
}
END_TEST

Suite *model_file_suite(void)
{
    Suite *suite = suite_create("model_file");
    TCase *tests = tcase_create("back and forth");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, round_trip, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(tests, absent_validation_and_the_other_flags);
    tcase_add_test(tests, decimal_comma_around_us);
    tcase_add_test(tests, origin_can_be_shown);
    tcase_add_test(tests, article_round_trip);
    tcase_add_loop_test(tests, tensors_of_the_file, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(tests, version_1_is_readable);
    suite_add_tcase(suite, tests);
    tests = tcase_create("refused");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, refuses_what_is_no_file);
    tcase_add_test(tests, truncated_anywhere);
    tcase_add_test(tests, spoiled_anywhere);
    tcase_add_test(tests, as_many_columns_as_training_takes);
    tcase_add_test(tests, saves_nothing_where_it_cannot);
    tcase_add_test(tests, keeps_the_old_file);
    tcase_add_test(tests, saving_survives_lack_of_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
