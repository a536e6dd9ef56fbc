/* SPDX-License-Identifier: MIT
 * test_resume.c - a run that is cut anywhere and taken up again, on the same device or another, ends with the same bits
 */
#include "sittings.h"

#include "base/allocations.h"
#include "base/file.h"

/* ---- Cuts ---------------------------------------------------------------------------------------------------------- */

enum { COLUMNS = 1 };

/* Together some 200 updates: what decides how a run goes on is different in each. */
static const struct {
    const char *settings;
    unsigned also;
} variants[] = {
    {"epochs 4 batch 7", 0}, /* 45 windows: the last minibatch has three */
    {"epochs 5 batch 10 windows 23", COLUMNS},
    {"epochs 3 batch 7 shuffle no", 0},
    {"epochs 3 batch 10 windows 30 shuffle no", 0},
    {"epochs 6 batch 20 patience 1 learning-rate 0.5", 0},
    {"epochs 4 batch 12 optimizer momentum schedule constant learning-rate 0.01", COLUMNS},
    {"epochs 3 batch 9 optimizer sgd clip-value 0.002", 0},
    {"epochs 2 batch 5 precision double", 0},
    {"epochs 4 batch 11 val-fraction 0 bptt-truncate 3", 0},
    {"epochs 9 batch 20 schedule plateau lr-patience 2 lr-gamma 0.5 learning-rate 0.5 warmup 0.5", 0},
    {"epochs 4 batch 12 loss quantile optimizer adamw weight-decay 0.1 schedule cosine warmup 1.3", COLUMNS},
    {"epochs 4 batch 12 loss huber optimizer rmsprop learning-rate 0.003 schedule step lr-step 2", 0},
    {"epochs 3 batch 12 optimizer nesterov weight-decay 0.01 loss mae windows 30", 0},
    {"epochs 3 batch 8 input-weights per-step activation tanh", COLUMNS},
    {"cell gru epochs 3 batch 9", COLUMNS},
    {"cell lstm epochs 3 batch 8 bptt-truncate 4 forget-bias 2", 0},
    {"layers 2 dropout 0.3 epochs 3 batch 8", COLUMNS},
    {"cell gru train-h0 yes epochs 2 batch 8", 0},
    {"stateful yes shuffle no loss-at every seq-len 5 epochs 5 batch 3", COLUMNS},
    {"stateful yes shuffle no cell lstm layers 2 dropout 0.3 seq-len 3 epochs 2 batch 2", 0},
    {"loss-at every loss mae epochs 3 batch 8 bptt-truncate 5", COLUMNS},
    {"transform season-diff epochs 3 batch 8", 0}, /* whose season the checkpoint has */
    {"recipe article missing error transform none epochs 4 precision double input-weights per-step bias no init "
     "uniform batch 1 shuffle no "
     "optimizer sgd "
     "learning-rate 0.0001 schedule constant bptt-truncate 5 clip-value 10 clip-norm 0 scale none",
     0},
};

/* Each cut of the variant (of the short tier: about every tenth), taken up by the other backend. */
static size_t cut_everywhere(size_t variant, const rnn_series *series, rnn_backend *first, rnn_backend *second)
{
    static run whole, r;
    rnn_settings settings = small();
    set_all(&settings, variants[variant].settings);
    const size_t asks = count_asks(&settings, series, first, &whole), step = harness_is_full() ? 1 : asks / 2 + 1;
    size_t cuts = 0;
    ck_assert_int_eq(whole.status, RNN_OK);
    for (size_t cut = 1 + variant % step; cut <= asks; cut += step, cuts++) {
        sit(&settings, series, first, NULL, cut, &r);
        ck_assert_int_eq(r.status, RNN_STOPPED);
        done(&r);
        rnn_checkpoint *checkpoint = load();
        sit(&settings, series, second, checkpoint, 0, &r);
        expect_same_run(&r, &whole, variants[variant].settings, cut);
        done(&r);
        rnn_checkpoint_free(checkpoint);
    }
    done(&whole);
    return cuts;
}

