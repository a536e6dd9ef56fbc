/* SPDX-License-Identifier: MIT
 * suites.h - every suite of the program, and what suites share with the runner
 */
#ifndef RNN_TESTS_SUITES_H
#define RNN_TESTS_SUITES_H

#include <check.h>
#include <stddef.h>

/* How many times a suite had an OpenCL device compute something that was then checked. The runner fails where a suite that
 * should have done so did not: a suite that skipped everything must not look green. */
extern size_t rnn_test_opencl_cases;

/* the runner itself */
Suite *runner_suite(void);

/* base */
Suite *sha256_suite(void);
Suite *json_suite(void);
Suite *random_suite(void);
Suite *option_suite(void);
Suite *trig_suite(void);

/* data */
Suite *csv_suite(void);
Suite *npy_suite(void);
Suite *series_suite(void);
Suite *time_suite(void);
Suite *settle_suite(void);
Suite *scale_suite(void);
Suite *split_suite(void);

/* score */
Suite *score_suite(void);
TCase *score_quantiles_case(void);

/* model */
Suite *settings_suite(void);
Suite *network_suite(void);

/* file */
Suite *writer_suite(void);
Suite *safetensors_suite(void);
Suite *model_file_suite(void);

/* view */
Suite *plot_suite(void);
Suite *sketch_suite(void);
Suite *svg_suite(void);
Suite *report_suite(void);
void add_report_size_tests(Suite *report); /* test_report_size.c's share of report_suite */

/* backend, kernels */
Suite *equal_suite(void);
Suite *tiles_suite(void); /* test_equal.c, too */
Suite *gradient_suite(void);
Suite *golden_suite(void);
Suite *device_suite(void);
Suite *cache_suite(void);
Suite *activation_suite(void);
Suite *profile_suite(void);
Suite *tuning_suite(void);
void add_op_tests(Suite *equal);         /* test_ops.c's share of equal_suite */
void add_golden_training(Suite *golden); /* test_golden_training.c's of golden_suite */

/* train, cmd */
Suite *article_suite(void);
Suite *train_suite(void);
Suite *forecast_suite(void);
Suite *panel_suite(void);
Suite *resume_suite(void);
Suite *population_suite(void);
Suite *cli_suite(void);
Suite *malformed_suite(void);
Suite *saves_suite(void);
Suite *watchdog_suite(void);

/* faults */
Suite *faults_suite(void);

#endif
