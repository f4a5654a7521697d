# jsd: build, run, test. `make help` lists the targets. Set-up (packages, npm libraries) happens on first use.
CC       := gcc
CXX      := g++
CCACHE   := $(shell command -v ccache 2>/dev/null)
BUILD    := build
DEPS     := build/deps
READY    := $(DEPS)/paths.mk
# Where the engine is; make runs install-deps.sh for it on first use, then reads this file again.
ifeq ($(filter clean help format matrix,$(MAKECMDGOALS)),)
include $(READY)
endif
# `make V=1` shows the commands.
Q        := $(if $(V),,@)
say       = @$(if $(V),:,printf '  %-5s %s\n' $(1) $(2))

OPT      ?= -O2
SAN      ?=
WARN     := -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers
# What makes a memory error harder to use. Sanitizers find such errors themselves and clash with some of it; _FORTIFY_SOURCE
# needs an optimiser.
ifeq ($(SAN),)
HARDEN      := -fPIE -fstack-protector-strong -fcf-protection=full $(if $(filter -O0,$(OPT)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDEN_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
INCLUDES := -I. -Iruntime -I$(BUILD) -Imodules/node_modules/node-api-headers/include $(ENGINE_INCLUDES)
CFLAGS   := -std=c17 -D_GNU_SOURCE $(OPT) -g $(WARN) $(SAN) $(HARDEN) -fno-omit-frame-pointer $(INCLUDES) -MMD -MP
CXXFLAGS := -std=c++20 $(OPT) -g $(WARN) $(SAN) $(HARDEN) -fno-omit-frame-pointer -fno-exceptions -fno-rtti $(INCLUDES) -MMD -MP
# An engine in a prefix (deploy/engine.sh) comes with a C library and loader of its own. RPATH, not RUNPATH: it also
# holds for what the libraries need themselves, and before LD_LIBRARY_PATH.
ifneq ($(ENGINE_LOADER),)
ENGINE_LINK := -Wl,-rpath,$(ENGINE_LIB) -Wl,--disable-new-dtags -Wl,--allow-shlib-undefined \
               -Wl,--dynamic-linker=$(ENGINE_LOADER)
endif
LDFLAGS  := -rdynamic $(SAN) $(HARDEN_LINK) -L$(ENGINE_LIB) $(ENGINE_LINK)
LDLIBS   := -lv8 -lv8_libplatform -luv -lssl -lcrypto -lz -lbrotlienc -lbrotlidec -lzstd -lcares -lnghttp2 -lllhttp -lada-url0 \
            -lsqlite3 -lyaml -lstdc++ -lm -lpthread -ldl

C_SRC    := $(wildcard server/*.c server/*/*.c runtime/*.c runtime/bindings/*.c)
CXX_SRC  := $(wildcard runtime/v8/*.cc)
OBJ      := $(C_SRC:%.c=$(BUILD)/obj/%.o) $(CXX_SRC:%.cc=$(BUILD)/obj/%.o)
MAIN_O   := $(BUILD)/obj/server/main.o
LIB_O    := $(filter-out $(MAIN_O),$(OBJ))
JS_SRC   := $(shell find modules -path modules/node_modules -prune -o \( -name '*.js' -o -name '*.mjs' \) -print)

.PHONY: all run test unit js-test e2e asan chaos protocols bench fuzz matrix conformance conformance-slice packages clean help format lint
all: $(BUILD)/jsd  ## build build/jsd

# Packages and npm libraries: again when what decides them changed.
$(READY): deploy/install-deps.sh deploy/apt.sh deploy/engine.sh deploy/bind_local.c deploy/npm-ci.sh modules/package.json modules/package-lock.json tests/packages/package-lock.json
	deploy/install-deps.sh $(DEPS)
$(OBJ): $(ENGINE_MANIFEST) Makefile | $(READY)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CCACHE) $(CC) $(CFLAGS) -c $< -o $@
$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CCACHE) $(CXX) $(CXXFLAGS) -c $< -o $@

# The table of bindings: the runtime's own, and those of the program that hosts it.
BINDING_SRC := $(wildcard runtime/bindings/*.c server/bindings/*.c)
$(BUILD)/bindings.inc: FORCE
	@mkdir -p $(@D)
	@sed -n 's/^const js_binding binding_\([a-z0-9_]*\).*/X(\1)/p' $(BINDING_SRC) | sort > $@.new
	@cmp -s $@.new $@ || mv $@.new $@; rm -f $@.new
$(BUILD)/obj/runtime/binding_table.o: $(BUILD)/bindings.inc
FORCE:

# All built-in JS in one file, then as a heap snapshot made by the program itself.
$(BUILD)/builtins: $(JS_SRC) | $(READY)
	$(call say,BUNDLE,$@)
	$(Q)node modules/build.mjs $@
$(BUILD)/mksnapshot: $(LIB_O) runtime/mksnapshot/mksnapshot.c runtime/mksnapshot/empty.S
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(filter %.o %.c %.S,$^) -o $@ $(LDFLAGS) $(LDLIBS)
# Which functions an app's start and its first requests need: their code goes into the snapshot.
$(BUILD)/hints: $(BUILD)/mksnapshot $(BUILD)/builtins $(wildcard runtime/mksnapshot/training/*)
	$(call say,TRAIN,$@)
	$(Q)$(BUILD)/mksnapshot train $(BUILD)/builtins runtime/mksnapshot/training/main.mjs $@ >$(BUILD)/training.log
$(BUILD)/snapshot.blob: $(BUILD)/mksnapshot $(BUILD)/builtins $(BUILD)/hints
	$(call say,SNAP,$@)
	$(Q)$(BUILD)/mksnapshot write $(BUILD)/builtins $(BUILD)/hints $@
$(BUILD)/obj/blob.o: runtime/mksnapshot/blob.S $(BUILD)/snapshot.blob $(BUILD)/builtins
	@mkdir -p $(@D)
	$(Q)$(CC) -I$(BUILD) -c $< -o $@
$(BUILD)/jsd: $(LIB_O) $(MAIN_O) $(BUILD)/obj/blob.o
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -o $@ $(LDFLAGS) $(LDLIBS)

include deploy/install.mk
include tests/sim/sim.mk

run: $(BUILD)/jsd  ## serve the welcome app on 127.0.0.1:8080
	$(BUILD)/jsd serve -c conf/jsd.yaml

# Unit tests: each C file in tests/unit is one cmocka program.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
$(BUILD)/unit/%: tests/unit/%.c $(LIB_O) $(BUILD)/obj/blob.o
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CCACHE) $(CC) $(CFLAGS) -Itests/unit -c $< -o $@.o
	$(Q)$(CC) $@.o $(LIB_O) $(BUILD)/obj/blob.o -o $@ $(LDFLAGS) $(LDLIBS) -lcmocka
unit: $(UNIT)  ## C unit tests
	tests/run-unit $(UNIT)
js-test: $(BUILD)/jsd  ## tests/js on build/jsd
	tests/run-js
e2e: $(BUILD)/jsd  ## real clients against a real master
	tests/run-e2e
conformance: $(BUILD)/jsd  ## Node's own tests beside Node's results: a table per area
	tests/conformance/run $(PATTERNS)
conformance-slice: $(BUILD)/jsd
	SLICE=$(or $(SLICE),12) TEST_SECONDS=300 tests/conformance/run
packages: $(BUILD)/jsd  ## the most used npm packages, a round trip each beside Node
	tests/packages/run $(NAMES)
bench: $(BUILD)/jsd  ## jsd beside Node, Bun, Deno and nginx
	tests/bench/run
chaos: all  ## conversations of all kinds over RELOADS (200) reloads, then DURATION (60 s) of each kind of dying worker
	RELOADS=$(or $(RELOADS),200) DURATION=$(or $(DURATION),60) python3 tests/e2e/test_chaos.py
protocols: all  ## TLS, HTTP/2 and WebSocket: the RFCs' cases in raw frames, malformed input, openssl, curl, nghttp, testssl.sh, Chromium
	@deploy/install-tools.sh testssl
	@deploy/install-tools.sh chromium
	PROTOCOLS=1 tests/run-e2e $(wildcard tests/e2e/test_http2_rfc.py tests/e2e/test_http_tools.py tests/e2e/test_malformed.py tests/e2e/test_slow.py)
asan:  ## unit tests, load and reloads under AddressSanitizer and UBSan
	tests/run-asan
matrix:  ## build and tests in clean roots of Debian 12, 13 and forky
	tests/run-matrix $(SUITES)
test: all  ## everything (set-up included)
	tests/run-all

# One libFuzzer program per tests/fuzz/NAME_fuzz.c; new inputs gather in build/fuzz, crashes too.
FUZZ_SECONDS ?= 60
FUZZ := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_SRC := $(wildcard server/http/*.c) server/address.c runtime/tls_hooks.c
$(BUILD)/fuzz/%: tests/fuzz/%_fuzz.c $(FUZZ_SRC) $(wildcard server/http/*.h) | $(READY)
	@deploy/install-tools.sh clang
	@mkdir -p $(@D)/$*.corpus
	$(call say,FUZZ,$@)
	$(Q)clang -std=c17 -D_GNU_SOURCE -O1 -g -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	  -fno-sanitize=alignment -I. $(ENGINE_INCLUDES) $< $(FUZZ_SRC) -L$(ENGINE_LIB) $(ENGINE_LINK) \
	  -lnghttp2 -lllhttp -luv -lssl -lcrypto -lz -o $@
fuzz: $(FUZZ:%=$(BUILD)/fuzz/%)  ## fuzz the parsers, FUZZ_SECONDS (60) each
	@for f in $(FUZZ); do echo "fuzz $$f"; $(BUILD)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -verbosity=0 \
	  -print_final_stats=1 $$([ -e tests/fuzz/$$f.dict ] && echo -dict=tests/fuzz/$$f.dict) -artifact_prefix=$(BUILD)/fuzz/ \
	  $(BUILD)/fuzz/$$f.corpus tests/fuzz/corpus/$$f || exit 1; done

OWN_C := $(wildcard server/*.[ch] server/*/*.[ch] runtime/*.[ch] runtime/start/*.c runtime/bindings/*.[ch] runtime/v8/*.cc runtime/v8/*.h)
format:  ## clang-format on the C and C++ files
	@deploy/install-tools.sh clang-format
	clang-format -i $(OWN_C)
# One process per file: clang-tidy 14 mistakes va_lists of a second file for uninitialised ones.
lint: $(READY) $(BUILD)/bindings.inc  ## clang-tidy on the C files
	@deploy/install-tools.sh clang-tidy
	@printf '%s\n' $(C_SRC) | xargs -P 2 -I{} sh -c 'clang-tidy --quiet {} -- -std=c17 -D_GNU_SOURCE $(INCLUDES) 2>/dev/null || \
	  { echo "lint: {} has findings"; exit 1; }'
clean:  ## remove what was built (keeps the dependencies)
	rm -rf $(BUILD)/obj $(BUILD)/unit $(BUILD)/install $(BUILD)/dist $(BUILD)/jsd $(BUILD)/mksnapshot $(BUILD)/builtins $(BUILD)/snapshot.blob
help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

-include $(shell find $(BUILD)/obj $(BUILD)/unit -name '*.d' 2>/dev/null)
