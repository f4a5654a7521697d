/*
 * tls_facts.h: what there is to know of a TLS connection, as JS values: for sockets of node:tls (tls.c) and for the
 * connections of a server that speaks TLS itself. undefined where there is nothing to know.
 */
#ifndef JSD_RUNTIME_BINDINGS_TLS_FACTS_H
#define JSD_RUNTIME_BINDINGS_TLS_FACTS_H

#include "tls.h"

/* undefined, or [message, code]; a peer without a certificate is not verified either. */
napi_value tls_verify_error(napi_env env, SSL *ssl);
/* [protocol, cipher, cipher's standard name, cipher's version, ALPN, server name, session reused] */
napi_value tls_facts(napi_env env, SSL *ssl);
/* The peer's (or own) certificate and those above it, as objects. */
napi_value tls_certificates(napi_env env, SSL *ssl, bool own);
/* The session's bytes, as a client gives them to SSL_set_session. */
napi_value tls_session_bytes(napi_env env, SSL_SESSION *session);
/* The session's ticket. */
napi_value tls_ticket(napi_env env, SSL *ssl);
/* Signature algorithms that both sides have, as "ECDSA+SHA256", in the order of preference. */
napi_value tls_shared_sigalgs(napi_env env, SSL *ssl);
/* [kind ("DH", "ECDH", "TLSGroup": a hybrid), curve or group or undefined, bits or undefined] of the server's key
 * of this handshake: for clients. */
napi_value tls_ephemeral_key(napi_env env, SSL *ssl);
/* The last Finished message, own or the peer's. */
napi_value tls_finished(napi_env env, SSL *ssl, bool peer);
/* Bytes, or an error as tls_error makes it. Arguments: a number, a string, bytes or undefined. */
napi_value tls_export_key(napi_env env, SSL *ssl, napi_value length, napi_value label, napi_value context);

#endif
