/* SPDX-License-Identifier: MIT
 *
 * rnn_cl.h - train recurrent networks on sequences and predict with them, on any OpenCL device
 *
 * The order of this page is the order of use: status, series, settings, device, training, model, predictions.
 *
 * Shape alphabet, used on every buffer, field and kernel argument of the project:
 *   N records (rows of a series)   B batch   T time steps   D inputs a step   H hidden units   G gates a unit   O outputs
 *   x (T,B,D)   y (B,O)   h (T+1,B,H)   U (G*H,D)   W (G*H,H)   b (G*H)   V (O,H)   c (O).   A gradient is `d_` + name.
 * Arrays are row-major: x (T,B,D) means element (t,b,d) at ((t * B) + b) * D + d.
 *
 * Ownership: whatever a function hands out through an `out` argument is the caller's and goes back through the matching
 * free function; free functions accept NULL. A failing call leaves *out NULL and holds nothing.
 * Threads: one backend is used by one thread at a time; different backends by different threads are fine.
 */
#ifndef RNN_CL_H
#define RNN_CL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RNN_CL_VERSION "0.1.0"

/* ---- Status ------------------------------------------------------------------------------------------------------- */

/* Name, value (which is also the exit code of the command line; sysexits where one fits), sentence. Stable. */
#define RNN_STATUS_TABLE(X)                                                            \
    X(RNN_OK, 0, "done")                                                               \
    X(RNN_INTERNAL, 1, "a defect of rnn_cl itself")                                    \
    X(RNN_USAGE, 64, "wrong usage: unknown option or bad value")                       \
    X(RNN_BAD_DATA, 65, "unusable data, or a damaged file")                            \
    X(RNN_NO_INPUT, 66, "an input file is absent or unreadable")                       \
    X(RNN_NO_DEVICE, 69, "no such device, or the device failed")                       \
    X(RNN_MISMATCH, 70, "a device computed something else than the reference")         \
    X(RNN_NO_MEMORY, 71, "out of memory")                                              \
    X(RNN_CANNOT_CREATE, 73, "an output cannot be created")                            \
    X(RNN_IO, 74, "reading or writing failed")                                         \
    X(RNN_STOPPED, 75, "stopped early by a signal; --resume goes on")                  \
    X(RNN_DIVERGED, 76, "training diverged: a loss, gradient or weight is not finite") \
    X(RNN_CONFIG, 78, "model, data and options do not fit each other")

typedef enum rnn_status {
#define RNN_STATUS_ENUM(name, value, sentence) name = (value),
    RNN_STATUS_TABLE(RNN_STATUS_ENUM)
#undef RNN_STATUS_ENUM
} rnn_status;

/* What the last failing call on this thread had to say: what failed, where, what was found, what to try. Never NULL. */
const char *rnn_error_message(void);

/* The table's sentence of a status. Never NULL. */
const char *rnn_status_sentence(rnn_status status);

/* Where announcements that are no errors go (a choice made, a missing optional program). NULL restores stderr. */
typedef void (*rnn_notice_handler)(const char *text, void *context);
void rnn_set_notice_handler(rnn_notice_handler handler, void *context);

/* ---- Series -------------------------------------------------------------------------------------------------------- */

/* How a text table is written. Zero means: find out from the file. */
typedef struct rnn_table_format {
    char delimiter; /* ',', ';', '\t', or 0: the one that splits the first line */
    enum {
        RNN_HEADER_AUTO,
        RNN_HEADER_YES,
        RNN_HEADER_NO
    } header;     /* auto: a first line with a non-number is a header */
    char decimal; /* '.' (0 means it too) or ',' */
} rnn_table_format;

/* Which columns are read. A name is a header's text or a position counted from 1 ("3"). NULL-terminated lists.
 * targets: what is predicted. features: further inputs; a single "all" means every column that is not a target.
 * Targets are inputs too, first and in order. An empty targets list is good for a table of one column only. */
typedef struct rnn_columns {
    const char *const *targets;
    const char *const *features;
} rnn_columns;

/* How a table writes its times; data/time.h has the grammar. */
typedef struct rnn_time_style {
    enum {
        RNN_TIME_NONE,
        RNN_TIME_YEAR,          /* 2001 */
        RNN_TIME_QUARTER,       /* 2001Q2 */
        RNN_TIME_MONTH,         /* 2001-02 */
        RNN_TIME_COMPACT_MONTH, /* 200102 */
        RNN_TIME_DAY,           /* 2001-02-03, 2001/02/03 */
        RNN_TIME_COMPACT_DAY,   /* 20010203 */
        RNN_TIME_CLOCK          /* 2001-02-03 04:05:06 */
    } kind;
    char mark, between; /* '-' or '/' inside a day, 'T' or ' ' behind it */
    bool seconds;
    char zone;  /* 'Z', '+' for an offset, 0 for none */
    int offset; /* minutes east */
} rnn_time_style;

/* The regular distance from row to row. */
typedef struct rnn_step {
    enum {
        RNN_STEP_NONE,
        RNN_STEP_SECONDS,
        RNN_STEP_WORKDAYS, /* Monday to Friday */
        RNN_STEP_MONTHS
    } unit;
    int64_t count; /* of these */
    int day;       /* of the month, for months; 31: its last */
} rnn_step;

/* What a column holds: cells of the file; 1 where another column's cell is missing, else 0; a calendar feature. */
typedef enum rnn_column_kind { RNN_COLUMN_FILE, RNN_COLUMN_MASK, RNN_COLUMN_CALENDAR } rnn_column_kind;

/* Series in memory: only the columns in use, in original units. One series, or several of the same columns one behind the other, each
 * in time order. Owns all it points to. NAN stands where a cell is missing and that is allowed, and in rows of the future. */
