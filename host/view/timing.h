/* SPDX-License-Identifier: MIT
 * timing.h - what a profiled run shows: a table of kernels, and a trace for Perfetto or chrome://tracing
 */
#ifndef RNN_VIEW_TIMING_H
#define RNN_VIEW_TIMING_H

#include "backend/backend.h"

#include <stdio.h>

/* A line for each kind of command there was, the longest in total first. */
void rnn_timing_table(FILE *stream, const rnn_device_info *device, const rnn_profile *profile, const rnn_roof *roof);

/* Chrome's trace events: the queue is one row, a command one complete ("X") event on it, times in us from the first one's
 * start. Written whole or not at all. */
rnn_status rnn_timing_trace(const char *path, const rnn_device_info *device, const rnn_profile *profile);

#endif
