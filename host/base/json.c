/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>

/* What jansson allocates at most for the token that begins with this character, its growing tables included and the bytes
 * of texts left out. A number's share stands at the comma or colon before it. */
static size_t node_bytes(char token)
{
    switch (token) {
    case '{':
        return 240;
    case '[':
        return 128;
    case '"':
    case ',':
        return 80;
    case ':':
        return 32;
    default:
        return 0;
    }
}

/* Before jansson sees the text, since it nests and allocates as the text says. Broken JSON is left to it. */
static rnn_status check_cost(const char *text, size_t size, size_t room, const char *where)
{
    bool quoted = false;
    size_t bytes = 0, depth = 0;
    for (size_t i = 0; i < size; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else
                quoted = text[i] != '"';
            continue;
        }
        quoted = text[i] == '"';
        bytes += node_bytes(text[i]);
        if (bytes > room)
            return rnn_fail(RNN_BAD_DATA,
                            "%s: the JSON would take more than %zu bytes of memory, the cap for it (byte %zu)", where,
                            room, i);
        if (text[i] == '{' || text[i] == '[')
            depth++;
        else if ((text[i] == '}' || text[i] == ']') && depth > 0)
            depth--;
        if (depth > RNN_JSON_DEPTH)
            return rnn_fail(RNN_BAD_DATA, "%s: the JSON nests deeper than %d levels, the cap for it (byte %zu)", where,
                            RNN_JSON_DEPTH, i);
    }
    return RNN_OK;
}

rnn_status rnn_json_parse(const char *text, size_t size, size_t room, const char *where, json_t **out)
{
    json_error_t error = {.text = ""}; /* jansson may run out of memory before it writes there */
    *out = NULL;
    const rnn_status status = check_cost(text, size, room, where);
    if (status)
        return status;
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value && (json_error_code(&error) == json_error_out_of_memory || !error.text[0]))
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory while parsing %zu bytes of JSON", where, size);
    if (!value)
        return rnn_fail(RNN_BAD_DATA, "%s: broken JSON at line %d, column %d (byte %d): %s", where, error.line,
                        error.column, error.position, error.text);
    if (!json_is_object(value)) {
        const char *type = rnn_json_type(value);
        json_decref(value);
        return rnn_fail(RNN_BAD_DATA, "%s: the JSON is %s, expected an object", where, type);
    }
    *out = value;
    return RNN_OK;
}

const char *rnn_json_type(const json_t *value)
{
    if (!value)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "of an unknown type";
}

static rnn_status unexpected(const json_t *value, const char *key, const char *where, const char *expected)
{
    if (!value)
        return rnn_fail(RNN_BAD_DATA, "%s: \"%s\" is missing, expected %s", where, key, expected);
    return rnn_fail(RNN_BAD_DATA, "%s: \"%s\" is %s, expected %s", where, key, rnn_json_type(value), expected);
}

rnn_status rnn_json_string(const json_t *object, const char *key, const char *where, const char **out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return unexpected(value, key, where, "a string");
    *out = json_string_value(value);
    return RNN_OK;
}

rnn_status rnn_json_bool(const json_t *object, const char *key, const char *where, bool *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        return unexpected(value, key, where, "true or false");
    *out = json_is_true(value);
    return RNN_OK;
}

rnn_status rnn_json_size(const json_t *object, const char *key, const char *where, size_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return unexpected(value, key, where, "an integer of at least 0");
    const json_int_t number = json_integer_value(value);
    if (number < 0 || (uint64_t)number > SIZE_MAX)
        return rnn_fail(RNN_BAD_DATA, "%s: \"%s\" is %" JSON_INTEGER_FORMAT ", expected an integer from 0 to %zu",
                        where, key, number, SIZE_MAX);
    *out = (size_t)number;
    return RNN_OK;
}

rnn_status rnn_json_real(const json_t *object, const char *key, const char *where, double *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        return unexpected(value, key, where, "a number");
    *out = json_number_value(value);
    return RNN_OK;
}

rnn_status rnn_json_object(const json_t *object, const char *key, const char *where, json_t **out)
{
    json_t *value = json_object_get(object, key);
    if (!json_is_object(value))
        return unexpected(value, key, where, "an object");
    *out = value;
    return RNN_OK;
}

rnn_status rnn_json_array(const json_t *object, const char *key, const char *where, json_t **out)
{
    json_t *value = json_object_get(object, key);
    if (!json_is_array(value))
        return unexpected(value, key, where, "an array");
    *out = value;
    return RNN_OK;
}

json_t *rnn_json_real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *rnn_json_u64_or_text(uint64_t value)
{
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    return json_sprintf("%" PRIu64, value);
}

rnn_status rnn_json_from_text(const char *text, const char *where, json_t **out)
{
    *out = json_string(text);
    if (!*out) /* jansson gives no reason, but it has only this one beside exhausted memory */
        return rnn_fail(RNN_BAD_DATA,
                        "%s: \"%.80s\" cannot be stored as JSON: it is not UTF-8 text; convert it (iconv -t utf-8)",
                        where, text);
    return RNN_OK;
}