typedef struct rnn_series {
    char *source;   /* path, or "built-in sine": named in every message */
    size_t N;       /* rows of all series */
    size_t columns; /* in use: the O targets first, then the features, last those that are known ahead of time */
    size_t targets; /* O */
    size_t known;   /* how many of the last columns are known ahead */
    double *values; /* (N, columns) */
    char **names;   /* (columns) */
    rnn_column_kind *kinds; /* (columns) */

    size_t parts;   /* series */
    size_t *starts; /* (parts + 1) first row of each; starts[parts] is N */
    size_t *
        ends; /* (parts) its first row of the future, in which only what is known ahead has values; else the next start */
    char **ids; /* (parts) what the id column calls them; NULL without one */

    int64_t *times;       /* (N) seconds since 1970, UTC; NULL: the rows have no times */
    rnn_time_style style; /* of the file */
    rnn_step step;
    char *time_name, *id_name; /* of these columns; NULL: none */
    uint32_t *lines;           /* (N) of the file, for messages; 0: a row that was filled in; NULL: not from a text */
    size_t filled; /* target cells that were filled in under RNN_MISSING_FFILL and RNN_MISSING_INTERPOLATE */
} rnn_series;

/* Reads CSV text, or NPY where the file starts with NPY's magic (f4/f8, C order, 1 or 2 dimensions; columns by position).
 * RNN_NO_INPUT: cannot be opened. RNN_BAD_DATA: a cell in use is not a finite number, a ragged row, a broken file; the
 * message gives file:line:column. RNN_USAGE: no such column (the message lists what there is). format may be NULL. */
rnn_status rnn_series_read(const char *path, const rnn_table_format *format, const rnn_columns *columns,
                           rnn_series **out);

/* What becomes of missing cells: empty, or one of NA, N/A, NaN, nil, null, none, "?", ".", "-". Missing rows, which the times give
 * away, are rows of missing cells. */
typedef enum rnn_missing {
    RNN_MISSING_ERROR,
    RNN_MISSING_DROP,  /* windows that touch one are left out */
    RNN_MISSING_FFILL, /* the value before it in its series */
    RNN_MISSING_INTERPOLATE, /* on the line between its neighbours by rows, which looks at the row behind it: fine for training, and
                                not what a forecast in its place would have known */
    RNN_MISSING_MASK, /* an input becomes 0 in scaled units, and a column more says so; a target leaves the loss */
    RNN_MISSING_AUTO  /* where there are any: mask, and a notice */
} rnn_missing;

/* Columns made of the times, sine and cosine of the place in a period, known ahead of time. Bits of a set. */
typedef enum rnn_calendar {
    RNN_CALENDAR_MINUTE = 1,  /* of the hour */
    RNN_CALENDAR_HOUR = 2,    /* of the day, as seconds / 86400 */
    RNN_CALENDAR_WEEKDAY = 4, /* from Monday */
    RNN_CALENDAR_DAY = 8,     /* of the month */
    RNN_CALENDAR_MONTH = 16,  /* of the year */
    RNN_CALENDAR_YEARDAY = 32,
    RNN_CALENDAR_AUTO =
        64 /* by the step: of less than an hour minute, hour and weekday; of less than a day hour, weekday and yearday; of
                              days weekday and yearday; of weeks yearday; of less than a year month */
} rnn_calendar;

/* How a table is read. Zeroed: as rnn_series_read does with NULLs, but that a first column of times is recognised. */
typedef struct rnn_read_options {
    rnn_table_format format;
    rnn_columns columns;
    const char *const
        *known; /* further inputs whose values are known ahead: at step t the network sees those of row t and of
                                 row t + horizon. Rows at the end of a series with no target but these are its future */
    const char *
        time; /* column of times; NULL: the first of nothing but times that is not asked for as anything else, announced
                         (digits alone only in the table's first column, years and YYYYMM there if its name says so);
                         "none": rows as they come */
    const char *id; /* column that tells the series of a file apart; NULL: one series */
    rnn_missing missing;
    unsigned calendar; /* of RNN_CALENDAR_... */
    const char *const
        *masks; /* of RNN_MISSING_MASK: columns that get a mask, NULL-terminated; NULL: all with missing cells */
} rnn_read_options;

/* RNN_BAD_DATA, beside what rnn_series_read says: times that are not in ascending order, there twice, off the regular step, or with
 * a gap under RNN_MISSING_ERROR; a cell that cannot be filled. The message gives file:line, both times, and the option that helps. */
rnn_status rnn_series_read_with(const char *path, const rnn_read_options *options, rnn_series **out);

/* The time of a row as the file writes times, or, without times, its number in its series from 0. Rows from starts[part + 1] on
 * continue the part by its step. */
void rnn_series_label(const rnn_series *series, size_t part, size_t row, char *text, size_t size);

/* The set of these features' names, such as "month" and "weekday", or "auto"; NULL-terminated. RNN_USAGE: no such feature; the message lists them. */
rnn_status rnn_calendar_set(const char *const *names, unsigned *out);

/* `rows` more rows of the future at the end of each series, for which the calendar is all that has to be known.
 * RNN_CONFIG: a column of the file is known ahead too, and only the file can have its values. */
rnn_status rnn_series_extend(rnn_series *series, size_t rows);

/* The article's data: sin(0), sin(1), ... sin(N-1), one column named "sin". */
rnn_status rnn_series_sine(size_t N, rnn_series **out);

/* A table in memory. Optional: names (columns), NULL gives "1", "2", ...; known: how many of the last columns are known ahead; ids (N), a
 * name a row, which tell several series apart; times (N), seconds since 1970. */
typedef struct rnn_table {
    const double *values; /* (N, columns), the targets first; NAN: missing */
    size_t N, columns, targets, known;
    const char *const *names, *const *ids;
    const int64_t *times;
} rnn_table;

