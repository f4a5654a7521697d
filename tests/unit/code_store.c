/* code_store: what came first stays, a full one, batches of two writers, of one that was killed and of one that lies,
 * and that the kernel keeps everybody but the keeper from writing. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/code_store.h"

enum { CAPACITY = 1 << 20, KIND = 3 };

static code_store_key key_of(const char *name) {
  return (code_store_key){.kind = KIND, .bytes = name, .size = strlen(name)};
}

static int put(code_store *store, const char *name, const char *text) {
  code_store_key key = key_of(name);
  code_store_value value = {.flags = text == NULL ? CODE_STORE_MISSING : 0,
                            .bytes = (const uint8_t *)text,
                            .size = text == NULL ? 0 : strlen(text)};
  return code_store_add(store, &key, &value);
}

/* The text of a name; "(missing)", or "(none)" where nothing is known. */
static const char *get(const code_store *store, const char *name) {
  static char text[256];
  code_store_key key = key_of(name);
  code_store_value value;
  if (!code_store_find(store, &key, &value)) return "(none)";
  if ((value.flags & CODE_STORE_MISSING) != 0) return "(missing)";
  assert_int_equal((uintptr_t)value.bytes % 8, 0);
  snprintf(text, sizeof text, "%.*s", (int)value.size, (const char *)value.bytes);
  return text;
}

static code_store *make(void) {
  code_store *store = NULL;
  assert_int_equal(code_store_create(CAPACITY, &store), 0);
  return store;
}

static code_store *batch_of(const char *name, const char *text) {
  code_store *batch = NULL;
  assert_int_equal(code_store_batch(CAPACITY, &batch), 0);
  assert_int_equal(put(batch, name, text), 0);
  return batch;
}

static void the_first_stays(void **state) {
  code_store *store = make();
  assert_string_equal(get(store, "/a.js"), "(none)");
  assert_int_equal(put(store, "/a.js", "first"), 0);
  assert_int_equal(put(store, "/a.js", "second"), 0);
  assert_int_equal(put(store, "/a.js", NULL), 0);
  assert_string_equal(get(store, "/a.js"), "first");
  assert_int_equal(put(store, "/empty.js", ""), 0);
  assert_string_equal(get(store, "/empty.js"), "");
  code_store_key other = {.kind = KIND + 1, .bytes = "/a.js", .size = 5};
  code_store_value value;
  assert_false(code_store_find(store, &other, &value));
  code_store_close(store);
}

static void missing_may_come(void **state) {
  code_store *store = make();
  assert_int_equal(put(store, "/b.js", NULL), 0);
  assert_string_equal(get(store, "/b.js"), "(missing)");
  assert_int_equal(put(store, "/b.js", "here"), 0);
  assert_string_equal(get(store, "/b.js"), "here");
  code_store_close(store);
}

static void many(void **state) {
  code_store *store = make();
  char name[32], text[32];
  for (int i = 0; i < 5000; i++) {
    snprintf(name, sizeof name, "/%d.js", i);
    snprintf(text, sizeof text, "text %d", i);
    assert_int_equal(put(store, name, text), 0);
  }
  for (int i = 0; i < 5000; i++) {
    snprintf(name, sizeof name, "/%d.js", i);
    snprintf(text, sizeof text, "text %d", i);
    assert_string_equal(get(store, name), text);
  }
  code_store_close(store);
}

static void full(void **state) {
  code_store *store = make();
  char *large = malloc(CAPACITY);
  memset(large, 'x', CAPACITY);
  large[CAPACITY - 1] = 0;
  assert_int_equal(put(store, "/small.js", "small"), 0);
  assert_false(code_store_full(store));
  size_t used = code_store_used(store);
  assert_int_equal(put(store, "/large.js", large), -ENOSPC);
  assert_true(code_store_full(store));
  assert_int_equal(code_store_used(store), used);
  assert_string_equal(get(store, "/small.js"), "small");
  assert_string_equal(get(store, "/large.js"), "(none)");
  assert_int_equal(put(store, "/next.js", "fits in"), 0);
  assert_string_equal(get(store, "/next.js"), "fits in");
  code_store_close(store);

  /* A batch that was full itself: something is missing in it. */
  code_store *batch = NULL;
  store = make();
  assert_int_equal(code_store_batch(CAPACITY, &batch), 0);
  assert_int_equal(put(batch, "/large.js", large), -ENOSPC);
  assert_int_equal(put(batch, "/small.js", "small"), 0);
  assert_int_equal(code_store_take(store, code_store_fd(batch)), -ENOSPC);
  assert_true(code_store_full(store));
  assert_string_equal(get(store, "/small.js"), "small");
  code_store_close(batch);
  code_store_close(store);
  free(large);
}

