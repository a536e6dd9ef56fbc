/* SPDX-License-Identifier: MIT
 * test_faults.c - every OpenCL call of a short training and of a prediction fails in turn, or never returns
 *
 * Per call: no crash, no hang; the documented exit code unless the call is one that a run can do without (`dispensable`); a
 * message with call, code, device and what was kept, which is then looked for on disk; every object that was created released.
 *
 * Short form: one code, once, at the calls that are not mere repetitions. RNN_TEST_FULL=1: all calls, codes and modes; and at
 * those that are no repetitions again with kernels from source, and timed.
 */
#include "faults.h"

#include "backend/harness.h"
#include "base/file.h"
#include "rnn_cl.h"
#include "wrapped.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST     10.0 /* seconds a failing command may take */
#define TIMEOUT     1
#define REPETITIONS 2 /* of a call that are tried in the short form */
/* Three minibatches, and a checkpoint behind the second. */
#define TRAIN      "train --hidden 8 --seq-len 12 --epochs 1 --batch 50 --checkpoint-every 2 --out o --quiet --json"
#define PARAMETERS ", 356 bytes" /* of its network: 89 floats */
#define PREDICT    "predict --model m.safetensors --data s.csv --quiet"

/* A command, and what it does without faults. */
typedef struct subject {
    char command[256];
    faults_log clean;
    char *printed; /* weights or predictions */
} subject;

static rnn_device_info device;

static const struct {
    int code;
    const char *name;
    int exit;
} codes[] = {{-5, "CL_OUT_OF_RESOURCES (-5)", 69},
             {-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)", 71},
             {-6, "CL_OUT_OF_HOST_MEMORY (-6)", 71},
             {-36, "CL_INVALID_COMMAND_QUEUE (-36)", 69},
             {-2, "CL_DEVICE_NOT_AVAILABLE (-2)", 69}};

static void set_up(void)
{
    ck_assert_msg(harness_device(&device) == RNN_OK, "%s", rnn_error_message());
    cli_set_up();
    cli_own_cache();
    cli_write_sine("s.csv", 40);
}

/* ---- What a run can do without ------------------------------------------------------------------------------------- */

static size_t find(const faults_log *log, const char *function, size_t occurrence)
{
    for (size_t n = 1; n <= log->calls; n++)
        if (faults_is(log, n, function) && --occurrence == 0)
            return n;
    return 0;
}

/* Calls whose failure leaves the result as it is, each for its reason. */
static bool is_dispensable(const faults_log *log, size_t n)
{
    const size_t opening = find(log, "clGetPlatformIDs", 2), opened = find(log, "clCreateContext", 1);
    if (strncmp(log->call[n], "clRelease", 9) == 0)
        return true; /* nothing is done with the object any more */
    if (faults_is(log, n, "clGetPlatformInfo"))
        return true; /* a name in lists; and in the keys of the cache, which is then left alone */
    if (faults_is(log, n, "clGetDeviceInfo"))
        return n < opening || n > opened; /* lists show what they can; opening needs all; keys of the cache */
    if (faults_is(log, n, "clCreateProgramWithBinary") || faults_is(log, n, "clGetProgramInfo"))
        return true; /* the cache: built from source, or not kept */
    if (faults_is(log, n, "clBuildProgram"))
        return faults_is(log, n - 1, "clCreateProgramWithBinary"); /* the same */
    if (faults_is(log, n, "clCreateCommandQueue"))
        return find(log, "clGetEventProfilingInfo", 1) > 0; /* one that does not time its commands takes its place */
    return faults_is(log, n, "clGetEventProfilingInfo") ||
           faults_is(log, n, "clGetEventInfo"); /* a time that is missing */
}

/* Whether nothing that cannot be done without comes at n or, where all calls fail from then on, behind it. */
static bool is_harmless(const faults_log *log, size_t n, bool on)
{
    for (size_t i = n; i <= (on ? log->calls : n); i++)
        if (!is_dispensable(log, i))
            return false;
    return true;
}

/* ---- One fault ----------------------------------------------------------------------------------------------------- */

