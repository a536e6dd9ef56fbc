#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tests/mutations.sh [NAME]       (from the top folder, built; NAME: only the rows whose name has it)
#
# Breaks the program on purpose, one line at a time, in a copy of the tree, and demands that the suite which promises the opposite
# fails: a promise whose test passes either way is none. A change that no longer finds its line fails here too.
set -eu

[ -d host ] && [ -x build/check ] || { echo "mutations: no build/check here; make builds it, run from the top folder" >&2; exit 64; }
only=${1:-}
top=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -a host kernels include tests tools Makefile build rnn_cl "$folder" # with what is built: a row rebuilds one file
cd "$folder"

suite() {
    RNN_TEST_SUITE=$1 build/check >"$folder/suite.out" 2>&1
}

failed=0
rows=0

# mutation NAME FILE SED SUITE: with FILE changed by SED the SUITE fails
mutation() {
    case $1 in *"$only"*) ;; *) return 0 ;; esac
    rows=$((rows + 1))
    sed -i "$3" "$2"
    if cmp -s "$top/$2" "$2"; then
        echo "mutations: '$1' no longer changes $2: mend tests/mutations.sh"
        failed=1
        return 0
    fi
    if ! make -s build/check all >"$folder/make.out" 2>&1; then
        echo "mutations: '$1' does not build:"
        tail -n 5 "$folder/make.out"
        failed=1
    elif suite "$4"; then
        echo "mutations: '$1' is NOT noticed by the suite $4"
        failed=1
    else
        echo "mutations: '$1' is noticed: $(grep -m 1 ':[FE]:' "$folder/suite.out" | cut -c 1-160)"
    fi
    cp "$top/$2" "$2" # newer than what was built of it
    touch "$2"
}

writer=host/base/writer.c
mutation "file not synced" $writer 's/if (!writer->cache && sync_through(writer->descriptor) != 0)/if (0)/' saves
mutation "folder not synced" $writer 's/status = sync_folder(writer);/status = RNN_OK;/' saves
mutation "sync's failure ignored" $writer 's/failed = fsync(descriptor);/failed = fsync(descriptor) \&\& errno == EINTR;/' saves
mutation "old file unlinked first" $writer 's/^    if (rename_through(/    unlink(writer->path);\n&/' saves
mutation "close ignored" $writer 's/if (close(descriptor) != 0 \&\& errno != EINTR)/if (close(descriptor) == 2)/' saves
mutation "write's failure ignored" $writer 's/return broken(writer, "writing");/return RNN_OK;/' saves
mutation "interrupted write not tried again" $writer 's/if (written < 0 \&\& errno == EINTR)/if (0)/' saves
mutation "short write taken for whole" $writer 's/size -= (size_t)written;/size = 0;/' writer
mutation "temporary file left" $writer 's/^        unlink(writer->temporary);/        ;/' saves
mutation "written in place" $writer 's/"%s.tmp.%ld.%08lx", writer->path, (long)getpid(), draw/"%s", writer->path/; s/O_CREAT | O_EXCL/O_CREAT | O_TRUNC/' saves
mutation "closed streams not occupied" host/main.c 's/if (!occupy_streams())/if (0)/' cli
mutation "size limit kills" host/main.c 's/signal(SIGXFSZ, SIG_IGN);/;/' saves
mutation "option that does nothing taken" host/model/needs.c 's/asked & rnn_settings_bit(option.row)/0 \& asked/' cli
mutation "option given counts as default" host/cmd/options.c 's/out->given_beside |= UINT64_C(1) <</out->given_beside |= UINT64_C(0) <</' cli
mutation "idle value kept by a member" host/cmd/population_grid.c 's/^        rnn_settings_drop_idle(&p->members\[i\].settings);/        ;/' cli
mutation "unfinished population in the way" host/cmd/folder.c 's/return status ? status : set_population_aside(folder);/return status;/' cli
mutation "equal members trained" host/cmd/population_grid.c 's/if (strcmp(texts\[other\], texts\[i\]) == 0)/if (0)/' cli

