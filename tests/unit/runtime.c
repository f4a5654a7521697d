/* A whole runtime from C: what its host gives, how functions of JS are held and called, how it ends. */
#include "runtime/runtime.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/held.h"

static runtime *rt;
static const int gift = 42;

static const void *extension(void *data, const char *name) {
  assert_ptr_equal(data, &rt);
  return strcmp(name, "gift") == 0 ? &gift : NULL;
}

static int open_runtime(void **state) {
  static const runtime_host host = {.data = &rt, .extension = extension};
  static const char *const argv[] = {"unit"};
  runtime_options options = {0};
  return runtime_create(&options, &rt) == 0 && runtime_start(rt, 1, argv, &host) == 0 ? 0 : -1;
}

static void eval(const char *code) { assert_int_equal(runtime_main(rt, "eval", 1, &code), 0); }

static napi_value global(const char *name) {
  napi_value all, value;
  assert_int_equal(napi_get_global(runtime_env(rt), &all), napi_ok);
  assert_int_equal(napi_get_named_property(runtime_env(rt), all, name, &value), napi_ok);
  return value;
}

static double number(const char *name) {
  double out = -1;
  js_scope scope;
  js_scope_open(runtime_env(rt), &scope);
  assert_int_equal(napi_get_value_double(runtime_env(rt), global(name), &out), napi_ok);
  js_scope_close(&scope);
  return out;
}

static void the_host_is_asked_by_name(void **state) {
  assert_ptr_equal(runtime_extension(rt, "gift"), &gift);
  assert_null(runtime_extension(rt, "http"));
}

static void main_takes_any_number_of_arguments_and_says_what_failed(void **state) {
  const char *many[40] = {"globalThis.many = 1"};
  for (size_t i = 1; i < sizeof many / sizeof *many; i++) many[i] = "";
  assert_int_equal(runtime_main(rt, "eval", 40, many), 0);
  assert_true(number("many") == 1);
  assert_int_equal(runtime_main(rt, "no such thing", 0, NULL), -EINVAL);
}

static napi_value begin_here(napi_env env, napi_callback_info info) {
  void *origin;
  napi_get_cb_info(env, info, NULL, NULL, NULL, &origin);
  origin_begin(origin, rt, "TCPWRAP", NULL);
  return NULL;
}

static void a_held_function_is_called_with_ticks_after_it(void **state) {
  held h = {NULL};
  eval(
      "globalThis.sum = 0; globalThis.ticks = 0;"
      "globalThis.add = (a, b) => { sum += a * b; process.nextTick(() => { ticks++; }); }");
  js_scope scope;
  js_scope_open(runtime_env(rt), &scope);
  assert_int_equal(held_set(&h, runtime_env(rt), global("add")), napi_ok);
  js_scope_close(&scope);
  assert_int_equal(held_call_numbers(&h, rt, NULL, 2, (double[]){3, 4}), napi_ok);
  assert_true(number("sum") == 12);
  assert_true(number("ticks") == 1);
  assert_int_equal(held_call_numbers(&h, rt, NULL, 5, (double[]){1, 2, 3, 4, 5}), napi_invalid_arg);
  assert_false(held_empty(&h));
  held_clear(&h, runtime_env(rt));
  assert_true(held_empty(&h));
  assert_int_equal(held_call_numbers(&h, rt, NULL, 2, (double[]){3, 4}), napi_ok); /* nothing is called */
  assert_true(number("sum") == 12);
}

static void an_origin_brings_its_context_and_id_back(void **state) {
  napi_env env = runtime_env(rt);
  async_origin origin = {0};
  napi_value function;
  js_scope scope;
  eval("const hooks = require('async_hooks'); globalThis.seen = 0; globalThis.id = 0;"
       "globalThis.storage = new hooks.AsyncLocalStorage(); globalThis.early = 0;"
       "globalThis.look = () => { seen = storage.getStore(); id = hooks.executionAsyncId();"
       " process.nextTick(() => { globalThis.later = storage.getStore(); }); };"
       "globalThis.begin = (inside) => storage.run(42, inside);");
  js_scope_open(env, &scope);
  assert_int_equal(napi_create_function(env, "inside", 6, begin_here, &origin, &function), napi_ok);
  assert_int_equal(runtime_call(rt, NULL, NULL, global("begin"), 1, &function, NULL), napi_ok);
  assert_int_equal(runtime_call(rt, &origin, NULL, global("look"), 0, NULL, NULL), napi_ok);
  assert_true(number("seen") == 42);
  assert_true(number("id") == origin.id);
  assert_true(number("later") == 42);
  origin_end(&origin, rt);
  assert_int_equal(origin.id, 0);
  eval("seen = storage.getStore() === undefined ? 1 : 0");
  assert_true(number("seen") == 1);
  js_scope_close(&scope);
}

