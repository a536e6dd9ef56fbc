/* SPDX-License-Identifier: MIT
 * test_equal.c - the arithmetic contract: reference and OpenCL device give the same bits, whatever the shape (`equal`) and the
 * tuning (`tiles`, which has what the grid leaves out as well)
 *
 * The grid is the product of the factors below. An ordinary run takes a selection of it in which every pair of values of two
 * different factors occurs, cheapest cases first; RNN_TEST_FULL=1 takes all of it. Losses, missing targets, optimisers, weight
 * decay, clipping and the batch the plan is made for change along the way.
 * Beside the bits, each selected case is held against the double oracle (libm's exp and tanh) within harness_bound.
 */
#include "harness.h"
#include "suites.h"

#include "backend/reference.h"
#include "base/sha256.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- The grid ------------------------------------------------------------------------------------------------------ */

/* First the factors that a kernel is built for, so that neighbours in the grid share kernels. */
enum { CELL, LAYERS, HIDDEN, STEPS, INPUTS, OUTPUTS, PER_STEP, BIAS, BATCH, TRUNCATE, EVERY, FACTORS };
#define MAX_VALUES 7
#define MAX_CASES  128

typedef struct factor {
    size_t values[MAX_VALUES], count;
} factor;

static const factor whole[FACTORS] = {
    [CELL] = {{0, 1, 2, 3, 4}, 5},    [LAYERS] = {{1, 2, 3}, 3}, [HIDDEN] = {{1, 7, 16, 61, 100, 128, 200}, 7},
    [STEPS] = {{1, 2, 5, 50, 93}, 5}, [INPUTS] = {{1, 3}, 2},    [OUTPUTS] = {{1, 3}, 2},
    [PER_STEP] = {{0, 1}, 2},         [BIAS] = {{0, 1}, 2},      [BATCH] = {{1, 7, 61, 100}, 4},
    [TRUNCATE] = {{0, 1, 5}, 3},      [EVERY] = {{0, 1}, 2},
};

/* RNN_TEST_TINY: what an emulator finishes in minutes */
static const factor tiny[FACTORS] = {
    [CELL] = {{0, 1, 2, 3, 4}, 5}, [LAYERS] = {{1, 2}, 2},   [HIDDEN] = {{1, 7, 17}, 3}, [STEPS] = {{1, 3}, 2},
    [INPUTS] = {{1, 3}, 2},        [OUTPUTS] = {{1, 3}, 2},  [PER_STEP] = {{0, 1}, 2},   [BIAS] = {{0, 1}, 2},
    [BATCH] = {{1, 9}, 2},         [TRUNCATE] = {{0, 1}, 2}, [EVERY] = {{0, 1}, 2},
};

static const factor *grid(void)
{
    return harness_is_tiny() ? tiny : whole;
}

static size_t grid_size(void)
{
    size_t size = 1;
    for (int f = 0; f < FACTORS; f++)
        size *= grid()[f].count;
    return size;
}

/* Which value of each factor case `index` of the grid has; the last factor changes fastest. */
static void grid_levels(size_t index, size_t level[FACTORS])
{
    for (int f = FACTORS; f-- > 0;) {
        level[f] = index % grid()[f].count;
        index /= grid()[f].count;
    }
}

static harness_case grid_case(size_t index, size_t variation)
{
    static const struct {
        rnn_cell cell;
        rnn_activation activation;
    } cells[] = {{RNN_ELMAN, RNN_SIGMOID},
                 {RNN_ELMAN, RNN_TANH},
                 {RNN_ELMAN, RNN_RELU},
                 {RNN_GRU, RNN_SIGMOID},
                 {RNN_LSTM, RNN_SIGMOID}};
    size_t level[FACTORS], v[FACTORS];
    grid_levels(index, level);
    for (int f = 0; f < FACTORS; f++)
        v[f] = grid()[f].values[level[f]];
    return (harness_case){
        .cell = cells[v[CELL]].cell,
        .activation = cells[v[CELL]].activation,
        .layers = v[LAYERS],
        .dropout = v[LAYERS] > 1 && variation % 2 ? 0.4 : 0,
        .H = v[HIDDEN],
        .T = v[STEPS],
        .B = v[BATCH],
        .D = v[INPUTS],
        .O = v[OUTPUTS],
        .train_h0 = variation % 3 == 1,
        .per_step = v[PER_STEP] != 0,
        .bias = v[BIAS] != 0,
        .truncate = v[TRUNCATE],
        .every = v[EVERY] != 0,
        .batch = variation % 4 == 3 ? v[BATCH] + 37 : 0,
        .loss = (rnn_loss)(variation / 2 % 4),
        .gaps = variation % 7 == 0 && v[OUTPUTS] > v[INPUTS] && v[BATCH] > 1,
        .optimizer = (rnn_optimizer)(variation % 6),
        .weight_decay = variation % 5 < 3 ? 0 : 0.1,
        .clip_value = variation / 3 % 4 == 1 || variation / 3 % 4 == 3 ? 0.02 : 0,
        .clip_norm = variation / 3 % 4 >= 2 ? 0.03 : 0,
    };
}