/* Copies the table, as a file's would be made series; of the options missing, calendar and masks count, NULL is all zero. */
rnn_status rnn_series_make(const rnn_table *table, const rnn_read_options *options, rnn_series **out);

/* The same of a plain one: values (N,columns) a program already has; names (columns) may be NULL. */
rnn_status rnn_series_copy(const double *values, size_t N, size_t columns, size_t targets, const char *const *names,
                           rnn_series **out);

void rnn_series_free(rnn_series *series);

/* ---- Settings ------------------------------------------------------------------------------------------------------ */

typedef enum rnn_recipe { RNN_RECIPE_DEFAULT, RNN_RECIPE_ARTICLE } rnn_recipe;
typedef enum rnn_precision { RNN_FLOAT, RNN_DOUBLE } rnn_precision;
typedef enum rnn_cell { RNN_ELMAN, RNN_GRU, RNN_LSTM } rnn_cell;
typedef enum rnn_activation { RNN_SIGMOID, RNN_TANH, RNN_RELU } rnn_activation;
typedef enum rnn_input_weights { RNN_INPUT_SHARED, RNN_INPUT_PER_STEP } rnn_input_weights;
typedef enum rnn_init { RNN_INIT_ORTHOGONAL, RNN_INIT_XAVIER, RNN_INIT_UNIFORM, RNN_INIT_ZERO } rnn_init;
typedef enum rnn_optimizer {
    RNN_SGD,
    RNN_MOMENTUM,
    RNN_NESTEROV,
    RNN_RMSPROP,
    RNN_ADAM,
    RNN_ADAMW
} rnn_optimizer; /* as torch.optim has them; the formulas are in host/backend/backend.h */
typedef enum rnn_schedule { RNN_CONSTANT, RNN_STEP, RNN_COSINE, RNN_ONE_CYCLE, RNN_PLATEAU } rnn_schedule;
typedef enum rnn_loss { RNN_MSE, RNN_MAE, RNN_HUBER, RNN_QUANTILE } rnn_loss;
typedef enum rnn_loss_at { RNN_LOSS_AT_LAST, RNN_LOSS_AT_EVERY } rnn_loss_at; /* many-to-one, many-to-many */
typedef enum rnn_on_divergence { RNN_DIVERGENCE_STOP, RNN_DIVERGENCE_RETRY } rnn_on_divergence;
typedef enum rnn_short_ids { RNN_SHORT_IDS_ERROR, RNN_SHORT_IDS_DROP } rnn_short_ids;
typedef enum rnn_scale_by { RNN_SCALE_BY_ID, RNN_SCALE_BY_ALL } rnn_scale_by; /* each series by itself, or all alike */
typedef enum rnn_scaling { RNN_SCALE_STANDARD, RNN_SCALE_MINMAX, RNN_SCALE_NONE } rnn_scaling;

/* What the network sees of the targets in place of v(row); predictions are brought back exactly, to the rounding.
 *   log       ln v(row)                              every value must be above 0
 *   diff      v(row) - v(row - 1)                    a forecast adds up from the last value its window shows; a series'
 *   log-diff  ln v(row) - ln v(row - 1)              first row has no difference, and is in no window
 *   season-diff      v(row) - v(row - season)        a forecast is added to the value a season before the row it is about; the
 *   log-season-diff  ln v(row) - ln v(row - season)  first season of a series is in no window. One season for all series and targets */
typedef enum rnn_transform {
    RNN_TRANSFORM_NONE,
    RNN_TRANSFORM_LOG,
    RNN_TRANSFORM_DIFF,
    RNN_TRANSFORM_LOG_DIFF,
    RNN_TRANSFORM_SEASON_DIFF,
    RNN_TRANSFORM_LOG_SEASON_DIFF,
    RNN_TRANSFORM_AUTO /* season-diff, diff or none, see rnn_settings_resolve */
} rnn_transform;

#define RNN_MOST_QUANTILES 9

/* Ascending, each between 0 and 1. */
typedef struct rnn_quantiles {
    size_t count; /* Q: 1 to RNN_MOST_QUANTILES */
    double values[RNN_MOST_QUANTILES];
} rnn_quantiles;

