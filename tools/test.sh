#!/usr/bin/env bash
# Installs what the tests need, then runs them all. In CI a missing real part fails; elsewhere it is skipped and counted.
set -euo pipefail
ci=${CI:-}
missing() {
  if [ "$ci" = true ]; then
    echo "test: $1, and CI may not skip it" >&2
    exit 1
  fi
  echo "test: SKIPPED $1" >&2
}

# Debian package and the program by which it is known; what each is for is told when it is missing.
wanted=()
jdk=/usr/lib/jvm/java-17-openjdk-$(dpkg --print-architecture 2>/dev/null || uname -m)
postgres=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1 || true)
for pair in "postgresql:${postgres:-initdb}" chromium:chromium aapt:aapt2 zipalign:zipalign apksigner:apksigner dexdump:dexdump \
  enjarify:/usr/bin/enjarify openjdk-17-jdk-headless:"$jdk/bin/javac" maven:mvn npm:npm tshark:tshark adb:adb \
  iproute2:ip openssl:openssl; do
  command -v "${pair#*:}" >/dev/null || wanted+=("${pair%:*}")
done
if [ ${#wanted[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${wanted[@]}" fonts-noto-cjk; } >"$MINGJIAN_CACHE/apt.log" 2>&1 ||
      missing "the tests that need Debian's ${wanted[*]}: they could not be installed (see $MINGJIAN_CACHE/apt.log)"
  else
    missing "the tests that need Debian's ${wanted[*]} (apt-get install ${wanted[*]} fonts-noto-cjk)"
  fi
fi
tools/corpus.sh || missing "the differential tests: the packages with real APKs could not be fetched"
tools/agent_bench.sh || missing "the agent's test bench: what it needs could not be fetched"

# Lanes beside each other, as none waits for another and each of them mostly waits for what it started: the console on its embedded
# database; the fleet, then the console on PostgreSQL; what is tried on hostile input or with others' programs; and all the rest.
export MINGJIAN_SCREENSHOTS=${MINGJIAN_SCREENSHOTS:-$MINGJIAN_CACHE/screenshots}
servers() {
  local failed=0
  # Children of the sandbox are forks, and small only where what they are forked from is: without the console, which Django's plugin loads.
  .venv/bin/python -m pytest -p no:django tests/fleet/sandbox || failed=$?
  .venv/bin/python -m pytest tests/fleet --ignore=tests/fleet/sandbox || failed=$?
  if .venv/bin/python -c 'import sys; from tests.console.postgres import programs; sys.exit(programs() is None)'; then
    .venv/bin/python -m tests.console.postgres .venv/bin/python -m pytest tests/console || failed=$?
  else
    missing "the console on PostgreSQL: it is not installed (apt-get install postgresql)"
  fi
  return "$failed"
}
outside="tests/agent tests/browser tests/differential tests/hostile tests/metamorphic"
lane() {
  # A process group of its own, so that what a lane started ends with it.
  set -m
  "${@:2}" >"$MINGJIAN_CACHE/$1.log" 2>&1 &
  set +m
  lanes+=("$!:$1")
}
lanes=()
end_lanes() {
  local started
  for started in "${lanes[@]}"; do
    kill -- "-${started%%:*}" 2>/dev/null || true
  done
}
trap end_lanes EXIT
lane servers servers
lane console .venv/bin/python -m pytest tests/console
# shellcheck disable=SC2086
lane outside .venv/bin/python -m pytest $outside

failed=0
if command -v cargo >/dev/null; then
  cargo test -q --workspace --locked
  [ "$ci" != true ] || tools/fuzz.sh 20
else
  missing "the Rust tests: there is no cargo"
fi
# shellcheck disable=SC2086
.venv/bin/python -m pytest --ignore=tests/console --ignore=tests/fleet ${outside//tests/--ignore=tests} || failed=$?
for started in "${lanes[@]}"; do
  wait "${started%%:*}" || failed=$?
  cat "$MINGJIAN_CACHE/${started#*:}.log"
done
echo "test: pictures of every page of the console are in $MINGJIAN_SCREENSHOTS"
exit "$failed"
