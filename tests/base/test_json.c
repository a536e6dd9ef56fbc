/* SPDX-License-Identifier: MIT
 * test_json.c - every reader takes what it should, and what it refuses is named with place, key, found and expected
 */
#include "suites.h"

#include "base/allocations.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 4096

static const char sample[] = "{\"text\": \"word\", \"yes\": true, \"no\": false, \"count\": 7, \"negative\": -1,"
                             " \"real\": 0.1, \"nothing\": null, \"list\": [1, 2], \"inner\": {\"a\": 1}}";
static json_t *object;

static void set_up(void)
{
    ck_assert_int_eq(rnn_json_parse(sample, strlen(sample), ROOM, "sample", &object), RNN_OK);
}

static void tear_down(void)
{
    json_decref(object);
}

START_TEST(readers_take_their_type)
{
    const char *text;
    bool flag;
    size_t count;
    double real;
    json_t *inner, *list;
    ck_assert_int_eq(rnn_json_string(object, "text", "here", &text), RNN_OK);
    ck_assert_str_eq(text, "word");
    ck_assert_int_eq(rnn_json_bool(object, "yes", "here", &flag), RNN_OK);
    ck_assert(flag);
    ck_assert_int_eq(rnn_json_bool(object, "no", "here", &flag), RNN_OK);
    ck_assert(!flag);
    ck_assert_int_eq(rnn_json_size(object, "count", "here", &count), RNN_OK);
    ck_assert_uint_eq(count, 7);
    ck_assert_int_eq(rnn_json_real(object, "real", "here", &real), RNN_OK);
    ck_assert_double_eq(real, 0.1);
    ck_assert_int_eq(rnn_json_real(object, "negative", "here", &real), RNN_OK);
    ck_assert_double_eq(real, -1);
    ck_assert_int_eq(rnn_json_object(object, "inner", "here", &inner), RNN_OK);
    ck_assert_uint_eq(json_object_size(inner), 1);
    ck_assert_int_eq(rnn_json_array(object, "list", "here", &list), RNN_OK);
    ck_assert_uint_eq(json_array_size(list), 2);
}
END_TEST

/* `message` is how the recorded one begins. */
static void refused(rnn_status status, const char *message)
{
    ck_assert_int_eq(status, RNN_BAD_DATA);
    ck_assert_msg(strncmp(rnn_error_message(), message, strlen(message)) == 0, "%s", rnn_error_message());
}

START_TEST(readers_refuse_the_rest)
{
    const char *text;
    bool flag;
    size_t count;
    double real;
    json_t *value;
    refused(rnn_json_string(object, "absent", "here", &text), "here: \"absent\" is missing, expected a string");
    refused(rnn_json_string(object, "count", "here", &text), "here: \"count\" is an integer, expected a string");
    refused(rnn_json_bool(object, "count", "here", &flag), "here: \"count\" is an integer, expected true or false");
    refused(rnn_json_size(object, "real", "here", &count),
            "here: \"real\" is a real number, expected an integer of at least 0");
    refused(rnn_json_size(object, "negative", "here", &count),
            "here: \"negative\" is -1, expected an integer from 0 to ");
    refused(rnn_json_real(object, "nothing", "here", &real), "here: \"nothing\" is null, expected a number");
    refused(rnn_json_real(object, "yes", "here", &real), "here: \"yes\" is true, expected a number");
    refused(rnn_json_real(object, "no", "here", &real), "here: \"no\" is false, expected a number");
    ck_assert_str_eq(rnn_json_type(NULL), "nothing");
    refused(rnn_json_object(object, "list", "here", &value), "here: \"list\" is an array, expected an object");
    refused(rnn_json_array(object, "inner", "here", &value), "here: \"inner\" is an object, expected an array");
}
END_TEST

/* `outside` then `times` x `inside`: what its tree takes is at most what was counted beforehand. */
static const struct {
    const char *inside;
    size_t times;
} shapes[] = {{"[],", 3000},        {"{},", 3000},         {"1,", 9000},
              {"1.5,", 9000},       {"\"\",", 6000},       {"\"a longer text\",", 6000},
              {"{\"k\":1},", 2000}, {"[[1],[2,3]],", 900}, {"{\"a\":1,\"b\":{\"c\":null}},", 900}};

static rnn_status parse_shape(size_t index, size_t room, bool members)
{
    const size_t most = 32 + shapes[index].times * (strlen(shapes[index].inside) + 16);
    char *text = calloc(most, 1);
    size_t used = (size_t)snprintf(text, most, members ? "{" : "{\"a\":[");
    json_t *value;
    for (size_t i = 0; i < shapes[index].times; i++) {
        used += members ? (size_t)snprintf(text + used, most - used, "\"k%zu\":", i) : 0;
        used += (size_t)snprintf(text + used, most - used, "%s", shapes[index].inside);
    }
    snprintf(text + used, most - used, members ? "\"z\":1}" : "1]}");
    allocations_watch(0);
    const rnn_status status = rnn_json_parse(text, strlen(text), room, "there", &value);
    const size_t peak = allocations_stop().peak;
    ck_assert_msg(status != RNN_OK || peak <= room + strlen(text), "%s took %zu bytes, %zu are allowed",
                  shapes[index].inside, peak, room + strlen(text));
    json_decref(value);
    free(text);
    return status;
}