/* Everything that, with the data, fixes the result of a training run to the last bit. */
typedef struct rnn_settings {
    rnn_recipe recipe;

    /* data */
    size_t seq_len;      /* T: rows a window shows the network; 0: by the series, see rnn_settings_resolve */
    size_t horizon;      /* rows after a window that are predicted at once, >= 1: the next one, the one after it, ... */
    double val_fraction; /* share of windows, the latest ones before the test's, kept for validation; 0 <= f < 1 */
    double test_fraction; /* share of windows, the latest ones, that training and its decisions never see; 0 <= f < 1 */
    size_t
        season; /* rows of one, for naive forecasts and seasonal differences; 1: none, 0: as autocorrelation finds it */
    rnn_scaling scaling; /* fitted on the rows that training windows see, only */
    rnn_scale_by scale_by;
    rnn_missing missing; /* how the data was read; a model's own data is read so too */
    rnn_transform transform;
    rnn_short_ids short_ids; /* series with too few rows for a window of each part: refused, or left out */

    /* network */
    rnn_cell cell;
    size_t hidden;                   /* H */
    rnn_activation activation;       /* of RNN_ELMAN; gates have their own */
    rnn_input_weights input_weights; /* per-step: U has its own D columns for every t, as the article's has */
    bool bias;                       /* b and c exist */
    bool train_h0;                   /* the state that windows begin with is a parameter; else it is 0 */
    rnn_init init;
    size_t layers; /* L, each on the one before */
    double
        dropout; /* share of a layer's units that the next one does not see, drawn anew for each update; 0 <= f < 1 */
    double forget_bias; /* of RNN_LSTM: what the forget gates' bias starts with beside `init` */

    /* training */
    size_t epochs;
    size_t batch; /* B; the last minibatch of an epoch may be smaller */
    size_t
        windows;  /* an epoch trains on so many windows, one drawn from each of as many equal stretches of the training
                       part, and looks at as many of the validation part, evenly spaced; 0, or as many as there are: all */
    bool shuffle; /* order of the training windows drawn anew each epoch */
    bool
        stateful; /* minibatch i shows every one of `batch` streams, which the training part is cut into, its i-th seq_len rows, and begins
                      with the state that the one before ended with; the gradient ends where it begins. Of one series, in order */
    rnn_loss loss; /* with e = yhat - y of an output in scaled units: e^2 / 2; |e|; Huber's; the quantile loss */
    rnn_loss_at
        loss_at; /* of training: what is predicted after a window's last row, or the mean over what would be after each of its
                            rows (of the last bptt_truncate). Validation and forecasts: the last */
    double huber_delta;      /* of RNN_HUBER: e^2 / 2 up to |e| = delta, delta (|e| - delta / 2) beyond */
    rnn_quantiles quantiles; /* of RNN_QUANTILE: an output each, target by target */
    rnn_optimizer optimizer;
    rnn_schedule schedule;
    double
        learning_rate; /* peak rate where a schedule changes it; 0 = 0.04 for Elman's sigmoid, 0.003 for its others, 0.01 for gated cells */
    double warmup;      /* epochs in which the rate grows from near 0; RNN_ONE_CYCLE has a warm-up of its own instead */
    size_t lr_step;     /* of RNN_STEP: epochs between two reductions of the rate */
    double lr_gamma;    /* of RNN_STEP and RNN_PLATEAU: factor of a reduction */
    size_t lr_patience; /* of RNN_PLATEAU: epochs without a better validation loss before a reduction */
    double momentum;    /* of RNN_MOMENTUM and RNN_NESTEROV */
    double rho;         /* of RNN_RMSPROP */
    double beta1, beta2; /* of RNN_ADAM and RNN_ADAMW */
    double epsilon;      /* of RNN_RMSPROP, RNN_ADAM and RNN_ADAMW */
    double weight_decay; /* of all weights and biases: RNN_ADAMW's own, of the others added to the clipped gradient */
    size_t
        bptt_truncate; /* K: the gradient flows back through the last K steps; 0 = all. The article's rule: its inner loop */
    double clip_value; /* every gradient element into [-c, c]; 0 = off */
    double clip_norm;  /* gradient scaled down to this global norm; 0 = off */
    size_t patience; /* stop after so many epochs without a better validation loss and keep the best weights; 0 = off */
    rnn_on_divergence
        on_divergence;       /* retry: back to the start of the epoch with a quarter of the rate, up to five times */
    size_t reduction_blocks; /* P of the fixed-order sum over records; 0 = the contract's f(B, parameters) */
    uint64_t seed;
    rnn_precision precision;
} rnn_settings;

/* The recipe's settings. The article's recipe: its network, data split, rule and printed numbers (seed 42). */
void rnn_settings_init(rnn_settings *settings, rnn_recipe recipe);

/* What the settings leave open is chosen by the series: the transform by the rows that training windows touch, the rest by how many rows there are. A
 * model keeps what was chosen; training functions choose for themselves.
 *   seq_len 0             a quarter of the rows of the shortest series (with short_ids dropped: of the longest), at most 50, of several
 *                         series at least 8
 *   learning_rate 0       by cell and activation
 *   RNN_MISSING_AUTO      mask where a cell is missing, error (there is none) elsewhere
 *   RNN_TRANSFORM_AUTO    of most targets, by variances over those rows:
 *                         season-diff  that of seasonal differences is below 2/3 of the values' and of the differences'; and the means of the two
 *                                      halves are apart by more than 0.6 standard deviations, or the seasonal differences go on from row to
 *                                      row: the variance of their own differences is below 0.75 of theirs. A season that stays the
 *                                      same under noise the network learns by itself, and differences would double the noise. Not
 *                                      where it is below 0.002 of the values' (a sine), or where the first season leaves a series too few rows,
 *                                      or under RNN_MISSING_DROP, where there are gaps: they would count twice
 *                         diff         that of differences is below 0.75 of the values', with halves so far apart; below 1/3, without
 *                         none         else. diff and season-diff are not chosen for quantiles of more rows than one, or a season
 *                         A network that was scaled on what was sees no value like those to come where a series goes elsewhere, and all
 *                         like them among its differences.
 *   season 0              of seasonal differences: the one that the autocorrelation of most targets over those rows shows; it stays 0, and
 *                         training is refused, where none does. Other transforms leave 0 as it is
 * series NULL: 50 rows, no transform, nothing missing. */
void rnn_settings_resolve(rnn_settings *settings, const rnn_series *series);

/* ---- Device -------------------------------------------------------------------------------------------------------- */

typedef struct rnn_backend rnn_backend;

typedef struct rnn_device_info {
    char selector[16]; /* "reference", or "P:D" as --device takes it */
    char platform[128], name[128], driver[128], version[128];
    char type[16];    /* "gpu", "cpu", "accelerator" */
    uint64_t memory;  /* bytes of global memory; 0 where it is the host's */
    uint64_t largest; /* bytes of the largest single buffer */
    unsigned compute_units;
    bool fp64;
    bool bit_exact; /* gives the reference's bits; otherwise tolerance only */
    char why[160];  /* what bit_exact rests on or what is missing */
} rnn_device_info;

/* selector: "auto", "gpu", "cpu", "reference", "P:D", or part of a platform's or device's name, case-blind.
 * auto takes a GPU, else another OpenCL device, else the reference, and announces it. RNN_NO_DEVICE: none or more than
 * one fits, or it cannot do the precision; the message lists what there is. */
