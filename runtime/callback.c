#include "callback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime_internal.h"

/* The id of the program itself, of which hooks hear nothing. */
enum { PROGRAM = 1 };

/* What runs now: the innermost runtime_call, and what it interrupted. */
struct callback_scope {
  callback_scope *outer;
  napi_value frame;    /* the context to go back to; NULL: none */
  napi_value resource; /* of the origin; NULL: made when somebody asks */
  uint32_t id;         /* of the origin */
  uint32_t outer_id, outer_trigger;
  bool framed, own;
};

/* ---- bootstrap's functions --------------------------------------------------------------------------------------- */

napi_status runtime_callback_value(runtime *rt, int which, napi_value *function) {
  *function = held_value(&rt->callbacks[which], rt->env);
  return *function == NULL ? napi_generic_failure : napi_ok;
}

napi_status runtime_callback(runtime *rt, int which, size_t argc, const napi_value *argv, napi_value *result) {
  napi_value function;
  napi_status status = runtime_callback_value(rt, which, &function);
  return status == napi_ok ? runtime_call(rt, NULL, NULL, function, argc, argv, result) : status;
}

/* Tells JS without a scope of its own: hooks run inside of what they are told about. */
static napi_value tell(runtime *rt, int which, size_t argc, const napi_value *argv) {
  napi_value function, result = NULL;
  if (runtime_callback_value(rt, which, &function) != napi_ok) return NULL;
  if (js_call(rt->env, NULL, function, argc, argv, &result) != napi_ok) runtime_uncaught_pending(rt);
  return result;
}

static void tell_id(runtime *rt, int which, uint32_t id) {
  napi_value value;
  if (napi_create_uint32(rt->env, id, &value) == napi_ok) tell(rt, which, 1, &value);
}

/* ---- exceptions -------------------------------------------------------------------------------------------------- */

