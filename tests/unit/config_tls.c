/* TLS in config files: the forms of `listen`, what entries take from the group `tls`, and mistakes with their lines. */
#include "server/config.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certificate_files.h"
#include "server/listener_tls.h"

static char folder[] = "/tmp/jsd-config-XXXXXX";
static char said[4096];

static void line(void *data, const char *text) {
  strncat(said, text, sizeof said - strlen(said) - 1);
  strncat(said, "\n", sizeof said - strlen(said) - 1);
}

static config *load_with(const char *yaml, config_overrides overrides) {
  config *c = NULL;
  config_report report = {.line = line, .warning = line};
  FILE *file = fopen("c.yaml", "w");
  fprintf(file, "app: app.js\n%s", yaml);
  fclose(file);
  said[0] = 0;
  overrides.file = "c.yaml";
  int rc = config_load(&overrides, &report, &c);
  assert_int_equal(rc, c != NULL ? 0 : -1);
  return c;
}
static config *load(const char *yaml) { return load_with(yaml, (config_overrides){0}); }

#define REFUSED(yaml, text)          \
  do {                               \
    assert_null(load(yaml));         \
    assert_string_equal(said, text); \
  } while (0)

static void entries_may_be_mappings(void **state) {
  config *c = load(
      "listen:\n  - 127.0.0.1:81\n  - {address: \"127.0.0.1:82\", tls: true}\n  - address: unix:/tmp/s\n"
      "    tls:\n      min_version: 1.3\n      certificates: {cert: other.pem, key: other.key}\n"
      "  - {address: \"127.0.0.1:84\", tls: false}\n"
      "tls:\n  certificates: [{cert: one.pem, key: one.key}]\n  handshake_timeout: 3s\n");
  assert_non_null(c);
  assert_string_equal(said, "");
  assert_int_equal(c->listen.count, 4);
  assert_null(config_listener_tls(c, "127.0.0.1:81"));
  assert_non_null(config_listener_tls(c, "127.0.0.1:82"));
  assert_non_null(config_listener_tls(c, "unix:/tmp/s"));
  assert_null(config_listener_tls(c, "127.0.0.1:84"));
  assert_null(config_listener_tls(c, "127.0.0.1:85"));
  /* What an entry does not say is as in the group, wherever that stands in the file. */
  assert_string_equal(c->listen_tls[1]->min_version, "1.2");
  assert_string_equal(c->listen_tls[2]->min_version, "1.3");
  assert_int_equal(c->listen_tls[2]->handshake_timeout, 3000);
  assert_string_equal(strrchr(c->listen_tls[1]->certificates[0].cert, '/'), "/one.pem");
  assert_int_equal(c->listen_tls[2]->certificate_count, 1);
  assert_string_equal(strrchr(c->listen_tls[2]->certificates[0].cert, '/'), "/other.pem");
  assert_int_equal(listener_tls_config(c->listeners[1], "\x02h2", 3)->handshake_timeout, 3000);
  config_free(c);
}

static void entries_without_keys_of_their_own_share(void **state) {
  config *c = load(
      "listen:\n  - {address: \"127.0.0.1:82\", tls: true}\n  - {address: \"127.0.0.1:83\", tls: true}\n"
      "  - {address: \"127.0.0.1:84\", tls: {min_version: 1.3}}\ntls:\n  certificates: {cert: one.pem, key: "
      "one.key}\n");
  assert_non_null(c);
  assert_ptr_equal(c->listeners[0], c->listeners[1]);
  assert_ptr_not_equal(c->listeners[0], c->listeners[2]);
  config_free(c);
  c = load(
      "listen:\n  - {address: \"127.0.0.1:82\", tls: true}\n  - {address: \"127.0.0.1:83\", tls: true}\n"
      "tls:\n  certificates: {cert: none.pem, key: one.key}\n");
  assert_null(c);
  assert_non_null(strstr(said, "c.yaml:3: certificate "));
  assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
}

static void one_mapping_is_an_entry(void **state) {
  config *c = load("listen: {address: \"127.0.0.1:82\", tls: {certificates: [{cert: one.pem, key: one.key}]}}\n");
  assert_non_null(c);
  assert_non_null(config_listener_tls(c, "127.0.0.1:82"));
  config_free(c);
}

static void the_command_lines_addresses_are_clear(void **state) {
  const char *address = "127.0.0.1:90";
  config *c = load_with("listen: {address: \"127.0.0.1:82\", tls: {certificates: [{cert: one.pem, key: one.key}]}}\n",
                        (config_overrides){.listen = &address, .listen_count = 1});
  assert_non_null(c);
  assert_null(config_listener_tls(c, "127.0.0.1:90"));
  config_free(c);
}

