/* SPDX-License-Identifier: MIT
 * test_activation.c - exp, sigmoid and tanh: the kernels' bits are the reference's, and both are right to 2 ulp (below: one exception)
 *
 * Float: every STRIDE-th of the 2^32 bit patterns (a prime, so that no group of exponents or low bits is left out) and the
 * special values; with RNN_TEST_FULL=1 all 2^32. Double: random bit patterns and random arguments where the functions do
 * something. Once with scalars and once with the device's own vectors: a vector must not change a lane.
 */
#include "kernels/kernel_folder.h"
#include "kernels/probe.h"
#include "suites.h"

#include "backend/harness.h"
#include "backend/opencl/internal.h"
#include "base/random.h"
#include "base/sha256.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRIDE 997
#define CHUNK  ((size_t)1 << 20)

/* The contract's 2 ulp, met on all floats. Doubles can only be sampled: of 10^9, the farthest tanh was 2.0049 off. */
static const double max_ulp[] = {[RNN_FLOAT] = 2, [RNN_DOUBLE] = 2.01};

/* RNN_KERNEL_DIR holds whole folders, so the include files come along. */
static void set_up(void)
{
    kernel_folder_make();
    kernel_folder_copy("../kernels/real.clh");
    kernel_folder_copy("../kernels/activation.clh");
    kernel_folder_copy("kernels/activation_probe.cl");
}

/* ---- One precision on the device ------------------------------------------------------------------------------------- */

enum { SCALAR, NATIVE, WIDTHS };

typedef struct bench {
    const probe_precision *precision;
    rnn_backend *backend;
    cl_kernel kernels[WIDTHS];
    unsigned vec[WIDTHS];
    rnn_buffer *x, *out;
    void *arguments, *expected, *found;
    double largest[PROBE_FUNCTIONS], where[PROBE_FUNCTIONS];
    size_t tested;
} bench;

static void expect_ok(rnn_status status)
{
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
}

static const char *const files[] = {"activation_probe.cl", NULL};

/* false: the device has no such precision */
static bool open_bench(bench *b, const probe_precision *precision)
{
    const bool twice = precision->size == sizeof(double);
    rnn_device_info info;
    *b = (bench){.precision = precision};
    expect_ok(harness_device(&info));
    if (twice && !info.fp64) {
        printf("activation: %s has no double precision\n", info.name);
        return false;
    }
    expect_ok(harness_open(twice ? RNN_DOUBLE : RNN_FLOAT, NULL, &b->backend));
    ocl_backend *self = (ocl_backend *)b->backend;
    b->vec[SCALAR] = 1;
    b->vec[NATIVE] = self->native_vector > 1 ? self->native_vector : 4;
    for (int width = 0; width < WIDTHS; width++) {
        char options[32];
        snprintf(options, sizeof options, "-DVEC=%u", b->vec[width]);
        expect_ok(ocl_build_kernel(self, files, "probe", options, &b->kernels[width]));
    }
    expect_ok(ocl_alloc(b->backend, CHUNK * precision->size, "x", &b->x));
    expect_ok(ocl_alloc(b->backend, 3 * CHUNK * precision->size, "out", &b->out));
    b->arguments = malloc(CHUNK * precision->size);
    b->expected = malloc(3 * CHUNK * precision->size);
    b->found = malloc(3 * CHUNK * precision->size);
    ck_assert(b->arguments && b->expected && b->found);
    return true;
}

static void close_bench(bench *b)
{
    for (int width = 0; width < WIDTHS; width++)
        clReleaseKernel(b->kernels[width]);
    ocl_release(b->backend, b->x);
    ocl_release(b->backend, b->out);
    rnn_backend_close(b->backend);
    free(b->arguments);
    free(b->expected);
    free(b->found);
}

static double argument(const bench *b, size_t i)
{
    return b->precision->size == sizeof(double) ? ((double *)b->arguments)[i] : (double)((float *)b->arguments)[i];
}

/* Compares the functions of the first n arguments, n a multiple of 16. */
static void check_chunk(bench *b, size_t n)
{
    static const char *const names[] = {"exp", "sigmoid", "tanh"};
    const size_t size = b->precision->size;
    b->precision->reference(b->arguments, b->expected, n);
    b->precision->distance(b->arguments, b->expected, n, b->largest, b->where);
    expect_ok(ocl_write(b->backend, b->x, 0, n * size, b->arguments));
    for (int width = 0; width < WIDTHS; width++) {
        expect_ok(OCL_LAUNCH((ocl_backend *)b->backend, b->kernels[width], "probe", ocl_line(n / b->vec[width], 64),
                             OCL_ULONG(n), OCL_MEMORY(b->x), OCL_MEMORY(b->out)));
        memset(b->found, 0xff, 3 * n * size);
        expect_ok(ocl_read(b->backend, b->out, 0, 3 * n * size, b->found));
        const size_t i = b->precision->difference(b->expected, b->found, n);
        ck_assert_msg(i == 3 * n, "%s(%a) in %s, VEC %u: the kernel's bits are not the reference's", names[i / n % 3],
                      argument(b, i % n), b->precision->name, b->vec[width]);
        rnn_test_opencl_cases++;
    }
    b->tested += n;
}