rnn_status rnn_backend_open(const char *selector, rnn_precision precision, rnn_backend **out);

/* Keeps the kernels built so far for later runs in $XDG_CACHE_HOME/rnn_cl or $HOME/.cache/rnn_cl; where that is impossible
 * nothing happens. Best called last: PoCL compiles them once more, for work-groups of any size, which takes seconds where its
 * own cache lacks them. */
void rnn_backend_keep_kernels(rnn_backend *backend);
void rnn_backend_close(rnn_backend *backend);
const rnn_device_info *rnn_backend_info(const rnn_backend *backend);

/* All devices, the reference last. *out is freed with free(). Absent platforms are no error: count is then 1. */
rnn_status rnn_device_list(rnn_device_info **out, size_t *count);

/* ---- Training ------------------------------------------------------------------------------------------------------ */

typedef struct rnn_model rnn_model;

/* What an epoch came to. loss and val_loss: mean over records and outputs (of loss also over the steps of loss_at) of the settings'
 * loss in scaled units, except in the article's recipe: its sum over records. val_rmse: of the point forecast, which under RNN_QUANTILE is the quantile nearest
 * 0.5, the lower of two; original units, step by step. NAN where there is no validation part. */
typedef struct rnn_epoch {
    size_t epoch, epochs; /* from 1 */
    double loss, val_loss, val_rmse;
    double learning_rate;
    double seconds; /* of training, earlier sittings included */
    double records_per_second;
    size_t rollbacks; /* of the run so far, see on_divergence */
    char weights_sha256[65];
} rnn_epoch;

/* Called from the training thread. epoch: after every epoch. progress: between minibatches, at most some ten times a
 * second. stop: asked after every minibatch; true ends the run: rnn_train then returns RNN_STOPPED and the model as it is,
 * or, under patience, with the weights of the best epoch that ended. save: asked after every minibatch; true has the
 * checkpoint written now. saved: it was. */
typedef struct rnn_observer {
    void *context;
    void (*epoch)(void *context, const rnn_epoch *epoch);
    void (*progress)(void *context, size_t epoch, size_t epochs, double fraction, double records_per_second);
    bool (*stop)(void *context);
    bool (*save)(void *context);
    void (*saved)(void *context, const char *path);
} rnn_observer;

/* The device memory of a job, a buffer an item. */
typedef struct rnn_memory_item {
    char label[48];
    uint64_t bytes;
} rnn_memory_item;

#define RNN_MEMORY_ITEMS 32

typedef struct rnn_memory {
    rnn_memory_item items[RNN_MEMORY_ITEMS];
    size_t count;
    size_t largest; /* index of the largest item */
    uint64_t total;
} rnn_memory;

/* What rnn_train would allocate on the device for this job; allocates nothing. */
rnn_status rnn_memory_plan(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                           rnn_memory *out);

/* RNN_OK, or RNN_NO_MEMORY for a plan beyond the device's memory or its largest buffer: the message has the numbers and
 * what would fit. rnn_train asks this before it allocates anything. */
rnn_status rnn_memory_check(const rnn_memory *memory, const rnn_settings *settings, const rnn_series *series,
                            rnn_backend *backend);

/* Trains a new model, which then keeps its naive forecasts (rnn_rival) and, but for the article's recipe, the residuals of its validation
 * windows, which intervals are made of; where the device fails in that last pass *out is the model without them. observer may be NULL. RNN_CONFIG: settings that contradict each other or the series (too few rows:
 * says how many are needed). RNN_DIVERGED: a loss, gradient or weight that is not finite, which is then applied to nothing;
 * the message names epoch, update and what to try, and *out has the weights of the last epoch that ended, or is NULL.
 * RNN_NO_MEMORY: as rnn_memory_check says. */
rnn_status rnn_train(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                     const rnn_observer *observer, rnn_model **out);

/* A run that was interrupted, as a file keeps it. */
typedef struct rnn_checkpoint rnn_checkpoint;

/* RNN_NO_INPUT: absent. RNN_BAD_DATA: damaged, truncated, not a checkpoint, or of another format version. */
rnn_status rnn_checkpoint_load(const char *path, rnn_checkpoint **out);
void rnn_checkpoint_free(rnn_checkpoint *checkpoint);

/* The model as it was then, with its settings and the history so far; the checkpoint's own. */
const rnn_model *rnn_checkpoint_model(const rnn_checkpoint *checkpoint);
const char *rnn_checkpoint_note(const rnn_checkpoint *checkpoint); /* safeguards' of that run; NULL: none */
double rnn_checkpoint_seconds(const rnn_checkpoint *checkpoint);   /* trained so far */

/* RNN_CONFIG where the run cannot go on with these settings: the message names the first that differs. on_divergence may. */
rnn_status rnn_check_resume(const rnn_settings *settings, const rnn_checkpoint *checkpoint);

/* What a run does against loss and error. Zeroed: nothing, as rnn_train. */
typedef struct rnn_safeguards {
    const char *checkpoint;       /* file that the run is kept in, replaced whole each time; NULL: none */
    size_t every_steps;           /* updates between two checkpoints; 0: not by updates */
    double every_seconds;         /* ... seconds; 0: not by time. One is written, too, when the run is stopped */
    const char *note;             /* UTF-8, kept in the checkpoint for whoever resumes the run; NULL: none */
    const rnn_checkpoint *resume; /* go on from there, to the bits of a run that was never interrupted; NULL: begin */
    bool verify;                  /* hold every kernel of the run against the reference before it begins */
    size_t verify_every;          /* ... and whole updates: one in so many; 0: none. Each takes the reference's time */
} rnn_safeguards;

