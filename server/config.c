/*
 * Reading a config: libyaml's document tree against the table in config_schema.c.
 *
 * libyaml directly, and not libcyaml on top of it: libcyaml 1.3.1 reports an unknown key as two log lines, "Unexpected
 * key: workerz" and a backtrace that names the line where the enclosing mapping starts, not the key's; it stops at the
 * first mistake, and its schema has no type for "auto or a number", "30s" or "1mb", nor for a scalar that may also be
 * a list. Every node of a libyaml document carries its own line, which is all that one line per mistake needs.
 */
#include "server/config_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/address.h"
#include "server/config_value.h"

enum { LINE_BYTES = 1024, SUGGEST_DISTANCE = 3 };

/* "SOURCE:LINE: " into text; how long it is, 0: it does not fit. */
static size_t where_print(const config_reader *r, size_t line, char text[LINE_BYTES]) {
  int length = line > 0 ? snprintf(text, LINE_BYTES, "%s:%zu: ", r->source, line)
                        : snprintf(text, LINE_BYTES, "%s: ", r->source);
  return length > 0 && length < LINE_BYTES ? (size_t)length : 0;
}

void config_mistake(config_reader *r, size_t line, const char *format, ...) {
  char text[LINE_BYTES];
  size_t used = where_print(r, line, text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, sizeof text - used, format, arguments);
  va_end(arguments);
  r->mistakes++;
  r->report->line(r->report->data, text);
}

void config_warning(config_reader *r, size_t line, const char *warning) {
  char text[LINE_BYTES];
  size_t used = where_print(r, line, text);
  snprintf(text + used, sizeof text - used, "%s", warning);
  if (r->report->warning != NULL) r->report->warning(r->report->data, text);
}

static void *member(config *c, const config_key *key) { return (char *)c + key->offset; }

/* Where the value goes: for a key of an entry of `listen`, into the entry. */
static void *place(config_reader *r, const config_key *key) {
  if (r->entry == NULL) return member(r->config, key);
  return (char *)r->entry + (key->offset - offsetof(config, tls));
}

static void list_clear(config_list *list) {
  for (size_t i = 0; i < list->count; i++) free(list->items[i]);
  free(list->items);
  *list = (config_list){0};
}

static int list_add(config_list *list, const char *text) {
  char **items = realloc(list->items, (list->count + 1) * sizeof *items);
  if (items == NULL) return -1;
  list->items = items;
  items[list->count] = strdup(text);
  return items[list->count] == NULL ? -1 : (list->count++, 0);
}

/* Takes "a//b/../c" as it is: only the start matters, the kernel resolves the rest. */
char *config_path_absolute(const config_reader *r, const char *path) {
  char *out = NULL;
  if (*path == '/') return strdup(path);
  while (path[0] == '.' && path[1] == '/') path += 2;
  return asprintf(&out, "%s/%s", r->folder, path) < 0 ? NULL : out;
}

/* ---- one value ---------------------------------------------------------------------------------------------- */

static void number_set(config_reader *r, const config_key *key, const char *text, size_t line) {
  uint64_t *out = place(r, key);
  if (key->auto_value != NULL && strcmp(text, "auto") == 0) {
    *out = key->auto_value();
    return;
  }
  uint64_t value;
  if (config_value_parse(key->type, text, &value) != 0) {
    config_mistake(r, line, "\"%s\" must be %s%s, not \"%.80s\"", key->name, config_value_expected(key->type),
                   key->auto_value != NULL ? " or auto" : "", text);
    return;
  }
  bool off = key->zero_is_off && value == 0;
  if (!off && (value < key->minimum || value > key->maximum)) {
    char low[CONFIG_VALUE_TEXT], high[CONFIG_VALUE_TEXT];
    config_value_print(key->type, key->minimum, low);
    config_value_print(key->type, key->maximum, high);
    config_mistake(r, line, "\"%s\" must be from %s to %s%s, not %s", key->name, low, high,
                   key->zero_is_off ? ", or 0 for no limit" : "", text);
    return;
  }
  *out = value;
}

