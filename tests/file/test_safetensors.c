/* SPDX-License-Identifier: MIT
 * test_safetensors.c - files of ours and of the format's own library are read; no damage does more than be refused
 */
#include "suites.h"

#include "base/file.h"
#include "file/safetensors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char path[] = "/tmp/rnn_cl.safetensors.XXXXXX";

static void set_up(void)
{
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
}

static void tear_down(void)
{
    unlink(path);
}

static const float weights[6] = {1.5f, -0.0f, 3e-45f, 4, 5, 6};
static const double scale[1] = {0.1};
/* "void" begins where "scale" does and must come first although its name does not. */
static const rnn_stored_tensor tensors[] = {
    {"rnn.weight_hh_l0", RNN_FLOAT, 2, {2, 3}, weights, sizeof weights},
    {"void", RNN_FLOAT, 3, {4, 0, 2}, NULL, 0},
    {"scale", RNN_DOUBLE, 0, {0}, scale, sizeof scale},
};
static const rnn_metadata metadata[] = {{"format", "pt"},
                                        {"spec", "{\"H\": 100, \"name\": \"Gr\xc3\xb6\xc3\x9f\x65\"}"}};

START_TEST(round_trip)
{
    rnn_safetensors *file;
    ck_assert_int_eq(rnn_safetensors_write(path, tensors, 3, metadata, 2), RNN_OK);
    ck_assert_int_eq(rnn_safetensors_read(path, &file), RNN_OK);
    ck_assert_uint_eq(file->count, 3);
    ck_assert_uint_eq(file->metadata_count, 3); /* and the digest */
    for (size_t i = 0; i < 3; i++) {
        const rnn_stored_tensor *found = rnn_safetensors_tensor(file, tensors[i].name);
        ck_assert_ptr_nonnull(found);
        ck_assert_int_eq(found->precision, tensors[i].precision);
        ck_assert_uint_eq(found->rank, tensors[i].rank);
        ck_assert_mem_eq(found->shape, tensors[i].shape, found->rank * sizeof *found->shape);
        ck_assert_uint_eq(found->size, tensors[i].size);
        if (found->size > 0)
            ck_assert_mem_eq(found->data, tensors[i].data, found->size);
    }
    for (size_t i = 0; i < 2; i++)
        ck_assert_str_eq(rnn_safetensors_metadata(file, metadata[i].key), metadata[i].value);
    ck_assert_ptr_null(rnn_safetensors_tensor(file, "spec"));
    ck_assert_ptr_null(rnn_safetensors_tensor(file, "__metadata__"));
    ck_assert_ptr_null(rnn_safetensors_metadata(file, "scale"));
    rnn_safetensors_free(file);
    rnn_safetensors_free(NULL);
}
END_TEST

/* Of "format\0pt\0", then each tensor's name and dtype with their NULs, shape as 64-bit integers, bytes, by Python's
 * hashlib. */
#define SHA256_OF_LAYOUT "5d833dd218f7c79789ce39b58909fcc8a17a772128818985d696208cad001c2b"

/* The bytes themselves: another reader sees the file, not our reader's view of it. */
START_TEST(layout)
{
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"sha256\":\"" SHA256_OF_LAYOUT
        "\"},\"rnn.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[2,3],"
        "\"data_offsets\":[0,24]},\"void\":{\"dtype\":\"F32\",\"shape\":[4,0,2],\"data_offsets\":[24,24]},"
        "\"scale\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[24,32]}}";
    unsigned char *bytes;
    size_t size;
    uint64_t length;
    ck_assert_int_eq(rnn_safetensors_write(path, tensors, 3, metadata, 1), RNN_OK);
    ck_assert_int_eq(rnn_read_file(path, 4096, &bytes, &size), RNN_OK);
    memcpy(&length, bytes, 8);
    ck_assert_uint_eq(length % 8, 0);
    ck_assert_uint_ge(length, sizeof header - 1);
    ck_assert_uint_lt(length, sizeof header - 1 + 8);
    ck_assert_mem_eq(bytes + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < length; i++)
        ck_assert_int_eq(bytes[8 + i], ' ');
    ck_assert_uint_eq(size, 8 + length + sizeof weights + sizeof scale);
    ck_assert_mem_eq(bytes + 8 + length, weights, sizeof weights);
    ck_assert_mem_eq(bytes + 8 + length + sizeof weights, scale, sizeof scale);
    free(bytes);
}
END_TEST

