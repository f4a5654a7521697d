#!/bin/bash
# licences.sh DOC CLOSURE: the licences of what an installation carries, as lines "NAME<tab>FILE".
# DOC is a folder with PACKAGE/copyright as Debian keeps it (that of the unpacked engine, or /usr/share/doc); CLOSURE is
# closure.sh's output. Of an unpacked engine all packages but those of headers count, else those that own the libraries.
# The texts that Debian's files point to (common-licenses) and the npm libraries inside of jsd come along.
set -euo pipefail
doc=${1:?DOC} closure=${2:?CLOSURE}
top=$(cd "$(dirname "$0")/.." && pwd)
common=/usr/share/common-licenses

packages() {
  if [ "$doc" = /usr/share/doc ]; then
    cut -f 2 "$closure" | xargs dpkg-query -S | sed 's/:.*//' | sort -u
  else
    (cd "$doc" && ls) | grep -v -- '-dev$'
  fi
}

files=()
for package in $(packages); do
  file=$doc/$package/copyright
  [ -e "$file" ] || { echo "jsd install: no licence of $package in $doc" >&2; exit 1; }
  printf '%s\t%s\n' "$package" "$file"
  files+=("$file")
done
# "GPL" is a link to the newest of its kind.
grep -oh "$common/[A-Za-z0-9.+-]*" "${files[@]}" | sed 's/[.]*$//; s|.*/||' | sort -u | while read -r name; do
  if [ -e "$common/$name" ]; then printf 'common-licenses/%s\t%s\n' "$name" "$common/$name"; fi
done
# esbuild and the headers are tools of the build.
find "$top/modules/node_modules" -iname 'licen[cs]e*' -path '*/node_modules/*' -type f \
  -not -path '*/esbuild/*' -not -path '*/@esbuild/*' -not -path '*/node-api-headers/*' | sort |
  while read -r file; do
    folder=${file#"$top/modules/node_modules/"}
    printf 'npm/%s\t%s\n' "${folder//\//-}" "$file"
  done