/* The line of a list "NAME[ ADDRESS]" that is about the host: behind the name, or NULL. */
static const char *name_line(const char *list, const char *host) {
  size_t length = strlen(host);
  for (const char *at = list; at != NULL && *at != 0; at += strcspn(at, "\n"), at += *at == '\n') {
    if (strncmp(at, host, length) == 0 && (at[length] == ' ' || at[length] == '\n')) return at + length;
  }
  return NULL;
}

/* Among the names that are known; another one is noted, and has a stand-in until the config is read again. */
static int name_find(void *data, const char *host, char ip[ADDRESS_IP_BYTES]) {
  config_names *names = data;
  const char *line = name_line(names->known, host);
  if (line != NULL) return sscanf(line, " %45[0-9a-fA-F:.]", ip) == 1 && line[0] == ' ' ? 0 : -1;
  size_t used = strlen(names->wanted);
  if (name_line(names->wanted, host) == NULL) {
    if (strpbrk(host, " \n") != NULL || used + strlen(host) + 2 > sizeof names->wanted) return -1;
    snprintf(names->wanted + used, sizeof names->wanted - used, "%s\n", host);
  }
  snprintf(ip, ADDRESS_IP_BYTES, "127.255.255.%u", (unsigned)(used % 255));
  return 0;
}

bool config_address_add(config_reader *r, const config_key *key, const char *text, size_t line) {
  address parsed;
  const char *why = "";
  address_finder find = r->names != NULL ? name_find : address_find;
  if (address_parse_with(text, find, r->names, &parsed, &why) != 0) {
    config_mistake(r, line, "\"%s\": \"%.80s\" is not an address: %s", key->name, text, why);
    return false;
  }
  config_list *list = place(r, key);
  if (list->count == CONFIG_LISTEN_MAX) {
    config_mistake(r, line, "\"%s\": more than %d addresses", key->name, CONFIG_LISTEN_MAX);
    return false;
  }
  for (size_t i = 0; i < list->count; i++) {
    if (strcmp(list->items[i], parsed.text) != 0) continue;
    config_mistake(r, line, "\"%s\": %s is there twice", key->name, parsed.text);
    return false;
  }
  if (list_add(list, parsed.text) == 0) return true;
  config_mistake(r, line, "out of memory");
  return false;
}

/* One of "a|b|c". */
static bool is_choice(const char *choices, const char *text) {
  size_t length = strlen(text);
  for (const char *at = choices; *at != 0; at += strcspn(at, "|"), at += *at == '|') {
    if (strcspn(at, "|") == length && strncmp(at, text, length) == 0) return true;
  }
  return false;
}

static void scalar_set(config_reader *r, const config_key *key, const char *text, size_t line) {
  switch (key->type) {
    case CONFIG_NUMBER:
    case CONFIG_TIME:
    case CONFIG_SWITCH:
    case CONFIG_SIZE:
      number_set(r, key, text, line);
      return;
    case CONFIG_ADDRESS_LIST:
      config_address_add(r, key, text, line);
      return;
    case CONFIG_ENV_MAP:
    case CONFIG_CERTIFICATE_LIST:
      config_mistake(r, line, "\"%s\" must be %s", key->name, config_value_expected(key->type));
      return;
    case CONFIG_STRING:
    case CONFIG_PATH: {
      if (*text == 0) {
        config_mistake(r, line, "\"%s\" is empty", key->name);
        return;
      }
      if (key->choices != NULL && !is_choice(key->choices, text)) {
        config_mistake(r, line, "\"%s\" must be one of %s, not \"%.80s\"", key->name, key->choices, text);
        return;
      }
      char **out = place(r, key);
      free(*out);
      *out = key->type == CONFIG_PATH && strcmp(text, "off") != 0 ? config_path_absolute(r, text) : strdup(text);
      if (*out == NULL) config_mistake(r, line, "out of memory");
      return;
    }
  }
}

/* ---- the document --------------------------------------------------------------------------------------------- */

bool config_scalar_check(config_reader *r, const char *name, const yaml_node_t *node, const char *expected) {
  if (node->type != YAML_SCALAR_NODE) {
    config_mistake(r, config_line_of(node), "\"%s\" must be %s, not a %s", name, expected,
                   node->type == YAML_SEQUENCE_NODE ? "list" : "group of keys");
    return false;
  }
  if (strlen(config_text_of(node)) == node->data.scalar.length) return true;
  config_mistake(r, config_line_of(node), "\"%s\" contains a NUL byte", name);
  return false;
}