START_TEST(cut_anywhere)
{
    size_t cuts = 0;
    rnn_set_notice_handler(ignore, NULL);
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
        const bool is_double = strstr(variants[v].settings, "double") != NULL;
        rnn_backend *reference = open_reference(is_double ? RNN_DOUBLE : RNN_FLOAT);
        rnn_backend *device = open_opencl("cut_anywhere", is_double ? RNN_DOUBLE : RNN_FLOAT);
        rnn_series *series = variants[v].also & COLUMNS ? waves(80) : sine(80);
        cuts += cut_everywhere(v, series, device ? device : reference, reference);
        if (device && harness_is_full())
            cuts += cut_everywhere(v, series, reference, device);
        rnn_series_free(series);
        rnn_backend_close(device);
        rnn_backend_close(reference);
    }
    rnn_set_notice_handler(NULL, NULL);
    printf("resume: %zu cuts, each taken up by another backend\n", cuts);
    ck_assert_uint_ge(cuts, harness_is_full() ? 200 : 20);
}
END_TEST

/* A run in sittings of a few updates, fewer than an epoch has, each on the other backend: what grows from epoch to epoch, too,
 * comes through each. */
START_TEST(many_sittings)
{
    static const char *const words[] = {
        "epochs 6 batch 7 patience 3",
        "epochs 12 batch 7 schedule plateau lr-patience 2 lr-gamma 0.5 learning-rate 0.5"};
    static run whole, r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *reference = open_reference(RNN_FLOAT), *device = open_opencl("many_sittings", RNN_FLOAT);
    rnn_checkpoint *checkpoint = NULL;
    size_t sittings = 0;
    set_all(&settings, words[_i]);
    rnn_set_notice_handler(ignore, NULL);
    count_asks(&settings, series, reference, &whole);
    ck_assert(settings.schedule != RNN_PLATEAU || whole.epochs[whole.count - 1].learning_rate < 0.5);
    do {
        sit(&settings, series, device && sittings % 2 ? device : reference, checkpoint, 5, &r);
        rnn_checkpoint_free(checkpoint);
        checkpoint = NULL;
        sittings++;
        if (r.status == RNN_STOPPED) {
            done(&r);
            checkpoint = load();
        }
    } while (checkpoint);
    rnn_set_notice_handler(NULL, NULL);
    expect_same_run(&r, &whole, "many sittings", sittings);
    ck_assert_uint_ge(sittings, 6);
    done(&r);
    done(&whole);
    rnn_backend_close(device);
    rnn_backend_close(reference);
    rnn_series_free(series);
}
END_TEST

/* ---- Saving -------------------------------------------------------------------------------------------------------- */

/* Keeps what the n-th save left, as a run would find it that was killed right behind it. */
typedef struct saves {
    size_t count, wanted;
    unsigned char *bytes;
    size_t size;
    size_t asked, ask_at;
} saves;

static void on_saved(void *context, const char *where)
{
    saves *s = context;
    ck_assert_str_eq(where, path);
    if (++s->count == s->wanted)
        ck_assert_int_eq(rnn_read_file(path, 1 << 20, &s->bytes, &s->size), RNN_OK);
}

static bool on_save(void *context)
{
    saves *s = context;
    return ++s->asked == s->ask_at;
}

