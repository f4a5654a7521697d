/* The binding "websocket_topics": subscribing, and publishing to the subscribers of all workers. */
#include "server/bindings/websocket_binding.h"

enum { TOPIC_MAX = PUBLISH_TOPIC_MAX };

static bool topic_get(napi_env env, napi_value value, char topic[TOPIC_MAX], size_t *length) {
  return js_string_utf8_length(env, value, length) == napi_ok && *length <= TOPIC_MAX &&
         js_string_write_utf8(env, value, topic, TOPIC_MAX, length) == napi_ok;
}

/* subscribe(handle, topic, boolean): whether that changed anything; a negative errno: UV_EINVAL the topic is too long.
 */
static napi_value websocket_js_subscribe(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  char topic[TOPIC_MAX];
  size_t length;
  args_get(env, info, argv, 3);
  js_websocket *js = websocket_js_of(env, argv[0]);
  if (js == NULL || js->ws == NULL) return make_int32(env, 0);
  if (!topic_get(env, argv[1], topic, &length)) return make_int32(env, UV_EINVAL);
  if (arg_bool(env, argv[2]))
    return make_int32(env, websocket_subscribe(js->state->websockets->topics, &js->topics, js->ws, topic, length));
  return make_int32(env, websocket_unsubscribe(js->state->websockets->topics, &js->topics, topic, length));
}

/* publish(topic, string or bytes, handle to leave out or undefined): how many of this process's it was sent to, or a
 * negative errno: UV_EINVAL the topic is too long, UV_EMSGSIZE the message is (max_publish). */
static napi_value websocket_js_publish(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  char topic[TOPIC_MAX];
  size_t topic_length, length = 0;
  const char *bytes;
  bool text;
  args_get(env, info, argv, 3);
  http_state *state = http_state_of(env);
  if (websockets_of(state) == NULL) return make_int32(env, UV_ENOMEM);
  if (!topic_get(env, argv[0], topic, &topic_length) ||
      !websocket_js_bytes(state, env, argv[1], &bytes, &length, &text))
    return make_int32(env, UV_EINVAL);
  js_websocket *except = websocket_js_of(env, argv[2]);
  if (length > websocket_group_options(state->websockets->group)->max_publish) return make_int32(env, UV_EMSGSIZE);
  int sent = websocket_publish(state->websockets->topics, except != NULL ? except->ws : NULL, topic, topic_length, text,
                               bytes, length);
  publish_member *others = state->websockets->publish;
  int err = others != NULL ? publish_member_send(others, topic, topic_length, text, bytes, length) : 0;
  return make_int32(env, err < 0 ? err : sent);
}

static napi_value websocket_js_subscribers(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char topic[TOPIC_MAX];
  size_t length;
  args_get(env, info, argv, 1);
  http_state *state = http_state_of(env);
  if (state == NULL || state->websockets == NULL || !topic_get(env, argv[0], topic, &length)) return make_int32(env, 0);
  return make_double(env, (double)websocket_subscribers(state->websockets->topics, topic, length));
}

/* limit(): bytes of a published message. */
static napi_value websocket_js_limit(napi_env env, napi_callback_info info) {
  http_state *state = http_state_of(env);
  if (websockets_of(state) == NULL) return make_int32(env, 0);
  return make_double(env, (double)websocket_group_options(state->websockets->group)->max_publish);
}

static const js_function functions[] = {
    {"limit", websocket_js_limit},
    {"subscribe", websocket_js_subscribe},
    {"publish", websocket_js_publish},
    {"subscribers", websocket_js_subscribers},
    {NULL, NULL},
};

const js_binding binding_websocket_topics = {"websocket_topics", functions, NULL};
