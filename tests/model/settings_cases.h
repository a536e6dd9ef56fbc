/* SPDX-License-Identifier: MIT
 * settings_cases.h - what the files of the suite `settings` share
 */
#ifndef RNN_TESTS_SETTINGS_CASES_H
#define RNN_TESTS_SETTINGS_CASES_H

#include <check.h>

/* What is expected of --quantiles. */
#define LEVELS "expected 1 to 9 ascending numbers between 0 and 1, as 0.1,0.5,0.9"

TCase *settings_json_case(void);    /* test_settings_json.c: through files and back */
TCase *settings_resolve_case(void); /* test_settings_resolve.c: what the data decides */

#endif