static void forget_results(void)
{
    static const char *const names[] = {
        "model.safetensors", "history.jsonl",          "predictions.csv",           "summary.json",
        "plot.svg",          "checkpoint.safetensors", "checkpoint.old.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(cli_in_folder(cli_in_folder(cli_work, "o"), names[i]));
}

/* The part of what was printed that is the result: a run's seconds differ. */
static char *result_printed(void)
{
    const char *at = strstr(cli_out, "\"weights_sha256\"");
    char *text = strdup(at ? at : cli_out);
    ck_assert_ptr_nonnull(text);
    if (at)
        text[strcspn(text, ",")] = '\0';
    return text;
}

static void expect_no_leak(const char *fault)
{
    ck_assert_msg(faults_report.whole, "%s: the program did not end by itself: %d, %s", fault, cli_code, cli_err);
    for (int kind = 0; kind < FAULTS_KINDS; kind++)
        ck_assert_msg(faults_report.created[kind] == faults_report.released[kind],
                      "%s: %lu of kind %s created, %lu released", fault, faults_report.created[kind],
                      faults_report.kind[kind], faults_report.released[kind]);
}

/* What the message says was kept is there, and nothing else. */
static void expect_kept(const char *fault)
{
    const bool model = cli_exists("o/model.safetensors"), summary = cli_exists("o/summary.json");
    const bool checkpoint = cli_exists("o/checkpoint.safetensors");
    const bool nothing = strstr(cli_err, "; nothing was written\n") != NULL && !model && !checkpoint;
    const bool resumable =
        strstr(cli_err, "; the run up to there is in o/checkpoint.safetensors: rnn_cl train --resume --out o "
                        "goes on with it\n") != NULL &&
        checkpoint && !model;
    const bool trained =
        strstr(cli_err, "; the trained model is in o/model.safetensors\n") != NULL && model && !summary;
    const bool all = strstr(cli_err, "; the results are in o\n") != NULL && summary;
    const bool printed = strstr(cli_err, "; the predictions were printed\n") != NULL;
    rnn_model *kept = NULL;
    ck_assert_msg(nothing + resumable + trained + all + printed == 1, "%s: what was kept is not what is there: %s",
                  fault, cli_err);
    if (model)
        ck_assert_msg(rnn_model_load(cli_in_folder(cli_work, "o/model.safetensors"), &kept) == RNN_OK, "%s: %s", fault,
                      rnn_error_message());
    rnn_model_free(kept);
}

/* call: the function's name, or NULL for any */
static void expect_message(const char *fault, const char *call, size_t code, bool before_opening)
{
    char words[128];
    snprintf(words, sizeof words, "%s failed with %s on ", call ? call : "", codes[code].name);
    const char *at = strstr(cli_err, words + (call ? 0 : 1));
    ck_assert_msg(at != NULL, "%s: '%s' is not in: %s", fault, words, cli_err);
    at = strstr(at, " on ") + 4;
    const bool named = strncmp(at, device.name, strlen(device.name)) == 0 ||
                       strncmp(at, device.selector, strlen(device.selector)) == 0;
    ck_assert_msg(named || (before_opening && strncmp(at, "this machine", 12) == 0), "%s: no device in: %s", fault,
                  cli_err);
}

static void try_fault(const subject *s, size_t n, size_t code, bool on)
{
    const bool harmless = is_harmless(&s->clean, n, on);
    const bool before_opening = n < find(&s->clean, "clCreateContext", 1);
    char fault[192], call[64];
    snprintf(fault, sizeof fault, "call=%zu code=%d mode=%s", n, codes[code].code, on ? "on" : "once");
    forget_results();
    faults_run(fault, "%s --device %s", s->command, device.selector);
    snprintf(call, sizeof call, "%.*s", (int)strcspn(s->clean.call[n], " "), s->clean.call[n]);
    snprintf(fault + strlen(fault), sizeof fault - strlen(fault), " (%s)", s->clean.call[n]);
    ck_assert_msg(faults_report.injected > 0, "%s: was not injected", fault);
    ck_assert_msg(faults_seconds < LONGEST, "%s: took %.1f s", fault, faults_seconds);
    ck_assert_msg(cli_code == (harmless ? 0 : codes[code].exit), "%s: exit code %d: %s", fault, cli_code, cli_err);
    expect_no_leak(fault);
    if (!harmless) {
        expect_message(fault, on ? NULL : call, code, before_opening);
        expect_kept(fault);
        rnn_test_opencl_cases++;
        return;
    }
    char *printed = result_printed();
    ck_assert_msg(strcmp(printed, s->printed) == 0, "%s: another result: %s", fault, printed);
    free(printed);
    rnn_test_opencl_cases++;
}

/* ---- All of them --------------------------------------------------------------------------------------------------- */

static void prepare(subject *s, const char *command)
{
    snprintf(s->command, sizeof s->command, "%s", command);
    for (int run = 0; run < 2; run++) { /* the second as all others: with kernels in the cache */
        forget_results();
        faults_run("", "%s --device %s", s->command, device.selector);
        cli_expect_code(0);
    }
    expect_no_leak("no fault");
    s->clean = faults_report;
    s->printed = result_printed();
}

static bool is_repetition(const faults_log *log, size_t n)
{
    size_t before = 0;
    for (size_t i = 1; i < n; i++)
        before += strcmp(log->call[i], log->call[n]) == 0;
    return before >= REPETITIONS;
}

/* all: repetitions too */
static void try_calls(const char *command, bool all)
{
    static subject s;
    const size_t code_count = harness_is_full() ? sizeof codes / sizeof *codes : 1;
    prepare(&s, command);
    for (size_t n = 1; n <= s.clean.calls; n++)
        for (size_t code = 0; code < code_count && (all || !is_repetition(&s.clean, n)); code++)
            for (int on = 0; on < (harness_is_full() ? 2 : 1); on++)
                try_fault(&s, n, code, on);
    free(s.printed);
}

START_TEST(every_call_of_a_training_can_fail)
{
    static const char *const commands[] = {TRAIN, TRAIN " --no-cache", TRAIN " --trace t.json"};
    if (_i == 0 || harness_is_full())
        try_calls(commands[_i], _i == 0 && harness_is_full());
}
END_TEST

static void make_model(void)
{
    cli_run("train --hidden 8 --seq-len 12 --epochs 1 --device reference --quiet --out m");
    cli_expect_code(0);
    ck_assert_int_eq(rename(cli_in_folder(cli_work, "m/model.safetensors"), cli_in_folder(cli_work, "m.safetensors")),
                     0);
}

START_TEST(every_call_of_a_prediction_can_fail)
{
    make_model();
    try_calls(PREDICT, harness_is_full());
}
END_TEST

#define STRIDE 9 /* of the calls that are tried in the short form */

/* Threads share the device, so that it is not always the same member's call that fails: an end, a message, and nothing left. */
START_TEST(every_call_of_a_population_can_fail)
{
    static subject s;
    prepare(&s, TRAIN " --population 3");
    for (size_t n = find(&s.clean, "clCreateContext", 1); n <= s.clean.calls; n += harness_is_full() ? 1 : STRIDE) {
        char fault[96];
        snprintf(fault, sizeof fault, "call=%zu code=-5 mode=on", n);
        faults_run(fault, "%s --device %s", s.command, device.selector);
        ck_assert_msg(faults_seconds < LONGEST, "%s: took %.1f s", fault, faults_seconds);
        ck_assert_msg(cli_code == RNN_NO_DEVICE || (cli_code == 0 && is_harmless(&s.clean, n, true)),
                      "%s (%s): exit code %d: %s", fault, s.clean.call[n], cli_code, cli_err);
        ck_assert_msg(cli_code == 0 || strstr(cli_err, " failed with CL_OUT_OF_RESOURCES (-5) on "), "%s: %s", fault,
                      cli_err);
        expect_no_leak(fault);
        rnn_test_opencl_cases++;
    }
    free(s.printed);
}
END_TEST

/* ---- Silence ------------------------------------------------------------------------------------------------------- */

static void hang(const subject *s, size_t n)
{
    char fault[64], words[128];
    if (n == 0)
        return;
    forget_results();
    snprintf(fault, sizeof fault, "hang=%zu", n);
    faults_run(fault, "%s --device %s --device-timeout %d", s->command, device.selector, TIMEOUT);
    const int length = (int)strcspn(s->clean.call[n], " ");
    snprintf(words, sizeof words, "rnn_cl: %.*s did not return within %d seconds on ", length, s->clean.call[n],
             TIMEOUT);
    cli_expect_code(RNN_NO_DEVICE);
    ck_assert_msg(strstr(cli_err, words) != NULL, "%s: '%s' is not in: %s", fault, words, cli_err);
    ck_assert_msg(strstr(cli_err, device.name) || n <= find(&s->clean, "clCreateContext", 1), "%s", cli_err);
    ck_assert_msg(strstr(cli_err, cli_exists("o/summary.json") ? "; the results are in o. "
                                  : cli_exists("o/model.safetensors")
                                      ? "; the trained model is in o/model.safetensors. "
                                      : "; nothing was written. ") != NULL,
                  "%s: %s", fault, cli_err);
    ck_assert(!faults_report.whole);
    ck_assert_msg(faults_seconds < TIMEOUT + 5, "%s: took %.1f s", fault, faults_seconds);
    rnn_test_opencl_cases++;
}

static void hang_in(const subject *s, const char *function)
{
    size_t last = 0;
    for (size_t n = 1; n <= s->clean.calls; n++)
        last = faults_is(&s->clean, n, function) ? n : last;
    hang(s, find(&s->clean, function, 1));
    hang(s, last);
}

/* In the short form where a device is waited for: while it compiles, and for its results. */
START_TEST(a_call_that_never_returns_ends_the_program)
{
    static subject s;
    prepare(&s, TRAIN " --no-cache");
    if (!harness_is_full()) {
        hang(&s, find(&s.clean, "clBuildProgram", 1));
        hang(&s, find(&s.clean, "clFinish", 1));
        hang(&s, find(&s.clean, "clEnqueueReadBuffer", 1));
    }
#define HANG_IN(name) hang_in(&s, #name);
    if (harness_is_full()) {
        FAULTS_WRAPPED(HANG_IN)
        free(s.printed);
        prepare(&s, TRAIN " --trace t.json");
        FAULTS_WRAPPED(HANG_IN)
    }
#undef HANG_IN
    free(s.printed);
}
END_TEST

/* ---- No device, no kernels ----------------------------------------------------------------------------------------- */

START_TEST(a_loader_without_drivers_is_told_of)
{
    cli_environment = "OCL_ICD_VENDORS=/nowhere/at/all";
    cli_run("train --device cpu --out o");
    cli_expect_failure(RNN_NO_DEVICE,
                       "no device fits --device cpu, and OpenCL shows none at all: install an OpenCL driver");
    ck_assert_ptr_nonnull(strstr(cli_err, "; there is:\n  --device reference"));
    cli_environment = "OCL_ICD_VENDORS=/nowhere/at/all";
    cli_run(TRAIN);
    cli_expect_code(0);
}
END_TEST

START_TEST(a_driver_that_fails_is_no_absent_one)
{
    faults_run("call=1 code=-1001", TRAIN " --device auto");
    cli_expect_code(0); /* no platform at all: the reference */
    faults_run("call=1 code=-6", TRAIN " --device auto");
    cli_expect_failure(RNN_NO_MEMORY, "clGetPlatformIDs failed with CL_OUT_OF_HOST_MEMORY (-6) on this machine: ");
    ck_assert_ptr_nonnull(strstr(cli_err, "--device reference needs no OpenCL"));
    faults_run("call=2 code=-2", "devices --json");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "clGetDeviceIDs failed with CL_DEVICE_NOT_AVAILABLE (-2)"));
}
END_TEST

