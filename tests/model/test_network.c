/* SPDX-License-Identifier: MIT
 * test_network.c - the parameter table over the flat block, and what each way to draw initial weights promises
 */
#include "suites.h"

#include "base/random.h"
#include "base/sha256.h"
#include "model/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table ----------------------------------------------------------------------------------------------------- */

/* The tensors there may be, in their order; of each its shape. */
enum { ROLES = 6 };
static const struct {
    int role;
    const char *name;
} roles[ROLES] = {{RNN_U, "rnn.weight_ih_l0"},     {RNN_W, "rnn.weight_hh_l0"}, {RNN_B, "rnn.bias_ih_l0"},
                  {RNN_B_STATE, "rnn.bias_hn_l0"}, {RNN_V, "head.weight"},      {RNN_C, "head.bias"}};

#define SHARED   RNN_INPUT_SHARED
#define PER_STEP RNN_INPUT_PER_STEP

static const struct {
    rnn_cell cell;
    size_t T, H, columns, targets;
    rnn_input_weights input_weights;
    bool bias;
    size_t shape[ROLES][2], parameters;
} shapes[] = {
    {RNN_ELMAN, 50, 100, 1, 1, SHARED, true, {{100, 1}, {100, 100}, {100, 1}, {0, 1}, {1, 100}, {1, 1}}, 10301},
    {RNN_ELMAN, 50, 100, 1, 1, PER_STEP, false, {{100, 50}, {100, 100}, {0, 1}, {0, 1}, {1, 100}, {0, 1}}, 15100},
    {RNN_ELMAN, 12, 7, 5, 3, SHARED, true, {{7, 5}, {7, 7}, {7, 1}, {0, 1}, {3, 7}, {3, 1}}, 35 + 49 + 7 + 21 + 3},
    {RNN_ELMAN, 12, 7, 5, 3, PER_STEP, true, {{7, 60}, {7, 7}, {7, 1}, {0, 1}, {3, 7}, {3, 1}}, 420 + 49 + 7 + 21 + 3},
    {RNN_ELMAN, 12, 7, 5, 3, SHARED, false, {{7, 5}, {7, 7}, {0, 1}, {0, 1}, {3, 7}, {0, 1}}, 35 + 49 + 21},
    {RNN_ELMAN, 1, 1, 1, 1, SHARED, true, {{1, 1}, {1, 1}, {1, 1}, {0, 1}, {1, 1}, {1, 1}}, 5},
    {RNN_GRU, 12, 7, 5, 3, SHARED, true, {{21, 5}, {21, 7}, {21, 1}, {7, 1}, {3, 7}, {3, 1}}, 105 + 147 + 21 + 7 + 24},
    {RNN_GRU, 12, 7, 5, 3, PER_STEP, false, {{21, 60}, {21, 7}, {0, 1}, {0, 1}, {3, 7}, {0, 1}}, 1260 + 147 + 21},
    {RNN_LSTM, 12, 7, 5, 3, SHARED, true, {{28, 5}, {28, 7}, {28, 1}, {0, 1}, {3, 7}, {3, 1}}, 140 + 196 + 28 + 24},
};

static rnn_network make_cell(rnn_cell cell, size_t T, size_t H, size_t columns, size_t targets,
                             rnn_input_weights input_weights, bool bias, rnn_activation activation)
{
    rnn_settings settings;
    rnn_network network;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.cell = cell;
    settings.seq_len = T;
    settings.hidden = H;
    settings.input_weights = input_weights;
    settings.bias = bias;
    settings.activation = activation;
    ck_assert_int_eq(rnn_network_init(&settings, columns, targets, &network), RNN_OK);
    return network;
}

static rnn_network make(size_t T, size_t H, size_t columns, size_t targets, rnn_input_weights input_weights, bool bias,
                        rnn_activation activation)
{
    return make_cell(RNN_ELMAN, T, H, columns, targets, input_weights, bias, activation);
}

