/* SPDX-License-Identifier: MIT
 * workspace.h - a network on a device: the resident series, the parameters, and the activations of one batch
 */
#ifndef RNN_TRAIN_WORKSPACE_H
#define RNN_TRAIN_WORKSPACE_H

#include "backend/backend.h"
#include "data/scale.h"
#include "data/windows.h"
#include "model/model.h"

/* What outputs came to over records, (O) each, in double: sums of the loss's terms (of e^2 for mse, twice its loss), sums of
 * e^2, and how many targets there were. */
typedef struct rnn_sums {
    size_t O;
    double *terms, *squares, *counts;
} rnn_sums;

/* All zero. *out is empty on failure. */
rnn_status rnn_sums_new(const rnn_network *network, rnn_sums *out);
void rnn_sums_clear(rnn_sums *sums);
void rnn_sums_free(rnn_sums *sums);

/* The mean loss over all targets that there were. */
double rnn_mean_loss(const rnn_network *network, const rnn_sums *sums);

/* Buffers of the last group exist only in a workspace for training. */
typedef struct rnn_workspace {
    rnn_backend *backend;
    const rnn_backend_ops *ops;
    rnn_plan *plan;
    size_t batch;  /* most records at a time when training, 0 when not */
    size_t chunk;  /* most records at a time when only looking */
    bool carries;  /* the next minibatch begins with the state that the last one, of as many records, ended with */
    size_t zeroed; /* h(0) is zero for this many records; other counts lay h out anew */
    size_t slots;  /* length of losses */
    size_t room;   /* length of list: whole minibatches, whole chunks where there are several */

    rnn_buffer *series; /* (N,columns), scaled */
    rnn_buffer *list;   /* (room) uint64: first rows of the windows of a pass, as far as they were sent */
    rnn_buffer *params; /* (n) */
    rnn_buffer *x, *y;  /* (T,B,D), (E,B,O / Q) */
    rnn_buffer *h;      /* (L,T+1,B,row) */
    rnn_buffer *yhat;   /* (E,B,O) */
    rnn_buffer *losses; /* (slots,O) sums of the loss's terms, a slot a pass over a batch */
    rnn_buffer *tally;  /* (slots,2,O) sums of squared errors, and numbers of targets; NULL where losses tell both */

    rnn_buffer *d_y, *d_h, *dz; /* (E,B,O), (E,B,row), (L,T,B,row): backend.h */
    rnn_buffer *partial;        /* (P,block) */
    rnn_buffer *gradient;       /* (n) */
    rnn_buffer *moments;        /* (2,n) */
    rnn_buffer *best;           /* (n) parameters of the best epoch */
    rnn_buffer *health;         /* one uint32: backend.h's, 0 while all is finite */
    rnn_buffer *seed;           /* one uint64, of dropout; NULL where there is none */
} rnn_workspace;

/* Scales the series, uploads it once, prepares the network. windows: how many any pass goes over at most.
 * training: batch and blocks of the sums; NULL for a workspace that only looks. *out is overwritten, and empty on failure. */
rnn_status rnn_workspace_open(rnn_workspace *out, rnn_backend *backend, const rnn_network *network,
                              const rnn_scaler *scaler, const rnn_series *series, size_t windows,
                              const rnn_settings *training);

/* Another series of at most as many rows in the place of the resident one. */
rnn_status rnn_workspace_reload(rnn_workspace *workspace, const rnn_scaler *scaler, const rnn_series *series);

/* The memory that takes, noted in *out; nothing is allocated. N: the series' rows. */
rnn_status rnn_workspace_size(rnn_backend *backend, const rnn_network *network, size_t N, size_t windows,
                              const rnn_settings *training, rnn_memory *out);
void rnn_workspace_close(rnn_workspace *workspace);

/* Parameters (n) as reals of the backend's precision: to the device and packed; and back. */
rnn_status rnn_workspace_set(rnn_workspace *workspace, const void *parameters);
rnn_status rnn_workspace_get(rnn_workspace *workspace, void *parameters);

