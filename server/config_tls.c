/*
 * The parts of a config that have to do with TLS: entries of `listen` that are mappings, lists of certificates, and
 * what has to fit together. The files are read here too, so that loading a config finds what is wrong with them, at the
 * start, at a reload and in `jsd check` alike.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "server/config_reader.h"
#include "server/development_certificate.h"
#include "server/listener_tls.h"

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static const char certificate_expected[] = "{cert: FILE, key: FILE}";

static void certificate_read(config_reader *r, config_tls *into, const yaml_node_t *node) {
  config_certificate one = {0};
  if (node->type != YAML_MAPPING_NODE) {
    config_mistake(r, config_line_of(node), "\"tls.certificates\" must be a list of %s", certificate_expected);
    return;
  }
  for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
    const yaml_node_t *name = config_node_at(r, p->key), *value = config_node_at(r, p->value);
    if (!config_scalar_check(r, "key", name, "a name") ||
        !config_scalar_check(r, config_text_of(name), value, "a path"))
      continue;
    const char *text = config_text_of(name);
    char **at = strcmp(text, "cert") == 0   ? &one.cert
                : strcmp(text, "key") == 0  ? &one.key
                : strcmp(text, "ocsp") == 0 ? &one.ocsp
                                            : NULL;
    if (at == NULL) {
      config_mistake(r, config_line_of(name), "unknown key \"tls.certificates.%.80s\" (cert, key, ocsp)", text);
      continue;
    }
    free(*at);
    *at = config_path_absolute(r, config_text_of(value));
  }
  config_certificate *all = realloc(into->certificates, (into->certificate_count + 1) * sizeof *all);
  if (all != NULL) into->certificates = all;
  if (one.cert != NULL && one.key != NULL && all != NULL) {
    all[into->certificate_count++] = one;
    return;
  }
  config_mistake(r, config_line_of(node), "\"tls.certificates\" must be a list of %s: this one has no %s",
                 certificate_expected, one.cert == NULL ? "cert" : "key");
  free(one.cert);
  free(one.key);
  free(one.ocsp);
}

void config_certificates_read(config_reader *r, config_tls *into, const yaml_node_t *node) {
  if (node->type != YAML_SEQUENCE_NODE) {
    certificate_read(r, into, node);
    return;
  }
  for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
    certificate_read(r, into, config_node_at(r, *i));
}

static bool is_word(const yaml_node_t *node, const char *a, const char *b) {
  return node->type == YAML_SCALAR_NODE &&
         (strcmp(config_text_of(node), a) == 0 || strcmp(config_text_of(node), b) == 0);
}

/* tls: true, false, or keys of the group. */
static config_tls *entry_tls_read(config_reader *r, const yaml_node_t *value) {
  if (is_word(value, "false", "off")) return NULL;
  config_tls *tls = calloc(1, sizeof *tls);
  if (tls == NULL) return NULL;
  tls->line = (uint32_t)config_line_of(value);
  if (value->type == YAML_MAPPING_NODE) {
    r->entry = tls;
    config_mapping_read(r, "tls", value);
    r->entry = NULL;
  } else if (!is_word(value, "true", "on")) {
    config_mistake(r, tls->line, "\"listen\": tls must be true, false, or keys of the group \"tls\"");
  }
  return tls;
}

static void settings_free(config_tls *s);

void config_entry_read(config_reader *r, const config_key *key, const yaml_node_t *mapping) {
  const yaml_node_t *address = NULL;
  config_tls *tls = NULL;
  config_list *list = &r->config->listen;
  size_t line = config_line_of(mapping);
  if (strcmp(key->name, "listen") != 0) {
    config_mistake(r, line, "\"%s\" has addresses only, no TLS", key->name);
    return;
  }
  for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++) {
    const yaml_node_t *name = config_node_at(r, p->key), *value = config_node_at(r, p->value);
    if (is_word(name, "address", "address")) {
      address = value;
    } else if (is_word(name, "tls", "tls") && tls == NULL) {
      tls = entry_tls_read(r, value);
    } else {
      config_mistake(r, config_line_of(name), "\"listen\": an entry has the keys address and tls");
    }
  }
  bool added = false;
  if (address == NULL) {
    config_mistake(r, line, "\"listen\": an entry without address");
  } else if (config_scalar_check(r, "address", address, "an address")) {
    added = config_address_add(r, key, config_text_of(address), config_line_of(address));
  }
  if (added) {
    r->config->listen_tls[list->count - 1] = tls;
  } else if (tls != NULL) {
    settings_free(tls);
    free(tls);
  }
}

/* ---- what has to fit together ----------------------------------------------------------------------------------- */

static bool is_text(const config_key *key) { return key->type == CONFIG_STRING || key->type == CONFIG_PATH; }

static int certificates_copy(config_tls *to, const config_tls *from) {
  to->certificates = calloc(from->certificate_count + 1, sizeof *to->certificates);
  if (to->certificates == NULL) return -1;
  for (size_t i = 0; i < from->certificate_count; i++) {
    const config_certificate *c = &from->certificates[i];
    to->certificates[to->certificate_count++] =
        (config_certificate){strdup(c->cert), strdup(c->key), c->ocsp != NULL ? strdup(c->ocsp) : NULL};
  }
  return 0;
}

/* What the entry does not say is as in the group. */
static void entry_inherit(config_tls *entry, const config_tls *group) {
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    if (strncmp(key->name, "tls.", 4) != 0 || (entry->given & UINT64_C(1) << i)) continue;
    size_t offset = key->offset - offsetof(config, tls);
    char *to = (char *)entry + offset;
    const char *from = (const char *)group + offset;
    if (key->type == CONFIG_CERTIFICATE_LIST) {
      certificates_copy(entry, group);
    } else if (is_text(key)) {
      const char *text = *(char *const *)from;
      *(char **)to = text != NULL ? strdup(text) : NULL;
    } else {
      *(uint64_t *)to = *(const uint64_t *)from;
    }
  }
}

