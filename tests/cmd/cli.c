/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* nftw */

#include "cli.h"

#include "base/file.h"
#include "rnn_cl.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define WORDS 64

char cli_work[64], *cli_data, *cli_malformed;
const char *cli_environment, *cli_stdout_to, *cli_wrapper;
unsigned cli_closed;
char *cli_out, *cli_err;
int cli_code;

static char base[] = "/tmp/rnn_cl.cli.XXXXXX";
static char program[PATH_MAX];
static char *old_cache; /* XDG_CACHE_HOME, or NULL, while cli_own_cache holds */
static bool owns_cache;

/* ---- Running ------------------------------------------------------------------------------------------------------- */

char *cli_in_folder(const char *folder, const char *name)
{
    static char paths[8][PATH_MAX];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

char *cli_read_text(const char *path)
{
    unsigned char *bytes;
    size_t size;
    ck_assert_msg(rnn_read_file(path, 1 << 26, &bytes, &size) == RNN_OK, "%s", rnn_error_message());
    char *text = realloc(bytes, size + 1);
    ck_assert_ptr_nonnull(text);
    text[size] = '\0';
    return text;
}

void cli_pin_driver_cache(void)
{
    char path[PATH_MAX];
    const char *cache = getenv("XDG_CACHE_HOME"), *user = getenv("HOME");
    if (cache && cache[0])
        snprintf(path, sizeof path, "%s/pocl/kcache", cache);
    else
        snprintf(path, sizeof path, "%s/.cache/pocl/kcache", user ? user : "/tmp");
    setenv("POCL_CACHE_DIR", path, 0);
}

void cli_own_cache(void)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    cli_pin_driver_cache();
    owns_cache = true;
    old_cache = cache ? strdup(cache) : NULL;
    setenv("XDG_CACHE_HOME", cli_in_folder(cli_work, "cache"), 1);
}

static void give_cache_back(void)
{
    if (owns_cache && old_cache)
        setenv("XDG_CACHE_HOME", old_cache, 1);
    else if (owns_cache)
        unsetenv("XDG_CACHE_HOME");
    free(old_cache);
    old_cache = NULL;
    owns_cache = false;
}

void cli_set_up(void)
{
    memcpy(base + sizeof base - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(base));
    snprintf(cli_work, sizeof cli_work, "%s/work", base);
    ck_assert_int_eq(mkdir(cli_work, 0755), 0);
    ck_assert_msg(realpath(RNN_TEST_PROGRAM, program) != NULL, "%s: %s", RNN_TEST_PROGRAM, strerror(errno));
    ck_assert_ptr_nonnull(cli_data = realpath(RNN_TEST_DIR "/data", NULL));
    ck_assert_ptr_nonnull(cli_malformed = realpath(RNN_TEST_DIR "/malformed/model", NULL));
    cli_environment = cli_stdout_to = cli_wrapper = NULL;
    cli_closed = 0;
    cli_out = cli_err = NULL;
}

static size_t temporary_files;

static int remove_temporary(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    if (!strstr(path + walk->base, ".tmp"))
        return 0;
    temporary_files++;
    return remove(path);
}

size_t cli_remove_temporary(void)
{
    temporary_files = 0;
    ck_assert_int_eq(nftw(cli_work, remove_temporary, 8, FTW_PHYS | FTW_DEPTH), 0);
    return temporary_files;
}

static int delete_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void cli_tear_down(void)
{
    give_cache_back();
    const size_t left = cli_remove_temporary();
    ck_assert_int_eq(nftw(base, delete_one, 8, FTW_PHYS | FTW_DEPTH), 0);
    ck_assert_msg(left == 0, "%zu temporary files were left", left);
    free(cli_out);
    free(cli_err);
    free(cli_data);
    free(cli_malformed);
    cli_out = cli_err = cli_data = cli_malformed = NULL;
}

/* The environment without what would change the program's choices, and with cli_environment. A sanitized command on a device does
 * without the leak detector, whose tracer now and then crashes over PoCL's threads; on the reference it looks for leaks. */
static char **make_environment(bool on_device)
{
    static char *environment[1024], no_leaks[] = "ASAN_OPTIONS=detect_leaks=0";
    size_t count = 0;
    if (on_device)
        environment[count++] = no_leaks;
    for (char **variable = environ; *variable && count < 1000; variable++)
        if (strncmp(*variable, "RNN_", 4) != 0)
            environment[count++] = *variable;
    if (cli_environment) /* in front: getenv takes the first */
        memmove(environment + 1, environment, count++ * sizeof *environment);
    if (cli_environment)
        memcpy(environment, &cli_environment, sizeof cli_environment);
    environment[count] = NULL;
    return environment;
}

/* Adds the words of `line`, which is cut up. */
static size_t split_words(char *line, char **words, size_t count)
{
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word && count < WORDS; word = strtok_r(NULL, " ", &rest)) {
        for (char *at = word; *at; at++)
            *at = *at == CLI_SPACE[0] ? ' ' : *at;
        words[count++] = word;
    }
    return count;
}

