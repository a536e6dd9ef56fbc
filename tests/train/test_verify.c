/* SPDX-License-Identifier: MIT
 * test_verify.c - what holds a device against the reference: exact where it has to be, within the bound where that is all there is
 */
#include "runs.h"

#include "kernels/kernel_folder.h"
#include "train/verify.h"

/* The kernels of a small run on a device whose projection adds `error` to each output. */
static rnn_status verify_with(const char *error, bool bit_exact, rnn_verified *verified)
{
    rnn_settings settings = small();
    char line[64];
    rnn_backend *device;
    rnn_settings_resolve(&settings, NULL);
    kernel_folder_make();
    kernel_folder_copy_kernels();
    snprintf(line, sizeof line, "real sum = start + (real)%s;", error);
    kernel_folder_edit("output.clh", "real sum = start;", line);
    ck_assert_msg(harness_open(RNN_FLOAT, NULL, &device) == RNN_OK, "%s", rnn_error_message());
    device->info.bit_exact = bit_exact;
    *verified = (rnn_verified){.steps = 0};
    const rnn_status status = rnn_verify_kernels(&settings, 1, 1, 3, device, verified);
    rnn_backend_close(device);
    kernel_folder_remove();
    rnn_test_opencl_cases++;
    return status;
}

START_TEST(exact_or_within_the_bound)
{
    rnn_verified verified;
    ck_assert_int_eq(verify_with("0", true, &verified), RNN_OK);
    ck_assert_uint_eq(verified.steps, 4); /* two batches, each by operations and at once */
    ck_assert_uint_eq(verified.tensors, 4 * 9 + 2 * 2);
    ck_assert(verified.distance == 0);
    ck_assert_int_eq(verify_with("1e-6", true, &verified), RNN_MISMATCH);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "kernel project or minibatch_grad computed yhat(0,0) = "));
    ck_assert_int_eq(verify_with("1e-6", false, &verified), RNN_OK);
    ck_assert(verified.distance > 0 && verified.distance <= 1);
    ck_assert_int_eq(verify_with("0.01", false, &verified), RNN_MISMATCH);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "and the bound for this device is exceeded"));
}
END_TEST

/* Whatever shape a run has, what is checked of it stays small. */
START_TEST(any_settings)
{
    static const char *const words[] = {
        "seq-len 1 batch 1 hidden 1",
        "batch 100000 hidden 3",
        "seq-len 2000 batch 2",
        "input-weights per-step bias no",
        "reduction-blocks 64 batch 130",
        "horizon 900",
        "bptt-truncate 1",
        "activation relu clip-value 5",
        "optimizer momentum clip-norm 0",
        "patience 3 windows 100",
        "loss quantile optimizer adamw weight-decay 0.1",
        "loss huber optimizer rmsprop batch 3",
        "cell gru",
        "cell gru input-weights per-step batch 30",
        "cell lstm bptt-truncate 2",
        "layers 2 dropout 0.5",
        "cell lstm train-h0 yes",
        "cell gru layers 3 bptt-truncate 2 dropout 0.1",
        "hidden 700 batch 40",
        "loss-at every",
        "stateful yes shuffle no batch 7",
        "stateful yes shuffle no cell lstm layers 2 batch 20",
        "loss-at every cell lstm layers 2 bptt-truncate 2 batch 40 loss quantile",
    };
    rnn_backend *device = open_opencl("any_settings", RNN_FLOAT);
    for (size_t i = 0; device && i < sizeof words / sizeof *words; i++) {
        rnn_settings settings = small();
        rnn_verified verified = {.steps = 0};
        set_all(&settings, words[i]);
        rnn_settings_resolve(&settings, NULL);
        ck_assert_msg(rnn_verify_kernels(&settings, 3, 2, settings.batch > 1, device, &verified) == RNN_OK, "%s: %s",
                      words[i], rnn_error_message());
        rnn_test_opencl_cases++;
    }
    rnn_backend_close(device);
}
END_TEST

TCase *train_verify_case(void)
{
    TCase *tests = tcase_create("verify");
    tcase_add_test(tests, exact_or_within_the_bound);
    tcase_add_test(tests, any_settings);
    return tests;
}
