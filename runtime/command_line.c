/*
 * command_line.c: options up to the program's name, from NODE_OPTIONS first and then from the command line.
 *
 * C only sorts: what a program is (a file, a text, standard input), what the engine must know before it starts, and
 * what JS must know (each such option becomes a call of run_main's `option`). An option that is not in the table goes
 * to the engine, which knows its own flags; what it does not know either is a bad option. Names are Node's.
 */
#include "command_line.h"

#include <errno.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"

enum { EXIT_BAD_OPTION = 9 };

typedef enum option_kind {
  option_js,     /* JS sets it */
  option_ignore, /* accepted: nothing to do here */
  option_eval,
  option_print,
  option_check,
  option_help,
  option_version,
  option_engine_options,
  option_stdin,           /* -i: what is typed is read as a script */
  option_engine,          /* a flag of the engine that may stand in NODE_OPTIONS; the others may not */
  option_shadow_realm,    /* a flag of the engine under Node's name */
  option_heap_percentage, /* the heap's limit in percent of the machine's memory */
  option_missing,         /* Node has it, we do not yet */
} option_kind;

typedef struct option_entry {
  const char *name;
  const char *letter; /* "-x" or NULL */
  bool takes_value;
  bool in_environment; /* may stand in NODE_OPTIONS */
  option_kind kind;
  const char *help; /* NULL: not in --help */
} option_entry;

