/*
 * inspector.c: sessions of the engine's inspector for JS (modules/internal/inspector_session.js). What a session says
 * is given to its function as it comes, in the middle of whatever led to it: that function must only take it.
 */
#include <stdlib.h>

#include "../runtime_internal.h"
#include "util.h"

typedef struct session {
  js_inspector_session *engine;
  held message;
} session;

static void session_collected(void *pointer);
static const js_type session_type = {"InspectorSession", session_collected};

static void on_message(void *data, napi_env env, napi_value json) {
  session *s = data;
  napi_value function = held_value(&s->message, env);
  /* It throws only where the stack is at its end: then the message is lost, as any callback's work would be. */
  if (function == NULL || js_call(env, NULL, function, 1, &json, NULL) == napi_ok) return;
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
}

static void session_collected(void *pointer) {
  session *s = pointer;
  if (s->engine != NULL) js_inspector_disconnect(s->engine);
  free(s);
}

/* connect(message(json)) → handle */
static napi_value inspector_connect(napi_env env, napi_callback_info info) {
  napi_value argv[1], handle = NULL;
  args_get(env, info, argv, 1);
  session *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  if (held_set(&s->message, env, argv[0]) == napi_ok &&
      js_inspector_connect(env, on_message, s, &s->engine) == napi_ok &&
      js_handle_create(env, &session_type, s, &handle) == napi_ok)
    return handle;
  held_clear(&s->message, env);
  session_collected(s);
  return NULL;
}

/* send(handle, json) */
static napi_value inspector_send(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *pointer = NULL;
  args_get(env, info, argv, 2);
  if (js_handle_get(env, argv[0], &session_type, &pointer) == napi_ok)
    js_inspector_send(env, ((session *)pointer)->engine, argv[1]);
  return NULL;
}

/* disconnect(handle) */
static napi_value inspector_disconnect(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  void *pointer = NULL;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &session_type, &pointer) != napi_ok) return NULL;
  session *s = pointer;
  js_handle_clear(env, argv[0]);
  held_clear(&s->message, env);
  session_collected(s);
  return NULL;
}

static const js_function functions[] = {
    {"connect", inspector_connect}, {"send", inspector_send}, {"disconnect", inspector_disconnect}, {NULL, NULL}};

const js_binding binding_inspector = {"inspector", functions, NULL};
