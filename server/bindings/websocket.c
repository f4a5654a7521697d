/*
 * websocket.c: the native half of modules/web/websocket.js (the binding "websocket"): WebSockets of servers over the
 * engine's tunnels, and of clients over sockets of JS, on one codec (server/http/websocket.h).
 *
 * A client's carrier is JS, and JS is not called from inside its own calls: what the codec writes or wants done is kept
 * until JS takes it (`take`), which it does after each call, and when it is told by PUMP after what a timer did.
 *
 * What the handler of a message answers goes a shorter way (answer_text): a frame into the output that the codec
 * gathers while it hands out messages, by a call that V8 makes straight from optimised code.
 */
#include "server/bindings/websocket_binding.h"

/* Kinds of onEvent(kind, ...), called with the owner as `this`. */
enum {
  EVENT_TEXT,    /* string */
  EVENT_BINARY,  /* ArrayBuffer */
  EVENT_PING,    /* Buffer */
  EVENT_PONG,    /* Buffer */
  EVENT_CLOSING, /* what the other side did wrong, or undefined */
  EVENT_SPACE,   /* bufferedAmount has fallen */
  EVENT_CLOSED,  /* code, reason, clean */
  EVENT_PUMP,
};
/* Bits of a client's `wants`. */
enum { WANTS_WRITE = 1, WANTS_SHUTDOWN = 2, WANTS_DESTROY = 4 };
static const js_type websocket_type = {"WebSocketHandle", NULL};

js_websocket *websocket_js_of(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &websocket_type, &pointer) == napi_ok ? pointer : NULL;
}
static js_websocket *of(napi_env env, napi_value value) { return websocket_js_of(env, value); }

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void event(js_websocket *js, int kind, size_t count, const napi_value *rest) {
  napi_env env = runtime_env(js->state->rt);
  napi_value argv[4] = {make_int32(env, kind)};
  for (size_t i = 0; i < count; i++) argv[1 + i] = rest[i];
  held_call(&js->state->on_websocket, js->state->rt, &js->origin, held_value(&js->owner, env), 1 + count, argv);
}

static bool is_ascii(const char *bytes, size_t length) {
  unsigned char seen = 0;
  for (size_t i = 0; i < length; i++) seen |= (unsigned char)bytes[i];
  return seen < 0x80;
}

static napi_value text_value(napi_env env, const char *bytes, size_t length) {
  napi_value value = NULL;
  napi_status status = is_ascii(bytes, length) ? js_string_latin1(env, bytes, length, &value)
                                               : js_string_utf8(env, bytes, length, &value);
  return status == napi_ok ? value : NULL;
}

/* The one whose message this thread's JS is being told of. */
static _Thread_local js_websocket *answering;

static void on_message(void *data, bool text, const char *bytes, size_t length) {
  js_websocket *js = data, *before = answering;
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value value = NULL;
  void *memory = NULL;
  if (text) {
    value = text_value(env, bytes, length);
  } else if (napi_create_arraybuffer(env, length, &memory, &value) == napi_ok && length > 0) {
    memcpy(memory, bytes, length);
  }
  answering = js;
  if (value != NULL)
    event(js, text ? EVENT_TEXT : EVENT_BINARY, 1, &value);
  else
    websocket_close(js->ws, WEBSOCKET_TOO_BIG, "", 0); /* the engine has no string as long as that */
  answering = before;
  js_scope_close(&scope);
}

static void buffer_event(js_websocket *js, int kind, const char *bytes, size_t length) {
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value value;
  void *memory;
  if (js_buffer_create(env, length, &memory, &value) == napi_ok) {
    if (length > 0) memcpy(memory, bytes, length);
    event(js, kind, 1, &value);
  }
  js_scope_close(&scope);
}

static void on_ping(void *data, const char *bytes, size_t length) { buffer_event(data, EVENT_PING, bytes, length); }
static void on_pong(void *data, const char *bytes, size_t length) { buffer_event(data, EVENT_PONG, bytes, length); }

static void on_closing(void *data, const char *error) {
  js_websocket *js = data;
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value value = error != NULL ? make_string(env, error) : make_undefined(env);
  websocket_unsubscribe_all(js->state->websockets->topics, &js->topics);
  event(js, EVENT_CLOSING, 1, &value);
  js_scope_close(&scope);
}

