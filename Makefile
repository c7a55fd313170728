# Dossier. `make help` lists the targets; MODE= and CC= choose how things are built.
# Sections: what there is - the modes - tools and flags - what is built - what is checked -
# what is installed - housekeeping

# ---- what there is -------------------------------------------------------------------------------
# Layers of the server, each a static library that may use those to its right (see README, the map).

VERSION := 0.1.0
LAYERS := command session net dispatch service ledger store server cli client common test
PROTOS := $(wildcard proto/*.proto)
UNIT_TESTS := $(wildcard tests/unit/*/test_*.c)
FUZZERS := $(wildcard tests/fuzz/fuzz_*.c)
TOOLS := $(shell grep -l '^int main\b' /dev/null $(wildcard tests/bench/*.c tests/crash/*.c tests/flow/*.c tests/python/*.c))
LANGUAGES := $(patsubst client/po/%.po,%,$(wildcard client/po/*.po))

sources.common := $(wildcard common/*.c)
sources.store := $(wildcard server/store/*.c)
sources.ledger := $(wildcard server/ledger/*.c)
sources.service := $(wildcard server/service/*.c)
sources.dispatch := $(wildcard server/dispatch/*.c)
sources.net := $(wildcard server/net/*.c)
sources.session := $(wildcard server/session/*.c)
sources.server := $(filter-out server/main.c,$(wildcard server/*.c))
sources.command := $(wildcard server/command/*.c)
sources.client := $(wildcard client/lib/*.c)
sources.cli := $(wildcard client/cli/*.c client/cmd/*.c)
sources.test := $(wildcard tests/lib/*.c)

# What each layer may use, itself included: what its unit tests in tests/unit/<layer>/ link.
uses.common := common
uses.store := store common
uses.ledger := ledger common
uses.service := service ledger store server common
uses.dispatch := dispatch service ledger store server common
uses.net := net common
uses.session := session net dispatch service ledger store server common
uses.server := server common
uses.command := command session net dispatch service ledger store server common
uses.client := cli client common
uses.cli := cli client common

# What the other test programs link, by their folder.
uses.fuzz := service ledger store server client common
uses.bench := client store common
parts.crash := tests/unit/dispatch/office.c
uses.crash := command session net dispatch service ledger store server client common
uses.flow := client common
uses.python := client common

# ---- the modes -----------------------------------------------------------------------------------
# Each has a folder of its own. For a second compiler: make CC=clang BUILD=build/debug-clang

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

PREFIX ?= /usr/local
PKGS := libuv libprotobuf-c openssl lmdb inih libmicrohttpd libsystemd jansson libqrencode libsodium
NEED_NOTHING := help deps clean check check-long check-tls ci demo
ifneq ($(filter-out $(NEED_NOTHING),$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell pkg-config --exists $(PKGS) 2>/dev/null && echo found),found)
$(error Packages are missing. Install them with: make deps)
endif
endif

WARNINGS := -Wall -Wextra -Wconversion -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2
CPPFLAGS := -I. -I$(GEN) -D_GNU_SOURCE -DDOSSIER_VERSION='"$(VERSION)"' \
	-DDOSSIER_LOCALEDIR='"$(PREFIX)/share/locale"'
CFLAGS := -std=c17 $(cflags.$(MODE)) $(WARNINGS) -pthread
LDFLAGS := $(ldflags.$(MODE)) -pthread

libs.common := -lprotobuf-c -lcrypto -lssl -lsodium
libs.store := -llmdb
libs.net := -luv
libs.session := -luv
libs.server := -linih -lmicrohttpd -lsystemd -lcrypto -luv
libs.command := -lsystemd -luv
libs.client := -linih
libs.cli := -ljansson -lcsv -lqrencode

# ---- what is built -------------------------------------------------------------------------------

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
archives = $(foreach layer,$(1),$(BUILD)/lib$(layer).a)
libraries = $(sort $(foreach layer,$(1),$(libs.$(layer))))
# The end of a link line: archives in any order, then the libraries that their layers need.
link = $(LDFLAGS) -Wl,--start-group $(call archives,$(1)) -Wl,--end-group $(call libraries,$(1))

GEN_C := $(PROTOS:%.proto=$(GEN)/%.pb-c.c)
PROGRAMS := $(BUILD)/dossierd $(BUILD)/dossier
CATALOGUES := $(LANGUAGES:%=$(BUILD)/locale/%/LC_MESSAGES/dossier.mo)
UNIT_PROGRAMS := $(UNIT_TESTS:%.c=$(BUILD)/%)
FUZZ_PROGRAMS := $(FUZZERS:%.c=$(BUILD)/%)
TOOL_PROGRAMS := $(TOOLS:%.c=$(BUILD)/%)

all: $(PROGRAMS) $(CATALOGUES) ## build dossierd and dossier (MODE=debug)

$(BUILD)/dossierd: $(BUILD)/server/main.o $(call archives,$(uses.command))
	$(CC) -o $@ $< $(call link,$(uses.command))

$(BUILD)/dossier: $(BUILD)/client/main.o $(call archives,$(uses.cli))
	$(CC) -o $@ $< $(call link,$(uses.cli))

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

$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: %.proto
	@mkdir -p $(GEN)
	protoc-c -I. -I/usr/include --c_out=$(GEN) $<

$(BUILD)/locale/%/LC_MESSAGES/dossier.mo: client/po/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

# Rewritten only when compiler or flags change, so that a change rebuilds all.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS)' > $@

# ---- what is checked -----------------------------------------------------------------------------
# A test program is a file with main(), the folder's files without, and what it needs of tests/lib.
# A function that one of them names __wrap_<function> takes that function's place.

FUZZ_TIME ?= 20
# What builds on its way to something else uses all cores, unless it was told how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
parts_in = $(filter-out $(UNIT_TESTS) $(TOOLS) $(FUZZERS),$(wildcard $(1)/*.c))
parts_of = $(call parts_in,$(patsubst $(BUILD)/%/,%,$(dir $(1)))) $(parts.$(call folder_of,$(1)))
wraps_of = $(shell sed -n 's/.*__wrap_\([a-z0-9_]*\)[^a-z0-9_].*/-Wl,--wrap=\1/p' $(1) | sort -u)
layer_of = $(word 3,$(subst /, ,$(1:$(BUILD)/%=%)))
folder_of = $(word 2,$(subst /, ,$(1:$(BUILD)/%=%)))
uses_of = test $(or $(uses.$(call folder_of,$(1))),$(uses.$(call layer_of,$(1))))
test_link = $(CC) -o $@ $(filter %.o,$^) $(call wraps_of,$(call parts_of,$@) $*.c) \
	$(call link,$(call uses_of,$@)) -lcmocka -ljansson

.SECONDEXPANSION:
$(UNIT_PROGRAMS) $(TOOL_PROGRAMS) $(FUZZ_PROGRAMS): $(BUILD)/%: $(BUILD)/%.o \
		$$(call objects,$$(call parts_of,$$@)) $$(call archives,$$(call uses_of,$$@))
	$(test_link) $(if $(filter tests/fuzz/%,$*),-fsanitize=fuzzer)

tests: $(UNIT_PROGRAMS) ## build the unit tests
tools: $(TOOL_PROGRAMS) ## build the programs of the benchmark and of the crash and flow tests
fuzzers: $(FUZZ_PROGRAMS)

unit: $(or $(TESTS:%.c=$(BUILD)/%),$(UNIT_PROGRAMS)) ## build and run the unit tests, or those in TESTS
	@scripts/unit.sh $^

fuzz: ## run each fuzz target for FUZZ_TIME seconds
	@$(MAKE) --no-print-directory $(JOBS) MODE=fuzz fuzzers
	@FUZZ_TIME=$(FUZZ_TIME) scripts/fuzz.sh

coverage: ## run the unit tests and say how much of each file they reach
	@$(MAKE) --no-print-directory $(JOBS) MODE=coverage tests
	@scripts/coverage.sh $(UNIT_TESTS:%.c=build/coverage/%)

check: deps ## everything CI checks; ends with "N passed, N failed"
	@scripts/check.sh

check-long: deps ## the same with long crash and fuzz runs
	@scripts/check.sh --long

check-tls: deps ## let sslscan and testssl.sh look for weaknesses
	@$(MAKE) --no-print-directory $(JOBS) MODE=release all
	@DOSSIER_BUILD=$(CURDIR)/build/release tests/python/scan_tls.py

bench: ## measure the product (release build)
	@$(MAKE) --no-print-directory $(JOBS) MODE=release all tools
	@tests/bench/run.sh

bench-peers: ## measure PostgreSQL and Redis doing the same work, interleaved
	@$(MAKE) --no-print-directory $(JOBS) MODE=release all tools
	@tests/bench/peers.sh

demo: deps ## show it at work: head office, two branches, one ledger
	@$(MAKE) --no-print-directory $(JOBS) MODE=release all
	@scripts/demo.sh

# ---- what is installed ---------------------------------------------------------------------------
# Always the release build. The programs name PREFIX, so another PREFIX builds them anew.

BINDIR = $(DESTDIR)$(PREFIX)/bin
SBINDIR = $(DESTDIR)$(PREFIX)/sbin
SHARE = $(DESTDIR)$(PREFIX)/share
MANUALS := $(addprefix $(BUILD)/man/,dossier.1 dossierd.conf.5 dossier-ledger.7 dossierd.8)
COMPLETIONS := $(addprefix $(BUILD)/completion/dossier.,bash zsh fish)
UNITS := $(addprefix $(BUILD)/,dossierd.service dossier.sysusers dossier-witness.service \
	dossier-witness.sysusers)

install: ## install under PREFIX (/usr/local), below DESTDIR if set
	@$(MAKE) --no-print-directory $(JOBS) MODE=release install-files

install-files: $(PROGRAMS) $(CATALOGUES) $(MANUALS) $(COMPLETIONS) $(UNITS) $(BUILD)/dossierd.conf
	install -D -m 755 $(BUILD)/dossier $(BINDIR)/dossier
	install -D -m 755 $(BUILD)/dossierd $(SBINDIR)/dossierd
	$(foreach n,1 5 7 8,install -D -m 644 -t $(SHARE)/man/man$(n) $(filter %.$(n),$(MANUALS));)
	install -D -m 644 $(BUILD)/dossierd.service $(DESTDIR)$(PREFIX)/lib/systemd/system/dossierd.service
	install -D -m 644 $(BUILD)/dossier.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/dossier.conf
	install -D -m 644 $(BUILD)/dossier-witness.service \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/dossier-witness.service
	install -D -m 644 $(BUILD)/dossier-witness.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/dossier-witness.conf
	install -D -m 644 $(BUILD)/dossierd.conf $(SHARE)/doc/dossier/dossierd.conf
	install -D -m 644 $(BUILD)/completion/dossier.bash $(SHARE)/bash-completion/completions/dossier
	install -D -m 644 $(BUILD)/completion/dossier.zsh $(SHARE)/zsh/site-functions/_dossier
	install -D -m 644 $(BUILD)/completion/dossier.fish $(SHARE)/fish/vendor_completions.d/dossier.fish
	$(foreach l,$(LANGUAGES),install -D -m 644 $(BUILD)/locale/$(l)/LC_MESSAGES/dossier.mo \
		$(SHARE)/locale/$(l)/LC_MESSAGES/dossier.mo;)

$(BUILD)/man/dossier.1: $(BUILD)/dossier
	@mkdir -p $(@D)
	$< manual > $@
$(BUILD)/man/%: server/man/%
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(VERSION)/' $< > $@
$(BUILD)/man/dossierd.conf.5: scripts/conf-manual.awk $(BUILD)/dossierd.conf
	@mkdir -p $(@D)
	awk -v version=$(VERSION) -f $^ > $@
$(BUILD)/dossierd.conf: $(BUILD)/dossierd
	$< config-sample > $@
$(BUILD)/completion/dossier.%: $(BUILD)/dossier
	@mkdir -p $(@D)
	$< completion $* > $@
$(BUILD)/dossierd.service: server/dossierd.service $(BUILD)/flags
	sed 's|@SBINDIR@|$(PREFIX)/sbin|' $< > $@
$(BUILD)/dossier-witness.service: client/dossier-witness.service $(BUILD)/flags
	sed 's|@BINDIR@|$(PREFIX)/bin|' $< > $@
$(BUILD)/dossier.sysusers: server/dossier.sysusers
	cp $< $@
$(BUILD)/dossier-witness.sysusers: client/dossier-witness.sysusers
	cp $< $@

# ---- housekeeping --------------------------------------------------------------------------------

deps: ## install the Debian packages that are missing
	@scripts/install-deps.sh

format: ## lay out all sources as .clang-format says
	clang-format -i $(shell git ls-files '*.c' '*.h')

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

clean: ## remove everything that was built
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all tests tools fuzzers unit fuzz coverage check check-long check-tls bench bench-peers demo install \
	install-files deps format help clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
