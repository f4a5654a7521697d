/* A warm isolate across a fork: it works, collects with its own threads, and has random numbers of its own. */
#include <sys/wait.h>
#include <unistd.h>

#include "v8_env.h"

/* Runs `code` in a forked child; its value as text comes back through a pipe. */
static void in_child(uint64_t seed, const char *code, char *out, size_t size) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    const char *text = "js_fork_child failed";
    if (js_fork_child(env, seed) == napi_ok) text = eval(code);
    ssize_t written = write(ends[1], text, strlen(text));
    _exit(written < 0);
  }
  close(ends[1]);
  size_t have = 0;
  ssize_t n;
  while (have < size - 1 && (n = read(ends[0], out + have, size - 1 - have)) > 0) have += (size_t)n;
  out[have] = 0;
  close(ends[0]);
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void warm(void) {
  run("globalThis.ballast = []; for (let i = 0; i < 100000; i++) ballast.push({ i, s: `x${i}`, a: [i] });");
  assert_ok(js_heap_collect(env));
  assert_ok(js_fork_prepare(env));
}

static void a_child_sees_the_parents_heap(void **state) {
  char text[256];
  warm();
  in_child(1, "ballast.length + ballast[99999].s", text, sizeof text);
  assert_string_equal(text, "100000x99999");
}

static void a_child_collects_and_optimises(void **state) {
  char text[256];
  warm();
  in_child(2,
           "let keep = []; for (let r = 0; r < 300; r++) { keep.push({ r, a: [r] });"
           "for (let i = 0; i < 5000; i++) keep.push([i, {}]); if (keep.length > 200000) keep.length = 0; }"
           "let sum = 0; for (let i = 0; i < 3e6; i++) sum += i % 7; String(sum)",
           text, sizeof text);
  assert_string_equal(text, "8999994");
}

static void a_full_collection_works_in_a_child(void **state) {
  char text[256];
  int ends[2];
  warm();
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    js_fork_child(env, 5);
    run("ballast = null; globalThis.next = Array.from({ length: 50000 }, (_, i) => ({ i }))");
    js_heap_collect(env);
    _exit(strcmp(eval("next[49999].i"), "49999") != 0);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(ends[0]);
  close(ends[1]);
  (void)text;
}

static void children_draw_different_random_numbers(void **state) {
  char one[256], two[256], again[256];
  warm();
  in_child(1, "Math.random()", one, sizeof one);
  in_child(2, "Math.random()", two, sizeof two);
  in_child(1, "Math.random()", again, sizeof again);
  assert_string_not_equal(one, two);
  assert_string_equal(one, again); /* the seed decides */
}

static void the_parent_goes_on(void **state) {
  char text[256];
  warm();
  in_child(3, "ballast.length = 0; 'gone'", text, sizeof text);
  assert_string_equal(text, "gone");
  assert_string_equal(eval("ballast.length"), "100000");
}

/* The parent never starts threads: that is what makes it forkable. */
int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(a_child_sees_the_parents_heap),
      env_test(a_child_collects_and_optimises),
      env_test(a_full_collection_works_in_a_child),
      env_test(children_draw_different_random_numbers),
      env_test(the_parent_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