static void expect_accuracy(const bench *b)
{
    printf(
        "activation: %s, %zu arguments, largest distance in ulp: exp %.4f at %a, sigmoid %.4f at %a, tanh %.4f at %a\n",
        b->precision->name, b->tested, b->largest[0], b->where[0], b->largest[1], b->where[1], b->largest[2],
        b->where[2]);
    for (int f = 0; f < PROBE_FUNCTIONS; f++) {
        ck_assert_double_le(b->largest[f], max_ulp[b->precision == &probe_double ? RNN_DOUBLE : RNN_FLOAT]);
        ck_assert_double_gt(b->largest[f], 0.5); /* less would mean that nothing was measured */
    }
}

/* ---- Tests ----------------------------------------------------------------------------------------------------------- */

/* Both signs, and the neighbours, of every place where a formula changes. */
static const double specials[] = {0,    0x1p-149, 0x1p-126, 0x1p-1074, 0x1p-1022, 1e-30,    1e-8, 0.25,  0.34657359,
                                  0.5,  1,        1.0397,   10,        20,        39.999,   40,   40.01, 80,
                                  86.9, 87,       87.34,    88,        88.72284,  88.73,    89,   90,    103.9,
                                  104,  104.1,    700,      708.4,     709.78,    709.79,   710,  711,   745.1,
                                  746,  747,      1e6,      1e30,      1e308,     INFINITY, NAN,  3.4e38};

static void check_specials(bench *b)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        for (int sign = -1; sign <= 1; sign += 2)
            for (int step = -1; step <= 1; step++) {
                const double x = sign * specials[i];
                if (b->precision->size == sizeof(double))
                    ((double *)b->arguments)[n++] = step == 0 ? x : nextafter(x, (double)step * (double)INFINITY);
                else
                    ((float *)b->arguments)[n++] = step == 0 ? (float)x : nextafterf((float)x, (float)step * INFINITY);
            }
    while (n % 16)
        memset((char *)b->arguments + n++ * b->precision->size, 0, b->precision->size);
    check_chunk(b, n);
}

START_TEST(float_bits_and_accuracy)
{
    bench b;
    const uint64_t stride = harness_is_full() ? 1 : harness_is_tiny() ? 1000003 : STRIDE;
    if (!open_bench(&b, &probe_float))
        return;
    check_specials(&b);
    for (uint64_t pattern = 0; pattern < (uint64_t)1 << 32;) {
        uint32_t *bits = b.arguments;
        size_t n = 0;
        for (; n < CHUNK && (pattern < (uint64_t)1 << 32 || n % 16); pattern += stride)
            bits[n++] = (uint32_t)pattern; /* past the end it wraps around, to fill the last vector */
        check_chunk(&b, n);
    }
    expect_accuracy(&b);
    close_bench(&b);
}
END_TEST

START_TEST(double_bits_and_accuracy)
{
    bench b;
    const size_t chunks = harness_is_full() ? 1000 : 1, n = harness_is_tiny()   ? 4096
                                                            : harness_is_full() ? CHUNK
                                                                                : CHUNK / 2;
    if (!open_bench(&b, &probe_double))
        return;
    check_specials(&b);
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        for (size_t i = 0; i < n; i++) {
            const uint64_t index = chunk * n + i, pattern = rnn_random_bits(5, 201, index);
            const double uniform = 2 * rnn_random_uniform(5, 202, index) - 1;
            double *x = (double *)b.arguments + i;
            switch (i % 4) {
            case 0:
                memcpy(x, &pattern, sizeof *x);
                break;
            case 1:
                *x = 750 * uniform;
                break;
            case 2:
                *x = 45 * uniform;
                break;
            default:
                *x = uniform;
            }
        }
        check_chunk(&b, n);
    }
    expect_accuracy(&b);
    close_bench(&b);
}
END_TEST

/* The functions themselves, pinned: a change made alike in reference and kernels changes every model ever trained. */
static void expect_digest(const probe_precision *precision, const char *expected)
{
    const size_t n = (size_t)1 << 18;
    void *x = malloc(n * precision->size), *out = malloc(3 * n * precision->size);
    char hex[65];
    ck_assert(x && out);
    for (size_t i = 0; i < n; i++) {
        const double value = (i % 2 ? 20 : 100) * (2 * rnn_random_uniform(5, 203, i) - 1);
        if (precision->size == sizeof(double))
            ((double *)x)[i] = value;
        else
            ((float *)x)[i] = (float)value;
    }
    precision->reference(x, out, n);
    rnn_sha256_hex(out, 3 * n * precision->size, hex);
    free(x);
    free(out);
    ck_assert_msg(strcmp(hex, expected) == 0, "%s: digest\n  %s, was\n  %s\n  The arithmetic contract changed",
                  precision->name, hex, expected);
}

START_TEST(functions_are_what_they_were)
{
    expect_digest(&probe_float, "7f4b1474c1adfceb06642e97167a7a13b092b570e943beee4438932bb3e107bb");
    expect_digest(&probe_double, "f6a8c9607882e8bf5ccf00d62a0eb8961f3b5f59f525bb8f1babbd2a5652de22");
}
END_TEST

Suite *activation_suite(void)
{
    Suite *suite = suite_create("activation");
    TCase *tests = tcase_create("activation");
    tcase_add_unchecked_fixture(tests, set_up, kernel_folder_remove);
    tcase_add_test(tests, float_bits_and_accuracy);
    tcase_add_test(tests, double_bits_and_accuracy);
    tcase_add_test(tests, functions_are_what_they_were);
    suite_add_tcase(suite, tests);
    return suite;
}
