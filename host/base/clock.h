/* SPDX-License-Identifier: MIT */
#ifndef RNN_BASE_CLOCK_H
#define RNN_BASE_CLOCK_H

/* Seconds since some moment in the past, on a clock that nobody sets back. */
double rnn_seconds(void);

#endif
