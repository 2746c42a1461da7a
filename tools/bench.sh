#!/usr/bin/env bash
# This program against its peers on real packages, as ratios; the peers live in an environment of their own in the cache.
set -euo pipefail
tools/corpus.sh
peers=$MINGJIAN_CACHE/bench-venv
[ -x "$peers/bin/python" ] || .venv/bin/python -m venv "$peers"
"$peers/bin/pip" install -q --disable-pip-version-check -r tools/requirements-bench.txt
PYTHONPATH=. .venv/bin/python tools/accuracy.py --check || echo "bench: the tables of docs/accuracy.md are not what the analysis finds now" >&2
PYTHONPATH=. .venv/bin/python tools/app_types.py --check || echo "bench: the tables of app types in docs/accuracy.md are not what the model finds now" >&2
PYTHONPATH=. .venv/bin/python -m benchmark run --check || echo "bench: the dossiers changed since they were scored; below is how they score now" >&2
PYTHONPATH=. .venv/bin/python -m benchmark run --peers 2>/dev/null
.venv/bin/python tools/bench_policies.py
.venv/bin/python tools/bench_runs.py
.venv/bin/python tools/bench_fleet.py
# Ten million findings take their peers five minutes to load, so these are asked of fewer unless BENCH_PEER_FINDINGS says otherwise.
slow="bench: the lake is slower than its goal, or PostgreSQL is not installed"
PYTHONPATH=. BENCH_PEERS=0 .venv/bin/python tools/bench_lake.py || echo "$slow" >&2
PYTHONPATH=. BENCH_FINDINGS=${BENCH_PEER_FINDINGS:-1000000} .venv/bin/python tools/bench_lake.py || echo "$slow" >&2
.venv/bin/python tools/bench_judge.py
.venv/bin/python tools/bench.py "$@"
.venv/bin/python tools/bench_flow.py || echo "bench: the flow analysis costs more than its goal" >&2
PYTHONPATH=. .venv/bin/python tools/bench_console.py || echo "bench: the console is slower than its goal, or PostgreSQL is not installed" >&2
