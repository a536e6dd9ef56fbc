#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tests/oclgrind.sh PROGRAM       (from the top folder; PROGRAM: the test program)
#
# Runs the suite `equal` with small shapes on Oclgrind, an OpenCL device that watches every memory access: out of bounds,
# data races, divergent barriers, API misuse. Built with optimisation and without: an optimiser removes some faults before
# they happen. Then once more for values that were never set. Oclgrind exits 0 whatever it finds, so the gate is that it SAYS
# NOTHING, and that kernels broken on purpose are reported. Its messages are read from stderr: each context begins its log
# file (OCLGRIND_LOG) anew.
#
# Uninitialised values, what Oclgrind 21.10 can tell of them:
# - With optimisation nothing: "FATAL ERROR: Unsupported instruction: freeze", in gather and others. So without it.
# - Buffers set by clEnqueueFillBuffer count as unset. The program zeroes every buffer so; here a library of three statements
#   makes a clEnqueueWriteBuffer of it, which Oclgrind understands.
# - In hidden_state it reports values that were set: with STORE(0.5f, ...) for STORE(z[i][j], ...) in forward_tile, so that literal
#   constants are stored, the loads of activate_columns are reported all the same. What is made of h inherits that. The kernels in
#   `suspicious` are therefore not judged here; outputs poisoned with NaN and the reference's bits (suite `equal`) stand in.
# OCLGRIND_ICD names liboclgrind-rt-icd.so where it is not found by itself.
set -eu

program=${1:?usage: tests/oclgrind.sh PROGRAM}
case $program in /*) ;; *) program=$PWD/$program ;; esac
[ -x "$program" ] || { echo "oclgrind: no program $program; make builds it" >&2; exit 66; }
[ -d kernels ] || { echo "oclgrind: no kernels/ here; run from the top folder" >&2; exit 64; }

# The package's own list of files where there is one, else beside the command.
find_icd() {
    for file in "${OCLGRIND_ICD:-}" $(dpkg -L oclgrind 2>/dev/null | grep '/liboclgrind-rt-icd\.so$') \
        "$(dirname "$(command -v oclgrind || echo /usr/bin/oclgrind)")"/../lib*/oclgrind/liboclgrind-rt-icd.so \
        /usr/lib*/oclgrind/liboclgrind-rt-icd.so /usr/lib/*/oclgrind/liboclgrind-rt-icd.so; do
        [ -f "$file" ] && { echo "$file"; return; }
    done
    echo "oclgrind: liboclgrind-rt-icd.so not found; install the package oclgrind or set OCLGRIND_ICD" >&2
    exit 69
}
icd=$(find_icd)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/vendors"
echo "$icd" >"$folder/vendors/oclgrind.icd"

# run LOG BUILD-OPTIONS [VARIABLE=VALUE...]: the suite on Oclgrind; Oclgrind's words in LOG, the suite's in LOG.out
run() {
    log=$1 options=$2
    shift 2
    env OCL_ICD_VENDORS="$folder/vendors" RNN_TEST_DEVICE=oclgrind RNN_TEST_TINY=1 RNN_TEST_FULL= RNN_TEST_LIMIT=0 RNN_TEST_SUITE="equal tiles" \
        OCLGRIND_BUILD_OPTIONS="$options" OCLGRIND_CHECK_API=1 OCLGRIND_DATA_RACES=1 "$@" \
        "$program" >"$log.out" 2>"$log"
}

failed=0
for options in "" -cl-opt-disable; do
    log=$folder/log
    if ! run "$log" "$options"; then
        echo "oclgrind: the suite failed (build options: ${options:-none})"
        tail -n 40 "$log.out"
        failed=1
    fi
    if [ -s "$log" ]; then
        echo "oclgrind: reports (build options: ${options:-none}):"
        head -n 60 "$log"
        failed=1
    fi
    echo "oclgrind: build options ${options:-none}: $(grep -o 'Checks:.*' "$log.out" | paste -sd ' '), $(grep 'OpenCL cases' "$log.out")," \
        "$(wc -c <"$log") bytes of reports"
done

# ---- Values that were never set ---------------------------------------------------------------------------------------

${CC:-cc} -shared -fPIC -o "$folder/fill.so" -x c - <<'END'
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdlib.h>
cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *zero, size_t zero_size, size_t offset, size_t size,
                           cl_uint count, const cl_event *list, cl_event *event)
{
    void *zeros = calloc(size, 1); /* the program fills with zeros alone */
    (void)zero, (void)zero_size;
    const cl_int code = zeros ? clEnqueueWriteBuffer(queue, buffer, CL_TRUE, offset, size, zeros, count, list, event)
                              : CL_OUT_OF_HOST_MEMORY;
    free(zeros);
    return code;
}
END
suspicious='hidden_state|hidden_state_grad|inputs_grad|project|output_grad|recurrent_grad|minibatch|minibatch_grad'