keep=host/train/keep.c
mutation "counter not restored" $keep 's/trainer->at = from->at;/&\n    trainer->at.now.step = trainer->at.start.step;/' resume
mutation "powers not restored" $keep 's/trainer->at = from->at;/&\n    trainer->at.now.power1 = 1;/' resume
mutation "moments exchanged" $keep 's/RNN_TRY(w->ops->write(w->backend, w->moments, 0, 2 \* bytes, from->moments));/RNN_TRY(w->ops->write(w->backend, w->moments, 0, bytes, (char *)from->moments + bytes));\n    RNN_TRY(w->ops->write(w->backend, w->moments, bytes, bytes, from->moments));/' resume
mutation "best weights not restored" $keep 's/    if (from->best)/    if (0)/' resume
mutation "losses so far not restored" $keep 's/memcpy(trainer->sums.terms, from->sums/memset(trainer->sums.terms, 0/' resume
mutation "start of the epoch not restored" $keep 's/from->start ? from->start_moments : from->moments/from->moments/' resume
mutation "plateau not restored" $keep 's/trainer->at = from->at;/&\n    trainer->at.plateau_factor = 1;/' resume
mutation "epochs without a better loss not restored" $keep 's/trainer->at = from->at;/&\n    trainer->at.plateau_wait = 0;/' resume
mutation "targets so far not restored" $keep 's/from->counts ? from->counts\[o\] : (double)(from->at.records \* model->network.loss_steps)/0/' resume
mutation "other data accepted" $keep 's/if (strcmp(trainer->data_sha256, expected) != 0 \&\& /if (0 \&\& /' resume
mutation "checkpoint of an earlier version refused" $keep 's/ \&\& strcmp(before, expected) != 0)/)/' resume
mutation "errors look back by the window" host/train/restored.c 's/rnn_look_back(series, base, e->base/rnn_look_back(series, base, 0/' forecast
mutation "seasons look back by the step" host/data/transform.c 's/base + step - 1, last);/0, last);/' forecast
mutation "model of an earlier version knows nothing" host/train/calibrate.c 's/return knows_whole(model, series);/return false;/' forecast
mutation "sick update applied" host/backend/reference.c 's/if (\*(const uint32_t \*)health->data)/if (0)/' equal
mutation "carry left out" kernels/gru.clh 's/const vec dh = LOAD(at, d_h) + carry;/const vec dh = LOAD(at, d_h);/' equal
mutation "c of the wrong step" kernels/lstm.clh 's/c = LOAD(at, before + SUM_AT(LSTM_C))/c = LOAD(at, after + SUM_AT(LSTM_C))/' equal
mutation "reset gate forgotten alike" host/backend/reference_cell.h 's/dz\[j\] = dn \* q\[j\]/dz[j] = dn * n[j]/' golden
mutation "outputs of other steps" kernels/window.cl 's/T - steps + (int)e + 1, columns/T - steps + (int)e, columns/' equal
mutation "other steps' gradient forgotten alike" host/backend/reference_layer.h 's/t + plan->steps >= T ? d_h/last ? d_h/' golden
mutation "targets of other steps alike" host/backend/reference.c 's/net->T - plan->steps + e + 1;/net->T;/' train
mutation "steps not counted" host/train/keep.c 's/ \* trainer->model->network.loss_steps;/;/' train
mutation "state not restored" $keep 's/    if (from->state)/    if (0)/' resume
mutation "c not carried" host/train/state.c 's/return net->cell == RNN_LSTM ? 2 : 1;/return 1;/' train
mutation "state not carried" host/train/epoch.c 's/w->carries = s->stateful \&\& from + done > 0;/w->carries = false;/' train
mutation "state carried into the next epoch" host/train/epoch.c 's/w->carries = s->stateful \&\& from + done > 0;/w->carries = s->stateful;/' train
mutation "state of the wrong step" kernels/stack.cl 's/h\[to_start + record + k\] = h\[from_start + record + k\]/h[to_start + record + k] = 0/' train
mutation "mask not applied downward" host/backend/reference_layer.h 's/^        pass_masked(plan, layer, t, B, below, below);/        ;/' gradient
mutation "mask of the seed alone" host/train/workspace.c 's/(rnn_mask){w->seed, step,/(rnn_mask){w->seed, 1,/' train
mutation "mask under the seed itself" kernels/stack.cl 's/layer, t, b), key.xy)/layer, t, b), (uint2)(seed[0], seed[0] >> 32))/' train
mutation "another member's mask" kernels/stack.cl 's/ AT_MEMBER(seed);/ ;/' population
mutation "looking with dropout" host/train/workspace.c 's/    plan->mask = (rnn_mask){0}; .*/    ;/' train
mutation "first layer's weights for all" host/model/init.c 's/layer == 0 ? 0 : W->offset/0/' network
mutation "missing target counted" host/backend/reference.c 's/if (isnan(target))/if (0)/' equal
mutation "missing target counted by the kernels" kernels/output.clh 's/return isnan(y) ? 0 : /return /' equal
mutation "decay forgotten by the kernels" kernels/update.cl 's/return decay != 0 ? fma((vec)(decay), p, g) : g;/return g;/' equal
mutation "slope of huber's tail forgotten" host/backend/reference.c 's/e > 0 ? a : -a}/e}/' golden
mutation "quantile sides exchanged" host/backend/reference.c 's/e < 0 ? a : b, size/e < 0 ? b : a, size/' golden
mutation "decay added for adamw too" host/backend/reference.c 's/decay != 0 && rule->optimizer != RNN_ADAMW/decay != 0/' golden
mutation "nesterov without its look ahead" host/backend/reference.c 's/real_fma(-rate, real_fma(momentum, m\[i\], g), p\[i\])/real_fma(-rate, m[i], p[i])/' golden
mutation "another quantile as the forecast" host/model/network.c 's/< fabs(quantiles->values\[nearest\] - 0.5)/> fabs(quantiles->values[nearest] - 0.5)/' train
mutation "warm-up not heeded" host/train/schedule.c 's/return step < warm ? rate \*/return 0 ? rate */' train
mutation "plateau never reached" host/train/schedule.c 's/++at->plateau_wait == settings->lr_patience/++at->plateau_wait == 0/' train
mutation "a step in the file not held against the others" host/data/settle.c 's/if (steps == 1 || (steps > 1 \&\& allowed))/if (1)/' settle
mutation "a time there twice accepted" host/data/settle.c 's/if (series->times\[row\] > series->times\[row - 1\])/if (series->times[row] >= series->times[row - 1])/' settle
mutation "gaps filled from another series" host/data/cells.c 's/if (first == series->starts\[p\])/if (first == 0)/' settle
mutation "the future kept" host/data/settle.c 's/while (end > series->starts\[p\] \&\& !has_target(series, end - 1))/while (0)/' settle
mutation "windows cross series" host/data/partition.c 's/const size_t end = series->ends\[p\] - span + 1,/const size_t end = series->ends[p] + 1 < series->N ? series->ends[p] + 1 - span + 1 : series->ends[p] - span + 1,/' panel
mutation "gaps shown to the network" host/data/partition.c 's/        if (isnan(cells\[c\]))/        if (0)/' panel
mutation "every series by the first one's scale" host/data/scale.h 's/(scaler->parts == 1 ? 0 : part)/(part \* 0)/' panel
mutation "differences not added up" host/data/transform.c 's/outputs\[(step - lag) \* stride + q\]) + seen;/outputs[(step - lag) * stride + q]) * 0 + seen;/' panel
mutation "forecasts not added to forecasts" host/data/transform.c 's/(step < lag ? known : outputs/(step < lag || step > 0 ? known : outputs/' panel
mutation "another row than a season ago" host/data/transform.c 's/if (step > 0 \&\& step < lag)/if (0)/' panel
mutation "gaps ahead shown to the network" host/data/partition.c 's/series->known ? settings->horizon : 0;/0;/' panel
mutation "first season shown" host/data/partition.c 's/series->starts\[p\] + rnn_transform_lag(settings);/series->starts[p] + (rnn_transform_lag(settings) > 0);/' panel
mutation "season not kept" host/model/scaling.c 's/    rnn_scaler_see_as(out, &model->settings);/    ;/' panel
mutation "another season on resuming" host/model/resolve.c 's/        settings->season = chosen->season;/        settings->season = chosen->season + 1;/' settings
mutation "noise doubled by differences" host/model/resolve.c 's/(has_moved(s) || variance(&s->turns) < PERSISTENT \* seasons) \&\& //' settings
mutation "a season by later rows" host/model/resolve.c 's/== RNN_OK ? split.train_rows : 0;/== RNN_OK ? past_rows(series, p) : 0;/' settings
mutation "known columns seen of today" host/backend/reference.c 's/net->horizon \* net->columns + i - net->known : i/i - net->known : i/' panel
mutation "known columns seen of today by the kernels" kernels/window.clh 's/(i < (size_t)columns ? 0 : ahead)/(i < (size_t)columns ? 0 : (ulong)columns - columns)/' panel
mutation "gaps not 0 for the kernels" kernels/window.clh 's/return value == value ? value : (real)0;/return value;/' panel
mutation "another id's scale" host/model/scaling.c 's/copy_part(known, i, out, p);/copy_part(known, 0, out, p);/' panel
mutation "sine by the C library" host/base/trig.c 's/^    return wave(x, 0);/    return sin(TWO_PI * x);/' trig
mutation "divergence not noticed" host/train/keep.c 's/if (slot < slots)/if (0)/' train
mutation "digest not checked" host/file/safetensors.c 's/if (strcmp(stated, found) == 0)/if (1)/' safetensors
mutation "device not verified" host/train/verify.c 's/if (backend->info.bit_exact)/if (0)/' faults
mutation "compiler keeps the signals" host/cmd/train.c 's/^        rnn_heed_signals();/        ;/' cli
mutation "folder not locked" host/cmd/folder.c 's/LOCK_EX | LOCK_NB/LOCK_SH | LOCK_NB/' cli
mutation "texts not escaped" host/view/html.c 's/= reference(\*next);/= strchr("\&>", *next) ? reference(*next) : NULL;/' report
mutation "spikes lost" host/view/svg.c 's/if (!now.any || y > now.high)/if (!now.any)/' svg
mutation "command without its options" host/cmd/report_options.c 's/if ((changed \&\& !is_of_population(row)) || row->kind == RNN_OPTION_SEED)/if (row->kind == RNN_OPTION_SEED)/' cli
mutation "page held against another rival" host/cmd/report.c 's/contender\[p->board->best\]/contender[1]/' cli
mutation "another series' forecast on the page" host/cmd/report_subjects.c 's/values\[(part \* f->steps + step)/values[(0 * part + step)/' cli
mutation "forecast apart from its series" host/view/report_series.c 's/put_forecast(&chart, rows->N - 1, f)/put_forecast(\&chart, rows->N, f)/' report
mutation "stale page kept" host/cmd/train_results.c 's/^        unlink(path);/        (void)path;/' cli
mutation "half of a month marked" host/view/svg_scale.c 's/month % step == 0 && begins_month(label_of(axis->labels, row))/month % step == 0/' svg
mutation "inputs taken for columns" host/cmd/report.c 's/const size_t columns = net->columns, targets/const size_t columns = net->D, targets/' cli
mutation "another epoch's weights" host/cmd/report.c 's/            return e;/            return e - 1;/' cli

