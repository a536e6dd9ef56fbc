/* SPDX-License-Identifier: MIT
 * program.c - kernel sources to kernels: includes expanded, built for the device, compiler log shown when that fails
 */
#include "backend/opencl/internal.h"
#include "backend/opencl/kernel_files.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INCLUDE_DEPTH 8
#define SOURCE_LIMIT  ((size_t)1 << 20)

/* The text of one source file, from RNN_KERNEL_DIR or the binary; the caller's to free. */
static rnn_status read_source(const char *name, char **out)
{
    const char *folder = getenv("RNN_KERNEL_DIR");
    *out = NULL;
    if (folder && folder[0]) {
        char path[4096];
        unsigned char *bytes = NULL;
        size_t size = 0;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        const rnn_status status = rnn_read_file(path, SOURCE_LIMIT, &bytes, &size);
        if (status)
            return rnn_fail_within(status, "RNN_KERNEL_DIR: ");
        *out = rnn_calloc(size + 1, 1, "a kernel source");
        if (*out)
            memcpy(*out, bytes, size);
        free(bytes);
        return *out ? RNN_OK : RNN_NO_MEMORY;
    }
    for (size_t i = 0; i < rnn_kernel_file_count; i++)
        if (strcmp(rnn_kernel_files[i].name, name) == 0)
            return RNN_COPY_TEXT(*out, rnn_kernel_files[i].text);
    return rnn_fail(RNN_INTERNAL, "no kernel source called %s in this program", name);
}

