/* SPDX-License-Identifier: MIT */
#include "made_files.h"

#include "suites.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MIB            ((size_t)1 << 20)
#define NPY(length)    "\x93NUMPY\x01\0" length
#define NPY_SIZE       10
#define MODEL(content) "{\"__metadata__\":{\"format\":\"rnn_cl\",\"format_version\":\"1\",\"model\":\"" content

/* head, `times` x body, tail; in front of it, where so told, the length of a safetensors header of all that. */
static const struct {
    const char *name, *head;
    size_t head_size; /* 0: up to its NUL */
    const char *body;
    size_t times;
    const char *tail;
    bool header;
} made[] = {
    {.name = "field_of_1_mib.csv", .head = "v\n", .body = "x", .times = MIB, .tail = "\n"},
    {.name = "field_beyond_cap.csv", .head = "v\n", .body = "x", .times = MIB + 1, .tail = "\n"},
    {.name = "digits_1_mib.csv", .head = "v\n1e", .body = "9", .times = MIB - 64, .tail = "\n"},
    {.name = "quote_over_1_mib.csv", .head = "v\n1\n\"", .body = "2\n", .times = MIB, .tail = "\"\n"},
    {.name = "quotes.csv", .head = "v\n\"", .body = "\"\"", .times = MIB / 2 - 8, .tail = "\"\n"},
    {.name = "columns_100000.csv", .head = "v", .body = ",w", .times = 99999, .tail = "\n1\n"},
    {.name = "columns_100001.csv", .head = "v", .body = ",", .times = 100000, .tail = "\n"},
    {.name = "columns_all_used.csv", .head = "1", .body = ",1", .times = 99999, .tail = "\n2\n"},
    {.name = "rows_500000.csv", .head = "v\n", .body = "1\n", .times = 500000, .tail = "x\n"},
    {.name = "spaces.csv", .head = "v\n1\n", .body = " ", .times = 2 * MIB, .tail = "x\n"},
    {.name = "type_nested.npy",
     .head = NPY("\x10\x27") "{'descr': ",
     .head_size = NPY_SIZE + 10,
     .body = "[",
     .times = 9990,
     .tail = ""},
    {.name = "shape_nested.npy",
     .head = NPY("\x10\x27") "{'shape': ",
     .head_size = NPY_SIZE + 10,
     .body = "(",
     .times = 9990,
     .tail = ""},
    {.name = "shape_of_4000.npy",
     .head = NPY("\x50\x1f") "{'shape': (",
     .head_size = NPY_SIZE + 11,
     .body = "1,",
     .times = 4000,
     .tail = ")}   "},
    {.name = "nested_10000.safetensors", .head = "{\"a\":", .body = "[", .times = 10000, .tail = "", .header = true},
    {.name = "header_beyond_cap.safetensors", .head = "{", .body = " ", .times = 2 * MIB, .tail = "}", .header = true},
    {.name = "arrays.safetensors", .head = "{\"a\":[", .body = "[],", .times = MIB / 2, .tail = "1]}", .header = true},
    {.name = "objects.safetensors", .head = "{\"a\":[", .body = "{},", .times = MIB / 2, .tail = "1]}", .header = true},
    {.name = "numbers.safetensors", .head = "{\"a\":[", .body = "1,", .times = 900000, .tail = "1]}", .header = true},
    {.name = "long_name.safetensors", .head = "{\"", .body = "x", .times = 2000000, .tail = "\":1}", .header = true},
    {.name = "objects_in_model.safetensors",
     .head = MODEL("{\\\"a\\\":["),
     .body = "{},",
     .times = 600000,
     .tail = "1]}\"}}",
     .header = true},
    {.name = "objects_below_cap.safetensors",
     .head = MODEL("{\\\"a\\\":["),
     .body = "{},",
     .times = 29000,
     .tail = "1]}\"}}",
     .header = true},
    {.name = "long_text_in_model.safetensors",
     .head = MODEL("{\\\"settings\\\":\\\""),
     .body = "x",
     .times = 2000000,
     .tail = "\\\"}\"}}",
     .header = true},
    {.name = "beyond_1_mib.txt", .head = "#", .body = "x", .times = MIB, .tail = "\n"},
    {.name = "lines_8193.txt", .head = "", .body = "kernel=grad:vec=2\n", .times = 8193, .tail = ""},
    {.name = "line_of_1_mib.txt", .head = "kernel=state: ", .body = "x", .times = MIB - 64, .tail = "\n"},
    {.name = "device_of_1_mib.txt",
     .head = "device=\"",
     .body = "x",
     .times = MIB - 64,
     .tail = "\" kernel=grad: vec=2\n"},
};

#define MADE (sizeof made / sizeof *made)

size_t made_file_count(void)
{
    return MADE;
}

void made_file_write(const char *name, const char *path)
{
    size_t i = 0;
    while (i < MADE && strcmp(made[i].name, name) != 0)
        i++;
    ck_assert_msg(i < MADE, "no file '%s' to make", name);
    const size_t head = made[i].head_size ? made[i].head_size : strlen(made[i].head);
    const uint64_t length = head + made[i].times * strlen(made[i].body) + strlen(made[i].tail);
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    if (made[i].header)
        fwrite(&length, sizeof length, 1, stream);
    fwrite(made[i].head, 1, head, stream);
    for (size_t n = 0; n < made[i].times; n++)
        fputs(made[i].body, stream);
    fputs(made[i].tail, stream);
    ck_assert_int_eq(fclose(stream), 0);
}
