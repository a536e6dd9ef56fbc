/* SPDX-License-Identifier: MIT */
#include "cmd/scores.h"

#include "data/text.h"
#include "view/scoreboard.h"

#include <stdio.h>

rnn_status rnn_run_scores_make(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions,
                               const rnn_split *shown, bool own, rnn_run_scores *out)
{
    rnn_status status = RNN_OK;
    *out = (rnn_run_scores){NULL, NULL};
    if (shown->val)
        RNN_TRY(rnn_score(model, series, predictions, shown->train, shown->val,
                          shown->test ? RNN_CALIBRATION_NONE : RNN_CALIBRATION_HALVES, &out->val));
    if (shown->test)
        RNN_TRY(rnn_score(model, series, predictions, shown->train + shown->val, shown->test,
                          own ? RNN_CALIBRATION_MODEL : RNN_CALIBRATION_HALVES, &out->test));
fail:
    return status;
}

void rnn_run_scores_free(rnn_run_scores *scores)
{
    rnn_scoreboard_free(scores->test);
    rnn_scoreboard_free(scores->val);
    *scores = (rnn_run_scores){NULL, NULL};
}

static void print_season(const rnn_model *model)
{
    size_t season, order;
    bool any = false;
    if (rnn_model_settings(model)->season != 0 || !rnn_model_naive(model, 0, &season, &order))
        return; /* given, or of several series, each with its own */
    for (size_t target = 0; rnn_model_naive(model, target, &season, &order); target++) {
        if (season > 1)
            printf("%s%s %zu", any ? ", " : "  season, by the autocorrelation of the training part: ",
                   rnn_show_string(rnn_model_column(model, target)).text, season);
        any = any || season > 1;
    }
    printf(any ? " rows (--season N names another)\n"
               : "  no season in the autocorrelation of the training part (--season N names one)\n");
}

void rnn_run_scores_print(const rnn_run_scores *scores, const rnn_model *model)
{
    if (scores->val)
        rnn_scoreboard_print(stdout, scores->val, "the validation part");
    if (scores->test)
        rnn_scoreboard_print(stdout, scores->test, "the test part");
    if (scores->val || scores->test)
        print_season(model);
}

static rnn_status add(const rnn_scoreboard *board, const char *key, json_t *summary)
{
    json_t *value = board ? rnn_scoreboard_to_json(board) : json_null();
    if (!value)
        return RNN_NO_MEMORY;
    return json_object_set_new(summary, key, value) == 0 ? RNN_OK
                                                         : rnn_fail(RNN_NO_MEMORY, "out of memory: the summary");
}

rnn_status rnn_run_scores_add(const rnn_run_scores *scores, json_t *summary)
{
    const rnn_status status = add(scores->val, "scoreboard", summary);
    return status ? status : add(scores->test, "test_scoreboard", summary);
}
