/* The life of a session, and its bytes: see h2_session.h. */
#include "h2_session.h"

#include <malloc.h>

enum { OUTPUT_LIMIT = 256 * 1024, OUTPUT_FIRST = 4096, OUTPUT_LARGE = 16 * 1024 };

/* ---- memory ------------------------------------------------------------------------------------------------------
 * nghttp2's is counted: maxSessionMemory is a limit on it. */

static void *counted(h2_session *s, void *memory) {
  if (memory != NULL) s->memory += malloc_usable_size(memory);
  return memory;
}

static void *memory_new(size_t size, void *data) { return counted(data, malloc(size)); }
static void *memory_zeroed(size_t count, size_t size, void *data) { return counted(data, calloc(count, size)); }

static void memory_free(void *memory, void *data) {
  h2_session *s = data;
  if (memory != NULL) s->memory -= malloc_usable_size(memory);
  free(memory);
}

static void *memory_grow(void *memory, size_t size, void *data) {
  h2_session *s = data;
  size_t before = memory == NULL ? 0 : malloc_usable_size(memory);
  void *grown = realloc(memory, size);
  if (grown != NULL) s->memory = s->memory - before + malloc_usable_size(grown);
  return grown;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void session_free(void *pointer) {
  h2_session *s = pointer;
  for (unsigned i = 0; i < H2_BUCKETS; i++)
    while (s->streams[i] != NULL) h2_stream_free(s, s->streams[i]);
  nghttp2_session_del(s->h2);
  free(s->output);
  free(s);
}

static const js_type session_type = {"Http2Session", session_free};

h2_session *h2_session_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &session_type, &pointer) == napi_ok ? pointer : NULL;
}

static int session_open(napi_env env, h2_session *s, napi_value limits, napi_value custom) {
  nghttp2_session_callbacks *callbacks = NULL;
  nghttp2_option *option = NULL;
  s->allocator = (nghttp2_mem){
      .mem_user_data = s, .malloc = memory_new, .free = memory_free, .calloc = memory_zeroed, .realloc = memory_grow};
  int err = h2_callbacks_new(&callbacks);
  if (err == 0) err = nghttp2_option_new(&option);
  if (err == 0) err = h2_options_apply(env, s, limits, custom, option);
  if (err == 0)
    err = (s->server ? nghttp2_session_server_new3 : nghttp2_session_client_new3)(&s->h2, callbacks, s, option,
                                                                                  &s->allocator);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return err;
}

/* create(server, limits: numbers by OPTION_*, numbers of custom settings to be reported) -> handle, or nghttp2's error
 */
static napi_value session_create(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  h2_session *s = calloc(1, sizeof *s);
  if (s == NULL) return make_int32(env, NGHTTP2_ERR_NOMEM);
  s->server = arg_bool(env, argv[0]);
  int err = session_open(env, s, argv[1], argv[2]);
  if (err == 0 && js_handle_create(env, &session_type, s, &value) == napi_ok) return value;
  session_free(s);
  return make_int32(env, err != 0 ? err : NGHTTP2_ERR_NOMEM);
}

static napi_value session_destroy(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  session_free(s);
  return NULL;
}

/* ---- bytes in and out -------------------------------------------------------------------------------------------- */

static void events_begin(napi_env env, h2_session *s) {
  s->env = env;
  s->event_count = 0;
  s->events = NULL;
}

static napi_value events_end(h2_session *s) {
  napi_value events = s->events;
  s->events = NULL;
  s->env = NULL;
  return events;
}

/* receive(handle, buffer) -> events, or undefined where there are none */
static napi_value session_receive(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL || js_bytes_get(env, argv[1], &bytes, &size) != napi_ok) return NULL;
  events_begin(env, s);
  s->input = bytes;
  s->bytes_read += size;
  nghttp2_ssize taken = nghttp2_session_mem_recv2(s->h2, bytes, size);
  s->input = NULL;
  if (taken < 0) {
    h2_event_number(s, EVENT_ERROR);
    h2_event_number(s, (double)taken);
    h2_event_number(s, s->failure);
  }
  return events_end(s);
}

uint8_t *h2_output(h2_session *s, size_t size) {
  if (s->output_size + size > s->output_capacity) {
    size_t capacity = s->output_capacity == 0 ? OUTPUT_FIRST : s->output_capacity;
    while (capacity < s->output_size + size) capacity *= 2;
    uint8_t *grown = realloc(s->output, capacity);
    if (grown == NULL) return NULL;
    s->output = grown;
    s->output_capacity = capacity;
  }
  uint8_t *room = s->output + s->output_size;
  s->output_size += size;
  return room;
}

