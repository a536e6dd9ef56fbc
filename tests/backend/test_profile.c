/* SPDX-License-Identifier: MIT
 * test_profile.c - timed commands: every launch is counted, rows are in order, work is what the equations ask for, and no
 * bit of a result depends on it
 */
#include "train/runs.h"

#include "view/timing.h"

#include <jansson.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

static rnn_device_info tested_device(void)
{
    rnn_device_info info;
    expect_ok(harness_device(&info));
    return info;
}

static rnn_backend *open_profiled(rnn_precision precision, rnn_profiling profiling, const rnn_tuning *tuning)
{
    const rnn_backend_options options = {.no_cache = true, .profiling = profiling};
    rnn_backend *backend;
    expect_ok(rnn_opencl_open(tested_device().selector, precision, tuning, &options, &backend));
    rnn_test_opencl_cases++;
    return backend;
}

static const rnn_profile_total *find_total(const rnn_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->total_count; i++)
        if (strcmp(profile->totals[i].name, name) == 0)
            return &profile->totals[i];
    ck_abort_msg("no total of %s", name);
}

static size_t kernel_calls(const rnn_profile *profile)
{
    size_t calls = 0;
    for (size_t i = 0; i < profile->total_count; i++)
        calls += profile->totals[i].kernel ? profile->totals[i].calls : 0;
    return calls;
}

/* Small networks that between them use every kernel. */
enum { ARTICLE = 3, JOBS = 7 };

static rnn_settings job_settings(int job)
{
    rnn_settings s;
    rnn_settings_init(&s, job == ARTICLE ? RNN_RECIPE_ARTICLE : RNN_RECIPE_DEFAULT);
    s.hidden = 9;
    s.seq_len = 12;
    s.epochs = 2;
    s.precision = RNN_FLOAT;
    if (job != ARTICLE)
        s.optimizer =
            (rnn_optimizer[]){RNN_SGD, RNN_MOMENTUM, RNN_ADAM, RNN_SGD, RNN_NESTEROV, RNN_RMSPROP, RNN_ADAMW}[job];
    if (job == 1) {
        s.input_weights = RNN_INPUT_PER_STEP;
        s.bptt_truncate = 5;
        s.clip_value = 0.1;
        s.clip_norm = 0.01;
    }
    if (job == 4) {
        s.cell = RNN_LSTM;
        s.layers = 2;
        s.dropout = 0.3;
        s.train_h0 = true;
        s.patience = 2;
    }
    if (job == 6) {
        s.stateful = true;
        s.shuffle = false;
        s.batch = 2;
        s.loss_at = RNN_LOSS_AT_EVERY;
    }
    return s;
}

static void train(rnn_backend *backend, int job, char sha256[65])
{
    const rnn_settings settings = job_settings(job);
    rnn_series *series;
    run r = {.count = 0};
    expect_ok(rnn_series_sine(80, &series));
    go(&settings, series, backend, &r);
    expect_trained(&r);
    memcpy(sha256, r.sha256, 65);
    done(&r);
    rnn_series_free(series);
}

/* ---- Counting and order -------------------------------------------------------------------------------------------- */

static void expect_in_order(const rnn_profile *profile)
{
    size_t calls = 0, unknown = 0;
    uint64_t before = profile->first;
    for (size_t i = 0; i < profile->event_count; i++) {
        ck_assert_uint_ge(profile->events[i].start, before);
        ck_assert_uint_ge(profile->events[i].end, profile->events[i].start);
        before = profile->events[i].end;
    }
    ck_assert_uint_eq(before, profile->last);
    for (size_t i = 0; i < profile->total_count; i++) {
        calls += profile->totals[i].calls;
        unknown += profile->totals[i].unknown;
    }
    ck_assert_uint_eq(profile->event_count, calls - unknown);
    ck_assert_uint_eq(profile->dropped, 0);
}

START_TEST(every_launch_is_counted_and_no_bit_changes)
{
    char plain[65], profiled[65];
    rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_OFF, NULL);
    ck_assert_ptr_null(backend->profile);
    train(backend, _i, plain);
    rnn_backend_close(backend);
    backend = open_profiled(RNN_FLOAT, _i % 2 ? RNN_PROFILE_TOTALS : RNN_PROFILE_EVENTS, NULL);
    train(backend, _i, profiled);
    ck_assert_str_eq(plain, profiled);
    expect_ok(backend->ops->sync(backend));
    ck_assert_uint_gt(backend->launches, 0);
    ck_assert_uint_eq(kernel_calls(backend->profile), backend->launches);
    if (_i % 2 == 0)
        expect_in_order(backend->profile);
    else
        ck_assert_uint_eq(backend->profile->event_count, 0);
    rnn_backend_close(backend);
}
END_TEST