static void env_set(config_reader *r, const config_key *key, const yaml_node_t *node) {
  if (node->type != YAML_MAPPING_NODE) {
    config_mistake(r, config_line_of(node), "\"%s\" must be %s", key->name, config_value_expected(key->type));
    return;
  }
  for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
    const yaml_node_t *name = config_node_at(r, p->key), *value = config_node_at(r, p->value);
    if (!config_scalar_check(r, "env", name, "NAME: value pairs")) continue;
    if (!config_scalar_check(r, config_text_of(name), value, "a text")) continue;
    if (*config_text_of(name) == 0 || strchr(config_text_of(name), '=') != NULL) {
      config_mistake(r, config_line_of(name), "\"%s\" is not a name of an environment variable", config_text_of(name));
      continue;
    }
    char *pair = NULL;
    if (asprintf(&pair, "%s=%s", config_text_of(name), config_text_of(value)) < 0) pair = NULL;
    if (pair == NULL || list_add(place(r, key), pair) != 0) config_mistake(r, config_line_of(name), "out of memory");
    free(pair);
  }
}

static void value_set(config_reader *r, const config_key *key, const yaml_node_t *node) {
  if (key->type == CONFIG_ENV_MAP) {
    env_set(r, key, node);
    return;
  }
  if (key->type == CONFIG_CERTIFICATE_LIST) {
    config_certificates_read(r, r->entry != NULL ? r->entry : &r->config->tls, node);
    return;
  }
  if (key->type == CONFIG_ADDRESS_LIST && node->type == YAML_MAPPING_NODE) {
    config_entry_read(r, key, node);
    return;
  }
  if (key->type == CONFIG_ADDRESS_LIST && node->type == YAML_SEQUENCE_NODE) {
    if (node->data.sequence.items.start == node->data.sequence.items.top) {
      config_mistake(r, config_line_of(node), "\"%s\" is an empty list", key->name);
    }
    for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
      const yaml_node_t *item = config_node_at(r, *i);
      if (item->type == YAML_MAPPING_NODE) {
        config_entry_read(r, key, item);
      } else if (config_scalar_check(r, key->name, item, config_value_expected(key->type))) {
        config_address_add(r, key, config_text_of(item), config_line_of(item));
      }
    }
    return;
  }
  if (config_scalar_check(r, key->name, node, config_value_expected(key->type))) {
    scalar_set(r, key, config_text_of(node), config_line_of(node));
  }
}

/* "http" for "http.backlog"; length 0 for a key of the top level. */
static size_t group_length(const config_key *key) {
  const char *dot = strchr(key->name, '.');
  return dot == NULL ? 0 : (size_t)(dot - key->name);
}

static const char *short_name(const config_key *key) {
  size_t length = group_length(key);
  return length == 0 ? key->name : key->name + length + 1;
}

static bool in_group(const config_key *key, const char *group) {
  size_t length = strlen(group);
  return group_length(key) == length && strncmp(key->name, group, length) == 0;
}

static bool is_group(const char *name) {
  for (size_t i = 0; i < config_key_count; i++) {
    if (*name != 0 && in_group(&config_keys[i], name)) return true;
  }
  return false;
}

/* The right word may be a neighbour's (a slip of the finger) or the same word in another group. */
static void unknown_key(config_reader *r, const char *group, const char *name, size_t line) {
  size_t best_distance = SIZE_MAX;
  char best[CONFIG_VALUE_TEXT] = "";
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    size_t distance = config_name_distance(name, short_name(key)) + (in_group(key, group) ? 0 : 1);
    if (distance < best_distance) {
      best_distance = distance;
      snprintf(best, sizeof best, "%s", in_group(key, group) ? short_name(key) : key->name);
    }
    if (*group != 0 || group_length(key) == 0) continue;
    char other[CONFIG_VALUE_TEXT];
    snprintf(other, sizeof other, "%.*s", (int)group_length(key), key->name);
    distance = config_name_distance(name, other);
    if (distance < best_distance) {
      best_distance = distance;
      memcpy(best, other, sizeof best);
    }
  }
  const char *dot = *group != 0 ? "." : "";
  if (best_distance <= SUGGEST_DISTANCE) {
    config_mistake(r, line, "unknown key \"%s%s%.80s\": did you mean \"%s\"?", group, dot, name, best);
  } else {
    config_mistake(r, line, "unknown key \"%s%s%.80s\" (`jsd check --keys` lists them)", group, dot, name);
  }
}

