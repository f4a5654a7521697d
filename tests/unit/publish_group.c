/* Messages for topics between workers: at most once, in order, and nobody waits for a slow one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/http/publish_group.h"

typedef struct seen {
  unsigned count, last;
  bool text, ordered;
  char topic[16];
  size_t length;
} seen;

static void receive(void *data, const char *topic, size_t topic_length, bool text, const char *bytes, size_t length) {
  seen *s = data;
  unsigned number = 0;
  if (length >= sizeof number) memcpy(&number, bytes, sizeof number);
  s->ordered = s->count == 0 || number > s->last;
  s->last = number;
  s->count++;
  s->text = text;
  s->length = length;
  snprintf(s->topic, sizeof s->topic, "%.*s", (int)topic_length, topic);
}

static uv_loop_t loop, slow;
static uv_timer_t keep, keep_slow; /* members do not keep a loop */
static publish_group *group;
static publish_member *a, *b, *c;
static seen of_a, of_b, of_c;

static void never(uv_timer_t *timer) { abort(); }

static int setup(void **state) {
  memset(&of_a, 0, sizeof of_a);
  of_b = of_c = of_a;
  uv_loop_init(&loop);
  uv_loop_init(&slow);
  uv_timer_init(&loop, &keep);
  uv_timer_start(&keep, never, 60000, 0);
  uv_timer_init(&slow, &keep_slow);
  uv_timer_start(&keep_slow, never, 60000, 0);
  group = publish_group_create(4);
  return publish_group_join(group, 0, &loop, receive, &of_a, &a) ||
         publish_group_join(group, 1, &loop, receive, &of_b, &b) ||
         publish_group_join(group, 2, &slow, receive, &of_c, &c);
}

static int teardown(void **state) {
  publish_member_leave(a);
  publish_member_leave(b);
  if (c) publish_member_leave(c);
  uv_close((uv_handle_t *)&keep, NULL);
  uv_close((uv_handle_t *)&keep_slow, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_run(&slow, UV_RUN_DEFAULT);
  publish_group_destroy(group);
  return uv_loop_close(&loop) || uv_loop_close(&slow);
}

static void to_all_but_the_sender(void **state) {
  static char big[PUBLISH_BYTES_MAX + 1];
  assert_int_equal(publish_member_send(a, "news", 4, true, "hello", 5), 0);
  while (of_b.count == 0) uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&slow, UV_RUN_NOWAIT);
  assert_string_equal(of_b.topic, "news");
  assert_true(of_b.text && of_b.length == 5 && of_c.count == 1 && of_a.count == 0);
  assert_int_equal(publish_member_send(b, "", 0, false, big, PUBLISH_BYTES_MAX), 0);
  while (of_a.count == 0) uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(!of_a.text && of_a.length == PUBLISH_BYTES_MAX && of_a.topic[0] == 0);
  assert_int_equal(publish_member_send(b, "x", 1, false, big, sizeof big), UV_EMSGSIZE);
}

static void a_slow_one_loses_messages_and_holds_nobody(void **state) {
  static char bytes[4096];
  unsigned sent = 0;
  for (; publish_group_lost(group) == 0 && sent < 100000; sent++) {
    memcpy(bytes, &sent, sizeof sent);
    assert_int_equal(publish_member_send(a, "t", 1, false, bytes, sizeof bytes), 0);
    while (of_b.count <= sent) uv_run(&loop, UV_RUN_NOWAIT); /* b has every one of them */
  }
  assert_true(sent < 100000 && of_b.ordered);
  while (of_c.count < sent - 1) uv_run(&slow, UV_RUN_NOWAIT);
  assert_int_equal(of_c.count, sent - 1);
}

static void a_replacement_gets_nothing_old(void **state) {
  assert_int_equal(publish_member_send(a, "t", 1, false, "old!", 4), 0);
  publish_member_leave(c);
  c = NULL;
  assert_int_equal(publish_member_send(a, "t", 1, false, "lost", 4), 0);
  uv_run(&slow, UV_RUN_NOWAIT);
  assert_int_equal(publish_group_join(group, 2, &slow, receive, &of_c, &c), 0);
  unsigned number = 7;
  assert_int_equal(publish_member_send(a, "t", 1, false, (char *)&number, sizeof number), 0);
  uv_run(&slow, UV_RUN_NOWAIT);
  assert_true(of_c.count == 1 && of_c.last == 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(to_all_but_the_sender, setup, teardown),
      cmocka_unit_test_setup_teardown(a_slow_one_loses_messages_and_holds_nobody, setup, teardown),
      cmocka_unit_test_setup_teardown(a_replacement_gets_nothing_old, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