/* Every target has an output for each row of the horizon. */
START_TEST(outputs_over_the_horizon)
{
    rnn_settings settings;
    rnn_network network;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.horizon = 4;
    ck_assert_int_eq(rnn_network_init(&settings, 5, 3, &network), RNN_OK);
    ck_assert_uint_eq(network.targets, 3);
    ck_assert_uint_eq(network.horizon, 4);
    ck_assert_uint_eq(network.O, 12);
    ck_assert_int_eq(rnn_network_init(&settings, 5, SIZE_MAX / 2, &network), RNN_CONFIG);
}
END_TEST

START_TEST(table)
{
    const rnn_network network = make_cell(shapes[_i].cell, shapes[_i].T, shapes[_i].H, shapes[_i].columns,
                                          shapes[_i].targets, shapes[_i].input_weights, shapes[_i].bias, RNN_TANH);
    size_t offset = 0, named = 0;
    for (size_t i = 0; i < ROLES; i++) {
        const rnn_tensor *tensor = &network.tensor[roles[i].role];
        ck_assert_str_eq(tensor->name, roles[i].name);
        ck_assert_uint_eq(tensor->rows, shapes[_i].shape[i][0]);
        ck_assert_uint_eq(tensor->columns, shapes[_i].shape[i][1]);
        ck_assert_uint_eq(tensor->count, tensor->rows * tensor->columns);
        ck_assert_uint_eq(tensor->offset, offset);
        offset += tensor->count;
    }
    for (size_t i = 0; i < RNN_TENSORS; i++)
        named += network.tensor[i].name[0] != '\0';
    ck_assert_uint_eq(named, ROLES);
    ck_assert_uint_eq(network.parameters, offset);
    ck_assert_uint_eq(network.parameters, shapes[_i].parameters);
    ck_assert_int_eq(network.cell, shapes[_i].cell);
    ck_assert_uint_eq(network.T, shapes[_i].T);
    ck_assert_uint_eq(network.H, shapes[_i].H);
    ck_assert_uint_eq(network.D, shapes[_i].columns);
    ck_assert_uint_eq(network.columns, shapes[_i].columns);
    ck_assert_uint_eq(network.targets, shapes[_i].targets);
    ck_assert_uint_eq(network.O, shapes[_i].targets);
    ck_assert_uint_eq(network.horizon, 1);
    ck_assert_int_eq(network.activation, RNN_TANH);
    ck_assert_int_eq(network.input_weights, shapes[_i].input_weights);
    ck_assert_int_eq(network.input_mode, RNN_MODE_STEP);
}
END_TEST

/* Layers one behind the other, then the output, then what they start from; no two tensors of one name or place. */
START_TEST(table_of_a_stack)
{
    static const struct {
        const char *name;
        size_t rows, columns;
    } expected[] = {
        {"rnn.weight_ih_l0", 28, 2}, {"rnn.weight_hh_l0", 28, 7}, {"rnn.bias_ih_l0", 28, 1},
        {"rnn.weight_ih_l1", 28, 7}, {"rnn.weight_hh_l1", 28, 7}, {"rnn.bias_ih_l1", 28, 1},
        {"head.weight", 1, 7},       {"head.bias", 1, 1},         {"rnn.h0_l0", 7, 1},
        {"rnn.c0_l0", 7, 1},         {"rnn.h0_l1", 7, 1},         {"rnn.c0_l1", 7, 1},
    };
    const size_t count = sizeof expected / sizeof *expected;
    rnn_settings settings;
    rnn_network network;
    size_t offset = 0, found = 0;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.cell = RNN_LSTM;
    settings.hidden = 7;
    settings.layers = 2;
    settings.train_h0 = true;
    ck_assert_int_eq(rnn_network_init(&settings, 2, 1, &network), RNN_OK);
    for (size_t i = 0; i < RNN_TENSORS; i++) {
        const rnn_tensor *tensor = &network.tensor[i];
        if (tensor->count == 0)
            continue;
        ck_assert_uint_lt(found, count);
        ck_assert_str_eq(tensor->name, expected[found].name);
        ck_assert_uint_eq(tensor->rows, expected[found].rows);
        ck_assert_uint_eq(tensor->columns, expected[found].columns);
        ck_assert_uint_eq(tensor->offset, offset);
        offset += tensor->count;
        found++;
    }
    ck_assert_uint_eq(found, count);
    ck_assert_uint_eq(network.parameters, offset);
}
END_TEST

