#include "server/listener_tls.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "runtime/tls_hooks.h"
#include "server/config.h"
#include "server/log.h"

enum { KINDS = 5, NAME_BYTES = 256 };
#define LOG_PAUSE_NS UINT64_C(10000000000)

/* Certificates of different kinds of keys that stand side by side in one context. */
typedef struct certificate_set {
  const certificate *member[KINDS];
  SSL_CTX *context;
} certificate_set;

typedef struct named_set {
  const char *name; /* a certificate's */
  size_t set;
} named_set;

struct listener_tls {
  certificate **certificates;
  size_t certificate_count;
  certificate_set *sets; /* [0]: the default */
  size_t set_count;
  named_set *names; /* sorted */
  size_t name_count;
  X509_STORE *clients;           /* whose certificates clients may have; NULL: they are not asked */
  STACK_OF(X509_NAME) * issuers; /* told to clients */
  unsigned char session_id[SHA256_DIGEST_LENGTH];
  bool refuse_unknown;
  tls_verify verify;
  uint64_t handshake_timeout;
  const config_tls *settings; /* while it is made */
  ticket_keys *tickets;
  tls_config *config;
  uint64_t failed_at; /* uv_hrtime of the last line about a failed handshake; 0: none yet */
  unsigned failed_since;
};

static void complain(const certificate_report *report, const char *what, const char *value) {
  char text[CERTIFICATE_TEXT_BYTES];
  snprintf(text, sizeof text, "\"tls.%s\": OpenSSL does not know \"%.200s\"", what, value);
  ERR_clear_error();
  report->line(report->data, true, text);
}

static void out_of_memory(const certificate_report *report) { report->line(report->data, true, "out of memory"); }

/* ---- names --------------------------------------------------------------------------------------------------------
 */

static int name_compare(const void *a, const void *b) {
  return strcmp(((const named_set *)a)->name, ((const named_set *)b)->name);
}

static const named_set *name_find(const listener_tls *l, const char *name) {
  const named_set wanted = {.name = name};
  return l->names == NULL ? NULL : bsearch(&wanted, l->names, l->name_count, sizeof *l->names, name_compare);
}

/* "www.a.example" → "*.a.example"; false: it has no part to stand for. */
static bool wildcard_of(const char *name, char out[NAME_BYTES]) {
  const char *dot = strchr(name, '.');
  return dot != NULL && dot != name && name[0] != '*' && snprintf(out, NAME_BYTES, "*%s", dot) < NAME_BYTES;
}

static bool has_name(const certificate *c, const char *name) {
  for (size_t i = 0; i < c->name_count; i++) {
    if (strcmp(c->names[i], name) == 0) return true;
  }
  return false;
}

SSL_CTX *listener_tls_choose(const listener_tls *l, const char *name) {
  char lower[NAME_BYTES], wildcard[NAME_BYTES];
  SSL_CTX *standard = l->refuse_unknown ? NULL : l->sets[0].context;
  size_t length = name == NULL ? 0 : strlen(name);
  if (length > 0 && name[length - 1] == '.') length--;
  if (length == 0 || length >= NAME_BYTES) return standard;
  for (size_t i = 0; i < length; i++) lower[i] = (char)tolower((unsigned char)name[i]);
  lower[length] = 0;
  const named_set *found = name_find(l, lower);
  if (found == NULL && wildcard_of(lower, wildcard)) found = name_find(l, wildcard);
  return found != NULL ? l->sets[found->set].context : standard;
}

/* ---- sets -----------------------------------------------------------------------------------------------------------
 */

/* Into the first place of its kind that is free; a kind that is there stays. */
static void set_add(certificate_set *set, const certificate *c) {
  for (size_t i = 0; i < KINDS; i++) {
    if (set->member[i] == NULL) {
      set->member[i] = c;
      return;
    }
    if (certificate_kind(set->member[i]) == certificate_kind(c)) return;
  }
}

