#!/usr/bin/env bash
# Fetches, once, what the agent's test bench needs besides Debian's packages: mitmproxy in an environment of its own, the bridge between
# the agent and Java, and a real framework of Android to compare the bench's classes with. Nothing of them enters the repository.
set -euo pipefail
proxy=$MINGJIAN_CACHE/mitmproxy
if ! cmp -s tools/requirements-mitmproxy.txt "$proxy/.complete"; then
  rm -rf "$proxy"
  .venv/bin/python -m venv "$proxy"
  "$proxy/bin/pip" install -q --disable-pip-version-check -r tools/requirements-mitmproxy.txt
  cp tools/requirements-mitmproxy.txt "$proxy/.complete"
fi

version=9-robolectric-4913185-2
digest=cf4aed5e458deb48ddc0ca92fc25156e6f478d9d5c1d948cdd1817a67ee11b32
jar=$MINGJIAN_CACHE/maven/org/robolectric/android-all/$version/android-all-$version.jar
[ -f "$jar" ] ||
  mvn -q -B dependency:get "-Dmaven.repo.local=$MINGJIAN_CACHE/maven" -Dtransitive=false "-Dartifact=org.robolectric:android-all:$version"
echo "$digest  $jar" | sha256sum --check --status || {
  echo "agent_bench: android-all $version is not the file that was recorded" >&2
  exit 1
}

.venv/bin/python -c 'from mingjian.record.bundle import agent_script; agent_script()'
