#!/usr/bin/env bash
# Writes the generated pages again: one a clause and language, and the demo's output in both READMEs.
set -euo pipefail
PYTHONPATH=src .venv/bin/python -m mingjian.cli rules docs
PYTHONPATH=. .venv/bin/python tools/demo_block.py "$@"
