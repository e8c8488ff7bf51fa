#!/usr/bin/env bash
# Compares the protobuf definitions with an earlier commit: BASE, or the latest release tag. Removing or
# renumbering a field of a released definition fails.
set -euo pipefail
cd "$(dirname "$0")/.."
base=${BASE:-$(git describe --tags --abbrev=0 2>/dev/null || true)}
[ -n "$base" ] || { echo "breaking: no release yet, nothing to compare with (BASE=COMMIT names a commit)"; exit 0; }
mkdir -p build/bin
(cd tools/protogen && go build -o ../../build/bin/ tool)
scripts/protodeps.sh
old=build/breaking
rm -rf "$old" && mkdir -p "$old/build"
git archive "$base" proto buf.yaml | tar -x -C "$old"
cp -r build/protodeps "$old/build/protodeps"
build/bin/buf breaking proto --against "$old/proto"
echo "breaking: compatible with $base"