/* Appends `name` to `stream`, every `#include "file"` line replaced by that file; #line keeps the compiler's messages true. */
static rnn_status expand(FILE *stream, const char *name, int depth)
{
    rnn_status status;
    char *text = NULL;
    unsigned number = 1;
    if (depth > INCLUDE_DEPTH)
        return rnn_fail(RNN_INTERNAL, "%s: includes nested deeper than %d", name, INCLUDE_DEPTH);
    RNN_TRY(read_source(name, &text));
    fprintf(stream, "#line 1 \"%s\"\n", name);
    for (const char *line = text; *line; number++) {
        const size_t length = strcspn(line, "\n");
        char included[128];
        if (sscanf(line, "#include \"%127[^\"\n]\"", included) == 1) {
            RNN_TRY(expand(stream, included, depth + 1));
            fprintf(stream, "#line %u \"%s\"\n", number + 1, name);
        } else {
            fprintf(stream, "%.*s\n", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
    status = RNN_OK;
fail:
    free(text);
    return status;
}

/* All files of one program behind each other. */
static rnn_status load_source(const char *const *files, char **out)
{
    rnn_status status = RNN_OK;
    size_t size = 0;
    *out = NULL;
    FILE *stream = open_memstream(out, &size);
    if (!stream)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: source of %s", files[0]);
    for (; *files && status == RNN_OK; files++)
        status = expand(stream, *files, 0);
    if (fclose(stream) != 0 && status == RNN_OK)
        status = rnn_fail(RNN_NO_MEMORY, "out of memory: the source of kernels");
    return status;
}

static rnn_status fail_with_log(ocl_backend *self, cl_program program, const char *file, const char *options,
                                cl_int code)
{
    rnn_calls *calls = self->head.calls;
    char log[2048] = "";
    size_t size = 0;
    OCL_CALL(calls, clGetProgramBuildInfo(program, self->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size));
    char *whole = rnn_calloc(size + 1, 1, "a compiler log");
    if (whole && OCL_CALL(calls, clGetProgramBuildInfo(program, self->device, CL_PROGRAM_BUILD_LOG, size, whole,
                                                       NULL)) == CL_SUCCESS)
        snprintf(log, sizeof log, "%s", whole);
    free(whole);
    return ocl_fail(calls, code, "clBuildProgram", "%s with %s; another driver or --device may take it\n%s", file,
                    options, log);
}

/* One build with one set of options; a program is known by its first file. */
struct ocl_program {
    struct ocl_program *next;
    const char *const *files;
    char *options;
    cl_program program;
    char key[65]; /* in the cache; empty: not to be stored */
};

static void free_program(ocl_backend *self, ocl_program *entry)
{
    if (!entry)
        return;
    if (entry->program)
        OCL_CALL(self->head.calls, clReleaseProgram(entry->program));
    free(entry->options);
    free(entry);
}

void ocl_free_programs(ocl_backend *self)
{
    while (self->programs) {
        ocl_program *first = self->programs;
        self->programs = first->next;
        free_program(self, first);
    }
}

static bool has_unkept(const ocl_backend *self)
{
    for (const ocl_program *entry = self->programs; entry; entry = entry->next)
        if (entry->key[0])
            return true;
    return false;
}

void ocl_store_programs(ocl_backend *self)
{
    if (!has_unkept(self) || !ocl_cache_is_writable(self))
        return;
    rnn_notice("keeping the built kernels for later runs in %s", self->cache_folder);
    for (ocl_program *entry = self->programs; entry; entry = entry->next)
        if (entry->key[0]) {
            ocl_cache_store(self, entry->key, entry->program);
            entry->key[0] = '\0';
        }
}

static rnn_status build_source(ocl_backend *self, ocl_program *entry, const char *source)
{
    rnn_status status = RNN_OK;
    cl_int code = CL_SUCCESS;
    OCL_CREATE(self, entry->program, clCreateProgramWithSource(self->context, 1, &source, NULL, &code), "%s",
               entry->files[0]);
    code = OCL_CALL(self->head.calls, clBuildProgram(entry->program, 1, &self->device, entry->options, NULL, NULL));
    if (code != CL_SUCCESS)
        status = fail_with_log(self, entry->program, entry->files[0], entry->options, code);
fail:
    return status;
}

/* From the cache, else from source; then the entry's key says where the cache shall keep it. */
static rnn_status build(ocl_backend *self, ocl_program *entry)
{
    rnn_status status;
    char *source = NULL, key[65] = "";
    RNN_TRY(load_source(entry->files, &source));
    if (self->cache_folder[0] && ocl_cache_key(self, source, entry->options, key))
        entry->program = ocl_cache_load(self, key, entry->options);
    if (!entry->program) {
        RNN_TRY(build_source(self, entry, source));
        memcpy(entry->key, key, sizeof key);
    }
fail:
    free(source);
    return status;
}

/* The build of `files` with `options`, made now if this backend has not made it yet. */
static rnn_status find_program(ocl_backend *self, const char *const *files, const char *options, cl_program *out)
{
    rnn_status status;
    ocl_program *entry = NULL;
    for (entry = self->programs; entry; entry = entry->next)
        if (strcmp(entry->files[0], files[0]) == 0 && strcmp(entry->options, options) == 0) {
            *out = entry->program;
            return RNN_OK;
        }
    RNN_TRY(RNN_NEW(entry, 1));
    entry->files = files;
    RNN_TRY(RNN_COPY_TEXT(entry->options, options));
    RNN_TRY(build(self, entry));
    entry->next = self->programs;
    self->programs = entry;
    *out = entry->program;
    return RNN_OK;
fail:
    free_program(self, entry);
    return status;
}

rnn_status ocl_build_kernel(ocl_backend *self, const char *const *files, const char *name, const char *options,
                            cl_kernel *out)
{
    rnn_status status;
    cl_int code = CL_SUCCESS;
    cl_program program = NULL;
    char all[2048];
    *out = NULL;
    /* a device without the property refuses the option; it is announced as tolerance only */
    snprintf(all, sizeof all, "-cl-std=CL1.2%s -DREAL_BITS=%d %s",
             self->head.info.bit_exact ? " -cl-fp32-correctly-rounded-divide-sqrt" : "",
             self->head.precision == RNN_DOUBLE ? 64 : 32, options);
    RNN_TRY(find_program(self, files, all, &program));
    OCL_CREATE(self, *out, clCreateKernel(program, name, &code), "%s in %s", name, files[0]);
fail:
    return status;
}
