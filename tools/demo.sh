#!/usr/bin/env bash
# Builds the demo app from its text sources, inspects it against all 31 clauses and writes report.html.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m fixtures.builder fixtures/apps/kuaichi "$folder/kuaichi.apk"
scan=(.venv/bin/mingjian scan "$folder/kuaichi.apk" --policy fixtures/apps/kuaichi/policy.html --category food_delivery)
# A verdict is no failure of the demo; anything from 64 on is.
judge() { "$@" || { code=$?; [ "$code" -lt 64 ] || exit "$code"; }; }
judge "${scan[@]}" --format html -o report.html
judge "${scan[@]}"