static void on_space(void *data) {
  js_websocket *js = data;
  js_scope scope;
  js_scope_open(runtime_env(js->state->rt), &scope);
  event(js, EVENT_SPACE, 0, NULL);
  js_scope_close(&scope);
}

static void on_close(void *data, unsigned code, const char *reason, size_t length, bool clean) {
  js_websocket *js = data;
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value handle = held_value(&js->handle, env);
  if (handle != NULL) js_handle_clear(env, handle);
  websocket_unsubscribe_all(js->state->websockets->topics, &js->topics);
  napi_value argv[3] = {make_uint32(env, code), text_value(env, reason, length), make_bool(env, clean)};
  js->ws = NULL;
  event(js, EVENT_CLOSED, 3, argv);
  held_clear(&js->handle, env);
  held_clear(&js->owner, env);
  origin_end(&js->origin, js->state->rt);
  js_scope_close(&scope);
  if (!js->state->websockets->closing) runtime_service_changed(js->state->rt);
  free(js->output.data);
  free(js);
}

static const websocket_events events = {.on_message = on_message,
                                        .on_ping = on_ping,
                                        .on_pong = on_pong,
                                        .on_closing = on_closing,
                                        .on_drain = on_space,
                                        .on_close = on_close};

/* ---- a client's carrier ------------------------------------------------------------------------------------------ */

static void want(js_websocket *js, int32_t what) {
  bool told = js->wants != 0;
  js->wants |= what;
  if (js->in_call || told) return;
  js_scope scope;
  js_scope_open(runtime_env(js->state->rt), &scope);
  event(js, EVENT_PUMP, 0, NULL);
  js_scope_close(&scope);
}

static int carrier_write(void *data, http_bytes bytes) {
  js_websocket *js = data;
  bool room = websocket_buffer_reserve(&js->output, bytes.length);
  if (room) {
    memcpy(js->output.data + js->output.length, bytes.data, bytes.length);
    js->output.length += bytes.length;
  }
  if (bytes.release) bytes.release(bytes.release_data);
  if (!room) return UV_ENOMEM;
  want(js, WANTS_WRITE);
  return 1;
}
static void carrier_shutdown(void *data) { want(data, WANTS_SHUTDOWN); }
static void carrier_destroy(void *data) { want(data, WANTS_DESTROY); }
static size_t carrier_pending(void *data) { return ((js_websocket *)data)->output.length; }
static const websocket_carrier carrier = {carrier_write, carrier_shutdown, carrier_destroy, carrier_pending};

/* ---- making ------------------------------------------------------------------------------------------------------ */

static js_websocket *create(http_state *state, napi_value owner, napi_value *handle) {
  napi_env env = runtime_env(state->rt);
  js_websocket *js = calloc(1, sizeof *js);
  if (js == NULL) return NULL;
  js->state = state;
  js->id = ++state->websockets->last_id;
  if (js_handle_create(env, &websocket_type, js, handle) == napi_ok && held_set(&js->handle, env, *handle) == napi_ok &&
      held_set(&js->owner, env, owner) == napi_ok) {
    origin_begin(&js->origin, state->rt, "WEBSOCKET", owner);
    return js;
  }
  held_clear(&js->handle, env);
  free(js);
  return NULL;
}

static void drop(js_websocket *js, napi_value handle) {
  napi_env env = runtime_env(js->state->rt);
  js_handle_clear(env, handle);
  held_clear(&js->handle, env);
  held_clear(&js->owner, env);
  origin_end(&js->origin, js->state->rt);
  free(js);
}

static void option_number(napi_env env, napi_value value, uint64_t *out) {
  double number = -1;
  if (napi_get_value_double(env, value, &number) == napi_ok && number >= 0) *out = (uint64_t)number;
}

static int fields_split(napi_env env, napi_value value, char **block, http_header *fields, size_t capacity) {
  size_t length = 0;
  bool one_byte;
  *block = NULL;
  if (js_string_info(env, value, &length, &one_byte) != napi_ok || length == 0) return 0;
  *block = malloc(length);
  if (*block == NULL) return UV_ENOMEM;
  js_string_write_latin1(env, value, *block, length, &length);
  return http_fields_split(*block, length, fields, capacity);
}

