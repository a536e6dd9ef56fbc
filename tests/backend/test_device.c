/* SPDX-License-Identifier: MIT
 * test_device.c - choosing a device, and what is said when it, a kernel or its memory is not there
 */
#include "harness.h"
#include "kernels/kernel_folder.h"
#include "suites.h"

#include <ctype.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static rnn_device_info *devices; /* the reference last */
static size_t device_count;

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

static void ignore_notice(const char *text, void *context)
{
    (void)text;
    (void)context;
}

static void set_up(void)
{
    rnn_set_notice_handler(ignore_notice, NULL);
    expect_ok(rnn_device_list(&devices, &device_count));
    ck_assert_uint_ge(device_count, 1);
}

static void tear_down(void)
{
    free(devices);
    devices = NULL;
    rnn_set_notice_handler(NULL, NULL);
}

static void expect_in_message(const char *part)
{
    ck_assert_msg(strstr(rnn_error_message(), part) != NULL, "\"%s\" is not in the message:\n%s", part,
                  rnn_error_message());
}

/* ---- Selectors ----------------------------------------------------------------------------------------------------- */

static void expect_opens(const char *selector, const char *expected)
{
    rnn_backend *backend = NULL;
    ck_assert_msg(rnn_backend_open(selector, RNN_FLOAT, &backend) == RNN_OK, "%s: %s", selector, rnn_error_message());
    ck_assert_str_eq(rnn_backend_info(backend)->selector, expected);
    ck_assert_int_eq(backend->precision, RNN_FLOAT);
    rnn_backend_close(backend);
}

/* Refused with RNN_NO_DEVICE, the words, and a line for every device there is. */
static void expect_refused(const char *selector, const char *words)
{
    rnn_backend *backend = (rnn_backend *)&device_count;
    ck_assert_int_eq(rnn_backend_open(selector, RNN_FLOAT, &backend), RNN_NO_DEVICE);
    ck_assert_ptr_null(backend);
    expect_in_message(words);
    expect_in_message(selector);
    for (size_t i = 0; i < device_count; i++) {
        expect_in_message(devices[i].selector);
        expect_in_message(devices[i].name);
    }
}

static size_t count_type(const char *type, size_t *first)
{
    size_t count = 0;
    for (size_t i = device_count - 1; i-- > 0;)
        if (strcmp(devices[i].type, type) == 0) {
            *first = i;
            count++;
        }
    return count;
}

START_TEST(reference_is_listed_last_and_opens)
{
    ck_assert_str_eq(devices[device_count - 1].selector, "reference");
    ck_assert(devices[device_count - 1].bit_exact && devices[device_count - 1].fp64);
    expect_opens("reference", "reference");
}
END_TEST

START_TEST(every_device_opens_by_its_selector)
{
    ck_assert_msg(device_count > 1, "no OpenCL device on this machine: install a driver, PoCL for one");
    for (size_t i = 0; i + 1 < device_count; i++) {
        char expected[16];
        expect_opens(devices[i].selector, devices[i].selector);
        snprintf(expected, sizeof expected, "%d:", atoi(devices[i].selector));
        ck_assert_int_eq(strncmp(devices[i].selector, expected, strlen(expected)), 0);
    }
}
END_TEST

START_TEST(unknown_names_are_refused_with_the_list)
{
    expect_refused("no-such-device", "no device fits");
    expect_refused("99:0", "no device fits");
    expect_refused("0:99", "no device fits");
}
END_TEST

START_TEST(a_type_takes_the_first_of_its_kind_or_is_refused)
{
    static const char *const types[] = {"gpu", "cpu"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t first = 0;
        if (count_type(types[i], &first) > 0)
            expect_opens(types[i], devices[first].selector);
        else
            expect_refused(types[i], "no device fits");
    }
}
END_TEST

START_TEST(auto_prefers_a_gpu_then_any_opencl_device)
{
    size_t first = 0;
    count_type("gpu", &first);
    expect_opens("auto", devices[first].selector);
}
END_TEST

