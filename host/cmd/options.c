/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"
#include "cmd/command.h"
#include "model/needs.h"
#include "model/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRAIN = 1,
    PREDICT = 2,
    EVALUATE = 4,
    INFO = 8,
    DEVICES = 16,
    BENCH = 32,
    TUNE = 64,
    SELFTEST = 128,
    FORECAST = 256,
    BACKTEST = 512,
    EVERY = 1023
};

const rnn_command rnn_commands[] = {
    {"train", rnn_command_train, TRAIN, NULL, "train a network; without --data, on a sine wave"},
    {"forecast", rnn_command_forecast, FORECAST, NULL, "forecast what comes after the end of a series"},
    {"predict", rnn_command_predict, PREDICT, NULL, "predict each row of a series from those before it"},
    {"evaluate", rnn_command_evaluate, EVALUATE, NULL, "measure the errors of a model, beside naive forecasts"},
    {"backtest", rnn_command_backtest, BACKTEST, NULL, "forecast from past rows, and compare with what came"},
    {"info", rnn_command_info, INFO, "MODEL", "what is in a model file"},
    {"devices", rnn_command_devices, DEVICES, NULL, "the devices there are, and what each can promise"},
    {"selftest", rnn_command_selftest, SELFTEST, NULL, "every kernel on a device against the reference, bit for bit"},
    {"bench", rnn_command_bench, BENCH, NULL, "the device's limits, and how near each operation comes to them"},
    {"tune", rnn_command_tune, TUNE, NULL, "the fastest tiles for shapes on a device, kept for later runs"},
    {NULL, NULL, 0, NULL, NULL},
};

#define TUNE_SECONDS   30
#define ORIGINS        20
#define DEVICE_TIMEOUT 300

static const char *const delimiters[] = {"auto", "comma", "semicolon", "tab", NULL};
static const char *const headers[] = {"auto", "yes", "no", NULL};
static const char *const decimals[] = {"point", "comma", NULL};
static const char *const kept[] = {"best", "mean", NULL};
static const char *const parts[] = {"all", "train", "val", "test", NULL};

typedef struct command_option {
    rnn_option option; /* the first: a pointer to it is one to the row */
    unsigned commands;
} command_option;

#define FIELD(name) offsetof(rnn_arguments, name)
#define TEXT(name, argument, field, commands, group, help)                                 \
    {                                                                                      \
        {name, argument, RNN_OPTION_TEXT, FIELD(field), 0, 0, NULL, group, help}, commands \
    }
#define CHOICE(name, argument, field, choices, commands, group, help)                           \
    {                                                                                           \
        {name, argument, RNN_OPTION_CHOICE, FIELD(field), 0, 0, choices, group, help}, commands \
    }
#define FLAG(name, field, commands, group, help)                                       \
    {                                                                                  \
        {name, NULL, RNN_OPTION_FLAG, FIELD(field), 0, 0, NULL, group, help}, commands \
    }

#define SIZE(name, argument, field, low, high, commands, group, help)                           \
    {                                                                                           \
        {name, argument, RNN_OPTION_SIZE, FIELD(field), low, high, NULL, group, help}, commands \
    }

#define READS   (TRAIN | PREDICT | EVALUATE | FORECAST | BACKTEST)
#define FILES   "Data and files"
#define CASES   "Cases"
#define SEVERAL "Population"
#define GENERAL "Device and output"