/* Large output gives its memory away, small output is copied out of memory that stays. */
static napi_value output_take(h2_session *s) {
  napi_value buffer = NULL;
  void *data = NULL;
  napi_status status;
  if (s->output == NULL) return NULL;
  s->bytes_written += s->output_size;
  if (s->output_size > OUTPUT_LARGE) {
    uint8_t *fitted = realloc(s->output, s->output_size);
    status = js_buffer_adopt(s->env, fitted != NULL ? fitted : s->output, s->output_size, &buffer);
    s->output = NULL;
    s->output_capacity = 0;
  } else {
    status = js_buffer_create(s->env, s->output_size, &data, &buffer);
    if (status == napi_ok) memcpy(data, s->output, s->output_size);
  }
  s->output_size = 0;
  return status == napi_ok ? buffer : NULL;
}

/* send(handle) -> [Buffer to be sent or undefined, events...], or undefined where there is nothing. There may be more
 * to send than what is in one answer. */
static napi_value session_send(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return NULL;
  events_begin(env, s);
  s->event_count = 1; /* the output's place */
  nghttp2_ssize size = 1;
  while (s->output_size < OUTPUT_LIMIT) {
    const uint8_t *data;
    size = nghttp2_session_mem_send2(s->h2, &data);
    if (size <= 0) break;
    uint8_t *room = h2_output(s, (size_t)size);
    if (room == NULL) {
      size = NGHTTP2_ERR_NOMEM;
      break;
    }
    memcpy(room, data, (size_t)size);
  }
  if (s->output_size > 0) h2_event_output(s, output_take(s));
  if (size < 0) {
    h2_event_number(s, EVENT_ERROR);
    h2_event_number(s, (double)size);
    h2_event_number(s, s->failure);
  } else if (size == 0 && !s->done && s->goaway_of_nghttp2 && !nghttp2_session_want_read(s->h2) &&
             !nghttp2_session_want_write(s->h2)) {
    s->done = true;
    h2_event_number(s, EVENT_DONE);
  }
  return events_end(s);
}

/* wants(handle) -> whether there is something to send */
static napi_value session_wants(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  h2_session *s = h2_session_get(env, argv[0]);
  return make_bool(env, s != NULL && nghttp2_session_want_write(s->h2));
}

/* ---- frames of the session as a whole ---------------------------------------------------------------------------- */

/* goaway(handle, error code, last stream's id or 0: that of now, opaque data or undefined) */
static napi_value session_goaway(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 4);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return NULL;
  int32_t last = arg_int32(env, argv[2]);
  if (last <= 0) last = nghttp2_session_get_last_proc_stream_id(s->h2);
  if (js_bytes_get(env, argv[3], &bytes, &size) != napi_ok) size = 0;
  int err = nghttp2_submit_goaway(s->h2, NGHTTP2_FLAG_NONE, last, arg_uint32(env, argv[1]), bytes, size);
  if (err == 0) s->goaways_wanted++;
  return make_int32(env, err);
}

/* terminate(handle, error code): GOAWAY, and nothing after it */
static napi_value session_terminate(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s != NULL && nghttp2_session_terminate_session(s->h2, arg_uint32(env, argv[1])) == 0) s->goaways_wanted++;
  return NULL;
}

/* ping(handle, 8 bytes) */
static napi_value session_ping(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL || js_bytes_get(env, argv[1], &bytes, &size) != napi_ok || size != 8) return NULL;
  return make_int32(env, nghttp2_submit_ping(s->h2, NGHTTP2_FLAG_NONE, bytes));
}

/* altsvc(handle, id, origin, value): both ASCII */
static napi_value session_altsvc(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  size_t origin_size = 0, value_size = 0;
  args_get(env, info, argv, 4);
  h2_session *s = h2_session_get(env, argv[0]);
  char *origin = arg_utf8(env, argv[2], &origin_size), *value = arg_utf8(env, argv[3], &value_size);
  int err = s == NULL || origin == NULL || value == NULL
                ? NGHTTP2_ERR_NOMEM
                : nghttp2_submit_altsvc(s->h2, NGHTTP2_FLAG_NONE, arg_int32(env, argv[1]), (uint8_t *)origin,
                                        origin_size, (uint8_t *)value, value_size);
  free(origin);
  free(value);
  return make_int32(env, err);
}

