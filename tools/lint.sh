#!/usr/bin/env bash
# Format, lint, types, import contracts, rule lint and rule tests: everything that needs no input and no server.
set -euo pipefail
.venv/bin/pip install -q --disable-pip-version-check -r tools/requirements-test.txt
step() { echo "lint: $1"; }

step "rules"
rules() { PYTHONPATH=src .venv/bin/python -m mingjian.cli rules "$@"; }
rules lint
rules test
rules fmt --check
rules docs --check

step "Python"
.venv/bin/ruff format --check -q src tests fixtures tools training benchmark
.venv/bin/ruff check -q src tests fixtures tools training benchmark
.venv/bin/mypy
.venv/bin/lint-imports --no-logo 2>/dev/null || PYTHONPATH=src .venv/bin/lint-imports

if command -v cargo >/dev/null; then
  step "Rust"
  cargo fmt --all --check
  cargo clippy -q --workspace --all-targets --locked -- -D warnings
elif [ "${CI:-}" = true ]; then
  echo "lint: no cargo, and CI may not skip clippy" >&2
  exit 1
else
  echo "lint: SKIPPED Rust format and clippy, there is no cargo" >&2
fi
