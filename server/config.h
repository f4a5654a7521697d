/*
 * config: what a config file (or `jsd serve APP` and its options) says, checked and with defaults filled in. The keys
 * live in one table (config_schema.c): name, type, default, range and doc; reading, checking and `jsd check` all walk
 * that table.
 *
 * A user's mistake becomes one line: `conf/jsd.yaml:12: unknown key "workerz": did you mean "workers"?`. Every mistake
 * of a file is reported, not only the first.
 */
#ifndef JSD_SERVER_CONFIG_H
#define JSD_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CONFIG_LISTEN_MAX = 32 };

typedef struct config_list {
  char **items;
  size_t count;
} config_list;

typedef struct config_certificate {
  char *cert, *key, *ocsp; /* absolute paths; ocsp: or NULL */
} config_certificate;

/* The group "tls", and what an entry of `listen` says instead. */
typedef struct config_tls {
  config_certificate *certificates;
  size_t certificate_count;
  char *min_version, *max_version; /* "1.2" or "1.3" */
  char *ciphers, *ciphersuites;    /* ciphersuites: or NULL */
  char *groups;                    /* "auto", or OpenSSL's notation */
  char *unknown_name;              /* "default" or "refuse" */
  char *client_certificates;       /* "off", "optional" or "required" */
  char *client_ca;                 /* absolute path or NULL */
  uint64_t handshake_timeout, ticket_rotation;
  uint64_t given; /* of an entry of `listen`: as config.given */
  uint32_t line;
} config_tls;

struct listener_tls;
struct ticket_keys;

/* Times in milliseconds (0: no limit, where the key allows it), sizes in bytes. Strings are owned by the config. */
typedef struct config {
  char *app;          /* absolute path */
  config_list listen; /* canonical addresses (address.h) */
  config_tls tls;
  config_tls *listen_tls[CONFIG_LISTEN_MAX];         /* of address i of `listen`; NULL: it is clear */
  struct listener_tls *listeners[CONFIG_LISTEN_MAX]; /* the same with their files read */
  struct listener_tls *listener_elsewhere; /* `--tls` where no `listen` is given: for every address; one of those */
  bool development;                        /* the group's certificate is the one for developers */
  struct ticket_keys *tickets;             /* the master's; NULL: `jsd check` */
  config_list listen_also;
  uint64_t workers;
  config_list env;     /* "NAME=value" */
  char *log;           /* absolute path, or NULL: standard error */
  char *pid_file;      /* absolute path or NULL */
  char *compile_cache; /* absolute path, or NULL: a folder that suits the process (code_folder.h), or "off" */
  uint64_t start_timeout, drain_timeout, hang_timeout, probation;
  char *engine_flags; /* or NULL */
  uint64_t max_heap;
  uint64_t code_store; /* bytes; 0: none */
  struct {
    uint64_t delay, delay_max, stable_after, crash_loop;
  } respawn;
  struct {
    uint64_t header_timeout, body_timeout, keep_alive_timeout;
    uint64_t max_header_bytes, max_headers, max_body_bytes;
    uint64_t max_connections, max_requests_per_connection;
    uint64_t backlog;
    uint64_t http2, http2_max_streams, http2_max_resets, http2_max_control_frames;
  } http;
  struct {
    uint64_t max_message_bytes, max_buffered_bytes, max_publish_bytes, compress_threshold;
    uint64_t idle_timeout, close_timeout;
  } websocket;
  char *file;         /* as it was named, or NULL */
  uint32_t lines[64]; /* of entry i of the table in the file; 0: not from there */
  uint64_t given;     /* bit i: entry i of the table was set by the user */
} config;

typedef enum config_type {
  CONFIG_STRING, /* char * */
  CONFIG_PATH,   /* char *, made absolute: a file's keys are relative to the file's folder */
  CONFIG_NUMBER, /* uint64_t; auto_value says what "auto" stands for */
  CONFIG_TIME,   /* uint64_t ms: "30s", "500ms", "2m", "1h" */
  CONFIG_SWITCH, /* uint64_t: "on" 1, "off" 0 */
  CONFIG_SIZE,   /* uint64_t bytes: "1mb", "64kb", "512" */
  CONFIG_ADDRESS_LIST,
  CONFIG_ENV_MAP,
  CONFIG_CERTIFICATE_LIST, /* list of {cert, key, ocsp} */
} config_type;

typedef struct config_key {
  const char *name; /* "group.key" where the key belongs to a group */
  config_type type;
  size_t offset;        /* in struct config */
  const char *standard; /* the default, written as in a file; NULL: none */
  uint64_t minimum, maximum;
  bool zero_is_off; /* 0 is allowed below the minimum and means no limit */
  uint64_t (*auto_value)(void);
  const char *doc;
  const char *choices; /* of a CONFIG_STRING: "a|b|c"; NULL: any */
} config_key;

extern const config_key config_keys[];
extern const size_t config_key_count;

/* Where mistakes go: whole lines without the newline. */
typedef struct config_report {
  void (*line)(void *data, const char *text);
  void *data;
  void (*warning)(void *data, const char *text); /* what is taken all the same; NULL: not said */
} config_report;

/* Host names and their addresses, for a config_load that must not wait for name servers. */
typedef struct config_names {
  const char *known; /* lines "NAME ADDRESS"; a name alone is one that has no address. NULL: none yet */
  char wanted[4096]; /* lines: names that are not among those */
} config_names;

/* What the command line says on top of (or instead of) a file; NULL or empty where it says nothing. */
typedef struct config_overrides {
  const char *file;
  const char *app;
  const char *workers;
  const char *const *listen;
  size_t listen_count;
  config_names *names;         /* NULL: host names are looked up, which may block for long */
  bool development_tls;        /* every address that is given no TLS gets jsd's own certificate */
  bool check;                  /* it is only looked at: an expired certificate is a mistake */
  struct ticket_keys *tickets; /* outlives the config; NULL: TLS sessions do not resume */
} config_overrides;

/*
 * Returns 0 and a config to be freed, or -1 after at least one line to the report, or 1: overrides->names->wanted has
 * names to be looked up first.
 */
int config_load(const config_overrides *overrides, const config_report *report, config **out);
void config_free(config *config);
/* Whether the user set the key (else its default stands). */
bool config_given(const config *config, const char *name);
/* The TLS of the address (canonical); NULL: what comes in there is clear. */
struct listener_tls *config_listener_tls(const config *config, const char *address);
enum { CONFIG_WHERE_BYTES = 512 };
/* Fills in and returns "conf/jsd.yaml:12: " for a key that the file has, else "". */
const char *config_where(const config *config, const char *name, char text[CONFIG_WHERE_BYTES]);
/* Every key with its effective value: `key: value`, and "# default" where the user said nothing. */
void config_print(const config *config, FILE *out);
/* `conf/jsd.yaml`-style documentation of all keys: name, default, doc. */
void config_print_keys(FILE *out);

#endif
