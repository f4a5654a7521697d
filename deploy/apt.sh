# apt.sh, sourced by the set-up scripts: Debian packages and mirrors, with one clear line where something fails.

fail() { echo "jsd set-up: $*" >&2; exit 1; }

# need_packages PACKAGE...: installs what is missing (as root; an ordinary user is told which ones). Where apt can't,
# its own last words are printed.
need_packages() {
  local missing=() p log
  for p in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "these Debian packages are missing, and only root can install them: ${missing[*]}"
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "apt-get update failed, see above"; }
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "apt can't install ${missing[*]}, see above"; }
  rm -f "$log"
}

# mirrors: those that apt knows for the distribution itself, one a line.
mirrors() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>/dev/null |
    awk '$3 == "main" && $2 !~ /-(security|updates|backports)/ && $1 !~ /security/ && !seen[$1]++ {print $1}'
}

# archive_keyring: Debian's own keys on this machine, or nothing.
archive_keyring() {
  local file
  for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
    [ ! -e "$file" ] || { echo "$file"; return; }
  done
}

# apt_private DIR deb|deb-src MIRROR SUITE: an apt configuration in DIR that knows this one source and an empty system, and
# is used from here on (APT_CONFIG).
apt_private() {
  local apt=$1
  rm -rf "$apt"
  mkdir -p "$apt"/lists/partial "$apt"/archives/partial "$apt"/empty
  touch "$apt/status"
  local keyring
  keyring=$(archive_keyring)
  echo "$2 ${keyring:+[signed-by=$keyring] }$3 $4 main" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/empty";
Dir::Etc::preferences "$apt/none";
Dir::Etc::preferencesparts "$apt/empty";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
APT::Default-Release "";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
CONF
  export APT_CONFIG=$apt/apt.conf
}
