/*
 * command_line_options.c: the options, Node's names throughout (Node documentation: Command-line API).
 *
 * An option is acted on here, or by JS when it looks for it; some mean nothing in this program and are accepted all the
 * same, so that the scripts that have them run. What is refused says why: a program that asked for it would not do what
 * was asked. The engine knows its own flags, those that programs may have in NODE_OPTIONS are listed here too.
 */
#include "command_line_options.h"

#include <stdio.h>
#include <string.h>

const option_entry command_line_options[] = {
    {"--eval", "-e", NULL, option_required, false, option_eval, "CODE|run CODE"},
    {"--print", "-p", NULL, option_flag, false, option_print, "[CODE]|run CODE and print its value"},
    {"--check", "-c", NULL, option_flag, false, option_check, "|check the syntax of FILE, run nothing"},
    {"--test", NULL, NULL, option_flag, false, option_test, "|run test files (node:test)"},
    {"--run", NULL, NULL, option_required, false, option_run, "NAME|run a script of package.json"},
    {"--watch", NULL, NULL, option_flag, true, option_js, "|run again when a file of the program changes"},
    {"--require", "-r", NULL, option_required, true, option_js,
     "MODULE|load a CommonJS module first (may be repeated)"},
    {"--import", NULL, NULL, option_required, true, option_js, "MODULE|load an ES module first (may be repeated)"},
    {"--conditions", "-C", NULL, option_required, true, option_js,
     "NAME|a further condition of \"exports\" and \"imports\""},
    {"--input-type", NULL, NULL, option_required, true, option_js, "TYPE|module, commonjs, either with -typescript: what CODE or stdin is"},
    {"--env-file", NULL, NULL, option_required, false, option_js, "FILE|set variables of the environment from FILE"},
    {"--env-file-if-exists", NULL, NULL, option_required, false, option_js,
     "FILE|the same, where there is such a file"},
    {"--title", NULL, NULL, option_required, true, option_js, "NAME|the process's title"},
    {"--unhandled-rejections", NULL, NULL, option_required, true, option_js,
     "MODE|throw, strict, warn, none, warn-with-error-code"},
    {"--warnings", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-warnings", NULL, NULL, option_flag, true, option_js, "|print warnings with their stack"},
    {"--disable-warning", NULL, NULL, option_required, true, option_js,
     "CODE|print no warnings of this code or type (may be repeated)"},
    {"--redirect-warnings", NULL, NULL, option_required, true, option_js, "FILE|write warnings to FILE"},
    {"--deprecation", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-deprecation", NULL, NULL, option_flag, true, option_js, "|print deprecation warnings with their stack"},
    {"--throw-deprecation", NULL, NULL, option_flag, true, option_js, "|throw them"},
    {"--pending-deprecation", NULL, NULL, option_flag, true, option_js, "|print also those that are not printed yet"},
    {"--enable-source-maps", NULL, NULL, option_flag, true, option_js,
     "|stacks name the places in the sources of compiled files"},
    {"--preserve-symlinks", NULL, NULL, option_flag, true, option_js, "|symbolic links are files of their own"},
    {"--preserve-symlinks-main", NULL, NULL, option_flag, true, option_js, "|the same for FILE itself"},
    {"--entry-url", NULL, NULL, option_flag, true, option_js, "|FILE is a URL"},
    {"--disable-proto", NULL, NULL, option_required, true, option_js,
     "MODE|delete or throw: what becomes of __proto__"},
    {"--max-http-header-size", NULL, NULL, option_required, true, option_js,
     "BYTES|of the head of a request or response"},
    {"--dns-result-order", NULL, NULL, option_required, true, option_js, "ORDER|ipv4first, ipv6first or verbatim"},
    {"--use-env-proxy", NULL, NULL, option_flag, true, option_js, "|HTTP_PROXY, HTTPS_PROXY, NO_PROXY count"},
    {"--tls-keylog", NULL, NULL, option_required, true, option_js, "FILE|write the keys of TLS connections to FILE"},
    {"--tls-cipher-list", NULL, NULL, option_required, true, option_js, "LIST|the ciphers of TLS connections"},
    {"--tls-min-v1.0", NULL, NULL, option_flag, true, option_js, NULL},
    {"--tls-min-v1.1", NULL, NULL, option_flag, true, option_js, NULL},
    {"--tls-min-v1.2", NULL, NULL, option_flag, true, option_js, NULL},
    {"--tls-min-v1.3", NULL, NULL, option_flag, true, option_js, NULL},
    {"--tls-max-v1.2", NULL, NULL, option_flag, true, option_js, NULL},
    {"--tls-max-v1.3", NULL, NULL, option_flag, true, option_js, NULL},
    {"--test-name-pattern", NULL, NULL, option_required, true, option_js,
     "PATTERN|run tests whose name matches (may be repeated)"},
    {"--test-skip-pattern", NULL, NULL, option_required, true, option_js,
     "PATTERN|leave out tests whose name matches (may be repeated)"},
    {"--test-only", NULL, NULL, option_flag, true, option_js, "|run tests with `only`"},
    {"--test-reporter", NULL, NULL, option_required, true, option_js,
     "NAME|spec, tap, dot, junit, lcov, or a module (may be repeated)"},
    {"--test-reporter-destination", NULL, NULL, option_required, true, option_js,
     "FILE|stdout, stderr or a file, for each reporter"},
    {"--test-concurrency", NULL, NULL, option_required, false, option_js, "N|test files at a time"},
    {"--test-timeout", NULL, NULL, option_required, false, option_js, "MS|of each test"},
    {"--test-force-exit", NULL, NULL, option_flag, false, option_js, "|exit once all tests are through"},
    {"--test-shard", NULL, NULL, option_required, true, option_js, "I/N|run the I-th of N parts of the test files"},
    {"--test-isolation", NULL, "--experimental-test-isolation", option_required, true, option_js,
     "MODE|process or none"},
    {"--test-global-setup", NULL, NULL, option_required, true, option_js,
     "FILE|a module with globalSetup and globalTeardown"},
    {"--test-update-snapshots", NULL, NULL, option_flag, false, option_js, "|write the snapshots of tests anew"},
    {"--test-rerun-failures", NULL, NULL, option_required, true, option_js,
     "FILE|run only what has not passed yet; FILE keeps the state"},
    {"--test-randomize", NULL, NULL, option_flag, true, option_js, "|run tests in a random order"},
    {"--test-random-seed", NULL, NULL, option_required, true, option_js, "N|in the order that N decides"},
    {"--experimental-test-tag-filter", NULL, NULL, option_required, false, option_js,
     "TAG|run tests that have this tag (may be repeated)"},
    {"--experimental-test-coverage", NULL, NULL, option_flag, false, option_js, "|report what the tests covered"},
    {"--test-coverage-include", NULL, NULL, option_required, true, option_js, "GLOB|files to report (may be repeated)"},
    {"--test-coverage-exclude", NULL, NULL, option_required, true, option_js,
     "GLOB|files to leave out (may be repeated)"},
    {"--test-coverage-lines", NULL, NULL, option_required, true, option_js, "PERCENT|fail where less is covered"},
    {"--test-coverage-branches", NULL, NULL, option_required, true, option_js, "PERCENT|fail where less is covered"},
    {"--test-coverage-functions", NULL, NULL, option_required, true, option_js, "PERCENT|fail where less is covered"},
    {"--experimental-test-module-mocks", NULL, NULL, option_flag, false, option_js, "|mock.module()"},
    {"--watch-path", NULL, NULL, option_required, true, option_js, "PATH|what --watch looks at (may be repeated)"},
    {"--watch-preserve-output", NULL, NULL, option_flag, true, option_js, "|--watch clears no screen"},
    {"--watch-kill-signal", NULL, NULL, option_required, true, option_js, "SIGNAL|how --watch ends the program"},
    {"--addons", NULL, NULL, option_flag, true, option_js, NULL},
    {"--global-search-paths", NULL, NULL, option_flag, true, option_js, NULL},
    {"--require-module", NULL, "--experimental-require-module", option_flag, true, option_js, NULL},
    {"--trace-env", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-env-js-stack", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-env-native-stack", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-detect-module", NULL, NULL, option_flag, true, option_js, NULL},
    {"--force-context-aware", NULL, NULL, option_flag, true, option_js, NULL},
    {"--disable-sigusr1", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-tls", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-import-meta-resolve", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-import-text", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-sigint", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-exit", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-uncaught", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-sync-io", NULL, NULL, option_flag, true, option_js, NULL},
    {"--trace-promises", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-transform-types", NULL, NULL, option_flag, true, option_js, NULL},
    {"--track-heap-objects", NULL, NULL, option_flag, true, option_js, NULL},
    {"--extra-info-on-fatal-exception", NULL, NULL, option_flag, true, option_js, NULL},
    {"--network-family-autoselection", NULL, "--enable-network-family-autoselection", option_flag, true, option_js,
     NULL},
    {"--force-async-hooks-checks", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-sqlite", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-stream-iter", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-webstorage", NULL, NULL, option_flag, true, option_js, NULL},
    {"--openssl-shared-config", NULL, NULL, option_flag, true, option_js, NULL},
    {"--openssl-legacy-provider", NULL, NULL, option_flag, true, option_js, NULL},
    {"--zero-fill-buffers", NULL, NULL, option_flag, true, option_js, NULL},
    {"--async-context-frame", NULL, NULL, option_flag, true, option_js, NULL},
    {"--debug-arraybuffer-allocations", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-repl-await", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-websocket", NULL, NULL, option_flag, true, option_js, NULL},
    {"--use-openssl-ca", NULL, NULL, option_flag, true, option_js, NULL},
    {"--use-bundled-ca", NULL, NULL, option_flag, true, option_js, NULL},
    {"--use-system-ca", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-addon-modules", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-global-navigator", NULL, NULL, option_flag, true, option_js, NULL},
    {"--node-snapshot", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-eventsource", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-vm-modules", NULL, NULL, option_flag, true, option_js, NULL},
    {"--disable-wasm-trap-handler", NULL, NULL, option_flag, true, option_js, NULL},
    {"--verify-base-objects", NULL, NULL, option_flag, true, option_js, NULL},
    {"--force-node-api-uncaught-exceptions-policy", NULL, NULL, option_flag, true, option_js, NULL},
    {"--insecure-http-parser", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-print-required-tla", NULL, NULL, option_flag, true, option_js, NULL},
    {"--node-memory-debug", NULL, NULL, option_bare, true, option_js, NULL},
    {"--report-exclude-env", NULL, NULL, option_flag, true, option_js, NULL},
    {"--report-exclude-network", NULL, NULL, option_flag, true, option_js, NULL},
    {"--report-on-signal", NULL, NULL, option_flag, true, option_js, NULL},
    {"--report-on-fatalerror", NULL, NULL, option_flag, true, option_js, NULL},
    {"--report-uncaught-exception", NULL, NULL, option_flag, true, option_js, NULL},
    {"--report-compact", NULL, NULL, option_flag, true, option_js, NULL},
    {"--experimental-network-inspection", NULL, NULL, option_flag, false, option_js, NULL},
    {"--experimental-worker-inspection", NULL, NULL, option_flag, false, option_js, NULL},
    {"--experimental-storage-inspection", NULL, NULL, option_flag, false, option_js, NULL},
    {"--experimental-inspector-network-resource", NULL, NULL, option_flag, false, option_js, NULL},
    {"--strip-types", NULL, "--experimental-strip-types", option_flag, true, option_js, NULL},
    {"--experimental-fetch", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-global-customevent", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-global-webcrypto", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-wasm-modules", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-worker", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-report", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-abortcontroller", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-top-level-await", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-json-modules", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-modules", NULL, NULL, option_bare, true, option_js, NULL},
    {"--napi-modules", NULL, NULL, option_bare, true, option_js, NULL},
    {"--http-parser", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-wasi-unstable-preview1", NULL, NULL, option_bare, true, option_js, NULL},
    {"--trace-events-enabled", NULL, NULL, option_bare, true, option_js, NULL},
    {"--experimental-specifier-resolution", NULL, "--es-module-specifier-resolution", option_required, true, option_js,
     NULL},
    {"--experimental-loader", NULL, "--loader", option_required, true, option_js, NULL},
    {"--trace-require-module", NULL, NULL, option_required, true, option_js, NULL},
    {"--diagnostic-dir", NULL, NULL, option_required, true, option_js, NULL},
    {"--heapsnapshot-signal", NULL, NULL, option_required, true, option_js, NULL},
    {"--network-family-autoselection-attempt-timeout", NULL, NULL, option_required, true, option_js, NULL},
    {"--localstorage-file", NULL, NULL, option_required, true, option_js, NULL},
    {"--report-signal", NULL, NULL, option_required, true, option_js, NULL},
    {"--report-filename", NULL, NULL, option_required, true, option_js, NULL},
    {"--report-dir", NULL, "--report-directory", option_required, true, option_js, NULL},
    {"--v8-pool-size", NULL, NULL, option_required, true, option_js, NULL},
    {"--trace-event-file-pattern", NULL, NULL, option_required, true, option_js, NULL},
    {"--trace-event-categories", NULL, NULL, option_required, true, option_js, NULL},
    {"--secure-heap", NULL, NULL, option_required, true, option_js, NULL},
    {"--secure-heap-min", NULL, NULL, option_required, true, option_js, NULL},
    {"--openssl-config", NULL, NULL, option_required, true, option_js, NULL},
    {"--use-largepages", NULL, NULL, option_required, true, option_js, NULL},
    {"--icu-data-dir", NULL, NULL, option_required, true, option_js, NULL},
    {"--heapsnapshot-near-heap-limit", NULL, NULL, option_required, true, option_js, NULL},
    {"--experimental-package-map", NULL, NULL, option_required, true, option_js, NULL},
    {"--experimental-default-type", NULL, NULL, option_required, false, option_js, NULL},
    {"--experimental-default-config-file", NULL, NULL, option_flag, false, option_js, NULL},
    {"--experimental-config-file", NULL, NULL, option_optional, false, option_js, NULL},
    {"--inspect", NULL, NULL, option_optional, true, option_refused, "no inspector yet"},
    {"--inspect-brk", NULL, NULL, option_optional, true, option_refused, "no inspector yet"},
    {"--inspect-wait", NULL, NULL, option_optional, true, option_refused, "no inspector yet"},
    {"--inspect-port", NULL, "--debug-port", option_required, true, option_refused, "no inspector yet"},
    {"--inspect-publish-uid", NULL, NULL, option_required, true, option_refused, "no inspector yet"},
    {"--permission", NULL, NULL, option_flag, true, option_refused, "there is no permission model yet"},
    {"--permission-audit", NULL, NULL, option_flag, true, option_refused, "there is no permission model yet"},
    {"--allow-fs-read", NULL, NULL, option_required, true, option_refused, "--permission is required"},
    {"--allow-fs-write", NULL, NULL, option_required, true, option_refused, "--permission is required"},
    {"--allow-addons", NULL, NULL, option_flag, true, option_refused, "--permission is required"},
    {"--allow-child-process", NULL, NULL, option_flag, true, option_refused, "--permission is required"},
    {"--allow-inspector", NULL, NULL, option_flag, true, option_refused, "--permission is required"},
    {"--allow-openssl-store", NULL, NULL, option_flag, true, option_refused, "--permission is required"},
    {"--allow-wasi", NULL, NULL, option_flag, true, option_refused, "--permission is required"},
    {"--allow-worker", NULL, NULL, option_flag, true, option_refused, "--permission is required"},
    {"--cpu-prof", NULL, NULL, option_flag, true, option_refused, "there is no sampling profiler yet"},
    {"--cpu-prof-dir", NULL, NULL, option_required, true, option_refused, "there is no sampling profiler yet"},
    {"--cpu-prof-interval", NULL, NULL, option_required, true, option_refused, "there is no sampling profiler yet"},
    {"--cpu-prof-name", NULL, NULL, option_required, true, option_refused, "there is no sampling profiler yet"},
    {"--heap-prof", NULL, NULL, option_flag, true, option_refused, "there is no sampling profiler yet"},
    {"--heap-prof-dir", NULL, NULL, option_required, true, option_refused, "there is no sampling profiler yet"},
    {"--heap-prof-interval", NULL, NULL, option_required, true, option_refused, "there is no sampling profiler yet"},
    {"--heap-prof-name", NULL, NULL, option_required, true, option_refused, "there is no sampling profiler yet"},
    {"--build-snapshot", NULL, NULL, option_flag, false, option_refused,
     "programs cannot be kept as a snapshot of the heap"},
    {"--build-snapshot-config", NULL, NULL, option_required, false, option_refused,
     "programs cannot be kept as a snapshot of the heap"},
    {"--snapshot-blob", NULL, NULL, option_required, true, option_refused,
     "programs cannot be kept as a snapshot of the heap"},
    {"--experimental-sea-config", NULL, NULL, option_required, false, option_refused,
     "programs cannot be made part of the executable"},
    {"--prof-process", NULL, NULL, option_bare, true, option_refused,
     "it reads V8's logs with a program that is part of Node"},
    {"--enable-fips", NULL, NULL, option_flag, true, option_refused, "OpenSSL comes without its FIPS provider"},
    {"--force-fips", NULL, NULL, option_flag, true, option_refused, "OpenSSL comes without its FIPS provider"},
    {"--frozen-intrinsics", NULL, NULL, option_flag, true, option_refused,
     "what built-in modules set up lazily could not be set up any more"},
    {"--experimental-quic", NULL, NULL, option_bare, true, option_refused, "there is no QUIC"},
    {"--stack-trace-limit", NULL, NULL, option_required, true, option_engine, NULL},
    {"--max-old-space-size", NULL, NULL, option_required, true, option_engine, NULL},
    {"--max-semi-space-size", NULL, NULL, option_required, true, option_engine, NULL},
    {"--max-heap-size", NULL, NULL, option_required, true, option_engine, NULL},
    {"--abort-on-uncaught-exception", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--disallow-code-generation-from-strings", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--enable-etw-stack-walking", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--expose-gc", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--interpreted-frames-native-stack", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--jitless", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--perf-basic-prof", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--perf-basic-prof-only-functions", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--perf-prof", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--perf-prof-unwinding-info", NULL, NULL, option_flag, true, option_engine, NULL},
    {"--max-old-space-size-percentage", NULL, NULL, option_required, true, option_heap_percentage, NULL},
    {"--experimental-shadow-realm", NULL, NULL, option_flag, true, option_shadow_realm, NULL},
    {"--interactive", "-i", NULL, option_flag, false, option_stdin, NULL},
    {"--completion-bash", NULL, NULL, option_flag, false, option_bash_completion, "|print completions for bash"},
    {"--v8-options", NULL, NULL, option_flag, false, option_engine_options,
     "|the engine's own flags (all are accepted)"},
    {"--version", "-v", NULL, option_flag, false, option_version, "|print the version (of Node's API)"},
    {"--help", "-h", NULL, option_flag, false, option_help, "|print this"},
    {NULL, NULL, NULL, option_flag, false, option_js, NULL},
};

/* Node writes its names with dashes and takes underscores as well. */
static bool name_equal(const char *name, const char *given, size_t length) {
  if (name == NULL || strlen(name) != length) return false;
  for (size_t i = 0; i < length; i++) {
    char c = given[i] == '_' && i > 1 ? '-' : given[i];
    if (name[i] != c) return false;
  }
  return true;
}

static const option_entry *entry_find(const char *given, size_t length) {
  for (const option_entry *o = command_line_options; o->name != NULL; o++) {
    if (name_equal(o->name, given, length) || name_equal(o->letter, given, length) ||
        name_equal(o->alias, given, length))
      return o;
  }
  return NULL;
}

const option_entry *command_line_option_find(const char *given, size_t length, bool *negated) {
  *negated = false;
  const option_entry *o = entry_find(given, length);
  if (o != NULL || length < 6 || strncmp(given, "--no", 4) != 0 || (given[4] != '-' && given[4] != '_')) return o;
  char name[128] = "--";
  if (length - 5 + 2 >= sizeof name) return NULL;
  memcpy(name + 2, given + 5, length - 5);
  *negated = true;
  return entry_find(name, length - 3);
}

void command_line_help_print(void) {
  puts(
      "usage: jsd [OPTIONS] FILE [ARGUMENTS]     run a program\n"
      "       jsd [OPTIONS] -e CODE [ARGUMENTS]  run CODE\n"
      "       jsd [OPTIONS] [-] [ARGUMENTS]      run what comes from standard input\n"
      "       jsd --test [PATTERNS]              run test files\n"
      "       jsd serve, jsd check               the application server (jsd serve --help)\n");
  for (const option_entry *o = command_line_options; o->name != NULL; o++) {
    if (o->text == NULL || o->kind == option_refused) continue;
    const char *bar = strchr(o->text, '|');
    char left[80];
    snprintf(left, sizeof left, "%s%s%s %.*s", o->letter ? o->letter : "", o->letter ? ", " : "    ", o->name,
             (int)(bar - o->text), o->text);
    printf("  %-40s %s\n", left, bar + 1);
  }
  puts(
      "\nNODE_OPTIONS in the environment: options that come first. NODE_PATH: directories to search for modules.\n"
      "All names of Node's options are known; those not listed here mean nothing in jsd, or are refused with a "
      "reason.");
}
