/*
 * tls.h: what the bindings of TLS and of certificates share: tls.c (connections), tls_context.c, tls_certificate.c,
 * tls_names.c (names in certificates as text), crypto_x509.c (X509Certificate).
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
/* Subject alternative names, "DNS:a, IP Address:1.2.3.4, ..."; a name that could be mistaken for several is quoted.
 * undefined where there are none. */
napi_value tls_alternative_names(napi_env env, X509 *certificate);
/* Authority information access, a line each: "OCSP - URI:http://..."; undefined where there is none. */
napi_value tls_info_access(napi_env env, X509 *certificate);
/* A name's parts, a line each: "CN=localhost". */
napi_value tls_name_text(napi_env env, const X509_NAME *name);
/* A Buffer with a copy of the bytes. */
napi_value tls_bytes(napi_env env, const void *bytes, size_t size);

#endif
