/* Addresses as users write them. */
#include "server/address.h"
#include "server/http/listener.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *canonical(const char *text) {
  static address a;
  const char *why = NULL;
  return address_parse(text, &a, &why) == 0 ? a.text : why;
}

static void canonical_forms(void **state) {
  assert_string_equal(canonical("127.0.0.1:8080"), "127.0.0.1:8080");
  assert_string_equal(canonical("[::1]:80"), "[::1]:80");
  assert_string_equal(canonical("[0:0::1]:080"), "[::1]:80");
  assert_string_equal(canonical("unix:/tmp/x.sock"), "unix:/tmp/x.sock");
  assert_string_equal(canonical(":80"), canonical("*:80"));
  assert_string_equal(canonical("80"), canonical("*:80"));
  assert_string_equal(canonical("localhost:1"), strchr(canonical("localhost:1"), '[') ? "[::1]:1" : "127.0.0.1:1");
}

static void mistakes_say_why(void **state) {
  assert_non_null(strstr(canonical("127.0.0.1"), "port"));
  assert_non_null(strstr(canonical("127.0.0.1:65536"), "port"));
  assert_non_null(strstr(canonical("127.0.0.1:"), "port"));
  assert_non_null(strstr(canonical("127.0.0.1:8a"), "port"));
  assert_non_null(strstr(canonical("::1:80"), "brackets"));
  assert_non_null(strstr(canonical("[::1]"), "[IPv6]:PORT"));
  assert_non_null(strstr(canonical("unix:"), "empty"));
  assert_non_null(strstr(canonical("no-such-host.invalid:80"), "not known"));
}

static void port_in_use_is_reported(void **state) {
  address a;
  const char *why;
  assert_int_equal(address_parse("127.0.0.1:0", &a, &why), 0);
  int first = address_listen(&a, 8);
  assert_true(first >= 0);
  struct sockaddr_storage storage = {0};
  socklen_t length = sizeof storage;
  assert_int_equal(getsockname(first, (struct sockaddr *)&storage, &length), 0);
  address_from_sockaddr(&storage, length, &a);
  assert_true(address_port(&a) > 0);
  assert_int_equal(address_listen(&a, 8), -98 /* EADDRINUSE */);
  close(first);
}

static void dead_unix_socket_is_replaced(void **state) {
  address a;
  const char *why;
  char path[64];
  snprintf(path, sizeof path, "unix:/tmp/jsd-unit-%d.sock", (int)getpid());
  assert_int_equal(address_parse(path, &a, &why), 0);
  int first = address_listen(&a, 8);
  assert_true(first >= 0);
  assert_int_equal(address_listen(&a, 8), -98);
  close(first);
  int second = address_listen(&a, 8);
  assert_true(second >= 0);
  close(second);
  unlink(path + 5);
}

/* A connection to a regular file is refused as one to a dead socket is. */
static void what_is_no_socket_is_kept(void **state) {
  address a;
  const char *why;
  char path[64], target[64];
  struct stat status;
  snprintf(path, sizeof path, "unix:/tmp/jsd-unit-%d.file", (int)getpid());
  snprintf(target, sizeof target, "/tmp/jsd-unit-%d.target", (int)getpid());
  assert_int_equal(address_parse(path, &a, &why), 0);
  int fd = open(path + 5, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_int_equal(write(fd, "data", 4), 4);
  close(fd);
  assert_int_equal(address_listen(&a, 8), -EADDRINUSE);
  assert_int_equal(http_listen_socket(path, 8), -EADDRINUSE);
  assert_int_equal(stat(path + 5, &status), 0);
  assert_int_equal(status.st_size, 4);
  /* Nor is a link followed. */
  assert_int_equal(rename(path + 5, target), 0);
  assert_int_equal(symlink(target, path + 5), 0);
  assert_int_equal(address_listen(&a, 8), -EADDRINUSE);
  assert_int_equal(lstat(path + 5, &status), 0);
  assert_true(S_ISLNK(status.st_mode));
  unlink(path + 5);
  unlink(target);
}

static void numeric_addresses_need_no_look_up(void **state) {
  address a, same;
  const char *why = NULL;
  assert_int_equal(address_parse_numeric("localhost:80", &a, &why), -1);
  assert_non_null(strstr(why, "host name"));
  assert_int_equal(http_listen_socket("localhost:0", 0), -EINVAL);
  assert_int_equal(address_parse_numeric("[::1]:80", &a, &why), 0);
  assert_int_equal(address_parse("[::1]:80", &same, &why), 0);
  assert_true(address_equal(&a, &same));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(canonical_forms), cmocka_unit_test(mistakes_say_why),
                                     cmocka_unit_test(port_in_use_is_reported),
                                     cmocka_unit_test(dead_unix_socket_is_replaced),
                                     cmocka_unit_test(what_is_no_socket_is_kept),
                                     cmocka_unit_test(numeric_addresses_need_no_look_up)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
