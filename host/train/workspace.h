/* SPDX-License-Identifier: MIT
 * workspace.h - a network on a device: the resident series, the parameters, and the activations of one batch
 */
#ifndef RNN_TRAIN_WORKSPACE_H
#define RNN_TRAIN_WORKSPACE_H

#include "backend/backend.h"
#include "data/scale.h"
#include "model/model.h"

/* Buffers of the last group exist only in a workspace for training. */
typedef struct rnn_workspace {
    rnn_backend *backend;
    const rnn_backend_ops *ops;
    rnn_plan *plan;
    size_t windows; /* length of offset */
    size_t batch;   /* most records at a time when training, 0 when not */
    size_t chunk;   /* most records at a time when only looking */
    size_t zeroed;  /* h(0) is zero for this many records; other counts lay h out anew */
    size_t slots;   /* length of losses */

    rnn_buffer *series; /* (N,columns), scaled */
    rnn_buffer *offset; /* (windows) uint64: first row of each window */
    rnn_buffer *params; /* (n) */
    rnn_buffer *x, *y;  /* (T,B,D), (B,O) */
    rnn_buffer *h;      /* (T+1,B,row), h(0) = 0 */
    rnn_buffer *zeros;  /* (B,row) */
    rnn_buffer *yhat;   /* (B,O) */
    rnn_buffer *losses; /* (slots,O) sums of squared errors, a slot a pass over a batch */

    rnn_buffer *d_y, *d_h, *dz; /* (B,O), (B,row), (T,B,row) */
    rnn_buffer *partial;        /* (P,n) */
    rnn_buffer *gradient;       /* (n) */
    rnn_buffer *moments;        /* (2,n) */
    rnn_buffer *best;           /* (n) parameters of the best epoch */
} rnn_workspace;

/* Scales the series, uploads it once, prepares the network. windows: how many, starting at rows 0, 1, ...
 * training: batch and blocks of the sums; NULL for a workspace that only looks. *out is overwritten, and empty on failure. */
rnn_status rnn_workspace_open(rnn_workspace *out, rnn_backend *backend, const rnn_network *network,
                              const rnn_scaler *scaler, const rnn_series *series, size_t windows,
                              const rnn_settings *training);
void rnn_workspace_close(rnn_workspace *workspace);

/* Parameters (n) as reals of the backend's precision: to the device and packed; and back. */
rnn_status rnn_workspace_set(rnn_workspace *workspace, const void *parameters);
rnn_status rnn_workspace_get(rnn_workspace *workspace, void *parameters);

/* The optimiser's moments back to zero, as a new workspace has them. */
rnn_status rnn_workspace_clear_moments(rnn_workspace *workspace);

/* P of the sums over B records: as set, or the contract's. */
size_t rnn_workspace_blocks(const rnn_workspace *workspace, const rnn_settings *settings, size_t B);

/* Forward over records [first, first + B) of offset, B at most chunk: x, h and yhat are then theirs. with_targets: y too. */
rnn_status rnn_workspace_forward(rnn_workspace *workspace, size_t first, size_t B, bool with_targets);

/* Forward over records [first, first + count) of offset, in chunks; squared errors go to losses from `slot` on.
 * *slots_used counts them. */
rnn_status rnn_workspace_look(rnn_workspace *workspace, size_t first, size_t count, size_t slot, size_t *slots_used);

/* One minibatch: records [first, first + B) of offset; forward, loss into `slot`, BPTT, reduction, clip, update, pack. */
rnn_status rnn_workspace_step(rnn_workspace *workspace, size_t first, size_t B, size_t slot,
                              const rnn_settings *settings, const rnn_update *rule);

/* Waits, then adds up slots [first, first + count) of losses: sums (O), in double, ascending. */
rnn_status rnn_workspace_losses(rnn_workspace *workspace, size_t first, size_t count, double *sums);

/* How many slots a look at `count` records takes. */
size_t rnn_workspace_look_slots(const rnn_workspace *workspace, size_t count);

#endif
