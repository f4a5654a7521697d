#include "server/development_certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAY = 24 * 60 * 60, VALID_DAYS = 365, RENEW_DAYS = 30 };

/* mkdir -p, for the user alone. */
static int folders_make(char *path) {
  for (char *at = path + 1;; at++) {
    char c = *at;
    if (c != '/' && c != 0) continue;
    *at = 0;
    int rc = mkdir(path, 0700);
    *at = c;
    if (rc != 0 && errno != EEXIST) return -errno;
    if (c == 0) return 0;
  }
}

static int folder_find(char *folder, size_t size) {
  const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
  int length = -1;
  if (data != NULL && data[0] == '/')
    length = snprintf(folder, size, "%s/jsd", data);
  else if (home != NULL && home[0] == '/')
    length = snprintf(folder, size, "%s/.local/share/jsd", home);
  return length > 0 && (size_t)length < size ? 0 : -ENOENT;
}

/* Both are there, belong together and last for a while. */
static bool is_good(const char *cert, const char *key) {
  FILE *file = fopen(cert, "re");
  X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
  if (file != NULL) fclose(file);
  file = fopen(key, "re");
  EVP_PKEY *private = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
  if (file != NULL) fclose(file);
  time_t soon = time(NULL) + (time_t)RENEW_DAYS * DAY;
  bool good = certificate != NULL && private != NULL && X509_check_private_key(certificate, private) == 1 &&
              X509_cmp_time(X509_get0_notAfter(certificate), &soon) > 0;
  X509_free(certificate);
  EVP_PKEY_free(private);
  ERR_clear_error();
  return good;
}

static bool extension_add(X509 *certificate, int id, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, id, value);
  bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

static X509 *certificate_make(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  X509_NAME *name = X509_NAME_new();
  uint64_t serial = 0;
  bool good =
      certificate != NULL && name != NULL && RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
      X509_set_version(certificate, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"jsd development", -1, -1, 0) == 1 &&
      X509_set_subject_name(certificate, name) == 1 && X509_set_issuer_name(certificate, name) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY) != NULL &&
      X509_gmtime_adj(X509_getm_notAfter(certificate), (long)VALID_DAYS * DAY) != NULL &&
      X509_set_pubkey(certificate, key) == 1 &&
      extension_add(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
      extension_add(certificate, NID_key_usage, "critical,digitalSignature") &&
      extension_add(certificate, NID_ext_key_usage, "serverAuth") &&
      extension_add(certificate, NID_subject_alt_name, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1") &&
      X509_sign(certificate, key, EVP_sha256()) > 0;
  X509_NAME_free(name);
  if (good) return certificate;
  X509_free(certificate);
  return NULL;
}

/* In one step, so that nobody finds half a file. */
static int file_write(const char *path, mode_t mode, X509 *certificate, EVP_PKEY *key) {
  char temporary[PATH_MAX];
  if (snprintf(temporary, sizeof temporary, "%s.%d", path, (int)getpid()) >= (int)sizeof temporary)
    return -ENAMETOOLONG;
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (file == NULL) return -errno;
  int written = certificate != NULL ? PEM_write_X509(file, certificate)
                                    : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
  int closed = fclose(file);
  if (written == 1 && closed == 0 && rename(temporary, path) == 0) return 0;
  int rc = errno != 0 ? -errno : -EIO;
  unlink(temporary);
  return rc;
}

static int make(const char *cert, const char *key) {
  EVP_PKEY *private = EVP_EC_gen("P-256");
  X509 *certificate = private != NULL ? certificate_make(private) : NULL;
  int rc = certificate == NULL ? -ENOMEM : file_write(key, 0600, NULL, private);
  if (rc == 0) rc = file_write(cert, 0644, certificate, NULL);
  X509_free(certificate);
  EVP_PKEY_free(private);
  return rc;
}

int development_certificate_find(char *cert, char *key, size_t size, char *why, size_t why_size) {
  char folder[PATH_MAX];
  if (folder_find(folder, sizeof folder) != 0) {
    snprintf(why, why_size, "no folder for the development certificate: neither XDG_DATA_HOME nor HOME is set");
    return -1;
  }
  int rc = snprintf(cert, size, "%s/development-cert.pem", folder) >= (int)size ||
                   snprintf(key, size, "%s/development-key.pem", folder) >= (int)size
               ? -ENAMETOOLONG
               : 0;
  if (rc == 0 && is_good(cert, key)) return 0;
  if (rc == 0) rc = folders_make(folder);
  if (rc == 0) rc = make(cert, key);
  if (rc != 0) snprintf(why, why_size, "cannot make a development certificate in %s: %s", folder, strerror(-rc));
  return rc == 0 ? 0 : -1;
}
