/* What a dead worker was doing. */
#include "server/http/in_flight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static uint64_t begin(in_flight *f, const char *path) { return in_flight_begin(f, "GET", path, strlen(path)); }

static void unanswered_requests_are_listed_last_first(void **state) {
  in_flight f = {0};
  char text[IN_FLIGHT_TEXT_BYTES];
  assert_null(in_flight_nth(&f, 0, text));
  uint64_t a = begin(&f, "/a"), b = begin(&f, "/b");
  begin(&f, "/c");
  in_flight_end(&f, b);
  in_flight_end(&f, 0);
  assert_string_equal(in_flight_nth(&f, 0, text), "GET /c");
  assert_string_equal(in_flight_nth(&f, 1, text), "GET /a");
  assert_null(in_flight_nth(&f, 2, text));
  in_flight_end(&f, a);
  assert_null(in_flight_nth(&f, 1, text));
}

static void of_too_many_the_oldest_goes(void **state) {
  in_flight f = {0};
  char text[IN_FLIGHT_TEXT_BYTES], path[] = "/0";
  uint64_t first = 0;
  for (int i = 0; i < IN_FLIGHT_MAX + 1; i++, path[1]++) {
    uint64_t ticket = begin(&f, path);
    if (i == 0) first = ticket;
  }
  assert_string_equal(in_flight_nth(&f, 0, text), "GET /8");
  assert_string_equal(in_flight_nth(&f, IN_FLIGHT_MAX - 1, text), "GET /1");
  in_flight_end(&f, first); /* its place is another's */
  assert_non_null(in_flight_nth(&f, IN_FLIGHT_MAX - 1, text));
}

static void long_and_odd_texts_are_bounded(void **state) {
  in_flight f = {0};
  char text[IN_FLIGHT_TEXT_BYTES], path[1000];
  memset(path, 'x', sizeof path);
  path[sizeof path - 1] = 0;
  in_flight_begin(&f, path, path, sizeof path);
  assert_int_equal(strlen(in_flight_nth(&f, 0, text)), IN_FLIGHT_TEXT_BYTES - 1);
  begin(&f, "/a\n2026 error jsd: \x1b[31m\xff");
  assert_string_equal(in_flight_nth(&f, 0, text), "GET /a?2026 error jsd: ?[31m?");
  begin(&f, "/search?password=1");
  assert_string_equal(in_flight_nth(&f, 0, text), "GET /search");
  memset(&f, 0xff, sizeof f); /* a worker may have written anything */
  for (unsigned i = 0; i < IN_FLIGHT_MAX; i++) in_flight_nth(&f, i, text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(unanswered_requests_are_listed_last_first),
                                     cmocka_unit_test(of_too_many_the_oldest_goes),
                                     cmocka_unit_test(long_and_odd_texts_are_bounded)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
