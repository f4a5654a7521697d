#!/bin/bash
# closure.sh [--needed] PROGRAM FOLDER...: every shared library that PROGRAM needs, found by walking DT_NEEDED through
# FOLDER... (the first one that has a library wins, as in an RPATH), the dynamic loader included. One line each: the name
# that is asked for, a tab, the file. A library that is in none of the folders is an error.
#
# All of the C library's own parts come along, needed or not (not with --needed): what is loaded later (a module of
# nsswitch.conf, an addon, LD_PRELOAD) and was built for a C library that still had libpthread, libdl and librt apart
# would otherwise take the host's, and those only fit the host's libc.
set -euo pipefail
extra=yes
if [ "${1:-}" = --needed ]; then extra=; shift; fi
program=${1:?PROGRAM}
shift
folders=("$@")
fail() { echo "jsd install: $*" >&2; exit 1; }

libc_parts=(libc.so.6 libm.so.6 libmvec.so.1 libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libanl.so.1
  libresolv.so.2 libBrokenLocale.so.1 libthread_db.so.1 libnss_files.so.2 libnss_dns.so.2 libnss_compat.so.2)

needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'; }
find_library() {
  local folder
  for folder in "${folders[@]}"; do
    [ -e "$folder/$1" ] && { readlink -f "$folder/$1"; return 0; }
  done
  return 1
}

declare -A seen=()
queue=()
while read -r name; do queue+=("$name"); done < <(needed "$program")
[ ${#queue[@]} -gt 0 ] || fail "$program needs no libraries: it can't be read, or is no dynamic program"
for name in "${libc_parts[@]}"; do
  # Which parts there are depends on the C library's version.
  [ -z "$extra" ] || ! find_library "$name" >/dev/null || queue+=("$name")
done
while [ ${#queue[@]} -gt 0 ]; do
  name=${queue[0]}
  queue=("${queue[@]:1}")
  [ -z "${seen[$name]:-}" ] || continue
  file=$(find_library "$name") || fail "$name is needed, and is in none of: ${folders[*]}"
  seen[$name]=$file
  while read -r next; do queue+=("$next"); done < <(needed "$file")
done
for name in "${!seen[@]}"; do printf '%s\t%s\n' "$name" "${seen[$name]}"; done | sort
