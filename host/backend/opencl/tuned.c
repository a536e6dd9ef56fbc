/* SPDX-License-Identifier: MIT
 * tuned.c - which tile a plan gets: what it was told, else the first tuning line that fits, else tune.c's choice
 */
#include "backend/opencl/internal.h"
#include "backend/opencl/kernel_files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SHIPPED "tuning.txt"

/* ---- Files --------------------------------------------------------------------------------------------------------- */

/* Nothing in the cache folder is an error. */
static void read_kept(ocl_backend *self)
{
    struct stat facts;
    if (!self->cache_folder[0])
        return;
    snprintf(self->tuning_file, sizeof self->tuning_file, "%s/" SHIPPED, self->cache_folder);
    if (stat(self->tuning_file, &facts) != 0)
        return;
    if (!S_ISREG(facts.st_mode))
        rnn_notice("%s is not a regular file and is left alone; rnn_cl tune would keep its lines there",
                   self->tuning_file);
    else if (rnn_tuning_read(self->tuning_file, true, &self->lines) != RNN_OK)
        rnn_notice("%s; no line of that file is used; mend or delete it, rnn_cl tune writes it anew",
                   rnn_error_message());
}

static rnn_status read_shipped(ocl_backend *self)
{
    for (size_t i = 0; i < rnn_kernel_file_count; i++)
        if (strcmp(rnn_kernel_files[i].name, SHIPPED) == 0)
            return rnn_tuning_parse(rnn_kernel_files[i].text, strlen(rnn_kernel_files[i].text), "kernels/" SHIPPED,
                                    true, &self->lines);
    return rnn_fail(RNN_INTERNAL, "no kernels/" SHIPPED " in this program");
}

rnn_status ocl_tuning_open(ocl_backend *self, const rnn_backend_options *options)
{
    if (options && options->tuning) {
        const rnn_status status = rnn_tuning_read(options->tuning, false, &self->lines);
        if (status)
            return rnn_fail_within(status, "--tuning: ");
    }
    read_kept(self);
    return read_shipped(self);
}

/* ---- Tiles --------------------------------------------------------------------------------------------------------- */

static ocl_tile make_tile(const ocl_backend *self, rnn_tile_kind kind, const rnn_tuning *tuning,
                          const rnn_network *network, size_t batch)
{
    return kind == RNN_TILE_STATE ? ocl_state_tile(self, tuning, network, batch)
                                  : ocl_grad_tile(self, tuning, network->H, network->H + network->D + 1);
}

/* What a tile has become, in the tuning's terms. */
static rnn_tuning settings_of(rnn_tile_kind kind, const ocl_tile *tile)
{
    rnn_tuning tuning = {0};
#define COPY_FIELD(field, member, kinds, ...) \
    if ((kinds) >> kind & 1)                  \
        tuning.field = tile->member;
    RNN_TUNING_FIELDS(COPY_FIELD)
#undef COPY_FIELD
    return tuning;
}

/* Legal: the tile is what was asked for, nothing had to be made smaller, and its sums have room in registers. */
static rnn_status check_tile(const ocl_backend *self, rnn_tile_kind kind, rnn_tuning wanted, const ocl_tile *tile,
                             size_t H)
{
    rnn_tuning found = settings_of(kind, tile);
    const rnn_tuning_field *field;
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++) {
        const unsigned asked = *rnn_tuning_value(field, &wanted), got = *rnn_tuning_value(field, &found);
        if (got == 0 || (asked && asked != got))
            return rnn_fail(RNN_CONFIG,
                            "kernel=%s with H=%zu: %s=%u does not fit %s (%zu work-items a group, %zu bytes of local "
                            "memory), %u would; choose smaller values",
                            rnn_tile_kind_name(kind), H, field->name, asked, self->head.info.name, self->group_limit,
                            self->local_bytes, got);
    }
    if (tile->rows * tile->cols > RNN_TILE_SUMS)
        return rnn_fail(RNN_CONFIG,
                        "kernel=%s with H=%zu: rows=%u x cols=%u are %u vectors of sums, expected at most %d",
                        rnn_tile_kind_name(kind), H, tile->rows, tile->cols, tile->rows * tile->cols, RNN_TILE_SUMS);
    return RNN_OK;
}

static rnn_status make_legal_tile(const ocl_backend *self, rnn_tile_kind kind, const rnn_tuning *tuning,
                                  const rnn_network *network, size_t batch, ocl_tile *out)
{
    *out = make_tile(self, kind, tuning, network, batch);
    return check_tile(self, kind, *tuning, out, network->H);
}

rnn_status ocl_tile_for(ocl_backend *self, rnn_tile_kind kind, const rnn_network *network, size_t batch, ocl_tile *out)
{
    if (self->is_tuned[kind])
        return make_legal_tile(self, kind, &self->tuning[kind], network, batch, out);
    for (size_t i = 0; i < self->lines.count; i++) {
        rnn_tuning_line *line = &self->lines.lines[i];
        if (!rnn_tuning_fits(line, &self->head.info, self->native_vector, self->head.precision, network->cell, kind,
                             network->H, batch))
            continue;
        if (make_legal_tile(self, kind, &line->tuning, network, batch, out) == RNN_OK)
            return RNN_OK;
        if (!line->optional)
            return rnn_fail_within(RNN_BAD_DATA, "--tuning: %s: ", line->where);
        if (!line->named)
            rnn_notice("%s: %s; the line is not used", line->where, rnn_error_message());
        line->named = true;
    }
    return make_legal_tile(self, kind, &(rnn_tuning){0}, network, batch, out);
}

/* ---- For the tuner ------------------------------------------------------------------------------------------------- */

bool rnn_opencl_owns(const rnn_backend *backend)
{
    return backend->ops->close == ocl_close;
}

unsigned rnn_opencl_vector(const rnn_backend *backend)
{
    return ((const ocl_backend *)backend)->native_vector;
}

const char *rnn_opencl_tuning_file(const rnn_backend *backend)
{
    const ocl_backend *self = (const ocl_backend *)backend;
    return self->tuning_file[0] ? self->tuning_file : NULL;
}

void rnn_opencl_retune(rnn_backend *backend, rnn_tile_kind kind, const rnn_tuning *tuning)
{
    ocl_backend *self = (ocl_backend *)backend;
    self->is_tuned[kind] = tuning != NULL;
    self->tuning[kind] = tuning ? *tuning : (rnn_tuning){0};
}

rnn_status rnn_opencl_tile(rnn_backend *backend, rnn_tile_kind kind, const rnn_network *network, size_t batch,
                           rnn_tuning *out)
{
    ocl_backend *self = (ocl_backend *)backend;
    ocl_tile tile;
    const rnn_status status = ocl_tile_for(self, kind, network, batch, &tile);
    *out = settings_of(kind, &tile);
    if (out->fused_bytes) /* limits that come out alike are one setting */
        out->fused_bytes = ocl_fuses(self, network, &tile) ? RNN_FUSED_ALWAYS : 1;
    return status;
}