START_TEST(truncation_is_within_the_window)
{
    static const size_t given[][2] = {{0, 12}, {1, 1}, {5, 5}, {12, 12}, {13, 12}, {1000, 12}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        rnn_settings settings;
        rnn_network network;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.seq_len = 12;
        settings.bptt_truncate = given[i][0];
        ck_assert_int_eq(rnn_network_init(&settings, 1, 1, &network), RNN_OK);
        ck_assert_uint_eq(network.truncate, given[i][1]);
    }
}
END_TEST

START_TEST(window_mode_reads_the_same_block)
{
    const rnn_network step = make(12, 7, 5, 3, RNN_INPUT_PER_STEP, true, RNN_SIGMOID);
    const rnn_network window = rnn_network_window_mode(&step);
    ck_assert_int_eq(window.input_mode, RNN_MODE_WINDOW);
    ck_assert_int_eq(window.input_weights, RNN_INPUT_SHARED);
    ck_assert_uint_eq(window.D, 60);
    ck_assert_uint_eq(window.columns, 5);
    ck_assert_uint_eq(window.parameters, step.parameters);
    ck_assert_uint_eq(window.tensor[RNN_U].columns, window.D);
    for (size_t role = 0; role < RNN_TENSORS; role++) {
        ck_assert_uint_eq(window.tensor[role].offset, step.tensor[role].offset);
        ck_assert_uint_eq(window.tensor[role].count, step.tensor[role].count);
    }
}
END_TEST

/* Sizes whose product, sum or bytes wrap around. */
START_TEST(too_many_parameters)
{
    static const size_t hidden[] = {(size_t)1 << 32, ((size_t)1 << 32) - 1, (size_t)1 << 31, SIZE_MAX};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        rnn_settings settings;
        rnn_network network;
        char message[128];
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.hidden = hidden[i];
        snprintf(message, sizeof message,
                 "--hidden %zu with 3 input columns: more parameters than memory has addresses", hidden[i]);
        ck_assert_int_eq(rnn_network_init(&settings, 3, 1, &network), RNN_CONFIG);
        ck_assert_str_eq(rnn_error_message(), message);
    }
}
END_TEST

/* ---- Initial weights ----------------------------------------------------------------------------------------------- */

static double *draw(const rnn_network *network, rnn_init init, uint64_t seed)
{
    double *parameters = malloc((network->parameters + 1) * sizeof *parameters);
    if (!parameters)
        ck_abort_msg("out of memory");
    for (size_t i = 0; i <= network->parameters; i++)
        parameters[i] = NAN; /* every element must be written, and none behind the end */
    ck_assert_int_eq(rnn_network_draw(network, init, seed, 1, parameters), RNN_OK);
    for (size_t i = 0; i < network->parameters; i++)
        ck_assert_msg(isfinite(parameters[i]), "parameter %zu", i);
    ck_assert(isnan(parameters[network->parameters]));
    return parameters;
}

static const size_t sizes[] = {1, 2, 7, 61, 93, 100};

static void expect_orthogonal(const double *W, size_t H)
{
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < H; j++) {
            double rows = 0, columns = 0;
            for (size_t k = 0; k < H; k++) {
                rows += W[i * H + k] * W[j * H + k];
                columns += W[k * H + i] * W[k * H + j];
            }
            ck_assert_double_le(fabs(rows - (i == j)), 1e-14);
            ck_assert_double_le(fabs(columns - (i == j)), 1e-14);
        }
}

/* Gram-Schmidt done once would be off by up to 1e-12; twice, by 2e-15. */
START_TEST(W_is_orthogonal)
{
    const size_t H = sizes[_i];
    for (uint64_t seed = 0; seed < 3; seed++) {
        const rnn_cell cell = (rnn_cell)(seed % 3);
        const rnn_network network = make_cell(cell, 5, H, 2, 1, RNN_INPUT_SHARED, true, RNN_SIGMOID);
        double *parameters = draw(&network, RNN_INIT_ORTHOGONAL, seed);
        const double *first = parameters + network.tensor[RNN_W].offset;
        for (size_t gate = 0; gate < rnn_shape_of(cell)->gates; gate++)
            expect_orthogonal(first + gate * H * H, H);
        for (size_t gate = 1; gate < rnn_shape_of(cell)->gates; gate++) /* each has its own */
            ck_assert(H == 1 || memcmp(first, first + gate * H * H, H * H * sizeof *first) != 0);
        free(parameters);
    }
}
END_TEST

