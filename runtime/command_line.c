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

#include "command_line_options.h"
#include "runtime.h"

enum { EXIT_BAD_OPTION = 9 };

/* One option for JS, or one argument of execArgv. */
typedef struct setting {
  const char *name;
  const char *value;
} setting;

typedef struct command_line {
  setting *settings;
  size_t count, capacity;
  const char *code; /* of -e or -p */
  bool print, check, test, interactive;
  const char *script;           /* of --run */
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

/* How messages name the program: its path, as Node's do. */
static const char *program_path(void) {
  static char path[4096];
  size_t size = sizeof path;
  if (path[0] == 0 && uv_exepath(path, &size) != 0) return "jsd";
  return path;
}

/* What the words ask for cannot be had. */
static int bad(const char *format, const char *what) {
  fprintf(stderr, "%s: ", program_path());
  fprintf(stderr, format, what);
  fputc('\n', stderr);
  return EXIT_BAD_OPTION;
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

/* --flag VALUE: the engine wants one word. */
static int engine_value_set(const char *word, const char *value) {
  char flag[256];
  if ((size_t)snprintf(flag, sizeof flag, "%s=%s", word, value) >= sizeof flag) return bad("bad option: %s", word);
  return js_flags_set(flag) == napi_ok ? 0 : bad("bad option: %s", word);
}

static void bash_completion_print(void) {
  puts(
      "_jsd_complete() {\n  local cur_word options\n  cur_word=\"${COMP_WORDS[COMP_CWORD]}\"\n"
      "  if [[ \"${cur_word}\" == -* ]] ; then\n    COMPREPLY=( $(compgen -W '");
  for (const option_entry *o = command_line_options; o->name != NULL; o++) printf("%s ", o->name);
  puts(
      "' -- \"${cur_word}\") )\n    return 0\n  else\n    COMPREPLY=( $(compgen -f \"${cur_word}\") )\n    return 0\n  "
      "fi\n}\n"
      "complete -o filenames -o nospace -o bashdefault -F _jsd_complete jsd");
}

/* What `o` does; value may be NULL. Returns 0, or an exit code. */
static int option_apply(command_line *line, const option_entry *o, const char *value, const char *word) {
  switch (o->kind) {
    case option_js:
      return setting_add(line, o->name, value) ? 0 : 1;
    case option_eval:
      line->code = value;
      break;
    case option_print:
      line->print = true;
      break;
    case option_check:
      line->check = true;
      break;
    case option_test:
      line->test = true;
      return setting_add(line, o->name, NULL) ? 0 : 1;
    case option_run:
      line->script = value;
      break;
    case option_stdin:
      line->interactive = true;
      break;
    case option_engine:
      return js_flags_set(word) == napi_ok ? 0 : bad("bad option: %s", word);
    case option_shadow_realm:
      js_flags_set("--harmony-shadow-realm");
      break;
    case option_heap_percentage:
      return heap_percentage_set(value);
    case option_refused:
      fprintf(stderr, "%s: %s: %s\n", program_path(), o->name, o->text);
      return strstr(o->text, "is required") != NULL ? 1 : EXIT_BAD_OPTION;
    case option_help:
      command_line_help_print();
      line->stop = 0;
      break;
    case option_version:
      line->stop = 1;
      break;
    case option_engine_options:
      js_flags_set("--help");
      line->stop = 0;
      break;
    case option_bash_completion:
      bash_completion_print();
      line->stop = 0;
      break;
  }
  return 0;
}

/* Something that is not in the table: the engine may know it, but not from the environment. */
static int unknown_option(const char *word, bool environment) {
  if (environment) return bad("%s is not allowed in NODE_OPTIONS", word);
  if (strncmp(word, "--", 2) != 0 || word[2] == 0 || js_flags_set(word) != napi_ok) return bad("bad option: %s", word);
  return 0;
}

/* --no-NAME of a flag. */
static int negation_apply(command_line *line, const option_entry *o, const char *word) {
  static char names[4096]; /* the negated names live as long as the settings */
  static size_t used;
  if (o->kind == option_engine) return js_flags_set(word) == napi_ok ? 0 : bad("bad option: %s", word);
  if (o->kind == option_refused) return 0;
  if (o->kind != option_js) return bad("bad option: %s", word);
  size_t size = strlen(o->name) + sizeof "--no-";
  if (used + size > sizeof names) return 1;
  char *name = names + used;
  used += size;
  snprintf(name, size, "--no-%s", o->name + 2);
  return setting_add(line, name, NULL) ? 0 : 1;
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
  bool negated;
  size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
  const option_entry *o = command_line_option_find(word, length, &negated);
  if (o == NULL || (environment && !o->in_environment)) return unknown_option(word, environment);
  if (negated && o->value != option_flag && o->value != option_optional)
    return bad("%s is an invalid negation because it is not a boolean option", words[0]);

  if (negated) return negation_apply(line, o, word);
  const char *value = equals != NULL ? equals + 1 : NULL;
  if (o->value == option_required && (value == NULL || (*value == 0 && o->kind != option_eval))) {
    if (value != NULL || left < 2 || (words[1][0] == '-' && words[1][1] != 0))
      return bad("%s requires an argument", words[0]);
    value = words[1][0] == '\\' && words[1][1] == '-' ? words[1] + 1 : words[1]; /* Node's way to begin with a dash */
    *taken = 2;
    if (o->kind == option_engine) return engine_value_set(word, value);
  }
  if (o->kind == option_print) {
    if (value != NULL)
      line->code = value;
    else if (left > 1 && words[1][0] != '-') {
      line->code = words[1][0] == '\\' && words[1][1] == '-' ? words[1] + 1 : words[1];
      *taken = 2;
    }
  }
  return option_apply(line, o, value, word);
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

/* Which of run_main's functions it is, and its one argument. */
static const char *program_of(const command_line *line, const char **argument) {
  bool dash = line->argument_count > 0 && strcmp(line->arguments[0], "-") == 0;
  *argument = line->argument_count > 0 ? line->arguments[0] : NULL;
  if (line->stop == 1) return "version";
  if (line->script != NULL) {
    *argument = line->script;
    return "run_script";
  }
  if (line->test) {
    *argument = NULL;
    return "test";
  }
  if (line->check) return "check";
  if (line->interactive && line->argument_count == 0) {
    *argument = line->code;
    return "repl";
  }
  if (line->code != NULL) {
    *argument = line->code;
    return line->print ? "print" : "eval";
  }
  if (line->argument_count > 0 && !dash) return "run_file";
  if (!dash && isatty(0)) return "repl";
  *argument = line->print ? "print" : NULL;
  return "stdin";
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

/* What cannot be asked for at once. */
static int conflicts_check(const command_line *line) {
  if (line->check && (line->code != NULL || line->print))
    return bad("%s", "either --check or --eval can be used, not both");
  if (!line->test) return 0;
  if (line->check) return bad("%s", "either --test or --check can be used, not both");
  if (line->interactive) return bad("%s", "either --test or --interactive can be used, not both");
  if (line->code != NULL || line->print) return bad("%s", "either --test or --eval or --print can be used, not both");
  return 0;
}

int command_line_main(int argc, char **argv) {
  argv = uv_setup_args(argc, argv);
  command_line line = {.stop = -1};
  int code = environment_read(&line);
  if (code == 0) code = arguments_read(&line, argc, (const char *const *)argv);
  if (code == 0 && line.stop != 0) code = conflicts_check(&line);
  if (code == 0 && line.stop != 0) code = run(&line);
  free(line.settings);
  free(line.environment);
  return code;
}
