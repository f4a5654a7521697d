#!/bin/bash
# npm-ci.sh FOLDER: the npm libraries that FOLDER's lock file names, exact versions, without their install scripts.
# Does nothing where they are there already; says npm's own words where it fails.
set -euo pipefail
cd "${1:?FOLDER}"
installed=node_modules/.package-lock.json
[ -e $installed ] && [ ! package-lock.json -nt $installed ] && exit 0
log=$(mktemp)
npm ci --loglevel=error --no-audit --no-fund --ignore-scripts >"$log" 2>&1 || {
  cat "$log" >&2
  echo "jsd set-up: npm ci in $1 failed, see above (npm $(npm --version), node $(node --version))" >&2
  exit 1
}
rm -f "$log"
touch $installed
