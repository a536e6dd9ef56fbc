/* SPDX-License-Identifier: MIT
 * command.h - the subcommands, and what they share
 */
#ifndef RNN_CMD_COMMAND_H
#define RNN_CMD_COMMAND_H

#include "cmd/options.h"

#include <signal.h>

#define RNN_DEFAULT_OUT      "rnn_cl.out"
#define RNN_CHECKPOINT_EVERY "60s"
#define RNN_VERIFY           "start"
#define RNN_LEVEL            "0.8,0.95"
#define RNN_REFIT            "never"

/* From here on a first SIGINT, SIGTERM or SIGHUP (unless that was ignored when the program began) sets rnn_stop_signal, until then
 * 0, instead of ending the program; and SIGUSR1 sets rnn_save_signal. For what has something to finish; in main.c. Again once a
 * driver's compiler is loaded: LLVM has handlers of its own, and swallows SIGUSR1. */
void rnn_heed_signals(void);
void rnn_heed_save_signal(void); /* SIGUSR1 alone */
void rnn_release_signals(void);  /* there is nothing left to finish */
extern volatile sig_atomic_t rnn_stop_signal, rnn_save_signal;

rnn_status rnn_command_train(const rnn_arguments *arguments);
rnn_status rnn_command_predict(const rnn_arguments *arguments);
rnn_status rnn_command_evaluate(const rnn_arguments *arguments);
rnn_status rnn_command_forecast(const rnn_arguments *arguments);
rnn_status rnn_command_backtest(const rnn_arguments *arguments);
rnn_status rnn_command_info(const rnn_arguments *arguments);
rnn_status rnn_command_devices(const rnn_arguments *arguments);
rnn_status rnn_command_selftest(const rnn_arguments *arguments);
rnn_status rnn_command_bench(const rnn_arguments *arguments);
rnn_status rnn_command_tune(const rnn_arguments *arguments);

/* The series --data names, or the built-in one (train only); its columns by --target and --features. */
rnn_status rnn_load_series(const rnn_arguments *arguments, rnn_series **out);

/* Opens what --device names as the other options ask; a --trace that cannot be written fails here. */
rnn_status rnn_open_device(const rnn_arguments *arguments, rnn_precision precision, rnn_backend **out);

/* What --profile and --trace asked for, once the work is done. */
rnn_status rnn_report_profile(const rnn_arguments *arguments, rnn_backend *backend);

/* rnn_backend_keep_kernels, at a command's successful end: results come first, because drivers may take seconds for it. */
void rnn_keep_kernels(rnn_backend *backend);

/* Says on stderr which device was chosen, unless told to be quiet. */
void rnn_announce_device(const rnn_arguments *arguments, const rnn_backend *backend);

/* Model, the series with the model's columns, and a device of the model's precision: what predict and evaluate begin with. */
typedef struct rnn_model_job {
    rnn_model *model; /* of several the first one */
    rnn_model **models;
    size_t count;
    rnn_series *series;
    rnn_backend *backend;
} rnn_model_job;

rnn_status rnn_model_job_open(const rnn_arguments *arguments, rnn_model_job *out);
void rnn_model_job_close(rnn_model_job *job);

/* What the model says of every window of the series, or several on average. */
rnn_status rnn_model_job_predict(const rnn_model_job *job, rnn_predictions **out);

/* The model file, or those of a folder, by their names ascending. RNN_NO_INPUT: a folder without any. Models and array are the
 * caller's, on failure too. */
rnn_status rnn_load_models(const char *path, rnn_model ***models, size_t *count);

/* How a model's predictions are made: the article's as its pictures show them, the whole window at every step. */
rnn_input_mode rnn_prediction_mode(const rnn_model *model);

#endif