/* origin(handle, [origin, ...]): ASCII */
static napi_value session_origin(napi_env env, napi_callback_info info) {
  napi_value argv[2], one;
  uint32_t count = 0, filled = 0;
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL || napi_get_array_length(env, argv[1], &count) != napi_ok) return NULL;
  nghttp2_origin_entry *entries = calloc(count + 1, sizeof *entries);
  if (entries == NULL) return make_int32(env, NGHTTP2_ERR_NOMEM);
  for (; filled < count; filled++) {
    if (napi_get_element(env, argv[1], filled, &one) != napi_ok) break;
    entries[filled].origin = (uint8_t *)arg_utf8(env, one, &entries[filled].origin_len);
    if (entries[filled].origin == NULL) break;
  }
  int err = filled == count ? nghttp2_submit_origin(s->h2, NGHTTP2_FLAG_NONE, entries, count) : NGHTTP2_ERR_NOMEM;
  for (uint32_t i = 0; i < filled; i++) free(entries[i].origin);
  free(entries);
  return make_int32(env, err);
}

static const js_function functions[] = {{"create", session_create},
                                        {"destroy", session_destroy},
                                        {"receive", session_receive},
                                        {"send", session_send},
                                        {"wants", session_wants},
                                        {"goaway", session_goaway},
                                        {"terminate", session_terminate},
                                        {"ping", session_ping},
                                        {"altsvc", session_altsvc},
                                        {"origin", session_origin},
                                        {"settings", h2_js_settings},
                                        {"settingsOf", h2_js_settings_of},
                                        {"sessionState", h2_js_session_state},
                                        {"counters", h2_js_counters},
                                        {"window", h2_js_window},
                                        {"nextStream", h2_js_next_stream},
                                        {"errorText", h2_js_error_text},
                                        {"request", h2_js_request},
                                        {"respond", h2_js_respond},
                                        {"info", h2_js_info},
                                        {"trailers", h2_js_trailers},
                                        {"push", h2_js_push},
                                        {"write", h2_js_write},
                                        {"writev", h2_js_writev},
                                        {"end", h2_js_end},
                                        {"reset", h2_js_reset},
                                        {"discard", h2_js_discard},
                                        {"read", h2_js_read},
                                        {"streamState", h2_js_stream_state},
                                        {NULL, NULL}};

static napi_status init(napi_env env, napi_value exports) {
  static const constant events[] = {CONSTANT(EVENT_HEADERS),
                                    CONSTANT(EVENT_PUSH),
                                    CONSTANT(EVENT_DATA),
                                    CONSTANT(EVENT_END),
                                    CONSTANT(EVENT_CLOSED),
                                    CONSTANT(EVENT_SETTINGS),
                                    CONSTANT(EVENT_SETTINGS_ACK),
                                    CONSTANT(EVENT_PING),
                                    CONSTANT(EVENT_PONG),
                                    CONSTANT(EVENT_GOAWAY),
                                    CONSTANT(EVENT_ALTSVC),
                                    CONSTANT(EVENT_ORIGIN),
                                    CONSTANT(EVENT_FRAME_ERROR),
                                    CONSTANT(EVENT_WRITTEN),
                                    CONSTANT(EVENT_WANT_TRAILERS),
                                    CONSTANT(EVENT_INVALID),
                                    CONSTANT(EVENT_ERROR),
                                    CONSTANT(EVENT_DONE),
                                    CONSTANT(FAILURE_INVALID_FRAMES),
                                    CONSTANT(FAILURE_REJECTED_STREAMS),
                                    {NULL, 0}};
  static const constant options[] = {CONSTANT(OPTION_MAX_DEFLATE_TABLE),
                                     CONSTANT(OPTION_MAX_RESERVED_STREAMS),
                                     CONSTANT(OPTION_MAX_SEND_HEADER_BLOCK),
                                     CONSTANT(OPTION_PEER_MAX_STREAMS),
                                     CONSTANT(OPTION_PADDING),
                                     CONSTANT(OPTION_MAX_HEADER_PAIRS),
                                     CONSTANT(OPTION_MAX_MEMORY),
                                     CONSTANT(OPTION_MAX_SETTINGS),
                                     CONSTANT(OPTION_MAX_INVALID_FRAMES),
                                     CONSTANT(OPTION_MAX_REJECTED_STREAMS),
                                     CONSTANT(OPTION_RESET_BURST),
                                     CONSTANT(OPTION_RESET_RATE),
                                     CONSTANT(OPTION_STRICT_WHITESPACE),
                                     CONSTANT(OPTION_COUNT),
                                     {NULL, 0}};
  napi_status status = export_constants(env, exports, "events", events);
  return status == napi_ok ? export_constants(env, exports, "options", options) : status;
}

const js_binding binding_h2 = {"h2", functions, init};
