/*
 * listener_tls: what a TLS listener of the config needs in memory: for each set of certificates one context of
 * OpenSSL's, and the names that lead to them. Built by the master when it loads a config, so that a mistake is found
 * before anything is replaced and workers need no access to the files; generations inherit it by being forked.
 *
 * A client's server name leads to the certificates that have it, of each kind of key (ECDSA, RSA) the first: one with
 * the very name goes before one with a wildcard. Which kind is sent is then OpenSSL's choice, by what the client can
 * verify. A name that no certificate has, or none, gets the set of the first certificate.
 */
#ifndef JSD_SERVER_LISTENER_TLS_H
#define JSD_SERVER_LISTENER_TLS_H

#include "server/certificate.h"
#include "server/http/tls_config.h"
#include "server/ticket_keys.h"

struct config_tls;

typedef struct listener_tls listener_tls;

/* Reads the files. tickets: NULL: none are given. `client_certificates_line` and so on are the report's matter: texts
 * name the file. NULL after at least one fatal line. */
listener_tls *listener_tls_create(const struct config_tls *settings, ticket_keys *tickets,
                                  const certificate_report *report);
void listener_tls_free(listener_tls *l); /* NULL is allowed */

/* Which context the name leads to; NULL: unknown, and such names are refused. name NULL: the client sent none. */
SSL_CTX *listener_tls_choose(const listener_tls *l, const char *name);
/* In a worker, with the protocols of ALPN in their wire form: for the engine's listeners. The first call makes it; the
 * listener_tls keeps a reference, and outlives it. NULL: out of memory. */
tls_config *listener_tls_config(listener_tls *l, const void *protocols, size_t length);

#endif
