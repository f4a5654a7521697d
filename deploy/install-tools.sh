#!/bin/bash
# install-tools.sh TOOL: one that only one target of the Makefile needs: clang, clang-tidy, clang-format, testssl, chromium.
# Debian's, as root, where there is none; `clang` has to link a libFuzzer program with AddressSanitizer, so its runtime
# comes along, in the version that fits the clang found; chromium brings certutil, for the store of authorities that it
# trusts. Says why where that does not work.
set -euo pipefail
. "$(dirname "$0")/apt.sh"

tool=${1:?tool}
case $tool in
  testssl) packages=(testssl.sh) ;;
  chromium) packages=(chromium libnss3-tools) ;;
  *) packages=("$tool") ;;
esac
command -v "$tool" >/dev/null || need_packages "${packages[@]}"
command -v "$tool" >/dev/null || fail "$tool is not in PATH"
[ "$tool" = clang ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return 0; }' >"$work/probe.c"
fuzzer_links() { clang -fsanitize=fuzzer,address,undefined "$work/probe.c" -o "$work/probe" >"$work/log" 2>&1; }
fuzzer_links && exit 0
major=$(clang -dumpversion | cut -d. -f1)
need_packages "libclang-rt-$major-dev" gcc
fuzzer_links || { cat "$work/log" >&2; fail "clang $major links no fuzzer, see above"; }
