#!/bin/bash
# install-deps.sh DIR: everything that building and testing jsd needs, from a bare Debian 12 as root.
# Debian packages first; V8 and llhttp from Debian too: installed where apt can, otherwise (Node from another vendor)
# their .debs are unpacked into DIR/root and linked with an rpath. Writes DIR/paths.mk for the Makefile.
set -euo pipefail
dir=${1:-build/deps}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
export DEBIAN_FRONTEND=noninteractive

packages=(gcc g++ make pkg-config curl ca-certificates libuv1-dev libssl-dev zlib1g-dev libbrotli-dev libzstd-dev
  libc-ares-dev libnghttp2-dev libyaml-dev libcmocka-dev libicu-dev libyaml-dev wrk python3 nghttp2-client)
missing=()
for p in "${packages[@]}"; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
updated=
update() { [ -n "$updated" ] || apt-get update -qq; updated=1; }
if [ ${#missing[@]} -gt 0 ]; then
  update
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

multiarch=$(gcc -dumpmachine)
if ! dpkg -s libnode-dev node-llhttp >/dev/null 2>&1; then
  if ! command -v node >/dev/null && { update; apt-get install -y -qq --no-install-recommends nodejs npm libnode-dev node-llhttp >/dev/null; }; then
    :
  elif [ ! -e "$dir/root/usr/lib/$multiarch/libnode.so" ]; then
    update
    (cd "$dir" && rm -rf debs && mkdir debs && cd debs && apt-get download -qq libnode-dev libnode108 node-llhttp 2>/dev/null
     for d in *.deb; do dpkg -x "$d" "$dir/root"; done)
  fi
fi
# npm libraries: those bundled into jsd, and those that the tests run unmodified. Exact versions by the lock files.
for folder in modules tests/packages; do
  if [ "$top/$folder/package-lock.json" -nt "$top/$folder/node_modules/.package-lock.json" ]; then
    (cd "$top/$folder" && npm ci --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null)
    touch "$top/$folder/node_modules/.package-lock.json"
  fi
done

root=$dir/root
dpkg -s libnode-dev node-llhttp >/dev/null 2>&1 && root=
cat >"$dir/paths.mk" <<END
V8_INC := $root/usr/include/nodejs/deps/v8/include
V8_LIB := $root/usr/lib/$multiarch
LLHTTP_INC := $(dirname "$(find "$root/usr/share/include" "$root/usr/include" "$root/usr/share/nodejs/llhttp" -name llhttp.h 2>/dev/null | head -n 1)")
LLHTTP_SRC := $root/usr/share/llhttp
END
