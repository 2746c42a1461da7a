#!/usr/bin/env bash
# This program against its peers on real packages, as ratios; the peers live in an environment of their own in the cache.
set -euo pipefail
tools/corpus.sh
peers=$MINGJIAN_CACHE/bench-venv
[ -x "$peers/bin/python" ] || .venv/bin/python -m venv "$peers"
"$peers/bin/pip" install -q --disable-pip-version-check -r tools/requirements-bench.txt
.venv/bin/python tools/bench_policies.py
.venv/bin/python tools/bench_runs.py
.venv/bin/python tools/bench_fleet.py
.venv/bin/python tools/bench.py "$@"
PYTHONPATH=. .venv/bin/python tools/bench_console.py || echo "bench: the console is slower than its goal, or PostgreSQL is not installed" >&2