static const command_option command_table[] = {
    TEXT("data", "FILE", data, READS, FILES, "series to read, a CSV or NPY file"),
    TEXT("target", "NAMES", target, TRAIN, FILES, "columns to predict, by name or number, with commas between them"),
    TEXT("features", "NAMES", features, TRAIN, FILES, "further columns that the network sees, or 'all'"),
    TEXT("known", "NAMES", known, TRAIN, FILES, "further columns that it sees, whose values are known ahead of time"),
    TEXT("calendar", "NAMES", calendar, TRAIN, FILES,
         "inputs made of the times: minute, hour, weekday, day, month, yearday; auto: those that fit the step"),
    TEXT("time", "NAME", time, READS, FILES,
         "column of dates or times; none: there is none; else a first column of times is found"),
    TEXT("id", "NAME", id, READS, FILES,
         "column that tells several series of one file apart; none: the file has one series"),
    CHOICE("delimiter", "KIND", delimiter, delimiters, READS, FILES, "what is between cells"),
    CHOICE("header", "WHEN", header, headers, READS, FILES, "whether the first line has the columns' names"),
    CHOICE("decimal", "SIGN", decimal, decimals, READS, FILES, "sign before decimals"),
    TEXT("model", "FILE", model, FORECAST | BACKTEST, FILES, "model file that train wrote"),
    TEXT("model", "FILE", model, PREDICT | EVALUATE, FILES,
         "model file that train wrote, or a folder of them, whose mean is taken"),
    CHOICE("part", "NAME", part, parts, EVALUATE, FILES, "part of the data that the model was trained on"),
    SIZE("steps", "N", steps, 0, 1e6, FORECAST | BACKTEST, FILES,
         "rows ahead to forecast; 0: as many as the model was trained for"),
    TEXT("level", "LIST", level, FORECAST, FILES,
         "shares of the values that intervals shall hold, with commas between them"),
    SIZE("origins", "K", origins, 1, 1e6, BACKTEST, FILES, "past rows to forecast from, evenly spaced"),
    TEXT("refit", "WHEN", refit, BACKTEST, FILES,
         "never: with the model as it is; N: before every N-th of them one is trained on all rows before it"),
    TEXT("out", "DIR", out, TRAIN | PREDICT | FORECAST | BACKTEST, FILES, "folder for the results"),
    TEXT("checkpoint-every", "WHEN", checkpoint_every, TRAIN, FILES,
         "how often the unfinished run is saved: after N updates, or a time as 30s, 10m, 2h; 0: when it is stopped, or "
         "told to"),
    FLAG("resume", resume, TRAIN, FILES, "go on with the unfinished run in the folder"),
    SIZE("population", "K", population, 1, RNN_POPULATION_MOST, TRAIN, SEVERAL,
         "train K networks at once, from the seeds --seed, --seed + 1, ..."),
    TEXT("sweep", "GRID", sweep, TRAIN, SEVERAL,
         "train a network for each combination of NAME=VALUE,VALUE,...,NAME=VALUE,... of options of network and "
         "training"),
    CHOICE("keep", "WHAT", keep, kept, TRAIN, SEVERAL,
           "best: the network with the lowest validation loss; mean: all, for the mean of their forecasts"),
    TEXT("cases", "NAMES", cases, BENCH | TUNE, CASES,
         "article, online, wide, long, many, or custom: the shape given below"),
    SIZE("inputs", "D", inputs, 1, 1e6, BENCH | TUNE, CASES, "inputs a step of the custom case"),
    SIZE("seconds", "N", seconds, 1, 1e6, TUNE, CASES, "how long a case is searched"),
    TEXT("device", "NAME", device, READS | BENCH | TUNE | SELFTEST, GENERAL,
         "where it is computed: auto, gpu, cpu, reference (slow, and there anywhere), P:D, or part of a device's name"),
    SIZE("device-timeout", "SECONDS", device_timeout, 0, 1e6, READS | BENCH | TUNE | SELFTEST, GENERAL,
         "end when the device does not answer for that long; 0: wait for ever"),
    TEXT("verify", "WHEN", verify, TRAIN, GENERAL,
         "compare the device with the reference: off; start: before training; N: one update in N, too"),
    FLAG("report", report, TRAIN, GENERAL, "write report.html, too: charts, errors and options on one page"),
    FLAG("report", report, FORECAST, GENERAL, "write forecast.html, too: charts and figures on one page"),
    FLAG("dry-run", dry_run, TRAIN, GENERAL,
         "do not train: say how much memory each buffer takes, and whether that fits"),
    FLAG("no-cache", no_cache, READS | BENCH | TUNE | SELFTEST, GENERAL,
         "neither use nor keep built kernels and tuning lines"),
    TEXT("tuning", "FILE", tuning, READS | BENCH | SELFTEST, GENERAL,
         "file of tile shapes, used before those that tune kept; kernels/tuning.txt tells"),
    FLAG("json", json, TRAIN | EVALUATE | FORECAST | BACKTEST | INFO | DEVICES | BENCH | SELFTEST, GENERAL,
         "print one JSON value on stdout and nothing else"),
    FLAG("sketch", sketch, TRAIN, GENERAL, "draw the losses in text, on stderr"),
    FLAG("sketch", sketch, FORECAST, GENERAL, "draw the forecast in text, on stderr"),
    FLAG("profile", profile, READS, GENERAL, "list on stderr what the device spent its time on"),
    TEXT("trace", "FILE", trace, READS, GENERAL,
         "file for every command of the device, to be looked at with ui.perfetto.dev"),
    FLAG("quiet", quiet, READS | TUNE | SELFTEST, GENERAL, "no progress, no notices"),
    FLAG("help", help, EVERY, GENERAL, "this page"),
    FLAG("version", version, EVERY, GENERAL, "the version"),
};
#define COMMAND_OPTIONS (sizeof command_table / sizeof *command_table)

