/* SPDX-License-Identifier: MIT
 *
 * embed.c - turn the kernel sources into one C file, so that the program needs no file at run time
 *
 * usage: embed OUT.c FILE...
 *
 * OUT.c defines rnn_kernel_files[], a row {base name, text} for each FILE, and rnn_kernel_file_count, both declared in
 * backend/opencl/kernel_files.h. Rows are in order of name, so the output depends on the files' names and bytes alone:
 * not on the order of arguments, the folder or the day.
 *
 * A line of the source becomes one string literal, so a debugger and a diff show kernel lines. The literals of a file
 * join into one that is longer than the 4095 characters a C11 compiler must take; gcc and clang take any length, and the
 * output says so to -Wpedantic.
 *
 * OUT.c appears whole or not at all: it is written beside itself and renamed. Exit codes are sysexits' (64 usage, 65 a
 * file that cannot be embedded, 66 one that cannot be read, 71 memory, 73 and 74 the output).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum exit_code { OK = 0, USAGE = 64, BAD_DATA = 65, NO_INPUT = 66, NO_MEMORY = 71, CANNOT_CREATE = 73, IO = 74 };

#define TRY(call)                  \
    do {                           \
        if ((code = (call)) != OK) \
            goto fail;             \
    } while (0)

struct source {
    const char *path; /* as given */
    const char *name; /* its last part */
    char *text;
    size_t length;
};

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("embed: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* The code that comes out of a failure, after its message. A macro, so that an analyser sees it is not OK. */
#define FAIL(code, ...) (complain(__VA_ARGS__), (code))

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Reads a whole stream into source->text, which the caller frees even after a failure. */
static enum exit_code read_stream(FILE *stream, struct source *source)
{
    size_t capacity = 0;
    for (;;) {
        if (source->length == capacity) {
            capacity = capacity ? 2 * capacity : 16384;
            char *text = realloc(source->text, capacity);
            if (!text)
                return FAIL(NO_MEMORY, "%s: out of memory at %zu bytes", source->path, capacity);
            source->text = text;
        }
        const size_t count = fread(source->text + source->length, 1, capacity - source->length, stream);
        if (count == 0)
            break;
        source->length += count;
    }
    if (ferror(stream))
        return FAIL(NO_INPUT, "%s: reading failed: %s", source->path, strerror(errno));
    return OK;
}

static enum exit_code read_source(const char *path, struct source *source)
{
    source->path = path;
    source->name = base_name(path);
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return FAIL(NO_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    const enum exit_code code = read_stream(stream, source);
    fclose(stream); /* nothing was written: no failure to report */
    if (code != OK)
        return code;
    const char *nul = memchr(source->text, '\0', source->length);
    if (nul)
        return FAIL(BAD_DATA, "%s: a zero byte at offset %zu; kernel sources are text", path,
                    (size_t)(nul - source->text));
    return OK;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct source *)left)->name, ((const struct source *)right)->name);
}

/* Programs look files up by base name, so two of one name could not both be found. sources are in order of name. */
static enum exit_code check_names(const struct source *sources, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(sources[i - 1].name, sources[i].name) == 0)
            return FAIL(BAD_DATA, "%s and %s have the same base name; rename one of them", sources[i - 1].path,
                        sources[i].path);
    return OK;
}

/* One character inside a string literal. Octal escapes have all three digits, so that no digit after them can join. */
static void write_character(FILE *out, unsigned char character, unsigned char previous)
{
    if (character == '\n')
        fputs("\\n", out);
    else if (character == '\t')
        fputs("\\t", out);
    else if (character == '"' || character == '\\' || (character == '?' && previous == '?')) /* \? : no trigraph */
        fprintf(out, "\\%c", character);
    else if (character < ' ' || character > '~')
        fprintf(out, "\\%03o", character);
    else
        fputc(character, out);
}

/* A literal a line; an empty text is one empty literal. */
static void write_literals(FILE *out, const char *text, size_t length)
{
    unsigned char previous = '\0';
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        const unsigned char character = (unsigned char)text[i];
        write_character(out, character, previous);
        previous = character;
        if (character == '\n' && i + 1 < length)
            fputs("\"\n     \"", out);
    }
    fputc('"', out);
}

/* Errors are kept by the stream and looked at once, by the caller. */
static void write_table(FILE *out, const struct source *sources, size_t count)
{
    fputs("/* Made by tools/embed.c out of the files in kernels/: edit those. */\n"
          "#include \"backend/opencl/kernel_files.h\"\n"
          "\n"
          "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n"
          "\n"
          "const rnn_kernel_file rnn_kernel_files[] = {\n",
          out);
    for (size_t i = 0; i < count; i++) {
        fputs("    {", out);
        write_literals(out, sources[i].name, strlen(sources[i].name));
        fputs(",\n     ", out);
        write_literals(out, sources[i].text, sources[i].length);
        fputs("},\n", out);
    }
    fprintf(out,
            "};\n"
            "\n"
            "const size_t rnn_kernel_file_count = %zu;\n",
            count);
}

static enum exit_code write_output(const char *path, const struct source *sources, size_t count)
{
    enum exit_code code = OK;
    const size_t size = strlen(path) + sizeof ".part";
    char *part = malloc(size);
    if (!part)
        return FAIL(NO_MEMORY, "%s: out of memory", path);
    snprintf(part, size, "%s.part", path);

    FILE *out = fopen(part, "wb");
    if (!out) {
        code = FAIL(CANNOT_CREATE, "%s: cannot be created: %s", part, strerror(errno));
        goto fail;
    }
    write_table(out, sources, count);
    const int bad = ferror(out);
    if (fclose(out) || bad)
        code = FAIL(IO, "%s: writing failed: %s", part, strerror(errno));
    else if (rename(part, path))
        code = FAIL(CANNOT_CREATE, "%s: cannot be renamed to %s: %s", part, path, strerror(errno));
    if (code != OK)
        remove(part);
fail:
    free(part);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return FAIL(USAGE, "usage: embed OUT.c FILE...");

    enum exit_code code = OK;
    const size_t count = (size_t)argc - 2;
    struct source *sources = calloc(count, sizeof *sources);
    if (!sources)
        return FAIL(NO_MEMORY, "out of memory for %zu files", count);
    for (size_t i = 0; i < count; i++)
        TRY(read_source(argv[i + 2], &sources[i]));
    qsort(sources, count, sizeof *sources, by_name);
    TRY(check_names(sources, count));
    TRY(write_output(argv[1], sources, count));
fail:
    for (size_t i = 0; i < count; i++)
        free(sources[i].text);
    free(sources);
    return (int)code;
}
