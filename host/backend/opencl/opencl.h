/* SPDX-License-Identifier: MIT
 * opencl.h - the OpenCL backend as the rest of the program sees it
 */
#ifndef RNN_OPENCL_OPENCL_H
#define RNN_OPENCL_OPENCL_H

#include "backend/backend.h"
#include "backend/opencl/tuning.h"

/* All OpenCL devices in the order of their selectors "P:D". *out is freed with free(); no platform at all gives count 0. A
 * platform that fails is told of; where no other has a device that is the status. calls: where to note the calls, or NULL. */
rnn_status rnn_opencl_list(rnn_calls *calls, rnn_device_info **out, size_t *count);

/* Opens the device whose info.selector is `selector`. tuning and options may be NULL. tuning: instead of every tuning line.
 * RNN_NO_DEVICE: gone, or without double when asked. */
rnn_status rnn_opencl_open(const char *selector, rnn_precision precision, const rnn_tuning *tuning,
                           const rnn_backend_options *options, rnn_backend **out);

/* What became of the programs a backend needed: taken from the cache; there, but damaged, foreign or not to the driver's
 * liking, and so built from source; written to the cache. */
typedef struct rnn_cache_counts {
    unsigned loaded, refused, stored;
} rnn_cache_counts;

/* Of an OpenCL backend. */
rnn_cache_counts rnn_opencl_cache_counts(const rnn_backend *backend);

/* ---- Tuning -------------------------------------------------------------------------------------------------------- */

/* Which tiles a plan gets is said by: the tuning given when the device was opened, or by rnn_opencl_retune; else the first
 * line that fits in options->tuning, in the cache folder's tuning.txt, in kernels/tuning.txt; else tune.c. */

/* Whether it is a backend of this folder: what the functions below are for. */
bool rnn_opencl_owns(const rnn_backend *backend);

/* Reals in the device's own vector: `vector` of a tuning line. */
unsigned rnn_opencl_vector(const rnn_backend *backend);

/* Where the cache folder has its lines; NULL: there is none. */
const char *rnn_opencl_tuning_file(const rnn_backend *backend);

/* Plans made from now on have this tuning, all 0 for tune.c's choice, or with NULL what the lines say. */
void rnn_opencl_retune(rnn_backend *backend, rnn_tile_kind kind, const rnn_tuning *tuning);

/* The tile a plan would get, as a tuning with every setting of the kernel. RNN_CONFIG: a tuning that the device cannot do;
 * RNN_BAD_DATA: so says a line of options->tuning. The message tells which setting, and why. */
rnn_status rnn_opencl_tile(rnn_backend *backend, rnn_tile_kind kind, const rnn_network *network, size_t batch,
                           rnn_tuning *out);

/* Builds a plan's kernels of one kind now, and not when they are first used. */
rnn_status rnn_opencl_build(rnn_plan *plan, rnn_tile_kind kind);

/* rnn_backend_keep_kernels, of any backend. */
void rnn_opencl_keep_kernels(rnn_backend *backend);

#endif
