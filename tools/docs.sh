#!/usr/bin/env bash
# Writes the generated pages again: one a clause and language, the command line, the schema of reports, the demo in both READMEs.
set -euo pipefail
PYTHONPATH=src .venv/bin/python -m mingjian.cli rules docs "$@"
PYTHONPATH=src .venv/bin/python tools/pages.py "$@"
PYTHONPATH=. .venv/bin/python tools/demo_block.py "$@"