static bool empty_inside;
static held once;

static napi_value look(napi_env env, napi_callback_info info) {
  empty_inside = held_empty(&once);
  return NULL;
}

static void what_is_called_once_is_empty_before_it_runs(void **state) {
  napi_env env = runtime_env(rt);
  napi_value function;
  js_scope scope;
  js_scope_open(env, &scope);
  assert_int_equal(napi_create_function(env, "look", 4, look, NULL, &function), napi_ok);
  assert_int_equal(held_set(&once, env, function), napi_ok);
  assert_int_equal(held_call_once(&once, rt, NULL, NULL, 0, NULL), napi_ok);
  assert_true(empty_inside);
  js_scope_close(&scope);
}

static void what_is_no_object_is_not_held(void **state) {
  held h = {NULL};
  napi_value value;
  js_scope scope;
  js_scope_open(runtime_env(rt), &scope);
  assert_int_equal(napi_create_double(runtime_env(rt), 1, &value), napi_ok);
  assert_int_equal(held_set(&h, runtime_env(rt), value), napi_ok);
  assert_true(held_empty(&h));
  assert_null(held_value(&h, runtime_env(rt)));
  js_scope_close(&scope);
}

static void an_exception_of_a_held_function_goes_to_the_app(void **state) {
  held h = {NULL};
  eval(
      "globalThis.caught = 0; process.once('uncaughtException', (error) => { caught = error.number; });"
      "globalThis.fail = (number) => { throw Object.assign(new Error('x'), { number }); }");
  js_scope scope;
  js_scope_open(runtime_env(rt), &scope);
  assert_int_equal(held_set(&h, runtime_env(rt), global("fail")), napi_ok);
  js_scope_close(&scope);
  assert_int_equal(held_call_numbers(&h, rt, NULL, 1, (double[]){7}), napi_pending_exception);
  assert_true(number("caught") == 7);
  held_clear(&h, runtime_env(rt));
}

