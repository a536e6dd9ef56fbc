# SPDX-License-Identifier: MIT
# rnn_cl - two commands for a newcomer: `make demo` and `make check`

CC      ?= cc
CFLAGS  ?= -O2 -g
WERROR  ?= 0
BUILD   ?= build
PEER_PYTHON ?= python3
FUZZ_SECONDS ?= 60

PKGS     = OpenCL jansson
CPPFLAGS_ALL = -Iinclude -Ihost -D_POSIX_C_SOURCE=200809L $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CPPFLAGS)
# The arithmetic contract (include and kernels say more): every rounding is where the source has it.
CONTRACT = -ffp-contract=off -fno-fast-math
WARN     = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes $(if $(filter 1,$(WERROR)),-Werror)
CFLAGS_ALL = -std=c11 $(CFLAGS) $(CONTRACT) $(WARN)
LIBS     = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -pthread

KERNELS  = $(sort $(wildcard kernels/*.cl kernels/*.clh)) kernels/tuning.txt
SOURCES  = $(sort $(wildcard host/base/*.c host/data/*.c host/score/*.c host/model/*.c host/backend/*.c host/backend/opencl/*.c \
             host/file/*.c host/train/*.c))
PROGRAM  = $(sort $(wildcard host/view/*.c host/cmd/*.c)) host/main.c
FUZZERS  = $(sort $(wildcard tests/fuzz/*.c))
# Not part of the test program: it is loaded between the OpenCL loader and a driver (its head says how).
LAYER    = tests/faults/layer.c
# Nor is the example of the library's use, a program of its own that a test runs.
EXAMPLE  = tests/example/forecast.c
TESTS    = $(filter-out $(FUZZERS) $(LAYER) $(EXAMPLE),$(sort $(wildcard tests/*.c tests/*/*.c)))
FORMATTED = $(wildcard include/*.h host/*.c host/*/*.[ch] host/*/*/*.[ch] tests/*.[ch] tests/*/*.[ch] tools/*.c)

# reference.c is built three times: float, double, and the oracle that only the tests link (double with libm's functions).
REFERENCE = host/backend/reference.c
OBJECTS  = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(REFERENCE),$(SOURCES))) \
           $(BUILD)/reference_float.o $(BUILD)/reference_double.o $(BUILD)/kernel_files.o
PROGRAM_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(PROGRAM))
TEST_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(TESTS)) $(BUILD)/reference_oracle.o
# ./rnn_cl is where people run it; other builds, such as the sanitized one, keep theirs to themselves and test that one.
RNN_CL   = $(if $(filter build,$(BUILD)),./rnn_cl,$(BUILD)/rnn_cl)
TEST_DEFINES = -Itests -DRNN_TEST_DIR='"tests"' -DRNN_TEST_PROGRAM='"$(RNN_CL)"' -DRNN_TEST_LAYER='"$(BUILD)/faults.so"' \
               -DRNN_TEST_EXAMPLE='"$(BUILD)/example"'
# tests/base/allocations.c watches what the library takes, and refuses it; tests/data/steps_back.c counts.
WRAP     = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=rnn_series_last
# Valgrind sees values that were never set, which gcc's sanitizers do not. Device code is Oclgrind's.
VALGRIND = valgrind -q --error-exitcode=1 --leak-check=full
MEMORY_SUITES = json option csv npy series time settle scale split settings network writer safetensors model_file malformed

MAKEFLAGS += --no-builtin-rules
.PHONY: all lib demo check check-full check-threads fuzz fuzzers coverage bench-peers lint format setup clean help
.DEFAULT_GOAL := all

all: $(RNN_CL) ## build ./rnn_cl

lib: $(BUILD)/librnn_cl.a ## build the library behind include/rnn_cl.h

demo: ## install what is missing, build, train the default job, show where its results are
	@tools/setup -q demo
	@$(MAKE) --no-print-directory -s all
	$(RNN_CL)

check: ## install what is missing, build, run every test
	@tools/setup -q check
	@$(MAKE) --no-print-directory -s all $(BUILD)/check
	$(BUILD)/check

check-full: ## check with all shapes, mutations, under sanitizers, valgrind and oclgrind (hours)
	@tools/setup -q full
	@$(MAKE) --no-print-directory -s all $(BUILD)/check
	RNN_TEST_FULL=1 $(BUILD)/check
	tests/mutations.sh
	tests/oclgrind.sh $(BUILD)/check
	@$(MAKE) --no-print-directory -s check-threads
	@$(MAKE) --no-print-directory -s BUILD=build/sanitized CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' all build/sanitized/check
	RNN_TEST_LIMIT=0 LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 build/sanitized/check
	@$(MAKE) --no-print-directory -s fuzz coverage
	RNN_TEST_LIMIT=0 RNN_TEST_SUITE="$(MEMORY_SUITES)" $(VALGRIND) $(BUILD)/check
	$(VALGRIND) $(RNN_CL) --device reference --hidden 8 --seq-len 12 --epochs 2 --quiet --out $(BUILD)/valgrind.out

fuzz: ## let libFuzzer look for inputs that break a parser (FUZZ_SECONDS a target, 60)
	@tools/setup -q full
	@$(MAKE) --no-print-directory -s fuzzers CC=clang BUILD=build/fuzz \
	    CFLAGS='-O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION'
	tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

fuzzers: $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz_%,$(filter-out tests/fuzz/fuzz.c,$(FUZZERS)))

coverage: ## branches that the tests take in each parser (95 % at least)
	@tools/setup -q check
	@$(MAKE) --no-print-directory -s BUILD=build/coverage CC=gcc CFLAGS='-O0 -g --coverage' all build/coverage/check
	tests/coverage.sh build/coverage

check-threads: ## what runs in threads of its own, under the thread sanitizer
	@$(MAKE) --no-print-directory -s BUILD=build/threads CFLAGS='-O1 -g -fsanitize=thread' build/threads/check
	RNN_TEST_LIMIT=0 RNN_TEST_SUITE="watchdog population" RNN_TEST_DEVICE=none build/threads/check

bench-peers: ## time the same training step in rnn_cl, PyTorch, JAX and NumPy (PEER_PYTHON: interpreters; minutes)
	@tools/setup -q demo
	@$(MAKE) --no-print-directory -s all
	tools/bench/peers $(addprefix --python ,$(PEER_PYTHON))

lint: ## formatting, clang-tidy, warnings as errors with gcc and clang, kernels compiled offline
	@tools/setup -q lint
	@clang-format --dry-run -Werror $(FORMATTED)
	@$(MAKE) --no-print-directory -s WERROR=1 CC=gcc BUILD=build/gcc build/gcc/librnn_cl.a build/gcc/check
	@$(MAKE) --no-print-directory -s WERROR=1 CC=clang BUILD=build/clang build/clang/librnn_cl.a build/clang/check
	tools/lint-kernels
	printf '%s\n' $(filter-out $(REFERENCE),$(SOURCES)) $(PROGRAM) $(TESTS) $(FUZZERS) $(LAYER) $(EXAMPLE) tools/embed.c | \
	    xargs -P 2 -I{} clang-tidy --quiet {} -- -std=c11 $(CPPFLAGS_ALL) $(TEST_DEFINES)
	clang-tidy --quiet $(REFERENCE) -- -std=c11 $(CPPFLAGS_ALL) -DRNN_REFERENCE_BITS=32

format: ## put every C file into the project's format
	clang-format -i $(FORMATTED)

setup: ## install what building, testing and checking need
	tools/setup full lint

$(BUILD)/librnn_cl.a: $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(RNN_CL): $(PROGRAM_OBJECTS) $(BUILD)/librnn_cl.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/check: $(TEST_OBJECTS) $(filter $(BUILD)/host/view/% %/watchdog.o,$(PROGRAM_OBJECTS)) $(BUILD)/librnn_cl.a \
                | $(BUILD)/faults.so $(BUILD)/example
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(WRAP) -o $@ $^ $(shell pkg-config --libs check) $(LIBS)

$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/fuzz.o $(filter-out %/main.o,$(PROGRAM_OBJECTS)) $(BUILD)/librnn_cl.a
	$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

# As a user of the library builds it: the public header and the archive.
$(BUILD)/example: $(EXAMPLE) include/rnn_cl.h $(BUILD)/librnn_cl.a
	$(CC) -std=c11 -Iinclude $(CFLAGS) $(WARN) $(LDFLAGS) -o $@ $(EXAMPLE) $(BUILD)/librnn_cl.a $(LIBS)

$(BUILD)/faults.so: $(LAYER) tests/faults/wrapped.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -shared $(LDFLAGS) -o $@ $<

$(BUILD)/tests/%.o: CPPFLAGS_ALL += $(TEST_DEFINES) $(shell pkg-config --cflags check 2>/dev/null)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/reference_float.o: VARIANT = -DRNN_REFERENCE_BITS=32
$(BUILD)/reference_double.o: VARIANT = -DRNN_REFERENCE_BITS=64
$(BUILD)/reference_oracle.o: VARIANT = -DRNN_REFERENCE_BITS=64 -DRNN_REFERENCE_LIBM
$(BUILD)/reference_float.o $(BUILD)/reference_double.o $(BUILD)/reference_oracle.o: $(REFERENCE)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(VARIANT) -MMD -MP -c -o $@ $<

$(BUILD)/embed: tools/embed.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -o $@ $<

$(BUILD)/kernel_files.c: $(BUILD)/embed $(KERNELS)
	$(BUILD)/embed $@ $(KERNELS)

$(BUILD)/kernel_files.o: $(BUILD)/kernel_files.c
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

clean: ## remove what was built
	rm -rf $(BUILD) rnn_cl

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