/* The optimiser's moments back to zero, as a new workspace has them. */
rnn_status rnn_workspace_clear_moments(rnn_workspace *workspace);

/* P of the sums over B records: as set, or the contract's. */
size_t rnn_workspace_blocks(const rnn_workspace *workspace, const rnn_settings *settings, size_t B);

/* First rows of `count` windows, at most `room`, to w->list. */
rnn_status rnn_workspace_send(rnn_workspace *workspace, const uint64_t *windows, size_t count);

/* Forward over records [first, first + B) of list, or over the windows from row `first` on where list is NULL; B at most
 * chunk: x, h and yhat are then theirs. with_targets: y too. */
rnn_status rnn_workspace_forward(rnn_workspace *workspace, const rnn_buffer *list, size_t first, size_t B,
                                 bool with_targets);

/* Forward over windows [first, first + B) of the span, B at most chunk. */
rnn_status rnn_workspace_forward_span(rnn_workspace *workspace, const rnn_span *span, size_t first, size_t B,
                                      bool with_targets);

/* Forward over the windows of the span, in chunks: adds what they come to, in double, ascending. Waits. */
rnn_status rnn_workspace_look(rnn_workspace *workspace, const rnn_span *span, rnn_sums *sums);

/* The settings' update rule, for a first update at rate 0. */
rnn_update rnn_workspace_rule(const rnn_settings *settings);

/* The same, and calls `each` behind every chunk, while yhat is that of windows [first, first + B) of the span. */
rnn_status rnn_workspace_look_each(rnn_workspace *workspace, const rnn_span *span, rnn_sums *sums,
                                   rnn_status (*each)(void *context, size_t first, size_t B), void *context);

/* One minibatch, chosen as in rnn_workspace_forward; forward, loss into `slot`, BPTT, reduction, clip, update, pack. */
rnn_status rnn_workspace_step(rnn_workspace *workspace, const rnn_buffer *list, size_t first, size_t B, size_t slot,
                              const rnn_settings *settings, const rnn_update *rule);

/* What update number `step` leaves out between layers: a function of that and the seed, whatever device or sitting makes it. */
rnn_mask rnn_workspace_mask(const rnn_workspace *workspace, const rnn_settings *settings, size_t step);

/* What rnn_workspace_step hands to minibatch_grad, with h(0) set, or carried, and the plan told at which steps the loss is. */
rnn_status rnn_workspace_minibatch(rnn_workspace *workspace, const rnn_buffer *list, size_t first, size_t B,
                                   size_t slot, const rnn_settings *settings, rnn_minibatch *out);

/* state (L,K,B,H), reals: of each layer h(t), and where K is 2, of LSTM, c(t), as B records have them in w->h. */
size_t rnn_state_rows(const rnn_network *network, size_t B); /* L K B */
rnn_status rnn_workspace_read_state(const rnn_workspace *workspace, size_t t, size_t B, void *state);
rnn_status rnn_workspace_write_state(const rnn_workspace *workspace, size_t t, size_t B, const void *state);

/* h(T) becomes what `from`, of the same network, has as h(0): a step that carries begins as the last one there did. */
rnn_status rnn_workspace_take_state(const rnn_workspace *workspace, const rnn_workspace *from, size_t B);

/* Waits, then says at which slot a step first met a number that is not finite, SIZE_MAX: none did. From there on no update
 * was made, nor will be until the workspace is healed. */
rnn_status rnn_workspace_health(rnn_workspace *workspace, size_t *slot, rnn_ill_cause *cause);
rnn_status rnn_workspace_heal(rnn_workspace *workspace);

/* Waits, then adds slots 0 to count - 1, of `values` values of each output in all, to sums, in double, ascending. */
rnn_status rnn_workspace_losses(rnn_workspace *workspace, size_t count, size_t values, rnn_sums *sums);

#endif