/* Whether `part` names exactly one OpenCL device. */
static bool is_unique(const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < device_count; i++)
        count += strstr(devices[i].name, part) != NULL || strstr(devices[i].platform, part) != NULL;
    return count == 1;
}

START_TEST(part_of_a_name_opens_case_blind)
{
    size_t tried = 0;
    for (size_t i = 0; i + 1 < device_count; i++) {
        const char *const names[] = {devices[i].name, devices[i].platform};
        for (size_t n = 0; n < 2; n++) {
            char part[128];
            snprintf(part, sizeof part, "%s", names[n] + (strlen(names[n]) > 4 ? 1 : 0)); /* not from the start */
            if (!is_unique(part))
                continue;
            for (char *letter = part; *letter; letter++)
                *letter = (char)(isupper((unsigned char)*letter) ? tolower((unsigned char)*letter)
                                                                 : toupper((unsigned char)*letter));
            expect_opens(part, devices[i].selector);
            tried++;
        }
    }
    ck_assert_msg(tried > 0 || device_count > 2, "no name tried");
}
END_TEST

/* Two devices of one platform are needed. Where there are not, this program runs this suite again in a process in which PoCL
 * shows two. */
START_TEST(a_name_that_fits_several_is_refused)
{
    const bool child = getenv("RNN_TEST_CHILD") != NULL;
    for (size_t i = 0; i + 2 < device_count; i++)
        if (strcmp(devices[i].platform, devices[i + 1].platform) == 0) {
            expect_refused(devices[i].platform, "fits 2 devices");
            return;
        }
    if (child) {
        printf("device: no platform here shows two devices, an ambiguous name was not tried\n");
        return;
    }
    char program[] = "check", *arguments[] = {program, NULL};
    pid_t pid;
    int how = -1;
    setenv("RNN_TEST_CHILD", "1", 1);
    setenv("POCL_DEVICES", "pthread pthread", 1);
    setenv("RNN_TEST_SUITE", "device", 1);
    const int failed = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ);
    unsetenv("RNN_TEST_CHILD");
    unsetenv("POCL_DEVICES");
    unsetenv("RNN_TEST_SUITE");
    ck_assert_int_eq(failed, 0);
    ck_assert_int_eq(waitpid(pid, &how, 0), pid);
    ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "the suite failed where there are two devices, see above");
}
END_TEST

/* ---- Kernels ------------------------------------------------------------------------------------------------------- */

static const harness_case small = {.activation = RNN_TANH, .H = 7, .T = 2, .B = 3, .D = 1, .O = 1, .bias = true};

static rnn_status run_small(harness_result *out)
{
    rnn_backend *backend;
    expect_ok(harness_open(RNN_FLOAT, NULL, &backend));
    const rnn_status status = harness_run(backend, &small, out);
    rnn_backend_close(backend);
    return status;
}

START_TEST(kernel_folder_replaces_the_embedded_sources)
{
    harness_result embedded, copied, edited;
    char text[256];
    expect_ok(run_small(&embedded));
    kernel_folder_make();
    kernel_folder_copy_kernels();
    expect_ok(run_small(&copied));
    ck_assert_msg(!harness_differs(&embedded, &copied, text, sizeof text),
                  "the embedded kernels are not those in kernels/: %s", text);
    kernel_folder_edit("output.clh", "real sum = start;", "real sum = start + 1;");
    expect_ok(run_small(&edited));
    kernel_folder_remove();
    ck_assert_msg(harness_differs(&embedded, &edited, text, sizeof text), "RNN_KERNEL_DIR was not read");
    ck_assert_msg(strncmp(text, "yhat", 4) == 0, "the first to differ should be yhat: %s", text);
    harness_result_free(&embedded);
    harness_result_free(&copied);
    harness_result_free(&edited);
}
END_TEST

START_TEST(build_failure_shows_file_options_and_log)
{
    harness_result result;
    kernel_folder_make();
    kernel_folder_copy_kernels();
    kernel_folder_edit("output.cl", "kernel void project(", "kernel void project(no_such_type oops, ");
    ck_assert_int_eq(run_small(&result), RNN_NO_DEVICE);
    kernel_folder_remove();
    expect_in_message("clBuildProgram");
    expect_in_message("output.cl");
    expect_in_message("-DREAL_BITS=32");
    expect_in_message("-DVEC=");
    expect_in_message("no_such_type");
}
END_TEST