/*
 * upgrade(slot, owner, block of fields, compress, maxMessage, idleTimeout): [handle, id, the extension's line
 * or undefined], or a negative errno (UV_EINVAL: no WebSocket was asked for). compress: -1 no; bit 0: no context for
 * what is sent, bit 1: for what comes, bits 4-7 and 8-11: window bits of either, 0: 15. Numbers that are none: the
 * default.
 */
static napi_value websocket_js_upgrade(napi_env env, napi_callback_info info) {
  napi_value argv[6], out, handle;
  args_get(env, info, argv, 6);
  http_state *state = http_state_of(env);
  exchange *x = http_slot_exchange(state, arg_int32(env, argv[0]));
  if (x == NULL || websockets_of(state) == NULL) return make_int32(env, UV_ECANCELED);
  int32_t compress = arg_int32(env, argv[3]);
  websocket_deflate_parameters wanted = {compress & 1, compress & 2, compress >> 4 & 15, compress >> 8 & 15}, agreed;
  char extension[WEBSOCKET_DEFLATE_TEXT_MAX], *block;
  http_slice offers;
  bool deflate = compress >= 0 && exchange_find_header(x, "sec-websocket-extensions", &offers) &&
                 websocket_deflate_accept(offers.data, offers.length, &wanted, &agreed, extension);
  websocket_options options = *websocket_group_options(state->websockets->group);
  uint64_t max_message = options.max_message;
  option_number(env, argv[4], &max_message);
  option_number(env, argv[5], &options.idle_timeout);
  options.max_message = max_message;
  http_header fields[64];
  int count = fields_split(env, argv[2], &block, fields, sizeof fields / sizeof *fields);
  js_websocket *js = count < 0 ? NULL : create(state, argv[1], &handle);
  int err = count < 0 ? count : UV_ENOMEM;
  if (js != NULL) {
    err = websocket_upgrade(
        state->websockets->group, x,
        &(websocket_setup){.options = &options, .deflate = deflate ? &agreed : NULL, .events = &events, .data = js},
        (http_fields){fields, (size_t)count}, deflate ? extension : NULL, &js->ws);
    if (err < 0) drop(js, handle);
  }
  free(block);
  if (err < 0) return make_int32(env, err);
  http_slot_quiet(state, arg_int32(env, argv[0]));
  napi_create_array_with_length(env, 3, &out);
  napi_set_element(env, out, 0, handle);
  napi_set_element(env, out, 1, make_uint32(env, js->id));
  if (deflate) napi_set_element(env, out, 2, make_string(env, extension));
  return out;
}

/* open(owner, the answer to the offer of an extension, or undefined): a client's; a handle or a negative errno
 * (UV_EPROTO: that is no such answer). */
