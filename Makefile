# Dossier. `make help` lists the targets; MODE= and CC= choose how things are built.
# Sections: what there is - the modes - tools and flags - what is built - what is checked

# ---- what there is -------------------------------------------------------------------------------
# Layers of the server, each a static library that may use those to its right (see README, the map).

VERSION := 0.1.0
LAYERS := command server session net dispatch service ledger store cli client common
FUZZERS := $(wildcard tests/fuzz/fuzz_*.c)
PROTOS := $(wildcard proto/*.proto)
UNIT_TESTS := $(wildcard tests/unit/*/test_*.c)

sources.common := $(wildcard common/*.c)
sources.store := $(wildcard server/store/*.c)
sources.ledger := $(wildcard server/ledger/*.c)
sources.service := $(wildcard server/service/*.c)
sources.dispatch := $(wildcard server/dispatch/*.c)
sources.net := $(wildcard server/net/*.c)
sources.session := $(wildcard server/session/*.c)
sources.command := $(wildcard server/command/*.c)
sources.server := $(filter-out server/main.c,$(wildcard server/*.c))
sources.client := $(wildcard client/lib/*.c)
sources.cli := $(wildcard client/cli/*.c client/cmd/*.c)

# What a unit test in tests/unit/<layer>/ links, which is also what that layer may use.
uses.common := common
uses.store := store common
uses.ledger := ledger common
uses.service := service ledger store server common
uses.dispatch := dispatch service ledger store server common
uses.net := net common
uses.session := session net dispatch service ledger store server common
uses.server := server common
uses.client := cli client common

# ---- the modes -----------------------------------------------------------------------------------

MODE ?= debug
BUILD := build/$(MODE)
GEN := $(BUILD)/gen

cflags.debug := -O0 -g3
cflags.release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
cflags.asan := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
cflags.tsan := -O1 -g3 -fsanitize=thread
cflags.coverage := -O0 -g3 --coverage
cflags.fuzz := -O1 -g3 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ldflags.release := -pie -Wl,-z,relro,-z,now
ldflags.asan := -fsanitize=address,undefined
ldflags.tsan := -fsanitize=thread
ldflags.coverage := --coverage
ldflags.fuzz := -fsanitize=address,undefined

ifeq ($(cflags.$(MODE)),)
$(error MODE is one of: $(patsubst cflags.%,%,$(filter cflags.%,$(.VARIABLES))))
endif
ifeq ($(MODE),fuzz)
CC := clang
endif

# ---- tools and flags -----------------------------------------------------------------------------

PKGS := libuv libprotobuf-c openssl lmdb inih libmicrohttpd libsystemd jansson
PREFIX ?= /usr/local
ifneq ($(filter-out help deps clean check ci demo install-deps,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell pkg-config --exists $(PKGS) 2>/dev/null && echo found),found)
$(error Packages are missing. Install them with: make deps)
endif
endif

WARNINGS := -Wall -Wextra -Wconversion -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2
CPPFLAGS := -I. -I$(GEN) -D_GNU_SOURCE -DDOSSIER_VERSION='"$(VERSION)"'
CFLAGS := -std=c17 $(cflags.$(MODE)) $(WARNINGS) -pthread
LDFLAGS := $(ldflags.$(MODE)) -pthread

libs.common := -lprotobuf-c -lcrypto -lssl
libs.store := -llmdb
libs.net := -luv
libs.session := -luv
libs.server := -linih -lmicrohttpd -lsystemd -lcrypto -luv
libs.client := -linih
libs.cli := -ljansson -lcsv

# ---- what is built -------------------------------------------------------------------------------

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
archives = $(foreach layer,$(1),$(BUILD)/lib$(layer).a)
libraries = $(sort $(foreach layer,$(1),$(libs.$(layer))))
GEN_C := $(PROTOS:%.proto=$(GEN)/%.pb-c.c)
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_TESTS))
PROGRAMS := $(BUILD)/dossierd $(BUILD)/dossier

all: $(PROGRAMS) ## build dossierd and dossier (MODE=debug)

$(BUILD)/dossierd: $(BUILD)/server/main.o $(call archives,command server session net dispatch service ledger store common)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(call libraries,server session net dispatch service ledger store common)

$(BUILD)/dossier: $(BUILD)/client/main.o $(call archives,cli client common)
	$(CC) $(LDFLAGS) -o $@ $< $(filter %.a,$^) $(call libraries,cli client common)

define archive_rule
$(BUILD)/lib$(1).a: $(call objects,$(sources.$(1))) $(if $(filter common,$(1)),$(GEN_C:.c=.o))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach layer,$(LAYERS),$(eval $(call archive_rule,$(layer))))

$(BUILD)/%.o: %.c $(BUILD)/flags | $(GEN_C)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(GEN)/%.pb-c.o: $(GEN)/%.pb-c.c $(BUILD)/flags
	$(CC) $(CPPFLAGS) $(CFLAGS) -w -MMD -MP -c -o $@ $<

$(GEN)/%.pb-c.c: %.proto | $(GEN)/proto
	protoc-c -I. -I/usr/include --c_out=$(GEN) $<
$(GEN)/proto:
	@mkdir -p $@

# Rewritten only when compiler or flags change, so that a change rebuilds all.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS)' > $@

layer_of = $(word 3,$(subst /, ,$(1:$(BUILD)/%=%)))
.SECONDEXPANSION:
$(UNIT_PROGRAMS): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o \
		$$(foreach layer,$$(uses.$$(call layer_of,$$@)),$(BUILD)/lib$$(layer).a)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(call libraries,$(uses.$(call layer_of,$@))) -lcmocka

unit: $(UNIT_PROGRAMS) ## build the unit tests and run them
	@for test in $(UNIT_PROGRAMS); do echo "== $$test"; $$test || exit 1; done

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

clean: ## remove everything that was built
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all unit help clean FORCE
.DELETE_ON_ERROR:
