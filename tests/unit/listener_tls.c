/* The contexts of TLS listeners: which certificate a name leads to, and tickets whose keys change. */
#include "server/listener_tls.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certificate_files.h"
#include "server/config.h"

static char folder[] = "/tmp/jsd-listener-XXXXXX";
static char said[4096];

static void line(void *data, bool fatal, const char *text) {
  snprintf(said + strlen(said), sizeof said - strlen(said), "%s%s\n", fatal ? "" : "warning: ", text);
}
static const certificate_report report = {.line = line};

static config_tls settings(config_certificate *certificates, size_t count) {
  return (config_tls){.certificates = certificates,
                      .certificate_count = count,
                      .min_version = "1.2",
                      .max_version = "1.3",
                      .ciphers = "ECDHE+AESGCM",
                      .groups = "auto",
                      .unknown_name = "default",
                      .client_certificates = "off",
                      .ticket_rotation = 3600000};
}

static config_certificate pairs[] = {{"first.pem", "first.key", NULL},
                                     {"a.pem", "a.key", NULL},
                                     {"a-rsa.pem", "a-rsa.key", NULL},
                                     {"exact.pem", "exact.key", NULL}};

/* The common names of the context's certificates, in order, with blanks between. */
static const char *held(SSL_CTX *context) {
  static char text[256];
  text[0] = 0;
  if (context == NULL) return "none";
  for (int more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_FIRST); more == 1;
       more = SSL_CTX_set_current_cert(context, SSL_CERT_SET_NEXT)) {
    char name[64];
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_CTX_get0_certificate(context)), NID_commonName, name,
                              sizeof name);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text != 0 ? " " : "", name);
  }
  return text;
}

static void names_lead_to_certificates(void **state) {
  config_tls s = settings(pairs, 4);
  listener_tls *l = listener_tls_create(&s, NULL, &report);
  assert_non_null(l);
  assert_string_equal(held(listener_tls_choose(l, "first.example")), "first");
  assert_string_equal(held(listener_tls_choose(l, "FIRST.example.")), "first");
  /* The same kind of key: the very name before the wildcard that stands earlier; the other kind beside it. */
  assert_string_equal(held(listener_tls_choose(l, "exact.a.example")), "a-rsa exact");
  assert_string_equal(held(listener_tls_choose(l, "other.a.example")), "a-rsa a");
  assert_string_equal(held(listener_tls_choose(l, "x.other.a.example")), "first");
  assert_string_equal(held(listener_tls_choose(l, "a.example")), "first");
  assert_string_equal(held(listener_tls_choose(l, "*.a.example")), "a-rsa a"); /* no name of a host; harmless */
  assert_string_equal(held(listener_tls_choose(l, ".a.example")), "first");
  assert_string_equal(held(listener_tls_choose(l, "")), "first");
  assert_string_equal(held(listener_tls_choose(l, NULL)), "first");
  char longest[400];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  assert_string_equal(held(listener_tls_choose(l, longest)), "first");
  listener_tls_free(l);
}

static void unknown_names_are_refused_where_wanted(void **state) {
  config_tls s = settings(pairs, 4);
  s.unknown_name = "refuse";
  listener_tls *l = listener_tls_create(&s, NULL, &report);
  assert_string_equal(held(listener_tls_choose(l, "first.example")), "first");
  assert_null(listener_tls_choose(l, "unknown.example"));
  assert_null(listener_tls_choose(l, NULL));
  listener_tls_free(l);
}

static void names_of_the_same_certificates_share_a_context(void **state) {
  config_tls s = settings(pairs, 1);
  listener_tls *l = listener_tls_create(&s, NULL, &report);
  assert_ptr_equal(listener_tls_choose(l, "first.example"), listener_tls_choose(l, "second.example"));
  assert_ptr_equal(listener_tls_choose(l, "first.example"), listener_tls_choose(l, NULL));
  listener_tls_free(l);
}

static void mistakes_are_said(void **state) {
  config_certificate wrong[] = {{"a.pem", "first.key", NULL}, {"none.pem", "a.key", NULL}};
  config_tls s = settings(wrong, 2);
  said[0] = 0;
  assert_null(listener_tls_create(&s, NULL, &report));
  assert_string_equal(said,
                      "key first.key is not the key of certificate a.pem\n"
                      "certificate none.pem: No such file or directory\n");
}

