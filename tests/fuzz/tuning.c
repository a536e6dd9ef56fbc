/* SPDX-License-Identifier: MIT
 * tuning.c - any bytes as tuning lines; a line that is taken is written so that it reads the same
 */
#include "backend/opencl/tuning.h"
#include "fuzz.h"

#include <string.h>

static void expect_same_again(const rnn_tuning_line *line)
{
    char text[RNN_TUNING_LINE_SIZE], again[RNN_TUNING_LINE_SIZE];
    rnn_tuning_list list = {NULL, 0};
    rnn_tuning_line_text(line, text, sizeof text);
    fuzz_require(rnn_tuning_parse(text, strlen(text), "again", false, &list) == RNN_OK && list.count == 1,
                 "a line that is not read as it was written");
    fuzz_require(rnn_tuning_same_place(line, list.lines), "a line for another place");
    fuzz_require(strcmp(text, rnn_tuning_line_text(list.lines, again, sizeof again)) == 0, "another line");
    rnn_tuning_list_free(&list);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    rnn_tuning_list list = {NULL, 0};
    fuzz_begin();
    const rnn_status status = rnn_tuning_parse((const char *)bytes, size, "t", false, &list);
    fuzz_expect_told(status, "t:");
    fuzz_require(status == RNN_OK || list.count == 0, "lines beside a failure");
    for (size_t i = 0; i < list.count; i++)
        expect_same_again(&list.lines[i]);
    rnn_tuning_list_free(&list);
    fuzz_end(size);
    return 0;
}
