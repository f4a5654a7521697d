/*
 * tls.h: what tls.c (connections) and tls_context.c (contexts, certificates) share.
 */
#ifndef JSD_RUNTIME_BINDINGS_TLS_H
#define JSD_RUNTIME_BINDINGS_TLS_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "util.h"

extern const js_type tls_context_type; /* pointer: SSL_CTX */

/* The context behind a handle, or NULL. */
SSL_CTX *tls_context_get(napi_env env, napi_value value);
/* [message, reason, library] of OpenSSL's first queued error (all strings); empties the queue. */
napi_value tls_error(napi_env env);
/* A certificate's facts as a plain object; subject and issuer are flat arrays [name, value, ...]. */
napi_value tls_certificate_object(napi_env env, X509 *certificate);
/* A Buffer with a copy of the bytes. */
napi_value tls_bytes(napi_env env, const void *bytes, size_t size);

#endif