static void two_writers(void **state) {
  code_store *store = make();
  code_store *one = batch_of("/a.js", "of one"), *two = batch_of("/a.js", "of two");
  assert_int_equal(put(two, "/b.js", "of two"), 0);
  assert_int_equal(code_store_taken(store), 0);
  assert_int_equal(code_store_take(store, code_store_fd(one)), 0);
  assert_int_equal(code_store_take(store, code_store_fd(two)), 0);
  assert_int_equal(code_store_taken(store), 2);
  assert_string_equal(get(store, "/a.js"), "of one");
  assert_string_equal(get(store, "/b.js"), "of two");
  code_store_close(one);
  code_store_close(two);
  code_store_close(store);
}

/* A child reads what its parent adds, before and after the fork, and has no mapping that it could write. */
static void readers(void **state) {
  code_store *store = make(), *reader = NULL;
  assert_int_equal(put(store, "/a.js", "before"), 0);
  assert_int_equal(code_store_attach(code_store_fd(store), &reader), 0);
  assert_string_equal(get(reader, "/a.js"), "before");
  int ready[2], added[2];
  assert_int_equal(pipe(ready) | pipe(added), 0);
  pid_t pid = fork();
  if (pid == 0) {
    char byte = 0;
    if (write(ready[1], &byte, 1) != 1 || read(added[0], &byte, 1) != 1) _exit(9);
    if (strcmp(get(reader, "/b.js"), "after") != 0) _exit(1);
    if (put(reader, "/c.js", "by a reader") != -EPERM) _exit(2);
    signal(SIGSEGV, SIG_DFL);
    put(store, "/c.js", "by a child"); /* the keeper's mapping is not there */
    _exit(3);
  }
  char byte = 0;
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(put(store, "/b.js", "after"), 0);
  assert_int_equal(write(added[1], &byte, 1), 1);
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  for (int i = 0; i < 2; i++) {
    close(ready[i]);
    close(added[i]);
  }
  code_store_close(reader);
  code_store_close(store);
}

