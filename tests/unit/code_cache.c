/* code_cache: blobs by key on disk; what is foreign, damaged or somebody else's counts as absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/code_cache.h"

enum { TAG = 7 };
static char folder[64];

static int setup(void **state) {
  strcpy(folder, "/tmp/jsd-code-XXXXXX");
  return mkdtemp(folder) == NULL;
}

static int teardown(void **state) {
  char path[512];
  DIR *d = opendir(folder);
  for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    unlink(path);
  }
  if (d != NULL) closedir(d);
  return rmdir(folder);
}

static code_cache *opened(uint64_t tag) {
  code_cache *cache = NULL;
  assert_int_equal(code_cache_open(folder, "/app/main.js", tag, &cache), 0);
  return cache;
}

static code_key key_of(uint64_t name, uint64_t text) { return (code_key){.name = name, .text = text, .size = 3}; }

static void add(code_cache *cache, code_key key, const char *text) {
  assert_int_equal(code_cache_add(cache, &key, (uint8_t *)strdup(text), strlen(text), false), 0);
}

static bool holds(code_cache *cache, code_key key, const char *text) {
  const uint8_t *data = NULL;
  size_t size = 0;
  return code_cache_find(cache, &key, &data, &size) && size == strlen(text) && memcmp(data, text, size) == 0;
}

static bool has(code_cache *cache, code_key key) {
  const uint8_t *data;
  size_t size;
  return code_cache_find(cache, &key, &data, &size);
}

static void save_and_close(code_cache *cache) {
  assert_int_equal(code_cache_save(cache), 0);
  code_cache_close(cache);
}

/* The one file in the folder. */
static void file_path(char path[512]) {
  int files = 0;
  DIR *d = opendir(folder);
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, 512, "%s/%s", folder, e->d_name);
    files++;
  }
  closedir(d);
  assert_int_equal(files, 1);
}

static void two_blobs(void) {
  code_cache *cache = opened(TAG);
  add(cache, key_of(9, 1), "nine");
  add(cache, key_of(4, 1), "four, longer than a word of the machine");
  save_and_close(cache);
}

static void a_later_process_finds_blobs(void **state) {
  two_blobs();
  code_cache *cache = opened(TAG);
  assert_true(holds(cache, key_of(9, 1), "nine"));
  assert_true(holds(cache, key_of(4, 1), "four, longer than a word of the machine"));
  assert_false(has(cache, key_of(5, 1)));
  code_cache_close(cache);
}

static void another_text_of_the_same_name_is_not_found_and_replaces_it(void **state) {
  two_blobs();
  code_cache *cache = opened(TAG);
  assert_false(has(cache, key_of(9, 2)));
  code_key longer = key_of(9, 1);
  longer.size = 4;
  assert_false(has(cache, longer));
  assert_true(has(cache, key_of(4, 1)));
  add(cache, key_of(9, 2), "new nine");
  save_and_close(cache);
  cache = opened(TAG);
  assert_true(holds(cache, key_of(9, 2), "new nine"));
  assert_false(has(cache, key_of(9, 1)));
  assert_true(has(cache, key_of(4, 1)));
  code_cache_close(cache);
}

static void another_engine_or_other_flags_find_nothing(void **state) {
  two_blobs();
  code_cache *cache = opened(TAG + 1);
  assert_false(has(cache, key_of(9, 1)));
  code_cache_close(cache);
}

static void every_flipped_byte_costs_at_most_blobs(void **state) {
  two_blobs();
  char path[512];
  file_path(path);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  for (off_t i = 0; i < st.st_size; i++) {
    uint8_t byte;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, i), 1);
    byte ^= 0x55;
    assert_int_equal(pwrite(fd, &byte, 1, i), 1);
    code_cache *cache = opened(TAG);
    if (has(cache, key_of(9, 1))) assert_true(holds(cache, key_of(9, 1), "nine"));
    if (has(cache, key_of(4, 1))) assert_true(holds(cache, key_of(4, 1), "four, longer than a word of the machine"));
    code_cache_close(cache);
    byte ^= 0x55;
    assert_int_equal(pwrite(fd, &byte, 1, i), 1);
    close(fd);
  }
}

static void a_file_cut_short_at_any_place_is_survived(void **state) {
  two_blobs();
  char path[512];
  file_path(path);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  for (off_t size = st.st_size - 1; size >= 0; size--) {
    assert_int_equal(truncate(path, size), 0);
    code_cache *cache = opened(TAG);
    if (has(cache, key_of(4, 1))) assert_true(holds(cache, key_of(4, 1), "four, longer than a word of the machine"));
    code_cache_close(cache);
  }
  two_blobs(); /* and it is written anew over what is left */
  code_cache *cache = opened(TAG);
  assert_true(has(cache, key_of(9, 1)));
  code_cache_close(cache);
}

