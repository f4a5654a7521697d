/* Config files: values, defaults, and the line that every mistake gets. */
#include "server/config.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config_value.h"

static char folder[] = "/tmp/jsd-config-XXXXXX";
static char said[4096];

static void report_line(void *data, const char *text) {
  strncat(said, text, sizeof said - strlen(said) - 1);
  strncat(said, "\n", sizeof said - strlen(said) - 1);
}

static config *load_with(const char *yaml, config_overrides overrides) {
  FILE *file = fopen("c.yaml", "w");
  fputs(yaml, file);
  fclose(file);
  said[0] = 0;
  config *c = NULL;
  config_report report = {.line = report_line};
  if (overrides.file == NULL && overrides.app == NULL) overrides.file = "c.yaml";
  int rc = config_load(&overrides, &report, &c);
  assert_true((rc == 0) == (c != NULL));
  assert_true((rc == 0) == (said[0] == 0));
  return c;
}

static config *load(const char *yaml) { return load_with(yaml, (config_overrides){0}); }

#define REFUSED(yaml, line)          \
  do {                               \
    assert_null(load(yaml));         \
    assert_string_equal(said, line); \
  } while (0)

static void defaults_are_filled_in(void **state) {
  config *c = load("app: app.js\n");
  assert_int_equal(c->http.header_timeout, 60000);
  assert_int_equal(c->http.max_header_bytes, 16384);
  assert_int_equal(c->http.max_body_bytes, 0);
  assert_int_equal(c->drain_timeout, 30000);
  assert_true(c->workers >= 1);
  assert_int_equal(c->listen.count, 1);
  assert_string_equal(c->listen.items[0], "127.0.0.1:8080");
  assert_false(config_given(c, "listen"));
  assert_true(config_given(c, "app"));
  assert_null(c->log);
  config_free(c);
}

static void values_are_read(void **state) {
  config *c = load(
      "app: ./app.js\nworkers: 3\nlisten: [\"127.0.0.1:81\", \"unix:/tmp/s\"]\nenv:\n  A: 1\n  B: \"x y\"\n"
      "drain_timeout: 1500ms\nhttp:\n  max_body_bytes: 2mb\n  keep_alive_timeout: 0\nmax_heap: 64mb\n"
      "engine_flags: --expose-gc --no-opt\n");
  char app[128];
  snprintf(app, sizeof app, "%s/app.js", folder);
  assert_string_equal(c->app, app);
  assert_int_equal(c->workers, 3);
  assert_int_equal(c->listen.count, 2);
  assert_string_equal(c->listen.items[1], "unix:/tmp/s");
  assert_int_equal(c->env.count, 2);
  assert_string_equal(c->env.items[1], "B=x y");
  assert_int_equal(c->drain_timeout, 1500);
  assert_int_equal(c->http.max_body_bytes, 2 << 20);
  assert_int_equal(c->http.keep_alive_timeout, 0);
  assert_int_equal(c->max_heap, 64 << 20);
  assert_string_equal(c->engine_flags, "--expose-gc --no-opt");
  config_free(c);
}

static void unknown_key_names_line_and_nearest_key(void **state) {
  REFUSED("app: app.js\n\nworkerz: 4\n", "c.yaml:3: unknown key \"workerz\": did you mean \"workers\"?\n");
  REFUSED("app: app.js\nhttp:\n  max_heder_bytes: 4kb\n",
          "c.yaml:3: unknown key \"http.max_heder_bytes\": did you mean \"max_header_bytes\"?\n");
  REFUSED("app: app.js\nheader_timeout: 4s\n",
          "c.yaml:2: unknown key \"header_timeout\": did you mean \"http.header_timeout\"?\n");
  REFUSED("app: app.js\nhtp:\n  backlog: 1\n", "c.yaml:2: unknown key \"htp\": did you mean \"http\"?\n");
  REFUSED("app: app.js\nfrobnicate: 1\n", "c.yaml:2: unknown key \"frobnicate\" (`jsd check --keys` lists them)\n");
}

static void wrong_values_name_line_and_what_is_expected(void **state) {
  REFUSED("app: app.js\nworkers: many\n", "c.yaml:2: \"workers\" must be a number or auto, not \"many\"\n");
  REFUSED("app: app.js\nworkers: 0\n", "c.yaml:2: \"workers\" must be from 1 to 1024, not 0\n");
  REFUSED("app: app.js\nstart_timeout: 30\n",
          "c.yaml:2: \"start_timeout\" must be a time such as 30s, 500ms or 5m, not \"30\"\n");
  REFUSED("app: app.js\nhttp:\n  header_timeout: 2h\n",
          "c.yaml:3: \"http.header_timeout\" must be from 1ms to 1h, or 0 for no limit, not 2h\n");
  REFUSED("app: app.js\nmax_heap: -1\n",
          "c.yaml:2: \"max_heap\" must be a size such as 64kb, 1mb or 512, not \"-1\"\n");
  REFUSED("app: app.js\nworkers: [1]\n", "c.yaml:2: \"workers\" must be a number, not a list\n");
  REFUSED("app: app.js\nenv: A=1\n", "c.yaml:2: \"env\" must be NAME: value pairs\n");
  REFUSED("app: app.js\nhttp: 5\n", "c.yaml:2: \"http\" is a group: its keys belong below it, indented\n");
  REFUSED("app: app.js\nlisten: 127.0.0.1\n",
          "c.yaml:2: \"listen\": \"127.0.0.1\" is not an address: expected HOST:PORT with a port from 0 to 65535, or "
          "unix:/path\n");
  REFUSED("app: app.js\nworkers: 1\nworkers: 2\n", "c.yaml:3: \"workers\" is there twice: first in line 2\n");
}