static bool key_twice(config_reader *r, const yaml_node_t *mapping, const yaml_node_pair_t *pair) {
  const yaml_node_t *name = config_node_at(r, pair->key);
  for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < pair; p++) {
    const yaml_node_t *other = config_node_at(r, p->key);
    if (other->type != YAML_SCALAR_NODE || strcmp(config_text_of(other), config_text_of(name)) != 0) continue;
    config_mistake(r, config_line_of(name), "\"%s\" is there twice: first in line %zu", config_text_of(name),
                   config_line_of(other));
    return true;
  }
  return false;
}

void config_mapping_read(config_reader *r, const char *group, const yaml_node_t *mapping) {
  for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++) {
    const yaml_node_t *name = config_node_at(r, p->key), *value = config_node_at(r, p->value);
    if (!config_scalar_check(r, "key", name, "a name") || key_twice(r, mapping, p)) continue;
    const config_key *key = NULL;
    for (size_t i = 0; i < config_key_count && key == NULL; i++) {
      if (in_group(&config_keys[i], group) && strcmp(short_name(&config_keys[i]), config_text_of(name)) == 0) {
        key = &config_keys[i];
      }
    }
    bool empty = value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0 &&
                 value->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (key != NULL) {
      /* "key:" with all of its value commented out means the default. */
      if (empty) continue;
      *(r->entry != NULL ? &r->entry->given : &r->config->given) |= UINT64_C(1) << (key - config_keys);
      if (r->entry == NULL) r->config->lines[key - config_keys] = (uint32_t)config_line_of(name);
      value_set(r, key, value);
    } else if (*group == 0 && is_group(config_text_of(name))) {
      if (empty) continue;
      if (value->type == YAML_MAPPING_NODE) {
        config_mapping_read(r, config_text_of(name), value);
      } else {
        config_mistake(r, config_line_of(value), "\"%s\" is a group: its keys belong below it, indented",
                       config_text_of(name));
      }
    } else {
      unknown_key(r, group, config_text_of(name), config_line_of(name));
    }
  }
}

static void folder_set(config_reader *r, const char *file) {
  char cwd[PATH_MAX];
  const char *slash = strrchr(file, '/');
  int length = slash == NULL ? 0 : (int)(slash - file);
  if (file[0] == '/') {
    snprintf(r->folder, sizeof r->folder, "%.*s", length, file);
    return;
  }
  if (getcwd(cwd, sizeof cwd) == NULL) snprintf(cwd, sizeof cwd, ".");
  size_t used = (size_t)snprintf(r->folder, sizeof r->folder, "%s", strcmp(cwd, "/") == 0 ? "" : cwd);
  if (length > 0 && used < sizeof r->folder) {
    snprintf(r->folder + used, sizeof r->folder - used, "/%.*s", length, file);
  }
}

static void second_document_check(config_reader *r, yaml_parser_t *parser) {
  if (!yaml_parser_load(parser, &r->document)) {
    config_mistake(r, parser->problem_mark.line + 1, "not valid YAML: %s",
                   parser->problem != NULL ? parser->problem : "unreadable");
    return;
  }
  const yaml_node_t *root = yaml_document_get_root_node(&r->document);
  if (root != NULL) config_mistake(r, config_line_of(root), "a second document (after \"---\"): only one is read");
  yaml_document_delete(&r->document);
}

