#!/bin/bash
# install-deps.sh DIR: everything that building and testing jsd needs, from a bare Debian 12 or later.
# Debian packages (as root; an ordinary user is told which ones are missing), the engine (engine.sh) and the npm
# libraries that the lock files name. Writes DIR/paths.mk for the Makefile. A step that fails says why and ends it.
set -euo pipefail
mkdir -p "${1:?DIR}"
dir=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/deploy/apt.sh"

packages=(gcc g++ make pkg-config curl ca-certificates libcmocka-dev wrk python3 nghttp2-client openssl xz-utils)
# npm needs a Node, from whatever vendor; where there is none, Debian's.
command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
need_packages "${packages[@]}"

"$top/deploy/engine.sh" "$dir"

# npm libraries: those bundled into jsd, and those that the tests run unmodified. Exact versions by the lock files.
for folder in modules tests/packages; do
  "$top/deploy/npm-ci.sh" "$top/$folder"
done
{ cat "$dir/engine.mk"; echo "ENGINE_MANIFEST := $dir/engine.manifest"; } >"$dir/paths.mk"
