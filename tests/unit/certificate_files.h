/* Certificates for unit tests, written as files into the current folder. */
#ifndef JSD_TEST_CERTIFICATE_FILES_H
#define JSD_TEST_CERTIFICATE_FILES_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

/* NAME.pem and NAME.key, for these names, signed with its own key. */
__attribute__((unused)) static void make(const char *name, EVP_PKEY *key, const char *names) {
  char path[64];
  X509 *certificate = X509_new();
  X509_NAME *subject = X509_get_subject_name(certificate);
  X509_set_version(certificate, X509_VERSION_3);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 90 * 24 * 3600);
  X509_set_pubkey(certificate, key);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
  assert_non_null(extension);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
  snprintf(path, sizeof path, "%s.pem", name);
  FILE *file = fopen(path, "w");
  PEM_write_X509(file, certificate);
  fclose(file);
  snprintf(path, sizeof path, "%s.key", name);
  file = fopen(path, "w");
  PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
  fclose(file);
  chmod(path, 0600);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

#endif
