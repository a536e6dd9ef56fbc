/* SPDX-License-Identifier: MIT
 * model.c - any bytes as a model file; what is taken keeps to its own tables
 */
#include "model/model.h"
#include "fuzz.h"
#include "model/settings.h"

#include <math.h>

static void check(const rnn_model *model)
{
    bool finite = true;
    const bool twice = model->settings.precision == RNN_DOUBLE;
    for (size_t i = 0; i < model->network.parameters; i++)
        finite &= isfinite(twice ? ((const double *)model->parameters)[i]
                                 : (double)((const float *)model->parameters)[i]) != 0;
    fuzz_require(finite, "a weight that is not finite");
    fuzz_require(rnn_settings_check(&model->settings) == RNN_OK, "settings that contradict each other");
    fuzz_require(model->network.targets >= 1 && model->network.targets <= model->network.columns,
                 "targets that are no columns");
    for (size_t i = 0; i < model->network.columns; i++)
        fuzz_require(model->columns[i] && model->scaler.factor[i] != 0, "a column without name or scale");
    for (size_t o = 0; o < model->intervals.outputs; o++) /* whatever the file says */
        fuzz_require(rnn_intervals_width(&model->intervals, o, 0.9) >=
                         (rnn_quantile_pairs(&model->intervals.quantiles) ? -INFINITY : 0),
                     "an interval of no width");
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    rnn_model *model;
    fuzz_begin();
    const rnn_status status = rnn_model_parse(bytes, size, "m", &model);
    fuzz_expect_told(status, "m: ");
    fuzz_require((status == RNN_OK) == (model != NULL), "a model beside a failure, or none");
    if (model)
        check(model);
    rnn_model_free(model);
    fuzz_end(size);
    return 0;
}
