#!/bin/bash
# install-deps.sh DIR: everything that building and testing jsd needs, from a bare Debian 12 or later.
# Debian packages (as root; an ordinary user is told which ones are missing), the engine (engine.sh) and the npm
# libraries that the lock files name. Writes DIR/paths.mk for the Makefile. A step that fails says why and ends it.
set -euo pipefail
mkdir -p "${1:?DIR}"
dir=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
export DEBIAN_FRONTEND=noninteractive
fail() { echo "jsd set-up: $*" >&2; exit 1; }

packages=(gcc g++ make pkg-config curl ca-certificates libcmocka-dev wrk python3 nghttp2-client openssl xz-utils)
# npm needs a Node, from whatever vendor; where there is none, Debian's.
command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
missing=()
for p in "${packages[@]}"; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || fail "these Debian packages are missing, and only root can install them: ${missing[*]}"
  apt-get update -qq || fail "apt-get update failed, see above"
  log=$(mktemp)
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "apt can't install ${missing[*]}, see above"; }
  rm -f "$log"
fi

"$top/deploy/engine.sh" "$dir"

# npm libraries: those bundled into jsd, and those that the tests run unmodified. Exact versions by the lock files.
for folder in modules tests/packages; do
  "$top/deploy/npm-ci.sh" "$top/$folder"
done
{ cat "$dir/engine.mk"; echo "ENGINE_MANIFEST := $dir/engine.manifest"; } >"$dir/paths.mk"
