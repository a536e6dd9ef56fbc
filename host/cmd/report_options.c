/* SPDX-License-Identifier: MIT
 * report_options.c - the options of a run beside their defaults, and the command line that they make
 */
#include "cmd/report.h"

#include "model/settings.h"

#include <stdio.h>
#include <string.h>

/* A word of a shell's command line. */
static void put_word(FILE *stream, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:+=@%";
    if (*text && strspn(text, plain) == strlen(text)) {
        fputs(text, stream);
        return;
    }
    fputc('\'', stream);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stream);
        else
            fputc(*text, stream);
    fputc('\'', stream);
}

/* A line an option, as shells take it. */
static void put_option(FILE *stream, const rnn_option *row, const char *value)
{
    if (row->kind == RNN_OPTION_FLAG) {
        fprintf(stream, strcmp(value, "yes") == 0 ? " \\\n  --%s" : " \\\n  --no-%s", row->name);
        return;
    }
    fprintf(stream, " \\\n  --%s ", row->name);
    put_word(stream, value);
}

/* The option's value: texts of any length are borrowed, others printed into `room`, reals with as many digits as read back the same. */
static const char *value_of(const rnn_option *row, void *record, char room[RNN_RUN_VALUE])
{
    if (row->kind == RNN_OPTION_TEXT)
        return *(const char *const *)rnn_option_field(row, record);
    rnn_option_text(row, record, room, RNN_RUN_VALUE);
    return room;
}

static bool differ(const char *value, const char *usual)
{
    return value && (!usual || strcmp(value, usual) != 0);
}

/* The page shows one network, which alone comes to the same bits as among others. */
static bool is_of_population(const rnn_option *row)
{
    return strcmp(row->name, "population") == 0 || strcmp(row->name, "sweep") == 0;
}

/* A row of the table, and where it differs, or is the seed, a word of the command. Flags that are no settings say how to print. */
static void add_option(rnn_run_options *to, const rnn_option *row, void *record, void *usual_record, bool setting,
                       FILE *command)
{
    const size_t n = to->count;
    if (n == RNN_RUN_OPTIONS || (row->kind == RNN_OPTION_FLAG && !setting))
        return;
    const char *value = value_of(row, record, to->value[n]), *usual = value_of(row, usual_record, to->usual[n]);
    const bool changed = differ(value, usual);
    to->option[to->count++] = (rnn_report_option){.group = row->group,
                                                  .name = row->name,
                                                  .value = value   ? value
                                                           : usual ? usual
                                                                   : "\xe2\x80\x93",
                                                  .usual = usual ? usual : "\xe2\x80\x93",
                                                  .changed = changed};
    if ((changed && !is_of_population(row)) || row->kind == RNN_OPTION_SEED)
        put_option(command, row, value);
    if (row->kind == RNN_OPTION_REAL) { /* that was exact; the table is for people */
        snprintf(to->value[n], RNN_RUN_VALUE, "%.6g", *(const double *)rnn_option_field(row, record));
        snprintf(to->usual[n], RNN_RUN_VALUE, "%.6g", *(const double *)rnn_option_field(row, usual_record));
    }
}

/* The recipe's own values are its defaults, the recipe's is the default recipe, and what follows from the cell or from the data is
 * nothing that was chosen. */
static void usual_arguments(const rnn_arguments *arguments, const rnn_settings *settings, const rnn_series *series,
                            rnn_arguments *out)
{
    rnn_settings open;
    rnn_arguments_default(arguments->command, settings->recipe, out);
    open = *settings;
    open.learning_rate = out->settings.learning_rate;
    open.seq_len = out->settings.seq_len;
    open.missing = out->settings.missing;
    open.transform = out->settings.transform;
    open.season = out->settings.season;
    rnn_settings_resolve(&open, series);
    out->settings.learning_rate = open.learning_rate;
    out->settings.seq_len = open.seq_len;
    out->settings.missing = open.missing;
    out->settings.transform = open.transform;
    out->settings.season = open.season;
    out->settings.recipe = RNN_RECIPE_DEFAULT;
}

rnn_status rnn_list_options(const rnn_arguments *arguments, const rnn_settings *settings, const rnn_series *series,
                            rnn_run_options *out)
{
    rnn_arguments now = *arguments, usual;
    size_t size = 0;
    void *record, *usual_record;
    *out = (rnn_run_options){0};
    FILE *command = open_memstream(&out->command, &size);
    if (!command)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the command of the report");
    now.settings = *settings;
    usual_arguments(arguments, settings, series, &usual);
    fprintf(command, "rnn_cl %s", now.command->name);
    const rnn_option *row;
    for (size_t n = 0; (row = rnn_nth_argument(&now, n, &record)); n++) {
        rnn_nth_argument(&usual, n, &usual_record);
        add_option(out, row, record, usual_record, record == &now.settings, command);
    }
    fprintf(command, " \\\n  --report"); /* without it the page would go */
    return fclose(command) == 0 ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the command of the report");
}
