/* worker.c: what modules/internal/worker/ makes of threads (thread_group.h), and process.env of environments that
 * several threads have. */
#include "../runtime_internal.h"
#include "../command_line_options.h"
#include "../v8/heap.h"
#include "messaging.h"
#include "util.h"

static void thread_collected(void *pointer) { thread_release(pointer); }
static const js_type thread_type = {"Thread", thread_collected};

static void store_collected(void *pointer) { env_store_free(pointer); }
static const js_type store_type = {"Environment", store_collected};

static runtime_thread *thread_arg(napi_env env, napi_callback_info info, napi_value *argv, size_t count) {
  void *pointer = NULL;
  args_get(env, info, argv, count);
  return js_handle_get(env, argv[0], &thread_type, &pointer) == napi_ok ? pointer : NULL;
}

static env_store *store_arg(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &store_type, &pointer) == napi_ok ? pointer : NULL;
}

/* start(control, name, young, old, code, stack, environment or undefined, exited(code, error), resource) → handle, or a negative
 * error. control: the carrier of the thread's end of a channel */
static napi_value worker_start(napi_env env, napi_callback_info info) {
  napi_value argv[9], handle = NULL;
  runtime_thread *t = NULL;
  thread_options options = {0};
  size_t size = 0;
  args_get(env, info, argv, 9);
  if (js_string_write_utf8(env, argv[1], options.name, sizeof options.name - 1, &size) != napi_ok) size = 0;
  options.name[size] = 0;
  options.limits = (js_heap_limits){.young = arg_double(env, argv[2]),
                                    .old = arg_double(env, argv[3]),
                                    .code = arg_double(env, argv[4]),
                                    .stack = arg_double(env, argv[5])};
  options.env = store_arg(env, argv[6]);
  options.control = messaging_carried(env, argv[0]);
  if (options.control == NULL) return make_int32(env, UV_EINVAL);
  int err = thread_start(runtime_of(env), &options, argv[7], argv[8], &t);
  if (err != 0) return make_int32(env, err);
  if (js_handle_create(env, &thread_type, t, &handle) == napi_ok) return handle;
  thread_release(t);
  return make_int32(env, UV_ENOMEM);
}

/* facts(handle?) → [id, name, young, old, code, stack] of that thread or of this one; undefined for the main thread */
static napi_value worker_facts(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  runtime_thread *t = thread_arg(env, info, argv, 1);
  if (t == NULL) t = runtime_of(env)->thread;
  if (t == NULL) return NULL;
  const js_heap_limits *limits = thread_limits_of(t);
  napi_create_array_with_length(env, 6, &out);
  napi_set_element(env, out, 0, make_uint32(env, thread_id(t)));
  napi_set_element(env, out, 1, make_string(env, thread_name(t)));
  napi_set_element(env, out, 2, make_double(env, limits->young));
  napi_set_element(env, out, 3, make_double(env, limits->old));
  napi_set_element(env, out, 4, make_double(env, limits->code));
  napi_set_element(env, out, 5, make_double(env, limits->stack));
  return out;
}

static napi_value worker_is_main(napi_env env, napi_callback_info info) {
  return make_bool(env, runtime_of(env)->thread == NULL);
}

/* control() → the carrier of this thread's end of the channel to its parent */
static napi_value worker_control(napi_env env, napi_callback_info info) {
  runtime_thread *t = runtime_of(env)->thread;
  return t != NULL ? messaging_carry(env, port_share(thread_control(t))) : NULL;
}

static napi_value worker_inbox(napi_env env, napi_callback_info info) {
  runtime_thread *t = runtime_of(env)->thread;
  return t != NULL ? messaging_carry(env, port_share(thread_inbox(t))) : NULL;
}

static napi_value worker_terminate(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  runtime_thread *t = thread_arg(env, info, argv, 1);
  if (t != NULL) thread_terminate(t);
  return NULL;
}

/* ref(handle, on) */
static napi_value worker_ref(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  runtime_thread *t = thread_arg(env, info, argv, 2);
  if (t != NULL) thread_ref(t, arg_bool(env, argv[1]));
  return NULL;
}