/* The compiler's own words are for whoever changes kernels; everybody is told what to do. */
START_TEST(kernels_that_do_not_build_are_told_with_the_log)
{
    static subject s;
    prepare(&s, TRAIN " --no-cache");
    char fault[64];
    snprintf(fault, sizeof fault, "call=%zu code=-11", find(&s.clean, "clBuildProgram", 1));
    faults_run(fault, "%s --device %s", s.command, device.selector);
    cli_expect_failure(RNN_NO_DEVICE, "clBuildProgram failed with CL_BUILD_PROGRAM_FAILURE (-11) on ");
    ck_assert_ptr_nonnull(strstr(cli_err, "-DVEC="));
    expect_no_leak(fault);
    ck_assert_ptr_nonnull(strstr(cli_err, "; another driver or --device may take it\n"));
    free(s.printed);
}
END_TEST

/* ---- The layer itself ---------------------------------------------------------------------------------------------- */

/* Every text of the program's file that is the name of an OpenCL function and nothing else: what it asks the loader for. */
START_TEST(every_function_the_program_calls_is_wrapped)
{
    static const char *const wrapped[] = {
#define NAME(name) #name,
        FAULTS_WRAPPED(NAME)
#undef NAME
    };
    size_t seen = 0, size = 0;
    unsigned char *bytes = NULL;
    ck_assert_int_eq(rnn_read_file(RNN_TEST_PROGRAM, (size_t)1 << 28, &bytes, &size), RNN_OK);
    for (size_t at = 1; at + 3 < size; at++) {
        const char *text = (const char *)bytes + at;
        size_t length = 0;
        if (bytes[at - 1] != 0 || text[0] != 'c' || text[1] != 'l' || !isupper((unsigned char)text[2]))
            continue;
        while (at + length < size && isalnum((unsigned char)text[length]))
            length++;
        if (at + length >= size || text[length] != '\0')
            continue;
        size_t i = 0;
        while (i < sizeof wrapped / sizeof *wrapped && strcmp(wrapped[i], text) != 0)
            i++;
        ck_assert_msg(i < sizeof wrapped / sizeof *wrapped, "the program calls %s: tests/faults/wrapped.h lacks it",
                      text);
        seen++;
    }
    ck_assert_uint_ge(seen, sizeof wrapped / sizeof *wrapped); /* debug information may have them once more */
    free(bytes);
}
END_TEST