group=host/backend/group.c
mutation "member's region not found" host/backend/opencl/launch.c 's/return index \* buffer->stride;/return 0;/' population
mutation "members' kernels one too few" host/backend/opencl/launch.c 's/range.items\[2\] \*= members->all ? members->count : 1;/range.items[2] *= members->count > 1 ? members->count - 1 : 1;/' population
mutation "unlike operations together" $group 's/return b->asks \&\& memcmp(next_of(a), next_of(b), sizeof(request)) == 0;/return b->asks;/' population
mutation "alike operations apart" $group 's/const size_t most = g->device->side_by_side ? g->count : 1;/const size_t most = 1;/' population
mutation "a member's read before its operations" $group 's/while (m->queued > 0 \&\& m->group->status == RNN_OK)/while (0)/' population
mutation "a device's failure forgotten" $group 's/if (status == RNN_OK || g->status != RNN_OK)/if (1)/' population
mutation "other shapes side by side" host/train/population.c 's/if (!rnn_is_listed(row->name, apart) \&\& !rnn_option_is_same(row, a, b))/if (!rnn_is_listed(row->name, apart) \&\& strcmp(row->name, "hidden") != 0 \&\& !rnn_option_is_same(row, a, b))/' population
mutation "mean without its divisor" host/train/ensemble.c 's|sum->predicted\[i\] /= (double)count;|;|' population

