/* SPDX-License-Identifier: MIT
 * reference.h - the equations as plain loops, on the host, needing no OpenCL
 */
#ifndef RNN_BACKEND_REFERENCE_H
#define RNN_BACKEND_REFERENCE_H

#include "backend/backend.h"

/* One source, built three times: float; double; and, for the tests alone, double with libm's exp and tanh. */
rnn_status rnn_reference_open_float(rnn_backend **out);
rnn_status rnn_reference_open_double(rnn_backend **out);
rnn_status rnn_reference_open_oracle(rnn_backend **out);

static inline rnn_status rnn_reference_open(rnn_precision precision, rnn_backend **out)
{
    return precision == RNN_DOUBLE ? rnn_reference_open_double(out) : rnn_reference_open_float(out);
}

/* What rnn_device_list says of it. */
rnn_device_info rnn_reference_info(void);

#endif
