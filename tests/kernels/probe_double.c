/* SPDX-License-Identifier: MIT
 * probe_double.c - probe.h in double
 */
#define RNN_REFERENCE_BITS 64
#include "kernels/probe.h"

typedef long double exact;
#define EXACT(function) function##l
#define PROBE(function) function##_double
#define DIGITS          53
#define LOWEST          (-1022)
#define HIGHEST         1024
#include "kernels/probe_body.h"

const probe_precision probe_double = {"double", sizeof(real), PROBE(reference), distance, difference};
