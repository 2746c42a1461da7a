#!/usr/bin/env bash
# Makes .venv with the program installed as a user would have it. The wheel is kept in the cache by the digest of its sources.
set -euo pipefail
python=$1
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "setup: $python is older than 3.11; name a newer one: make PYTHON=python3.11" >&2
  exit 64
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/pip install -q -r tools/requirements.txt -r tools/requirements-console.txt -r tools/requirements-fleet.txt

site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
if ! command -v cargo >/dev/null; then
  echo "setup: no cargo, so packages cannot be read: install Rust (rustup, or Debian's rustc and cargo) or a ready wheel of this version; rules, reports and judging work" >&2
  echo "$PWD/src" >"$site/mingjian-sources.pth"
  printf '#!%s/.venv/bin/python\nfrom mingjian.cli import main\nmain()\n' "$PWD" >.venv/bin/mingjian
  chmod +x .venv/bin/mingjian
  exit 0
fi
rm -f "$site/mingjian-sources.pth"

digest=$(tools/sources.sh |
  xargs -0 sh -c 'for f; do [ -f "$f" ] && sha256sum "$f"; done' _ | { cat; rustc --version; uname -m; } | sha256sum | cut -c1-24)
wheels=$MINGJIAN_CACHE/wheels/$digest
if ! compgen -G "$wheels/mingjian-*.whl" >/dev/null; then
  mkdir -p "$MINGJIAN_CACHE/wheels"
  fresh=$(mktemp -d "$MINGJIAN_CACHE/wheels/.new.XXXXXX")
  .venv/bin/maturin build -q --release --locked --interpreter .venv/bin/python --out "$fresh"
  rm -rf "$wheels" && mv -T "$fresh" "$wheels"
fi
.venv/bin/pip install -q --no-deps --force-reinstall "$wheels"/mingjian-*.whl
