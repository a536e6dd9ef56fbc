/* SPDX-License-Identifier: MIT
 * options.h - the command line: one table of commands, one of their options, and what was given
 *
 * Training settings are rows of model/settings.c's table, which model files share; the rows here are what only a command
 * line has. Parsing, validation, defaults and --help all read the same rows.
 */
#ifndef RNN_CMD_OPTIONS_H
#define RNN_CMD_OPTIONS_H

#include "base/option.h"

typedef enum rnn_delimiter {
    RNN_DELIMITER_AUTO,
    RNN_DELIMITER_COMMA,
    RNN_DELIMITER_SEMICOLON,
    RNN_DELIMITER_TAB
} rnn_delimiter;

typedef enum rnn_part { RNN_PART_ALL, RNN_PART_TRAIN, RNN_PART_VAL, RNN_PART_TEST } rnn_part;

typedef struct rnn_arguments {
    const struct rnn_command *command;
    rnn_settings settings;
    uint64_t given;        /* rows of the settings table, bit by bit, that were on the command line */
    uint64_t given_beside; /* ... and of the options that are no settings */

    const char *data, *target, *features;
    const char *time, *id, *known, *calendar;
    rnn_delimiter delimiter;
    int header;  /* rnn_table_format's */
    int decimal; /* 0 point, 1 comma */
    const char *model;
    rnn_part part;     /* of the data, for evaluate */
    size_t steps;      /* to forecast; 0: the model's horizon */
    const char *level; /* of intervals, a list */
    size_t origins;    /* of a backtest */
    const char *refit; /* never, or a number of origins */
    const char *device;
    const char *out;
    const char *cases;            /* of bench and tune */
    size_t inputs;                /* D of their custom case */
    size_t seconds;               /* of tune, a case */
    size_t device_timeout;        /* seconds a call may take; 0: for ever */
    const char *tuning;           /* file of tuning lines */
    bool dry_run;                 /* of train */
    bool report;                  /* of train and forecast */
    const char *checkpoint_every; /* updates, or a time */
    bool resume;
    size_t population;  /* of train: seeds */
    const char *sweep;  /* settings that its members try, or NULL */
    int keep;           /* rnn_keep_what of the population */
    const char *verify; /* off, start, or a number of updates */
    const char *trace;  /* file for the commands the device ran */
    bool no_cache, profile, json, sketch, quiet, help, version;
} rnn_arguments;

typedef struct rnn_command {
    const char *name;
    rnn_status (*run)(const rnn_arguments *arguments);
    unsigned bit;        /* in the option rows' masks */
    const char *operand; /* of the one argument without dashes it takes, or NULL */
    const char *help;
} rnn_command;

/* Ends with a NULL name; the first is what no command name means. */
extern const rnn_command rnn_commands[];

/* Fills *out from argv; argv's texts must outlive it. RNN_USAGE: the message names the culprit and what is near it. */
rnn_status rnn_arguments_parse(int argc, char **argv, rnn_arguments *out);

/* RNN_USAGE: an option was given that does nothing beside the others; the message names both (needs.c). With --sweep settings are left
 * to the members: one that makes use of it is enough. */
rnn_status rnn_arguments_check(const rnn_arguments *arguments);

/* RNN_USAGE, too, for options that only the data can tell to be out of place: of texts for NPY, of several series for one. */
rnn_status rnn_arguments_check_series(const rnn_arguments *arguments, const rnn_series *series);

/* What the help says of an option that does something only beside certain values of another one, or "". */
void rnn_argument_need(const char *name, char *text, size_t size);

/* Whether this row of the tables was on the command line. */
bool rnn_is_given(const rnn_arguments *arguments, const rnn_option *row);

/* The n-th option of the command, from the tables, and the struct that its field is in; NULL past the last. */
const rnn_option *rnn_nth_argument(rnn_arguments *arguments, size_t n, void **record);

/* What a command takes where nothing is given. */
void rnn_arguments_default(const rnn_command *command, rnn_recipe recipe, rnn_arguments *out);

/* The help of one command, from the tables. */
void rnn_print_help(const rnn_command *command);

#endif
