/* SPDX-License-Identifier: MIT
 * cache.c - built programs kept between runs: drivers take seconds to build what a training step takes milliseconds to run
 *
 * An entry is a file KEY.clbin: a header, then what the driver calls the program's binary. The key is the SHA-256 of all that
 * the binary depends on. Nothing in the folder is trusted, and nothing that goes wrong here is an error: the program is
 * built from source, and the entry replaced. No call here records a message.
 */
#include "backend/opencl/internal.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT      "rnn_cl clbin 1\n" /* another layout or meaning of entries: another number */
#define ENTRY_LIMIT ((size_t)1 << 28)

/* In the machine's own byte order: an entry from a machine of another is as foreign as its binary. */
typedef struct entry_header {
    char format[16];
    uint64_t length; /* bytes of the binary behind the header */
    char key[64];
    char sha256[64]; /* of the binary */
} entry_header;

/* ---- Where, and under which name ----------------------------------------------------------------------------------- */

void ocl_cache_open(ocl_backend *self)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (cache && cache[0] == '/') /* the XDG rules have relative ones ignored */
        length = snprintf(self->cache_folder, sizeof self->cache_folder, "%s/rnn_cl", cache);
    else if (home && home[0] == '/')
        length = snprintf(self->cache_folder, sizeof self->cache_folder, "%s/.cache/rnn_cl", home);
    if (length < 0 || (size_t)length >= sizeof self->cache_folder)
        self->cache_folder[0] = '\0';
}

/* With its NUL, so that no two lists of texts run together alike. */
static void add_text(rnn_sha256 *hash, const char *text)
{
    rnn_sha256_update(hash, text, strlen(text) + 1);
}

static bool add_platform(rnn_sha256 *hash, const ocl_backend *self, cl_platform_info what)
{
    rnn_calls *calls = self->head.calls;
    char text[256] = "";
    cl_platform_id platform = NULL;
    if (OCL_CALL(calls, clGetDeviceInfo(self->device, CL_DEVICE_PLATFORM, sizeof(cl_platform_id), &platform, NULL)) ||
        OCL_CALL(calls, clGetPlatformInfo(platform, what, sizeof text - 1, text, NULL)))
        return false;
    add_text(hash, text);
    return true;
}

bool ocl_cache_key(const ocl_backend *self, const char *source, const char *options, char key[65])
{
    rnn_sha256 hash;
    unsigned char digest[32];
    rnn_sha256_init(&hash);
    add_text(&hash, FORMAT);
    add_text(&hash, RNN_CL_VERSION);
    if (!add_platform(&hash, self, CL_PLATFORM_NAME) || !add_platform(&hash, self, CL_PLATFORM_VERSION))
        return false;
    add_text(&hash, self->head.info.name);
    add_text(&hash, self->head.info.driver);
    add_text(&hash, self->head.info.version);
    add_text(&hash, options);
    add_text(&hash, source);
    rnn_sha256_final(&hash, digest);
    rnn_sha256_print(digest, key);
    return true;
}

#define PATH_SIZE (OCL_CACHE_FOLDER + 96)

static void entry_path(const ocl_backend *self, const char *key, const char *suffix, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%.64s.clbin%s", self->cache_folder, key, suffix);
}