static void every_mistake_is_reported(void **state) {
  REFUSED("app: app.js\nworkers: x\npidfile: y\n",
          "c.yaml:2: \"workers\" must be a number or auto, not \"x\"\n"
          "c.yaml:3: unknown key \"pidfile\": did you mean \"pid_file\"?\n");
}

static void broken_yaml_names_the_line(void **state) {
  assert_null(load("app: app.js\nlisten: [1, 2\nworkers: 1\n"));
  assert_memory_equal(said, "c.yaml:3: not valid YAML: ", 26);
  assert_null(load_with("", (config_overrides){.file = "none.yaml"}));
  assert_string_equal(said, "none.yaml: No such file or directory\n");
  REFUSED("- a\n", "c.yaml:1: expected \"key: value\" lines\n");
}

static void missing_app_is_an_error(void **state) {
  char expected[256];
  REFUSED("workers: 1\n", "c.yaml: no app is given (\"app: FILE\" in the config, or `jsd serve FILE`)\n");
  snprintf(expected, sizeof expected, "c.yaml:1: app %s/nope.js: No such file or directory\n", folder);
  REFUSED("app: nope.js\n", expected);
}

static void command_line_wins(void **state) {
  const char *listen[] = {"127.0.0.1:9"};
  config *c = load_with(
      "app: nope.js\nworkers: 2\nlisten: 127.0.0.1:8\n",
      (config_overrides){.file = "c.yaml", .app = "app.js", .workers = "5", .listen = listen, .listen_count = 1});
  assert_int_equal(c->workers, 5);
  assert_int_equal(c->listen.count, 1);
  assert_string_equal(c->listen.items[0], "127.0.0.1:9");
  config_free(c);
  assert_null(load_with("", (config_overrides){.app = "app.js", .workers = "x"}));
  assert_string_equal(said, "--workers: \"workers\" must be a number or auto, not \"x\"\n");
}

static void values_print_as_they_are_read(void **state) {
  static const struct {
    config_type type;
    uint64_t value;
    const char *text;
  } rows[] = {{CONFIG_TIME, 30000, "30s"},   {CONFIG_TIME, 1500, "1500ms"}, {CONFIG_TIME, 0, "0"},
              {CONFIG_SIZE, 1048576, "1mb"}, {CONFIG_SIZE, 1000, "1000"},   {CONFIG_NUMBER, 60000, "60000"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char text[CONFIG_VALUE_TEXT];
    uint64_t back = 1;
    config_value_print(rows[i].type, rows[i].value, text);
    assert_string_equal(text, rows[i].text);
    assert_int_equal(config_value_parse(rows[i].type, text, &back), 0);
    assert_int_equal(back, rows[i].value);
  }
  uint64_t value;
  assert_int_equal(config_value_parse(CONFIG_SIZE, "18446744073709551616", &value), -1);
  assert_int_equal(config_value_parse(CONFIG_SIZE, "18446744073709551615kb", &value), -1);
}

static void distance_counts_slips(void **state) {
  assert_int_equal(config_name_distance("workers", "workers"), 0);
  assert_int_equal(config_name_distance("workerz", "workers"), 1);
  assert_int_equal(config_name_distance("wrokers", "workers"), 1);
  assert_int_equal(config_name_distance("", "abc"), 3);
}

static int setup(void **state) {
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) return -1;
  FILE *app = fopen("app.js", "w");
  return app == NULL ? -1 : fclose(app);
}

static int teardown(void **state) {
  unlink("app.js");
  unlink("c.yaml");
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_filled_in),
      cmocka_unit_test(values_are_read),
      cmocka_unit_test(unknown_key_names_line_and_nearest_key),
      cmocka_unit_test(wrong_values_name_line_and_what_is_expected),
      cmocka_unit_test(every_mistake_is_reported),
      cmocka_unit_test(broken_yaml_names_the_line),
      cmocka_unit_test(missing_app_is_an_error),
      cmocka_unit_test(command_line_wins),
      cmocka_unit_test(values_print_as_they_are_read),
      cmocka_unit_test(distance_counts_slips),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
