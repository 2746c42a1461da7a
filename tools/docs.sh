#!/usr/bin/env bash
# Writes the generated pages again: one a clause and language, the command line, the schema of reports, the procedure of cases, the figures, the demo in both READMEs.
set -euo pipefail
PYTHONPATH=src .venv/bin/python -m mingjian.cli rules docs "$@"
PYTHONPATH=src .venv/bin/python tools/pages.py "$@"
PYTHONPATH=src .venv/bin/python tools/procedure_table.py "$@"
PYTHONPATH=src .venv/bin/python tools/figures_page.py "$@"
PYTHONPATH=. .venv/bin/python tools/demo_block.py "$@"
