/* SPDX-License-Identifier: MIT
 * probe_float.c - probe.h in float
 */
#define RNN_REFERENCE_BITS 32
#include "kernels/probe.h"

typedef double exact;
#define EXACT(function) function
#define PROBE(function) function##_float
#define DIGITS          24
#define LOWEST          (-126)
#define HIGHEST         128
#include "kernels/probe_body.h"

const probe_precision probe_float = {"float", sizeof(real), PROBE(reference), distance, difference};