void runtime_uncaught_pending(runtime *rt) {
  napi_value exception = NULL;
  bool pending = false;
  if (runtime_stopped(rt)) return;
  if (napi_is_exception_pending(rt->env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(rt->env, &exception) == napi_ok) {
    runtime_uncaught(rt, exception);
  }
}

/* The handler could not even begin: the stack is at its end, in the middle of the app's own recursion, which gets an
 * exception of its own. Takes the one that is pending. */
static bool overflowed(runtime *rt) {
  static const char expected[] = "Maximum call stack size exceeded";
  napi_value exception, message;
  char text[sizeof expected] = "";
  size_t size = 0;
  return napi_get_and_clear_last_exception(rt->env, &exception) == napi_ok &&
         napi_get_named_property(rt->env, exception, "message", &message) == napi_ok &&
         js_string_write_utf8(rt->env, message, text, sizeof text - 1, &size) == napi_ok && strcmp(text, expected) == 0;
}

void runtime_uncaught(runtime *rt, napi_value exception) {
  js_scope scope;
  if (rt->exiting || exception == NULL) return;
  js_scope_open(rt->env, &scope);
  napi_value function;
  if (runtime_callback_value(rt, CALLBACK_UNCAUGHT, &function) == napi_ok) {
    rt->depth++;
    napi_status status = js_call(rt->env, NULL, function, 1, &exception, NULL);
    rt->depth--;
    if (status != napi_ok && !runtime_stopped(rt) && !overflowed(rt)) { /* the handler itself failed: Node's exit code for that is 7 */
      fprintf(stderr, "jsd: the uncaught-exception handler threw\n");
      if (rt->thread != NULL) {
        thread_exit(rt->thread, 7, NULL);
        goto out;
      }
      runtime_flush(rt);
      fflush(NULL);
      _Exit(7);
    }
  }
out:
  js_scope_close(&scope);
}

/* ---- ticks ------------------------------------------------------------------------------------------------------- */

static void nothing_runs(runtime *rt) {
  rt->state[STATE_EXECUTION] = rt->state[STATE_TRIGGER] = 0;
  if (rt->state[STATE_CONTEXT] || rt->state[STATE_REQUEST_WORK]) js_continuation_set(rt->env, NULL);
}

static void run_ticks(runtime *rt) {
  /* Ticks come before microtasks; where none waits, microtasks need no call into JS. */
  if (!rt->state[STATE_TICKS]) js_microtasks_run(rt->env);
  if (rt->exiting || (!rt->state[STATE_TICKS] && !rt->state[STATE_REJECTIONS])) return;
  js_scope scope;
  js_scope_open(rt->env, &scope);
  napi_value ticks;
  if (runtime_callback_value(rt, CALLBACK_TICKS, &ticks) == napi_ok &&
      js_call(rt->env, NULL, ticks, 0, NULL, NULL) != napi_ok)
    runtime_uncaught_pending(rt); /* the rest waits, as after a callback that threw */
  nothing_runs(rt);
  js_scope_close(&scope);
}

uint32_t runtime_turn(const runtime *rt) { return rt->turn; }
bool runtime_in_js(const runtime *rt) { return rt->depth > 0; }

void runtime_enter(runtime *rt) { rt->depth++; }

void runtime_leave(runtime *rt) {
  /* Still at depth 1 while the queues run, so that calls made by them do not run the queues again inside. */
  if (rt->depth == 1 && !rt->exiting) run_ticks(rt);
  rt->depth--;
}

/* ---- origins ----------------------------------------------------------------------------------------------------- */

/* Whether the context of now is a request's, and whether it is only that: it needs no reference then. */
static bool in_request(runtime *rt, napi_value frame, bool *plain) {
  napi_value own, mark;
  bool is = false;
  *plain = false;
  if (!rt->state[STATE_REQUEST_WORK]) return false;
  own = held_value(&rt->request_frame, rt->env);
  if (own != NULL && napi_strict_equals(rt->env, frame, own, &is) == napi_ok && is) return *plain = true;
  if (napi_get_named_property(rt->env, frame, "request", &mark) != napi_ok ||
      napi_get_value_bool(rt->env, mark, &is) != napi_ok)
    return false;
  return is;
}

/* The context of now, or NULL. */
static napi_value frame_now(runtime *rt) {
  napi_value frame;
  napi_valuetype type;
  if (js_continuation_get(rt->env, &frame) != napi_ok || napi_typeof(rt->env, frame, &type) != napi_ok ||
      type != napi_object)
    return NULL;
  return frame;
}

void origin_begin_bare(async_origin *o, runtime *rt, const char *type, napi_value resource) {
  uint32_t *state = rt->state;
  *o = (async_origin){.id = type != NULL ? ++state[STATE_LAST_ID] : 0, .trigger = state[STATE_EXECUTION]};
  if (!state[STATE_HOOKS] || type == NULL || rt->closing) return;
  napi_env env = rt->env;
  napi_value argv[4] = {0};
  napi_create_uint32(env, o->id, &argv[0]);
  js_string_latin1(env, type, strlen(type), &argv[1]);
  napi_create_uint32(env, o->trigger, &argv[2]);
  argv[3] = resource;
  if (resource == NULL) napi_get_undefined(env, &argv[3]);
  held_set(&o->resource, env, tell(rt, CALLBACK_ASYNC_INIT, 4, argv));
}

void origin_begin(async_origin *o, runtime *rt, const char *type, napi_value resource) {
  origin_begin_bare(o, rt, type, resource);
  napi_value frame = rt->state[STATE_CONTEXT] ? frame_now(rt) : NULL;
  if (frame == NULL) return;
  /* What stays open is not the request's work that opened it (a pool's connection). */
  if (rt->state[STATE_REQUEST_WORK] && napi_get_named_property(rt->env, frame, "outside", &frame) != napi_ok) return;
  held_set(&o->frame, rt->env, frame); /* without memory for it: no context */
}

void origin_begin_for(async_origin *o, runtime *rt, const char *type, uint32_t trigger) {
  uint32_t execution = rt->state[STATE_EXECUTION];
  rt->state[STATE_EXECUTION] = trigger;
  origin_begin(o, rt, type, NULL);
  rt->state[STATE_EXECUTION] = execution;
}

void origin_begin_work(async_origin *o, runtime *rt, const char *type) {
  bool plain = false;
  origin_begin_bare(o, rt, type, NULL);
  napi_value frame = rt->state[STATE_CONTEXT] || rt->state[STATE_REQUEST_WORK] ? frame_now(rt) : NULL;
  if (frame == NULL) return;
  o->request = in_request(rt, frame, &plain);
  if (!plain) held_set(&o->frame, rt->env, frame);
}

void context_hold(held *context, runtime *rt) {
  napi_value frame = rt->state[STATE_CONTEXT] ? frame_now(rt) : NULL;
  held_set(context, rt->env, frame);
}

void origin_begin_requests(async_origin *o, runtime *rt, const char *type) {
  origin_begin_bare(o, rt, type, NULL);
  o->request = rt->state[STATE_REQUEST_WORK] != 0;
  napi_value frame = rt->state[STATE_CONTEXT] ? frame_now(rt) : NULL;
  const char *twin = o->request ? "inside" : "outside";
  if (frame != NULL && napi_get_named_property(rt->env, frame, twin, &frame) == napi_ok)
    held_set(&o->frame, rt->env, frame);
}

/* JS hears of it once a turn: the end may come from a garbage collection, or in the middle of the app's code. */
void origin_end(async_origin *o, runtime *rt) {
  held_clear(&o->frame, rt->env);
  held_clear(&o->resource, rt->env);
  uint32_t id = o->id;
  *o = (async_origin){0};
  if (id == 0 || !rt->state[STATE_HOOKS] || rt->closing) return;
  if (rt->ended_count == rt->ended_capacity) {
    size_t capacity = rt->ended_capacity ? rt->ended_capacity * 2 : 64;
    uint32_t *grown = realloc(rt->ended, capacity * sizeof *grown);
    if (grown == NULL) return;
    rt->ended = grown;
    rt->ended_capacity = capacity;
  }
  rt->ended[rt->ended_count++] = id;
}

void runtime_origins_ended(runtime *rt) {
  js_scope scope;
  if (rt->ended_count == 0) return;
  js_scope_open(rt->env, &scope);
  runtime_enter(rt);
  for (size_t i = 0; i < rt->ended_count; i++) tell_id(rt, CALLBACK_ASYNC_DESTROY, rt->ended[i]);
  rt->ended_count = 0;
  runtime_leave(rt);
  js_scope_close(&scope);
}

napi_value runtime_resource_now(runtime *rt) {
  callback_scope *scope = rt->scope;
  while (scope != NULL && !scope->own) scope = scope->outer;
  if (scope == NULL || rt->state[STATE_EXECUTION] != scope->id) return NULL;
  return scope->resource;
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

static void scope_begin(runtime *rt, callback_scope *scope, const async_origin *origin) {
  uint32_t *state = rt->state;
  scope->outer = rt->scope;
  scope->own = origin != NULL;
  scope->framed = false;
  rt->scope = scope;
  rt->depth++;
  if (origin == NULL) return;
  scope->id = origin->id;
  scope->outer_id = state[STATE_EXECUTION];
  scope->outer_trigger = state[STATE_TRIGGER];
  scope->frame = NULL;
  scope->resource = held_value(&origin->resource, rt->env);
  state[STATE_EXECUTION] = origin->id;
  state[STATE_TRIGGER] = origin->trigger;
  if (state[STATE_CONTEXT] || state[STATE_REQUEST_WORK]) {
    const held *frame = held_empty(&origin->frame) && origin->request ? &rt->request_frame : &origin->frame;
    scope->framed = true;
    if (rt->depth > 1 && js_continuation_get(rt->env, &scope->frame) != napi_ok) scope->frame = NULL;
    js_continuation_set(rt->env, held_value(frame, rt->env));
  }
  if (state[STATE_HOOKS] && origin->id > PROGRAM) tell_id(rt, CALLBACK_ASYNC_BEFORE, origin->id);
}

static void scope_end(runtime *rt, callback_scope *scope, bool threw) {
  uint32_t *state = rt->state;
  /* After an exception that a handler took, JS has told of the end (uncaught.js). */
  if (scope->own && !threw && state[STATE_HOOKS] && scope->id > PROGRAM) tell_id(rt, CALLBACK_ASYNC_AFTER, scope->id);
  rt->scope = scope->outer;
  if (rt->depth == 1) {
    /* Ticks have contexts of their own; where no AsyncLocalStorage is in use they are still the request's work. */
    bool kept = scope->framed && !state[STATE_CONTEXT];
    state[STATE_EXECUTION] = state[STATE_TRIGGER] = 0;
    if (!kept) nothing_runs(rt);
    if (!threw && !rt->exiting) run_ticks(rt);
    if (kept) nothing_runs(rt);
  } else if (scope->own) {
    state[STATE_EXECUTION] = scope->outer_id;
    state[STATE_TRIGGER] = scope->outer_trigger;
    if (scope->framed) js_continuation_set(rt->env, scope->frame);
  }
  rt->depth--;
}

napi_status runtime_call(runtime *rt, const async_origin *origin, napi_value recv, napi_value function, size_t argc,
                         const napi_value *argv, napi_value *result) {
  callback_scope scope;
  if (rt->closing) return napi_closing;
  scope_begin(rt, &scope, origin);
  napi_status status = js_call(rt->env, recv, function, argc, argv, result);
  if (status != napi_ok) runtime_uncaught_pending(rt);
  scope_end(rt, &scope, status != napi_ok);
  return status;
}

napi_status held_call(held *h, runtime *rt, const async_origin *origin, napi_value recv, size_t argc,
                      const napi_value *argv) {
  napi_value function = held_value(h, rt->env);
  return function != NULL ? runtime_call(rt, origin, recv, function, argc, argv, NULL) : napi_ok;
}

napi_status held_call_once(held *h, runtime *rt, const async_origin *origin, napi_value recv, size_t argc,
                           const napi_value *argv) {
  napi_value function = held_value(h, rt->env);
  held_clear(h, rt->env);
  return function != NULL ? runtime_call(rt, origin, recv, function, argc, argv, NULL) : napi_ok;
}

napi_status held_call_numbers(held *h, runtime *rt, const async_origin *origin, size_t count, const double *numbers) {
  enum { MOST = 4 };
  napi_value argv[MOST];
  js_scope scope;
  if (count > MOST) return napi_invalid_arg;
  if (held_empty(h)) return napi_ok;
  js_scope_open(rt->env, &scope);
  napi_status status = napi_ok;
  for (size_t i = 0; i < count && status == napi_ok; i++) status = napi_create_double(rt->env, numbers[i], &argv[i]);
  if (status == napi_ok) status = held_call(h, rt, origin, NULL, count, argv);
  js_scope_close(&scope);
  return status;
}