# run_unset LOG [VARIABLE=VALUE...]: reports about values never set in LOG, but for those of the kernels in `suspicious`; the names
# of the kernels that were left out in LOG.suspicious
run_unset() {
    unset_log=$1
    shift
    run "$unset_log.all" -cl-opt-disable LD_PRELOAD="$folder/fill.so" OCLGRIND_UNINITIALIZED=1 OCLGRIND_MAX_ERRORS=100000000 "$@" ||
        return 1
    awk -v RS= -v names="^($suspicious)\$" -v others="$unset_log.suspicious" \
        '{ name = $0; sub(/.*Kernel: */, "", name); sub(/\n.*/, "", name)
           if (name ~ names) print name > others; else print $0 "\n" }' "$unset_log.all" >"$unset_log"
}

# Two cases of the suite, which launch every kernel: of the whole suite the reports that are not judged fill gigabytes.
for case in special ops; do
    reports=$folder/unset.$case
    if ! run_unset "$reports" CK_RUN_CASE=$case; then
        echo "oclgrind: the suite failed (values never set, $case)"
        tail -n 40 "$reports.all.out"
        failed=1
        continue
    fi
    if [ -s "$reports" ]; then
        echo "oclgrind: values never set ($case):"
        head -n 60 "$reports"
        failed=1
    fi
    echo "oclgrind: values never set, $case: $(wc -c <"$reports") bytes of reports; not judged:" \
        "$(sort "$reports.suspicious" 2>/dev/null | uniq -c | tr -s ' \n' ' ')"
done

# ---- Controls ---------------------------------------------------------------------------------------------------------

# break_kernels NAME FILE SED: the kernels in $folder/kernels with FILE changed by SED
break_kernels() {
    rm -rf "$folder/kernels"
    cp -r kernels "$folder/kernels"
    sed -i "$3" "$folder/kernels/$2"
    if cmp -s "kernels/$2" "$folder/kernels/$2"; then
        echo "oclgrind: control '$1' no longer changes $2: mend tests/oclgrind.sh"
        failed=1
        return 1
    fi
}

# judge NAME WORDS: the log has to have the words
judge() {
    if grep -q "$2" "$folder/control"; then
        echo "oclgrind: control '$1' is reported ($(grep -c "$2" "$folder/control") times)"
    else
        echo "oclgrind: control '$1' is NOT reported: the checks above prove nothing"
        head -n 20 "$folder/control"
        failed=1
    fi
}

# control NAME FILE SED WORDS: the kernels with FILE changed by SED must bring WORDS into the log
control() {
    break_kernels "$1" "$2" "$3" || return 0
    run "$folder/control" "" RNN_KERNEL_DIR="$folder/kernels" CK_RUN_CASE=special || true
    judge "$1" "$4"
}

control "global read past the end" recurrence.clh 's/return LANES > 1 ? min(tile + i, last - 1)/return LANES > 1 ? tile + i + 1000000/' \
    'Invalid read of size [0-9]* at global memory'
control "global write past the end" loss.cl 's/losses\[slot \* O + o\] = /losses[slot * O + o + 1000000] = /' \
    'Invalid write of size [0-9]* at global memory'
control "local write past the end" loss.cl 's/sums\[p\] = sum;/sums[p + 192] = sum;/' 'Invalid write of size [0-9]* at local memory'
control "barrier missing" loss.cl 's/barrier(CLK_LOCAL_MEM_FENCE);//' 'data race at local memory'
control "two items, one place" loss.cl 's/d_y\[b \* O + o\] = /d_y[0] = /' 'data race at global memory'
control "barrier for some items" loss.cl 's/barrier(CLK_LOCAL_MEM_FENCE);/if (p < P) barrier(CLK_LOCAL_MEM_FENCE);/' \
    'divergence'
if break_kernels "sum never set" loss.cl 's/real sum = 0,/real sum,/'; then
    run_unset "$folder/control" RNN_KERNEL_DIR="$folder/kernels" CK_RUN_CASE=special || true
    judge "sum never set" 'ninitialized'
fi
exit $failed
