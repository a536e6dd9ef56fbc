/* SPDX-License-Identifier: MIT
 * cache.c - built programs kept between runs: drivers take seconds to build what a training step takes milliseconds to run
 *
 * An entry is a file KEY.clbin, as cache_entry.h has it. Nothing in the folder is trusted, and nothing that goes wrong here is
 * an error: the program is built from source, and the entry replaced.
 */
#include "backend/opencl/cache_entry.h"
#include "backend/opencl/internal.h"
#include "base/sha256.h"
#include "base/writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRY_LIMIT ((size_t)1 << 28)

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

static bool add_platform(rnn_sha256 *hash, const ocl_backend *self, cl_platform_info what)
{
    rnn_calls *calls = self->head.calls;
    char text[256] = "";
    cl_platform_id platform = NULL;
    if (OCL_CALL(calls, clGetDeviceInfo(self->device, CL_DEVICE_PLATFORM, sizeof(cl_platform_id), &platform, NULL)) ||
        OCL_CALL(calls, clGetPlatformInfo(platform, what, sizeof text - 1, text, NULL)))
        return false;
    rnn_sha256_text(hash, text);
    return true;
}

bool ocl_cache_key(const ocl_backend *self, const char *source, const char *options, char key[65])
{
    rnn_sha256 hash;
    rnn_sha256_init(&hash);
    rnn_sha256_text(&hash, RNN_ENTRY_FORMAT);
    rnn_sha256_text(&hash, RNN_CL_VERSION);
    if (!add_platform(&hash, self, CL_PLATFORM_NAME) || !add_platform(&hash, self, CL_PLATFORM_VERSION))
        return false;
    rnn_sha256_text(&hash, self->head.info.name);
    rnn_sha256_text(&hash, self->head.info.driver);
    rnn_sha256_text(&hash, self->head.info.version);
    rnn_sha256_text(&hash, options);
    rnn_sha256_text(&hash, source);
    rnn_sha256_final_hex(&hash, key);
    return true;
}

#define PATH_SIZE (OCL_CACHE_FOLDER + 96)

static void entry_path(const ocl_backend *self, const char *key, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%.64s.clbin", self->cache_folder, key);
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
        (bytes = malloc((size_t)facts.st_size + 1)) != NULL) {
        *size = (size_t)facts.st_size;
        if (fread(bytes, 1, *size, stream) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(stream);
    return bytes;
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
    entry_path(self, key, path);
    unsigned char *bytes = read_entry(path, &size);
    if (bytes && rnn_entry_is_sound(bytes, size, key))
        program = from_binary(self, bytes + sizeof(rnn_entry_header), size - sizeof(rnn_entry_header), options);
    free(bytes);
    if (program)
        self->cache.loaded++;
    else if (access(path, F_OK) == 0)
        self->cache.refused++;
    return program;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

/* What is no file, such as a pipe, a link or an empty folder, is in the way of one. */
static void clear_place(const char *path)
{
    struct stat facts;
    if (lstat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        remove(path);
}

/* Whole under its name or not at all, also beside other processes. */
static rnn_status write_entry(const ocl_backend *self, const char *key, const unsigned char *binary, size_t length)
{
    char path[PATH_SIZE];
    rnn_status status;
    rnn_writer *writer = NULL;
    const rnn_entry_header header = rnn_entry_header_of(key, binary, length);
    entry_path(self, key, path);
    clear_place(path);
    RNN_TRY(rnn_writer_open_cache(path, &writer));
    RNN_TRY(rnn_writer_write(writer, &header, sizeof header));
    RNN_TRY(rnn_writer_write(writer, binary, length));
    status = rnn_writer_commit(writer);
fail:
    rnn_writer_free(writer);
    return status;
}

bool ocl_cache_is_writable(const ocl_backend *self)
{
    return self->cache_folder[0] && rnn_make_private_folder(self->cache_folder) == RNN_OK;
}

void ocl_cache_store(ocl_backend *self, const char *key, cl_program program)
{
    rnn_calls *calls = self->head.calls;
    size_t length = 0;
    if (OCL_CALL(calls, clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof length, &length, NULL)) ||
        length == 0 || length > ENTRY_LIMIT - sizeof(rnn_entry_header))
        return;
    unsigned char *binary = malloc(length);
    if (binary && !OCL_CALL(calls, clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL))) {
        if (write_entry(self, key, binary, length) == RNN_OK)
            self->cache.stored++;
        else
            rnn_notice("a built kernel is not kept: %s", rnn_error_message());
    }
    free(binary);
}