static void file_read(config_reader *r, const char *path) {
  FILE *file = fopen(path, "re");
  yaml_parser_t parser;
  if (file == NULL) {
    config_mistake(r, 0, "%s", strerror(errno));
    return;
  }
  if (!yaml_parser_initialize(&parser)) {
    config_mistake(r, 0, "out of memory");
    fclose(file);
    return;
  }
  yaml_parser_set_input_file(&parser, file);
  if (!yaml_parser_load(&parser, &r->document)) {
    size_t line = parser.problem_mark.line > 0 ? parser.problem_mark.line : parser.context_mark.line;
    config_mistake(r, line + 1, "not valid YAML: %s", parser.problem != NULL ? parser.problem : "unreadable");
  } else {
    yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (root != NULL && root->type == YAML_MAPPING_NODE) {
      config_mapping_read(r, "", root);
    } else if (root != NULL) {
      config_mistake(r, config_line_of(root), "expected \"key: value\" lines");
    }
    yaml_document_delete(&r->document);
    second_document_check(r, &parser);
  }
  yaml_parser_delete(&parser);
  fclose(file);
}

/* ---- all of it ------------------------------------------------------------------------------------------------ */

static const config_key *key_named(const char *name) {
  for (size_t i = 0; i < config_key_count; i++) {
    if (strcmp(config_keys[i].name, name) == 0) return &config_keys[i];
  }
  return NULL;
}

bool config_given(const config *c, const char *name) {
  const config_key *key = key_named(name);
  return key != NULL && (c->given & UINT64_C(1) << (key - config_keys)) != 0;
}

static void option_set(config_reader *r, const char *source, const char *name, const char *text) {
  const config_key *key = key_named(name);
  r->source = source;
  r->config->given |= UINT64_C(1) << (key - config_keys);
  r->config->lines[key - config_keys] = 0;
  scalar_set(r, key, text, 0);
}

static void overrides_read(config_reader *r, const config_overrides *overrides) {
  folder_set(r, "");
  if (overrides->app != NULL) option_set(r, "jsd serve", "app", overrides->app);
  if (overrides->workers != NULL) option_set(r, "--workers", "workers", overrides->workers);
  if (overrides->listen_count > 0) {
    list_clear(&r->config->listen);
    config_tls_forget_listen(r->config);
  }
  for (size_t i = 0; i < overrides->listen_count; i++) option_set(r, "--listen", "listen", overrides->listen[i]);
}

static void defaults_fill(config_reader *r) {
  r->source = "default";
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    if (key->standard != NULL && !config_given(r->config, key->name)) scalar_set(r, key, key->standard, 0);
  }
}

size_t config_line_of_key(const config *c, const char *name) { return c->lines[key_named(name) - config_keys]; }

const char *config_where(const config *c, const char *name, char text[CONFIG_WHERE_BYTES]) {
  size_t line = config_line_of_key(c, name);
  text[0] = 0;
  if (line > 0 && c->file != NULL) snprintf(text, CONFIG_WHERE_BYTES, "%s:%zu: ", c->file, line);
  return text;
}

static bool is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void app_check(config_reader *r, const config_overrides *overrides) {
  const config *c = r->config;
  r->source = overrides->app == NULL && overrides->file != NULL ? overrides->file : "jsd serve";
  if (c->app == NULL) {
    config_mistake(r, 0, "no app is given (\"app: FILE\" in the config, or `jsd serve FILE`)");
  } else if (access(c->app, R_OK) != 0) {
    config_mistake(r, config_line_of_key(c, "app"), "app %s: %s", c->app, strerror(errno));
  } else if (is_folder(c->app)) {
    config_mistake(r, config_line_of_key(c, "app"), "app %s: a folder, not the app's entry file", c->app);
  }
}

/* A file that will be written: nothing is created for the check, so it looks at what can be seen before. */
static void output_check(config_reader *r, const char *name, const char *path) {
  char folder[PATH_MAX];
  size_t line = config_line_of_key(r->config, name);
  if (path == NULL) return;
  if (is_folder(path)) {
    config_mistake(r, line, "%s %s: %s", name, path, strerror(EISDIR));
    return;
  }
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash != NULL) slash[slash == folder ? 1 : 0] = 0;
  int rc = access(path, F_OK) == 0 ? access(path, W_OK) : access(folder, W_OK | X_OK);
  if (rc != 0) config_mistake(r, line, "%s %s: %s", name, path, strerror(errno));
}