_Static_assert(COMMAND_OPTIONS <= 64, "a bit each in rnn_arguments.given_beside");

/* Settings are chosen for training; how gaps are met may be, too, for a file that is predicted. An update alone, of which bench and tune
 * make many, has no data, no epochs and no rate that changes. */
static bool takes_setting(const rnn_command *command, const rnn_option *row)
{
    static const char *const reading[] = {"missing", "short-ids", NULL};
    static const char *const not_of_updates[] = {
        "val-fraction", "test-fraction", "scale",         "season",      "scale-by", "short-ids",
        "missing",      "transform",     "init",          "forget-bias", "epochs",   "shuffle",
        "windows",      "stateful",      "schedule",      "warmup",      "lr-step",  "lr-gamma",
        "lr-patience",  "patience",      "on-divergence", NULL};
    if (command->bit & (BENCH | TUNE))
        return !rnn_is_listed(row->name, not_of_updates);
    return command->bit & TRAIN || (command->bit & READS && rnn_is_listed(row->name, reading));
}

/* The n-th option of a command, counting through both tables; NULL past the last. *record is the struct it is about. */
static const rnn_option *nth_option(const rnn_command *command, size_t n, rnn_arguments *arguments, void **record)
{
    size_t seen = 0;
    for (size_t i = 0; i < COMMAND_OPTIONS; i++)
        if (command_table[i].commands & command->bit && seen++ == n) {
            *record = arguments;
            return &command_table[i].option;
        }
    for (const rnn_option *row = rnn_settings_table; row->name; row++)
        if (takes_setting(command, row) && seen++ == n) {
            *record = &arguments->settings;
            return row;
        }
    return NULL;
}

/* ---- Parsing ------------------------------------------------------------------------------------------------------- */

/* Levenshtein distance of short names, for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    const size_t length = strlen(b);
    if (length >= sizeof row / sizeof *row)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            const size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            const size_t shorter = row[j + 1] < row[j] ? row[j + 1] : row[j];
            row[j + 1] = replaced < shorter + 1 ? replaced : shorter + 1;
        }
    }
    return row[length];
}

static rnn_status fail_unknown(const rnn_command *command, rnn_arguments *arguments, const char *name)
{
    const char *nearest = NULL;
    size_t best = 4;
    void *record;
    const rnn_option *option;
    for (size_t n = 0; (option = nth_option(command, n, arguments, &record)); n++)
        if (distance(name, option->name) < best) {
            best = distance(name, option->name);
            nearest = option->name;
        }
    if (nearest)
        return rnn_fail(RNN_USAGE, "%s has no option --%s; did you mean --%s?", command->name, name, nearest);
    return rnn_fail(RNN_USAGE, "%s has no option --%s; rnn_cl %s --help lists them", command->name, name,
                    command->name);
}

static const rnn_option *find_option(const rnn_command *command, rnn_arguments *arguments, const char *name,
                                     void **record)
{
    const rnn_option *option;
    for (size_t n = 0; (option = nth_option(command, n, arguments, record)); n++)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

static rnn_status set_option(const rnn_option *option, void *record, const char *text, rnn_arguments *out)
{
    if (record == &out->settings)
        out->given |= rnn_settings_bit(option);
    else
        out->given_beside |= UINT64_C(1) << ((const command_option *)option - command_table);
    return rnn_option_set(option, record, text);
}

bool rnn_is_given(const rnn_arguments *arguments, const rnn_option *row)
{
    for (size_t i = 0; i < COMMAND_OPTIONS; i++)
        if (row == &command_table[i].option)
            return arguments->given_beside >> i & 1;
    return arguments->given & rnn_settings_bit(row);
}

/* One option at argv[*i], its value behind '=' or in the next word; *i ends on the last word it used. */
static rnn_status parse_option(int argc, char **argv, int *i, rnn_arguments *out)
{
    char name[64];
    void *record = NULL;
    const char *word = argv[*i] + 2;
    const char *value = strchr(word, '=');
    snprintf(name, sizeof name, "%.*s", value ? (int)(value - word) : (int)strlen(word), word);
    const rnn_option *option = find_option(out->command, out, name, &record);
    if (!option && strncmp(name, "no-", 3) == 0) {
        option = find_option(out->command, out, name + 3, &record);
        if (option && option->kind == RNN_OPTION_FLAG && !value)
            return set_option(option, record, "no", out);
        option = NULL;
    }
    if (!option)
        return fail_unknown(out->command, out, name);
    if (option->kind == RNN_OPTION_FLAG && !value)
        return set_option(option, record, "yes", out);
    if (!value && *i + 1 >= argc)
        return rnn_fail(RNN_USAGE, "--%s: no value given; --%s %s: %s", name, name, option->argument, option->help);
    return set_option(option, record, value ? value + 1 : argv[++*i], out);
}

