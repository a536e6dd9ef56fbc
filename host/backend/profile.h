/* SPDX-License-Identifier: MIT
 * profile.h - what a device's queue did and how long each command took, by the device's own clock
 *
 * Measuring changes no result and never waits: commands are timed by the device, and their times are fetched once they are
 * known to be done. What cannot be had is counted, and ends no run.
 */
#ifndef RNN_BACKEND_PROFILE_H
#define RNN_BACKEND_PROFILE_H

#include "base/status.h"

typedef enum rnn_profiling {
    RNN_PROFILE_OFF,
    RNN_PROFILE_TOTALS, /* a sum a kernel */
    RNN_PROFILE_EVENTS  /* and every command by itself */
} rnn_profiling;

/* All commands of one name. flops: of the network's matrix products, without padding; bytes: each tensor that is read or
 * written, once. 0: not counted for this command. */
typedef struct rnn_profile_total {
    const char *name; /* a kernel's, or "fill", "write", "read", "copy" */
    bool kernel;
    size_t calls;
    size_t unknown; /* of the calls: without a time, and in none of the sums below */
    double seconds, flops, bytes;
} rnn_profile_total;

/* A command with a known time. Events of a queue are in order and never overlap. */
typedef struct rnn_profile_event {
    unsigned total;      /* index of its total */
    uint64_t start, end; /* ns, on the device's clock */
    double flops, bytes;
} rnn_profile_event;

typedef struct rnn_profile {
    rnn_profile_total *totals; /* in the order of a training step; some with 0 calls */
    size_t total_count;
    rnn_profile_event *events;
    size_t event_count;
    uint64_t first, last; /* ns: the first start and the last end */
    size_t dropped;       /* events not kept because memory was out */
} rnn_profile;

#endif