/* Of a process with a runtime of its own; the first test, because this one has no engine yet that could not fork. */
static int exit_code_of(const char *code, int wanted) {
  pid_t child = fork();
  if (child == 0) {
    if (open_runtime(NULL) != 0 || runtime_main(rt, "eval", 1, &code) != 0) _exit(99);
    runtime_exit(rt, wanted);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void exit_runs_the_handlers_of_the_app(void **state) {
  assert_int_equal(exit_code_of("0", 3), 3);
  assert_int_equal(exit_code_of("process.on('exit', (code) => { process.exitCode = code + 2; })", 3), 5);
  assert_int_equal(exit_code_of("process.exit = () => {}", 4), 4);
}

static uint32_t hash_in_a_process_of_its_own(void) {
  int ends[2];
  uint32_t hash = 0;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    js_scope scope;
    napi_value text;
    runtime_options options = {0};
    if (runtime_create(&options, &rt) != 0) _exit(99);
    js_scope_open(runtime_env(rt), &scope);
    if (js_string_utf8(runtime_env(rt), "content-type", 12, &text) != napi_ok ||
        js_string_hash(runtime_env(rt), text, &hash) != napi_ok)
      _exit(98);
    _exit(write(ends[1], &hash, sizeof hash) == sizeof hash ? 0 : 97);
  }
  close(ends[1]);
  assert_int_equal(read(ends[0], &hash, sizeof hash), sizeof hash);
  close(ends[0]);
  assert_int_equal(waitpid(child, NULL, 0), child);
  return hash;
}

/* The snapshot holds hashes too; they are made again (--rehash-snapshot). */
static void each_process_hashes_with_a_seed_of_its_own(void **state) {
  assert_int_not_equal(hash_in_a_process_of_its_own(), hash_in_a_process_of_its_own());
}

static void idle_collects_what_loading_left(void **state) {
  js_heap_statistics before = {0}, after = {0};
  eval("globalThis.garbage = Array.from({ length: 400000 }, (_, i) => ({ i }))");
  eval("globalThis.garbage = undefined");
  assert_int_equal(js_heap_statistics_get(runtime_env(rt), &before), napi_ok);
  runtime_idle(rt);
  assert_int_equal(js_heap_statistics_get(runtime_env(rt), &after), napi_ok);
  assert_true(after.used_heap_size + (4 << 20) < before.used_heap_size);
}

/* Four threads are busy for a while; what waits behind them is not done after the runtime has gone. */
static void what_waits_for_a_thread_is_cancelled(void **state) {
  char folder[] = "/tmp/jsd-runtime-XXXXXX", code[1024], path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(code, sizeof code,
           "const { pbkdf2 } = require('crypto'); const fs = require('fs'); const nothing = () => {};"
           "for (let i = 0; i < 200; i++) { pbkdf2('a', 'b', 200000, 64, 'sha512', nothing);"
           "  require('zlib').deflate(Buffer.alloc(1000), nothing); require('dns').lookup('localhost', nothing); }"
           "for (let i = 0; i < 50; i++) fs.mkdir('%s/' + i, nothing);",
           folder);
  eval(code);
  assert_int_equal(runtime_destroy(rt), 0);
  rt = NULL;
  for (int i = 0; i < 50; i++) {
    snprintf(path, sizeof path, "%s/%d", folder, i);
    assert_int_equal(access(path, F_OK), -1);
  }
  assert_int_equal(rmdir(folder), 0);
  assert_int_equal(open_runtime(NULL), 0);
}

/* A certificate for the servers of the next test. */
static const char identity[] =
    "globalThis.identity = (() => {"
    "  const { execFileSync } = require('child_process'), fs = require('fs');"
    "  const dir = fs.mkdtempSync('/tmp/jsd-runtime-'), key = dir + '/key', cert = dir + '/cert';"
    "  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',"
    "    '-days', '2', '-keyout', key, '-out', cert, '-subj', '/CN=localhost'], { stdio: 'ignore' });"
    "  const pair = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };"
    "  fs.rmSync(dir, { recursive: true }); return pair; })();";

/* More kinds of handles, each open and in the middle of something. */
static const char open_more[] =
    "globalThis.more = 0;"
    "{ const fs = require('fs'), net = require('net'), tls = require('tls'), https = require('https');"
    "  const { spawn } = require('child_process');"
    "  const dir = fs.mkdtempSync('/tmp/jsd-runtime-');"
    "  const path = dir + '/socket';"
    "  net.createServer((socket) => { socket.write(Buffer.alloc(1 << 22)); more++; }).listen(path, () => {"
    "    globalThis.pipe = net.connect(path); });"
    "  const secure = tls.createServer(identity, (socket) => { socket.write(Buffer.alloc(1 << 22)); more++; });"
    "  secure.listen(0, '127.0.0.1', () => {"
    "    globalThis.client = tls.connect({ port: secure.address().port, host: '127.0.0.1', rejectUnauthorized: false "
    "}); });"
    "  const web = https.createServer(identity, (req, res) => { res.write(Buffer.alloc(1 << 22)); more++; });"
    "  web.listen(0, '127.0.0.1', () => https.get({ host: '127.0.0.1', port: web.address().port, rejectUnauthorized: "
    "false },"
    "    (res) => res.pause()));"
    "  const asked = tls.createServer({ ...identity, SNICallback() { more++; } }).listen(0, '127.0.0.1', () =>"
    "    tls.connect({ port: asked.address().port, host: '127.0.0.1', servername: 'a.example' }).on('error', () => "
    "{}));"
    "  globalThis.messages = spawn('sleep', ['100'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'] });"
    "  fs.watchFile('/tmp', () => {}); fs.opendirSync('/tmp');"
    "  fs.createReadStream('/proc/self/maps', { highWaterMark: 16 }).once('data', function() { more++; this.pause(); "
    "});"
    "  fs.createWriteStream(dir + '/out').write('x');"
    "  const { port1, port2 } = new MessageChannel(); port1.onmessage = () => {}; port2.postMessage(1);"
    "  globalThis.channel = new BroadcastChannel('x'); channel.onmessage = () => {};"
    "  globalThis.zip = require('zlib').createGzip(); zip.write(Buffer.alloc(1 << 20));"
    "  globalThis.compiling = WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));"
    "  globalThis.registry = new FinalizationRegistry(() => {}); registry.register({}, 1);"
    "  globalThis.weak = new WeakRef({});"
    "  const vm = require('vm');"
    "  globalThis.inner = vm.runInNewContext('(async () => { for (;;) await null; })', {},"
    "    { microtaskMode: 'afterEvaluate' }); inner();"
    "  require('crypto').generateKeyPair('rsa', { modulusLength: 1024 }, () => {});"
    "  globalThis.finishMore = () => { messages.kill('SIGKILL');"
    "    fs.rm(dir, { recursive: true, force: true }, () => {}); fs.rmSync(dir, { recursive: true }); } }";

static void every_kind_of_handle_can_be_open_at_the_end(void **state) {
  eval(identity);
  for (int round = 0; round < 2; round++) {
    eval(open_more);
    while (number("more") < 5) uv_run(runtime_loop(rt), UV_RUN_ONCE);
    eval("finishMore()");
    assert_int_equal(runtime_destroy(rt), 0);
    assert_int_equal(open_runtime(NULL), 0);
    if (round == 0) eval(identity);
  }
}

/* What is open, on its way or queued when the runtime goes: nothing of it may call into what is not there any more. */
static void a_runtime_with_everything_open_can_be_destroyed(void **state) {
  if (rt != NULL) assert_int_equal(runtime_destroy(rt), 0);
  for (int round = 0; round < 2; round++) {
    assert_int_equal(open_runtime(NULL), 0);
    eval(
        "const net = require('net'), http = require('http'), { once } = require('events');"
        "globalThis.opened = 0;"
        "setTimeout(() => {}, 1e6); setInterval(() => {}, 1e6);"
        "process.on('SIGUSR2', () => {});"
        "globalThis.watcher = require('fs').watch('/tmp', () => {});"
        "globalThis.child = require('child_process').spawn('sleep', ['100'], { stdio: ['pipe', 'pipe', 'ignore'] });"
        "const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {"
        "  const socket = net.connect(echo.address().port, '127.0.0.1');"
        "  socket.once('data', () => { socket.write(Buffer.alloc(1 << 22)); opened++; }); socket.write('x'); });"
        "const web = http.createServer((req, res) => { res.write(Buffer.alloc(1 << 22)); opened++; });"
        "web.listen(0, '127.0.0.1', () => http.get({ port: web.address().port }, (res) => res.pause()));"
        "globalThis.finish = () => { setImmediate(() => {}); process.nextTick(() => {}); child.kill('SIGKILL');"
        "  require('fs').readFile('/proc/self/maps', () => {}); require('dns').lookup('localhost', () => {});"
        "  require('crypto').pbkdf2('a', 'b', 20000, 32, 'sha256', () => {});"
        "  require('zlib').deflate(Buffer.alloc(1 << 22), () => {}); }");
    while (number("opened") < 2) uv_run(runtime_loop(rt), UV_RUN_ONCE);
    eval("finish()");
    assert_int_equal(runtime_destroy(rt), 0);
    rt = NULL;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exit_runs_the_handlers_of_the_app),
      cmocka_unit_test(each_process_hashes_with_a_seed_of_its_own),
      cmocka_unit_test_setup(the_host_is_asked_by_name, open_runtime), /* the one of all tests below */
      cmocka_unit_test(main_takes_any_number_of_arguments_and_says_what_failed),
      cmocka_unit_test(an_origin_brings_its_context_and_id_back),
      cmocka_unit_test(a_held_function_is_called_with_ticks_after_it),
      cmocka_unit_test(what_is_called_once_is_empty_before_it_runs),
      cmocka_unit_test(what_is_no_object_is_not_held),
      cmocka_unit_test(an_exception_of_a_held_function_goes_to_the_app),
      cmocka_unit_test(idle_collects_what_loading_left),
      cmocka_unit_test(what_waits_for_a_thread_is_cancelled),
      cmocka_unit_test(every_kind_of_handle_can_be_open_at_the_end),
      cmocka_unit_test(a_runtime_with_everything_open_can_be_destroyed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
