/* SPDX-License-Identifier: MIT
 * state.c - the hidden state of a minibatch without what a backend's rows have beside it, so that another one can go on from there
 */
#include "base/memory.h"
#include "train/workspace.h"

#include <stdlib.h>
#include <string.h>

static size_t parts_of(const rnn_network *net)
{
    return net->cell == RNN_LSTM ? 2 : 1;
}

size_t rnn_state_rows(const rnn_network *net, size_t B)
{
    return net->L * parts_of(net) * B;
}

/* Of B records, one way or the other: rows (B,row) of a layer, and its part of the state. */
static void copy_rows(const rnn_plan *plan, size_t B, size_t real, unsigned char *rows, unsigned char *state,
                      bool to_rows)
{
    const size_t bytes = plan->network.H * real;
    for (size_t part = 0; part < parts_of(&plan->network); part++)
        for (size_t b = 0; b < B; b++) {
            unsigned char *in_row = rows + (b * plan->row + part * plan->c) * real;
            unsigned char *in_state = state + (part * B + b) * bytes;
            memcpy(to_rows ? in_row : in_state, to_rows ? in_state : in_row, bytes);
        }
}

static rnn_status move_state(const rnn_workspace *w, size_t t, size_t B, unsigned char *state, bool to_device)
{
    const rnn_network *net = &w->plan->network;
    const size_t real = rnn_real_size(w->backend), step = B * w->plan->row * real;
    const size_t layer_bytes = parts_of(net) * B * net->H * real;
    rnn_status status = RNN_OK;
    unsigned char *rows = NULL;
    RNN_TRY(RNN_NEW(rows, step));
    for (size_t layer = 0; layer < net->L; layer++) {
        const size_t at = (layer * (net->T + 1) + t) * step;
        if (!to_device)
            RNN_TRY(w->ops->read(w->backend, w->h, at, step, rows));
        copy_rows(w->plan, B, real, rows, state + layer * layer_bytes, to_device);
        if (to_device)
            RNN_TRY(w->ops->write(w->backend, w->h, at, step, rows));
    }
fail:
    free(rows);
    return status;
}

rnn_status rnn_workspace_read_state(const rnn_workspace *w, size_t t, size_t B, void *state)
{
    return move_state(w, t, B, state, false);
}

rnn_status rnn_workspace_write_state(const rnn_workspace *w, size_t t, size_t B, const void *state)
{
    return move_state(w, t, B, (unsigned char *)state, true);
}

rnn_status rnn_workspace_take_state(const rnn_workspace *w, const rnn_workspace *from, size_t B)
{
    const rnn_network *net = &w->plan->network;
    rnn_status status;
    unsigned char *state = NULL;
    RNN_TRY(RNN_NEW(state, rnn_state_rows(net, B) * net->H * rnn_real_size(w->backend)));
    RNN_TRY(rnn_workspace_read_state(from, 0, B, state));
    status = rnn_workspace_write_state(w, net->T, B, state);
fail:
    free(state);
    return status;
}
