#!/usr/bin/env bash
# Builds the test contracts. The binaries are committed, so that the tests need no compiler.
set -euo pipefail
cd "$(dirname "$0")"
for source in *.c; do
	clang --target=wasm32 -nostdlib -Oz -fno-builtin -mllvm -combiner-store-merging=false -Wall -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=4096 \
		-Wl,--initial-memory=65536 -Wl,--max-memory=65536 -o "${source%.c}.wasm" "$source"
done
