#!/usr/bin/env bash
# Builds build/deb/assay-sidecar_VERSION_{amd64,arm64}.deb: the sidecar, ONNX Runtime, the systemd unit. The same commit and
# tool chain give the same bytes. Installs the compiler for the other architecture where it may (root and apt).
#
#   scripts/deb.sh [amd64] [arm64]     without arguments: both
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS=${GOFLAGS:--p=2}
out=build/deb
glibc=2.34 # as packaging/nfpm.yaml says

fail() {
  echo "deb: error: $1" >&2
  [ -z "${2-}" ] || echo "hint: $2" >&2
  exit 1
}

# v1.2.3 is 1.2.3, and two commits later 1.2.3+2.gabcdef. Without a tag: 0.0.0+gabcdef.
version() {
  local v
  if ! v=$(git describe --tags --match 'v[0-9]*' --dirty=.dirty 2> /dev/null); then
    v=v0.0.0-g$(git describe --always --dirty=.dirty --exclude '*')
  fi
  sed -E 's/^v//; s/-([0-9]+)-g/+\1.g/; s/-g/+g/; s/-(rc|beta|alpha)/~\1/; s/[^A-Za-z0-9.+~]/./g' <<< "$v"
}

# The C compiler for an architecture, as installed or brought.
compiler() {
  local prefix packages
  case $1 in
    amd64) prefix=x86_64-linux-gnu packages="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;;
    arm64) prefix=aarch64-linux-gnu packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
  esac
  if [ "$(go env GOHOSTARCH)" = "$1" ]; then prefix=; fi
  if ! command -v "${prefix:+$prefix-}gcc" > /dev/null; then
    [ -n "$prefix" ] || fail "gcc: not found" "apt-get install gcc libc6-dev"
    { [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; } || fail "$prefix-gcc: not found" "apt-get install $packages"
    echo "deb: installing $packages" >&2
    # shellcheck disable=SC2086 # a list of words
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } > /dev/null >&2 \
      || fail "apt-get install $packages" "install them by hand"
  fi
  echo "${prefix:+$prefix-}gcc"
}

# The newest glibc that a program or library asks for.
needs_glibc() { readelf -V "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1; }

build() { # ARCH: the programs into $out/ARCH
  local arch=$1 cc dir=$out/$1 package=github.com/cosmos/cosmos-sdk/version file needed
  cc=$(compiler "$arch")
  scripts/ort.sh "$arch"
  mkdir -p "$dir"
  echo "deb: building assay-sidecar $DEB_VERSION for $arch"
  CGO_ENABLED=1 GOARCH=$arch CC=$cc go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X $package.Name=assay -X $package.AppName=assay-sidecar -X $package.Version=$DEB_VERSION -X $package.Commit=$commit" \
    -o "$dir/assay-sidecar" ./cmd/assay-sidecar
  cp "build/ort/$arch/libonnxruntime.so.1" "$dir/"
  chmod 644 "$dir/libonnxruntime.so.1"
  for file in assay-sidecar libonnxruntime.so.1; do
    needed=$(needs_glibc "$dir/$file")
    [ "$(printf '%s\n' "$needed" $glibc | sort -V | tail -1)" = $glibc ] \
      || fail "$arch/$file: expected glibc $glibc at most, got $needed" "raise it here and in packaging/nfpm.yaml"
  done
}

[ $# -gt 0 ] || set -- amd64 arm64
for arch; do
  case $arch in amd64 | arm64) ;; *) fail "architecture: expected amd64 or arm64, got \"$arch\"" ;; esac
done
mkdir -p build/bin $out
(cd tools/nfpm && go build -o ../../build/bin/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm)
DEB_VERSION=$(version)
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export DEB_VERSION SOURCE_DATE_EPOCH
for arch; do
  build "$arch"
  package=assay-sidecar_${DEB_VERSION}_$arch.deb
  DEB_ARCH=$arch DEB_ROOT=$out/$arch build/bin/nfpm package --config packaging/nfpm.yaml --packager deb --target "$out/$arch/$package" > /dev/null
  mv "$out/$arch/$package" "$out/$package"
done
ls -l $out/*_"$DEB_VERSION"_*.deb