static const option_entry option_table[] = {
    {"--eval", "-e", true, false, option_eval, "CODE          run CODE"},
    {"--print", "-p", false, false, option_print, "[CODE]       run CODE and print its value"},
    {"--check", "-c", false, false, option_check, "             check the syntax of FILE, run nothing"},
    {"--require", "-r", true, true, option_js, "MODULE     load a CommonJS module first (may be repeated)"},
    {"--import", NULL, true, true, option_js, "MODULE          load an ES module first (may be repeated)"},
    {"--conditions", "-C", true, true, option_js, "NAME    a further condition of \"exports\" and \"imports\""},
    {"--input-type", NULL, true, true, option_js, "TYPE        module or commonjs: what CODE or stdin is"},
    {"--env-file", NULL, true, false, option_js, "FILE          set variables of the environment from FILE"},
    {"--env-file-if-exists", NULL, true, false, option_js, "FILE  the same, where there is such a file"},
    {"--title", NULL, true, true, option_js, "NAME             the process's title"},
    {"--unhandled-rejections", NULL, true, true, option_js, "MODE  throw, strict, warn, none, warn-with-error-code"},
    {"--no-warnings", NULL, false, true, option_js, "           print no warnings"},
    {"--trace-warnings", NULL, false, true, option_js, "        print warnings with their stack"},
    {"--no-deprecation", NULL, false, true, option_js, "        print no deprecation warnings"},
    {"--trace-deprecation", NULL, false, true, option_js, "     print them with their stack"},
    {"--throw-deprecation", NULL, false, true, option_js, "     throw them"},
    {"--preserve-symlinks", NULL, false, true, option_js, "     symbolic links are files of their own"},
    {"--preserve-symlinks-main", NULL, false, true, option_js, "the same for FILE itself"},
    {"--no-experimental-require-module", NULL, false, true, option_js, NULL},
    {"--no-experimental-detect-module", NULL, false, true, option_js, NULL},
    {"--use-env-proxy", NULL, false, true, option_js, "         HTTP_PROXY, HTTPS_PROXY, NO_PROXY count"},
    {"--no-use-env-proxy", NULL, false, true, option_js, NULL},
    {"--tls-keylog", NULL, true, true, option_js, NULL},
    {"--tls-cipher-list", NULL, true, true, option_js, NULL},
    {"--tls-min-v1.0", NULL, false, true, option_js, NULL},
    {"--tls-min-v1.1", NULL, false, true, option_js, NULL},
    {"--tls-min-v1.2", NULL, false, true, option_js, NULL},
    {"--tls-min-v1.3", NULL, false, true, option_js, NULL},
    {"--tls-max-v1.2", NULL, false, true, option_js, NULL},
    {"--tls-max-v1.3", NULL, false, true, option_js, NULL},
    {"--use-system-ca", NULL, false, true, option_ignore, NULL}, /* trusted anyway, see tls_roots.c */
    {"--use-openssl-ca", NULL, false, true, option_ignore, NULL},
    {"--use-bundled-ca", NULL, false, true, option_ignore, NULL},
    {"--no-use-system-ca", NULL, false, true, option_ignore, NULL},
    {"--no-use-openssl-ca", NULL, false, true, option_ignore, NULL},
    {"--no-use-bundled-ca", NULL, false, true, option_ignore, NULL},
    {"--enable-source-maps", NULL, false, true, option_ignore, NULL},
    {"--experimental-require-module", NULL, false, true, option_ignore, NULL},
    {"--experimental-detect-module", NULL, false, true, option_ignore, NULL},
    {"--experimental-vm-modules", NULL, false, true, option_ignore, NULL},
    {"--experimental-global-webcrypto", NULL, false, true, option_ignore, NULL},
    {"--experimental-fetch", NULL, false, true, option_ignore, NULL},
    {"--experimental-wasm-modules", NULL, false, true, option_ignore, NULL},
    {"--experimental-websocket", NULL, false, true, option_ignore, NULL},
    {"--experimental-import-meta-resolve", NULL, false, true, option_ignore, NULL},
    {"--experimental-default-type", NULL, true, true, option_ignore, NULL},
    {"--experimental-loader", NULL, true, true, option_missing, NULL},
    {"--no-addons", NULL, false, true, option_ignore, NULL},
    {"--no-global-search-paths", NULL, false, true, option_ignore, NULL},
    {"--pending-deprecation", NULL, false, true, option_ignore, NULL},
    {"--trace-uncaught", NULL, false, true, option_ignore, NULL},
    {"--trace-exit", NULL, false, true, option_ignore, NULL},
    {"--verify-base-objects", NULL, false, true, option_ignore, NULL},
    {"--dns-result-order", NULL, true, true, option_ignore, NULL},
    {"--max-http-header-size", NULL, true, true, option_js, "BYTES  of a message's head (16384)"},
    {"--insecure-http-parser", NULL, false, true, option_js, NULL},
    {"--network-family-autoselection", NULL, false, true, option_js, NULL},
    {"--no-network-family-autoselection", NULL, false, true, option_js, NULL},
    {"--network-family-autoselection-attempt-timeout", NULL, true, true, option_js, NULL},
    {"--disable-warning", NULL, true, true, option_ignore, NULL},
    {"--stack-trace-limit", NULL, true, true, option_engine, NULL},
    {"--max-old-space-size", NULL, true, true, option_engine, NULL},
    {"--max-semi-space-size", NULL, true, true, option_engine, NULL},
    {"--max-heap-size", NULL, true, true, option_engine, NULL},
    {"--abort-on-uncaught-exception", NULL, false, true, option_engine, NULL},
    {"--disallow-code-generation-from-strings", NULL, false, true, option_engine, NULL},
    {"--enable-etw-stack-walking", NULL, false, true, option_engine, NULL},
    {"--expose-gc", NULL, false, true, option_engine, NULL},
    {"--interpreted-frames-native-stack", NULL, false, true, option_engine, NULL},
    {"--jitless", NULL, false, true, option_engine, NULL},
    {"--perf-basic-prof", NULL, false, true, option_engine, NULL},
    {"--perf-basic-prof-only-functions", NULL, false, true, option_engine, NULL},
    {"--perf-prof", NULL, false, true, option_engine, NULL},
    {"--perf-prof-unwinding-info", NULL, false, true, option_engine, NULL},
    {"--max-old-space-size-percentage", NULL, true, true, option_heap_percentage, NULL},
    {"--experimental-shadow-realm", NULL, false, true, option_shadow_realm, NULL},
    {"--interactive", "-i", false, false, option_stdin, NULL},
    {"--inspect", NULL, false, true, option_missing, NULL},
    {"--inspect-brk", NULL, false, true, option_missing, NULL},
    {"--watch", NULL, false, false, option_missing, NULL},
    {"--test", NULL, false, false, option_missing, NULL},
    {"--run", NULL, true, false, option_missing, NULL},
    {"--v8-options", NULL, false, false, option_engine_options,
     "            the engine's own flags (all are accepted)"},
    {"--version", "-v", false, false, option_version, "           print the version (of Node's API)"},
    {"--help", "-h", false, false, option_help, "              print this"},
    {NULL, NULL, false, false, option_ignore, NULL},
};

/* One option for JS, or one argument of execArgv. */
typedef struct setting {
  const char *name;
  const char *value;
} setting;

typedef struct command_line {
  setting *settings;
  size_t count, capacity;
  const char *code; /* of -e or -p */
  bool print, check, stdin_forced;
  const char *const *arguments; /* what process.argv has after the program's name */
  int argument_count;
  char *environment; /* the storage of NODE_OPTIONS' words */
  int stop;          /* an exit code once nothing is left to do, else -1 */
} command_line;

static bool setting_add(command_line *line, const char *name, const char *value) {
  if (line->count == line->capacity) {
    size_t capacity = line->capacity == 0 ? 16 : line->capacity * 2;
    setting *larger = realloc(line->settings, capacity * sizeof *larger);
    if (larger == NULL) return false;
    line->settings = larger;
    line->capacity = capacity;
  }
  line->settings[line->count++] = (setting){name, value};
  return true;
}

