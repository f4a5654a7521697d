#!/bin/bash
# jsd.1.sh PROGRAM: the manual page of the program: jsd.1.in, with the options that `PROGRAM --help` lists.
set -euo pipefail
page=$(dirname "$0")/jsd.1.in
options=$("$1" --help | awk '
  function plain(text) {
    gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/`/, "\"", text)
    return text
  }
  /^  +-/ {
    line = $0; sub(/^ +/, "", line)
    at = match(line, /  +/)
    printf ".TP\n\\fB%s\\fR\n%s.\n", plain(substr(line, 1, at - 1)), plain(toupper(substr(line, at + RLENGTH, 1)) substr(line, at + RLENGTH + 1))
  }')
[ -n "$options" ] || { echo "jsd.1.sh: $1 --help lists no options" >&2; exit 1; }
while IFS= read -r line; do
  if [ "$line" = @OPTIONS@ ]; then printf '%s\n' "$options"; else printf '%s\n' "$line"; fi
done <"$page"
