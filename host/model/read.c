/* SPDX-License-Identifier: MIT
 * read.c - a file read as the data that a model was trained on
 */
#include "base/memory.h"
#include "data/settle.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

/* The model's columns of the file by what they are for, and the columns that its masks are of; NULL-terminated lists in one block. */
typedef struct column_lists {
    const char **block, **targets, **features, **known, **masks;
} column_lists;

/* "w missing" is the mask of column w. */
static size_t mask_of(const rnn_model *model, size_t mask)
{
    for (size_t i = 0; i < model->network.columns; i++) {
        const size_t length = strlen(model->columns[i]);
        if (model->kinds[i] == RNN_COLUMN_FILE && strncmp(model->columns[mask], model->columns[i], length) == 0 &&
            strcmp(model->columns[mask] + length, RNN_MASK_SUFFIX) == 0)
            return i;
    }
    return mask;
}

static rnn_status list_columns(const rnn_model *model, column_lists *lists)
{
    const size_t columns = model->network.columns, past = columns - model->network.known;
    size_t targets = 0, features = 0, known = 0, masks = 0;
    const rnn_status status = RNN_NEW(lists->block, 4 * (columns + 1));
    if (status)
        return status;
    lists->targets = lists->block;
    lists->features = lists->block + columns + 1;
    lists->known = lists->features + columns + 1;
    lists->masks = lists->known + columns + 1;
    for (size_t i = 0; i < columns; i++) {
        const char *name = model->columns[i];
        if (model->kinds[i] == RNN_COLUMN_MASK)
            lists->masks[masks++] = model->columns[mask_of(model, i)];
        else if (model->kinds[i] == RNN_COLUMN_FILE && i >= past)
            lists->known[known++] = name;
        else if (model->kinds[i] == RNN_COLUMN_FILE && i >= model->network.targets)
            lists->features[features++] = name;
        else if (model->kinds[i] == RNN_COLUMN_FILE)
            lists->targets[targets++] = name;
    }
    return RNN_OK;
}

/* Times that are no input may be there or not: where their column is not, others are looked for as in any file. */
static rnn_status read_with_times(const rnn_model *model, const char *path, rnn_read_options *options, rnn_series **out)
{
    const bool may_lack = !options->time && !options->calendar && model->time;
    if (!options->time)
        options->time = model->time ? model->time : "none";
    rnn_status status = rnn_series_read_with(path, options, out);
    if (status == RNN_USAGE && may_lack) {
        options->time = NULL;
        status = rnn_series_read_with(path, options, out);
    }
    return status;
}

rnn_status rnn_model_read(const rnn_model *model, const char *path, const rnn_read_options *as, rnn_series **out)
{
    const rnn_read_options own = {.missing = model->settings.missing};
    rnn_read_options options = as ? *as : own;
    column_lists lists = {NULL, NULL, NULL, NULL, NULL};
    rnn_status status;
    *out = NULL;
    RNN_TRY(list_columns(model, &lists));
    options.columns = (rnn_columns){lists.targets, lists.features};
    options.known = lists.known;
    options.masks = lists.masks;
    options.calendar = rnn_series_calendar((const char *const *)model->columns, model->kinds, model->network.columns);
    options.id = !options.id ? model->id : strcmp(options.id, "none") == 0 ? NULL : options.id;
    status = read_with_times(model, path, &options, out);
    if (status == RNN_USAGE) /* no such column: here it is the file that does not fit */
        status = rnn_fail_within(RNN_CONFIG, "the model's columns are not in the data: ");
    if (status == RNN_OK && options.calendar && !lists.known[0] && (*out)->step.unit != RNN_STEP_NONE)
        status = rnn_series_extend(*out, model->settings.horizon); /* so that the last windows can be predicted */
fail:
    if (status) {
        rnn_series_free(*out);
        *out = NULL;
    }
    free(lists.block);
    return status;
}
