#include "server/cli.h"

#include <stdio.h>
#include <string.h>

#include "server/config.h"
#include "server/config_value.h"
#include "server/master.h"
#include "server/worker_runtime.h"

static const char usage[] =
    "usage: jsd serve -c FILE                          serve what a config file says\n"
    "       jsd serve APP [--workers N] [--listen ADDR]... [--tls]\n"
    "       jsd check -c FILE                          check a config file and print what it amounts to\n"
    "       jsd check --keys                           all config keys\n"
    "\n"
    "  -c, --config FILE   the config, YAML (conf/jsd.yaml is a commented example)\n"
    "  -w, --workers N     worker processes, or auto: one per CPU\n"
    "  -l, --listen ADDR   HOST:PORT, :PORT, [IPv6]:PORT or unix:/path; may be repeated\n"
    "      --tls           https with a certificate for localhost, made by jsd for developers\n"
    "\n"
    "  SIGTERM, SIGINT: finish what is in flight, then exit; SIGQUIT: at once; SIGHUP: reload\n";

typedef struct arguments {
  config_overrides overrides;
  const char *listen[CONFIG_LISTEN_MAX];
  bool keys, help;
} arguments;

static int wrong(const char *what, const char *which) {
  fprintf(stderr, "jsd: %s%s (`jsd serve --help`)\n", what, which);
  return 2;
}

typedef struct option {
  const char *name, *letter;
  void (*set)(arguments *a, const char *value); /* NULL: a flag */
  void (*flag)(arguments *a);
} option;

static void set_file(arguments *a, const char *value) { a->overrides.file = value; }
static void set_workers(arguments *a, const char *value) { a->overrides.workers = value; }
static void add_listen(arguments *a, const char *value) {
  /* One too many is kept out of the array but counted, and reported once all is read. */
  if (a->overrides.listen_count < CONFIG_LISTEN_MAX) a->listen[a->overrides.listen_count] = value;
  a->overrides.listen_count++;
}
static void flag_keys(arguments *a) { a->keys = true; }
static void flag_tls(arguments *a) { a->overrides.development_tls = true; }
static void flag_help(arguments *a) { a->help = true; }

static const option options[] = {{"--config", "-c", set_file, NULL},
                                 {"--workers", "-w", set_workers, NULL},
                                 {"--listen", "-l", add_listen, NULL},
                                 {"--keys", "", NULL, flag_keys},
                                 {"--tls", "", NULL, flag_tls},
                                 {"--help", "-h", NULL, flag_help},
                                 {NULL, NULL, NULL, NULL}};

/* "--name VALUE", "--name=VALUE", "-n VALUE". Returns how many arguments it took, or -1 after a message. */
static int option_parse(int left, char **argv, arguments *a) {
  const char *equals = strchr(argv[0], '=');
  size_t length = equals == NULL ? strlen(argv[0]) : (size_t)(equals - argv[0]);
  for (const option *o = options; o->name != NULL; o++) {
    bool named = strlen(o->name) == length && strncmp(o->name, argv[0], length) == 0;
    if (!named && strcmp(o->letter, argv[0]) != 0) continue;
    if (o->set == NULL) return equals == NULL ? (o->flag(a), 1) : (wrong("no value is expected: ", argv[0]), -1);
    if (named && equals != NULL) return o->set(a, equals + 1), 1;
    if (left < 2) return wrong("a value is missing after ", argv[0]), -1;
    return o->set(a, argv[1]), 2;
  }
  return wrong("unknown option ", argv[0]), -1;
}

static int arguments_parse(int argc, char **argv, arguments *a) {
  config_overrides *o = &a->overrides;
  o->listen = a->listen;
  for (int i = 2, taken; i < argc; i += taken) {
    taken = 1;
    if (argv[i][0] == '-') {
      taken = option_parse(argc - i, argv + i, a);
      if (taken < 0) return 2;
    } else if (o->app != NULL) {
      return wrong("one app only, not also ", argv[i]);
    } else {
      o->app = argv[i];
    }
  }
  if (o->listen_count > CONFIG_LISTEN_MAX) return wrong("too many --listen", "");
  return 0;
}

static void report_line(void *data, const char *text) { fprintf(stderr, "jsd: %s\n", text); }

static void report_warning(void *data, const char *text) { fprintf(stderr, "jsd: warning: %s\n", text); }

static int check(const arguments *a) {
  if (a->keys) return config_print_keys(stdout), 0;
  config *c = NULL;
  config_report report = {.line = report_line, .warning = report_warning};
  if (config_load(&a->overrides, &report, &c) != 0) return 1;
  printf("# %s is valid\n", a->overrides.file != NULL ? a->overrides.file : a->overrides.app);
  config_print(c, stdout);
  config_free(c);
  return 0;
}

bool cli_handles(int argc, char **argv) {
  return argc > 1 && (strcmp(argv[1], "serve") == 0 || strcmp(argv[1], "check") == 0);
}

int cli_main(int argc, char **argv) {
  arguments a = {0};
  int code = arguments_parse(argc, argv, &a);
  if (code != 0) return code;
  a.overrides.check = strcmp(argv[1], "check") == 0;
  if (a.help) return fputs(usage, stdout), 0;
  if (a.overrides.file == NULL && a.overrides.app == NULL && !a.keys) {
    fputs(usage, stderr);
    return 2;
  }
  return strcmp(argv[1], "check") == 0 ? check(&a) : master_run(&a.overrides, &worker_runtime_program);
}