/* The layer's own numbers of the calls whose lines end so: the first and the last. */
typedef struct numbers {
    unsigned long first, last;
} numbers;

static numbers numbers_of(const faults_log *log, const char *format, const char *end)
{
    numbers found = {0, 0};
    for (size_t n = 1; n <= log->calls; n++) {
        const char *at = strstr(log->call[n], end);
        if (at && at[strlen(end)] == '\0' && sscanf(log->call[n], format, &found.last) == 1 && found.first == 0)
            found.first = found.last;
    }
    ck_assert_msg(found.first > 0, "no call ends with '%s'", end);
    return found;
}

static void expect_flip(const subject *s, const char *fault)
{
    faults_run(fault, "%s --device %s", s->command, device.selector);
    cli_expect_code(0);
    ck_assert_uint_eq(faults_report.flipped, 1);
    char *printed = result_printed();
    ck_assert_msg(strcmp(printed, s->printed) != 0, "%s changed nothing", fault);
    free(printed);
    rnn_test_opencl_cases++;
}

/* Without anybody who looks for it, a flipped bit ends up in the model, and the run in success. */
START_TEST(bits_are_flipped)
{
    static subject s;
    char fault[128];
    prepare(&s, TRAIN " --verify off");
    const numbers read = numbers_of(&s.clean, "clEnqueueReadBuffer read %lu", PARAMETERS);
    const numbers update = numbers_of(&s.clean, "clEnqueueNDRangeKernel kernel %lu", ", adam");
    const numbers buffer = numbers_of(&s.clean, "clCreateBuffer buffer %lu", PARAMETERS);
    snprintf(fault, sizeof fault, "flip-read=%lu:0:0", read.last);
    expect_flip(&s, fault);
    snprintf(fault, sizeof fault, "flip-kernel=%lu:%lu:2:6", update.last, buffer.first);
    expect_flip(&s, fault);
    free(s.printed);
}
END_TEST