conformal=host/score/conformal.c
mutation "conformal rank off by one" $conformal 's/(double)(n + 1) \* level/(double)n * level/' score
mutation "kept ranks round down" $conformal 's/all\[(j \* n + m - 1) \/ m - 1\]/all[j * n \/ m - 1]/' score
mutation "AR's order by residuals alone" host/score/baseline.c 's/rest \* (double)(rows + p + 1) \/ (double)(rows - p - 1)/rest/' score
mutation "AR's lags whatever is missing" host/score/baseline.c 's/\*rows < 3 \* P + 1;/0;/' score
mutation "the mean counts gaps" host/score/baseline.c 's|return count > 0 ? sum / count : 0;|return count > 0 ? sum / (double)y->n : 0;|' score
mutation "the series' beginning is known ahead" host/score/baseline.c 's/isnan(latest) ? b->mean : latest/isnan(latest) ? known->values[known->n * known->stride + 1] : latest/' score
mutation "rounding taken for an error" host/score/scoreboard.c 's/board->exact = is_rounding(/board->exact = 0 \&\& is_rounding(/' score
mutation "a series without scale not counted" host/score/scoreboard.c 's/!(scales\[target\].scale > 0)/scales[target].scale < 0/' score
mutation "rivals named by the first set" host/score/scoreboard.c 's/(r->set ? r->set\[i\] : 0)/(r->set ? r->set[0] : 0)/' score
mutation "a tie is a lead" host/score/scoreboard.c 's/b->apart\[i\] < b->apart\[c/b->apart[i] <= b->apart[c/' score
mutation "sMAPE of zeros not a number" host/score/scoreboard.c 's/together > 0 ? 200 \* size \/ together : 0/200 * size \/ together/' score
mutation "MASE and naive forecasts of all rows" host/train/calibrate.c 's/trainer->partition.fit_ends/series->ends/' forecast
mutation "intervals of the training part" host/train/calibrate.c 's/&val, 1, &p/\&trainer->train, 1, \&p/' forecast
mutation "intervals look into the test part" host/train/forecast.c 's/count, steps, ends, backend/count, steps, NULL, backend/' forecast
mutation "longer series not known" host/train/calibrate.c 's/rnn_series_sha256(series, model->own_rows, sha256)/rnn_series_sha256(series, NULL, sha256)/' forecast
mutation "rows of several series not kept" host/file/model_extras.c 's/model->own_rows\[p\] = (size_t)rows;/(void)rows;/' forecast
mutation "unknown data passed over" host/train/score.c 's/if (fit->known)/if (1)/' forecast
mutation "a kept season refused" host/train/score.c 's/insist || season < rows ? season : 1/insist ? season : season/' forecast
mutation "windows look back into another series" host/train/predict.c 's/since > first \&\& //' forecast
mutation "halves share rows" host/train/score.c 's/while (from < end \&\& middle/while (0 \&\& middle/' forecast
mutation "halves are other series" host/train/score.c 's/next < end \&\& p->parts\[next\] == p->parts\[first\];/next < end;/' forecast
mutation "intervals of quantiles around the forecast" host/score/conformal.c 's/return (rnn_bounds){fmin(point, fmin(a, b)), fmax(point, fmax(a, b))};/return (rnn_bounds){point + 0 * a, point + 0 * b};/' score
mutation "a residual inside the quantiles is none" host/score/conformal.c 's/return fmax(scale_of(scaler, core.lower) - actual/return fmax(0 * actual/' score
mutation "quantiles of another origin" host/train/rollout.c 's/r->quantiles + b \* asked \* Q,/r->quantiles + 0 * b,/' forecast
mutation "levels that do not hold each other" host/train/forecast.c 's/^    nest(f);/    ;/' forecast
mutation "forecasts not fed back" host/train/rollout.c 's/if (done > 0)/if (0)/' forecast
mutation "forecasts under another series' id" host/view/forecast.c 's/part = rnn_series_part(series, f->rows\[index\] - 1)/part = index/' cli
mutation "the calendar stands still in a recursion" host/train/rollout.c 's/put_known(r, part, next - rows, rows, fresh)/put_known(r, part, origins[b] - rows, rows, fresh)/' forecast
mutation "the calendar behind the end a row late" host/train/rollout.c 's/row - end + 1)/row - end)/' forecast
mutation "origins of a batch mixed up" host/train/rollout.c 's/starts\[b\] = rows\[b\] - T;/starts[b] = 0;/' forecast
mutation "refit sees the row it forecasts" host/train/backtest.c 's/moment_of(series, p, cut) < moment/moment_of(series, p, cut) <= moment/' forecast
mutation "strangers scaled by what is to come" host/train/rollout.c 's/r->series, part, origin, b)/r->series, part, r->series->ends[part], b)/' forecast
mutation "no naive forecast of a series that came late" host/train/backtest.c 's/b->firsts\[rnn_series_part(b->series, row - 1)\] = row;/(void)row;/' forecast
mutation "refits in the order of the file" host/train/backtest.c 's/if (x->moment != y->moment)/if (0)/' forecast

[ $rows -gt 0 ] || { echo "mutations: no row is named '$only'" >&2; exit 64; }
echo "mutations: $rows rows"
exit $failed
