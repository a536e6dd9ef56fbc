/* SPDX-License-Identifier: MIT
 * main.c - argv to command to exit code, and signals; nothing else
 */
#include "cmd/command.h"
#include "cmd/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t rnn_stop_signal, rnn_save_signal;

/* The first signal asks the run to end after its minibatch; the handler is gone then, so a second one ends it at once.
 * SA_RESTART, since drivers of devices need not be written for interrupted calls. */
static void ask_to_stop(int signal)
{
    rnn_stop_signal = signal;
}

static void ask_to_save(int signal)
{
    rnn_save_signal = signal;
}

void rnn_heed_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ask_to_stop;
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    action.sa_handler = ask_to_save;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
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
    return arguments.command->run(&arguments);
}

int main(int argc, char **argv)
{
    if (!occupy_streams())
        return RNN_IO;
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
