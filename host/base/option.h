/* SPDX-License-Identifier: MIT
 * option.h - a row of an option table: one description drives parsing, validation, help, defaults and the copy in a model
 *
 * A table describes fields of one struct. Defaults are not in the row: they are what the struct's own init function sets,
 * so that a C program and the command line start from the same values.
 */
#ifndef RNN_BASE_OPTION_H
#define RNN_BASE_OPTION_H

#include "base/status.h"

typedef enum rnn_option_kind {
    RNN_OPTION_SIZE,   /* size_t, min..max */
    RNN_OPTION_SEED,   /* uint64_t */
    RNN_OPTION_REAL,   /* double, min..max, finite */
    RNN_OPTION_CHOICE, /* an enum: the index into `choices` */
    RNN_OPTION_LEVELS, /* rnn_quantiles: 1 to RNN_MOST_QUANTILES ascending numbers between min and max, ends excluded */
    RNN_OPTION_FLAG,   /* bool: --name or --no-name, no argument */
    RNN_OPTION_TEXT    /* const char *, not owned; empty text refused */
} rnn_option_kind;

typedef struct rnn_option {
    const char *name;     /* long option without the dashes */
    const char *argument; /* what stands for its value in the help; NULL for a flag */
    rnn_option_kind kind;
    size_t offset; /* of the field in the struct the table is about */
    double min, max;
    const char *const *choices; /* NULL-terminated */
    const char *group;          /* heading in the help */
    const char *help;
} rnn_option;

/* Room for any value as text, but for a RNN_OPTION_TEXT's: nine numbers of 24 characters, and what parts them. */
#define RNN_OPTION_ROOM 256

/* Reads `text` into the row's field of `record`. RNN_USAGE: the message names option, text found and what it takes. */
rnn_status rnn_option_set(const rnn_option *option, void *record, const char *text);

/* A number with as few digits as read back the same (24 characters and a NUL at most). */
void rnn_real_text(double value, char *text, size_t size);

/* The field's value as rnn_option_set would read it; reals with as few digits as read back the same. */
void rnn_option_text(const rnn_option *option, const void *record, char *text, size_t size);

/* Whether the field has the same value, as text, in both. */
bool rnn_option_is_same(const rnn_option *option, const void *record, const void *other);

/* Whether a list of names, with NULL behind them, has it. */
bool rnn_is_listed(const char *name, const char *const *list);

/* The field of `record` that the row describes. */
void *rnn_option_field(const rnn_option *option, void *record);

/* The choice's name, or "?" for a value outside the list. */
const char *rnn_option_choice(const rnn_option *option, int value);

#endif