static napi_value websocket_js_open(napi_env env, napi_callback_info info) {
  napi_value argv[2], handle;
  args_get(env, info, argv, 2);
  http_state *state = http_state_of(env);
  websocket_deflate_parameters agreed;
  size_t length = 0;
  char *answer = arg_utf8(env, argv[1], &length);
  bool fits = answer == NULL || websocket_deflate_agreed(answer, length, &agreed);
  bool deflate = answer != NULL;
  free(answer);
  if (!fits) return make_int32(env, UV_EPROTO);
  if (websockets_of(state) == NULL) return make_int32(env, UV_ENOMEM);
  js_websocket *js = create(state, argv[0], &handle);
  if (js == NULL) return make_int32(env, UV_ENOMEM);
  websocket_options options = *websocket_group_options(state->websockets->group);
  options.idle_timeout = options.max_message = 0;
  options.max_message = UINT32_MAX;
  js->ws = websocket_create(state->websockets->group, &(websocket_setup){.client = true,
                                                                         .options = &options,
                                                                         .deflate = deflate ? &agreed : NULL,
                                                                         .carrier = &carrier,
                                                                         .carrier_data = js,
                                                                         .events = &events,
                                                                         .data = js});
  if (js->ws != NULL) return handle;
  drop(js, handle);
  return make_int32(env, UV_ENOMEM);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

bool websocket_js_bytes(http_state *state, napi_env env, napi_value value, const char **bytes, size_t *length,
                        bool *text) {
  void *data = NULL;
  size_t size = 0;
  bool one_byte;
  *text = js_string_info(env, value, &size, &one_byte) == napi_ok;
  if (!*text) {
    napi_status status = js_bytes_get(env, value, &data, length);
    *bytes = data;
    return status == napi_ok;
  }
  if (js_string_utf8_length(env, value, &size) != napi_ok) return false;
  char *memory = http_scratch(state, size);
  if (memory == NULL) return false;
  js_string_write_utf8(env, value, memory, size, length);
  *bytes = memory;
  return true;
}

/* send(handle, string or bytes, compress): 1 go on, 0 wait for SPACE, negative errno. */
static napi_value websocket_js_send(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  const char *bytes;
  size_t length = 0;
  bool text;
  args_get(env, info, argv, 3);
  js_websocket *js = of(env, argv[0]);
  if (js == NULL || js->ws == NULL) return make_int32(env, UV_ECANCELED);
  if (!websocket_js_bytes(js->state, env, argv[1], &bytes, &length, &text)) return make_int32(env, UV_EINVAL);
  bool nested = js->in_call;
  js->in_call = true;
  int result = websocket_send(js->ws, text, bytes, length, arg_bool(env, argv[2]));
  js->in_call = nested;
  return make_int32(env, result);
}

/*
 * answerText(id, string), answerBytes(id, view): sends uncompressed what the handler of a message says, without a
 * handle and, from optimised code, without a call into the engine. 1: taken. 0: not while this one's messages are
 * handed out, or too large: send() does it.
 */
static js_websocket *answering_one(uint32_t id) { return answering != NULL && answering->id == id ? answering : NULL; }

static int32_t answer_text(napi_value self, uint32_t id, const js_fast_text *text) {
  js_websocket *js = answering_one(id);
  size_t other = 0;
  if (js == NULL || text->length > WEBSOCKET_ANSWER_MAX) return 0;
  for (size_t i = 0; i < text->length; i++) other += (unsigned char)text->data[i] >> 7;
  char *to = websocket_answer(js->ws, true, text->length + other);
  if (to == NULL) return 0;
  if (other == 0) {
    memcpy(to, text->data, text->length);
    return 1;
  }
  for (size_t i = 0; i < text->length; i++) {
    unsigned char c = (unsigned char)text->data[i];
    if (c >= 0x80) *to++ = (char)(0xc0 | c >> 6);
    *to++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
  }
  return 1;
}

static int32_t answer_bytes(napi_value self, uint32_t id, napi_value view) {
  js_websocket *js = answering_one(id);
  js_fast_storage storage;
  size_t length = 0;
  const uint8_t *bytes = js_fast_bytes(view, &storage, &length);
  char *to = js != NULL && length <= WEBSOCKET_ANSWER_MAX ? websocket_answer(js->ws, false, length) : NULL;
  if (to != NULL && length > 0) memcpy(to, bytes, length);
  return to != NULL;
}

/* Where the code is not optimised, or the text is not of one byte a character. */
static napi_value websocket_js_answer(napi_env env, napi_callback_info info) { return make_int32(env, 0); }

static const js_fast fast_text = {(void (*)(void))answer_text, js_fast_int32, 2, {js_fast_uint32, js_fast_string}};
static const js_fast fast_bytes = {(void (*)(void))answer_bytes, js_fast_int32, 2, {js_fast_uint32, js_fast_value}};

/* control(handle, opcode, bytes) */
static napi_value websocket_js_control(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  const char *bytes;
  size_t length = 0;
  bool text;
  args_get(env, info, argv, 3);
  js_websocket *js = of(env, argv[0]);
  if (js == NULL || js->ws == NULL) return make_int32(env, UV_ECANCELED);
  if (!websocket_js_bytes(js->state, env, argv[2], &bytes, &length, &text)) return make_int32(env, UV_EINVAL);
  bool nested = js->in_call;
  js->in_call = true;
  int result = websocket_send_control(js->ws, arg_uint32(env, argv[1]), bytes, length);
  js->in_call = nested;
  return make_int32(env, result);
}

/* close(handle, code or 0, reason) */
static napi_value websocket_js_close(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  const char *bytes = "";
  size_t length = 0;
  bool text;
  args_get(env, info, argv, 3);
  js_websocket *js = of(env, argv[0]);
  if (js == NULL || js->ws == NULL) return NULL;
  if (!websocket_js_bytes(js->state, env, argv[2], &bytes, &length, &text)) length = 0;
  bool nested = js->in_call;
  js->in_call = true;
  websocket_close(js->ws, arg_uint32(env, argv[1]), bytes, length);
  js->in_call = nested;
  return NULL;
}

static napi_value websocket_js_terminate(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_websocket *js = of(env, argv[0]);
  if (js == NULL || js->ws == NULL) return NULL;
  bool nested = js->in_call;
  js->in_call = true;
  websocket_terminate(js->ws);
  js->in_call = nested;
  return NULL;
}

static napi_value websocket_js_buffered(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_websocket *js = of(env, argv[0]);
  return make_double(env, js != NULL && js->ws != NULL ? (double)websocket_buffered(js->ws) : 0);
}

/* feed(handle, bytes); undefined: the other side has ended. Of a client's. */
static napi_value websocket_js_feed(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data = NULL;
  size_t length = 0;
  args_get(env, info, argv, 2);
  js_websocket *js = of(env, argv[0]);
  if (js == NULL || js->ws == NULL) return NULL;
  js_bytes kept;
  bool nested = js->in_call;
  js->in_call = true;
  if (js_bytes_get(env, argv[1], &data, &length) != napi_ok) {
    websocket_ended(js->ws);
  } else if (js_bytes_hold(env, argv[1], js_bytes_read, &kept) == napi_ok) { /* JS runs meanwhile */
    websocket_feed(js->ws, kept.data, length);
    js_bytes_drop(&kept);
  }
  js = of(env, argv[0]); /* it may have closed */
  if (js != NULL) js->in_call = nested;
  return NULL;
}

/* closed(handle): a client's socket has closed. From the loop, not from inside feed. */
static napi_value websocket_js_closed(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_websocket *js = of(env, argv[0]);
  if (js != NULL && js->ws != NULL) websocket_carrier_closed(js->ws);
  return NULL;
}

/* take(handle): [what a client wants, a Buffer of output or undefined], or undefined. */
static napi_value websocket_js_take(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, buffer;
  void *memory;
  args_get(env, info, argv, 1);
  js_websocket *js = of(env, argv[0]);
  if (js == NULL || js->wants == 0 || napi_create_array_with_length(env, 2, &out) != napi_ok) return NULL;
  napi_set_element(env, out, 0, make_int32(env, js->wants));
  js->wants = 0;
  if (js->output.length > 0 && js_buffer_create(env, js->output.length, &memory, &buffer) == napi_ok) {
    memcpy(memory, js->output.data, js->output.length);
    napi_set_element(env, out, 1, buffer);
  }
  free(js->output.data);
  js->output = (websocket_buffer){0};
  return out;
}

static napi_value websocket_js_setup(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  http_state *state = http_state_of(env);
  if (state != NULL && held_empty(&state->on_websocket)) held_set(&state->on_websocket, env, argv[0]);
  return NULL;
}

static const js_function functions[] = {
    {"setup", websocket_js_setup},
    {"upgrade", websocket_js_upgrade},
    {"open", websocket_js_open},
    {"send", websocket_js_send},
    {"answerText", websocket_js_answer, &fast_text},
    {"answerBytes", websocket_js_answer, &fast_bytes},
    {"control", websocket_js_control},
    {"close", websocket_js_close},
    {"terminate", websocket_js_terminate},
    {"buffered", websocket_js_buffered},
    {"feed", websocket_js_feed},
    {"closed", websocket_js_closed},
    {"take", websocket_js_take},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant kinds[] = {CONSTANT(EVENT_TEXT),   CONSTANT(EVENT_BINARY),  CONSTANT(EVENT_PING),
                                   CONSTANT(EVENT_PONG),   CONSTANT(EVENT_CLOSING), CONSTANT(EVENT_SPACE),
                                   CONSTANT(EVENT_CLOSED), CONSTANT(EVENT_PUMP),    {NULL, 0}};
  static const constant wants[] = {CONSTANT(WANTS_WRITE), CONSTANT(WANTS_SHUTDOWN), CONSTANT(WANTS_DESTROY), {NULL, 0}};
  napi_status status = export_constants(env, exports, "events", kinds);
  return status == napi_ok ? export_constants(env, exports, "wants", wants) : status;
}

const js_binding binding_websocket = {"websocket", functions, init};
