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
static void draw_xavier(const rnn_tensor *tensor, size_t fan_in, size_t fan_out, double gain, uint64_t seed,
                        double *parameters)
{
    const double bound = gain * sqrt(6.0 / (double)(fan_in + fan_out));
    draw_uniform(tensor, -bound, bound, seed, parameters);
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Rows of W (H,H) made orthonormal by Gram-Schmidt, twice over ("twice is enough", Giraud et al. 2005). */
static void make_orthonormal(double *W, size_t H)
{
    for (size_t row = 0; row < H; row++) {
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

/* Each gate's (H,H) a random matrix made orthonormal. Entries are sums of four uniforms: near enough to normal, and exact arithmetic where
 * log and cos are not. `first`: of the draws, so that layers have their own. */
static void draw_orthogonal(const rnn_tensor *tensor, size_t first, uint64_t seed, double *parameters)
{
    const size_t H = tensor->columns;
    double *W = parameters + tensor->offset;
    for (size_t i = 0; i < tensor->count; i++) {
        W[i] = -2;
        for (uint64_t draw = 0; draw < 4; draw++)
            W[i] += rnn_random_uniform(seed ^ UINT64_C(0x4f7274686f676f6e), RNN_RANDOM_WEIGHTS,
                                       4 * (uint64_t)(first + i) + draw);
    }
    for (size_t gate = 0; gate < tensor->rows / H; gate++)
        make_orthonormal(W + gate * H * H, H);
}

/* b(j) = -sum_k W(j,k) / 2: without input, a sigmoid state of 1/2 gives z = 0 and stays where it is, on the steepest part. */
static void centre_biases(const rnn_network *network, size_t layer, double *parameters)
{
    const rnn_tensor *W = rnn_layer_tensor(network, layer, RNN_W), *b = rnn_layer_tensor(network, layer, RNN_B);
    for (size_t j = 0; j < b->count; j++) {
        double sum = 0;
        for (size_t k = 0; k < network->H; k++)
            sum += parameters[W->offset + j * network->H + k];
        parameters[b->offset + j] = -0.5 * sum;
    }
}

/* The article: np.random.uniform(0, 1, shape) for U, W, V in turn; layers take their turns before V. */
static void draw_article(const rnn_network *network, uint64_t seed, double *parameters)
{
    rnn_mt19937 generator;
    rnn_mt19937_seed(&generator, (uint32_t)seed);
    for (size_t index = 0; index < RNN_TENSORS; index++) {
        const rnn_tensor *tensor = &network->tensor[index];
        for (size_t i = 0; tensor->rank == 2 && i < tensor->count; i++)
            parameters[tensor->offset + i] = rnn_mt19937_uniform(&generator);
    }
}

static void draw_layer(const rnn_network *network, size_t layer, bool orthogonal, uint64_t seed, double *parameters)
{
    const rnn_tensor *U = rnn_layer_tensor(network, layer, RNN_U), *W = rnn_layer_tensor(network, layer, RNN_W);
    const bool sigmoid = network->cell == RNN_ELMAN && network->activation == RNN_SIGMOID;
    draw_xavier(U, rnn_layer_inputs(network, layer), network->H, orthogonal && sigmoid ? 4 : 1, seed, parameters);
    if (!orthogonal) {
        draw_xavier(W, network->H, network->H, 1, seed, parameters);
        return;
    }
    draw_orthogonal(W, layer == 0 ? 0 : W->offset, seed, parameters);
    if (sigmoid)
        centre_biases(network, layer, parameters);
}

/* A gate that forgets from the start shows nothing of long ago to the gradient (Gers et al., 2000; Jozefowicz et al., 2015). */
static void add_forget_bias(const rnn_network *network, double forget_bias, double *parameters)
{
    for (size_t layer = 0; network->cell == RNN_LSTM && layer < network->L; layer++) {
        const rnn_tensor *b = rnn_layer_tensor(network, layer, RNN_B);
        for (size_t j = 0; b->count && j < network->H; j++)
            parameters[b->offset + network->H + j] += forget_bias; /* the second gate */
    }
}

rnn_status rnn_network_draw(const rnn_network *network, rnn_init init, uint64_t seed, double forget_bias,
                            double *parameters)
{
    for (size_t i = 0; i < network->parameters; i++)
        parameters[i] = 0;
    switch (init) {
    case RNN_INIT_UNIFORM:
        draw_article(network, seed, parameters);
        break;
    case RNN_INIT_XAVIER:
    case RNN_INIT_ORTHOGONAL:
        for (size_t layer = 0; layer < network->L; layer++)
            draw_layer(network, layer, init == RNN_INIT_ORTHOGONAL, seed, parameters);
        draw_xavier(&network->tensor[RNN_V], network->H, network->O, 1, seed, parameters);
        break;
    case RNN_INIT_ZERO:
        break;
    }
    add_forget_bias(network, forget_bias, parameters);
    return RNN_OK;
}