static entry_header make_header(const char *key, const unsigned char *binary, size_t length)
{
    char sha256[65];
    entry_header header = {.format = FORMAT, .length = length};
    rnn_sha256_hex(binary, length, sha256);
    memcpy(header.key, key, sizeof header.key);
    memcpy(header.sha256, sha256, sizeof header.sha256);
    return header;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

/* The bytes of a regular file, or NULL. O_NONBLOCK: a pipe in the entry's place must not keep us waiting. */
static unsigned char *read_entry(const char *path, size_t *size)
{
    struct stat facts;
    unsigned char *bytes = NULL;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *stream = file < 0 ? NULL : fdopen(file, "rb");
    if (!stream) {
        if (file >= 0)
            close(file);
        return NULL;
    }
    if (fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && (uintmax_t)facts.st_size <= ENTRY_LIMIT &&
        (size_t)facts.st_size > sizeof(entry_header) && (bytes = malloc((size_t)facts.st_size)) != NULL) {
        *size = (size_t)facts.st_size;
        if (fread(bytes, 1, *size, stream) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(stream);
    return bytes;
}

static bool is_sound(const unsigned char *bytes, size_t size, const char *key)
{
    const entry_header expected = make_header(key, bytes + sizeof expected, size - sizeof expected);
    return memcmp(bytes, &expected, sizeof expected) == 0;
}

/* A built program of these bytes, or NULL where the driver refuses them. */
static cl_program from_binary(ocl_backend *self, const unsigned char *binary, size_t length, const char *options)
{
    rnn_calls *calls = self->head.calls;
    cl_int code = CL_SUCCESS, loaded = CL_SUCCESS;
    rnn_call_begin(calls, "clCreateProgramWithBinary");
    cl_program program = clCreateProgramWithBinary(self->context, 1, &self->device, &length, &binary, &loaded, &code);
    rnn_call_end(calls);
    if (code != CL_SUCCESS || !program)
        return NULL;
    if (loaded == CL_SUCCESS &&
        OCL_CALL(calls, clBuildProgram(program, 1, &self->device, options, NULL, NULL)) == CL_SUCCESS)
        return program;
    OCL_CALL(calls, clReleaseProgram(program));
    return NULL;
}

cl_program ocl_cache_load(ocl_backend *self, const char *key, const char *options)
{
    char path[PATH_SIZE];
    size_t size = 0;
    cl_program program = NULL;
    entry_path(self, key, "", path);
    unsigned char *bytes = read_entry(path, &size);
    if (bytes && is_sound(bytes, size, key))
        program = from_binary(self, bytes + sizeof(entry_header), size - sizeof(entry_header), options);
    free(bytes);
    if (program)
        self->cache.loaded++;
    else if (access(path, F_OK) == 0)
        self->cache.refused++;
    return program;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

/* Makes the folder and those above it, for their owner alone; false where no entry can be written. */
static bool make_folder(const char *folder)
{
    char part[OCL_CACHE_FOLDER];
    snprintf(part, sizeof part, "%s", folder);
    for (char *p = part + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(part, 0700);
            *p = '/';
        }
    mkdir(part, 0700);
    return access(folder, W_OK | X_OK) == 0;
}

static bool write_file(int file, const entry_header *header, const unsigned char *binary)
{
    FILE *stream = fdopen(file, "wb");
    if (!stream) {
        close(file);
        return false;
    }
    const bool written =
        fwrite(header, sizeof *header, 1, stream) == 1 && fwrite(binary, 1, header->length, stream) == header->length;
    return fclose(stream) == 0 && written;
}

/* Whole under its name or not at all, also beside other processes. Not synced: what a lost machine leaves is found out. */
static bool write_entry(const ocl_backend *self, const char *key, const unsigned char *binary, size_t length)
{
    char path[PATH_SIZE], temporary[PATH_SIZE];
    const entry_header header = make_header(key, binary, length);
    entry_path(self, key, "", path);
    entry_path(self, key, ".tmp.XXXXXX", temporary);
    const int file = mkstemp(temporary);
    if (file < 0)
        return false;
    rmdir(path); /* an empty folder in the way */
    if (write_file(file, &header, binary) && rename(temporary, path) == 0)
        return true;
    unlink(temporary);
    return false;
}

bool ocl_cache_is_writable(const ocl_backend *self)
{
    return self->cache_folder[0] && make_folder(self->cache_folder);
}

void ocl_cache_store(ocl_backend *self, const char *key, cl_program program)
{
    rnn_calls *calls = self->head.calls;
    size_t length = 0;
    if (OCL_CALL(calls, clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof length, &length, NULL)) ||
        length == 0 || length > ENTRY_LIMIT - sizeof(entry_header))
        return;
    unsigned char *binary = malloc(length);
    if (binary && !OCL_CALL(calls, clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL)) &&
        write_entry(self, key, binary, length))
        self->cache.stored++;
    free(binary);
}