START_TEST(killed_behind_any_save)
{
    static run whole, r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    set_all(&settings, "batch 7");
    count_asks(&settings, series, backend, &whole);
    for (size_t wanted = 1; wanted <= 5; wanted++) {
        saves s = {.wanted = wanted, .ask_at = 6};
        rnn_model *model;
        rnn_checkpoint *checkpoint;
        const rnn_observer observer = {.context = &s, .save = on_save, .saved = on_saved};
        const rnn_safeguards guards = {.checkpoint = path, .every_steps = 4};
        ck_assert_int_eq(rnn_train_with(&settings, series, backend, &observer, &guards, &model), RNN_OK);
        ck_assert_uint_eq(s.count, 6); /* after updates 4, 6 (asked for), 8, 12, 16 and 20 of 21 */
        rnn_model_sha256(model, r.sha256);
        ck_assert_str_eq(r.sha256, whole.sha256);
        rnn_model_free(model);
        ck_assert_int_eq(rnn_checkpoint_parse(s.bytes, s.size, "kept", &checkpoint), RNN_OK);
        ck_assert_ptr_null(rnn_checkpoint_note(checkpoint));
        sit(&settings, series, backend, checkpoint, 0, &r);
        expect_same_run(&r, &whole, "killed behind save", wanted);
        done(&r);
        rnn_checkpoint_free(checkpoint);
        free(s.bytes);
    }
    done(&whole);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

static void count_notices(const char *text, void *context)
{
    ck_assert_msg(strncmp(text, "no checkpoint: ", 15) == 0, "%s", text);
    ++*(size_t *)context;
}

/* A disk that is full for a while does not end a run, one that stays full does. */
START_TEST(saves_that_fail)
{
    static const char *const nowhere = "/nowhere/checkpoint";
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_model *model;
    size_t notices = 0;
    rnn_set_notice_handler(count_notices, &notices);
    set_all(&settings, "batch 20"); /* nine updates */
    rnn_safeguards guards = {.checkpoint = nowhere, .every_steps = 4};
    ck_assert_int_eq(rnn_train_with(&settings, series, backend, NULL, &guards, &model), RNN_OK);
    ck_assert_uint_eq(notices, 2);
    rnn_model_free(model);
    guards.every_steps = 3;
    ck_assert_int_eq(rnn_train_with(&settings, series, backend, NULL, &guards, &model), RNN_IO);
    ck_assert_uint_eq(notices, 4);
    ck_assert_ptr_nonnull(model); /* what was trained is not lost with them */
    rnn_model_free(model);
    ck_assert_msg(
        strncmp(rnn_error_message(), "3 checkpoints in a row could not be written: /nowhere/checkpoint: ", 65) == 0,
        "%s", rnn_error_message());
    rnn_set_notice_handler(NULL, NULL);
    /* the last one, of a run that is to stop, is no longer a matter of trying again */
    static run r = {.stop_at = 5};
    const rnn_observer observer = {.context = &r, .epoch = on_epoch, .stop = on_stop};
    r.asked = r.count = 0;
    ck_assert_int_eq(rnn_train_with(&settings, series, backend, &observer, &guards, &model), RNN_CANNOT_CREATE);
    ck_assert_msg(strncmp(rnn_error_message(), "/nowhere/checkpoint: ", 21) == 0, "%s", rnn_error_message());
    ck_assert_ptr_nonnull(model); /* of the epoch that ended */
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Refused ------------------------------------------------------------------------------------------------------- */

static void expect_refused(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                           const rnn_checkpoint *checkpoint, rnn_status status, const char *words)
{
    static run r;
    sit(settings, series, backend, checkpoint, 0, &r);
    ck_assert_msg(r.status == status && strstr(rnn_error_message(), words), "%d: %s", (int)r.status,
                  rnn_error_message());
    ck_assert_ptr_null(r.model);
}

#define LONG_LIST \
    "quantiles "  \
    "0.1111111111,0.2222222222,0.3333333333,0.4444444444,0.5555555555,0.6666666666,0.7777777777,0.8888888888,"

START_TEST(another_run)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = sine(80), *other = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    sit(&settings, series, backend, NULL, 7, &r);
    done(&r);
    rnn_checkpoint *checkpoint = load();
    other->values[79] += 1e-9;
    expect_refused(&settings, other, backend, checkpoint, RNN_CONFIG, "other data (SHA-256): found ");
    settings.learning_rate = 0.05;
    expect_refused(&settings, series, backend, checkpoint, RNN_CONFIG,
                   "other settings, --learning-rate: found 0.05, the checkpoint has 0.04");
    settings = small();
    settings.epochs = 4;
    expect_refused(&settings, series, backend, checkpoint, RNN_CONFIG, "--epochs: found 4, the checkpoint has 3");
    settings = small(); /* the last quantile of the most that there may be */
    set_all(&settings, LONG_LIST "0.97");
    set_all(&checkpoint->model->settings, LONG_LIST "0.98");
    expect_refused(&settings, series, backend, checkpoint, RNN_CONFIG, "0.97, the checkpoint has 0.11");
    settings = small();
    set_all(&checkpoint->model->settings, "quantiles 0.1,0.5,0.9");
    checkpoint->at.now.step++;
    expect_refused(&settings, series, backend, checkpoint, RNN_BAD_DATA, "where no run of these settings comes by");
    rnn_checkpoint_free(checkpoint);
    rnn_backend_close(backend);
    rnn_series_free(other);
    rnn_series_free(series);
}
END_TEST

/* Earlier versions made another digest of data with columns known ahead. */
START_TEST(data_of_an_earlier_version)
{
    static run r;
    const rnn_settings settings = small();
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_series *series = waves(80);
    series->known = 1;
    sit(&settings, series, backend, NULL, 7, &r);
    done(&r);
    rnn_checkpoint *checkpoint = load();
    rnn_series_sha256_before(series, series->N, checkpoint->data_sha256);
    sit(&settings, series, backend, checkpoint, 0, &r);
    ck_assert_msg(r.status == RNN_OK, "%s", rnn_error_message());
    done(&r);
    series->values[0] += 1e-9;
    expect_refused(&settings, series, backend, checkpoint, RNN_CONFIG, "other data (SHA-256): found ");
    rnn_checkpoint_free(checkpoint);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* A checkpoint with any byte changed, or cut anywhere, is refused. The padding of the header is no part of it. */
START_TEST(damaged)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    unsigned char *bytes;
    size_t size;
    rnn_checkpoint *checkpoint;
    set_all(&settings, "hidden 2 patience 1");
    sit(&settings, series, backend, NULL, 7, &r);
    done(&r);
    ck_assert_int_eq(rnn_read_file(path, 1 << 20, &bytes, &size), RNN_OK);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x10;
        const rnn_status flipped = rnn_checkpoint_parse(bytes, size, "flipped", &checkpoint);
        ck_assert_msg(flipped == RNN_BAD_DATA, "byte %zu of %zu changed: status %d", i, size, (int)flipped);
        bytes[i] ^= 0x10;
        const rnn_status cut = rnn_checkpoint_parse(bytes, i, "cut", &checkpoint);
        ck_assert_msg(cut == RNN_BAD_DATA, "cut to %zu of %zu bytes: status %d", i, size, (int)cut);
    }
    ck_assert_int_eq(rnn_checkpoint_parse(bytes, size, "whole", &checkpoint), RNN_OK);
    rnn_model *model;
    ck_assert_int_eq(rnn_model_load(path, &model), RNN_OK); /* as it was then */
    ck_assert_mem_eq(model->parameters, checkpoint->model->parameters, rnn_model_bytes(model));
    rnn_model_free(model);
    rnn_checkpoint_free(checkpoint);
    free(bytes);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Every allocation of a save, then of a load, fails in turn with all that follow it, until there are no more. */
START_TEST(lack_of_memory)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_checkpoint *checkpoint, *loaded;
    size_t failing[2] = {0, 0};
    set_all(&settings, "hidden 2 patience 1");
    sit(&settings, series, backend, NULL, 7, &r);
    done(&r);
    checkpoint = load();
    unlink(path);
    for (int loads = 0; loads < 2; loads++)
        for (rnn_status status = RNN_NO_MEMORY; status != RNN_OK;) {
            loaded = NULL;
            allocations_watch(++failing[loads]);
            status = loads ? rnn_checkpoint_load(path, &loaded) : rnn_checkpoint_save(checkpoint, path);
            rnn_checkpoint_free(loaded);
            const allocations seen = allocations_stop();
            ck_assert_msg(status == RNN_OK || status == RNN_NO_MEMORY || status == RNN_BAD_DATA, "allocation %zu: %d",
                          failing[loads], (int)status);
            ck_assert_msg(seen.left == 0, "allocation %zu: %ld blocks are left", failing[loads], seen.left);
            ck_assert(loads || status == RNN_OK || access(path, F_OK) != 0);
        }
    ck_assert_uint_gt(failing[0], 100);
    ck_assert_uint_gt(failing[1], 100);
    rnn_checkpoint_free(checkpoint);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

Suite *resume_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *tests = tcase_create("resume");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, cut_anywhere);
    tcase_add_loop_test(tests, many_sittings, 0, 2);
    tcase_add_test(tests, killed_behind_any_save);
    tcase_add_test(tests, saves_that_fail);
    tcase_add_test(tests, another_run);
    tcase_add_test(tests, data_of_an_earlier_version);
    tcase_add_test(tests, damaged);
    tcase_add_test(tests, lack_of_memory);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, resume_divergence_case());
    return suite;
}