/* What safetensors 0.8.0 for Python writes for
 *   save({"a": (arange(6, dtype=float32) / 2).reshape(2, 3), "d": array([0.1, -1e300]), "s": array(7, dtype=float32)},
 *        {"k": 'v"\u00e9'}) */
// clang-format off
static const unsigned char golden[] = {
    0xc8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7b, 0x22, 0x5f, 0x5f, 0x6d, 0x65, 0x74, 0x61, 0x64, 0x61, 0x74, 0x61,
    0x5f, 0x5f, 0x22, 0x3a, 0x7b, 0x22, 0x6b, 0x22, 0x3a, 0x22, 0x76, 0x5c, 0x22, 0xc3, 0xa9, 0x22, 0x7d, 0x2c, 0x22, 0x64,
    0x22, 0x3a, 0x7b, 0x22, 0x64, 0x74, 0x79, 0x70, 0x65, 0x22, 0x3a, 0x22, 0x46, 0x36, 0x34, 0x22, 0x2c, 0x22, 0x73, 0x68,
    0x61, 0x70, 0x65, 0x22, 0x3a, 0x5b, 0x32, 0x5d, 0x2c, 0x22, 0x64, 0x61, 0x74, 0x61, 0x5f, 0x6f, 0x66, 0x66, 0x73, 0x65,
    0x74, 0x73, 0x22, 0x3a, 0x5b, 0x30, 0x2c, 0x31, 0x36, 0x5d, 0x7d, 0x2c, 0x22, 0x61, 0x22, 0x3a, 0x7b, 0x22, 0x64, 0x74,
    0x79, 0x70, 0x65, 0x22, 0x3a, 0x22, 0x46, 0x33, 0x32, 0x22, 0x2c, 0x22, 0x73, 0x68, 0x61, 0x70, 0x65, 0x22, 0x3a, 0x5b,
    0x32, 0x2c, 0x33, 0x5d, 0x2c, 0x22, 0x64, 0x61, 0x74, 0x61, 0x5f, 0x6f, 0x66, 0x66, 0x73, 0x65, 0x74, 0x73, 0x22, 0x3a,
    0x5b, 0x31, 0x36, 0x2c, 0x34, 0x30, 0x5d, 0x7d, 0x2c, 0x22, 0x73, 0x22, 0x3a, 0x7b, 0x22, 0x64, 0x74, 0x79, 0x70, 0x65,
    0x22, 0x3a, 0x22, 0x46, 0x33, 0x32, 0x22, 0x2c, 0x22, 0x73, 0x68, 0x61, 0x70, 0x65, 0x22, 0x3a, 0x5b, 0x5d, 0x2c, 0x22,
    0x64, 0x61, 0x74, 0x61, 0x5f, 0x6f, 0x66, 0x66, 0x73, 0x65, 0x74, 0x73, 0x22, 0x3a, 0x5b, 0x34, 0x30, 0x2c, 0x34, 0x34,
    0x5d, 0x7d, 0x7d, 0x20, 0x20, 0x20, 0x20, 0x20, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f, 0x9c, 0x75, 0x00, 0x88,
    0x3c, 0xe4, 0x37, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3f, 0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0xc0, 0x3f,
    0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x20, 0x40, 0x00, 0x00, 0xe0, 0x40,
};
// clang-format on

