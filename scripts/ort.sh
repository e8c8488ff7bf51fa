#!/bin/sh
# Brings ONNX Runtime 1.24.3 to build/ort/{amd64,arm64}/libonnxruntime.so.1, from the npm package
# onnxruntime-node, checked by sha256. Nothing of the package is run. Does nothing where the files are.
#
#   scripts/ort.sh [amd64] [arm64]     without arguments: both
#
# With ASSAY_ORT_LIB set, that file is used and, unless an architecture is named, nothing is fetched.
set -eu

version=1.24.3
sha256=aa1bb5fa261ea68de05dd53efbba210cd7adf2d2850f4c3a201054c74cc78040

fail() {
	echo "ort: error: $1" >&2
	[ -z "${2-}" ] || echo "hint: $2" >&2
	exit 1
}

root=$(cd "$(dirname "$0")/.." && pwd)
dest=$root/build/ort

if [ -n "${ASSAY_ORT_LIB-}" ] && [ $# -eq 0 ]; then
	[ -f "$ASSAY_ORT_LIB" ] || fail "ASSAY_ORT_LIB names \"$ASSAY_ORT_LIB\": expected a file" "unset it to fetch version $version"
	echo "ort: using $ASSAY_ORT_LIB"
	exit 0
fi

[ $# -gt 0 ] || set -- amd64 arm64
missing=
for arch; do
	case $arch in
	amd64 | arm64) ;;
	*) fail "architecture \"$arch\": expected amd64 or arm64" ;;
	esac
	[ "$(cat "$dest/$arch/VERSION" 2>/dev/null)" = "$version" ] && [ -f "$dest/$arch/libonnxruntime.so.1" ] || missing="$missing $arch"
done
[ -n "$missing" ] || exit 0

command -v npm >/dev/null || fail "npm not found" "install npm, or set ASSAY_ORT_LIB to a libonnxruntime.so of version 1.24"

mkdir -p "$dest"
tmp=$(mktemp -d "$dest/.fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

echo "ort: fetching onnxruntime-node@$version (npm, 80 MB)"
(cd "$tmp" && npm pack --silent --ignore-scripts "onnxruntime-node@$version" >/dev/null) ||
	fail "npm pack onnxruntime-node@$version" "check the network and npm's registry setting"
tarball=$tmp/onnxruntime-node-$version.tgz
echo "$sha256  $tarball" | sha256sum --check --quiet >/dev/null 2>&1 ||
	fail "onnxruntime-node-$version.tgz: expected sha256 $sha256, got $(sha256sum "$tarball" | cut -d' ' -f1)"

for arch in $missing; do
	case $arch in
	amd64) node=x64 ;;
	arm64) node=arm64 ;;
	esac
	file=package/bin/napi-v6/linux/$node/libonnxruntime.so.1
	tar -xzf "$tarball" -C "$tmp" "$file"
	mkdir -p "$dest/$arch"
	mv -f "$tmp/$file" "$dest/$arch/libonnxruntime.so.1"
	echo "$version" >"$dest/$arch/VERSION"
	echo "ort: build/ort/$arch/libonnxruntime.so.1"
done
