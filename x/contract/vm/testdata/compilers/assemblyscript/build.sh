#!/bin/sh
# Builds the AssemblyScript sample with the compiler in contracts/node_modules, there after npm ci. With a smaller shrink level
# strings are compared by 64 bits. The .wasm files are committed: nothing but a change of the sources needs this.
set -eu
cd "$(dirname "$0")"
asc=${ASC:-../../../../../../contracts/node_modules/.bin/asc}

for level in O1 O3; do
	"$asc" policy.ts "-$level" --shrinkLevel 2 --runtime stub --noAssert --initialMemory 1 --maximumMemory 1 --use abort= \
		--exportStart _initialize -o "policy.$level.wasm"
done
