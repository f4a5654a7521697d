#!/bin/bash
# fetch-node.sh DIR: unpacks the tests of Node that belong to the engine's version into DIR/test, from Debian's source package
# of nodejs (the machine's own mirror; apt checks the signatures). Downloads nothing when DIR has that version already.
# Nothing of it is ever committed.
set -euo pipefail
dir=$(mkdir -p "${1:?DIR}" && cd "$1" && pwd)
cd "$(dirname "$0")/../.."
. deploy/apt.sh
wanted=$(awk '$1 == "libnode-dev" {print $2}' build/deps/engine.manifest)
[ -n "$wanted" ] || fail "build/deps/engine.manifest names no libnode-dev"
[ "$(cat "$dir/version" 2>/dev/null)" != "$wanted" ] || exit 0

apt=$dir/apt
download() { # MIRROR SUITE
  apt_private "$apt" deb-src "$1" "$2"
  apt-get update -qq >"$apt/log" 2>&1 &&
    (cd "$apt/archives" && apt-get source -qq --download-only "nodejs=$wanted" >>"$apt/log" 2>&1)
}
for suite in forky unstable; do
  for mirror in $(unset APT_CONFIG; mirrors); do
    if download "$mirror" "$suite"; then
      rm -rf "$dir/test" "$dir/doc"
      tar -xf "$apt"/archives/nodejs_*.orig.tar.xz -C "$dir" --strip-components=1 --wildcards --no-wildcards-match-slash '*/test' '*/doc/api'
      rm -rf "$apt"
      echo "$wanted" >"$dir/version"
      echo "conformance: the tests of nodejs $wanted from Debian $suite"
      exit 0
    fi
  done
done
[ ! -e "$apt/log" ] || tail -n 5 "$apt/log" >&2
fail "no mirror of the machine's apt sources offers the source of nodejs $wanted (the engine's version)"
