/* loop.c: what modules/internal/{timers,tick,async_context}.js need of the loop and the engine. */
#include "../runtime_internal.h"
#include "util.h"

static napi_value loop_state(napi_env env, napi_callback_info info) {
  runtime *rt = runtime_of(env);
  napi_value buffer, view;
  if (napi_create_external_arraybuffer(env, rt->state, sizeof rt->state, NULL, NULL, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_uint32_array, STATE_WORDS, buffer, 0, &view) != napi_ok)
    return NULL;
  return view;
}

static napi_value loop_now(napi_env env, napi_callback_info info) {
  runtime *rt = runtime_of(env);
  return make_double(env, (double)(uv_now(rt->loop) - rt->start_ms));
}

static napi_value loop_update_now(napi_env env, napi_callback_info info) {
  uv_update_time(runtime_of(env)->loop);
  return loop_now(env, info);
}

/* processTimers itself asks for the next time, before the ticks that follow it may ask for an earlier one. */
static void on_timer(uv_timer_t *timer) {
  runtime *rt = timer->data;
  js_scope scope;
  js_scope_open(rt->env, &scope);
  /* A callback that threw was reported; the others are still due. */
  while (!rt->exiting && runtime_callback(rt, CALLBACK_TIMERS, 0, NULL, NULL) != napi_ok) {
  }
  js_scope_close(&scope);
}

/* idleTime() → ms that the loop has waited for something, since this was first asked */
static napi_value loop_idle_time(napi_env env, napi_callback_info info) {
  uv_loop_t *loop = runtime_of(env)->loop;
  uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
  return make_double(env, (double)uv_metrics_idle_time(loop) / 1e6);
}

static napi_value loop_schedule_timer(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  uv_timer_start(&runtime_of(env)->timer, on_timer, (uint64_t)arg_int64(env, argv[0]), 0);
  return NULL;
}

static napi_value loop_toggle_timer_ref(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  uv_handle_t *timer = (uv_handle_t *)&runtime_of(env)->timer;
  if (arg_bool(env, argv[0]))
    uv_ref(timer);
  else
    uv_unref(timer);
  return NULL;
}

static void on_idle(uv_idle_t *idle) {} /* its being active is the point: poll does not block */

static napi_value loop_toggle_immediate_ref(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  runtime *rt = runtime_of(env);
  if (arg_bool(env, argv[0]))
    uv_idle_start(&rt->idle, on_idle);
  else
    uv_idle_stop(&rt->idle);
  return NULL;
}

static napi_value loop_run_microtasks(napi_env env, napi_callback_info info) {
  js_microtasks_run(env);
  return NULL;
}

static napi_value loop_enqueue_microtask(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_microtask_enqueue(env, argv[0]);
  return NULL;
}

/* originEnded(id) → how many wait: hooks hear of them later, with C's. */
static napi_value loop_origin_ended(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  async_origin origin = {.id = arg_uint32(env, argv[0])};
  origin_end(&origin, runtime_of(env));
  return make_uint32(env, (uint32_t)runtime_of(env)->ended_count);
}

static napi_value loop_origins_ended(napi_env env, napi_callback_info info) {
  runtime_origins_ended(runtime_of(env));
  return NULL;
}

/* The object that stands for what C has called, or undefined. */
static napi_value loop_execution_resource(napi_env env, napi_callback_info info) {
  return runtime_resource_now(runtime_of(env));
}

static napi_value loop_get_continuation(napi_env env, napi_callback_info info) {
  napi_value value = NULL;
  js_continuation_get(env, &value);
  return value;
}

static napi_value loop_set_continuation(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_continuation_set(env, argv[0]);
  return NULL;
}

static napi_value loop_set_promise_hooks(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  for (int i = 0; i < 4; i++) {
    if (!arg_is(env, argv[i], napi_function)) argv[i] = NULL;
  }
  js_promise_hooks_set(env, argv[0], argv[1], argv[2], argv[3]);
  return NULL;
}

/* [state, result] of a promise; for util.inspect. */
static napi_value loop_promise_details(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL, result = NULL;
  js_promise_state state;
  args_get(env, info, argv, 1);
  if (js_promise_details(env, argv[0], &state, &result) != napi_ok) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_int32(env, (int32_t)state));
  if (result != NULL) napi_set_element(env, out, 1, result);
  return out;
}

static void count_active(uv_handle_t *handle, void *data) {
  uv_handle_type type = uv_handle_get_type(handle);
  if (type == UV_TIMER || type == UV_IDLE) return; /* ours: JS knows its timers and immediates */
  if (uv_is_active(handle) && uv_has_ref(handle)) {
    const char *name = uv_handle_type_name(type);
    struct {
      napi_env env;
      napi_value names;
      uint32_t count;
    } *out = data;
    napi_set_element(out->env, out->names, out->count++, make_string(out->env, name ? name : "unknown"));
  }
}

