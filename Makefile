# What can be done here; `make` alone lists it. Continuous integration runs .ci/run, which calls these same targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help prerequisites servers check advisories test test-real test-long demo bench bless schemas

CARGO ?= cargo
export PATH := $(PATH):$(HOME)/.cargo/bin
SERVERS = KUBESERVER="$$(tests/servers/ensure tests/servers/kubernetes)" CONFTEST="$$(tests/servers/ensure tests/servers/conftest)" \
	KAFKA="$$(tests/servers/ensure tests/servers/kafka)" NEO4J="$$(tests/servers/ensure tests/servers/neo4j)"
REAL = $(SERVERS) $(CARGO) test --locked --test main --

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1\t/p' Makefile | expand -t 18

prerequisites: ## checks for Rust, a C compiler and headers; as root on Debian or Ubuntu installs what is missing
	@tests/prerequisites

servers: ## builds what the tests run against into the cache, once: Kubernetes (about 8 minutes), conftest (4), Kafka (2), Neo4j (1)
	@tests/prerequisites real
	@tests/servers/ensure tests/servers/kubernetes
	@tests/servers/ensure tests/servers/conftest
	@tests/servers/ensure tests/servers/kafka
	@tests/servers/ensure tests/servers/neo4j

check: prerequisites ## formatting, lints, licences and sources of dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	"$$(tests/cargo-deny)" --locked check bans licenses sources

advisories: prerequisites ## known vulnerabilities of dependencies; fetches the RustSec database from github.com
	"$$(tests/cargo-deny)" --locked check advisories

test: prerequisites ## everything that needs no server
	$(CARGO) test --workspace --locked
	$(CARGO) test --locked -p evenkeel-world --features mutations --test apply_mutations --test laws_mutations --test laws_across

test-real: servers ## the tests against a real Kubernetes control plane, Kafka, Neo4j and conftest, 20 random kills among them
	$(REAL) --ignored
	$(SERVERS) $(CARGO) test --locked -p evenkeel-kafka-admin --test real -- --ignored

test-long: servers ## the same with 200 kills, and 10,000 changes of Neo4j clusters; takes hours
	EVENKEEL_KILLS=200 $(REAL) --ignored
	$(SERVERS) $(CARGO) test --locked -p evenkeel-kafka-admin --test real -- --ignored
	$(CARGO) test --release --locked -p evenkeel-world --test apply_laws --test neo4j_choreography -- --ignored

demo: prerequisites ## five minutes in the sandbox: validate, plan, apply, drift, heal, kill and continue
	@$(CARGO) run --locked --quiet -- demo

bench: prerequisites ## speed and memory beside a bare client, kubectl, kapp and Kafka's own tools; writes target/bench.md
	@bench/run

bless: prerequisites ## accepts the new golden texts; read the diff before you commit it
	INSTA_UPDATE=always $(CARGO) test --workspace --locked

schemas: prerequisites ## writes the editor schemas into schemas/
	@$(CARGO) run --locked --quiet -- schema --out schemas