static void nobody_else_writes(void **state) {
  code_store *store = make(), *reader = NULL;
  int fd = code_store_fd(store);
  assert_int_equal(put(store, "/a.js", "text"), 0);
  assert_int_equal(code_store_attach(fd, &reader), 0);
  code_store_key key = key_of("/a.js");
  code_store_value value;
  assert_true(code_store_find(reader, &key, &value));
  void *page = (void *)((uintptr_t)value.bytes & ~(uintptr_t)4095);
  assert_int_equal(mprotect(page, 4096, PROT_READ | PROT_WRITE), -1);
  assert_ptr_equal(mmap(NULL, CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  assert_int_equal(pwrite(fd, "x", 1, 4096), -1);
  assert_int_equal(ftruncate(fd, 0), -1);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_RDWR);
  if (again >= 0) {
    assert_int_equal(pwrite(again, "x", 1, 4096), -1);
    close(again);
  }
  assert_int_equal(put(store, "/b.js", "the keeper still does"), 0);
  assert_string_equal(get(reader, "/b.js"), "the keeper still does");
  code_store_close(reader);
  code_store_close(store);
}

/* A writer that is killed halfway: its batch holds what was complete, or is never offered. */
static void killed_halfway(void **state) {
  code_store *store = make(), *batch = NULL;
  assert_int_equal(code_store_batch(CAPACITY, &batch), 0);
  int ready[2];
  char byte = 0;
  assert_int_equal(pipe(ready), 0);
  pid_t pid = fork();
  if (pid == 0) {
    /* The mapping does not cross the fork: the child writes the same memory by its descriptor. */
    code_store *own = NULL;
    if (code_store_batch(CAPACITY, &own) != 0 || put(own, "/a.js", "complete") != 0) _exit(9);
    char copy[32768];
    size_t used = code_store_used(own);
    if (used > sizeof copy || pread(code_store_fd(own), copy, used, 0) != (ssize_t)used) _exit(9);
    if (pwrite(code_store_fd(batch), copy, used, 0) != (ssize_t)used) _exit(9);
    if (pwrite(code_store_fd(batch), "half of a record", 16, (off_t)used) != 16) _exit(9);
    if (write(ready[1], &byte, 1) != 1) _exit(9);
    pause();
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  kill(pid, SIGKILL);
  assert_int_equal(waitpid(pid, NULL, 0), pid);
  assert_int_equal(code_store_take(store, code_store_fd(batch)), 0);
  assert_string_equal(get(store, "/a.js"), "complete");
  close(ready[0]);
  close(ready[1]);
  code_store_close(batch);
  code_store_close(store);
}

static void garbage_is_refused(void **state) {
  code_store *store = make(), *reader = NULL;
  int ends[2], fd = memfd_create("garbage", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  char bytes[8192];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 7);
  assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
  assert_int_equal(code_store_take(store, fd), -EPROTO);
  assert_int_equal(code_store_attach(fd, &reader), -EPROTO);
  assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | 0x10), 0);
  assert_int_equal(code_store_attach(fd, &reader), -EPROTO);
  close(fd);
  /* Whatever might make the keeper wait. */
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(code_store_take(store, ends[0]), -EPROTO);
  close(ends[0]);
  close(ends[1]);
  fd = open("/proc/self/exe", O_RDONLY);
  assert_int_equal(code_store_take(store, fd), -EPROTO);
  close(fd);
  assert_int_equal(code_store_take(store, -1), -EPROTO);
  assert_int_equal(put(store, "/a.js", "still sound"), 0);
  assert_string_equal(get(store, "/a.js"), "still sound");
  /* A batch may be changed by whoever made it, so it is no store to read from. */
  code_store *batch = batch_of("/a.js", "text");
  assert_int_equal(code_store_attach(code_store_fd(batch), &reader), -EPROTO);
  code_store_close(batch);
  code_store_close(store);
}

/* Batches with some bytes overwritten: taken or refused, and what is in the store can be found or not; nothing else. */
static void damaged_batches(void **state) {
  unsigned seed = 1, taken = 0, refused = 0;
  code_store *clean = NULL;
  assert_int_equal(code_store_batch(CAPACITY, &clean), 0);
  char name[32];
  for (int i = 0; i < 20; i++) {
    snprintf(name, sizeof name, "/%d.js", i);
    assert_int_equal(put(clean, name, "some text of some length"), 0);
  }
  size_t used = code_store_used(clean);
  uint8_t *bytes = malloc(used), *copy = malloc(used);
  assert_int_equal(pread(code_store_fd(clean), bytes, used, 0), used);
  for (int round = 0; round < 3000; round++) {
    memcpy(copy, bytes, used);
    for (int n = 0; n < 4; n++) {
      size_t at = (size_t)rand_r(&seed) % used;
      if (rand_r(&seed) % 2 == 0) at = used - 1 - at % 2048; /* the records are at the end */
      copy[at] = (uint8_t)rand_r(&seed);
    }
    code_store *store = make();
    int fd = memfd_create("damaged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, CAPACITY) | (pwrite(fd, copy, used, 0) != (ssize_t)used), 0);
    int err = code_store_take(store, fd);
    assert_true(err == 0 || err == -EPROTO || err == -ENOSPC);
    if (err == -EPROTO) {
      refused++;
      assert_string_equal(get(store, "/0.js"), "(none)");
    } else {
      taken++;
    }
    for (int i = 0; i < 20; i++) {
      snprintf(name, sizeof name, "/%d.js", i);
      get(store, name);
    }
    assert_int_equal(put(store, "/own.js", "sound"), 0);
    assert_string_equal(get(store, "/own.js"), "sound");
    close(fd);
    code_store_close(store);
  }
  assert_true(taken > 100 && refused > 100);
  free(bytes);
  free(copy);
  code_store_close(clean);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_stays),    cmocka_unit_test(missing_may_come), cmocka_unit_test(many),
      cmocka_unit_test(full),               cmocka_unit_test(two_writers),      cmocka_unit_test(readers),
      cmocka_unit_test(nobody_else_writes), cmocka_unit_test(killed_halfway),   cmocka_unit_test(garbage_is_refused),
      cmocka_unit_test(damaged_batches),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