typedef struct loading {
  config_reader *reader;
  size_t line;
} loading;

static void said(void *data, bool fatal, const char *text) {
  loading *at = data;
  if (fatal) {
    config_mistake(at->reader, at->line, "%s", text);
  } else {
    config_warning(at->reader, at->line, text);
  }
}

static struct listener_tls *settings_load(config_reader *r, const config_tls *s, const char *where, bool check) {
  loading at = {r, s->line};
  certificate_report report = {said, &at, check};
  if (s->certificate_count == 0) {
    config_mistake(r, s->line, "%s: tls without certificates (\"tls: certificates: [%s]\")", where,
                   certificate_expected);
  } else if (strcmp(s->min_version, "1.3") == 0 && strcmp(s->max_version, "1.2") == 0) {
    config_mistake(r, s->line, "\"tls.min_version\" is above \"tls.max_version\"");
  } else if (strcmp(s->client_certificates, "off") != 0 && s->client_ca == NULL) {
    config_mistake(r, s->line, "\"tls.client_certificates\" needs \"tls.client_ca\"");
  } else if (strcmp(s->client_certificates, "off") == 0 && s->client_ca != NULL) {
    config_mistake(r, s->line, "\"tls.client_ca\" without \"tls.client_certificates\": optional or required?");
  } else {
    return listener_tls_create(s, r->config->tickets, &report);
  }
  return NULL;
}

/* The certificate for developers, in the place of what the group would have. */
static bool development_set(config_reader *r) {
  config_tls *s = &r->config->tls;
  char cert[PATH_MAX], key[PATH_MAX], why[CERTIFICATE_TEXT_BYTES];
  if (s->certificate_count > 0) return true; /* the file has some */
  if (development_certificate_find(cert, key, sizeof cert, why, sizeof why) != 0) {
    r->source = "--tls";
    config_mistake(r, 0, "%s", why);
    return false;
  }
  s->certificates = calloc(1, sizeof *s->certificates);
  if (s->certificates == NULL) return false;
  s->certificates[0] = (config_certificate){strdup(cert), strdup(key), NULL};
  s->certificate_count = 1;
  r->config->development = true;
  return true;
}

/* Addresses that say nothing of their own share what the first of them has; what is wrong is said once. */
static struct listener_tls *entry_load(config_reader *r, size_t place, bool check) {
  const config *c = r->config;
  config_tls *entry = c->listen_tls[place];
  size_t first = 0;
  while (first < place && (c->listen_tls[first] == NULL || c->listen_tls[first]->given != 0)) first++;
  bool plain = entry->given == 0;
  entry_inherit(entry, &c->tls);
  if (plain && first < place) return c->listeners[first];
  return settings_load(r, entry, c->listen.items[place], check);
}

void config_tls_settle(config_reader *r, const config_overrides *overrides) {
  config *c = r->config;
  bool used = overrides->development_tls;
  r->source = overrides->file != NULL ? overrides->file : "jsd serve";
  c->tickets = overrides->tickets;
  if (overrides->development_tls && !development_set(r)) return;
  for (size_t i = 0; i < c->listen.count; i++) {
    if (c->listen_tls[i] == NULL && overrides->development_tls) c->listen_tls[i] = calloc(1, sizeof(config_tls));
    if (c->listen_tls[i] == NULL) continue;
    used = true;
    c->listeners[i] = entry_load(r, i, overrides->check);
  }
  /* Without `listen` there is one address, the default, which is as the group says. */
  if (overrides->development_tls && !config_given(c, "listen")) c->listener_elsewhere = c->listeners[0];
  if (used || !config_given(c, "tls.certificates")) return;
  config_mistake(r, config_line_of_key(c, "tls.certificates"),
                 "no address of \"listen\" has TLS: mark those that shall (- address: %s, then tls: true)",
                 c->listen.items[0]);
}

struct listener_tls *config_listener_tls(const config *c, const char *text) {
  for (size_t i = 0; i < c->listen.count; i++) {
    if (strcmp(c->listen.items[i], text) == 0) return c->listeners[i];
  }
  return c->listener_elsewhere;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void settings_free(config_tls *s) {
  for (size_t i = 0; i < s->certificate_count; i++) {
    free(s->certificates[i].cert);
    free(s->certificates[i].key);
    free(s->certificates[i].ocsp);
  }
  free(s->certificates);
  s->certificates = NULL;
  s->certificate_count = 0;
  for (size_t i = 0; i < config_key_count; i++) {
    const config_key *key = &config_keys[i];
    if (strncmp(key->name, "tls.", 4) != 0 || !is_text(key)) continue;
    char **text = (char **)((char *)s + key->offset - offsetof(config, tls));
    free(*text);
    *text = NULL;
  }
}

void config_tls_forget_listen(config *c) {
  for (size_t i = 0; i < CONFIG_LISTEN_MAX; i++) {
    if (c->listen_tls[i] != NULL) settings_free(c->listen_tls[i]);
    free(c->listen_tls[i]);
    c->listen_tls[i] = NULL;
  }
}

void config_tls_free(config *c) {
  for (size_t i = 0; i < CONFIG_LISTEN_MAX; i++) {
    size_t first = 0;
    while (c->listeners[first] != c->listeners[i]) first++;
    if (first == i) listener_tls_free(c->listeners[i]);
  }
  config_tls_forget_listen(c);
  settings_free(&c->tls);
}