/* All within +-bound, on both sides of 0, and of the variance of a uniform there, bound^2 / 3, to a fifth. */
static void expect_uniform(const rnn_tensor *tensor, const double *parameters, double bound)
{
    double sum = 0, squares = 0;
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
        ck_assert_double_le(fabs(parameters[i]), bound);
        sum += parameters[i];
        squares += parameters[i] * parameters[i];
    }
    const double count = (double)tensor->count;
    ck_assert_double_le(fabs(sum / count), 5 * bound / sqrt(3 * count));
    ck_assert_double_le(fabs(3 * squares / count / (bound * bound) - 1), 0.2);
}

static void expect_zero(const rnn_tensor *tensor, const double *parameters)
{
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++)
        ck_assert(parameters[i] == 0);
}

START_TEST(orthogonal_ranges)
{
    static const rnn_activation activations[] = {RNN_SIGMOID, RNN_TANH, RNN_RELU};
    for (size_t a = 0; a < 3; a++)
        for (int per_step = 0; per_step < 2; per_step++) {
            const rnn_network network = make(6, 150, 4, 3, (rnn_input_weights)per_step, true, activations[a]);
            double *parameters = draw(&network, RNN_INIT_ORTHOGONAL, 9);
            const double gain = activations[a] == RNN_SIGMOID ? 4 : 1;
            expect_uniform(&network.tensor[RNN_U], parameters, gain * sqrt(6.0 / (4 + 150)));
            expect_uniform(&network.tensor[RNN_V], parameters, sqrt(6.0 / (150 + 3)));
            expect_zero(&network.tensor[RNN_C], parameters);
            if (activations[a] != RNN_SIGMOID)
                expect_zero(&network.tensor[RNN_B], parameters);
            free(parameters);
        }
}
END_TEST

START_TEST(xavier_ranges)
{
    for (int activation = RNN_SIGMOID; activation <= RNN_RELU; activation++) {
        const rnn_network network = make(6, 150, 4, 3, RNN_INPUT_SHARED, true, (rnn_activation)activation);
        double *parameters = draw(&network, RNN_INIT_XAVIER, 9);
        expect_uniform(&network.tensor[RNN_U], parameters, sqrt(6.0 / (4 + 150)));
        expect_uniform(&network.tensor[RNN_W], parameters, sqrt(6.0 / (150 + 150)));
        expect_uniform(&network.tensor[RNN_V], parameters, sqrt(6.0 / (150 + 3)));
        expect_zero(&network.tensor[RNN_B], parameters);
        expect_zero(&network.tensor[RNN_C], parameters);
        free(parameters);
    }
}
END_TEST

/* Each gate's matrices are as wide as one cell's would be; biases are 0 but for what forget gates are given. */
START_TEST(gates_are_drawn_each_by_itself)
{
    for (int cell = RNN_GRU; cell <= RNN_LSTM; cell++)
        for (int init = RNN_INIT_ORTHOGONAL; init <= RNN_INIT_XAVIER; init++) {
            const rnn_network network = make_cell((rnn_cell)cell, 6, 60, 4, 3, RNN_INPUT_SHARED, true, RNN_SIGMOID);
            double *parameters = draw(&network, (rnn_init)init, 9);
            expect_uniform(&network.tensor[RNN_U], parameters, sqrt(6.0 / (4 + 60)));
            if (init == RNN_INIT_XAVIER)
                expect_uniform(&network.tensor[RNN_W], parameters, sqrt(6.0 / (60 + 60)));
            for (size_t j = 0; j < network.tensor[RNN_B].count; j++)
                ck_assert(parameters[network.tensor[RNN_B].offset + j] == (cell == RNN_LSTM && j / 60 == 1 ? 1 : 0));
            expect_zero(&network.tensor[RNN_B_STATE], parameters);
            expect_zero(&network.tensor[RNN_C], parameters);
            free(parameters);
        }
}
END_TEST

