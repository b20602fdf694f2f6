# What people type:
#   make run      build, then produce a real text file (embedded mock cluster; BROKERS=host:port for real brokers)
#   make lint     formatting, clippy, layering, headers, exports, documentation
#   make test     Rust tests and the C programs on one engine (ENGINE=legacy|multibatch|v2); ONLY=regex for some of the C programs
#   make check    everything that is tested, one summary line at the end
#   make check-pace   the C tests in COPIES=6 copies side by side, ROUNDS=3 times (ONLY=regex, SKIP=regex)
#   make check-upstream   librdkafka's own tests on our library (CONTROL=1, BROKERS=host:port, ONLY=regex, ENGINES=legacy,v2, VERSIONS=2.15.1)
#   make check-fresh, make check-deb   the README's commands, and the packages of make deb, in minimal Debian systems (SUITES="bookworm trixie"), as root
#   make top      rdkafka-top in build/, which shows the statistics of clients
#   make          the libraries in build/ ; make install (PREFIX, DESTDIR) ; make bench ; make clean
#
# Missing tools are installed by .ci/deps when that is possible, and named when it is not.

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR    ?=
CARGO      ?= cargo
CC         ?= cc
INSTALL    ?= install
PYTHON     ?= python3
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
BUILD      := build
SONAME     := librdkafka.so.1

# make run
BROKERS    ?=
TOPIC      ?= demo
CODEC      ?= lz4
RUN_FILE   ?=
RUN_ARGS   ?=

# rustup installs here; a fresh shell may not have it in its PATH yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := all
.PHONY: all deps deps-check lib top top-check top-test run lint test check check-pace check-upstream check-kafka check-fresh deb check-deb soak hostile simulate bench bench-kafka install uninstall clean fuzz loom miri tsan asan fuzz-coverage deny aarch64 nightly

all: deps lib

deps:
	@.ci/deps build

deps-check:
	@.ci/deps build check upstream kafka

# A copy that is left alone when nothing changed and replaced in one step otherwise: programs may be running on it.
refresh = cmp -s $(1) $(2) || { cp -f $(1) $(2).$$$$ && mv -f $(2).$$$$ $(2); }

# Cargo decides what is out of date; the copies here give the libraries the names they are installed under.
lib:
	$(CARGO) build --release --lib --bins --features own-allocator $(CARGO_FLAGS)
	@mkdir -p $(BUILD)
	@$(call refresh,$(TARGET_DIR)/release/librdkafka.so,$(BUILD)/$(SONAME))
	@ln -sf $(SONAME) $(BUILD)/librdkafka.so
	@$(call refresh,$(TARGET_DIR)/release/librdkafka.a,$(BUILD)/librdkafka.a)
	@echo "built $(BUILD)/$(SONAME) and $(BUILD)/librdkafka.a"

# A package of its own: the library is built without what it needs.
TOP := --manifest-path tools/rdkafka-top/Cargo.toml --target-dir $(TARGET_DIR)/top
top: deps
	$(CARGO) build --release --locked $(TOP)
	@mkdir -p $(BUILD)
	@$(call refresh,$(TARGET_DIR)/top/release/rdkafka-top,$(BUILD)/rdkafka-top)

top-check:
	$(CARGO) fmt --check --manifest-path tools/rdkafka-top/Cargo.toml
	$(CARGO) clippy --locked $(TOP) --all-targets -- -D warnings

top-test:
	$(CARGO) test --locked $(TOP)

$(BUILD)/producer: examples/producer.c include/librdkafka/rdkafka.h | lib
	$(CC) -std=gnu11 -Wall -Wextra -O2 -Iinclude $< -o $@.$$$$ -L$(BUILD) -lrdkafka -Wl,-rpath,'$$ORIGIN' && mv -f $@.$$$$ $@

run: all $(BUILD)/producer
	@.ci/run-example $(BUILD)/producer "$(BROKERS)" "$(TOPIC)" "$(CODEC)" "$(RUN_FILE)" $(RUN_ARGS)

lint: deps top-check
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) check --no-default-features --lib --bins
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps
	$(CARGO) test --test layering --test header_drift --test exports

