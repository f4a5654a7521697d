/*
 * TLS for http_client.h, where a test is compiled with HTTP_TLS: a certificate made in memory for the server, and the
 * client's calls. The programs that include it are http_*_tls.c: the same tests over another transport.
 */
#ifndef JSD_TEST_HTTP_TLS_CLIENT_H
#define JSD_TEST_HTTP_TLS_CLIENT_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "server/http/tls_config.h"

/* Certificate and key of a test server, made once per process. */
UNUSED static SSL_CTX *test_tls_context(void) {
  static SSL_CTX *context;
  if (context) return context;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = X509_new();
  context = SSL_CTX_new(TLS_method());
  X509_NAME *name = X509_NAME_new();
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
  X509_set_subject_name(certificate, name);
  X509_set_issuer_name(certificate, name);
  X509_NAME_free(name);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
  assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
  assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

UNUSED static SSL *test_tls_connect(int fd) {
  static SSL_CTX *context;
  if (!context) context = SSL_CTX_new(TLS_client_method());
  SSL *ssl = SSL_new(context);
  SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(ssl, fd);
  SSL_set_connect_state(ssl);
#ifdef HTTP2
  SSL_set_alpn_protos(ssl, (const unsigned char *)"\x02h2", 3);
#endif
  return ssl;
}

/* As send and recv have it: -1 with errno, 0 at the end. */
static ssize_t test_tls_result(SSL *ssl, int result, size_t done) {
  int before = errno;
  if (result == 1) return (ssize_t)done;
  int error = SSL_get_error(ssl, result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN
          : error == SSL_ERROR_SYSCALL && before                       ? before
                                                                       : EPROTO;
  return -1;
}
UNUSED static ssize_t test_tls_send(SSL *ssl, const char *data, size_t length) {
  size_t done = 0;
  ERR_clear_error();
  int result = SSL_write_ex(ssl, data, length, &done);
  return test_tls_result(ssl, result, done);
}
UNUSED static ssize_t test_tls_recv(SSL *ssl, char *data, size_t capacity) {
  size_t done = 0;
  ERR_clear_error();
  int result = SSL_read_ex(ssl, data, capacity, &done);
  return test_tls_result(ssl, result, done);
}

#endif
