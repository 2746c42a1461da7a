# The verbs of this project. `make demo` and `make test` do all the set-up themselves.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := demo

# Compiled things live outside the checkout, so that a fresh clone builds in seconds.
MINGJIAN_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mingjian
export MINGJIAN_CACHE
export CARGO_TARGET_DIR := $(MINGJIAN_CACHE)/target
PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell tools/sources.sh | tr "\0" "\n")

.PHONY: setup demo test lint accept bench fuzz docs

setup: .venv/installed ## make .venv with .venv/bin/mingjian in it

.venv/installed: tools/setup.sh tools/requirements.txt tools/requirements-console.txt tools/requirements-fleet.txt $(SOURCES)
	@tools/setup.sh "$(PYTHON)"
	@touch $@

demo: setup ## inspect the demo app, write report.html, show the console with a synthetic market
	@tools/demo.sh

lint: setup ## format, lint, types, import contracts, rule lint and rule tests
	@tools/lint.sh

test: lint ## everything; installs what the tests need
	@tools/test.sh

accept: setup ## rewrite the golden files; read the diff
	@$(BIN)/pip install -q --disable-pip-version-check -r tools/requirements-test.txt
	@$(BIN)/python -m pytest tests/golden --accept

bench: setup ## this program against its peers, as ratios
	@tools/bench.sh

fuzz: setup ## fuzz every parser, SECONDS=600 each
	@tools/fuzz.sh "$${SECONDS_EACH:-600}"

docs: setup ## write docs/rules and docs/cli again
	@tools/docs.sh
