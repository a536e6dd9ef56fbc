#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tests/coverage.sh FOLDER       (from the top folder; FOLDER: where `make coverage` built everything with --coverage)
#
# Runs the suites that read files and words, and prints how many branches of each parser were taken, both ways counted, as
# gcov has it: an `&&` and an assertion of a macro are branches too. Below LEAST per cent in any of them: exit code 1.
# Files are left out where they are no parser: cache.c, whose other branches are failures of drivers and disks.
set -eu

folder=${1:?usage: tests/coverage.sh FOLDER}
least=95
parsers="host/base/json host/base/option host/data/csv host/data/csv_cells host/data/csv_header host/data/npy host/data/number host/data/text
    host/data/columns host/data/series host/data/table host/data/time host/data/step host/data/settle host/data/cells host/data/ids host/file/safetensors host/file/model_file host/file/model_extras host/file/checkpoint host/model/settings
    host/backend/opencl/tuning_lines host/backend/opencl/cache_entry host/cmd/options"

find "$folder" -name '*.gcda' -delete
RNN_TEST_SUITE="json option csv npy series time settle scale split settings writer safetensors model_file panel forecast tuning resume cli malformed" \
    "$folder/check" >"$folder/check.log" || { cat "$folder/check.log"; exit 1; }

printf '%-42s %9s %8s\n' file branches taken
failed=0
for parser in $parsers; do
    taken=$(gcov -b -n -o "$folder/$(dirname "$parser")" "$parser.c" 2>/dev/null |
        awk -v file="'$parser.c'" '/^File/ {ours = index($0, file)} ours && sub(/^Taken at least once:/, "") {print}')
    printf '%-42s %9s %7s%%\n' "$parser.c" "${taken##* }" "${taken%%\%*}"
    awk -v least=$least -v taken="${taken%%\%*}" 'BEGIN {exit !(taken + 0 >= least)}' || failed=1
done
[ $failed = 0 ] || echo "coverage: a parser has less than $least % of its branches taken" >&2
exit $failed