static void a_folder_that_others_can_write_is_refused(void **state) {
  code_cache *cache = NULL;
  assert_int_equal(chmod(folder, 0777), 0);
  assert_int_equal(code_cache_open(folder, "/app/main.js", TAG, &cache), -EPERM);
  assert_int_equal(chmod(folder, 0770), 0);
  assert_int_equal(code_cache_open(folder, "/app/main.js", TAG, &cache), -EPERM);
  assert_int_equal(chmod(folder, 0755), 0);
  assert_int_equal(code_cache_open(folder, "/app/main.js", TAG, &cache), 0);
  code_cache_close(cache);
  if (geteuid() == 0) {
    assert_int_equal(chown(folder, 1, 1), 0);
    assert_int_equal(code_cache_open(folder, "/app/main.js", TAG, &cache), -EPERM);
    assert_int_equal(chown(folder, 0, 0), 0);
  }
}

static void a_link_in_the_place_of_the_file_is_not_followed(void **state) {
  two_blobs();
  char path[512], real[512];
  file_path(path);
  snprintf(real, sizeof real, "%s/other", folder);
  assert_int_equal(rename(path, real), 0);
  assert_int_equal(symlink(real, path), 0);
  code_cache *cache = opened(TAG);
  assert_false(has(cache, key_of(9, 1)));
  code_cache_close(cache);
}

static void two_processes_that_write_keep_each_others_blobs(void **state) {
  code_cache *first = opened(TAG), *second = opened(TAG);
  add(first, key_of(1, 1), "one");
  add(second, key_of(2, 1), "two");
  save_and_close(first);
  save_and_close(second);
  code_cache *cache = opened(TAG);
  assert_true(holds(cache, key_of(1, 1), "one"));
  assert_true(holds(cache, key_of(2, 1), "two"));
  code_cache_close(cache);
}

static void while_another_process_writes_nothing_is_lost(void **state) {
  code_cache *cache = opened(TAG);
  add(cache, key_of(1, 1), "one");
  int lock = open(folder, O_RDONLY | O_DIRECTORY);
  assert_int_equal(flock(lock, LOCK_EX), 0);
  assert_int_equal(code_cache_save(cache), -EBUSY);
  close(lock);
  assert_int_equal(code_cache_save(cache), 0);
  assert_true(holds(cache, key_of(1, 1), "one"));
  code_cache_close(cache);
}

static void what_nobody_asks_for_goes_when_it_is_the_larger_part(void **state) {
  code_cache *cache = opened(TAG);
  add(cache, key_of(1, 1), "a large one that nobody wants any more, of an older version of the app");
  add(cache, key_of(2, 1), "two");
  save_and_close(cache);
  cache = opened(TAG);
  assert_true(has(cache, key_of(2, 1)));
  add(cache, key_of(3, 1), "three");
  save_and_close(cache);
  cache = opened(TAG);
  assert_false(has(cache, key_of(1, 1)));
  assert_true(has(cache, key_of(2, 1)));
  assert_true(has(cache, key_of(3, 1)));
  code_cache_close(cache);
}

static void what_the_engine_refused_is_replaced(void **state) {
  two_blobs();
  code_cache *cache = opened(TAG);
  code_key key = key_of(9, 1);
  assert_true(has(cache, key));
  assert_int_equal(code_cache_add(cache, &key, (uint8_t *)strdup("anew"), 4, true), 0);
  save_and_close(cache);
  cache = opened(TAG);
  assert_true(holds(cache, key, "anew"));
  code_cache_close(cache);
}

static void what_is_there_already_is_not_written_again(void **state) {
  two_blobs();
  char path[512];
  struct stat before, after;
  file_path(path);
  assert_int_equal(stat(path, &before), 0);
  two_blobs();
  assert_int_equal(stat(path, &after), 0);
  assert_int_equal(before.st_ino, after.st_ino);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_later_process_finds_blobs),
      TEST(another_text_of_the_same_name_is_not_found_and_replaces_it),
      TEST(another_engine_or_other_flags_find_nothing),
      TEST(every_flipped_byte_costs_at_most_blobs),
      TEST(a_file_cut_short_at_any_place_is_survived),
      TEST(a_folder_that_others_can_write_is_refused),
      TEST(a_link_in_the_place_of_the_file_is_not_followed),
      TEST(two_processes_that_write_keep_each_others_blobs),
      TEST(while_another_process_writes_nothing_is_lost),
      TEST(what_nobody_asks_for_goes_when_it_is_the_larger_part),
      TEST(what_the_engine_refused_is_replaced),
      TEST(what_is_there_already_is_not_written_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
