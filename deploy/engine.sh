#!/bin/bash
# engine.sh DIR: finds the JavaScript engine (V8 13.6 or newer, in Debian's libnode) and the libraries that jsd shares
# with it, and writes DIR/engine.mk for the Makefile and DIR/engine.manifest (every package with its version).
#
# Three ways, in this order; one line says which and why.
#   ENGINE_DEBS=FOLDER  the .debs of that folder, unpacked into DIR/root. For machines without a mirror.
#   the system's        where its own libnode-dev is new enough (Debian forky and later).
#   a prefix            .debs of Debian's forky, or else unstable, unpacked into DIR/root. Nothing of the system
#                       changes and no root is needed: apt runs on a configuration of its own. The mirror is that of the
#                       machine's apt sources; apt checks Debian's signature with the machine's archive keyring.
# A prefix brings its own C library and dynamic loader, since libnode wants a newer one than Debian 12 has. jsd is
# compiled with the system's compiler and headers of C and C++, and linked so that it runs with the prefix's loader.
# A second run downloads nothing unless this file or bind_local.c changed, or DIR was removed.
set -euo pipefail
dir=$(mkdir -p "${1:?DIR}" && cd "$1" && pwd)
root=$dir/root
top=$(cd "$(dirname "$0")/.." && pwd)
wanted_v8=13.6
suites=(forky unstable)

# What jsd is compiled against. The libraries follow from what these and libnode depend on.
headers=(libnode-dev libssl-dev libuv1-dev libnghttp2-dev zlib1g-dev libbrotli-dev libzstd-dev libc-ares-dev
  libsqlite3-dev libada-url-dev libllhttp-dev libsimdutf-dev libyaml-dev)

. "$(dirname "$0")/apt.sh"
quietly() { local out; out=$("$@" 2>&1) || { echo "$out" >&2; fail "'$1 ${2:-}' failed, see above"; }; }

# v8_of INCLUDE_DIR: "MAJOR.MINOR.BUILD" of the V8 headers there, or nothing.
v8_of() {
  local file=$1/nodejs/deps/v8/include/v8-version.h
  [ -e "$file" ] || return 0
  awk '/define V8_(MAJOR|MINOR|BUILD)_/{v = v (v == "" ? "" : ".") $3} END {print v}' "$file"
}
new_enough() { [ -n "$1" ] && [ "$(printf '%s\n' "$wanted_v8" "$1" | sort -V | head -n 1)" = "$wanted_v8" ]; }

# write_engine INCLUDES LIBDIR LOADER REASON: what the Makefile reads.
write_engine() {
  cat >"$dir/engine.mk.new" <<MK
ENGINE_INCLUDES := $1
ENGINE_LIB := $2
ENGINE_LOADER := $3
MK
  cmp -s "$dir/engine.mk.new" "$dir/engine.mk" || cp "$dir/engine.mk.new" "$dir/engine.mk"
  rm -f "$dir/engine.mk.new"
  echo "engine: V8 $v8 $4"
}

# Objects are compiled again when the manifest is new: it stays untouched where nothing changed.
keep_manifest() {
  if cmp -s "$dir/engine.manifest.new" "$dir/engine.manifest"; then rm "$dir/engine.manifest.new"
  else mv "$dir/engine.manifest.new" "$dir/engine.manifest"; fi
}