static void set_for_name(const listener_tls *l, const char *name, certificate_set *set) {
  char wildcard[NAME_BYTES];
  bool wider = wildcard_of(name, wildcard);
  for (size_t i = 0; i < l->certificate_count; i++)
    if (has_name(l->certificates[i], name)) set_add(set, l->certificates[i]);
  for (size_t i = 0; wider && i < l->certificate_count; i++)
    if (has_name(l->certificates[i], wildcard)) set_add(set, l->certificates[i]);
}

/* The first certificate, and those of other kinds that are for one of its names. */
static void set_standard(const listener_tls *l, certificate_set *set) {
  const certificate *first = l->certificates[0];
  set_add(set, first);
  for (size_t i = 0; i < first->name_count; i++) set_for_name(l, first->names[i], set);
}

static int versions_set(SSL_CTX *context, const config_tls *s, const certificate_report *report) {
  int least = strcmp(s->min_version, "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
  int most = strcmp(s->max_version, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (SSL_CTX_set_min_proto_version(context, least) == 1 && SSL_CTX_set_max_proto_version(context, most) == 1) return 0;
  complain(report, "min_version", s->min_version);
  return -1;
}

static int algorithms_set(SSL_CTX *context, const config_tls *s, const certificate_report *report) {
  if (SSL_CTX_set_cipher_list(context, s->ciphers) != 1) return complain(report, "ciphers", s->ciphers), -1;
  if (s->ciphersuites != NULL && SSL_CTX_set_ciphersuites(context, s->ciphersuites) != 1)
    return complain(report, "ciphersuites", s->ciphersuites), -1;
  /* auto: OpenSSL's own list begins with X25519MLKEM768 from 3.5 on. */
  if (strcmp(s->groups, "auto") != 0 && SSL_CTX_set1_groups_list(context, s->groups) != 1)
    return complain(report, "groups", s->groups), -1;
  return 0;
}

static int on_server_name(SSL *ssl, int *alert, void *data) {
  const listener_tls *l = data;
  SSL_CTX *chosen = listener_tls_choose(l, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  if (chosen == NULL) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  if (chosen != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, chosen);
  return SSL_TLSEXT_ERR_OK;
}

static void tickets_set(listener_tls *l, SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets do it, without memory here */
  SSL_CTX_set_session_id_context(context, l->session_id, sizeof l->session_id);
  if (l->tickets == NULL || l->settings->ticket_rotation == 0) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    return;
  }
  /* A key opens tickets for at least as long as it has sealed them. */
  SSL_CTX_set_timeout(context, (long)(l->settings->ticket_rotation / 1000));
  ticket_keys_install(l->tickets, context);
}

static int context_make(listener_tls *l, certificate_set *set, const certificate_report *report) {
  SSL_CTX *context = set->context = SSL_CTX_new(TLS_server_method());
  if (context == NULL) return out_of_memory(report), -1;
  if (versions_set(context, l->settings, report) != 0 || algorithms_set(context, l->settings, report) != 0) return -1;
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_max_early_data(context, 0); /* what 0-RTT carries can be repeated by whoever has recorded it */
  tickets_set(l, context);
  for (size_t i = 0; i < KINDS && set->member[i] != NULL; i++) {
    const certificate *c = set->member[i];
    if (SSL_CTX_use_cert_and_key(context, c->leaf, c->key, c->chain, 1) == 1) continue;
    char text[CERTIFICATE_TEXT_BYTES];
    snprintf(text, sizeof text, "a certificate cannot be used: %s", ERR_reason_error_string(ERR_get_error()));
    report->line(report->data, true, text);
    return -1;
  }
  if (l->clients != NULL) {
    SSL_CTX_set1_cert_store(context, l->clients);
    SSL_CTX_set_client_CA_list(context, SSL_dup_CA_list(l->issuers));
  }
  SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
  SSL_CTX_set_tlsext_servername_arg(context, l);
  tls_hooks_install(context);
  SSL_CTX_set_read_ahead(context, 1);
  return 0;
}

/* The set's place; a new one gets its context. -1 after a line. */
static int set_place(listener_tls *l, const certificate_set *wanted, const certificate_report *report) {
  for (size_t i = 0; i < l->set_count; i++)
    if (memcmp(l->sets[i].member, wanted->member, sizeof wanted->member) == 0) return (int)i;
  certificate_set *sets = realloc(l->sets, (l->set_count + 1) * sizeof *sets);
  if (sets == NULL) return out_of_memory(report), -1;
  l->sets = sets;
  sets[l->set_count] = *wanted;
  int rc = context_make(l, &sets[l->set_count++], report);
  return rc == 0 ? (int)l->set_count - 1 : -1;
}

static int sets_make(listener_tls *l, const certificate_report *report) {
  certificate_set standard = {0};
  size_t most = 0;
  set_standard(l, &standard);
  if (set_place(l, &standard, report) < 0) return -1;
  for (size_t i = 0; i < l->certificate_count; i++) most += l->certificates[i]->name_count;
  named_set *names = calloc(most > 0 ? most : 1, sizeof *names);
  if (names == NULL) return out_of_memory(report), -1;
  size_t count = 0;
  for (size_t i = 0; i < l->certificate_count; i++) {
    for (size_t j = 0; j < l->certificates[i]->name_count; j++) names[count++].name = l->certificates[i]->names[j];
  }
  qsort(names, count, sizeof *names, name_compare);
  for (size_t i = 0; i < count; i++) {
    if (l->name_count > 0 && strcmp(names[i].name, names[l->name_count - 1].name) == 0) continue;
    certificate_set set = {0};
    set_for_name(l, names[i].name, &set);
    int place = set_place(l, &set, report);
    if (place < 0) {
      free(names);
      return -1;
    }
    names[l->name_count++] = (named_set){names[i].name, (size_t)place};
  }
  l->names = names;
  return 0;
}

/* ---- clients' certificates
 * -------------------------------------------------------------------------------------------- */

/* A session belongs to the CAs that its client was verified with: others start anew. */
static int session_id_make(listener_tls *l, STACK_OF(X509) * authorities) {
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(digest, &l->verify, sizeof l->verify) == 1;
  for (int i = 0; good && i < sk_X509_num(authorities); i++) {
    unsigned char *bytes = NULL;
    int length = i2d_X509(sk_X509_value(authorities, i), &bytes);
    good = length > 0 && EVP_DigestUpdate(digest, bytes, (size_t)length) == 1;
    OPENSSL_free(bytes);
  }
  good = good && EVP_DigestFinal_ex(digest, l->session_id, NULL) == 1;
  EVP_MD_CTX_free(digest);
  return good ? 0 : -1;
}

static int clients_read(listener_tls *l, const certificate_report *report) {
  const config_tls *s = l->settings;
  STACK_OF(X509) *authorities = NULL;
  int rc = 0;
  if (strcmp(s->client_certificates, "off") != 0) {
    l->verify = strcmp(s->client_certificates, "required") == 0 ? TLS_VERIFY_ENFORCED : TLS_VERIFY_OPTIONAL;
    authorities = certificates_read(s->client_ca, report);
    if (authorities == NULL) return -1;
    l->clients = X509_STORE_new();
    l->issuers = sk_X509_NAME_new_null();
    if (l->clients == NULL || l->issuers == NULL) rc = -1;
    for (int i = 0; rc == 0 && i < sk_X509_num(authorities); i++) {
      X509 *one = sk_X509_value(authorities, i);
      X509_NAME *name = X509_NAME_dup(X509_get_subject_name(one));
      if (X509_STORE_add_cert(l->clients, one) != 1 || name == NULL || !sk_X509_NAME_push(l->issuers, name)) rc = -1;
    }
  }
  if (rc == 0) rc = session_id_make(l, authorities);
  if (rc != 0) out_of_memory(report);
  sk_X509_pop_free(authorities, X509_free);
  return rc;
}

/* ---- the whole
 * ---------------------------------------------------------------------------------------------------------- */

static int certificates_load(listener_tls *l, const certificate_report *report) {
  const config_tls *s = l->settings;
  int rc = 0;
  l->certificates = calloc(s->certificate_count, sizeof(certificate *));
  if (l->certificates == NULL) return out_of_memory(report), -1;
  for (size_t i = 0; i < s->certificate_count; i++) {
    const config_certificate *c = &s->certificates[i];
    certificate *one = NULL;
    if (certificate_load(c->cert, c->key, c->ocsp, report, &one) != 0) {
      rc = -1; /* the others may have something wrong, too */
    } else {
      l->certificates[l->certificate_count++] = one;
    }
  }
  return rc;
}

listener_tls *listener_tls_create(const config_tls *settings, ticket_keys *tickets, const certificate_report *report) {
  listener_tls *l = calloc(1, sizeof *l);
  if (l == NULL) return out_of_memory(report), NULL;
  l->settings = settings;
  l->tickets = tickets;
  l->refuse_unknown = strcmp(settings->unknown_name, "refuse") == 0;
  l->handshake_timeout = settings->handshake_timeout;
  int rc = certificates_load(l, report);
  if (rc == 0) rc = clients_read(l, report);
  if (rc == 0) rc = sets_make(l, report);
  l->settings = NULL;
  if (rc == 0) return l;
  listener_tls_free(l);
  return NULL;
}

void listener_tls_free(listener_tls *l) {
  if (l == NULL) return;
  tls_config_release(l->config);
  for (size_t i = 0; i < l->set_count; i++) SSL_CTX_free(l->sets[i].context);
  for (size_t i = 0; i < l->certificate_count; i++) certificate_free(l->certificates[i]);
  X509_STORE_free(l->clients);
  sk_X509_NAME_pop_free(l->issuers, X509_NAME_free);
  free(l->certificates);
  free(l->sets);
  free(l->names);
  free(l);
}

static const unsigned char *staple(void *data, const X509 *sent, size_t *length) {
  const listener_tls *l = data;
  for (size_t i = 0; i < l->certificate_count; i++)
    if (l->certificates[i]->leaf == sent) return certificate_ocsp(l->certificates[i], length);
  return NULL;
}

/*
 * A handshake that fails is the client's mistake nearly always, and anybody can make as many as he likes: one line in
 * ten seconds, with the number of those between.
 */
static void failed(void *data, connection *c, int error) {
  listener_tls *l = data;
  uint64_t now = uv_hrtime();
  if (!connection_tls_has_spoken(c)) return;
  if (l->failed_at != 0 && now - l->failed_at < LOG_PAUSE_NS) {
    l->failed_since++;
    return;
  }
  unsigned long code = ERR_peek_last_error();
  const connection_address *peer = connection_peer(c);
  const char *known = error == UV_EPROTO ? ERR_reason_error_string(code) : NULL;
  const char *why = known != NULL            ? known
                    : error == UV_ECONNRESET ? "the client has gone"
                    : error == UV_ETIMEDOUT  ? "it took too long"
                    : error == UV_EACCES     ? "no acceptable certificate of the client's"
                                             : uv_strerror(error);
  char others[48] = "";
  if (l->failed_since > 0) snprintf(others, sizeof others, " (and %u others before)", l->failed_since);
  log_line("a TLS handshake of %s has failed: %s%s", peer->address[0] ? peer->address : "a client", why, others);
  l->failed_at = now;
  l->failed_since = 0;
}

tls_config *listener_tls_config(listener_tls *l, const void *protocols, size_t length) {
  static const tls_handler handler = {.staple = staple, .failed = failed};
  if (l->config != NULL) return l->config;
  tls_config *config = tls_config_create(l->sets[0].context, &handler, l);
  if (config == NULL || tls_config_set_alpn(config, protocols, length) != 0) {
    tls_config_release(config);
    return NULL;
  }
  config->verify = l->verify;
  config->wants = TLS_WANTS_STAPLE | TLS_WANTS_FAILED;
  config->handshake_timeout = l->handshake_timeout;
  return l->config = config;
}
