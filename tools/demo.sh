#!/usr/bin/env bash
# Builds the demo app and its recorded run from their text sources, inspects them against all 31 clauses and writes report.html.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m fixtures.builder fixtures/apps/kuaichi "$folder/kuaichi.apk"
.venv/bin/python -m fixtures.scenario fixtures/apps/kuaichi/run.yml "$folder/run.jsonl"
scan=(.venv/bin/mingjian scan "$folder/kuaichi.apk" --run "$folder/run.jsonl" --policy fixtures/apps/kuaichi/policy.html --category food_delivery)
# A verdict is no failure of the demo; anything from 64 on is.
judge() { "$@" || { code=$?; [ "$code" -lt 64 ] || exit "$code"; }; }
judge "${scan[@]}" --format html -o report.html
judge "${scan[@]}"

# The console with a synthetic market. At a terminal it stays until Ctrl-C; elsewhere it is started, asked for its first page, and stopped.
serve=(.venv/bin/mingjian serve --demo --home "${MINGJIAN_DEMO_HOME:-$MINGJIAN_CACHE/demo}" --port "${PORT:-8000}")
if [ -t 1 ]; then
  exec "${serve[@]}"
fi
"${serve[@]}" >"$folder/serve" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
until grep -q http "$folder/serve"; do
  kill -0 "$server" || { cat "$folder/serve"; exit 70; }
  sleep 1
done
cat "$folder/serve"
.venv/bin/python -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)' "$(grep -o 'http://[^ ]*' "$folder/serve")" >/dev/null
echo "${serve[*]}"