/* Number and size of the count-th buffer of these words. */
static unsigned long buffer_number(const faults_log *log, const char *end, size_t count)
{
    unsigned long number = 0;
    for (size_t n = 1; n <= log->calls && count > 0; n++) {
        const char *at = strstr(log->call[n], end);
        if (at && at[strlen(end)] == '\0' && sscanf(log->call[n], "clCreateBuffer buffer %lu", &number) == 1)
            count--;
    }
    ck_assert_uint_eq(count, 0);
    return number;
}

static unsigned long buffer_bytes(const faults_log *log, unsigned long wanted)
{
    unsigned long number = 0, bytes = 0;
    for (size_t n = 1; n <= log->calls; n++)
        if (sscanf(log->call[n], "clCreateBuffer buffer %lu, %lu bytes", &number, &bytes) == 2 && number == wanted)
            return bytes;
    ck_abort_msg("no buffer %lu", wanted);
    return 0;
}

/* The tensors of an update, in the order in which a training's workspace makes them from the parameters on (workspace.c), and the
 * kernel after which each is hit: the tensor is finished then, and not yet held against the reference. */
static const struct {
    const char *name, *kernel;
    size_t buffer;
    enum { START, END, STEP } where; /* of the buffer; or the state after the first step */
} hit[] = {
    {"x", ", join_blocks", 1, START},   {"y", ", join_blocks", 2, START},
    {"h", ", join_blocks", 3, STEP},    {"yhat", ", join_blocks", 4, START},
    {"d_y", ", join_blocks", 6, START}, {"d_h", ", join_blocks", 7, START},
    {"dz", ", join_blocks", 8, START},  {"gradient", ", join_blocks", 10, START},
    {"parameters", ", adam", 0, END},   {"moments", ", adam", 11, START},
    {"moments", ", adam", 11, END},     {"parameters", ", join_blocks", 0, START},
};

