#!/usr/bin/env bash
# The files that the wheel is made of, each ended by a NUL; also where there is no git checkout, as in an unpacked archive.
set -euo pipefail
parts=(crates src pyproject.toml Cargo.toml Cargo.lock README.md rustfmt.toml)
git ls-files -co --exclude-standard -z "${parts[@]}" 2>/dev/null ||
  find "${parts[@]}" -type f ! -name '*.pyc' ! -name '*.so' -print0 | sort -z