START_TEST(every_kernel_has_a_total)
{
    bool seen[64] = {false};
    for (int job = 0; job < JOBS; job++) {
        char sha256[65];
        rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_TOTALS, NULL);
        train(backend, job, sha256);
        expect_ok(backend->ops->sync(backend));
        ck_assert_uint_le(backend->profile->total_count, COUNT(seen));
        for (size_t i = 0; i < backend->profile->total_count; i++)
            seen[i] |= backend->profile->totals[i].calls > 0;
        if (job == JOBS - 1)
            for (size_t i = 0; i < backend->profile->total_count; i++)
                ck_assert_msg(seen[i], "%s ran in none of the jobs", backend->profile->totals[i].name);
        rnn_backend_close(backend);
    }
}
END_TEST

/* More commands than are kept pending, and nobody waits in between. */
START_TEST(long_queues_are_harvested_on_the_way)
{
    rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_EVENTS, NULL);
    rnn_buffer *from, *to;
    expect_ok(backend->ops->alloc(backend, 64, "from", &from));
    expect_ok(backend->ops->alloc(backend, 64, "to", &to));
    for (int i = 0; i < 5000; i++)
        expect_ok(backend->ops->copy(backend, from, to, 64));
    expect_ok(backend->ops->sync(backend));
    ck_assert_uint_eq(find_total(backend->profile, "copy")->calls, 5000);
    ck_assert_double_eq(find_total(backend->profile, "copy")->bytes, 5000.0 * 2 * 64);
    expect_in_order(backend->profile);
    backend->ops->release(backend, from);
    backend->ops->release(backend, to);
    rnn_backend_close(backend);
}
END_TEST

START_TEST(measuring_the_device_leaves_no_trace)
{
    rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_EVENTS, NULL);
    rnn_roof roof;
    expect_ok(backend->ops->measure_roof(backend, &roof));
    expect_ok(backend->ops->sync(backend));
    ck_assert_double_gt(roof.flops, 0);
    for (size_t i = 0; i < backend->profile->total_count; i++)
        ck_assert_uint_eq(backend->profile->totals[i].calls, 0);
    rnn_backend_close(backend);
}
END_TEST

START_TEST(the_reference_is_refused)
{
    const rnn_backend_options options = {.profiling = RNN_PROFILE_TOTALS};
    rnn_backend *backend = (rnn_backend *)&backend;
    ck_assert_int_eq(rnn_backend_open_with("reference", RNN_FLOAT, &options, &backend), RNN_CONFIG);
    ck_assert_ptr_null(backend);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "--device P:D"));
}
END_TEST

/* The table of a timed device is a second one: none of its operations may be forgotten. */
START_TEST(every_operation_can_be_timed)
{
    void (*plain[sizeof(rnn_backend_ops) / sizeof(void (*)(void))])(void);
    void (*timed[COUNT(plain)])(void);
    rnn_backend *without = open_profiled(RNN_FLOAT, RNN_PROFILE_OFF, NULL);
    rnn_backend *with = open_profiled(RNN_FLOAT, RNN_PROFILE_TOTALS, NULL);
    memcpy(plain, without->ops, sizeof plain);
    memcpy(timed, with->ops, sizeof timed);
    for (size_t i = 0; i < COUNT(plain); i++)
        ck_assert_msg(!plain[i] == !timed[i], "operation %zu of the table", i);
    rnn_backend_close(without);
    rnn_backend_close(with);
}
END_TEST

/* ---- Work ---------------------------------------------------------------------------------------------------------- */

/* One pass forward and back through a sequence in one launch, and in a launch a step: the same work. */
START_TEST(work_is_what_the_equations_ask_for)
{
    const harness_case c = {
        .H = 24, .T = 7, .B = 10, .D = 3, .O = 2, .bias = true, .blocks = 2, .truncate = _i ? 4 : 0};
    const double H = 24, T = 7, B = 10, D = 3, O = 2, P = 2, K = _i ? 4 : 7, n = H * D + H * H + H + O * H + O;
    for (int stepwise = 0; stepwise < 2; stepwise++) {
        const rnn_tuning tuning = {.fused_bytes = stepwise ? 1 : (size_t)1 << 30};
        rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_TOTALS, &tuning);
        harness_result result;
        expect_ok(harness_run(backend, &c, &result));
        harness_result_free(&result);
        expect_ok(backend->ops->sync(backend));
        const rnn_profile_total *forward = find_total(backend->profile, "hidden_state");
        const rnn_profile_total *backward = find_total(backend->profile, "hidden_state_grad");
        const rnn_profile_total *weights = find_total(backend->profile, "recurrent_grad");
        const rnn_profile_total *join = find_total(backend->profile, "join_blocks");
        const rnn_profile_total *whole = find_total(backend->profile, "minibatch_grad");
        const double passes = (double)weights->calls;
        ck_assert_uint_eq(whole->calls > 0, !stepwise);
        ck_assert_double_eq_tol(
            whole->flops, (double)whole->calls * 2 * B * H * (T * (D + H) + K * (H + D) + (K - 1) * H + 3 * O), 1);
        ck_assert_double_gt(passes, 0);
        ck_assert_double_eq_tol(backward->flops, passes * 2 * (K - 1) * B * H * H, 1);
        ck_assert_double_eq_tol(weights->flops, passes * 2 * K * B * H * (H + D), 1);
        ck_assert_double_eq_tol(join->bytes, (double)join->calls * (P + 1) * n * sizeof(float), 1);
        ck_assert_double_eq_tol(forward->flops, (double)forward->calls / (stepwise ? T : 1) * 2 * T * B * H * (D + H),
                                1);
        ck_assert_uint_eq(forward->calls % (stepwise ? 7 : 1), 0);
        rnn_backend_close(backend);
    }
}
END_TEST