START_TEST(trees_take_no_more_than_their_room)
{
    for (int members = 0; members <= 1; members++) {
        size_t room = 1;
        while (parse_shape((size_t)_i, room, members) == RNN_BAD_DATA)
            room += room / 8 + 1;
        ck_assert_uint_lt(room, (size_t)4 << 20);
    }
}
END_TEST

START_TEST(depth_is_capped)
{
    char text[2 * RNN_JSON_DEPTH + 16] = "{\"a\":";
    json_t *value;
    memset(text + 5, '[', RNN_JSON_DEPTH - 1);
    memset(text + 5 + RNN_JSON_DEPTH - 1, ']', RNN_JSON_DEPTH - 1);
    text[5 + 2 * (RNN_JSON_DEPTH - 1)] = '}';
    ck_assert_int_eq(rnn_json_parse(text, strlen(text), 1 << 16, "there", &value), RNN_OK);
    json_decref(value);
    memset(text + 5, '[', RNN_JSON_DEPTH);
    refused(rnn_json_parse(text, strlen(text), 1 << 16, "there", &value),
            "there: the JSON nests deeper than 32 levels, the cap for it (byte 36)");
    refused(rnn_json_parse("{\"[[{\\\"{\": 1}", 13, 100, "there", &value),
            "there: the JSON would take more than 100 bytes of memory, the cap for it (byte 0)");
    ck_assert_int_eq(rnn_json_parse("{\"[[{\\\"{\": 1}", 13, 400, "there", &value), RNN_OK);
    json_decref(value);
}
END_TEST

START_TEST(parse_says_where_it_broke)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "broken JSON at line 1"},
        {"{\"a\": 1,\n \"b\" 2}", "broken JSON at line 2, column 6"},
        {"{\"a\": 1, \"a\": 2}", "duplicate object key"},
        {"{} x", "end of file expected"},
        {"[1]", "the JSON is an array, expected an object"},
        {"3", "the JSON is an integer, expected an object"},
        {"{\"a\": 1e999}", "real number overflow"},
        {"{\"a\": \"\xff\"}", "unable to decode byte 0xff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *value;
        ck_assert_int_eq(rnn_json_parse(cases[i].text, strlen(cases[i].text), ROOM, "there", &value), RNN_BAD_DATA);
        ck_assert_ptr_null(value);
        ck_assert_msg(strncmp(rnn_error_message(), "there: ", 7) == 0 && strstr(rnn_error_message(), cases[i].message),
                      "case %zu says: %s", i, rnn_error_message());
    }
}
END_TEST

/* Through text and back: the same bits, whatever the number. */
START_TEST(numbers_survive)
{
    static const double reals[] = {0.1, 1.0 / 3, 1e-310, 1.7976931348623157e308, -0.0, 5e-324, 101185.61756671};
    static const uint64_t seeds[] = {0, 42, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        json_t *value = json_pack("{s:o}", "x", rnn_json_real_or_null(reals[i])), *back;
        char *text = json_dumps(value, RNN_JSON_EXACT | JSON_COMPACT);
        double real;
        ck_assert_int_eq(rnn_json_parse(text, strlen(text), ROOM, "x", &back), RNN_OK);
        ck_assert_int_eq(rnn_json_real(back, "x", "x", &real), RNN_OK);
        ck_assert_mem_eq(&real, &reals[i], sizeof real);
        json_decref(back);
        json_decref(value);
        free(text);
    }
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        json_t *value = rnn_json_u64_or_text(seeds[i]);
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY), expected[32];
        snprintf(expected, sizeof expected, seeds[i] <= INT64_MAX ? "%llu" : "\"%llu\"", (unsigned long long)seeds[i]);
        ck_assert_str_eq(text, expected);
        json_decref(value);
        free(text);
    }
}
END_TEST

START_TEST(what_json_cannot_say)
{
    const double odd[] = {NAN, INFINITY, -INFINITY};
    json_t *value;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        value = rnn_json_real_or_null(odd[i]);
        ck_assert(json_is_null(value));
        json_decref(value);
    }
    ck_assert_int_eq(rnn_json_from_text("Gr\xc3\xb6\xc3\x9f"
                                        "e",
                                        "column 2", &value),
                     RNN_OK);
    json_decref(value);
    ck_assert_int_eq(rnn_json_from_text("Gr\xf6\xdf"
                                        "e",
                                        "column 2", &value),
                     RNN_BAD_DATA);
    ck_assert_ptr_null(value);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "column 2"));
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "not UTF-8"));
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, readers_take_their_type);
    tcase_add_test(tests, readers_refuse_the_rest);
    tcase_add_test(tests, parse_says_where_it_broke);
    tcase_add_loop_test(tests, trees_take_no_more_than_their_room, 0, sizeof shapes / sizeof *shapes);
    tcase_add_test(tests, depth_is_capped);
    tcase_add_test(tests, numbers_survive);
    tcase_add_test(tests, what_json_cannot_say);
    suite_add_tcase(suite, tests);
    return suite;
}
