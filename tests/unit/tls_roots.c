/* Trusted certificates are found where distributions keep them. Each test has a root folder of its own. */
#include "runtime/bindings/tls_roots.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static X509 *authority;
static char root[64];

/* A certificate that signs itself. */
static X509 *authority_new(void) {
  X509 *x = X509_new();
  EVP_PKEY *key = EVP_EC_gen("P-256");
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_set_version(x, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(x), -60);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"test CA", -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  X509_set_pubkey(x, key);
  assert_true(X509_sign(x, key, EVP_sha256()) > 0);
  EVP_PKEY_free(key);
  return x;
}

/* Writes `text`, or without it the certificate, into root/name. */
static void write_file(const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s%s", root, name);
  for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
    *slash = 0;
    assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
  }
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  if (text != NULL)
    fputs(text, file);
  else
    assert_int_equal(PEM_write_X509(file, authority), 1);
  fclose(file);
}

/* Whether a context that took the roots from there trusts the certificate. */
static bool trusted(const char *where) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_method());
  X509_STORE_CTX *check = X509_STORE_CTX_new();
  assert_int_equal(tls_roots_add(ctx, where), 0);
  assert_int_equal(X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(ctx), authority, NULL), 1);
  bool ok = X509_verify_cert(check) == 1;
  X509_STORE_CTX_free(check);
  SSL_CTX_free(ctx);
  return ok;
}

static int setup(void **state) {
  authority = authority_new();
  strcpy(root, "/tmp/tls_roots.XXXXXX");
  unsetenv("SSL_CERT_FILE");
  unsetenv("SSL_CERT_DIR");
  return mkdtemp(root) == NULL;
}

static int teardown(void **state) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", root);
  X509_free(authority);
  return system(command);
}

static void nowhere_is_nobody(void **state) { assert_false(trusted(root)); }

static void each_usual_file(void **state) {
  for (const char *const *file = tls_roots_files; *file != NULL; file++) {
    char path[256];
    write_file(*file, NULL);
    assert_true(trusted(root));
    snprintf(path, sizeof path, "%s%s", root, *file);
    unlink(path);
    assert_false(trusted(root));
  }
}

static void a_file_without_certificates_is_passed_over(void **state) {
  write_file("/etc/ssl/certs/ca-certificates.crt", "");
  write_file("/etc/pki/tls/certs/ca-bundle.crt", "nothing\n");
  assert_false(trusted(root));
  write_file("/etc/ssl/cert.pem", NULL);
  assert_true(trusted(root));
}

static void a_folder_by_hashes(void **state) {
  char name[64];
  snprintf(name, sizeof name, "/etc/ssl/certs/%08lx.0", X509_subject_name_hash(authority));
  write_file(name, NULL);
  assert_true(trusted(root));
  /* It is asked before the files are read: those may be large. */
  write_file("/etc/ssl/certs/ca-certificates.crt", "nothing\n");
  assert_true(trusted(root));
}

static void the_environment_comes_first(void **state) {
  char path[256];
  write_file("/elsewhere.pem", NULL);
  snprintf(path, sizeof path, "%s/elsewhere.pem", root);
  setenv("SSL_CERT_FILE", path, 1);
  assert_true(trusted(root));
  unsetenv("SSL_CERT_FILE");
  assert_false(trusted(root));
  write_file("/etc/ssl/cert.pem", NULL);
  setenv("SSL_CERT_FILE", "/nonexistent", 1);
  setenv("SSL_CERT_DIR", "/nonexistent", 1);
  assert_false(trusted(root));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nowhere_is_nobody, setup, teardown),
      cmocka_unit_test_setup_teardown(each_usual_file, setup, teardown),
      cmocka_unit_test_setup_teardown(a_file_without_certificates_is_passed_over, setup, teardown),
      cmocka_unit_test_setup_teardown(a_folder_by_hashes, setup, teardown),
      cmocka_unit_test_setup_teardown(the_environment_comes_first, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
