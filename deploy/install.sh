#!/bin/bash
# install.sh: puts jsd and all that it needs at run time under DESTDIR/PREFIX, for `make install` and `make dist`.
# `install.sh --uninstall` removes what an installation there put down. All settings come from the environment:
#   PROGRAM     the program that starts its own loader (build/install/jsd)
#   LIBRARIES   folders where its libraries are, separated by blanks
#   MANIFEST    the engine's packages with their versions
#   LICENCES    a folder with PACKAGE/copyright of those packages; /usr/share/doc: the libraries are the system's own
#   PROGRAM_PAGE, CONFIG_PAGE  the manual pages of the program and of the configuration
#   PREFIX      /usr, /usr/local, ...; empty with RELATIVE
#   SYSCONFDIR  where jsd/jsd.yaml goes
#   UNITDIR     where jsd.service goes
#   DESTDIR     put before all of these, but into no file
#   RELATIVE    not empty: files name each other relatively (the archive of `make dist`); the unit then says /opt/jsd
#
#   PREFIX/bin/jsd                the program; finds the rest by its own place, see runtime/start/elf_start.c
#   PREFIX/lib/jsd/               private libraries, their loader, engine.manifest, installed (the list of all files)
#   PREFIX/share/jsd/             the welcome app, the default configuration
#   PREFIX/share/man/, share/doc/jsd/
#   SYSCONFDIR/jsd/jsd.yaml       kept where there is one already
#   UNITDIR/jsd.service
#
# A file that exists is replaced by renaming, never written into: processes that run go on with the old one.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
dest=${DESTDIR:-}
prefix=${PREFIX?} sysconfdir=${SYSCONFDIR:?} unitdir=${UNITDIR:?}
list=$prefix/lib/jsd/installed
configuration=$sysconfdir/jsd/jsd.yaml
umask 022
fail() { echo "jsd install: $*" >&2; exit 1; }

# The folders that an installation may have made, inmost first.
remove_empty_folders() {
  (cd "$dest/" && sort -r | while read -r folder; do rmdir "./$folder" 2>/dev/null || true; done)
}

uninstall() {
  [ -e "$dest$list" ] || fail "$dest$list is missing: nothing is installed there"
  local files
  files=$(cat "$dest$list")
  # The configuration goes only as it came.
  if cmp -s "$dest$configuration" "$dest$prefix/share/jsd/jsd.yaml"; then rm -f "$dest$configuration"
  elif [ -e "$dest$configuration" ]; then echo "kept: $dest$configuration"; fi
  while read -r file; do rm -f "$dest$file"; done <<<"$files"
  rm -rf "$dest/var/cache/jsd" # compiled code, which is of use to nobody else
  # Every folder from one with jsd in its name on.
  { echo "$sysconfdir/jsd"
    awk -F/ '{path = ""; for (i = 2; i < NF; i++) {path = path "/" $i; if (path ~ /jsd/) print path}}' <<<"$files"
  } | sort -u | remove_empty_folders
}
if [ "${1:-}" = --uninstall ]; then uninstall; exit; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
installed=$work/installed
put() { # MODE FILE TARGET: one file, noted in the list
  mkdir -p "$(dirname "$dest$3")"
  install -m "$1" "$2" "$dest$3.new"
  mv -f "$dest$3.new" "$dest$3"
  echo "$3" >>"$installed"
}
put_text() { # TARGET: from standard input
  cat >"$work/text"
  put 644 "$work/text" "$1"
}

"$top/deploy/closure.sh" "${PROGRAM:?}" ${LIBRARIES:?} >"$work/closure"
"$top/deploy/licences.sh" "${LICENCES:?}" "$work/closure" >"$work/licences"
while IFS=$'\t' read -r name file; do
  put "$(case $name in ld-linux*) echo 755 ;; *) echo 644 ;; esac)" "$file" "$prefix/lib/jsd/$name"
done <"$work/closure"
if [ "$LICENCES" = /usr/share/doc ]; then
  { echo "# this system's packages"; cut -f 2 "$work/closure" | xargs dpkg-query -S | sed 's/:.*//' | sort -u |
    xargs dpkg-query -W -f '${Package} ${Version}\n'; } | put_text "$prefix/lib/jsd/engine.manifest"
else
  put 644 "${MANIFEST:?}" "$prefix/lib/jsd/engine.manifest"
fi

for file in "$top"/conf/welcome/*; do put 644 "$file" "$prefix/share/jsd/welcome/${file##*/}"; done
welcome=$prefix/share/jsd/welcome/app.mjs
bin=$prefix/bin
if [ -n "${RELATIVE:-}" ]; then
  welcome=../..$welcome
  bin=/opt/jsd/bin
fi
sed "s|^app: .*|app: $welcome|" "$top/conf/jsd.yaml" | put_text "$prefix/share/jsd/jsd.yaml"
[ -e "$dest$configuration" ] || install -D -m 644 "$dest$prefix/share/jsd/jsd.yaml" "$dest$configuration"
sed -e "s|/usr/bin/jsd|$bin/jsd|" -e "s|/etc/jsd/|${RELATIVE:+/opt/jsd}$sysconfdir/jsd/|" \
  -e '1s|: .*|: `systemctl enable --now jsd`.|' "$top/deploy/systemd/jsd.service" | put_text "$unitdir/jsd.service"

put 644 "${PROGRAM_PAGE:?}" "$prefix/share/man/man1/jsd.1"
put 644 "${CONFIG_PAGE:?}" "$prefix/share/man/man5/jsd.yaml.5"

doc=$prefix/share/doc/jsd
put 644 "$top/deploy/INSTALLED.md" "$doc/README.md"
while IFS=$'\t' read -r name file; do put 644 "$file" "$doc/licences/$name"; done <"$work/licences"

# The program last, when all that it needs is there; then what an older version had and this one has not.
strip -g -o "$work/program" "$PROGRAM"
put 755 "$work/program" "$prefix/bin/jsd"
echo "$list" >>"$installed"
if [ -e "$dest$list" ]; then
  sort -u "$dest$list" | comm -23 - <(sort -u "$installed") | while read -r file; do rm -f "$dest$file"; done
fi
sort -u "$installed" >"$work/text"
put 644 "$work/text" "$list"