static void relations_check(config_reader *r, const config_overrides *overrides) {
  const config *c = r->config;
  r->source = overrides->file != NULL ? overrides->file : "jsd serve";
  output_check(r, "log", c->log);
  output_check(r, "pid_file", c->pid_file);
  if (c->respawn.delay > c->respawn.delay_max) {
    char delay[CONFIG_VALUE_TEXT], most[CONFIG_VALUE_TEXT];
    const char *name = config_given(c, "respawn.delay") ? "respawn.delay" : "respawn.delay_max";
    config_value_print(CONFIG_TIME, c->respawn.delay, delay);
    config_value_print(CONFIG_TIME, c->respawn.delay_max, most);
    config_mistake(r, config_line_of_key(c, name), "\"respawn.delay\" (%s) is above \"respawn.delay_max\" (%s)", delay,
                   most);
  }
}

int config_load(const config_overrides *overrides, const config_report *report, config **out) {
  config_reader r = {.report = report, .source = overrides->file, .names = overrides->names};
  if (r.names != NULL) r.names->wanted[0] = 0;
  r.config = calloc(1, sizeof *r.config);
  if (r.config == NULL) {
    report->line(report->data, "out of memory");
    return -1;
  }
  if (overrides->file != NULL) {
    r.config->file = strdup(overrides->file);
    folder_set(&r, overrides->file);
    file_read(&r, overrides->file);
  }
  overrides_read(&r, overrides);
  defaults_fill(&r);
  if (r.mistakes == 0) app_check(&r, overrides);
  if (r.mistakes == 0) relations_check(&r, overrides);
  if (r.mistakes == 0) config_tls_settle(&r, overrides);
  if (r.mistakes > 0) {
    config_free(r.config);
    return -1;
  }
  if (r.names != NULL && r.names->wanted[0] != 0) {
    config_free(r.config);
    return 1;
  }
  *out = r.config;
  return 0;
}

void config_free(config *c) {
  if (c == NULL) return;
  config_tls_free(c);
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    if (strncmp(key->name, "tls.", 4) == 0) continue;
    if (key->type == CONFIG_STRING || key->type == CONFIG_PATH) free(*(char **)member(c, key));
    if (key->type == CONFIG_ADDRESS_LIST || key->type == CONFIG_ENV_MAP) list_clear(member(c, key));
  }
  free(c->file);
  free(c);
}

static void value_print(const config *c, const config_key *key, FILE *out) {
  char text[CONFIG_VALUE_TEXT];
  const void *value = (const char *)c + key->offset;
  switch (key->type) {
    case CONFIG_STRING:
    case CONFIG_PATH: {
      const char *string = *(char *const *)value;
      fprintf(out, "%s", string == NULL ? "none" : string);
      return;
    }
    case CONFIG_CERTIFICATE_LIST:
      fputs(c->tls.certificate_count == 0 ? "none" : "", out);
      for (size_t i = 0; i < c->tls.certificate_count; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", c->tls.certificates[i].cert);
      return;
    case CONFIG_ADDRESS_LIST:
    case CONFIG_ENV_MAP: {
      const config_list *list = value;
      fputs(list->count == 0 ? "none" : "", out);
      for (size_t i = 0; i < list->count; i++) {
        /* Names of variables only: their values are often secrets. */
        int length = (int)(key->type == CONFIG_ENV_MAP ? strcspn(list->items[i], "=") : strlen(list->items[i]));
        fprintf(out, "%s%.*s", i > 0 ? ", " : "", length, list->items[i]);
        address a;
        const char *why;
        if (key->type == CONFIG_ADDRESS_LIST && address_parse_numeric(list->items[i], &a, &why) == 0 &&
            address_is_wildcard(&a)) {
          fputs(" (every interface)", out);
        }
        if (list == &c->listen && c->listen_tls[i] != NULL) fputs(" (TLS)", out);
      }
      return;
    }
    default:
      config_value_print(key->type, *(const uint64_t *)value, text);
      fputs(text, out);
  }
}

void config_print(const config *c, FILE *out) {
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    fprintf(out, "%s: ", key->name);
    value_print(c, key, out);
    fputs(config_given(c, key->name) ? "\n" : "  # default\n", out);
  }
}

void config_print_keys(FILE *out) {
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    fprintf(out, "%s  (%s; default: %s)\n    %s\n", key->name,
            key->choices != NULL ? key->choices : config_value_expected(key->type),
            key->standard != NULL ? key->standard : "none", key->doc);
  }
}