/* Each layer is drawn as one would be, and none as another. */
START_TEST(layers_are_drawn_each_by_itself)
{
    for (int init = RNN_INIT_ORTHOGONAL; init <= RNN_INIT_UNIFORM; init++) {
        rnn_settings settings;
        rnn_network network;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.hidden = 30;
        settings.layers = 3;
        settings.train_h0 = true;
        ck_assert_int_eq(rnn_network_init(&settings, 30, 1, &network), RNN_OK); /* as wide as a layer: U could be one */
        double *parameters = draw(&network, (rnn_init)init, 3);
        for (size_t a = 0; a < 3; a++) {
            const double *U = parameters + rnn_layer_tensor(&network, a, RNN_U)->offset;
            const double *W = parameters + rnn_layer_tensor(&network, a, RNN_W)->offset;
            if (init == RNN_INIT_ORTHOGONAL)
                expect_orthogonal(W, 30);
            for (size_t b = 0; b < a; b++) {
                ck_assert(memcmp(W, parameters + rnn_layer_tensor(&network, b, RNN_W)->offset, 900 * sizeof *W) != 0);
                ck_assert(memcmp(U, parameters + rnn_layer_tensor(&network, b, RNN_U)->offset, 900 * sizeof *U) != 0);
            }
            expect_zero(rnn_start_tensor(&network, a, false), parameters);
        }
        free(parameters);
    }
}
END_TEST

START_TEST(zero_draws_nothing)
{
    for (int cell = RNN_ELMAN; cell <= RNN_LSTM; cell++) {
        const rnn_network network = make_cell((rnn_cell)cell, 5, 7, 2, 1, RNN_INPUT_SHARED, true, RNN_SIGMOID);
        double *parameters = draw(&network, RNN_INIT_ZERO, 42);
        for (size_t i = 0; i < network.parameters; i++) {
            const size_t in_b = i - network.tensor[RNN_B].offset;
            ck_assert(parameters[i] == (cell == RNN_LSTM && in_b >= 7 && in_b < 14 ? 1 : 0));
        }
        free(parameters);
    }
}
END_TEST

/* h = 1/2 without input stays 1/2: b + W h = 0. */
START_TEST(sigmoid_biases_are_centred)
{
    const rnn_network network = make(5, 61, 2, 1, RNN_INPUT_SHARED, true, RNN_SIGMOID);
    double *parameters = draw(&network, RNN_INIT_ORTHOGONAL, 42);
    for (size_t j = 0; j < 61; j++) {
        double z = parameters[network.tensor[RNN_B].offset + j];
        for (size_t k = 0; k < 61; k++)
            z += 0.5 * parameters[network.tensor[RNN_W].offset + j * 61 + k];
        ck_assert_double_le(fabs(z), 1e-14);
    }
    free(parameters);
}
END_TEST

/* U, W, V row-major, one after the other, from one generator; biases take no draw and stay 0. */
START_TEST(uniform_draws_as_the_article)
{
    static const int order[] = {RNN_U, RNN_W, RNN_V};
    for (int bias = 0; bias < 2; bias++) {
        const rnn_network network = make(50, 100, 1, 1, RNN_INPUT_PER_STEP, bias, RNN_SIGMOID);
        double *parameters = draw(&network, RNN_INIT_UNIFORM, 42);
        rnn_mt19937 generator;
        rnn_mt19937_seed(&generator, 42);
        for (size_t role = 0; role < 3; role++)
            for (size_t i = 0; i < network.tensor[order[role]].count; i++)
                ck_assert(parameters[network.tensor[order[role]].offset + i] == rnn_mt19937_uniform(&generator));
        expect_zero(&network.tensor[RNN_B], parameters);
        expect_zero(&network.tensor[RNN_C], parameters);
        ck_assert(parameters[0] == 0.3745401188473625); /* U[0][0] of the article's run */
        free(parameters);
    }
}
END_TEST

