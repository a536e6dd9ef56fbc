/* SPDX-License-Identifier: MIT
 * options.c - any bytes as a command line, a word a line: what it is taken for is checked, nothing is run
 */
#include "cmd/cases.h"
#include "cmd/command.h"
#include "fuzz.h"
#include "model/settings.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 64

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static char program[] = "rnn_cl";
    char *words[WORDS + 1] = {program}, *text = malloc(size + 1);
    rnn_arguments arguments;
    rnn_case cases[RNN_CASES];
    int count = 1;
    size_t chosen = 0;
    if (!text)
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    for (char *word = text; word < text + size && count < WORDS; word += strlen(word) + 1) {
        word[strcspn(word, "\n")] = '\0';
        words[count++] = word;
    }
    fuzz_begin();
    rnn_status status = rnn_arguments_parse(count, words, &arguments);
    if (status == RNN_OK)
        status = rnn_arguments_check(&arguments);
    if (status == RNN_OK)
        status = rnn_settings_check(&arguments.settings);
    if (status == RNN_OK)
        status = rnn_choose_cases(&arguments, cases, &chosen);
    fuzz_expect_told(status, "");
    fuzz_require(status != RNN_BAD_DATA, "a wrong word is no bad data");
    fuzz_require(status != RNN_OK || chosen <= RNN_CASES, "more cases than there are");
    fuzz_end(size);
    free(text);
    return 0;
}
