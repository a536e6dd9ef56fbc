/* SPDX-License-Identifier: MIT
 * ensemble.c - the mean of what several models say of the same windows
 */
#include "model/model.h"

#include <string.h>

/* As rnn_predict where shown is NULL, else as rnn_predict_some. */
static rnn_status predict_one(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, size_t windows,
                              rnn_backend *backend, rnn_split *shown, rnn_predictions **out)
{
    return shown ? rnn_predict_some(model, series, mode, windows, backend, shown, out)
                 : rnn_predict(model, series, mode, backend, out);
}

/* The models speak of the same windows and columns. */
static rnn_status check_alike(const rnn_model *first, const rnn_model *other, size_t index)
{
    const rnn_network *a = &first->network, *b = &other->network;
    bool alike = a->T == b->T && a->horizon == b->horizon && a->targets == b->targets && a->columns == b->columns &&
                 a->known == b->known && a->loss.Q == b->loss.Q && a->loss.kind == b->loss.kind;
    for (size_t i = 0; alike && i < a->columns; i++)
        alike = strcmp(first->columns[i], other->columns[i]) == 0;
    if (!alike)
        return rnn_fail(
            RNN_CONFIG,
            "model %zu of those whose mean is asked for has other columns, windows, horizon or loss than the "
            "first: they are of different runs",
            index + 1);
    return RNN_OK;
}

static size_t values_of(const rnn_predictions *p)
{
    return p->count * p->horizon * p->targets;
}

static rnn_status add(rnn_predictions *sum, const rnn_predictions *other, size_t index)
{
    if (other->count != sum->count || memcmp(other->rows, sum->rows, sum->count * sizeof *sum->rows) != 0)
        return rnn_fail(RNN_CONFIG, "model %zu of those whose mean is asked for splits the series in another way",
                        index + 1);
    for (size_t i = 0; i < values_of(sum); i++)
        sum->predicted[i] += other->predicted[i];
    for (size_t i = 0; i < values_of(sum) * sum->Q; i++)
        sum->quantiles[i] += other->quantiles[i];
    return RNN_OK;
}

static rnn_status predict_all(rnn_model *const *models, size_t count, const rnn_series *series, rnn_input_mode mode,
                              size_t windows, rnn_backend *backend, rnn_split *shown, rnn_predictions **out)
{
    rnn_predictions *sum = NULL, *other = NULL;
    rnn_status status;
    *out = NULL;
    if (count == 0)
        return rnn_fail(RNN_USAGE, "the mean of no models");
    RNN_TRY(predict_one(models[0], series, mode, windows, backend, shown, &sum));
    for (size_t m = 1; m < count; m++) {
        RNN_TRY(check_alike(models[0], models[m], m));
        RNN_TRY(predict_one(models[m], series, mode, windows, backend, shown, &other));
        RNN_TRY(add(sum, other, m));
        rnn_predictions_free(other);
        other = NULL;
    }
    for (size_t i = 0; count > 1 && i < values_of(sum); i++)
        sum->predicted[i] /= (double)count;
    for (size_t i = 0; count > 1 && i < values_of(sum) * sum->Q; i++)
        sum->quantiles[i] /= (double)count;
    *out = sum;
    return RNN_OK;
fail:
    rnn_predictions_free(other);
    rnn_predictions_free(sum);
    return status;
}

rnn_status rnn_predict_mean(rnn_model *const *models, size_t count, const rnn_series *series, rnn_input_mode mode,
                            rnn_backend *backend, rnn_predictions **out)
{
    return predict_all(models, count, series, mode, 0, backend, NULL, out);
}

rnn_status rnn_predict_some_mean(rnn_model *const *models, size_t count, const rnn_series *series, rnn_input_mode mode,
                                 size_t windows, rnn_backend *backend, rnn_split *shown, rnn_predictions **out)
{
    return predict_all(models, count, series, mode, windows, backend, shown, out);
}