/* rnn_train with safeguards. *out is the model so far, too, where the run ended because checkpoints cannot be written, after an
 * epoch. RNN_MISMATCH: the device computed something else than the reference; the message has kernel, tensor,
 * place and both values. A checkpoint that cannot be written is announced, and the third in a row ends the run:
 * RNN_IO. With `resume` the settings must be those of its model, but for on_divergence; RNN_CONFIG: they, or the series, are
 * others. */
rnn_status rnn_train_with(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                          const rnn_observer *observer, const rnn_safeguards *safeguards, rnn_model **out);

/* ---- Population ---------------------------------------------------------------------------------------------------- */

#define RNN_POPULATION_MOST 256

/* One run of several on the same series and device. */
typedef struct rnn_member {
    rnn_settings settings;
    const rnn_observer *observer; /* NULL: nobody. Called from a thread of the member's own, several members' at once */
    const rnn_safeguards *safeguards; /* NULL: none. `verify` is done once for all members of a shape */

    /* How it ended: as rnn_train_with's status, message and *out. begun: otherwise the population was stopped before */
    bool begun;
    rnn_status status;
    char message[1024]; /* empty after RNN_OK */
    rnn_model *model;   /* the caller's to free; NULL: none */
} rnn_member;

/* Whether a setting may differ between members: those of network and training may, but for what makes losses incomparable. */
bool rnn_is_sweepable(const char *name);

/* Trains each member, to the bits of rnn_train_with alone. Members of one shape run side by side, an operation of all of them at
 * once where the device can; shapes one after the other. One that ends early leaves the others undisturbed.
 * RNN_OK: each came to an end of its own, of which a divergence is one, though not of all. RNN_STOPPED: one was stopped; shapes
 * that had not begun then do not begin. Otherwise the first member's failure, with its number, from 1, in the message. RNN_USAGE:
 * count is not within 1 to RNN_POPULATION_MOST; RNN_CONFIG: members differ in what may not; RNN_NO_MEMORY: as rnn_population_check
 * says. Those three, and settings that are refused, before anything began. */
rnn_status rnn_train_population(rnn_member *members, size_t count, const rnn_series *series, rnn_backend *backend);

/* What the members take of the device's memory: of their shapes, which run one after the other, the one that takes the most. */
rnn_status rnn_population_plan(const rnn_member *members, size_t count, const rnn_series *series, rnn_backend *backend,
                               rnn_memory *out);

/* RNN_OK, or RNN_NO_MEMORY for a shape that does not fit: the message says how many members of it would. */
rnn_status rnn_population_check(const rnn_member *members, size_t count, const rnn_series *series,
                                rnn_backend *backend);

/* ---- Model --------------------------------------------------------------------------------------------------------- */

/* A safetensors file: the parameter tensors under PyTorch's names, the specification as JSON in its metadata.
 * Written under a temporary name and renamed: the old file or the new one, never half of one. */
rnn_status rnn_model_save(const rnn_model *model, const char *path);

/* A model file, or a checkpoint: the model as it was then. RNN_NO_INPUT: absent. RNN_BAD_DATA: damaged, truncated, or of another
 * format version; the message says where. */
rnn_status rnn_model_load(const char *path, rnn_model **out);
void rnn_model_free(rnn_model *model);

const rnn_settings *rnn_model_settings(const rnn_model *model);
size_t rnn_model_inputs(const rnn_model *model);  /* D */
size_t rnn_model_targets(const rnn_model *model); /* columns predicted, each for `horizon` rows */
const char *rnn_model_column(const rnn_model *model,
                             size_t index);                  /* name of input index < D; the first O are targets */
void rnn_model_sha256(const rnn_model *model, char hex[65]); /* over the parameters' bytes, the first in the file */

/* Reads a file as the data that the model was trained on: its columns, masks and calendar, its columns of times and ids. as: format, missing
 * (NULL: the model's own), and time and id where the file calls them otherwise; id "none": the file holds one series without an id.
 * Where the calendar is all that is known ahead the series goes on for `horizon` rows of the future, so that what lies behind its end can be
 * predicted. RNN_CONFIG: the file lacks a column. */
rnn_status rnn_model_read(const rnn_model *model, const char *path, const rnn_read_options *as, rnn_series **out);

/* The epochs of the run that made the model, in order; the model's own. *count is 0 for a model that was loaded. */
const rnn_epoch *rnn_model_history(const rnn_model *model, size_t *count);

/* ---- Predictions --------------------------------------------------------------------------------------------------- */

/* How the article's network reads a window: step by step as it was trained, or, as its final pictures do, the whole
 * window at every step (U x instead of U[:,t] x_t). Only models with per-step input weights have the second mode. */
typedef enum rnn_input_mode { RNN_MODE_STEP, RNN_MODE_WINDOW } rnn_input_mode;

/* What a model says of windows of a series, in time order, original units. Values that lie past the end of the series are NAN. */
typedef struct rnn_predictions {
    size_t count, horizon, targets;
    size_t *rows;      /* (count) series row of each window's first prediction: the one after the window */
    double *predicted; /* (count,horizon,targets) the point forecast, see rnn_epoch */
    double *actual;    /* (count,horizon,targets) */
    double *last;      /* (count,targets) last value a window shows: the persistence forecast of every step */
    size_t *parts;     /* (count) which of the series */
    size_t Q;          /* quantiles of each value; 0: the model was not trained on any */
    double
        *quantiles; /* (count,horizon,targets,Q) in the order of the settings, not made to ascend; NULL where Q is 0 */
    rnn_quantiles levels; /* which they are; count Q */
} rnn_predictions;

/* Of every window, those at the end of the series included. RNN_CONFIG: the series' columns are not the model's, or it has fewer
 * rows than one window. */
rnn_status rnn_predict(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, rnn_backend *backend,
                       rnn_predictions **out);