static void development_certificates_are_made_and_kept(void **state) {
  setenv("XDG_DATA_HOME", folder, 1);
  config *c = load_with("", (config_overrides){.development_tls = true});
  assert_non_null(c);
  assert_string_equal(said, "");
  /* Without `listen` the app says where, and all of it has TLS. */
  assert_non_null(config_listener_tls(c, "127.0.0.1:3000"));
  config_free(c);
  struct stat first, second;
  assert_int_equal(stat("jsd/development-cert.pem", &first), 0);
  config_free(load_with("", (config_overrides){.development_tls = true}));
  assert_int_equal(stat("jsd/development-cert.pem", &second), 0);
  assert_int_equal(first.st_ino, second.st_ino);
  /* A pair that does not fit any more is made anew. */
  assert_int_equal(rename("one.key", "jsd/development-key.pem"), 0);
  c = load_with("listen: 127.0.0.1:1\n", (config_overrides){.development_tls = true});
  assert_non_null(c);
  assert_non_null(config_listener_tls(c, "127.0.0.1:1"));
  assert_null(config_listener_tls(c, "127.0.0.1:2"));
  config_free(c);
  assert_int_equal(stat("jsd/development-cert.pem", &second), 0);
  assert_int_not_equal(first.st_ino, second.st_ino);
  make("one", EVP_EC_gen("P-256"), "DNS:one.example");
}

static void mistakes_have_lines(void **state) {
  REFUSED("listen:\n  - {tls: true}\n", "c.yaml:3: \"listen\": an entry without address\n");
  REFUSED("listen:\n  - {address: \"127.0.0.1:1\", tls: maybe}\n",
          "c.yaml:3: \"listen\": tls must be true, false, or keys of the group \"tls\"\n");
  REFUSED("listen:\n  - {address: \"127.0.0.1:1\", tsl: true}\n",
          "c.yaml:3: \"listen\": an entry has the keys address and tls\n");
  REFUSED("listen:\n  - address: 127.0.0.1:1\n    tls:\n      ciphres: x\n",
          "c.yaml:5: unknown key \"tls.ciphres\": did you mean \"ciphers\"?\n");
  REFUSED("listen:\n  - {address: \"127.0.0.1:1\", tls: true}\n",
          "c.yaml:3: 127.0.0.1:1: tls without certificates (\"tls: certificates: [{cert: FILE, key: FILE}]\")\n");
  REFUSED("listen_also:\n  - {address: \"127.0.0.1:1\", tls: true}\n",
          "c.yaml:3: \"listen_also\" has addresses only, no TLS\n");
  REFUSED("tls:\n  certificates: [{cert: one.pem}]\n",
          "c.yaml:3: \"tls.certificates\" must be a list of {cert: FILE, key: FILE}: this one has no key\n");
  REFUSED(
      "listen: 127.0.0.1:1\ntls:\n  certificates: [{cert: one.pem, key: one.key}]\n",
      "c.yaml:4: no address of \"listen\" has TLS: mark those that shall (- address: 127.0.0.1:1, then tls: true)\n");
  REFUSED("tls:\n  unknown_name: maybe\n",
          "c.yaml:3: \"tls.unknown_name\" must be one of default|refuse, not \"maybe\"\n");
}

static int setup(void **state) {
  assert_non_null(mkdtemp(folder));
  assert_int_equal(chdir(folder), 0);
  fclose(fopen("app.js", "w"));
  make("one", EVP_EC_gen("P-256"), "DNS:one.example");
  make("other", EVP_EC_gen("P-256"), "DNS:other.example");
  return 0;
}

static int teardown(void **state) {
  static const char *const names[] = {"app.js",
                                      "c.yaml",
                                      "one.pem",
                                      "one.key",
                                      "other.pem",
                                      "other.key",
                                      "jsd/development-cert.pem",
                                      "jsd/development-key.pem"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(names[i]);
  rmdir("jsd");
  return chdir("/") != 0 || rmdir(folder) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entries_may_be_mappings),
      cmocka_unit_test(entries_without_keys_of_their_own_share),
      cmocka_unit_test(one_mapping_is_an_entry),
      cmocka_unit_test(the_command_lines_addresses_are_clear),
      cmocka_unit_test(development_certificates_are_made_and_kept),
      cmocka_unit_test(mistakes_have_lines),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
