/* SPDX-License-Identifier: MIT
 * internal.h - what the files of this folder share: the only code that sees CL/cl.h
 *
 *   error.c    OpenCL codes as names           device.c   platforms, devices, opening
 *   program.c  sources -> kernels               launch.c   buffers, arguments, queueing
 *   cache.c    built programs kept on disk
 *   tune.c     tile shapes                      ops.c      the op table; layers.c: what goes layer by layer
 *   tuned.c    which tuning line a plan follows; tuning.c, tuning_lines.c: what may stand in one
 *   roof.c     the device's limits, measured   watch.c    commands timed; work.c: their flops and bytes
 */
#ifndef RNN_OPENCL_INTERNAL_H
#define RNN_OPENCL_INTERNAL_H

#define CL_TARGET_OPENCL_VERSION 120

#include "backend/opencl/opencl.h"

#include <CL/cl.h>

typedef struct ocl_program ocl_program;
typedef struct ocl_profile ocl_profile;

#define OCL_CACHE_FOLDER 4096

typedef struct ocl_backend {
    rnn_backend head;
    rnn_calls own_calls; /* head.calls where the options have none */
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
    size_t group_limit;                      /* largest work-group */
    size_t local_bytes;                      /* of local memory a work-group may use */
    unsigned native_vector;                  /* reals in the device's own vector; 1 on GPUs */
    rnn_tuning tuning[RNN_TILE_KINDS];       /* instead of any line */
    bool is_tuned[RNN_TILE_KINDS];           /* that is so */
    rnn_tuning_list lines;                   /* in the order in which they are looked at */
    char tuning_file[OCL_CACHE_FOLDER + 16]; /* the cache's; empty: no cache */
    ocl_program *programs;                   /* built so far: plans of one shape share them */
    char cache_folder[OCL_CACHE_FOLDER];     /* empty: no cache */
    rnn_cache_counts cache;
    ocl_profile *profile; /* NULL: commands are not timed */
    size_t ahead, stride; /* launches since somebody last waited for the queue; how many there may be (launch.c) */
} ocl_backend;

struct rnn_buffer {
    ocl_backend *owner;
    cl_mem memory;
    size_t bytes;    /* of all members' regions */
    cl_ulong stride; /* from one region to the next; 0: there is one */
    char *label;
};

static inline size_t ocl_ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* ---- error.c ------------------------------------------------------------------------------------------------------- */

/* "CL_OUT_OF_RESOURCES" of -5; "unknown OpenCL code" */
const char *ocl_code_name(cl_int code);