/* The recipe decides the defaults, so it is looked for before anything is parsed. */
static rnn_recipe find_recipe(int argc, char **argv)
{
    rnn_recipe recipe = RNN_RECIPE_DEFAULT;
    const char *previous = "";
    for (int i = 1; i < argc; previous = argv[i++]) {
        const char *value = strncmp(argv[i], "--recipe=", 9) == 0 ? argv[i] + 9 : argv[i];
        if (value != argv[i] || strcmp(previous, "--recipe") == 0)
            recipe = strcmp(value, "article") == 0 ? RNN_RECIPE_ARTICLE : RNN_RECIPE_DEFAULT;
    }
    return recipe;
}

static const rnn_command *find_command(const char *name)
{
    for (const rnn_command *command = rnn_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static rnn_status fail_no_command(const char *name)
{
    char list[192] = "";
    for (const rnn_command *command = rnn_commands; command->name; command++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", command->name);
    }
    return rnn_fail(RNN_USAGE, "no command '%s'; there is %s", name, list);
}

const rnn_option *rnn_nth_argument(rnn_arguments *arguments, size_t n, void **record)
{
    return nth_option(arguments->command, n, arguments, record);
}

void rnn_arguments_default(const rnn_command *command, rnn_recipe recipe, rnn_arguments *out)
{
    *out = (rnn_arguments){.command = command,
                           .device = "auto",
                           .checkpoint_every = RNN_CHECKPOINT_EVERY,
                           .verify = RNN_VERIFY,
                           .population = 1,
                           .level = RNN_LEVEL,
                           .origins = ORIGINS,
                           .refit = RNN_REFIT,
                           .inputs = 1,
                           .seconds = TUNE_SECONDS,
                           .device_timeout = DEVICE_TIMEOUT,
                           .out = command->bit == TRAIN ? RNN_DEFAULT_OUT : NULL};
    rnn_settings_init(&out->settings, recipe);
}

rnn_status rnn_arguments_parse(int argc, char **argv, rnn_arguments *out)
{
    const char *device = getenv("RNN_CL_DEVICE");
    const char *operand = NULL;
    int first = 1;
    rnn_arguments_default(&rnn_commands[0], find_recipe(argc, argv), out);
    out->out = NULL;
    out->device = device && device[0] ? device : out->device;
    if (argc > 1 && argv[1][0] != '-') {
        out->command = find_command(argv[first++]);
        if (!out->command)
            return fail_no_command(argv[1]);
    }
    for (int i = first; i < argc; i++) {
        if (strcmp(argv[i], "-h") == 0)
            out->help = true;
        else if (strcmp(argv[i], "-V") == 0)
            out->version = true;
        else if (strncmp(argv[i], "--", 2) == 0 && argv[i][2]) {
            const rnn_status status = parse_option(argc, argv, &i, out);
            if (status)
                return status;
        } else if (out->command->operand && !operand)
            operand = out->model = argv[i];
        else
            return rnn_fail(RNN_USAGE, "%s takes no argument '%s'; options begin with --", out->command->name, argv[i]);
    }
    return RNN_OK;
}
