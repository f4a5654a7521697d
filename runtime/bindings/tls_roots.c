/*
 * tls_roots.c: finds the machine's trusted certificates, whatever distribution it is.
 *
 * OpenSSL looks in two places that were fixed when it was built, Debian's /usr/lib/ssl here; an installation from
 * `make dist` runs where there is nothing of that name. The order: SSL_CERT_FILE and SSL_CERT_DIR of the environment;
 * what was fixed, if there is anything; /etc/ssl/certs if it is a folder by hashes (one certificate is read when one is
 * asked for); else the first of the usual files, which is read as a whole: some milliseconds for 150 certificates.
 */
#include "tls_roots.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const tls_roots_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Alpine, Arch, Gentoo */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, Red Hat */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* the same, newer */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine without ca-certificates */
    NULL,
};

/* As `openssl rehash` names files: eight digits of a hash, a dot, a number. */
static bool hash_named(const char *name) {
  for (int i = 0; i < 8; i++) {
    if (!isxdigit((unsigned char)name[i])) return false;
  }
  return name[8] == '.' && isdigit((unsigned char)name[9]);
}

static bool hashed_folder(const char *path) {
  bool found = false;
  DIR *folder = opendir(path);
  if (folder == NULL) return false;
  for (struct dirent *entry; !found && (entry = readdir(folder)) != NULL;) found = hash_named(entry->d_name);
  closedir(folder);
  return found;
}

static bool readable_file(const char *root, const char *name, char path[PATH_MAX]) {
  return snprintf(path, PATH_MAX, "%s%s", root, name) < PATH_MAX && access(path, R_OK) == 0;
}

int tls_roots_add(SSL_CTX *ctx, const char *root) {
  char path[PATH_MAX];
  bool named = getenv(X509_get_default_cert_file_env()) != NULL || getenv(X509_get_default_cert_dir_env()) != NULL;
  if (named || readable_file(root, X509_get_default_cert_file(), path) ||
      (snprintf(path, sizeof path, "%s%s", root, X509_get_default_cert_dir()) < PATH_MAX && hashed_folder(path)))
    return SSL_CTX_set_default_verify_paths(ctx) == 1 ? 0 : -1;
  snprintf(path, sizeof path, "%s/etc/ssl/certs", root);
  if (hashed_folder(path)) return SSL_CTX_load_verify_dir(ctx, path) == 1 ? 0 : -1;
  for (const char *const *file = tls_roots_files; *file != NULL; file++) {
    if (!readable_file(root, *file, path)) continue;
    if (SSL_CTX_load_verify_file(ctx, path) == 1) return 0;
    ERR_clear_error(); /* empty, or no certificates: the next one */
  }
  return 0;
}