# What to run between two edits: no valgrind, no sanitizer, no other clients.
ENGINE ?= legacy
test: all top top-test
	@.ci/deps check
	$(CARGO) test
	@$(PYTHON) -u capi-tests/run.py --programs $(ENGINE) $(if $(ONLY),--only '$(ONLY)')

check: deps-check
	@$(PYTHON) -u .ci/check.py

# Whether the C tests depend on how fast the machine is. PACE_ARGS="--keep-going -j 2" for more.
check-pace: all top deps-check
	@$(PYTHON) -u capi-tests/check_pace.py --copies $(or $(COPIES),6) --rounds $(or $(ROUNDS),3) $(if $(ONLY),--only '$(ONLY)') \
	  $(if $(SKIP),--skip '$(SKIP)') $(PACE_ARGS)

check-upstream: all
	@.ci/deps upstream
	@$(PYTHON) -u capi-tests/check_upstream.py $(if $(CONTROL),--control) $(if $(ONLY),--only '$(ONLY)') \
	  $(if $(ENGINES),--engines $(ENGINES)) $(if $(VERSIONS),--versions $(VERSIONS)) $(if $(BROKERS),--brokers $(BROKERS)) $(UPSTREAM_ARGS)

# A million executions of each target, with the checks of a debug build; FUZZ_EXECUTIONS=n, FUZZ_FIRST=seed. `make check` runs a short form.
FUZZ_EXECUTIONS ?= 1000000
fuzz:
	FUZZ_EXECUTIONS=$(FUZZ_EXECUTIONS) $(CARGO) test --test fuzz -- --nocapture

# Every interleaving of a few threads over Signal, ReadyList and Budget (tests/loom). LOOM_MAX_PREEMPTIONS=3 is thorough and takes
# minutes; ONLY=text for some of the models.
loom:
	LOOM_MAX_PREEMPTIONS=$(or $(LOOM_MAX_PREEMPTIONS),2) CARGO_TARGET_DIR=$(TARGET_DIR)/loom \
	  $(CARGO) run --quiet --release --manifest-path tests/loom/Cargo.toml -- $(ONLY)

# What needs a nightly toolchain; rustup fetches its parts. ONLY=text for some of the tests.
NIGHTLY_TARGET := $(shell uname -m)-unknown-linux-gnu
nightly:
	rustup component add --toolchain nightly miri rust-src

# The message store and consumed messages under Miri: every access through a raw pointer is checked. About a minute.
miri: nightly
	MIRIFLAGS=-Zmiri-disable-isolation CARGO_TARGET_DIR=$(TARGET_DIR)/miri $(CARGO) +nightly miri test --lib -- $(or $(ONLY),producer::store consumer::records::buffer capi::data::message::consumed)

# Unit tests, and a client with its mock cluster, with the standard library and ours under a sanitizer.
tsan: nightly
	RUSTFLAGS="-Zsanitizer=thread --cfg tsan" CARGO_TARGET_DIR=$(TARGET_DIR)/tsan TSAN_OPTIONS=second_deadlock_stack=1 \
	  $(CARGO) +nightly test -Zbuild-std --target $(NIGHTLY_TARGET) --lib --test client_mock $(ONLY)
# Leaks count. Without backtraces: those of tests that panic on purpose would fill a cache of the standard library's, 48 MB that nobody
# releases.
asan: nightly
	RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$(TARGET_DIR)/asan ASAN_OPTIONS=detect_stack_use_after_return=1 RUST_BACKTRACE=0 \
	  $(CARGO) +nightly test -Zbuild-std --target $(NIGHTLY_TARGET) --lib --test client_mock $(ONLY)

# libFuzzer, guided by coverage, under AddressSanitizer: FUZZ_SECONDS for each target. Inputs are kept in build/fuzz.
COVERAGE := -Zsanitizer=address --cfg fuzzing -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 inline-8bit-counters pc-table trace-compares)
fuzz-coverage:
	RUSTFLAGS="$(COVERAGE)" CARGO_TARGET_DIR=$(TARGET_DIR)/fuzz \
	  $(CARGO) +nightly build --release --target $(NIGHTLY_TARGET) --manifest-path fuzz/coverage/Cargo.toml
	for target in responses mock; do mkdir -p $(BUILD)/fuzz/$$target && $(TARGET_DIR)/fuzz/$(NIGHTLY_TARGET)/release/$$target \
	  -max_total_time=$(or $(FUZZ_SECONDS),300) -artifact_prefix=$(BUILD)/fuzz/$$target- $(BUILD)/fuzz/$$target || exit; done