/* Records "<function> failed with <NAME> (<code>) on <device>: <reason>" and returns the status the code stands for. */
rnn_status ocl_fail(rnn_calls *calls, cl_int code, const char *call, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Every OpenCL call of this folder goes through one of these three, which note it in `calls`. The arguments of a call make
 * none themselves: the notes would cross.
 *
 * OCL_CALL: its code, for a call whose failure is dealt with on the spot */
#define OCL_CALL(calls, call) (rnn_call_begin((calls), #call), ocl_called((calls), (call)))

static inline cl_int ocl_called(rnn_calls *calls, cl_int code)
{
    rnn_call_end(calls);
    return code;
}

/* OCL_TRY(self, clFinish(queue), "waiting for %s", what): failure is the caller's */
#define OCL_TRY(self, call, ...)                                              \
    do {                                                                      \
        const cl_int code_ = OCL_CALL((self)->head.calls, call);              \
        if (code_ != CL_SUCCESS) {                                            \
            status = ocl_fail((self)->head.calls, code_, #call, __VA_ARGS__); \
            goto fail;                                                        \
        }                                                                     \
    } while (0)

/* OCL_CREATE(self, queue, clCreateCommandQueue(..., &code), "a queue"): of calls that hand out an object and set the local
 * `code`; the object is NULL where they fail, whatever the driver handed out. */
#define OCL_CREATE(self, object, call, ...)                                  \
    do {                                                                     \
        rnn_call_begin((self)->head.calls, #call);                           \
        (object) = (call);                                                   \
        rnn_call_end((self)->head.calls);                                    \
        if (code != CL_SUCCESS) {                                            \
            (object) = NULL;                                                 \
            status = ocl_fail((self)->head.calls, code, #call, __VA_ARGS__); \
            goto fail;                                                       \
        }                                                                    \
    } while (0)

/* ---- device.c ----------------------------------------------------------------------------------------------------- */

void ocl_close(rnn_backend *head);

/* ---- tune.c -------------------------------------------------------------------------------------------------------- */

/* A tile with every field set, and how it covers the columns: `blocks` of cols vectors a lane, the ones from `wide` on one less. */
typedef struct ocl_tile {
    unsigned vec, rows, cols, lanes;
    unsigned tiles, terms; /* of weight gradients: row tiles, and terms of their sums, staged together */
    unsigned fused_bytes;  /* of hidden states: largest W that one launch walks through whole sequences */
    unsigned
        near_bytes; /* of hidden states: most of h and dz that a work-item takes from windows to gradient blocks at once */
    size_t blocks, wide;
    size_t padded; /* columns of all blocks */
} ocl_tile;

/* What `tuning` leaves 0 is chosen here; what the device cannot do is made smaller, to 0 where nothing is left of it. */
ocl_tile ocl_state_tile(const ocl_backend *self, const rnn_tuning *tuning, const rnn_network *network, size_t batch);
ocl_tile ocl_grad_tile(const ocl_backend *self, const rnn_tuning *tuning, size_t rows, size_t columns);
ocl_tile ocl_article_tile(const ocl_backend *self, size_t H);

/* Whether one launch walks a tile through the whole sequence, or each step is a launch of its own. */
bool ocl_fuses(const ocl_backend *self, const rnn_network *network, const ocl_tile *tile);

/* Work-groups that share the tiles of B records: on a CPU a core's share, but so few records that a step's stay near; a tile a
 * group where lanes share it. */
size_t ocl_state_groups(const ocl_backend *self, const ocl_tile *tile, size_t B, bool fused);

/* Work-items that share P blocks of B records which each need `bytes` of hidden states and gradients, so that what one
 * has stays in its core's cache; 0: not to be had. */
size_t ocl_near_groups(const ocl_backend *self, const ocl_tile *tile, size_t B, size_t P, size_t bytes);
/* ---- tuned.c ------------------------------------------------------------------------------------------------------- */

/* Reads the files of tuning lines, in the order in which they count. */
rnn_status ocl_tuning_open(ocl_backend *self, const rnn_backend_options *options);

/* The tile of a plan, as rnn_opencl_tile has it. */
rnn_status ocl_tile_for(ocl_backend *self, rnn_tile_kind kind, const rnn_network *network, size_t batch, ocl_tile *out);

/* ---- program.c ----------------------------------------------------------------------------------------------------- */

/* Builds the listed files of kernels/ (NULL-terminated, in static memory; the first names the program) as one program with
 * `options`, once a backend, and creates its kernel `name`. RNN_KERNEL_DIR in the environment: the folder whose
 * files are used instead of the embedded ones. A build failure's message has options and compiler log. */
rnn_status ocl_build_kernel(ocl_backend *self, const char *const *files, const char *name, const char *options,
                            cl_kernel *out);

/* Hands the cache what was built from source since the last call. */
void ocl_store_programs(ocl_backend *self);
void ocl_free_programs(ocl_backend *self);

/* ---- cache.c ------------------------------------------------------------------------------------------------------- */

/* Finds the folder: $XDG_CACHE_HOME/rnn_cl or $HOME/.cache/rnn_cl; without either there is no cache. */
void ocl_cache_open(ocl_backend *self);

/* What an entry is called: a digest of the source, the options, and all that is known of driver and device. false, and no
 * key, where the driver does not say who it is: its entry might pass for another's. */
bool ocl_cache_key(const ocl_backend *self, const char *source, const char *options, char key[65]);

/* The program, built; NULL where the cache has none that is sound and that the driver takes. */
cl_program ocl_cache_load(ocl_backend *self, const char *key, const char *options);

/* Worth asking first: a program's binary may take seconds to get. */
bool ocl_cache_is_writable(const ocl_backend *self);

/* Keeps a built program where that is possible. Some drivers compile all its kernels now. */
void ocl_cache_store(ocl_backend *self, const char *key, cl_program program);

/* ---- launch.c ------------------------------------------------------------------------------------------------------ */

#define OCL_FIRST_STRIDE 16 /* launches between two waits that keep pace, to begin with */

rnn_status ocl_alloc(rnn_backend *head, size_t bytes, const char *label, rnn_buffer **out);
void ocl_release(rnn_backend *head, rnn_buffer *buffer);
rnn_status ocl_write(rnn_backend *head, rnn_buffer *buffer, size_t offset, size_t bytes, const void *from);
rnn_status ocl_read(rnn_backend *head, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to);
rnn_status ocl_copy(rnn_backend *head, const rnn_buffer *from, rnn_buffer *to, size_t bytes);
rnn_status ocl_sync(rnn_backend *head);

typedef struct ocl_argument {
    size_t size;
    const void *value; /* NULL: that many bytes of local memory */
} ocl_argument;

/* A buffer as it is; and as kernels with members take it, two arguments: MEMBERS of real.clh. */
#define OCL_MEMORY(buffer)                \
    {                                     \
        sizeof(cl_mem), &(buffer)->memory \
    }
#define OCL_BUFFER(buffer)                  \
    {sizeof(cl_mem), &(buffer)->memory},    \
    {                                       \
        sizeof(cl_ulong), &(buffer)->stride \
    }
#define OCL_INT(x)                \
    {                             \
        sizeof(cl_int), &(cl_int) \
        {                         \
            (cl_int)(x)           \
        }                         \
    }
#define OCL_UINT(x)                 \
    {                               \
        sizeof(cl_uint), &(cl_uint) \
        {                           \
            (cl_uint)(x)            \
        }                           \
    }
#define OCL_LONG(x)                 \
    {                               \
        sizeof(cl_long), &(cl_long) \
        {                           \
            (cl_long)(x)            \
        }                           \
    }
#define OCL_ULONG(x)                  \
    {                                 \
        sizeof(cl_ulong), &(cl_ulong) \
        {                             \
            (cl_ulong)(x)             \
        }                             \
    }
#define OCL_VALUE(x)    \
    {                   \
        sizeof(x), &(x) \
    }
#define OCL_LOCAL(bytes) \
    {                    \
        (bytes), NULL    \
    }
#define OCL_REAL(self, x)                                                                                      \
    {                                                                                                          \
        rnn_real_size(&(self)->head),                                                                          \
            (self)->head.precision == RNN_DOUBLE ? (const void *)&(cl_double){(x)} : (const void *)&(cl_float) \
        {                                                                                                      \
            (cl_float)(x)                                                                                      \
        }                                                                                                      \
    }

/* Work-items in all and in a group, a dimension each; unused dimensions are 1. A kernel is always queued with the same group:
 * some devices compile it anew for each shape of group. */
typedef struct ocl_range {
    size_t items[3], group[3];
} ocl_range;

/* items rounded up to whole groups of `group` in one dimension */
ocl_range ocl_line(size_t items, size_t group);

/* Sets all arguments (their number is checked against the kernel's) and queues one launch, for the members that the backend is
 * about: they share dimension 2 evenly. */
rnn_status ocl_launch(ocl_backend *self, cl_kernel kernel, const char *name, ocl_range range,
                      const ocl_argument *arguments, size_t count);

#define OCL_LAUNCH(self, kernel, name, range, ...)                                     \
    ocl_launch((self), (kernel), (name), (range), (const ocl_argument[]){__VA_ARGS__}, \
               sizeof((const ocl_argument[]){__VA_ARGS__}) / sizeof(ocl_argument))

/* ---- roof.c ------------------------------------------------------------------------------------------------------- */

rnn_status ocl_measure_roof(rnn_backend *head, rnn_roof *out);

/* ---- ops.c --------------------------------------------------------------------------------------------------------- */

extern const rnn_backend_ops ocl_ops;

#endif