/* ---- Table and trace ----------------------------------------------------------------------------------------------- */

START_TEST(table_has_a_line_for_every_kernel_that_ran)
{
    const rnn_roof roof = {1e12, 1e11, 1e-6};
    char sha256[65], *text, line[64];
    size_t size, lines = 0;
    rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_TOTALS, NULL);
    train(backend, 1, sha256);
    expect_ok(backend->ops->sync(backend));
    FILE *stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    rnn_timing_table(stream, &backend->info, backend->profile, &roof);
    ck_assert_int_eq(fclose(stream), 0);
    for (size_t i = 0; i < backend->profile->total_count; i++) {
        const rnn_profile_total *total = &backend->profile->totals[i];
        snprintf(line, sizeof line, "\n  %-18s %9zu ", total->name, total->calls);
        ck_assert_msg((strstr(text, line) != NULL) == (total->calls > 0), "'%s' in\n%s", line, text);
        lines += total->calls > 0;
    }
    for (const char *at = text; *at; at++)
        lines -= *at == '\n';
    ck_assert_uint_eq(lines, (size_t)-3); /* device, limits, headings */
    free(text);
    rnn_backend_close(backend);
}
END_TEST

/* A name that JSON has to escape. */
START_TEST(trace_is_json_and_its_events_never_overlap)
{
    char sha256[65], path[] = "/tmp/rnn_cl.trace.XXXXXX";
    const rnn_device_info device = {.name = "a \"quoted\" \\ name"};
    rnn_backend *backend = open_profiled(RNN_FLOAT, RNN_PROFILE_EVENTS, NULL);
    train(backend, 0, sha256);
    expect_ok(backend->ops->sync(backend));
    close(mkstemp(path));
    expect_ok(rnn_timing_trace(path, &device, backend->profile));
    json_error_t error;
    json_t *trace = json_load_file(path, JSON_REJECT_DUPLICATES, &error), *row;
    ck_assert_msg(trace != NULL, "%s", error.text);
    size_t i, kernels = 0, names = 0;
    double before = 0;
    json_array_foreach(json_object_get(trace, "traceEvents"), i, row)
    {
        const char *phase = json_string_value(json_object_get(row, "ph"));
        if (strcmp(phase, "M") == 0) {
            names++;
            continue;
        }
        const double start = json_number_value(json_object_get(row, "ts"));
        ck_assert_str_eq(phase, "X");
        ck_assert_double_ge(start, before - 0.0005); /* half of the last digit */
        before = start + json_number_value(json_object_get(row, "dur"));
        kernels += strcmp(json_string_value(json_object_get(row, "cat")), "kernel") == 0;
    }
    ck_assert_uint_eq(names, 2); /* the process and the queue */
    ck_assert_uint_eq(i, backend->profile->event_count + names);
    ck_assert_uint_eq(kernels, backend->launches);
    json_decref(trace);
    remove(path);
    rnn_backend_close(backend);
}
END_TEST

Suite *profile_suite(void)
{
    Suite *suite = suite_create("profile");
    TCase *tests = tcase_create("profile");
    tcase_add_loop_test(tests, every_launch_is_counted_and_no_bit_changes, 0, JOBS);
    tcase_add_test(tests, every_kernel_has_a_total);
    tcase_add_test(tests, long_queues_are_harvested_on_the_way);
    tcase_add_test(tests, measuring_the_device_leaves_no_trace);
    tcase_add_test(tests, the_reference_is_refused);
    tcase_add_test(tests, every_operation_can_be_timed);
    tcase_add_loop_test(tests, work_is_what_the_equations_ask_for, 0, 2);
    tcase_add_test(tests, table_has_a_line_for_every_kernel_that_ran);
    tcase_add_test(tests, trace_is_json_and_its_events_never_overlap);
    suite_add_tcase(suite, tests);
    return suite;
}
