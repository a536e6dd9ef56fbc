# SPDX-License-Identifier: MIT
# rnn_cl - two commands for a newcomer: `make demo` and `make check`

CC      ?= cc
CFLAGS  ?= -O2 -g
WERROR  ?= 0
BUILD   ?= build

PKGS     = OpenCL jansson
CPPFLAGS_ALL = -Iinclude -Ihost -D_POSIX_C_SOURCE=200809L $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CPPFLAGS)
# The arithmetic contract (include and kernels say more): every rounding is where the source has it.
CONTRACT = -ffp-contract=off -fno-fast-math
WARN     = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes $(if $(filter 1,$(WERROR)),-Werror)
CFLAGS_ALL = -std=c11 $(CFLAGS) $(CONTRACT) $(WARN)
LIBS     = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

KERNELS  = $(sort $(wildcard kernels/*.cl kernels/*.clh))
SOURCES  = $(sort $(wildcard host/base/*.c host/data/*.c host/model/*.c host/backend/*.c host/backend/opencl/*.c \
             host/file/*.c host/train/*.c))
PROGRAM  = $(sort $(wildcard host/view/*.c host/cmd/*.c)) host/main.c
TESTS    = $(sort $(wildcard tests/*.c tests/*/*.c))

# reference.c is built three times: float, double, and the oracle that only the tests link (double with libm's functions).
REFERENCE = host/backend/reference.c
OBJECTS  = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(REFERENCE),$(SOURCES))) \
           $(BUILD)/reference_float.o $(BUILD)/reference_double.o $(BUILD)/kernel_files.o
PROGRAM_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(PROGRAM))
TEST_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(TESTS)) $(BUILD)/reference_oracle.o

.PHONY: all demo check check-full lint format install-build install-check clean help lib
.DEFAULT_GOAL := all

all: rnn_cl ## build ./rnn_cl

lib: $(BUILD)/librnn_cl.a ## build build/librnn_cl.a, the library behind include/rnn_cl.h

$(BUILD)/librnn_cl.a: $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

rnn_cl: $(PROGRAM_OBJECTS) $(BUILD)/librnn_cl.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/reference_float.o: VARIANT = -DRNN_REFERENCE_BITS=32
$(BUILD)/reference_double.o: VARIANT = -DRNN_REFERENCE_BITS=64
$(BUILD)/reference_oracle.o: VARIANT = -DRNN_REFERENCE_BITS=64 -DRNN_REFERENCE_LIBM
$(BUILD)/reference_%.o: $(REFERENCE)
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
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \t\2/p' Makefile | expand -t 24

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
