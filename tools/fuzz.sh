#!/usr/bin/env bash
# Fuzzes every parser for so many seconds each: tools/fuzz.sh 20. Fails on a crash, an input of over 10 s, or over 1 GiB.
# Corpus and programs are kept in the cache; seeds come from our own fixtures; fuzz/regressions holds what was found before.
set -euo pipefail
seconds=${1:?tools/fuzz.sh SECONDS}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: not a number of seconds: $seconds" >&2; exit 64; }
: "${MINGJIAN_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/mingjian}"
python=.venv/bin/python
[ -x "$python" ] || python=python3
version=0.13.2
export PATH=$MINGJIAN_CACHE/tools/bin:$PATH CARGO_TARGET_DIR=$MINGJIAN_CACHE/fuzz-target
# The coverage passes that cargo-fuzz turns on are unstable options of a stable compiler.
export RUSTC_BOOTSTRAP=1

if [ "$(cargo fuzz --version 2>/dev/null)" != "cargo-fuzz $version" ]; then
  RUSTC_BOOTSTRAP=0 CARGO_TARGET_DIR=$MINGJIAN_CACHE/tools/target \
    cargo install -q --locked --force --root "$MINGJIAN_CACHE/tools" --version "$version" cargo-fuzz
fi
corpus=$MINGJIAN_CACHE/fuzz-corpus
PYTHONPATH=. "$python" -m fuzz.seeds "$corpus"
export MINGJIAN_FUZZ_QUESTION=$corpus/flow.json
# Our crates forbid unsafe code, so an address sanitizer would watch over nothing of ours and double the memory.
cargo fuzz build --sanitizer none

failed=()
for target in $(cargo fuzz list); do
  artifacts=$MINGJIAN_CACHE/fuzz-artifacts/$target
  mkdir -p "$corpus/$target" "fuzz/regressions/$target" "$artifacts"
  log=$artifacts.log
  if cargo fuzz run --sanitizer none "$target" "$corpus/$target" "fuzz/regressions/$target" -- -artifact_prefix="$artifacts/" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -verbosity=1 >"$log" 2>&1; then
    echo "fuzz: $target: $(grep -o '^Done [0-9]* runs' "$log" | tail -1)"
  else
    failed+=("$target")
    echo "fuzz: $target FAILED: $(grep -o 'Test unit written to .*' "$log" | tail -1 || true) (see $log)" >&2
    grep -m3 -E 'panicked at|^ERROR|SUMMARY' "$log" >&2 || true
  fi
done
[ ${#failed[@]} = 0 ]
