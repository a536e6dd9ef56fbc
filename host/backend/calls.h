/* SPDX-License-Identifier: MIT
 * calls.h - which call into a device's driver is on its way, so that another thread can notice that it never ends
 *
 * A driver whose device is gone may never return, and nothing in the calling thread can help that. So the backend writes down
 * each call before it makes it: two counts and a name, no clock and no lock. Who reads them (cmd/watchdog.c) asks now and
 * then whether it is still the same call.
 */
#ifndef RNN_BACKEND_CALLS_H
#define RNN_BACKEND_CALLS_H

#include <stdatomic.h>
#include <stdbool.h>

typedef struct rnn_calls {
    atomic_ulong count;         /* odd while a call is on its way; written by the backend's thread alone */
    _Atomic(const char *) name; /* of that call or the one before: a static text that begins with the function's name */
    char device[128];           /* set before the first call that needs a device, empty until then */
    bool failed;                /* a call failed and that was an error; for the backend's own thread */
} rnn_calls;

static inline void rnn_call_begin(rnn_calls *calls, const char *name)
{
    const unsigned long count = atomic_load_explicit(&calls->count, memory_order_relaxed);
    atomic_store_explicit(&calls->name, name, memory_order_relaxed);
    atomic_store_explicit(&calls->count, count + 1, memory_order_release);
}

static inline void rnn_call_end(rnn_calls *calls)
{
    const unsigned long count = atomic_load_explicit(&calls->count, memory_order_relaxed);
    atomic_store_explicit(&calls->count, count + 1, memory_order_release);
}

#endif
