/* SPDX-License-Identifier: MIT
 * test_watchdog.c - the watchdog over calls that are only noted: no device takes part, so that a thread checker can
 */
#include "suites.h"

#include "base/clock.h"
#include "cmd/watchdog.h"

#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static rnn_calls calls;

static void pass(double seconds)
{
    for (const double started = rnn_seconds(); rnn_seconds() - started < seconds;)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void set_up(void)
{
    calls = (rnn_calls){.device = "Toaster"};
}

START_TEST(many_short_calls_are_no_long_one)
{
    ck_assert_int_eq(rnn_watchdog_start(&calls, 1), RNN_OK);
    for (const double started = rnn_seconds(); rnn_seconds() - started < 1.6;) {
        rnn_call_begin(&calls, "clFinish(queue)");
        pass(0.002);
        rnn_call_end(&calls);
    }
    rnn_watchdog_stop();
}
END_TEST

START_TEST(a_pause_between_calls_is_no_call)
{
    ck_assert_int_eq(rnn_watchdog_start(&calls, 1), RNN_OK);
    rnn_call_begin(&calls, "clFinish(queue)");
    rnn_call_end(&calls);
    pass(1.6);
    rnn_watchdog_stop();
}
END_TEST

START_TEST(it_is_stopped_at_once)
{
    const double started = rnn_seconds();
    rnn_watchdog_stop();
    ck_assert_int_eq(rnn_watchdog_start(&calls, 0), RNN_OK);
    rnn_watchdog_stop();
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(rnn_watchdog_start(&calls, 3600), RNN_OK);
        rnn_call_begin(&calls, "clFinish(queue)");
        rnn_watchdog_stop();
        rnn_call_end(&calls);
    }
    ck_assert_double_lt(rnn_seconds() - started, 5);
}
END_TEST

/* A child of its own for what ends the process; its standard error is `errors`. */
static pid_t start_child(void (*child)(void), int *errors)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t id = fork();
    if (id == 0) {
        dup2(ends[1], 2);
        child();
        _exit(0);
    }
    ck_assert_int_gt(id, 0);
    close(ends[1]);
    *errors = ends[0];
    return id;
}

static int end_of(pid_t child)
{
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void never_return(void)
{
    rnn_watchdog_start(&calls, 1);
    rnn_kept("the results are in %s", "r");
    rnn_call_begin(&calls, "clWaitForEvents(1, &event)");
    for (;;)
        pause();
}

START_TEST(a_call_that_never_returns_ends_the_program)
{
    char text[512] = "";
    int errors;
    const double started = rnn_seconds();
    const pid_t child = start_child(never_return, &errors);
    ck_assert_int_eq(end_of(child), RNN_NO_DEVICE);
    ck_assert_double_lt(rnn_seconds() - started, 6);
    ck_assert_int_gt(read(errors, text, sizeof text - 1), 0);
    ck_assert_ptr_eq(strstr(text,
                            "rnn_cl: clWaitForEvents did not return within 1 seconds on Toaster: the device does not "
                            "answer; the results are in r. "),
                     text);
    close(errors);
}
END_TEST

static void call_for_a_second(void)
{
    rnn_watchdog_start(&calls, 2);
    rnn_call_begin(&calls, "clFinish(queue)");
    for (int i = 0; i < 100; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    rnn_call_end(&calls);
    rnn_watchdog_stop();
}

START_TEST(time_in_which_the_process_stood_still_is_not_the_device_s)
{
    int errors;
    const pid_t child = start_child(call_for_a_second, &errors);
    pass(0.6);
    ck_assert_int_eq(kill(child, SIGSTOP), 0);
    pass(3);
    ck_assert_int_eq(kill(child, SIGCONT), 0);
    ck_assert_int_eq(end_of(child), 0);
    close(errors);
}
END_TEST

START_TEST(what_was_kept_is_told_of_failed_calls_alone)
{
    ck_assert_str_eq(rnn_what_was_kept(RNN_NO_DEVICE, &calls), "");
    calls.failed = true;
    ck_assert_str_eq(rnn_what_was_kept(RNN_NO_DEVICE, &calls), "; nothing was written");
    rnn_kept("the trained model is in %s/m", "r");
    ck_assert_str_eq(rnn_what_was_kept(RNN_NO_DEVICE, &calls), "; the trained model is in r/m");
    rnn_kept("the results are in %s", "r");
    ck_assert_str_eq(rnn_what_was_kept(RNN_NO_DEVICE, &calls), "; the results are in r");
    ck_assert_str_eq(rnn_what_was_kept(RNN_STOPPED, &calls), "");
}
END_TEST

Suite *watchdog_suite(void)
{
    Suite *suite = suite_create("watchdog");
    TCase *tests = tcase_create("watchdog");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, many_short_calls_are_no_long_one);
    tcase_add_test(tests, a_pause_between_calls_is_no_call);
    tcase_add_test(tests, it_is_stopped_at_once);
    tcase_add_test(tests, a_call_that_never_returns_ends_the_program);
    tcase_add_test(tests, time_in_which_the_process_stood_still_is_not_the_device_s);
    tcase_add_test(tests, what_was_kept_is_told_of_failed_calls_alone);
    suite_add_tcase(suite, tests);
    return suite;
}
