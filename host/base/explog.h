/* SPDX-License-Identifier: MIT
 * explog.h - e^x and ln x whose last bit is the same on every machine, which the C library's is not
 */
#ifndef RNN_BASE_EXPLOG_H
#define RNN_BASE_EXPLOG_H

/* ln x for finite x > 0, within 2^-52 of the value where that is above 1, else 2^-52 absolutely. x = 2^k m with sqrt(1/2) <= m < sqrt(2) or
 * nearly; s = (m - 1) / (m + 1); ln m = 2 s (1 + s^2 / 3 + s^4 / 5 + ... + s^24 / 25) by fma, highest power first; then k ln 2 in two parts. */
double rnn_log(double x);

/* e^x: x = n ln 2 + r with |r| <= ln 2 / 2, n ln 2 in two parts; the Taylor polynomial up to r^14 by fma, highest power first; times 2^n.
 * Relative error at most 2^-51. Beyond double's range 0 or infinity. */
double rnn_exp(double x);

#endif