static napi_value loop_active_handles(napi_env env, napi_callback_info info) {
  struct {
    napi_env env;
    napi_value names;
    uint32_t count;
  } out = {.env = env};
  napi_create_array(env, &out.names);
  uv_walk(runtime_of(env)->loop, count_active, &out);
  return out.names;
}

/* The types of the work that is under way, as async_hooks name them. */
static napi_value loop_active_requests(napi_env env, napi_callback_info info) {
  runtime *rt = runtime_of(env);
  napi_value names;
  uint32_t count = 0;
  napi_create_array(env, &names);
  for (runtime_work *work = rt->works.next; work != &rt->works; work = work->next)
    napi_set_element(env, names, count++, make_string(env, work->type ? work->type : "ZLIB"));
  return names;
}

static double since_origin(const runtime *rt, uint64_t at) {
  if (at == 0) return -1;
  return at < rt->start_ns ? 0 : (double)(at - rt->start_ns) / 1e6; /* before a fork: another process's */
}

/* milestones() → [start, engine, environment, bootstrap, loop, end of loop] in ms since the time origin; -1: not yet */
static napi_value loop_milestones(napi_env env, napi_callback_info info) {
  runtime *rt = runtime_of(env);
  napi_value out;
  napi_create_array_with_length(env, MILESTONE_COUNT, &out);
  for (uint32_t i = 0; i < MILESTONE_COUNT; i++)
    napi_set_element(env, out, i, make_double(env, since_origin(rt, rt->milestones[i])));
  return out;
}

static double idle_ms(runtime *rt) { return (double)uv_metrics_idle_time(rt->loop) / 1e6; }

/* measureIdle() → [now, idle ms so far]: from here on the loop counts how long it waits, which costs it two looks at the clock. */
static napi_value loop_measure_idle(napi_env env, napi_callback_info info) {
  runtime *rt = runtime_of(env);
  napi_value out;
  uv_loop_configure(rt->loop, UV_METRICS_IDLE_TIME);
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_double(env, since_origin(rt, uv_hrtime())));
  napi_set_element(env, out, 1, make_double(env, idle_ms(rt)));
  return out;
}

/* metrics() → [turns, events, events that waited] */
static napi_value loop_metrics(napi_env env, napi_callback_info info) {
  uv_metrics_t metrics = {0};
  napi_value out;
  uv_metrics_info(runtime_of(env)->loop, &metrics);
  napi_create_array_with_length(env, 3, &out);
  napi_set_element(env, out, 0, make_double(env, (double)metrics.loop_count));
  napi_set_element(env, out, 1, make_double(env, (double)metrics.events));
  napi_set_element(env, out, 2, make_double(env, (double)metrics.events_waiting));
  return out;
}

static const js_function functions[] = {
    {"milestones", loop_milestones},
    {"measureIdle", loop_measure_idle},
    {"metrics", loop_metrics},
    {"state", loop_state},
    {"now", loop_now},
    {"idleTime", loop_idle_time},
    {"updateNow", loop_update_now},
    {"scheduleTimer", loop_schedule_timer},
    {"toggleTimerRef", loop_toggle_timer_ref},
    {"toggleImmediateRef", loop_toggle_immediate_ref},
    {"runMicrotasks", loop_run_microtasks},
    {"enqueueMicrotask", loop_enqueue_microtask},
    {"originEnded", loop_origin_ended},
    {"originsEnded", loop_origins_ended},
    {"executionResource", loop_execution_resource},
    {"getContinuation", loop_get_continuation},
    {"setContinuation", loop_set_continuation},
    {"setPromiseHooks", loop_set_promise_hooks},
    {"promiseDetails", loop_promise_details},
    {"activeHandles", loop_active_handles},
    {"activeRequests", loop_active_requests},
    {NULL, NULL},
};

static napi_status loop_init(napi_env env, napi_value exports) {
  static const constant words[] = {{"TICKS", STATE_TICKS},
                                   {"REJECTIONS", STATE_REJECTIONS},
                                   {"IMMEDIATES", STATE_IMMEDIATES},
                                   {"IMMEDIATE_REFS", STATE_IMMEDIATE_REFS},
                                   {"CONTEXT", STATE_CONTEXT},
                                   {"REQUEST_WORK", STATE_REQUEST_WORK},
                                   {"OUTSTANDING", STATE_OUTSTANDING},
                                   {"HOOKS", STATE_HOOKS},
                                   {"LAST_ID", STATE_LAST_ID},
                                   {"EXECUTION", STATE_EXECUTION},
                                   {"TRIGGER", STATE_TRIGGER},
                                   {"COUNT", STATE_WORDS},
                                   {NULL, 0}};
  static const constant rejections[] = {{"UNHANDLED", js_reject_unhandled},
                                        {"HANDLED", js_reject_handled},
                                        {"AFTER_RESOLVED", js_reject_after_resolved},
                                        {NULL, 0}};
  napi_status status = export_constants(env, exports, "words", words);
  return status == napi_ok ? export_constants(env, exports, "rejections", rejections) : status;
}

const js_binding binding_loop = {"loop", functions, loop_init};
