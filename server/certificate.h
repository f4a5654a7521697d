/*
 * certificate: a certificate with its chain, key and OCSP response, read from files by the master, which may see files
 * that workers may not. Workers inherit it in memory.
 */
#ifndef JSD_SERVER_CERTIFICATE_H
#define JSD_SERVER_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { CERTIFICATE_SOON_DAYS = 30, CERTIFICATE_TEXT_BYTES = 1200 };

typedef struct certificate {
  X509 *leaf;
  STACK_OF(X509) * chain; /* what stood behind it in the file, in that order */
  EVP_PKEY *key;
  char **names; /* of the leaf's subjectAltName, lower case: "a.example", "*.example" */
  size_t name_count;
  unsigned char *ocsp; /* DER, or NULL */
  size_t ocsp_length;
  time_t ocsp_until; /* the response's nextUpdate; 0: it has none */
} certificate;

/* What is wrong with it but does not keep it from being served, or what does: one line each. */
typedef struct certificate_report {
  void (*line)(void *data, bool fatal, const char *text);
  void *data;
  bool expired_is_fatal; /* a service goes on with one all the same */
} certificate_report;

/* Paths; ocsp may be NULL. 0 and a certificate to be freed, or -1 after at least one fatal line. */
int certificate_load(const char *cert, const char *key, const char *ocsp, const certificate_report *report,
                     certificate **out);
void certificate_free(certificate *c); /* NULL is allowed */
/* Of which of the kinds of keys that a client may want: EVP_PKEY_RSA, EVP_PKEY_EC, ... */
int certificate_kind(const certificate *c);
/* The response to staple now, or NULL. */
const unsigned char *certificate_ocsp(const certificate *c, size_t *length);
/* Certificates of a file, at least one, or NULL after a fatal line. */
STACK_OF(X509) * certificates_read(const char *path, const certificate_report *report);

#endif
