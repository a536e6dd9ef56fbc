/* SPDX-License-Identifier: MIT
 * streams.c - training along a series: the training part as streams side by side, a chunk of each a minibatch
 *
 * The last B C T rows that training windows may begin at, and T - 1 behind them, are cut into B streams of C chunks of T rows:
 *   chunk i of stream b begins at row first + (b C + i) T, and is record i B + b of the epoch
 * The first rows, fewer than (B + 1) T, are left out.
 */
#include "base/count.h"
#include "train/trainer.h"

rnn_status rnn_streams_cut(const rnn_settings *settings, const rnn_series *series, const rnn_windows *windows,
                           rnn_streams *out)
{
    const size_t B = settings->batch, T = settings->seq_len, chunks = (windows->count - 1) / T + 1;
    if (windows->stretches != 1)
        return rnn_fail(
            RNN_CONFIG,
            "%s: --stateful goes along one series without holes, and training has %zu stretches; choose another "
            "--missing, or drop --stateful or --id",
            series->source, windows->stretches);
    if (chunks < B)
        return rnn_fail(RNN_CONFIG,
                        "%s: --stateful cuts the training part into --batch %s of chunks of --seq-len %s, and "
                        "there are %zu such chunks; make one of the two smaller",
                        series->source, rnn_count(B, "stream").text, rnn_count(T, "row").text, chunks);
    *out = (rnn_streams){.B = B, .T = T, .chunks = chunks / B};
    out->first = windows->count - 1 - (B * out->chunks - 1) * T;
    return RNN_OK;
}

size_t rnn_streams_window(const rnn_streams *streams, size_t record)
{
    return streams->first + (record % streams->B * streams->chunks + record / streams->B) * streams->T;
}