from_system() {
  local arch include=/usr/include
  v8=$(v8_of $include)
  local missing=()
  for p in "${headers[@]}"; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
  if ! new_enough "$v8" || [ ${#missing[@]} -gt 0 ]; then
    # Only where apt offers one that is new enough: libnode's version is Node's, 24 has V8 13.6.
    local candidate
    candidate=$(apt-cache policy libnode-dev 2>/dev/null | awk '/Candidate:/{print $2}')
    dpkg --compare-versions "${candidate/(none)/0}" ge 24 2>/dev/null || return 1
    [ "$(id -u)" = 0 ] || return 1
    quietly apt-get install -y -qq --no-install-recommends "${headers[@]}"
    v8=$(v8_of $include)
    new_enough "$v8" || return 1
  fi
  arch=$(gcc -dumpmachine)
  dpkg-query -W -f '${Package} ${Version}\n' "${headers[@]}" $(dpkg-query -W -f '${Package}\n' 'libnode1*' 2>/dev/null) |
    sort >"$dir/engine.manifest.new"
  keep_manifest
  write_engine "-isystem $include/nodejs/deps/v8/include" "/usr/lib/$arch" "" \
    "from this system's libnode-dev $(dpkg-query -W -f '${Version}' libnode-dev)"
}

# Names that a library satisfies itself are resolved here instead of at every start (bind_local.c says what it gives).
bind_names() { # ROOT
  [ "$(gcc -dumpmachine)" = x86_64-linux-gnu ] || return 0
  gcc -std=c17 -D_GNU_SOURCE -O1 "$top/deploy/bind_local.c" -o "$dir/bind_local"
  find "$1"/usr/lib -type f -name 'lib*.so*' |
    grep -vE '/lib(c|m|mvec|dl|pthread|rt|util|anl|nsl|resolv|nss_[a-z]+|thread_db|BrokenLocale|memusage|pcprofile|c_malloc_debug)\.so' |
    xargs "$dir/bind_local"
}

unpack() { # FOLDER-OF-DEBS: into a new root, which replaces the old one when it is whole
  rm -rf "$root.new"
  mkdir -p "$root.new"
  for deb in "$1"/*.deb; do
    [ -e "$deb" ] || fail "no .deb in $1"
    dpkg -x "$deb" "$root.new" || fail "$deb can't be unpacked"
    dpkg-deb -W --showformat '${Package} ${Version}\n' "$deb"
  done | sort >"$dir/engine.manifest.new"
  rm -rf "$root.new"/usr/lib/*/*.a "$root.new"/etc
  # Of usr/share only the licences stay (some packages' are a link to another's): an installation carries them along.
  find "$root.new/usr/share" -not -type d -not \( -path '*/share/doc/*' \( -name copyright -o -type l \) \) -delete
  find "$root.new/usr/share" -type d -empty -delete
  v8=$(v8_of "$root.new/usr/include")
  new_enough "$v8" || fail "$1 holds V8 ${v8:-of no version}; $wanted_v8 or newer is needed (libnode-dev 24 or newer)"
  bind_names "$root.new"
  rm -rf "$root"
  mv "$root.new" "$root"
}

use_prefix() { # REASON
  local lib
  lib=$(dirname "$(ls "$root"/usr/lib/*/libnode.so | head -n 1)")
  v8=$(v8_of "$root/usr/include")
  local arch=${lib##*/}
  write_engine "-isystem $root/usr/include/nodejs/deps/v8/include -isystem $root/usr/include -isystem $root/usr/include/$arch" \
    "$lib" "$(ls "$lib"/ld-linux-*.so.* | head -n 1)" "$1"
}

# Every library that libnode and the headers depend on, and the licence of the compiler's; JS packages and tools of the
# distribution are left out.
closure() {
  apt-cache depends --recurse --important --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "${headers[@]}" 2>/dev/null |
    grep -E '^((lib|zlib)[^ ]*|gcc-[0-9]+-base)$' |
    grep -vE -- '-dev$|gconv|^libc-dev|^libpkgconf|^libcrypt1$' | sort -u
}

from_mirror() {
  local suite mirror tried=() libraries
  for suite in "${suites[@]}"; do
    for mirror in $(mirrors); do
      tried+=("$suite")
      apt_private "$dir/apt" deb "$mirror" "$suite"
      apt-get update -qq >"$dir/apt/log" 2>&1 || { unset APT_CONFIG; continue; }
      local candidate
      candidate=$(apt-cache policy libnode-dev | awk '/Candidate:/{print $2}')
      if ! dpkg --compare-versions "${candidate/(none)/0}" ge 24; then unset APT_CONFIG; continue; fi
      libraries=$(closure)
      (cd "$dir/apt/archives" && apt-get download -qq $libraries "${headers[@]}" >>"$dir/apt/log" 2>&1) ||
        { cat "$dir/apt/log" >&2; fail "the packages of Debian $suite can't be downloaded, see above"; }
      unset APT_CONFIG
      unpack "$dir/apt/archives"
      sed -i "1i # unpacked from Debian $suite" "$dir/engine.manifest.new"
      keep_manifest
      rm -rf "$dir/apt"
      return 0
    done
  done
  [ -e "$dir/apt/log" ] && cat "$dir/apt/log" >&2
  fail "no V8 $wanted_v8: this system's libnode is older and no mirror of its apt sources offers Debian ${suites[*]/%/,}" \
    "tried: ${tried[*]:-no mirror found}. Ways out: ENGINE_DEBS=FOLDER with the .debs of ${headers[*]} and of what they" \
    "need, from Debian forky; or the archive of 'make dist' from a machine that has a mirror"
}

command -v dpkg-deb >/dev/null || fail "dpkg is needed to unpack the engine's packages"
[ -d "$root" ] || rm -f "$dir/engine.stamp"
stamp=$(cat "$top/deploy/engine.sh" "$top/deploy/bind_local.c" - <<<"${ENGINE_DEBS:-}" | cksum)
if [ -n "${ENGINE_DEBS:-}" ]; then
  [ -d "$ENGINE_DEBS" ] || fail "ENGINE_DEBS=$ENGINE_DEBS is no folder"
  [ "$(cat "$dir/engine.stamp" 2>/dev/null)" = "$stamp" ] || { unpack "$ENGINE_DEBS"; keep_manifest; }
  use_prefix "from the packages in $ENGINE_DEBS"
elif from_system; then
  :
else
  [ "$(cat "$dir/engine.stamp" 2>/dev/null)" = "$stamp" ] || from_mirror
  use_prefix "unpacked $(sed -n '1s/^# unpacked //p' "$dir/engine.manifest") (this system has no libnode with V8 $wanted_v8 or newer)"
fi
echo "$stamp" >"$dir/engine.stamp"