/* A handshake in memory; the client's session. *reused: whether `session` was taken. */
static SSL_SESSION *shake(SSL_CTX *server_context, SSL_SESSION *session, int version, bool *reused) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(context, version);
  SSL *client = SSL_new(context), *server = SSL_new(server_context);
  BIO *one, *two;
  char byte;
  assert_int_equal(BIO_new_bio_pair(&one, 0, &two, 0), 1);
  SSL_set_bio(client, one, one);
  SSL_set_bio(server, two, two);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);
  if (session != NULL) SSL_set_session(client, session);
  for (int i = 0; i < 10; i++) {
    SSL_do_handshake(client);
    SSL_do_handshake(server);
  }
  assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
  if (version == TLS1_3_VERSION) assert_string_equal(SSL_get0_group_name(server), "X25519MLKEM768");
#endif
  SSL_read(client, &byte, 1); /* takes the tickets */
  *reused = SSL_session_reused(client);
  SSL_shutdown(client);
  SSL_SESSION *next = SSL_get1_session(client);
  SSL_free(client);
  SSL_free(server);
  SSL_CTX_free(context);
  return next;
}

static void tickets_outlive_one_change_of_the_key(void **state) {
  static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  config_tls s = settings(pairs, 4);
  for (int i = 0; i < 2; i++) {
    bool reused;
    ticket_keys *keys = ticket_keys_create();
    /* Two: as two generations have it. */
    listener_tls *l = listener_tls_create(&s, keys, &report), *other = listener_tls_create(&s, keys, &report);
    SSL_SESSION *first = shake(listener_tls_choose(l, NULL), NULL, versions[i], &reused), *more;
    assert_false(reused);
    more = shake(listener_tls_choose(other, NULL), first, versions[i], &reused);
    assert_true(reused);
    SSL_SESSION_free(more);
    assert_int_equal(ticket_keys_rotate(keys), 0);
    more = shake(listener_tls_choose(other, NULL), first, versions[i], &reused);
    assert_true(reused);
    assert_int_equal(ticket_keys_rotate(keys), 0);
    SSL_SESSION_free(shake(listener_tls_choose(l, NULL), first, versions[i], &reused));
    assert_false(reused);
    SSL_SESSION_free(shake(listener_tls_choose(l, NULL), more, versions[i], &reused)); /* got a new ticket meanwhile */
    assert_true(reused);
    SSL_SESSION_free(more);
    SSL_SESSION_free(first);
    listener_tls_free(l);
    listener_tls_free(other);
    ticket_keys_destroy(keys);
  }
}

static void sessions_belong_to_the_clients_authorities(void **state) {
  config_tls s = settings(pairs, 4);
  bool reused;
  ticket_keys *keys = ticket_keys_create();
  listener_tls *before = listener_tls_create(&s, keys, &report);
  s.client_certificates = "optional";
  s.client_ca = "a.pem";
  listener_tls *after = listener_tls_create(&s, keys, &report);
  SSL_SESSION *session = shake(listener_tls_choose(before, NULL), NULL, TLS1_3_VERSION, &reused);
  SSL_SESSION_free(shake(listener_tls_choose(after, NULL), session, TLS1_3_VERSION, &reused));
  assert_false(reused);
  SSL_SESSION_free(session);
  listener_tls_free(before);
  listener_tls_free(after);
  ticket_keys_destroy(keys);
}

static int setup(void **state) {
  assert_non_null(mkdtemp(folder));
  assert_int_equal(chdir(folder), 0);
  make("first", EVP_EC_gen("P-256"), "DNS:first.example,DNS:second.example");
  make("a", EVP_EC_gen("P-256"), "DNS:*.A.example");
  make("a-rsa", EVP_RSA_gen(2048), "DNS:*.a.example");
  make("exact", EVP_EC_gen("P-256"), "DNS:exact.a.example");
  return 0;
}

static int teardown(void **state) {
  static const char *const names[] = {"first", "a", "a-rsa", "exact"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[64];
    snprintf(path, sizeof path, "%s.pem", names[i]);
    unlink(path);
    snprintf(path, sizeof path, "%s.key", names[i]);
    unlink(path);
  }
  return chdir("/") != 0 || rmdir(folder) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_lead_to_certificates),
      cmocka_unit_test(unknown_names_are_refused_where_wanted),
      cmocka_unit_test(names_of_the_same_certificates_share_a_context),
      cmocka_unit_test(mistakes_are_said),
      cmocka_unit_test(tickets_outlive_one_change_of_the_key),
      cmocka_unit_test(sessions_belong_to_the_clients_authorities),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
