/* Messages between master, zygote and workers. */
#include "server/ipc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void message_arrives_whole(void **state) {
  int ends[2];
  ipc_message m;
  assert_int_equal(ipc_pair(ends), 0);
  assert_int_equal(ipc_receive(ends[0], &m), -EAGAIN);
  assert_int_equal(ipc_send(ends[1], IPC_LISTEN, 511, UINT64_MAX, "127.0.0.1:80", -1), 0);
  assert_int_equal(ipc_send(ends[1], IPC_READY, -7, 3, NULL, -1), 0);
  assert_int_equal(ipc_receive(ends[0], &m), 1);
  assert_int_equal(m.type, IPC_LISTEN);
  assert_int_equal(m.value, 511);
  assert_true(m.number == UINT64_MAX);
  assert_string_equal(m.text, "127.0.0.1:80");
  assert_int_equal(m.fd, -1);
  assert_int_equal(ipc_receive(ends[0], &m), 1);
  assert_int_equal(m.type, IPC_READY);
  assert_int_equal(m.value, -7);
  assert_string_equal(m.text, "");
  close(ends[1]);
  assert_int_equal(ipc_receive(ends[0], &m), 0);
  close(ends[0]);
}

static void descriptor_travels_along(void **state) {
  int ends[2], pipe_ends[2];
  ipc_message m;
  struct stat sent, received;
  assert_int_equal(ipc_pair(ends), 0);
  assert_int_equal(pipe(pipe_ends), 0);
  assert_int_equal(ipc_send(ends[0], IPC_SOCKET, 0, 0, NULL, pipe_ends[0]), 0);
  assert_int_equal(ipc_receive(ends[1], &m), 1);
  assert_true(m.fd >= 0 && m.fd != pipe_ends[0]);
  assert_int_equal(fstat(pipe_ends[0], &sent), 0);
  assert_int_equal(fstat(m.fd, &received), 0);
  assert_true(sent.st_ino == received.st_ino);
  for (int i = 0; i < 2; i++) close(ends[i]), close(pipe_ends[i]);
  close(m.fd);
}

static void long_text_is_cut(void **state) {
  int ends[2];
  char text[IPC_TEXT_MAX + 100];
  ipc_message m;
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = 0;
  assert_int_equal(ipc_pair(ends), 0);
  assert_int_equal(ipc_send(ends[0], IPC_ERROR, 0, 0, text, -1), 0);
  assert_int_equal(ipc_receive(ends[1], &m), 1);
  assert_int_equal(strlen(m.text), IPC_TEXT_MAX);
  close(ends[0]);
  close(ends[1]);
}

/* A worker that ends with an order unread resets its channel; what it had said must arrive all the same. */
static void last_words_survive_a_reset(void **state) {
  int ends[2];
  ipc_message m;
  assert_int_equal(ipc_pair(ends), 0);
  assert_int_equal(ipc_send(ends[0], IPC_DRAIN, 0, 0, NULL, -1), 0);
  assert_int_equal(ipc_send(ends[1], IPC_ERROR, 0, 0, "why", -1), 0);
  close(ends[1]);
  assert_int_equal(ipc_receive(ends[0], &m), 1);
  assert_string_equal(m.text, "why");
  assert_int_equal(ipc_receive(ends[0], &m), 0);
  close(ends[0]);
}

static void malformed_packets_are_refused(void **state) {
  int ends[2];
  ipc_message m;
  unsigned char bytes[IPC_PACKET_MAX];
  assert_int_equal(ipc_pair(ends), 0);
  assert_int_equal(ipc_send(ends[1], IPC_LISTEN, 1, 2, "abc", -1), 0);
  ssize_t size = recv(ends[0], bytes, sizeof bytes, 0);
  assert_int_equal(ipc_parse(bytes, (size_t)size, &m), 0);
  for (ssize_t cut = 0; cut < size; cut++) assert_int_equal(ipc_parse(bytes, (size_t)cut, &m), -EPROTO);
  bytes[size] = 'd';
  assert_int_equal(ipc_parse(bytes, (size_t)size + 1, &m), -EPROTO);
  bytes[size - 1] = 0;
  assert_int_equal(ipc_parse(bytes, (size_t)size, &m), -EPROTO);
  bytes[size - 1] = 'c';
  bytes[2] = IPC_TYPE_END;
  assert_int_equal(ipc_parse(bytes, (size_t)size, &m), -EPROTO);
  /* A refused packet costs nothing but itself. */
  assert_int_equal(send(ends[1], "junk", 4, 0), 4);
  assert_int_equal(ipc_send(ends[1], IPC_READY, 0, 0, NULL, -1), 0);
  assert_int_equal(ipc_receive(ends[0], &m), -EPROTO);
  assert_int_equal(ipc_receive(ends[0], &m), 1);
  close(ends[0]);
  close(ends[1]);
}

static void random_packets_are_survived(void **state) {
  unsigned char bytes[IPC_PACKET_MAX];
  ipc_message m;
  srandom(1);
  for (int round = 0; round < 200000; round++) {
    size_t size = (size_t)random() % sizeof bytes;
    for (size_t i = 0; i < size && i < 64; i++) bytes[i] = (unsigned char)random();
    if (round % 2) memcpy(bytes, "\1\0\4\0", 4);
    if (ipc_parse(bytes, size, &m) == 0) assert_true(strlen(m.text) <= IPC_TEXT_MAX);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(message_arrives_whole),
                                     cmocka_unit_test(descriptor_travels_along),
                                     cmocka_unit_test(long_text_is_cut),
                                     cmocka_unit_test(last_words_survive_a_reset),
                                     cmocka_unit_test(malformed_packets_are_refused),
                                     cmocka_unit_test(random_packets_are_survived)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
