/* SPDX-License-Identifier: MIT
 * trig.h - sine and cosine whose last bit is the same on every machine, which the C library's is not
 */
#ifndef RNN_BASE_TRIG_H
#define RNN_BASE_TRIG_H

/* sin(2 pi x) and cos(2 pi x), |x| < 2^50, at most 2^-52 off. x is brought to r = x - q/4 with |r| <= 1/8, which is exact; then the
 * Taylor polynomials in (2 pi r)^2 up to (2 pi r)^17 and (2 pi r)^16 by fma, highest power first; q says which and with which sign.
 * Quarter turns give 0, 1 and -1 exactly. */
double rnn_sine_of_turn(double x);
double rnn_cosine_of_turn(double x);

#endif
