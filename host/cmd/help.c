/* SPDX-License-Identifier: MIT
 * help.c - --help: the commands, and a command's options from the tables that parse them
 */
#include "cmd/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_WIDTH  80
#define HELP_INDENT 27

/* Words in lines of at most HELP_WIDTH characters, where the line has `column` already and the next ones are indented. */
static void print_words(const char *text, size_t column)
{
    bool first = true;
    while (*text) {
        const size_t length = strcspn(text, " ");
        if (!first && column + 1 + length > HELP_WIDTH) {
            printf("\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
            first = true;
        }
        if (!first)
            putchar(' ');
        fwrite(text, 1, length, stdout);
        column += length + !first;
        first = false;
        text += length;
        text += *text == ' ';
    }
    printf("\n");
}

/* What stands behind the help: choices, what it needs, the default; models: that is what the model has. */
static void put_facts(const rnn_option *option, const void *defaults, bool models, FILE *to)
{
    char value[RNN_OPTION_ROOM], need[128];
    rnn_option_text(option, defaults, value, sizeof value);
    if (option->kind == RNN_OPTION_REAL) /* a third in fewer digits */
        snprintf(value, sizeof value, "%.4g", *(const double *)((const char *)defaults + option->offset));
    for (const char *const *choice = option->choices; choice && *choice; choice++)
        if (choice == option->choices)
            fprintf(to, "; one of %s", *choice);
        else
            fprintf(to, ", %s", *choice);
    rnn_argument_need(option->name, need, sizeof need);
    if (need[0])
        fprintf(to, "; only with %s", need);
    if (option->kind != RNN_OPTION_FLAG && value[0])
        fprintf(to, " (%s)", models ? "the model's" : value);
}

/* A flag that is on is there to be turned off. */
static void print_option(const rnn_option *option, const void *defaults, bool models)
{
    char left[64], value[RNN_OPTION_ROOM], *text = NULL;
    size_t size = 0;
    rnn_option_text(option, defaults, value, sizeof value);
    const bool on = option->kind == RNN_OPTION_FLAG && strcmp(value, "yes") == 0;
    snprintf(left, sizeof left, "--%s%s%s%s", on ? "no-" : "", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    FILE *stream = open_memstream(&text, &size);
    if (stream) {
        fprintf(stream, "%s%s", on ? "no " : "", option->help);
        put_facts(option, defaults, models, stream);
    }
    const bool whole = stream && fclose(stream) == 0;
    printf("  %-*s ", HELP_INDENT - 3, left);
    print_words(whole ? text : option->help, strlen(left) + 3 > HELP_INDENT ? strlen(left) + 3 : HELP_INDENT);
    free(text);
}

/* First the group that a command begins with, which is what it reads and writes, then settings, then what matters to few. */
static void print_options(const rnn_command *command)
{
    rnn_arguments defaults;
    const char *group = "";
    const rnn_option *option;
    void *record;
    rnn_arguments_default(command, RNN_RECIPE_DEFAULT, &defaults);
    const char *first = rnn_nth_argument(&defaults, 0, &record)->group;
    bool models = false;
    for (size_t n = 0; (option = rnn_nth_argument(&defaults, n, &record)); n++)
        models |= strcmp(option->name, "model") == 0;
    for (int place = 0; place < 3; place++)
        for (size_t n = 0; (option = rnn_nth_argument(&defaults, n, &record)); n++) {
            if (place != (strcmp(option->group, first) == 0 ? 0 : record == &defaults.settings ? 1 : 2))
                continue;
            if (strcmp(group, option->group) != 0)
                printf("\n%s\n", group = option->group);
            print_option(option, record, models && record == &defaults.settings);
        }
}

void rnn_print_help(const rnn_command *command)
{
    printf("rnn_cl %s - train recurrent networks on any OpenCL device, and predict with them\n\n", RNN_CL_VERSION);
    for (const rnn_command *c = rnn_commands; c->name; c++)
        printf("  rnn_cl %-8s %-6s %s\n", c == rnn_commands ? "[train]" : c->name, c->operand ? c->operand : "",
               c->help);
    printf("\nOptions of %s (defaults in brackets%s):\n", command->name,
           command == rnn_commands ? "; --recipe article changes several" : "");
    print_options(command);
    printf("\nEnvironment: RNN_CL_DEVICE is --device where none is given; RNN_KERNEL_DIR: a folder of kernel sources.\n"
           "Exit codes:");
#define PRINT_STATUS(name, value, sentence) printf("%s%4d  %s\n", (value) ? "           " : " ", (value), (sentence));
    RNN_STATUS_TABLE(PRINT_STATUS)
#undef PRINT_STATUS
}
