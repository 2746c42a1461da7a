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