static double grid_cost(const size_t level[FACTORS])
{
    const double H = (double)grid()[HIDDEN].values[level[HIDDEN]];
    const double layers = (double)grid()[LAYERS].values[level[LAYERS]];
    return layers * H * H * (double)(grid()[STEPS].values[level[STEPS]] * grid()[BATCH].values[level[BATCH]]);
}

typedef bool pair_table[FACTORS][MAX_VALUES][FACTORS][MAX_VALUES];

static size_t count_new_pairs(pair_table seen, const size_t level[FACTORS], bool mark)
{
    size_t fresh = 0;
    for (int f = 0; f < FACTORS; f++)
        for (int g = f + 1; g < FACTORS; g++) {
            bool *pair = &seen[f][level[f]][g][level[g]];
            fresh += !*pair;
            *pair |= mark;
        }
    return fresh;
}

static size_t selection[MAX_CASES], selected;

static int compare_indices(const void *a, const void *b)
{
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* Greedy: again and again the case that brings most new pairs, the cheapest of those. Nothing random, so always the same. */
static void select_pairs(void)
{
    pair_table seen = {0};
    for (selected = 0; selected < MAX_CASES; selected++) {
        size_t level[FACTORS], best = 0, most = 0;
        double least = INFINITY;
        for (size_t i = 0; i < grid_size(); i++) {
            grid_levels(i, level);
            const size_t fresh = count_new_pairs(seen, level, false);
            if (fresh > most || (fresh == most && grid_cost(level) < least)) {
                best = i;
                most = fresh;
                least = grid_cost(level);
            }
        }
        if (most == 0)
            break;
        grid_levels(best, level);
        count_new_pairs(seen, level, true);
        selection[selected] = best;
    }
    qsort(selection, selected, sizeof *selection, compare_indices);
}

/* ---- Backends ------------------------------------------------------------------------------------------------------ */

static rnn_backend *reference[2], *device[2], *oracle; /* by rnn_precision */

static void open_backends(void)
{
    rnn_device_info info;
    ck_assert_msg(harness_device(&info) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(rnn_reference_open_float(&reference[RNN_FLOAT]) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(rnn_reference_open_double(&reference[RNN_DOUBLE]) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(rnn_reference_open_oracle(&oracle) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(harness_open(RNN_FLOAT, NULL, &device[RNN_FLOAT]) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(!info.fp64 || harness_open(RNN_DOUBLE, NULL, &device[RNN_DOUBLE]) == RNN_OK, "%s",
                  rnn_error_message());
}

static void close_backends(void)
{
    for (int precision = 0; precision < 2; precision++) {
        rnn_backend_close(reference[precision]);
        rnn_backend_close(device[precision]);
        reference[precision] = device[precision] = NULL;
    }
    rnn_backend_close(oracle);
    oracle = NULL;
}

static void run(rnn_backend *backend, const harness_case *c, harness_result *out)
{
    char name[256];
    harness_name(c, name, sizeof name);
    ck_assert_msg(harness_run(backend, c, out) == RNN_OK, "%s\n  on %s: %s", name, backend->info.name,
                  rnn_error_message());
}

/* ---- Checks -------------------------------------------------------------------------------------------------------- */

static void expect_bits(const harness_case *c, const harness_result *expected, const harness_result *found)
{
    char name[256], text[256];
    harness_name(c, name, sizeof name);
    ck_assert_msg(!harness_differs(expected, found, text, sizeof text), "%s\n  reference against device, %s", name,
                  text);
}

static size_t clips, idle_clips; /* that changed nothing and prove little */

/* Equal bits of a case that had something to get wrong. */
static void expect_equal(const harness_case *c, const harness_result *expected, const harness_result *found)
{
    char name[256];
    harness_name(c, name, sizeof name);
    expect_bits(c, expected, found);
    ck_assert_msg(harness_mostly_zero(expected, c) == NULL || c->H < 7, "%s\n  %s is mostly zero and proves little",
                  name, harness_mostly_zero(expected, c));
    if (c->clip_value > 0 || c->clip_norm > 0) {
        const harness_tensor *before = harness_find(expected, "gradient"),
                             *after = harness_find(expected, "clipped gradient");
        clips++;
        idle_clips += memcmp(before->values, after->values, before->count * sizeof(double)) == 0;
    }
}

static double largest_distance[2];

static void expect_near_oracle(const harness_case *c, rnn_precision precision, const harness_result *found)
{
    char name[256], where[256] = "";
    harness_result exact;
    run(oracle, c, &exact);
    harness_name(c, name, sizeof name);
    const double bound = harness_bound(c, precision == RNN_FLOAT ? FLT_EPSILON : DBL_EPSILON);
    const double distance = harness_distance(&exact, found, where, sizeof where);
    ck_assert_msg(distance <= bound, "%s\n  oracle against %s: %.3g, bound %.3g, at %s", name,
                  precision == RNN_FLOAT ? "float" : "double", distance, bound, where);
    largest_distance[precision] = fmax(largest_distance[precision], distance / bound);
    harness_result_free(&exact);
}

static void check_case(const harness_case *c, rnn_precision precision, bool with_oracle)
{
    harness_result expected, found;
    run(reference[precision], c, &expected);
    run(device[precision], c, &found);
    if (with_oracle) {
        expect_equal(c, &expected, &found);
        expect_near_oracle(c, precision, &found);
    } else { /* of the whole grid some gradients are small: not every case can tell as much as a selected one */
        expect_bits(c, &expected, &found);
    }
    harness_result_free(&expected);
    harness_result_free(&found);
}

START_TEST(selected_case_has_the_reference_bits)
{
    const harness_case c = grid_case(selection[_i], (size_t)_i);
    check_case(&c, RNN_FLOAT, true);
}
END_TEST

START_TEST(any_case_has_the_reference_bits)
{
    const harness_case c = grid_case((size_t)_i, (size_t)_i);
    check_case(&c, RNN_FLOAT, false);
}
END_TEST

/* Every fifth of the selection that is not among the largest. */
START_TEST(double_has_the_reference_bits)
{
    size_t ran = 0;
    for (size_t i = 0; device[RNN_DOUBLE] && i < selected; i += 5) {
        const harness_case c = grid_case(selection[i], i);
        if (c.H * c.H * c.T * c.B > 10000000)
            continue;
        check_case(&c, RNN_DOUBLE, true);
        ran++;
    }
    ck_assert_msg(!device[RNN_DOUBLE] || ran >= 2, "only %zu cases in double", ran);
}
END_TEST

START_TEST(distances_stay_well_within_their_bounds)
{
    printf("equal: largest distance from the oracle, in bounds: float %.2f, double %.2f\n", largest_distance[RNN_FLOAT],
           largest_distance[RNN_DOUBLE]);
    ck_assert_double_lt(largest_distance[RNN_FLOAT], 1);
    ck_assert_double_gt(largest_distance[RNN_FLOAT], 0.01); /* a bound far above what happens would catch nothing */
}
END_TEST

START_TEST(clips_have_something_to_do)
{
    printf("equal: %zu clips, of which %zu changed nothing\n", clips, idle_clips);
    ck_assert_uint_ge(clips, 10);
    ck_assert_uint_le(4 * idle_clips, clips);
}
END_TEST

/* ---- Tunings ------------------------------------------------------------------------------------------------------- */

static const rnn_tuning tunings[] = {
    {.vec = 1},
    {.vec = 4, .rows = 1, .cols = 2, .grad_rows = 1, .grad_cols = 3, .grad_tiles = 3, .grad_terms = 7},
    {.vec = 8, .rows = 2, .cols = 1, .grad_rows = 5, .grad_cols = 1},
    {.vec = 16, .rows = 5, .cols = 1, .grad_rows = 3, .grad_tiles = 1, .grad_terms = 1},
    {.vec = 2, .rows = 3, .cols = 3, .fused_bytes = 1},
    {.vec = 4, .rows = 4, .cols = 1, .fused_bytes = 1},
    {.vec = 1, .rows = 4, .cols = 1, .lanes = 32, .grad_rows = 8, .grad_cols = 1, .grad_terms = 5},
    {.vec = 1, .rows = 3, .cols = 2, .lanes = 8, .fused_bytes = 1},
    {.vec = 4, .rows = 2, .cols = 1, .lanes = 3, .grad_rows = 2, .grad_tiles = 4, .grad_terms = 3},
    {.vec = 1, .rows = 1, .cols = 1, .lanes = 1, .grad_rows = 1, .grad_cols = 1},
};

static const harness_case tuned_cases[] = {
    {.activation = RNN_TANH,
     .H = 17,
     .T = 5,
     .B = 9,
     .D = 3,
     .O = 3,
     .per_step = true,
     .bias = true,
     .train_h0 = true,
     .truncate = 2,
     .optimizer = RNN_ADAM,
     .clip_norm = 0.03},
    {.activation = RNN_SIGMOID, .H = 61, .T = 3, .B = 7, .D = 1, .O = 1, .bias = true, .optimizer = RNN_MOMENTUM},
    {.cell = RNN_GRU, .H = 17, .T = 4, .B = 9, .D = 3, .O = 1, .bias = true, .truncate = 2},
    {.cell = RNN_LSTM, .H = 17, .T = 4, .B = 9, .D = 3, .O = 1, .bias = true},
    {.cell = RNN_GRU,
     .layers = 2,
     .H = 17,
     .T = 4,
     .B = 9,
     .D = 3,
     .O = 1,
     .bias = true,
     .dropout = 0.3,
     .truncate = 3},
    {.cell = RNN_LSTM,
     .layers = 2,
     .H = 17,
     .T = 5,
     .B = 9,
     .D = 3,
     .O = 2,
     .bias = true,
     .truncate = 3,
     .every = true},
    {.activation = RNN_TANH, .layers = 3, .H = 21, .T = 3, .B = 9, .D = 1, .O = 1, .bias = true, .train_h0 = true},
};

START_TEST(tuning_changes_no_bit)
{
    rnn_backend *tuned;
    ck_assert_msg(harness_open(RNN_FLOAT, &tunings[_i], &tuned) == RNN_OK, "%s", rnn_error_message());
    for (size_t i = 0; i < (harness_is_tiny() ? 1 : COUNT(tuned_cases)); i++) {
        harness_result expected, found;
        if (i > 0 && !harness_is_full() && (i + (size_t)_i) % 3 != 0)
            continue; /* each case but the first meets every third tuning: compilers take most of the time */
        run(reference[RNN_FLOAT], &tuned_cases[i], &expected);
        run(tuned, &tuned_cases[i], &found);
        expect_equal(&tuned_cases[i], &expected, &found);
        harness_result_free(&expected);
        harness_result_free(&found);
    }
    rnn_backend_close(tuned);
}
END_TEST

/* Every batch from a record to some blocks, with shares of every size, from one that holds the minibatch to none. */
START_TEST(any_share_of_records_has_the_reference_bits)
{
    /* an Elman record needs 408 bytes where VEC is 16; a gated one four to five times that */
    const unsigned near[] = {1, 2100, 2900, 3700, 8000, 16000, 1U << 30};
    const rnn_tuning tuning = {
        .rows = 5, .cols = 1, .lanes = 1, .grad_rows = 4, .grad_cols = 1, .near_bytes = near[_i]};
    rnn_backend *tuned;
    ck_assert_msg(harness_open(RNN_FLOAT, &tuning, &tuned) == RNN_OK, "%s", rnn_error_message());
    for (size_t B = 1; B <= 70; B += harness_is_tiny() ? 11 : 1) {
        for (int cell = RNN_ELMAN; cell <= RNN_LSTM; cell++) {
            const harness_case c = {
                .cell = (rnn_cell)cell, .activation = RNN_TANH, .H = 9, .T = 3, .B = B, .D = 2, .O = 2, .bias = true};
            harness_result expected, found;
            run(reference[RNN_FLOAT], &c, &expected);
            run(tuned, &c, &found);
            expect_bits(&c, &expected, &found);
            harness_result_free(&expected);
            harness_result_free(&found);
        }
    }
    rnn_backend_close(tuned);
}
END_TEST

/* ---- What the grid leaves out -------------------------------------------------------------------------------------- */

static const harness_case special_cases[] = {
    /* the whole window at every step: T * D inputs */
    {.activation = RNN_SIGMOID, .H = 7, .T = 5, .B = 7, .D = 3, .O = 1, .per_step = true, .window = true},
    {.activation = RNN_TANH, .H = 17, .T = 3, .B = 9, .D = 1, .O = 1, .per_step = true, .window = true, .bias = true},
    /* blocks of the sum over records other than the contract's: one record each, uneven, more blocks than records */
    {.activation = RNN_TANH, .H = 7, .T = 2, .B = 9, .D = 1, .O = 3, .bias = true, .blocks = 8, .clip_norm = 0.03},
    {.activation = RNN_TANH, .H = 7, .T = 2, .B = 9, .D = 1, .O = 3, .bias = true, .blocks = 4},
    {.activation = RNN_TANH, .H = 7, .T = 2, .B = 9, .D = 1, .O = 3, .bias = true, .blocks = 64},
/* every loss, complete and with missing targets, with every optimiser, decaying and not: by operations and fused */
#define LOSS(kind, rule)                                                                                               \
    {.activation = RNN_TANH, .H = 17, .T = 3, .B = 61, .D = 1, .O = 3, .bias = true, .loss = kind, .optimizer = rule}, \
    {                                                                                                                  \
        .activation = RNN_TANH, .H = 17, .T = 3, .B = 61, .D = 1, .O = 3, .bias = true, .loss = kind, .gaps = true,    \
        .optimizer = rule, .weight_decay = 0.1                                                                         \
    }
    LOSS(RNN_MSE, RNN_NESTEROV),
    LOSS(RNN_MAE, RNN_RMSPROP),
    LOSS(RNN_HUBER, RNN_ADAM),
    LOSS(RNN_QUANTILE, RNN_ADAMW),
    LOSS(RNN_MAE, RNN_SGD),
    LOSS(RNN_QUANTILE, RNN_MOMENTUM),
#undef LOSS
    /* h0 trained where the truncation does not reach it, in one launch and stepwise */
    {.cell = RNN_LSTM,
     .layers = 2,
     .H = 9,
     .T = 4,
     .B = 9,
     .D = 1,
     .O = 3,
     .bias = true,
     .train_h0 = true,
     .truncate = 3},
    {.activation = RNN_TANH, .H = 9, .T = 4, .B = 9, .D = 1, .O = 3, .train_h0 = true},
    /* a loss at every step: that of each kind, where some targets are missing, h0 is trained, the truncation cuts */
    {.activation = RNN_TANH, .H = 9, .T = 6, .B = 9, .D = 1, .O = 3, .bias = true, .every = true, .gaps = true},
    {.cell = RNN_GRU,
     .H = 9,
     .T = 6,
     .B = 33,
     .D = 1,
     .O = 3,
     .bias = true,
     .truncate = 4,
     .every = true,
     .loss = RNN_QUANTILE,
     .gaps = true},
    {.cell = RNN_LSTM,
     .layers = 2,
     .dropout = 0.3,
     .H = 9,
     .T = 5,
     .B = 9,
     .D = 2,
     .O = 2,
     .bias = true,
     .train_h0 = true,
     .every = true,
     .loss = RNN_HUBER},
    /* gated cells likewise */
    {.cell = RNN_GRU, .H = 7, .T = 5, .B = 7, .D = 3, .O = 1, .per_step = true, .window = true, .bias = true},
    {.cell = RNN_GRU, .H = 9, .T = 2, .B = 9, .D = 1, .O = 3, .bias = true, .blocks = 8, .clip_norm = 0.03},
    {.cell = RNN_LSTM, .H = 7, .T = 5, .B = 7, .D = 3, .O = 1, .per_step = true, .window = true, .bias = true},
    {.cell = RNN_LSTM, .H = 9, .T = 2, .B = 9, .D = 1, .O = 3, .bias = true, .blocks = 8, .clip_norm = 0.03},
};

START_TEST(special_case_has_the_reference_bits)
{
    check_case(&special_cases[_i], RNN_FLOAT, true);
}
END_TEST

START_TEST(blocks_are_part_of_the_contract)
{
    harness_result a, b;
    char text[256];
    run(device[RNN_FLOAT], &special_cases[2], &a);
    run(device[RNN_FLOAT], &special_cases[3], &b);
    const harness_tensor *left = harness_find(&a, "gradient"), *right = harness_find(&b, "gradient");
    ck_assert_msg(memcmp(left->values, right->values, left->count * sizeof(double)) != 0,
                  "8 and 4 blocks of records gave the same bits: nothing depends on the order of summation");
    ck_assert(harness_differs(&a, &b, text, sizeof text));
    harness_result_free(&a);
    harness_result_free(&b);
}
END_TEST

/* The contract itself, pinned: a change of an order of summation or of a rounding that is made alike in reference and kernels
 * keeps them equal, but changes every model ever trained. Digests of the first step's tensors, and of losses, moments and parameters at
 * the end, as doubles, little-endian. */
static const struct {
    harness_case c;
    const char *digest[2]; /* by rnn_precision */
} pinned[] = {
    {{.activation = RNN_SIGMOID,
      .H = 16,
      .T = 5,
      .B = 61,
      .D = 3,
      .O = 3,
      .bias = true,
      .truncate = 3,
      .clip_norm = 0.03},
     {"147c6aec186923b6ff40c14670e0bc1bd83fec3907698ab2a0f0081423a97b74",
      "3b1d26f5f865878e6fb38fb3df59c8017359d91a8b96ef3bb676a0297f151046"}},
    {{.activation = RNN_TANH, .H = 17, .T = 4, .B = 61, .D = 1, .O = 1, .per_step = true, .optimizer = RNN_MOMENTUM},
     {"369bdea4f6430f7a5a4a5cc48b5b9580de940bdb630ec9fe24f67fd83d37f094",
      "42d81bddb2da0ef7463d405482c456552c295d51a9e90a4bb9fe6d5f6aed6b54"}},
    {{.activation = RNN_RELU, .H = 7, .T = 3, .B = 9, .D = 3, .O = 1, .bias = true, .clip_value = 0.02},
     {"eff787c881088bb4050186174fb3277a524c0bf5351269c34e951a178d27c4d0",
      "79435092f1fba7cdc142bf561ce63ee860d7fac94ae06dac85fab51f31259e8d"}},
};

START_TEST(contract_is_what_it_was)
{
    for (int precision = RNN_FLOAT; precision <= RNN_DOUBLE; precision++) {
        harness_result result;
        rnn_sha256 hash;
        unsigned char bytes[32];
        char hex[65], name[256];
        run(reference[precision], &pinned[_i].c, &result);
        rnn_sha256_init(&hash);
        for (size_t i = 0; i < result.count; i++)
            if (i < result.first_step || i + 3 >= result.count)
                rnn_sha256_update(&hash, result.tensor[i].values, result.tensor[i].count * sizeof(double));
        rnn_sha256_final(&hash, bytes);
        rnn_sha256_print(bytes, hex);
        harness_result_free(&result);
        harness_name(&pinned[_i].c, name, sizeof name);
        ck_assert_msg(strcmp(hex, pinned[_i].digest[precision]) == 0,
                      "%s, %s: digest\n  %s, was\n  %s\n  The arithmetic contract changed: every result does", name,
                      precision == RNN_FLOAT ? "float" : "double", hex, pinned[_i].digest[precision]);
    }
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_unchecked_fixture(tests, open_backends, close_backends);
    suite_add_tcase(suite, tests);
    return tests;
}

Suite *equal_suite(void)
{
    Suite *suite = suite_create("equal");
    TCase *grid_tests = add_case(suite, "grid");
    select_pairs();
    tcase_add_loop_test(grid_tests, selected_case_has_the_reference_bits, 0, (int)selected);
    if (harness_is_full() && !harness_is_tiny())
        tcase_add_loop_test(grid_tests, any_case_has_the_reference_bits, 0, (int)grid_size());
    tcase_add_test(grid_tests, double_has_the_reference_bits);
    tcase_add_test(grid_tests, distances_stay_well_within_their_bounds);
    tcase_add_test(grid_tests, clips_have_something_to_do);
    add_op_tests(suite);
    return suite;
}

Suite *tiles_suite(void)
{
    Suite *suite = suite_create("tiles");
    TCase *tuning_tests = add_case(suite, "tunings"), *special = add_case(suite, "special");
    tcase_add_loop_test(tuning_tests, tuning_changes_no_bit, 0, (int)COUNT(tunings));
    tcase_add_loop_test(tuning_tests, any_share_of_records_has_the_reference_bits, 0, 7);
    tcase_add_loop_test(special, special_case_has_the_reference_bits, 0, (int)COUNT(special_cases));
    tcase_add_test(special, blocks_are_part_of_the_contract);
    tcase_add_loop_test(special, contract_is_what_it_was, 0, (int)COUNT(pinned));
    return suite;
}
