/* SPDX-License-Identifier: MIT */
#include "strace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool strace_works(const char *test)
{
    const char *excuse = getenv("RNN_TEST_NO_PTRACE");
    const int code = system("strace -o /dev/null true >/dev/null 2>&1");
    if (code == 0)
        return true;
    if (excuse && strcmp(excuse, "1") == 0) {
        printf("%s: NOT RUN: RNN_TEST_NO_PTRACE=1 says that strace cannot work here\n", test);
        return false;
    }
    ck_abort_msg("%s: strace is missing or may not trace (a container without ptrace?): nothing is proven about saves. "
                 "Install strace, or set RNN_TEST_NO_PTRACE=1 to go without this proof",
                 test);
    return false;
}

/* ---- Reading a log ------------------------------------------------------------------------------------------------- */

/* The descriptor a call returned, or -1. */
static int returned(const char *text)
{
    const char *result = NULL;
    for (const char *at = text; (at = strstr(at, " = ")); at++)
        result = at;
    return result ? atoi(result + 3) : -1;
}

/* Follows the writer from one call to the next. */
typedef struct save_state {
    int file, folder; /* their descriptors; -1: not open */
    int save;         /* the number of the last one begun */
    char where[300];  /* once it is renamed: its folder, as in the call that will open that */
} save_state;

static save_role role_of_descriptor(save_state *s, const traced_call *call)
{
    const int descriptor = atoi(strchr(call->text, '(') + 1);
    const bool is_file = descriptor == s->file, is_folder = descriptor == s->folder;
    if (strcmp(call->name, "write") == 0)
        return descriptor == 1 ? SAVE_STDOUT : is_file ? SAVE_WRITE : SAVE_OTHER;
    if (strcmp(call->name, "fsync") == 0)
        return is_file ? SAVE_SYNC : is_folder ? SAVE_SYNC_FOLDER : SAVE_OTHER;
    if (strcmp(call->name, "close") != 0)
        return SAVE_OTHER;
    if (is_file)
        s->file = -1;
    else if (is_folder)
        s->folder = -1;
    return is_file ? SAVE_CLOSE : is_folder ? SAVE_CLOSE_FOLDER : SAVE_OTHER;
}

/* `"folder", ` of `rename("folder/name.tmp...` */
static void note_folder(save_state *s, const char *rename)
{
    const char *path = strchr(rename, '"');
    const char *end = strstr(path, ".tmp.");
    while (end > path && *end != '/')
        end--;
    snprintf(s->where, sizeof s->where, "%.*s\", ", (int)(end - path), path);
}

static save_role role_of(save_state *s, const traced_call *call)
{
    const bool opens = strncmp(call->name, "open", 4) == 0, temporary = strstr(call->text, ".tmp.") != NULL;
    if (opens && temporary && strstr(call->text, "O_EXCL")) {
        s->file = returned(call->text);
        s->save++;
        s->where[0] = '\0';
        return SAVE_CREATE;
    }
    if (strncmp(call->name, "rename", 6) == 0 && temporary) {
        note_folder(s, call->text);
        return SAVE_RENAME;
    }
    if (opens && s->where[0] && strstr(call->text, s->where) && strstr(call->text, "O_DIRECTORY")) {
        s->folder = returned(call->text);
        s->where[0] = '\0';
        return SAVE_OPEN_FOLDER;
    }
    return role_of_descriptor(s, call);
}

/* "name(arguments) = result"; lines about signals and the end are none. */
static bool read_call(const char *line, traced_run *run, save_state *state)
{
    traced_call *call = &run->calls[run->count];
    const size_t name = strcspn(line, "(");
    if (!strchr(line, '(') || name == 0 || name >= sizeof call->name || strchr("+-", line[0]))
        return false;
    memset(call, 0, sizeof *call);
    memcpy(call->name, line, name);
    snprintf(call->text, sizeof call->text, "%s", line);
    call->nth = 1;
    for (size_t i = 0; i < run->count; i++)
        call->nth += strcmp(run->calls[i].name, call->name) == 0;
    call->role = role_of(state, call);
    call->file = call->role == SAVE_OTHER || call->role == SAVE_STDOUT ? -1 : state->save;
    return true;
}

static traced_run read_log(void)
{
    char *text = cli_read_text(cli_in_folder(cli_work, "strace")), *rest = NULL;
    size_t lines = 0;
    save_state state = {.file = -1, .folder = -1, .save = -1};
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    traced_run run = {.calls = calloc(lines + 1, sizeof *run.calls), .injected = strstr(text, "(INJECTED)") != NULL};
    ck_assert_ptr_nonnull(run.calls);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        run.count += read_call(line, &run, &state);
    run.saves = (size_t)state.save + 1; /* 0 where there was none */
    free(text);
    return run;
}

void strace_spell(const traced_run *run, size_t save, char *letters, size_t size)
{
    static const char alphabet[SAVE_ROLES + 1] = ".cwsCrofF.";
    size_t used = 0;
    for (size_t i = 0; i < run->count && used + 1 < size; i++)
        if (run->calls[i].file == (int)save && !(run->calls[i].role == SAVE_WRITE && used && letters[used - 1] == 'w'))
            letters[used++] = alphabet[run->calls[i].role];
    letters[used] = '\0';
}

/* ---- Running ------------------------------------------------------------------------------------------------------- */

/* The leak detector is itself a tracer, and would end a sanitized program that is traced already. */
#define STRACE "strace -o strace -s 64 -E ASAN_OPTIONS=detect_leaks=0 "

traced_run strace_run(const char *command, const char *options)
{
    char wrapper[512];
    snprintf(wrapper, sizeof wrapper, STRACE "%s", options);
    cli_wrapper = wrapper;
    cli_run("%s", command);
    return read_log();
}

traced_run strace_run_with(const char *command, const char *options, const traced_call *at, const char *fault)
{
    char words[256];
    snprintf(words, sizeof words, "%s -e inject=%s:%s:when=%zu", options, at->name, fault, at->nth);
    return strace_run(command, words);
}

void strace_free(traced_run *run)
{
    free(run->calls);
    run->calls = NULL;
}
