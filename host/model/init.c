/* SPDX-License-Identifier: MIT
 * init.c - initial weights: in double, from counters, with + - * / sqrt only, so the same on every machine
 */
#include "base/memory.h"
#include "base/random.h"
#include "model/network.h"

#include <math.h>
#include <stdlib.h>

static void draw_uniform(const rnn_tensor *tensor, double low, double high, uint64_t seed, double *parameters)
{
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++)
        parameters[i] = low + (high - low) * rnn_random_uniform(seed, RNN_RANDOM_WEIGHTS, i);
}

/* Glorot and Bengio (2010): the variance of signals is kept forward and of gradients backward. Their factor 4 for the
 * logistic unit goes where its slope of at most 1/4 would shrink the signal. */
static void draw_xavier(const rnn_tensor *tensor, size_t fan_in, double gain, uint64_t seed, double *parameters)
{
    const double bound = gain * sqrt(6.0 / (double)(fan_in + tensor->rows));
    draw_uniform(tensor, -bound, bound, seed, parameters);
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Rows of a random matrix made orthonormal by Gram-Schmidt, twice over ("twice is enough", Giraud et al. 2005).
 * Entries are sums of four uniforms: near enough to normal, and exact arithmetic where log and cos are not. */
static void draw_orthogonal(const rnn_tensor *tensor, uint64_t seed, double *parameters)
{
    const size_t H = tensor->columns;
    double *W = parameters + tensor->offset;
    for (size_t i = 0; i < tensor->count; i++) {
        W[i] = -2;
        for (uint64_t draw = 0; draw < 4; draw++)
            W[i] += rnn_random_uniform(seed ^ UINT64_C(0x4f7274686f676f6e), RNN_RANDOM_WEIGHTS, 4 * (uint64_t)i + draw);
    }
    for (size_t row = 0; row < tensor->rows; row++) {
        double *v = W + row * H;
        for (int pass = 0; pass < 2; pass++)
            for (size_t other = 0; other < row; other++) {
                const double along = dot(v, W + other * H, H);
                for (size_t k = 0; k < H; k++)
                    v[k] -= along * W[other * H + k];
            }
        const double norm = sqrt(dot(v, v, H));
        for (size_t k = 0; k < H; k++)
            v[k] /= norm;
    }
}

/* b(j) = -sum_k W(j,k) / 2: without input, a sigmoid state of 1/2 gives z = 0 and stays where it is, on the steepest part. */
static void centre_biases(const rnn_network *network, double *parameters)
{
    const rnn_tensor *tensor = network->tensor;
    for (size_t j = 0; j < network->H; j++) {
        double sum = 0;
        for (size_t k = 0; k < network->H; k++)
            sum += parameters[tensor[RNN_W].offset + j * network->H + k];
        parameters[tensor[RNN_B].offset + j] = -0.5 * sum;
    }
}

/* The article: np.random.uniform(0, 1, shape) for U, W, V in turn. */
static void draw_article(const rnn_network *network, uint64_t seed, double *parameters)
{
    static const int order[] = {RNN_U, RNN_W, RNN_V};
    rnn_mt19937 generator;
    rnn_mt19937_seed(&generator, (uint32_t)seed);
    for (size_t role = 0; role < sizeof order / sizeof *order; role++) {
        const rnn_tensor *tensor = &network->tensor[order[role]];
        for (size_t i = 0; i < tensor->count; i++)
            parameters[tensor->offset + i] = rnn_mt19937_uniform(&generator);
    }
}

rnn_status rnn_network_draw(const rnn_network *network, rnn_init init, uint64_t seed, double *parameters)
{
    const rnn_tensor *tensor = network->tensor;
    for (size_t i = 0; i < network->parameters; i++)
        parameters[i] = 0;
    switch (init) {
    case RNN_INIT_UNIFORM:
        draw_article(network, seed, parameters);
        break;
    case RNN_INIT_XAVIER:
        draw_xavier(&tensor[RNN_U], network->D, 1, seed, parameters);
        draw_xavier(&tensor[RNN_W], network->H, 1, seed, parameters);
        draw_xavier(&tensor[RNN_V], network->H, 1, seed, parameters);
        break;
    case RNN_INIT_ORTHOGONAL:
        draw_xavier(&tensor[RNN_U], network->D, network->activation == RNN_SIGMOID ? 4 : 1, seed, parameters);
        draw_orthogonal(&tensor[RNN_W], seed, parameters);
        draw_xavier(&tensor[RNN_V], network->H, 1, seed, parameters);
        if (network->activation == RNN_SIGMOID && tensor[RNN_B].count)
            centre_biases(network, parameters);
        break;
    }
    return RNN_OK;
}
