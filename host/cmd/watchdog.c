/* SPDX-License-Identifier: MIT */
#include "cmd/watchdog.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_SECONDS 0.25 /* from one look to the next */

rnn_calls rnn_device_calls;

/* ---- What was kept ------------------------------------------------------------------------------------------------- */

static char sentences[2][4200]; /* one is read while the other is written */
static _Atomic(const char *) kept = "nothing was written";

void rnn_kept(const char *format, ...)
{
    static int next;
    char *text = sentences[next];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof sentences[0], format, values);
    va_end(values);
    next = !next;
    atomic_store(&kept, text);
}

const char *rnn_what_was_kept(rnn_status status, const rnn_calls *calls)
{
    static char text[sizeof sentences[0] + 2];
    snprintf(text, sizeof text, "; %s", atomic_load(&kept));
    return calls->failed && (status == RNN_NO_DEVICE || status == RNN_NO_MEMORY) ? text : "";
}

/* ---- The watchdog -------------------------------------------------------------------------------------------------- */

static struct {
    const rnn_calls *calls;
    size_t seconds;
    pthread_t thread;
    int stop[2]; /* a pipe: its end says that the thread is no longer needed */
    bool runs;
} dog = {.stop = {-1, -1}};

/* Not for the programs that this one starts: an end that they hold open would never be an end. */
static int open_pipe(void)
{
    if (pipe(dog.stop) != 0)
        return errno;
    for (int end = 0; end < 2; end++)
        if (fcntl(dog.stop[end], F_SETFD, FD_CLOEXEC) != 0)
            return errno;
    return 0;
}

static void close_pipe(void)
{
    for (int end = 0; end < 2; end++)
        if (dog.stop[end] >= 0)
            close(dog.stop[end]);
    dog.stop[0] = dog.stop[1] = -1;
}

/* Nothing here waits for a lock that the silent call may hold: no stdio, no exit handlers. */
static void end_program(void)
{
    char text[sizeof sentences[0] + 512];
    const char *call = atomic_load(&dog.calls->name);
    const int length =
        snprintf(text, sizeof text,
                 "%srnn_cl: %.*s did not return within %zu seconds on %s: the device does not answer; %s. "
                 "--device-timeout SECONDS waits longer, 0 for ever; rnn_cl devices lists others\n",
                 isatty(2) ? "\n" : "", (int)strcspn(call, "("), call, dog.seconds,
                 dog.calls->device[0] ? dog.calls->device : "this machine", atomic_load(&kept));
    if (write(2, text, (size_t)length) < 0)
        _exit(RNN_NO_DEVICE); /* nobody listens; the exit code says it as well */
    _exit(RNN_NO_DEVICE);
}

static void *watch(void *unused)
{
    struct pollfd stop = {.fd = dog.stop[0], .events = POLLIN};
    unsigned long seen = 0;
    double waited = 0, looked = rnn_seconds();
    (void)unused;
    while (poll(&stop, 1, (int)(1000 * LOOK_SECONDS)) <= 0) {
        const unsigned long count = atomic_load_explicit(&dog.calls->count, memory_order_acquire);
        const double now = rnn_seconds(), passed = now - looked;
        if (count != seen || count % 2 == 0)
            waited = 0;
        else
            waited += passed < 2 * LOOK_SECONDS ? passed : 2 * LOOK_SECONDS; /* more: the process was stopped */
        seen = count;
        looked = now;
        if (waited >= (double)dog.seconds)
            end_program();
    }
    return NULL;
}

/* Signals are the main thread's. */
static int start_thread(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&dog.thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

rnn_status rnn_watchdog_start(const rnn_calls *calls, size_t seconds)
{
    if (seconds == 0 || dog.runs)
        return RNN_OK;
    dog.calls = calls;
    dog.seconds = seconds;
    int error = open_pipe();
    if (error == 0)
        error = start_thread();
    dog.runs = error == 0;
    if (dog.runs)
        return RNN_OK;
    close_pipe();
    return rnn_fail(RNN_NO_MEMORY,
                    "the thread that looks after the device cannot be started: %s; --device-timeout 0 does without",
                    strerror(error));
}

void rnn_watchdog_stop(void)
{
    if (!dog.runs)
        return;
    close(dog.stop[1]);
    dog.stop[1] = -1;
    pthread_join(dog.thread, NULL);
    close_pipe();
    dog.runs = false;
}
