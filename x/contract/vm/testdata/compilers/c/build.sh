#!/bin/sh
# Builds the C samples with clang and wasm-ld of LLVM 14, each with three levels of optimization. clang copies and clears
# structs by 64 bits whatever it is told, so wasm-opt lowers what it leaves of i64; it comes with AssemblyScript, in
# contracts/node_modules after npm ci there. The .wasm files are committed: nothing but a change of the sources needs this.
set -eu
cd "$(dirname "$0")"
wasm_opt=${WASM_OPT:-../../../../../../contracts/node_modules/.bin/wasm-opt}

for source in strings records state; do
	for level in O0 O2 Os; do
		clang --target=wasm32 -mcpu=mvp -nostdlib -ffreestanding -fno-builtin -fvisibility=hidden "-$level" -Wall -Wextra -Werror \
			-Wl,--no-entry -Wl,--export-dynamic -Wl,--strip-all -Wl,-z,stack-size=8192 -Wl,--initial-memory=65536 \
			-Wl,--max-memory=65536 -o "$source.$level.wasm" "$source.c" memory.c
		case $level in O0) optimize= ;; *) optimize=-O2 ;; esac
		# shellcheck disable=SC2086 # no argument where there is nothing to optimize
		"$wasm_opt" --mvp-features --flatten --i64-to-i32-lowering $optimize -o "$source.$level.wasm" "$source.$level.wasm"
		chmod 644 "$source.$level.wasm"
	done
done
