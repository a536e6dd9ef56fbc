/* SPDX-License-Identifier: MIT
 * cli.h - commands run as people and scripts run them: in a folder of their own, their output and exit code kept
 */
#ifndef RNN_TESTS_CMD_CLI_H
#define RNN_TESTS_CMD_CLI_H

#include "suites.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define SECONDS 120 /* a command that takes longer hangs */

/* A small network, quickly trained. */
#define SMALL "--device reference --hidden 8 --seq-len 12 --epochs 3"

/* Each test's: the folder its commands run in, and the folders of the suite's data, as full paths. */
extern char cli_work[64], *cli_data, *cli_malformed;

extern const char *cli_environment; /* one "NAME=value" for the next command, or NULL */
extern const char *cli_stdout_to;   /* a path for the next command's stdout, or NULL: it is kept */
extern const char *cli_wrapper;     /* another program and its words, to run the next command with ours, or NULL */
extern unsigned cli_closed;         /* bit n: the next command begins without descriptor n */

/* The last command: what it printed, and how it ended (128 + signal where a signal ended it). */
extern char *cli_out, *cli_err;
extern int cli_code;

/* tear_down fails where a temporary file was left. */
void cli_set_up(void);
void cli_tear_down(void);

/* From here to cli_tear_down `cli_work`/cache is where caches are kept, by commands and by this process. The driver's own, which
 * would compile everything anew, stays where it is. */
void cli_own_cache(void);
void cli_pin_driver_cache(void);

/* Words split at spaces become the arguments, and a CLI_SPACE in them a space; the command runs in `cli_work`. run: start, then
 * finish. */
#define CLI_SPACE "\a"
void cli_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
pid_t cli_start(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_finish(pid_t child);
void cli_wait_a_moment(void);

/* Removes the temporary files that a killed command left, and says how many. */
size_t cli_remove_temporary(void);

/* A path, valid for the next few calls. */
char *cli_in_folder(const char *folder, const char *name);
bool cli_exists(const char *name); /* in `cli_work` */

/* The caller's to free. */
char *cli_read_text(const char *path);

void cli_expect_code(int expected);

/* A failure: its code, one message on stderr with these words in it, nothing on stdout. */
void cli_expect_failure(int expected, const char *words);

/* The same with the whole message. */
void cli_expect_exactly(int expected, const char *message);

/* Exactly one JSON value on stdout, or in a file of `cli_work`; the caller's. */
json_t *cli_json_on_stdout(void);
json_t *cli_json_in_file(const char *name);
const char *cli_text(const json_t *object, const char *key);

/* A model of the built-in sine in r/. */
void cli_train_small(void);

/* A table with the column the built-in sine has: what a model of it can be asked about. */
void cli_write_sine(const char *name, size_t rows);

/* The parts of the cli suite that live in files of their own. */
TCase *cli_results_case(void);
TCase *cli_report_case(void);
TCase *cli_models_case(void);
TCase *cli_output_case(void);
TCase *cli_profile_case(void);
TCase *cli_tune_case(void);
TCase *cli_resume_case(void);
TCase *cli_population_case(void);
TCase *cli_bits_case(void);
TCase *cli_surroundings_case(void);
TCase *cli_forecast_case(void);
TCase *cli_series_case(void);

#endif