static int bad(const char *format, const char *what) {
  fputs("jsd: ", stderr);
  fprintf(stderr, format, what);
  fputc('\n', stderr);
  return EXIT_BAD_OPTION;
}

static void print_help(void) {
  puts(
      "usage: jsd [OPTIONS] FILE [ARGUMENTS]     run a program\n"
      "       jsd [OPTIONS] -e CODE [ARGUMENTS]  run CODE\n"
      "       jsd [OPTIONS] [-] [ARGUMENTS]      run what comes from standard input\n"
      "       jsd serve, jsd check               the application server (jsd serve --help)\n");
  for (const option_entry *o = option_table; o->name != NULL; o++) {
    if (o->help == NULL) continue;
    printf("  %s%s%s %s\n", o->letter ? o->letter : "", o->letter ? ", " : "    ", o->name, o->help);
  }
  puts("\nNODE_OPTIONS in the environment: options that come first. NODE_PATH: directories to search for modules.");
}

/* Node writes its names with dashes and takes underscores as well. */
static bool name_equal(const char *name, const char *given, size_t length) {
  if (strlen(name) != length) return false;
  for (size_t i = 0; i < length; i++) {
    char c = given[i] == '_' && i > 1 ? '-' : given[i];
    if (name[i] != c) return false;
  }
  return true;
}

static const option_entry *option_find(const char *given, size_t length) {
  for (const option_entry *o = option_table; o->name != NULL; o++) {
    if (name_equal(o->name, given, length)) return o;
    if (o->letter != NULL && name_equal(o->letter, given, length)) return o;
  }
  return NULL;
}

/* Of the memory that the process may use: a control group's limit counts. */
static int heap_percentage_set(const char *value) {
  char *end = NULL, flag[64];
  double percent = value != NULL ? strtod(value, &end) : 0;
  if (end == value || *end != 0 || !(percent > 0 && percent <= 100))
    return bad("--max-old-space-size-percentage must be greater than 0 and up to 100. Got: %s", value);
  uint64_t total = uv_get_total_memory(), limit = uv_get_constrained_memory();
  if (limit > 0 && limit < total) total = limit;
  snprintf(flag, sizeof flag, "--max-old-space-size=%.0f", (double)(total >> 20) * percent / 100);
  js_flags_set(flag);
  return 0;
}

/* What `o` does; value may be NULL. Returns 0, or an exit code. */
static int option_apply(command_line *line, const option_entry *o, const char *value) {
  switch (o->kind) {
    case option_js:
      return setting_add(line, o->name, value) ? 0 : 1;
    case option_ignore:
      return 0;
    case option_eval:
      line->code = value;
      return 0;
    case option_print:
      line->print = true;
      return 0;
    case option_check:
      line->check = true;
      return 0;
    case option_stdin:
      line->stdin_forced = true;
      return 0;
    case option_engine:
      return 0; /* option_read has given it to the engine */
    case option_shadow_realm:
      js_flags_set("--harmony-shadow-realm");
      return 0;
    case option_heap_percentage:
      return heap_percentage_set(value);
    case option_missing:
      return bad("%s is not implemented", o->name);
    case option_help:
      print_help();
      line->stop = 0;
      return 0;
    case option_version:
      line->stop = 1;
      return 0;
    case option_engine_options:
      js_flags_set("--help");
      line->stop = 0;
      return 0;
  }
  return 0;
}

/*
 * words[0] begins with a dash. *taken: how many words it was. -p takes the next word as its code where that is no
 * option, as in Node; -pe is -p -e.
 */
static int option_read(command_line *line, int left, const char *const *words, bool environment, int *taken) {
  const char *word = words[0];
  *taken = 1;
  if (!environment && strcmp(word, "-pe") == 0) {
    line->print = true;
    word = "-e";
  }
  const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
  const option_entry *o = option_find(word, equals != NULL ? (size_t)(equals - word) : strlen(word));
  if (environment && (o == NULL || !o->in_environment)) return bad("%s is not allowed in NODE_OPTIONS", words[0]);
  if (o == NULL || o->kind == option_engine) {
    if (strncmp(word, "--", 2) != 0 || word[2] == 0 || js_flags_set(word) != napi_ok)
      return bad("bad option: %s", words[0]);
    return 0;
  }
  const char *value = equals != NULL ? equals + 1 : NULL;
  if (o->takes_value && value == NULL) {
    if (left < 2 || (words[1][0] == '-' && words[1][1] != 0 && o->kind != option_eval))
      return bad("%s requires an argument", words[0]);
    value = words[1];
    *taken = 2;
  }
  if (o->kind == option_print && left > 1 && words[1][0] != '-') {
    line->code = words[1];
    *taken = 2;
  }
  return option_apply(line, o, value);
}