START_TEST(missing_kernel_file_is_named)
{
    harness_result result;
    kernel_folder_make();
    kernel_folder_copy("../kernels/real.clh");
    ck_assert_int_eq(run_small(&result), RNN_NO_INPUT);
    kernel_folder_remove();
    expect_in_message("RNN_KERNEL_DIR");
    expect_in_message("window.cl"); /* the first kernel a run needs */
}
END_TEST

/* ---- Memory -------------------------------------------------------------------------------------------------------- */

START_TEST(too_large_a_buffer_is_refused_with_numbers)
{
    rnn_backend *backend;
    rnn_buffer *buffer = (rnn_buffer *)&device_count;
    char number[32];
    expect_ok(harness_open(RNN_FLOAT, NULL, &backend));
    const rnn_device_info *info = rnn_backend_info(backend);
    ck_assert_uint_gt(info->largest, 0);
    ck_assert_int_eq(backend->ops->alloc(backend, (size_t)info->largest + 1, "hidden states", &buffer), RNN_NO_MEMORY);
    ck_assert_ptr_null(buffer);
    expect_in_message("hidden states");
    expect_in_message(info->name);
    snprintf(number, sizeof number, "%llu", (unsigned long long)info->largest);
    expect_in_message(number);
    snprintf(number, sizeof number, "%llu", (unsigned long long)info->largest + 1);
    expect_in_message(number);
    rnn_backend_close(backend);
}
END_TEST

START_TEST(buffers_begin_as_zeros_and_name_themselves_in_errors)
{
    const char *const selectors[] = {"reference", NULL};
    for (size_t i = 0; i < 2; i++) {
        rnn_backend *backend;
        rnn_buffer *buffer;
        unsigned char bytes[100];
        memset(bytes, 0xff, sizeof bytes);
        expect_ok(selectors[i] ? rnn_backend_open(selectors[i], RNN_FLOAT, &backend)
                               : harness_open(RNN_FLOAT, NULL, &backend));
        expect_ok(backend->ops->alloc(backend, sizeof bytes, "the odd one", &buffer));
        expect_ok(backend->ops->read(backend, buffer, 0, sizeof bytes, bytes));
        for (size_t k = 0; k < sizeof bytes; k++)
            ck_assert_uint_eq(bytes[k], 0);
        ck_assert_int_ne(backend->ops->read(backend, buffer, 1, sizeof bytes, bytes), RNN_OK);
        expect_in_message("the odd one");
        ck_assert_int_ne(backend->ops->write(backend, buffer, 99, 2, bytes), RNN_OK);
        expect_in_message("the odd one");
        backend->ops->release(backend, buffer);
        backend->ops->release(backend, NULL);
        rnn_backend_close(backend);
    }
}
END_TEST

Suite *device_suite(void)
{
    Suite *suite = suite_create("device");
    TCase *tests = tcase_create("device");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, reference_is_listed_last_and_opens);
    tcase_add_test(tests, every_device_opens_by_its_selector);
    tcase_add_test(tests, unknown_names_are_refused_with_the_list);
    tcase_add_test(tests, a_type_takes_the_first_of_its_kind_or_is_refused);
    tcase_add_test(tests, auto_prefers_a_gpu_then_any_opencl_device);
    tcase_add_test(tests, part_of_a_name_opens_case_blind);
    tcase_add_test(tests, a_name_that_fits_several_is_refused);
    tcase_add_test(tests, kernel_folder_replaces_the_embedded_sources);
    tcase_add_test(tests, build_failure_shows_file_options_and_log);
    tcase_add_test(tests, missing_kernel_file_is_named);
    tcase_add_test(tests, too_large_a_buffer_is_refused_with_numbers);
    tcase_add_test(tests, buffers_begin_as_zeros_and_name_themselves_in_errors);
    suite_add_tcase(suite, tests);
    return suite;
}
