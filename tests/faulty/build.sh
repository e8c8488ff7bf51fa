#!/usr/bin/env bash
# Builds the faulty ONNX Runtime to build/faulty/libonnxruntime.so.1, with the header that the Go binding has.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/faulty/libonnxruntime.so.1
[ ! "$out" -nt tests/faulty/faulty.c ] || exit 0
mkdir -p build/faulty
gcc -O2 -Wall -Werror -shared -fPIC -I "$(go list -m -f '{{.Dir}}' github.com/yalue/onnxruntime_go)" -o "$out" tests/faulty/faulty.c -ldl -lpthread