static napi_value worker_has_ref(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  runtime_thread *t = thread_arg(env, info, argv, 1);
  return make_bool(env, t != NULL && thread_has_ref(t));
}

/* loopTimes(handle) → [ms idle, ms since its loop began], or undefined where it does not run */
static napi_value worker_loop_times(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  double idle, since;
  runtime_thread *t = thread_arg(env, info, argv, 1);
  if (t == NULL || !thread_loop_times(t, &idle, &since)) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_double(env, idle));
  napi_set_element(env, out, 1, make_double(env, since));
  return out;
}

/* ---- questions to the other thread ----------------------------------------------------------------------------- */

/* The answer is a message to the asker's port: null where the thread ends before it could answer. */
typedef struct question {
  port *answer;
  int what;
} question;

enum { ASK_HEAP_STATISTICS, ASK_HEAP_SNAPSHOT, ASK_CPU };

typedef struct text {
  char *data;
  size_t size, capacity;
  bool failed;
} text;

static bool text_append(void *data, const char *part, size_t size) {
  text *t = data;
  if (t->failed) return false;
  if (t->size + size > t->capacity) {
    size_t capacity = (t->size + size) * 2;
    char *larger = realloc(t->data, capacity);
    if (larger == NULL) {
      t->failed = true;
      return false;
    }
    t->data = larger;
    t->capacity = capacity;
  }
  memcpy(t->data + t->size, part, size);
  t->size += size;
  return true;
}

static napi_value heap_snapshot(napi_env env) {
  text t = {0};
  napi_value value = NULL;
  if (js_heap_snapshot(env, false, false, text_append, &t) == napi_ok && !t.failed && t.data != NULL &&
      js_buffer_adopt(env, t.data, t.size, &value) == napi_ok)
    return value;
  free(t.data);
  return NULL;
}

static napi_value cpu_usage(napi_env env) {
  uv_rusage_t usage;
  napi_value out = NULL;
  if (uv_getrusage_thread(&usage) != 0 || napi_create_array_with_length(env, 2, &out) != napi_ok) return NULL;
  napi_set_element(env, out, 0, make_double(env, (double)usage.ru_utime.tv_sec * 1e6 + (double)usage.ru_utime.tv_usec));
  napi_set_element(env, out, 1, make_double(env, (double)usage.ru_stime.tv_sec * 1e6 + (double)usage.ru_stime.tv_usec));
  return out;
}

static napi_value answer_of(napi_env env, int what) {
  switch (what) {
    case ASK_HEAP_STATISTICS:
      return heap_statistics_object(env);
    case ASK_HEAP_SNAPSHOT:
      return heap_snapshot(env);
    default:
      return cpu_usage(env);
  }
}

static void on_question(napi_env env, void *data) {
  question *q = data;
  if (env != NULL) {
    js_scope scope;
    js_parcel *parcel;
    js_scope_open(env, &scope);
    napi_value value = answer_of(env, q->what), hosts;
    if (value == NULL) value = make_null(env);
    if (napi_create_array(env, &hosts) == napi_ok && js_parcel_write(env, value, NULL, hosts, &parcel) == napi_ok)
      port_post(q->answer, parcel);
    js_scope_close(&scope);
  }
  port_release(q->answer); /* unanswered: the asker sees it closed */
  free(q);
}

/* ask(handle, what, carrier of the port for the answer) → whether it runs */
static napi_value worker_ask(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  runtime_thread *t = thread_arg(env, info, argv, 3);
  port *answer = messaging_carried(env, argv[2]);
  question *q = t != NULL && answer != NULL ? malloc(sizeof *q) : NULL;
  if (q == NULL) return make_bool(env, false);
  *q = (question){port_share(answer), arg_int32(env, argv[1])};
  if (thread_interrupt(t, on_question, q)) return make_bool(env, true);
  port_release(q->answer);
  free(q);
  return make_bool(env, false);
}

/* ---- environments ---------------------------------------------------------------------------------------------- */

/* mainEnvironment() → the process's own, to share: of the main thread. environment() → an empty one. */
static napi_value store_make(napi_env env, env_store *store) {
  napi_value value = NULL;
  if (store == NULL || js_handle_create(env, &store_type, store, &value) != napi_ok) {
    env_store_free(store);
    napi_throw_error(env, NULL, "Out of memory");
  }
  return value;
}