void rnn_predictions_free(rnn_predictions *predictions);

/* The mean of what `count` models say: (p1 + p2 + ...) / count, in their order, original units; of each quantile likewise.
 * RNN_CONFIG, too, for models of other columns, windows, horizons or losses than the first one's. */
rnn_status rnn_predict_mean(rnn_model *const *models, size_t count, const rnn_series *series, rnn_input_mode mode,
                            rnn_backend *backend, rnn_predictions **out);

/* Errors over the windows [first, first + count), all steps and targets that have an actual value, in original units. */
typedef struct rnn_metrics {
    size_t count; /* windows with any such value */
    double rmse, mae;
    double persistence_rmse, persistence_mae; /* of repeating the last value the window shows */
} rnn_metrics;
void rnn_measure(const rnn_predictions *predictions, size_t first, size_t count, rnn_metrics *out);

/* The chronological split of a series of N rows, in windows: the first `train` are for training, then `val` for validation, the
 * last `test` for the test. Before a later part horizon - 1 windows are left out, so that no row is predicted in two
 * parts. RNN_CONFIG: too few rows. */
typedef struct rnn_split {
    size_t total, train, val, test; /* total = train + val + test */
    size_t train_rows; /* rows the training windows and their targets touch: all that scaling may look at */
} rnn_split;
rnn_status rnn_split_windows(const rnn_settings *settings, size_t N, rnn_split *out);

/* The windows that a series of this kind, or several, are used by: each series is split by itself, and what the transform and missing cells
 * forbid is left out. RNN_CONFIG: too few rows, of a series that is named. */
rnn_status rnn_split_series(const rnn_settings *settings, const rnn_series *series, rnn_split *out);

/* Of each part of the split at most `windows` windows, evenly spaced from the first on; 0: all. Training, then validation, then
 * test; *shown says how many of each. */
rnn_status rnn_predict_some(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, size_t windows,
                            rnn_backend *backend, rnn_split *shown, rnn_predictions **out);

/* The same of the mean that rnn_predict_mean gives. */
rnn_status rnn_predict_some_mean(rnn_model *const *models, size_t count, const rnn_series *series, rnn_input_mode mode,
                                 size_t windows, rnn_backend *backend, rnn_split *shown, rnn_predictions **out);

/* ---- Scoreboard ---------------------------------------------------------------------------------------------------- */

/* Forecasts that take no network, each target by itself, fitted on the rows that training windows touch and on no others, when the
 * model is trained; the model keeps them. The last value; the value a season before; the last value and the mean slope of
 * the training part; AR(p) by least squares, p at most 30, chosen by Akaike's final prediction error. host/score/baseline.h has
 * the formulas. */
typedef enum rnn_rival {
    RNN_RIVAL_LAST,
    RNN_RIVAL_SEASONAL,
    RNN_RIVAL_DRIFT,
    RNN_RIVAL_AUTOREGRESSION,
    RNN_RIVALS
} rnn_rival;

/* Over `count` values, in original units but for the last two; e = forecast - actual. Not finite where there is nothing to
 * divide by. Of several targets all values count alike.
 *   rmse   sqrt(mean e^2)        mae   mean |e|
 *   mase   mean |e| / the training part's mean error of the seasonal naive forecast, of its own target (Hyndman and Koehler, 2006)
 *   smape  mean 200 |e| / (|forecast| + |actual|), in per cent; 0 / 0 counts as 0 */
typedef struct rnn_errors {
    size_t count;
    double rmse, mae, mase, smape;
} rnn_errors;

typedef struct rnn_contender {
    char name[48]; /* "network", "last value", "seasonal naive (12)", "drift", "AR(3)" */
    rnn_errors all;
    rnn_errors *steps; /* (horizon) */
} rnn_contender;

#define RNN_LEVELS 8 /* most levels of intervals at a time */

/* Of `values` actual values so many lay inside the intervals of this level. */
typedef struct rnn_coverage {
    double level;
    size_t inside, values;
} rnn_coverage;

/* Whose residuals the intervals rest on whose coverage is measured: the model's own, of its validation part; or those of the earlier
 * half of each series' windows, all together, the later halves being measured, with no row in both. */
typedef enum rnn_calibration { RNN_CALIBRATION_NONE, RNN_CALIBRATION_MODEL, RNN_CALIBRATION_HALVES } rnn_calibration;

/* On what the naive forecasts beside a model were fitted. */
typedef struct rnn_naive_fit {
    bool
        known; /* the series begins with the model's own data (rnn_model_knows), and they are of the model's training rows. Otherwise rows
                      that the model was trained on may be among what is scored */
    bool
        refitted; /* they are of the first rows of each series scored, in the share that the model's settings leave for training; otherwise of
                      the training rows of the model's own data, or in a backtest with new models of theirs */
} rnn_naive_fit;

typedef struct rnn_scoreboard {
    size_t windows; /* with any actual value */
    size_t horizon, targets;
    rnn_naive_fit naive;
    rnn_contender contender[1 + RNN_RIVALS];
    size_t contenders; /* the network first; no seasonal naive where no target has a season */
    size_t best;       /* the contender behind the network whose RMSE is the lowest */
    bool
        exact; /* that is no more than rounding: a millionth of the range of the values scored, and 8 roundings in double of the largest */
    size_t apart,
        ahead; /* targets of series with any actual value, each by itself; those on which the network's RMSE is the lowest: in one
                            sum over several the largest units decide */
    size_t scales, unscaled,
        unscaled_season; /* targets of series among these windows; of these, those without a scale of MASE, as no two
                                                 values of their training part that are a season apart differ; the first one's season */
    rnn_calibration calibration;
    size_t levels;
    rnn_coverage coverage[RNN_LEVELS];
    rnn_coverage *step_coverage; /* (levels,horizon), NULL where there are none */
    size_t pairs;                /* of quantiles, 0 but of a model of two or more: */
    rnn_coverage quantile_coverage[RNN_MOST_QUANTILES /
                                   2]; /* what lies between them as they are, from the first and the last on inwards */
} rnn_scoreboard;

