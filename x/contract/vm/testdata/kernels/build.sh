#!/bin/sh
# Builds the kernels with clang and wasm-ld. The .wasm files are committed: nothing but a change of the sources needs this.
# The flag of -mllvm keeps two stores of 32 bits from becoming one of 64, which is out of the profile.
# Made with those of LLVM 14; other versions give other bytes, and the expected counts of gas with them.
set -eu
cd "$(dirname "$0")"
for source in *.c; do
	clang --target=wasm32 -mcpu=mvp -nostdlib -O2 -fno-builtin -mllvm -combiner-store-merging=false -Wall -Wextra -Werror \
		-Wl,--no-entry -Wl,--export=run \
		-Wl,--strip-all -Wl,-z,stack-size=8192 -Wl,--initial-memory=65536 -Wl,--max-memory=65536 -o "${source%.c}.wasm" "$source"
	chmod 644 "${source%.c}.wasm"
done
