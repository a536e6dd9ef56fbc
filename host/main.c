/* SPDX-License-Identifier: MIT
 * main.c - argv to command to exit code, and signals; nothing else
 */
#include "cmd/command.h"
#include "cmd/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t rnn_stop_signal, rnn_save_signal;

#define TOGETHER 0.3 /* seconds: what sends a signal may send it twice, to a process and to its group */

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
#define STOPS (sizeof stops / sizeof *stops)

static bool ignores_hangups; /* since the program began: nohup has it so */
static struct timespec first_stop;

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART; /* drivers of devices need not be written for interrupted calls */
    sigaction(number, &action, NULL);
}

/* The first signal asks the run to end after its update, another one ends it at once. */
static void ask_to_stop(int number)
{
    if (rnn_stop_signal == 0) {
        clock_gettime(CLOCK_MONOTONIC, &first_stop);
        rnn_stop_signal = number;
    } else if (seconds_since(&first_stop) > TOGETHER) {
        set_handler(number, SIG_DFL);
        raise(number);
    }
}

static void ask_to_save(int number)
{
    rnn_save_signal = number;
}

void rnn_heed_save_signal(void)
{
    set_handler(SIGUSR1, ask_to_save);
}

void rnn_heed_signals(void)
{
    rnn_heed_save_signal();
    for (size_t i = 0; i < STOPS; i++)
        set_handler(stops[i], stops[i] == SIGHUP && ignores_hangups ? SIG_IGN : ask_to_stop);
}

void rnn_release_signals(void)
{
    for (size_t i = 0; i < STOPS; i++)
        set_handler(stops[i], stops[i] == SIGHUP && ignores_hangups ? SIG_IGN : SIG_DFL);
}

/* SIGINT is heeded in any case: shells have it ignored by what scripts run in the background, which may well be told to stop. */
static void note_ignored_hangups(void)
{
    struct sigaction before;
    ignores_hangups = sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

/* Started without a standard stream (`>&-`), the next file opened would take its number and get what is printed there. Opened for
 * reading alone, so that printing fails as it should. */
static bool occupy_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != stream)
            return false;
    return true;
}

static void ignore_notice(const char *text, void *context)
{
    (void)text;
    (void)context;
}

static rnn_status run(int argc, char **argv)
{
    rnn_arguments arguments;
    const rnn_status status = rnn_arguments_parse(argc, argv, &arguments);
    if (status)
        return status;
    if (arguments.help) {
        rnn_print_help(arguments.command);
        return RNN_OK;
    }
    if (arguments.version) {
        printf("rnn_cl %s\n", RNN_CL_VERSION);
        return RNN_OK;
    }
    if (arguments.quiet)
        rnn_set_notice_handler(ignore_notice, NULL);
    const rnn_status fitting =
        arguments.resume ? RNN_OK : rnn_arguments_check(&arguments); /* else train asks, once it knows the run */
    return fitting ? fitting : arguments.command->run(&arguments);
}

int main(int argc, char **argv)
{
    if (!occupy_streams())
        return RNN_IO;
    note_ignored_hangups();
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is a failed write like another: said, and cleaned up after */
    rnn_status status = run(argc, argv);
    rnn_watchdog_stop();
    if (status)
        fprintf(stderr, "rnn_cl: %s%s\n", rnn_error_message(), rnn_what_was_kept(status, &rnn_device_calls));
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == RNN_OK) {
        fprintf(stderr, "rnn_cl: writing to standard output failed\n");
        status = RNN_IO;
    }
    return (int)status;
}