START_TEST(seeds)
{
    static const uint64_t others[] = {1, 43, UINT64_C(1) << 32, UINT64_C(1) << 63};
    const rnn_network network = make(5, 20, 2, 1, RNN_INPUT_SHARED, true, RNN_SIGMOID);
    const size_t size = network.parameters * sizeof(double);
    for (int init = RNN_INIT_ORTHOGONAL; init <= RNN_INIT_XAVIER; init++) {
        double *first = draw(&network, (rnn_init)init, 0), *again = draw(&network, (rnn_init)init, 0);
        ck_assert_mem_eq(first, again, size);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            double *other = draw(&network, (rnn_init)init, others[i]);
            for (size_t role = 0; role < RNN_TENSORS; role++)
                if (role == RNN_U || role == RNN_W || role == RNN_V)
                    ck_assert_mem_ne(first + network.tensor[role].offset, other + network.tensor[role].offset,
                                     network.tensor[role].count * sizeof(double));
            free(other);
        }
        free(again);
        free(first);
    }
}
END_TEST

/* As float for seed 42 and one column, what a plain run starts from. Changing any of these changes every model. */
static const struct {
    rnn_init init;
    rnn_activation activation;
    const char *sha256;
} pinned[] = {
    {RNN_INIT_ORTHOGONAL, RNN_SIGMOID, "c16c82766113f87ecf193f716c2f1d1a4971ae2a3ef1eb830ff5f6e5224a812e"},
    {RNN_INIT_ORTHOGONAL, RNN_TANH, "03d35a825851999cbf41e13315470d7e2232f6bb69509c04af53e27372c2f806"},
    {RNN_INIT_XAVIER, RNN_SIGMOID, "9bf98ecc567b965cecce3b94c702649b5e739517f79a8d6a26a04fc694630faf"},
    {RNN_INIT_UNIFORM, RNN_SIGMOID, "30cf1fde7a7274f794eccf7c03663c26c295c39238cb9e64627b1e1752a0f5ee"},
};

START_TEST(values_are_stable)
{
    char hex[65];
    rnn_settings settings;
    rnn_network network;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.activation = pinned[_i].activation;
    ck_assert_int_eq(rnn_network_init(&settings, 1, 1, &network), RNN_OK);
    double *parameters = draw(&network, pinned[_i].init, settings.seed);
    float *narrow = malloc(network.parameters * sizeof *narrow);
    ck_assert_ptr_nonnull(narrow);
    for (size_t i = 0; i < network.parameters; i++)
        narrow[i] = (float)parameters[i];
    rnn_sha256_hex(narrow, network.parameters * sizeof *narrow, hex);
    ck_assert_str_eq(hex, pinned[_i].sha256);
    free(narrow);
    free(parameters);
}
END_TEST

Suite *network_suite(void)
{
    Suite *suite = suite_create("network");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, outputs_over_the_horizon);
    tcase_add_loop_test(tests, table, 0, sizeof shapes / sizeof *shapes);
    tcase_add_test(tests, table_of_a_stack);
    tcase_add_test(tests, truncation_is_within_the_window);
    tcase_add_test(tests, window_mode_reads_the_same_block);
    tcase_add_test(tests, too_many_parameters);
    suite_add_tcase(suite, tests);
    tests = tcase_create("draw");
    tcase_add_loop_test(tests, W_is_orthogonal, 0, sizeof sizes / sizeof *sizes);
    tcase_add_test(tests, orthogonal_ranges);
    tcase_add_test(tests, xavier_ranges);
    tcase_add_test(tests, gates_are_drawn_each_by_itself);
    tcase_add_test(tests, layers_are_drawn_each_by_itself);
    tcase_add_test(tests, zero_draws_nothing);
    tcase_add_test(tests, sigmoid_biases_are_centred);
    tcase_add_test(tests, uniform_draws_as_the_article);
    tcase_add_test(tests, seeds);
    tcase_add_loop_test(tests, values_are_stable, 0, sizeof pinned / sizeof *pinned);
    suite_add_tcase(suite, tests);
    return suite;
}
