/* Workers forked from a zygote that holds a warm V8: who they belong to, and that the engine works on in them. */
#include "server/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/v8/js.h"
#include "server/event_loop.h"
#include "server/ipc.h"

enum { WORKERS = 4 };

/* Garbage while live data stays: marking and sweeping run on the threads that were started after the fork. */
static const char script[] =
    "const keep = [];\n"
    "for (let i = 0; i < 400000; i++) { const o = { i, a: [i, i + 1], s: 'x' + i }; if (i % 4 === 0) keep.push(o); }\n"
    "`${Math.random()} ${keep.length} ${ballast.length}`";
static const char warm_up[] = "globalThis.ballast = []; for (let i = 0; i < 100000; i++) ballast.push({ i });";

static bool run_script(napi_env env, const char *code, char *text, size_t size) {
  js_scope scope;
  js_source source = {0};
  napi_value result;
  size_t written = 0;
  js_scope_open(env, &scope);
  bool ok = js_string_utf8(env, code, strlen(code), &source.code) == napi_ok &&
            js_string_utf8(env, "test", 4, &source.name) == napi_ok && js_script_run(env, &source, &result) == napi_ok;
  if (ok && text != NULL) ok = js_string_write_utf8(env, result, text, size - 1, &written) == napi_ok;
  if (text != NULL) text[written] = 0;
  js_scope_close(&scope);
  return ok;
}

static int program_create(const config *c, void **state) {
  static const js_binding *const none[] = {NULL};
  js_platform_options platform = {.threads = 2};
  js_env_options options = {.bindings = none};
  napi_env env;
  if (js_platform_init(&platform) != napi_ok || js_env_create(&options, &env) != napi_ok) return -EINVAL;
  if (!run_script(env, warm_up, NULL, 0) || js_heap_collect(env) != napi_ok || js_fork_prepare(env) != napi_ok)
    return -EINVAL;
  *state = env;
  return 0;
}

/* The first random number of a new vm context. */
static double context_random(napi_env env) {
  js_scope scope;
  js_source source = {0};
  napi_value sandbox, context, result;
  double random = -1;
  js_scope_open(env, &scope);
  if (napi_create_object(env, &sandbox) == napi_ok &&
      js_context_create(env, &(js_context_options){.sandbox = sandbox, .own_microtasks = false}, &context, NULL) ==
          napi_ok &&
      js_string_utf8(env, "Math.random()", 13, &source.code) == napi_ok &&
      js_string_utf8(env, "test", 4, &source.name) == napi_ok &&
      js_context_run(env, context, &source, NULL, &result) == napi_ok)
    napi_get_value_double(env, result, &random);
  js_scope_close(&scope);
  return random;
}

static uint32_t name_hash(napi_env env) {
  js_scope scope;
  napi_value text;
  uint32_t hash = 0;
  js_scope_open(env, &scope);
  if (js_string_utf8(env, "content-type", 12, &text) == napi_ok) js_string_hash(env, text, &hash);
  js_scope_close(&scope);
  return hash;
}

static int program_run(void *state, worker *self) {
  char text[256] = "failed";
  if (js_fork_child(state, self->seed) != napi_ok) return 1;
  double first = context_random(state), second = context_random(state); /* one before the main context's */
  if (!run_script(state, script, text, sizeof text)) return 1;
  size_t length = strlen(text);
  snprintf(text + length, sizeof text - length, " %u %.17g %.17g %.17g", name_hash(state), first, second,
           context_random(state));
  worker_ready(self);
  worker_error(self, text);
  while (!self->drain_ordered && !self->master_lost) {
    struct pollfd wait = {.fd = self->channel, .events = POLLIN};
    poll(&wait, 1, -1);
    worker_receive(self);
  }
  return 40 + (int)self->index;
}

static ipc_message next(int channel) {
  ipc_message message;
  struct pollfd wait = {.fd = channel, .events = POLLIN};
  assert_int_equal(poll(&wait, 1, 20000), 1);
  assert_int_equal(ipc_receive(channel, &message), 1);
  return message;
}

enum { SEQUENCES = 4 }; /* of the main context, and of three vm contexts */

static uint32_t last_hash; /* of the generation before */

static void workers_are_ours_and_run_v8(void **unused) {
  static const worker_program program = {program_create, program_run};
  uint32_t hashes[WORKERS];
  config c = {.workers = WORKERS};
  shm memory;
  int zygote_channel, channels[WORKERS], status;
  pid_t pids[WORKERS];
  double randoms[WORKERS * SEQUENCES];
  assert_int_equal(shm_create(&memory, WORKERS), 0);
  zygote_options options = {
      .config = &c, .program = &program, .memory = &memory, .generation = 3, .keep_fds = fcntl(2, F_DUPFD_CLOEXEC, 3)};
  close(options.keep_fds);
  pid_t zygote = zygote_spawn(&options, &zygote_channel);
  assert_true(zygote > 0);
  assert_int_equal(next(zygote_channel).type, IPC_READY);

  for (int i = 0; i < WORKERS; i++) {
    int ends[2];
    assert_int_equal(shm_take(&memory), i);
    assert_int_equal(ipc_pair(ends), 0);
    channels[i] = ends[0];
    assert_int_equal(ipc_send(zygote_channel, IPC_FORK, i, (uint64_t)i, NULL, ends[1]), 0);
    close(ends[1]);
    ipc_message forked = next(zygote_channel);
    assert_int_equal(forked.type, IPC_FORKED);
    assert_int_equal(forked.number, i);
    pids[i] = forked.value;
  }
  for (int i = 0; i < WORKERS; i++) {
    int kept, ballast;
    ipc_message first = next(channels[i]); /* before anything else, its pid */
    assert_int_equal(first.type, IPC_FORKED);
    assert_int_equal(first.value, pids[i]);
    assert_int_equal(next(channels[i]).type, IPC_READY);
    ipc_message said = next(channels[i]);
    double *mine = &randoms[(size_t)i * SEQUENCES];
    assert_int_equal(sscanf(said.text, "%lf %d %d %u %lf %lf %lf", &mine[0], &kept, &ballast, &hashes[i], &mine[1],
                            &mine[2], &mine[3]),
                     7);
    assert_int_equal(kept, 100000);
    assert_int_equal(ballast, 100000);
    assert_int_equal(hashes[i], hashes[0]);
    assert_int_equal(atomic_load(&memory.slot[i].pid), pids[i]);
  }
  for (int i = 0; i < WORKERS * SEQUENCES; i++) {
    assert_true(randoms[i] >= 0 && randoms[i] < 1);
    for (int j = 0; j < i; j++) assert_true(randoms[i] != randoms[j]);
  }
  assert_int_not_equal(hashes[0], last_hash);
  last_hash = hashes[0];
  /* The zygote may go first: nobody but the master is the workers' parent. */
  close(zygote_channel);
  assert_int_equal(waitpid(zygote, &status, 0), zygote);
  assert_int_equal(status, 0);
  for (int i = 0; i < WORKERS; i++) {
    assert_int_equal(ipc_send(channels[i], IPC_DRAIN, 0, 0, NULL, -1), 0);
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 40 + i);
    close(channels[i]);
  }
  shm_destroy(&memory);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(workers_are_ours_and_run_v8),
      /* a later generation: its hashes have another seed */
      {"the_next_generation_hashes_differently", workers_are_ours_and_run_v8, NULL, NULL, NULL},
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