/* Splits NODE_OPTIONS in place: blanks separate, double quotes keep them, a backslash within quotes escapes. */
static int environment_read(command_line *line) {
  enum { MAX_WORDS = 256 };
  const char *text = getenv("NODE_OPTIONS");
  const char *words[MAX_WORDS];
  int count = 0;
  if (text == NULL || *text == 0) return 0;
  char *out = line->environment = calloc(strlen(text) + 2, 1);
  if (out == NULL) return 1;
  bool quoted = false, in_word = false;
  for (const char *c = text; *c != 0; c++) {
    if (!quoted && isspace((unsigned char)*c)) {
      if (in_word) *out++ = 0;
      in_word = false;
      continue;
    }
    if (!in_word && count < MAX_WORDS) words[count++] = out;
    in_word = true;
    if (*c == '"')
      quoted = !quoted;
    else if (*c == '\\' && quoted && c[1] != 0)
      *out++ = *++c;
    else
      *out++ = *c;
  }
  *out = 0;
  if (quoted) return bad("invalid value for NODE_OPTIONS (%s)", "unterminated string");
  for (int i = 0, taken; i < count; i += taken) {
    if (words[i][0] != '-') return bad("%s is not allowed in NODE_OPTIONS", words[i]);
    int code = option_read(line, count - i, words + i, true, &taken);
    if (code != 0) return code;
  }
  return 0;
}

static int arguments_read(command_line *line, int argc, const char *const *argv) {
  int i = 1;
  while (i < argc && argv[i][0] == '-' && argv[i][1] != 0) {
    int taken = 1;
    if (strcmp(argv[i], "--") == 0) {
      i++;
      break;
    }
    int code = option_read(line, argc - i, argv + i, false, &taken);
    if (code != 0) return code;
    for (int j = 0; j < taken; j++) {
      if (!setting_add(line, "exec-arg", argv[i + j])) return 1;
    }
    i += taken;
  }
  line->arguments = argv + i;
  line->argument_count = argc - i;
  return 0;
}

/* Which of run_main's functions it is, and its one argument. NULL: there is nothing to run. */
static const char *program_of(const command_line *line, const char **argument) {
  bool dash = line->argument_count > 0 && strcmp(line->arguments[0], "-") == 0;
  *argument = line->argument_count > 0 ? line->arguments[0] : NULL;
  if (line->stop == 1) return "version";
  if (line->check) return "check";
  if (line->code != NULL) {
    *argument = line->code;
    return line->print ? "print" : "eval";
  }
  if (line->argument_count > 0 && !dash) return "run_file";
  *argument = line->print ? "print" : NULL;
  return dash || line->stdin_forced || !isatty(0) ? "stdin" : NULL;
}

/* False: said on stderr. An exception has been reported by then; whether it ends the process is up to the program's
 * handlers. */
static bool main_called(runtime *rt, const char *name, int argc, const char *const *argv) {
  int err = runtime_main(rt, name, argc, argv);
  if (err == 0 || err == -ECANCELED) return true;
  fprintf(stderr, "jsd: %s: %s\n", name, strerror(-err));
  return false;
}

static int run(const command_line *line) {
  const char *argument;
  const char *program = program_of(line, &argument);
  if (program == NULL) {
    print_help();
    return 0;
  }
  runtime_options options = {0};
  runtime *rt = NULL;
  int err = runtime_create(&options, &rt);
  if (err == 0) err = runtime_start(rt, line->argument_count, line->arguments, NULL);
  if (err != 0) {
    fprintf(stderr, "jsd: the JavaScript engine could not be started: %s\n", strerror(-err));
    return 1;
  }
  for (size_t i = 0; i < line->count; i++) {
    const char *pair[] = {line->settings[i].name, line->settings[i].value};
    if (!main_called(rt, "option", pair[1] != NULL ? 2 : 1, pair)) return 1;
  }
  if (!main_called(rt, program, argument != NULL ? 1 : 0, &argument)) return 1;
  int code = runtime_run(rt);
  /* Not runtime_destroy: taking the heap apart costs milliseconds, and the process ends anyway. */
  fflush(NULL);
  _exit(code & 0xff);
}

int command_line_main(int argc, char **argv) {
  argv = uv_setup_args(argc, argv);
  command_line line = {.stop = -1};
  int code = environment_read(&line);
  if (code == 0) code = arguments_read(&line, argc, (const char *const *)argv);
  if (code == 0 && line.stop != 0) code = run(&line);
  free(line.settings);
  free(line.environment);
  return code;
}
