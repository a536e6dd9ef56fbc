/* SPDX-License-Identifier: MIT
 * comma_locale.h - a locale as hard as German and Turkish together, made for the test: no machine can be relied upon to have
 * either. Its decimal sign is a comma, and i and I are not each other's case.
 */
#ifndef RNN_TESTS_COMMA_LOCALE_H
#define RNN_TESTS_COMMA_LOCALE_H

#include "suites.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* localedef's own input, since its usual input files belong to a package that need not be there. */
static inline void comma_locale_write(const char *folder, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
}

/* "(<U0061>,<U0041>);...", or with `capitals` the other way round; without i. */
static inline void comma_locale_cases(char *text, size_t size, bool capitals)
{
    size_t used = 0;
    for (int letter = 'a'; letter <= 'z'; letter++)
        if (letter != 'i')
            used += (size_t)snprintf(text + used, size - used, "%s(<U%04X>,<U%04X>)", used ? ";" : "",
                                     (unsigned)(capitals ? letter - 32 : letter),
                                     (unsigned)(capitals ? letter : letter - 32));
}

static inline void comma_locale_make(const char *folder)
{
    char command[512], source[2048], upper[640], lower[640];
    comma_locale_write(folder, "ascii",
                       "<code_set_name> ASCII\n<comment_char> %\n<escape_char> /\n<mb_cur_min> 1\n<mb_cur_max> 1\n"
                       "CHARMAP\n<U0000>..<U007F> /x00 ASCII\nEND CHARMAP\n");
    comma_locale_cases(upper, sizeof upper, false);
    comma_locale_cases(lower, sizeof lower, true);
    snprintf(source, sizeof source,
             "comment_char %%\nescape_char /\n"
             "LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \"\"\ngrouping -1\nEND LC_NUMERIC\n"
             "LC_CTYPE\nupper <U0041>..<U005A>\nlower <U0061>..<U007A>\nspace <U0020>;<U0009>..<U000D>\n"
             "toupper %s\ntolower %s\nEND LC_CTYPE\n",
             upper, lower);
    comma_locale_write(folder, "source", source);
    snprintf(command, sizeof command, "localedef --quiet -c -f %s/ascii -i %s/source %s/comma >%s/said 2>&1", folder,
             folder, folder, folder);
    if (system(command) == -1) /* 1: warnings about the other categories; the caller tries what came of it */
        printf("localedef cannot be run\n");
}

/* From here to comma_locale_leave numbers have a comma. False, with a line that says so, where the C library knows no locales
 * from files; glibc does, and with it this never fails. */
static inline bool comma_locale_enter(const char *test)
{
    char folder[] = "/tmp/rnn_cl.locale.XXXXXX", command[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    comma_locale_make(folder);
    setenv("LOCPATH", folder, 1);
    const bool entered = setlocale(LC_NUMERIC, "comma") && strcmp(localeconv()->decimal_point, ",") == 0;
    unsetenv("LOCPATH");
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
#ifdef __GLIBC__
    ck_assert_msg(entered, "%s: localedef made no locale with a decimal comma", test);
#endif
    if (!entered)
        printf("%s: NOT RUN: this C library takes no locale with a decimal comma\n", test);
    return entered;
}

static inline void comma_locale_leave(void)
{
    setlocale(LC_NUMERIC, "C");
}

#endif