START_TEST(reads_the_library_s_file)
{
    rnn_safetensors *file;
    ck_assert_int_eq(rnn_safetensors_parse(golden, sizeof golden, "golden", &file), RNN_OK);
    ck_assert_uint_eq(file->count, 3);
    ck_assert_str_eq(file->tensors[0].name, "d"); /* in the order of the bytes: the library puts wide types first */
    const rnn_stored_tensor *a = rnn_safetensors_tensor(file, "a"), *d = rnn_safetensors_tensor(file, "d");
    const float values[6] = {0, 0.5f, 1, 1.5f, 2, 2.5f};
    const double pair[2] = {0.1, -1e300};
    ck_assert_uint_eq(a->rank, 2);
    ck_assert_uint_eq(a->shape[0], 2);
    ck_assert_uint_eq(a->shape[1], 3);
    ck_assert_mem_eq(a->data, values, sizeof values);
    ck_assert_int_eq(d->precision, RNN_DOUBLE);
    ck_assert_mem_eq(d->data, pair, sizeof pair);
    ck_assert_uint_eq(rnn_safetensors_tensor(file, "s")->rank, 0);
    ck_assert_str_eq(rnn_safetensors_metadata(file, "k"), "v\"\xc3\xa9");
    rnn_safetensors_free(file);
}
END_TEST

/* Headers of all lengths are padded so that the first tensor's bytes are aligned. */
START_TEST(data_is_aligned)
{
    char text[17] = "";
    for (size_t i = 0; i < 16; i++) {
        const rnn_metadata one = {"k", text};
        unsigned char *bytes;
        size_t size;
        ck_assert_int_eq(rnn_safetensors_write(path, &tensors[2], 1, &one, 1), RNN_OK);
        ck_assert_int_eq(rnn_read_file(path, 4096, &bytes, &size), RNN_OK);
        ck_assert_uint_eq(bytes[0] % 8, 0); /* the length's low byte */
        ck_assert_uint_eq(size % 8, 0);
        free(bytes);
        text[i] = 'x';
    }
}
END_TEST

/* A flipped bit anywhere is found, in the header by its structure or the digest, in the tensors by the digest; but where the
 * digest's own key is hit, the file looks like one of another program, which has none. */
START_TEST(every_flipped_bit)
{
    unsigned char *bytes;
    size_t size;
    rnn_safetensors *file;
    ck_assert_int_eq(rnn_safetensors_write(path, tensors, 3, metadata, 2), RNN_OK);
    ck_assert_int_eq(rnn_read_file(path, 4096, &bytes, &size), RNN_OK);
    const size_t padding = 8; /* a blank turned into another kind of blank changes nothing that is read */
    for (size_t i = 0; i < size * 8; i++) {
        const unsigned char was = bytes[i / 8];
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        const rnn_status status = rnn_safetensors_parse(bytes, size, "flipped", &file);
        const bool blank = was == ' ' && i / 8 >= size - sizeof weights - sizeof scale - padding;
        const bool undigested = status == RNN_OK && !rnn_safetensors_metadata(file, "sha256");
        ck_assert_msg(status == RNN_BAD_DATA || blank || undigested, "bit %zu of byte %zu went unnoticed", i % 8,
                      i / 8);
        rnn_safetensors_free(file);
        bytes[i / 8] = was;
    }
    free(bytes);
}
END_TEST

START_TEST(nothing_in_it)
{
    rnn_safetensors *file;
    ck_assert_int_eq(rnn_safetensors_write(path, NULL, 0, NULL, 0), RNN_OK);
    ck_assert_int_eq(rnn_safetensors_read(path, &file), RNN_OK);
    ck_assert_uint_eq(file->count, 0);
    ck_assert_uint_eq(file->metadata_count, 1); /* the digest */
    rnn_safetensors_free(file);
}
END_TEST