/* Of the windows [first, first + count) of predictions that the model made of this series, beside the naive forecasts for them.
 * Coverage of the intervals of 80 and 95 per cent, by `calibration`, as far as there are enough residuals; and of the network's own
 * quantiles. Of data that the model does not know a notice says so, and on what the naive forecasts are fitted. RNN_CONFIG: no window with
 * an actual value among them. */
rnn_status rnn_score(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard **out);
void rnn_scoreboard_free(rnn_scoreboard *scoreboard);

/* Whether the series begins with the very rows (SHA-256) that the model was trained, validated and tested on; of several series, each of
 * the same ones. Rows of the future, behind its end, do not matter. *rows: how many they are in all, 0 where the model, of an earlier
 * version, does not say: it then knows no series. */
bool rnn_model_knows(const rnn_model *model, const rnn_series *series, size_t *rows);

/* Season (1: none) and order p of the naive forecasts of a target. false: the model keeps none. */
bool rnn_model_naive(const rnn_model *model, size_t target, size_t *season, size_t *order);

/* ---- Forecasts ------------------------------------------------------------------------------------------------------ */

/* What comes behind the past of each series, in original units. */
typedef struct rnn_forecasts {
    size_t parts;
    size_t *rows; /* (parts) of the first step in the series' values: its `ends`, of each series that is not left out */
    size_t steps, targets, levels;
    double *mean; /* (parts,steps,targets) the network's own forecast */
    double level[RNN_LEVELS];
    double *lower, *upper; /* (levels,parts,steps,targets); -INFINITY and INFINITY where there are too few residuals */
    size_t residuals;      /* windows whose residuals make the intervals of the first steps; 0: the model has none */
    bool unadjusted[RNN_LEVELS]; /* the network's own quantiles as they are, for want of residuals: measured is 0 */
    size_t Q;                    /* quantiles of each value, as of rnn_predictions */
    double *quantiles; /* (parts,steps,targets,Q); beyond the horizon where the point forecasts before are true */
    size_t measured[RNN_LEVELS]; /* steps whose intervals rest on residuals of forecasts as far ahead; those behind them
                                    are as wide as the last of these */
} rnn_forecasts;

/* `steps` rows past the end of each series, at least 1; under short_ids drop but for those of fewer rows than a window, which is announced. Up to the model's horizon they are predicted at once; beyond it the model is fed its own
 * forecasts, a horizon at a time. Columns known ahead need rows of the future for as many whole horizons as the steps take; the calendar needs
 * none. levels (count <= RNN_LEVELS), each of them above 0 and below 1: split-conformal
 * intervals (host/score/conformal.h), of a model of two quantiles or more around those and not around the point forecast, from residuals the model keeps of its validation windows (of 16384 evenly spaced ones, where there are
 * more); beyond the horizon from forecasts
 * as far ahead that begin at those windows, where the series begins with the model's own data (rnn_model_knows). An interval holds those
 * of lower levels, if need be by being wider. Where --patience
 * chose the weights by the same windows, intervals are a little too narrow.
 * RNN_USAGE: no steps, or a level that is none. RNN_CONFIG: the series' columns are not the model's; fewer rows than a window, or
 * too few rows of the future of what is known ahead; more steps than the horizon where the model has features that are neither targets nor known
 * ahead. RNN_DIVERGED: a forecast that is not finite. */
rnn_status rnn_forecast(const rnn_model *model, const rnn_series *series, size_t steps, const double *levels,
                        size_t count, rnn_backend *backend, rnn_forecasts **out);
void rnn_forecasts_free(rnn_forecasts *forecasts);

/* The fewest validation windows for intervals of a level above 0 and below 1: the smallest n with ceil((n + 1) level) <= n. */
size_t rnn_interval_windows(double level);

/* ---- Backtest -------------------------------------------------------------------------------------------------------- */

/* Forecasts as they would have been made at `origins` rows of the past, evenly spaced over the rows that the model was not trained on
 * (of other data: over all that have a window before them), or at as many as there are. */
typedef struct rnn_backtest_request {
    size_t origins; /* at least 1 */
    size_t steps;   /* ahead; 0: the model's horizon */
    size_t
        refit_every; /* 0: the model as it is. n: before the first origin, and every n-th from there on, a new model is trained with the
                           model's settings on all rows before that origin, of all series; of other data, origins are then in its later half.
                           Origins in several series follow in time, or, where rows have no times, by their numbers in their series */
    const rnn_observer *observer; /* of those trainings; may be NULL */
    void *context;
    void (*refit)(void *context, size_t number, size_t count,
                  size_t rows); /* the number-th of them begins; may be NULL */
} rnn_backtest_request;

/* All origins that one model serves are forecast in one batch, to the bits of rnn_forecast at each: a series that this model does not know is
 * scaled by its rows before the origin. *predictions: their forecasts, rows
 * and horizon being origins and steps. *board: their scores, with naive forecasts fitted on the same rows as the model (of a series that its training left out on
 * those before its first origin; rnn_naive_fit: of data it does not know), and coverage of
 * intervals made of the earlier half of the origins on the later. New models keep a validation part only under --patience,
 * and no test part. RNN_CONFIG: no rows to go back over, and what rnn_forecast says. RNN_STOPPED: the observer wanted it. */
rnn_status rnn_backtest(const rnn_model *model, const rnn_series *series, const rnn_backtest_request *request,
                        rnn_backend *backend, rnn_predictions **predictions, rnn_scoreboard **board);

#ifdef __cplusplus
}
#endif

#endif
