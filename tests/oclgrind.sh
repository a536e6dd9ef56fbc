#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: tests/oclgrind.sh PROGRAM       (from the top folder; PROGRAM: the test program)
#
# Runs the suite `equal` with small shapes on Oclgrind, an OpenCL device that watches every memory access: out of bounds,
# data races, divergent barriers, API misuse. Built with optimisation and without: an optimiser removes some faults before
# they happen. Oclgrind exits 0 whatever it finds, so the gate is that it SAYS NOTHING, and that kernels broken on purpose are
# reported. Its messages are read from stderr: each context begins its log file (OCLGRIND_LOG) anew.
# Not checked here: uninitialised values. Oclgrind 21.10 stops at the optimiser's `freeze`, and without optimisation it
# reports constants that were stored a line above. The harness's NaN-poisoned outputs stand in for it.
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
    env OCL_ICD_VENDORS="$folder/vendors" RNN_TEST_DEVICE=oclgrind RNN_TEST_TINY=1 RNN_TEST_FULL= RNN_TEST_SUITE=equal \
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
    echo "oclgrind: build options ${options:-none}: $(grep -o 'Checks:.*' "$log.out"), $(grep 'OpenCL cases' "$log.out")," \
        "$(wc -c <"$log") bytes of reports"
done

# control NAME FILE SED WORDS: the kernels with FILE changed by SED must bring WORDS into the log
control() {
    rm -rf "$folder/kernels"
    cp -r kernels "$folder/kernels"
    sed -i "$3" "$folder/kernels/$2"
    if cmp -s "kernels/$2" "$folder/kernels/$2"; then
        echo "oclgrind: control '$1' no longer changes $2: mend tests/oclgrind.sh"
        failed=1
        return
    fi
    run "$folder/control" "" RNN_KERNEL_DIR="$folder/kernels" CK_RUN_CASE=special || true
    if grep -q "$4" "$folder/control"; then
        echo "oclgrind: control '$1' is reported ($(grep -c "$4" "$folder/control") times)"
    else
        echo "oclgrind: control '$1' is NOT reported: the checks above prove nothing"
        tail -n 20 "$folder/control.out"
        failed=1
    fi
}
control "record past the end" elman.clh 's/return LANES > 1 ? min(tile + i, last - 1)/return LANES > 1 ? tile + i + 1000000/' \
    'Invalid read'
control "past the end of local memory" loss.cl 's/sums\[p\] = sum;/sums[p + 64] = sum;/' 'Invalid write'
control "barrier missing" loss.cl 's/barrier(CLK_LOCAL_MEM_FENCE);//' 'data race'
exit $failed