static napi_value worker_main_environment(napi_env env, napi_callback_info info) {
  return store_make(env, env_store_new(true));
}

static napi_value worker_environment(napi_env env, napi_callback_info info) {
  return store_make(env, env_store_new(false));
}

/* givenEnvironment() → what this thread was given to share, or undefined */
static napi_value worker_given_environment(napi_env env, napi_callback_info info) {
  runtime_thread *t = runtime_of(env)->thread;
  env_store *store = t != NULL ? thread_env(t) : NULL;
  return store != NULL ? store_make(env, env_store_share(store)) : NULL;
}

/* envGet(store, name) → string or undefined */
static napi_value worker_env_get(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  args_get(env, info, argv, 2);
  env_store *store = store_arg(env, argv[0]);
  char *name = arg_utf8(env, argv[1], NULL);
  char *value = store != NULL && name != NULL ? env_store_get(store, name) : NULL;
  if (value != NULL) out = make_string(env, value);
  free(name);
  free(value);
  return out;
}

/* envSet(store, name, value or undefined) */
static napi_value worker_env_set(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  env_store *store = store_arg(env, argv[0]);
  char *name = arg_utf8(env, argv[1], NULL);
  char *value = arg_is(env, argv[2], napi_string) ? arg_utf8(env, argv[2], NULL) : NULL;
  if (store != NULL && name != NULL) env_store_set(store, name, value);
  free(name);
  free(value);
  return NULL;
}

typedef struct names {
  napi_env env;
  napi_value list;
  uint32_t count;
} names;

static void add_name(const char *name, size_t size, const char *value, void *data) {
  names *n = data;
  napi_value text;
  if (js_string_utf8(n->env, name, size, &text) == napi_ok) napi_set_element(n->env, n->list, n->count++, text);
}

/* envNames(store) → string[] */
static napi_value worker_env_names(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  env_store *store = store_arg(env, argv[0]);
  names n = {.env = env};
  napi_create_array(env, &n.list);
  if (store != NULL) env_store_each(store, add_name, &n);
  return n.list;
}

/* option(name) → [name, whether it takes a value, whether it was its --no- form, whether NODE_OPTIONS may have it] of one
 * that a thread may have, or undefined */
static napi_value worker_option(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  bool negated = false;
  args_get(env, info, argv, 1);
  char *name = arg_utf8(env, argv[0], NULL);
  const option_entry *o = name != NULL ? command_line_option_find(name, strlen(name), &negated) : NULL;
  free(name);
  if (o == NULL || o->kind != option_js || (negated && o->value != option_flag)) return NULL;
  napi_create_array_with_length(env, 4, &out);
  napi_set_element(env, out, 0, make_string(env, o->name));
  napi_set_element(env, out, 1, make_bool(env, o->value == option_required));
  napi_set_element(env, out, 2, make_bool(env, negated));
  napi_set_element(env, out, 3, make_bool(env, o->in_environment));
  return out;
}

static const js_function functions[] = {
    {"option", worker_option},
    {"start", worker_start},
    {"facts", worker_facts},
    {"isMain", worker_is_main},
    {"control", worker_control},
    {"inbox", worker_inbox},
    {"terminate", worker_terminate},
    {"ref", worker_ref},
    {"hasRef", worker_has_ref},
    {"loopTimes", worker_loop_times},
    {"ask", worker_ask},
    {"mainEnvironment", worker_main_environment},
    {"environment", worker_environment},
    {"givenEnvironment", worker_given_environment},
    {"envGet", worker_env_get},
    {"envSet", worker_env_set},
    {"envNames", worker_env_names},
    {NULL, NULL},
};

static napi_status worker_init(napi_env env, napi_value exports) {
  static const constant questions[] = {
      {"HEAP_STATISTICS", ASK_HEAP_STATISTICS}, {"HEAP_SNAPSHOT", ASK_HEAP_SNAPSHOT}, {"CPU", ASK_CPU}, {NULL, 0}};
  return export_constants(env, exports, "questions", questions);
}

const js_binding binding_worker = {"worker", functions, worker_init};
