#include "server/certificate.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DAY = 24 * 60 * 60, OCSP_BYTES_MAX = 1 << 20 };

__attribute__((format(printf, 3, 4))) static void say(const certificate_report *report, bool fatal, const char *format,
                                                      ...) {
  char text[CERTIFICATE_TEXT_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  report->line(report->data, fatal, text);
  ERR_clear_error();
}

/* ---- files --------------------------------------------------------------------------------------------------------
 */

static FILE *file_open(const char *what, const char *path, const certificate_report *report) {
  FILE *file = fopen(path, "re");
  struct stat status;
  if (file != NULL && fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
    fclose(file);
    file = NULL;
    errno = EISDIR;
  }
  if (file == NULL) say(report, true, "%s %s: %s", what, path, strerror(errno));
  return file;
}

STACK_OF(X509) * certificates_read(const char *path, const certificate_report *report) {
  FILE *file = file_open("certificate", path, report);
  STACK_OF(X509) *all = file != NULL ? sk_X509_new_null() : NULL;
  X509 *one;
  while (all != NULL && (one = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
    if (sk_X509_push(all, one) == 0) X509_free(one);
  }
  if (file == NULL) return NULL;
  fclose(file);
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (all != NULL && sk_X509_num(all) > 0 && at_end) {
    ERR_clear_error();
    return all;
  }
  say(report, true, "certificate %s: %s", path,
      at_end ? "no certificate in it (expected PEM: -----BEGIN CERTIFICATE-----)" : "not a valid PEM certificate");
  sk_X509_pop_free(all, X509_free);
  return NULL;
}

typedef struct asked {
  bool passphrase;
} asked;

static int passphrase(char *buffer, int size, int writing, void *data) {
  ((asked *)data)->passphrase = true;
  return -1;
}

static EVP_PKEY *key_read(const char *path, const certificate_report *report) {
  struct stat status;
  asked a = {false};
  FILE *file = file_open("key", path, report);
  if (file == NULL) return NULL;
  if (fstat(fileno(file), &status) == 0 && (status.st_mode & S_IROTH)) {
    say(report, false, "key %s can be read by everybody (mode %04o): chmod o-r", path,
        (unsigned)status.st_mode & 07777);
  }
  EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, passphrase, &a);
  fclose(file);
  if (key == NULL && a.passphrase) {
    say(report, true,
        "key %s is encrypted with a passphrase, which nobody can type in for a service: "
        "openssl pkey -in %s -out FILE writes it without",
        path, path);
  } else if (key == NULL) {
    say(report, true, "key %s: no private key in it (expected PEM: -----BEGIN PRIVATE KEY-----)", path);
  }
  return key;
}

/* ---- OCSP ---------------------------------------------------------------------------------------------------------
 */

static time_t time_of(const ASN1_TIME *when) {
  struct tm tm;
  return when != NULL && ASN1_TIME_to_tm(when, &tm) == 1 ? timegm(&tm) : 0;
}

/* Whether the response says something good about this certificate; *until: for how long. */
static const char *ocsp_problem(const certificate *c, OCSP_RESPONSE *response, time_t *until) {
  OCSP_BASICRESP *basic = NULL;
  ASN1_GENERALIZEDTIME *next = NULL;
  const char *problem = NULL;
  int status = -1;
  const ASN1_INTEGER *serial = X509_get0_serialNumber(c->leaf);
  if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return "is an error, not an answer";
  basic = OCSP_response_get1_basic(response);
  if (basic == NULL) return "has no answer in it";
  problem = "is about another certificate";
  for (int i = 0; i < OCSP_resp_count(basic); i++) {
    OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
    ASN1_INTEGER *number = NULL;
    OCSP_id_get0_info(NULL, NULL, NULL, &number, (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single));
    if (number == NULL || ASN1_INTEGER_cmp(number, serial) != 0) continue;
    problem = NULL;
    status = OCSP_single_get0_status(single, NULL, NULL, NULL, &next);
  }
  *until = time_of(next);
  OCSP_BASICRESP_free(basic);
  if (problem == NULL && status != V_OCSP_CERTSTATUS_GOOD) return "says that the certificate is revoked or unknown";
  if (problem == NULL && *until != 0 && *until <= time(NULL)) return "is out of date";
  return problem;
}

/* What is not good is not stapled: clients would refuse the connection for it. */
static int ocsp_load(certificate *c, const char *path, const certificate_report *report) {
  FILE *file = file_open("ocsp", path, report);
  if (file == NULL) return -1;
  unsigned char *bytes = malloc(OCSP_BYTES_MAX);
  size_t length = bytes != NULL ? fread(bytes, 1, OCSP_BYTES_MAX, file) : 0;
  fclose(file);
  const unsigned char *at = bytes;
  OCSP_RESPONSE *response = length > 0 ? d2i_OCSP_RESPONSE(NULL, &at, (long)length) : NULL;
  const char *problem = response == NULL ? "is no OCSP response (expected DER)" : NULL;
  bool fatal = problem != NULL;
  if (response != NULL) problem = ocsp_problem(c, response, &c->ocsp_until);
  OCSP_RESPONSE_free(response);
  if (problem != NULL) {
    say(report, fatal, "ocsp %s %s%s", path, problem, fatal ? "" : ": not stapled");
    free(bytes);
    return fatal ? -1 : 0;
  }
  c->ocsp = bytes;
  c->ocsp_length = length;
  return 0;
}

const unsigned char *certificate_ocsp(const certificate *c, size_t *length) {
  if (c->ocsp == NULL || (c->ocsp_until != 0 && c->ocsp_until <= time(NULL))) return NULL;
  *length = c->ocsp_length;
  return c->ocsp;
}

/* ---- names and dates -----------------------------------------------------------------------------------------------
 */

static int name_add(certificate *c, const char *text, size_t length) {
  char **names = realloc(c->names, (c->name_count + 1) * sizeof(char *));
  if (names == NULL) return -1;
  c->names = names;
  names[c->name_count] = strndup(text, length);
  if (names[c->name_count] == NULL) return -1;
  for (char *at = names[c->name_count]; *at != 0; at++) *at = (char)tolower((unsigned char)*at);
  c->name_count++;
  return 0;
}

/* *addresses: it is for IP addresses too. */
static int names_read(certificate *c, bool *addresses) {
  GENERAL_NAMES *all = X509_get_ext_d2i(c->leaf, NID_subject_alt_name, NULL, NULL);
  int rc = 0;
  for (int i = 0; rc == 0 && i < sk_GENERAL_NAME_num(all); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
    *addresses |= name->type == GEN_IPADD;
    if (name->type != GEN_DNS) continue;
    const char *text = (const char *)ASN1_STRING_get0_data(name->d.dNSName);
    size_t length = (size_t)ASN1_STRING_length(name->d.dNSName);
    if (length > 0 && memchr(text, 0, length) == NULL) rc = name_add(c, text, length);
  }
  GENERAL_NAMES_free(all);
  return rc;
}

/* False: it must not be used. */
static bool dates_check(const certificate *c, const char *path, const certificate_report *report) {
  time_t now = time(NULL), from = time_of(X509_get0_notBefore(c->leaf)), until = time_of(X509_get0_notAfter(c->leaf));
  char date[32];
  struct tm tm;
  time_t shown = from > now ? from : until;
  gmtime_r(&shown, &tm);
  strftime(date, sizeof date, "%Y-%m-%d", &tm);
  if (from > now) {
    say(report, false, "certificate %s is not valid before %s", path, date);
  } else if (until <= now) {
    say(report, report->expired_is_fatal, "certificate %s has expired on %s", path, date);
    return !report->expired_is_fatal;
  } else if (until - now < (time_t)CERTIFICATE_SOON_DAYS * DAY) {
    say(report, false, "certificate %s expires in %d days, on %s", path, (int)((until - now) / DAY), date);
  }
  return true;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------
 */

int certificate_kind(const certificate *c) { return EVP_PKEY_get_base_id(c->key); }

void certificate_free(certificate *c) {
  if (c == NULL) return;
  X509_free(c->leaf);
  sk_X509_pop_free(c->chain, X509_free);
  EVP_PKEY_free(c->key);
  for (size_t i = 0; i < c->name_count; i++) free(c->names[i]);
  free(c->names);
  free(c->ocsp);
  free(c);
}

int certificate_load(const char *cert, const char *key, const char *ocsp, const certificate_report *report,
                     certificate **out) {
  bool addresses = false;
  certificate *c = calloc(1, sizeof *c);
  if (c == NULL) return say(report, true, "out of memory"), -1;
  c->chain = certificates_read(cert, report);
  c->key = key_read(key, report);
  if (c->chain != NULL) c->leaf = sk_X509_shift(c->chain);
  if (c->leaf == NULL || c->key == NULL) goto fail;
  if (X509_check_private_key(c->leaf, c->key) != 1) {
    say(report, true, "key %s is not the key of certificate %s", key, cert);
    goto fail;
  }
  if (names_read(c, &addresses) != 0) {
    say(report, true, "out of memory");
    goto fail;
  }
  bool dates_good = dates_check(c, cert, report);
  if (c->name_count == 0 && !addresses) {
    say(report, false, "certificate %s has no names (subjectAltName): browsers refuse it", cert);
  }
  if (ocsp != NULL && ocsp_load(c, ocsp, report) != 0) goto fail;
  if (!dates_good) goto fail;
  *out = c;
  return 0;
fail:
  certificate_free(c);
  return -1;
}