/* A unit of h(1) in the last minibatch, of 25 records: h is (13,B,row) for the B outputs that yhat has room for. */
static unsigned long first_step(const faults_log *log, unsigned long parameters)
{
    const unsigned long B = buffer_bytes(log, parameters + 4) / 4;
    return 25 * (buffer_bytes(log, parameters + 3) / (13 * B * 4)) + 3;
}

/* Sign and exponent of a float as byte and bit, then the last bit of its fraction. */
static const unsigned long bits[][2] = {{3, 7}, {3, 6}, {3, 5}, {3, 4}, {3, 3}, {3, 2}, {3, 1}, {3, 0}, {2, 7}, {0, 0}};

/* Every flipped bit of an update that is checked is caught: signs, exponents and the last places alike. */
START_TEST(flipped_bits_are_caught)
{
    static subject s;
    const size_t targets = sizeof hit / sizeof *hit, bit_count = sizeof bits / sizeof *bits;
    const size_t step = harness_is_full() ? 1 : 3; /* no divisor of the bits: each has its turn */
    size_t flips = 0, caught = 0;
    char fault[128];
    prepare(&s, TRAIN " --verify 1");
    const unsigned long parameters =
        buffer_number(&s.clean, PARAMETERS, 4); /* behind those of the check at the start */
    for (size_t i = 0; i < targets * bit_count; i += step, flips++) {
        const size_t t = i / bit_count;
        const unsigned long *bit = bits[i % bit_count], buffer = parameters + hit[t].buffer;
        const unsigned long at = hit[t].where == START ? 3
                                 : hit[t].where == END ? buffer_bytes(&s.clean, buffer) / 4 - 1
                                                       : first_step(&s.clean, parameters);
        const numbers kernel = numbers_of(&s.clean, "clEnqueueNDRangeKernel kernel %lu", hit[t].kernel);
        snprintf(fault, sizeof fault, "flip-kernel=%lu:%lu:%lu:%lu", kernel.last, buffer, 4 * at + bit[0], bit[1]);
        forget_results();
        faults_run(fault, "%s --device %s", s.command, device.selector);
        ck_assert_uint_eq(faults_report.flipped, 1);
        caught += cli_code == RNN_MISMATCH && strstr(cli_err, "is not to be trusted: kernel ");
        ck_assert_msg(cli_code == RNN_MISMATCH, "%s in %s: exit code %d: %s", fault, hit[t].name, cli_code, cli_err);
        ck_assert(!cli_exists("o/model.safetensors"));
        rnn_test_opencl_cases++;
    }
    printf("faults: %zu of %zu flipped bits caught\n", caught, flips);
    ck_assert_uint_eq(caught, flips);
    ck_assert_uint_ge(flips, 20);
    free(s.printed);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, set_up, cli_tear_down);
    suite_add_tcase(suite, tests);
    return tests;
}

Suite *faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *tests = add_case(suite, "training");
    tcase_add_loop_test(tests, every_call_of_a_training_can_fail, 0, 3);
    tests = add_case(suite, "prediction");
    tcase_add_test(tests, every_call_of_a_prediction_can_fail);
    tcase_add_test(tests, every_call_of_a_population_can_fail);
    tests = add_case(suite, "silence");
    tcase_add_test(tests, a_call_that_never_returns_ends_the_program);
    tests = add_case(suite, "others");
    tcase_add_test(tests, a_loader_without_drivers_is_told_of);
    tcase_add_test(tests, a_driver_that_fails_is_no_absent_one);
    tcase_add_test(tests, kernels_that_do_not_build_are_told_with_the_log);
    tcase_add_test(tests, every_function_the_program_calls_is_wrapped);
    tcase_add_test(tests, bits_are_flipped);
    tcase_add_test(tests, flipped_bits_are_caught);
    return suite;
}