/* System calls only: OpenCL's threads may hold locks of the parent's. */
static void become(char **words, char **environment, const char *out_path, const char *err_path)
{
    const int to = open(cli_stdout_to ? cli_stdout_to : out_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int errors = open(err_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (chdir(cli_work) != 0 || dup2(to, 1) < 0 || dup2(errors, 2) < 0)
        _exit(127);
    close(to);
    close(errors);
    for (int descriptor = 0; descriptor < 3; descriptor++)
        if (cli_closed >> descriptor & 1)
            close(descriptor);
    environ = environment;
    execvp(words[0], words);
    _exit(127);
}

/* Words split at spaces become the arguments; the command runs in `cli_work`. */
static pid_t vstart(const char *format, va_list values)
{
    static char line[8 * PATH_MAX], wrapper[PATH_MAX];
    char *words[WORDS + 1];
    char *out_path = cli_in_folder(base, "stdout"), *err_path = cli_in_folder(base, "stderr");
    snprintf(wrapper, sizeof wrapper, "%s", cli_wrapper ? cli_wrapper : "");
    vsnprintf(line, sizeof line, format, values);
    char **environment = make_environment(strstr(line, "--device reference") == NULL);
    size_t count = split_words(wrapper, words, 0);
    words[count++] = program;
    words[split_words(line, words, count)] = NULL;
    const pid_t child = fork();
    if (child == 0)
        become(words, environment, out_path, err_path);
    return child;
}

pid_t cli_start(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const pid_t child = vstart(format, values);
    va_end(values);
    ck_assert_int_gt(child, 0);
    return child;
}

void cli_wait_a_moment(void)
{
    nanosleep(&(struct timespec){0, 5000000}, NULL);
}

void cli_finish(pid_t child)
{
    int status = 0;
    const time_t started = time(NULL);
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (time(NULL) - started > SECONDS) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            ck_abort_msg("a command took more than %d seconds", SECONDS);
        }
        cli_wait_a_moment();
    }
    cli_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    free(cli_out);
    free(cli_err);
    cli_out = cli_stdout_to ? NULL : cli_read_text(cli_in_folder(base, "stdout"));
    cli_err = cli_read_text(cli_in_folder(base, "stderr"));
    cli_environment = cli_stdout_to = cli_wrapper = NULL;
    cli_closed = 0;
}

void cli_run(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const pid_t child = vstart(format, values);
    va_end(values);
    ck_assert_int_gt(child, 0);
    cli_finish(child);
}

/* ---- Expecting ----------------------------------------------------------------------------------------------------- */

void cli_expect_code(int expected)
{
    ck_assert_msg(cli_code == expected, "exit code %d, expected %d; stderr: %.1000s", cli_code, expected, cli_err);
}

void cli_expect_failure(int expected, const char *words)
{
    cli_expect_code(expected);
    ck_assert_str_eq(cli_out, "");
    ck_assert_msg(strncmp(cli_err, "rnn_cl: ", 8) == 0, "stderr: %.1000s", cli_err);
    ck_assert_msg(strstr(cli_err, words) != NULL, "'%s' is not in: %.1000s", words, cli_err);
    ck_assert_int_eq(cli_err[strlen(cli_err) - 1], '\n');
}

void cli_expect_exactly(int expected, const char *message)
{
    cli_expect_failure(expected, message);
    ck_assert_uint_eq(strlen(cli_err), strlen("rnn_cl: ") + strlen(message) + 1);
}

bool cli_exists(const char *name)
{
    return access(cli_in_folder(cli_work, name), F_OK) == 0;
}

json_t *cli_json_on_stdout(void)
{
    json_error_t error;
    json_t *value = json_loads(cli_out, JSON_REJECT_DUPLICATES, &error); /* refuses anything behind the value */
    ck_assert_msg(value != NULL, "%s in: %s", error.text, cli_out);
    ck_assert_int_eq(cli_out[strlen(cli_out) - 1], '\n');
    return value;
}

json_t *cli_json_in_file(const char *name)
{
    json_error_t error;
    json_t *value = json_load_file(cli_in_folder(cli_work, name), JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(value != NULL, "%s: %s", name, error.text);
    return value;
}

const char *cli_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "no text '%s'", key);
    return text;
}

void cli_train_small(void)
{
    cli_run("train " SMALL " --out r --quiet");
    cli_expect_code(0);
}

void cli_write_sine(const char *name, size_t rows)
{
    FILE *stream = fopen(cli_in_folder(cli_work, name), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "time,sin\n");
    for (size_t i = 0; i < rows; i++)
        fprintf(stream, "%zu,%.17g\n", i, sin((double)i));
    ck_assert_int_eq(fclose(stream), 0);
}