# Licences, sources and versions of all crates (deny.toml). `make check` looks at the first two without this tool.
deny:
	command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	$(CARGO) deny check licenses bans sources
	$(CARGO) deny --manifest-path tools/rdkafka-top/Cargo.toml check --config deny.toml licenses bans sources

# The library for aarch64, under qemu.
aarch64: lib
	.ci/aarch64

# Producers that live long on a cluster with constant faults, on each setting: about half an hour. `make check` runs a short form.
soak: all deps-check
	@SOAK_WAVES=$(or $(SOAK_WAVES),20) SOAK_WAVE_MS=$(or $(SOAK_WAVE_MS),8000) SOAK_SEED=$(or $(SOAK_SEED),$(shell date +%s)) $(PYTHON) -u capi-tests/run.py --only '^soak:'

# Every kind of response treated three times over by a broker that means harm. `make check` runs it once.
hostile: all deps-check
	@HOSTILE_ROUNDS=$(or $(HOSTILE_ROUNDS),3) $(PYTHON) -u capi-tests/run.py --only '^hostile:'

# The simulation at length; SIM_FIRST=n begins at another schedule. `make check` runs a short form.
simulate:
	SIM_SCHEDULES=$(or $(SIM_SCHEDULES),20000) $(CARGO) test --release --test sim -- --nocapture --test-threads=1

# Apache Kafka, killed in the middle: a million idempotent messages, transactions, topics that grow. `make check` runs a short form.
check-kafka: all deps-check
	@KAFKA_LINES=$(or $(KAFKA_LINES),1000000) $(PYTHON) -u capi-tests/run.py --only '^kafka:'

# The README's two commands in minimal Debian roots, as root: half an hour for each of SUITES, or less with FRESH_COMMANDS=run.
check-fresh:
	@.ci/deps build fresh
	@.ci/check-fresh $(or $(SUITES),bookworm trixie)

# Debian packages in build/deb, and their test in minimal Debian roots, as root.
deb: all top
	@.ci/deps deb
	@.ci/deb/build
check-deb: deb
	@.ci/deps fresh
	@.ci/deb/test $(or $(SUITES),bookworm trixie)

# The tables, and all figures in build/bench/results.csv with pictures of some beside it. BENCH_ARGS is for the first.
RESULTS := $(BUILD)/bench/results.csv
bench: all deps-check
	@rm -f $(RESULTS)
	@$(PYTHON) -u bench/bench.py --csv $(RESULTS) $(BENCH_ARGS)
	@status=0; for name in v2 transactions fresh wide edges tls consumer; do $(PYTHON) -u bench/$$name.py --csv $(RESULTS) || status=1; done; \
	  $(PYTHON) bench/plot.py $(RESULTS) $(BUILD)/bench && exit $$status

# A node of Apache Kafka on the same cores: what it and its producers pay for messages to a thousand partitions.
bench-kafka: all deps-check
	@rm -f $(BUILD)/bench/kafka.csv
	@$(PYTHON) -u bench/kafka.py --csv $(BUILD)/bench/kafka.csv $(BENCH_ARGS)
	@$(PYTHON) bench/plot.py $(BUILD)/bench/kafka.csv $(BUILD)/bench

install: all
	.ci/install-tree "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)" "$(INCLUDEDIR)" "$(BUILD)" "$(INSTALL)"

# What `make install` installed, with the same PREFIX, LIBDIR, INCLUDEDIR and DESTDIR.
uninstall:
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,librdkafka.so.1 librdkafka.so.1.debug librdkafka.so librdkafka.a pkgconfig/rdkafka.pc pkgconfig/rdkafka-static.pc)
	rm -f $(addprefix $(DESTDIR)$(INCLUDEDIR)/librdkafka/,rdkafka.h rdkafka_mock.h)
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/cmake/RdKafka/,RdKafkaConfig.cmake RdKafkaConfigVersion.cmake)
	-rmdir $(DESTDIR)$(LIBDIR)/cmake/RdKafka $(DESTDIR)$(INCLUDEDIR)/librdkafka 2>/dev/null

clean:
	$(CARGO) clean
	rm -rf $(BUILD)
