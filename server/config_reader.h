/*
 * config_reader: what the files that read a config share (config.c, config_tls.c): the document, where the values go,
 * and how a mistake is said. Nobody else includes it.
 */
#ifndef JSD_SERVER_CONFIG_READER_H
#define JSD_SERVER_CONFIG_READER_H

#include <limits.h>
#include <yaml.h>

#include "server/config.h"

/* One file (or command line) being read. */
typedef struct config_reader {
  config *config;
  config_tls *entry; /* the keys of the group "tls" go here; NULL: the config's own */
  const config_report *report;
  const char *source;    /* "conf/jsd.yaml" or "--workers" */
  char folder[PATH_MAX]; /* that relative paths start from */
  config_names *names;   /* or NULL */
  yaml_document_t document;
  unsigned mistakes;
} config_reader;

/* line 0: no line number. */
__attribute__((format(printf, 3, 4))) void config_mistake(config_reader *r, size_t line, const char *format, ...);
/* The same of what is taken all the same. */
void config_warning(config_reader *r, size_t line, const char *text);
bool config_scalar_check(config_reader *r, const char *name, const yaml_node_t *node, const char *expected);
/* The keys of a group ("": the top level). */
void config_mapping_read(config_reader *r, const char *group, const yaml_node_t *mapping);
/* An address for the key; false: a mistake. */
bool config_address_add(config_reader *r, const config_key *key, const char *text, size_t line);
size_t config_line_of_key(const config *c, const char *name);
char *config_path_absolute(const config_reader *r, const char *path);

static inline size_t config_line_of(const yaml_node_t *node) { return node->start_mark.line + 1; }
static inline const char *config_text_of(const yaml_node_t *node) { return (const char *)node->data.scalar.value; }
static inline yaml_node_t *config_node_at(config_reader *r, int index) {
  return yaml_document_get_node(&r->document, index);
}

/* ---- config_tls.c ---- */

/* An entry of `listen` that is a mapping {address, tls}. */
void config_entry_read(config_reader *r, const config_key *key, const yaml_node_t *mapping);
void config_certificates_read(config_reader *r, config_tls *into, const yaml_node_t *node);
/* When all is read: entries get what they leave to the group, and the files are read. */
void config_tls_settle(config_reader *r, const config_overrides *overrides);
/* Clear addresses again. */
void config_tls_forget_listen(config *c);
void config_tls_free(config *c);

#endif