START_TEST(writer_refuses)
{
    const rnn_stored_tensor twice[] = {tensors[0], tensors[0]};
    const rnn_stored_tensor latin = {"Gr\xf6\xdf", RNN_DOUBLE, 0, {0}, scale, sizeof scale};
    const rnn_stored_tensor reserved = {"__metadata__", RNN_DOUBLE, 0, {0}, scale, sizeof scale};
    const rnn_metadata latin_text = {"name", "Gr\xf6\xdf"};
    rnn_stored_tensor wrong = tensors[0], deep = tensors[0], vast = tensors[0];
    deep.rank = RNN_TENSOR_RANK + 1;
    vast.shape[0] = vast.shape[1] = SIZE_MAX / 2;
    char *large = calloc((2 << 20) + 1, 1);
    const rnn_metadata large_text = {"k", large};
    ck_assert_ptr_nonnull(large);
    memset(large, 'x', 2 << 20);
    wrong.size -= 4;
    unlink(path);
    ck_assert_int_eq(rnn_safetensors_write(path, twice, 2, NULL, 0), RNN_INTERNAL);
    ck_assert_int_eq(rnn_safetensors_write(path, &wrong, 1, NULL, 0), RNN_INTERNAL);
    ck_assert_int_eq(rnn_safetensors_write(path, &reserved, 1, NULL, 0), RNN_INTERNAL);
    ck_assert_int_eq(rnn_safetensors_write(path, &deep, 1, NULL, 0), RNN_INTERNAL);
    ck_assert_int_eq(rnn_safetensors_write(path, &vast, 1, NULL, 0), RNN_INTERNAL);
    ck_assert_int_eq(rnn_safetensors_write(path, &latin, 1, NULL, 0), RNN_BAD_DATA);
    ck_assert_int_eq(rnn_safetensors_write(path, tensors, 1, &latin_text, 1), RNN_BAD_DATA);
    ck_assert_int_eq(rnn_safetensors_write(path, tensors, 1, &large_text, 1), RNN_BAD_DATA);
    free(large);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(rnn_safetensors_write("/absent/model.safetensors", tensors, 3, NULL, 0), RNN_CANNOT_CREATE);
}
END_TEST

/* A file that may not grow is a full disk: small ones fail when they are committed, large ones at their tensor. */
START_TEST(full_disk)
{
    static const float many[100000];
    const rnn_stored_tensor large = {"many", RNN_FLOAT, 1, {100000}, many, sizeof many};
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    const rnn_status small = rnn_safetensors_write(path, tensors, 3, NULL, 0);
    const rnn_status whole = rnn_safetensors_write(path, &large, 1, NULL, 0);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert_int_eq(small, RNN_IO);
    ck_assert_int_eq(whole, RNN_IO);
}
END_TEST

START_TEST(absent_file)
{
    rnn_safetensors *file;
    ck_assert_int_eq(rnn_safetensors_read("/absent/model.safetensors", &file), RNN_NO_INPUT);
    ck_assert_ptr_null(file);
}
END_TEST

/* A copy of exactly `size` bytes, so that a tool which watches memory sees a read past its end. */
static rnn_status parse_copy(const unsigned char *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    rnn_safetensors *file;
    memcpy(copy, bytes, size);
    const rnn_status status = rnn_safetensors_parse(copy, size, "copy", &file);
    rnn_safetensors_free(file);
    free(copy);
    return status;
}

START_TEST(every_truncation_is_refused)
{
    for (size_t size = 0; size < sizeof golden; size++)
        ck_assert_int_eq(parse_copy(golden, size), RNN_BAD_DATA);
    ck_assert_int_eq(parse_copy(golden, sizeof golden), RNN_OK);
}
END_TEST

/* Some flips leave a valid file (a letter of a name); none may do more than be refused. */
START_TEST(every_flipped_bit_is_survived)
{
    unsigned char damaged[sizeof golden];
    memcpy(damaged, golden, sizeof golden);
    for (size_t bit = 0; bit < 8 * sizeof golden; bit++) {
        damaged[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const rnn_status status = parse_copy(damaged, sizeof golden);
        ck_assert(status == RNN_OK || status == RNN_BAD_DATA);
        damaged[bit / 8] = golden[bit / 8];
    }
}
END_TEST

Suite *safetensors_suite(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *tests = tcase_create("safetensors");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, layout);
    tcase_add_test(tests, reads_the_library_s_file);
    tcase_add_test(tests, data_is_aligned);
    tcase_add_test(tests, every_flipped_bit);
    tcase_add_test(tests, nothing_in_it);
    tcase_add_test(tests, writer_refuses);
    tcase_add_test(tests, full_disk);
    tcase_add_test(tests, absent_file);
    tcase_add_test(tests, every_truncation_is_refused);
    tcase_add_test(tests, every_flipped_bit_is_survived);
    suite_add_tcase(suite, tests);
    return suite;
}
