/*
 * http_exchange.c: answering requests from JS (the binding "http_exchange"), on the exchange of server/http/exchange.h.
 *
 * Strings go straight into the engine's output buffer: a body is written as Latin-1, which is UTF-8 already when all
 * of it is ASCII (checked with one pass over the bytes, which are in the cache), and only otherwise encoded again.
 */
#include "server/bindings/http_binding.h"

#include <unistd.h>

#define SCRATCH_MINIMUM 4096
#define LEND_MINIMUM 16384 /* buffers from this size on are lent to the engine instead of copied */

/* ---- state ------------------------------------------------------------------------------------------------------- */

static void state_release(runtime_resource *resource) {
  http_state *state = (http_state *)resource;
  *runtime_host_state(state->rt) = NULL;
  held_clear(&state->on_event, runtime_env(state->rt));
  held_clear(&state->on_peer, runtime_env(state->rt));
  held_clear(&state->on_tunnel, runtime_env(state->rt));
  held_clear(&state->on_websocket, runtime_env(state->rt));
  free(state->slots);
  free(state->peers);
  free(state->scratch);
  free(state->fields);
  free(state);
}

http_state *http_state_of(napi_env env) {
  runtime *rt = runtime_of(env);
  void **place = runtime_host_state(rt);
  if (*place == NULL) {
    http_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    state->rt = rt;
    state->slots_free = state->peers_free = -1;
    state->resource.release = state_release;
    runtime_resource_add(rt, &state->resource);
    *place = state;
  }
  return *place;
}

char *http_scratch(http_state *state, size_t size) {
  if (size > state->scratch_capacity || state->scratch == NULL) {
    size_t capacity = size < SCRATCH_MINIMUM ? SCRATCH_MINIMUM : size * 2;
    char *grown = realloc(state->scratch, capacity);
    if (grown == NULL) return NULL;
    state->scratch = grown;
    state->scratch_capacity = capacity;
  }
  return state->scratch;
}

static bool slots_grow(http_state *state) {
  int32_t count = state->slots_count ? state->slots_count * 2 : 256;
  http_slot *slots = realloc(state->slots, (size_t)count * sizeof *slots);
  if (slots == NULL) return false;
  for (int32_t i = count - 1; i >= state->slots_count; i--) {
    slots[i] = (http_slot){.next_free = state->slots_free};
    state->slots_free = i;
  }
  state->slots = slots;
  state->slots_count = count;
  return true;
}

int32_t http_slot_take(http_state *state, exchange *x, const async_origin *server) {
  if (state->slots_free < 0 && !slots_grow(state)) return -1;
  int32_t slot = state->slots_free;
  state->slots_free = state->slots[slot].next_free;
  async_origin origin;
  origin_begin_bare(&origin, state->rt, "HTTPINCOMINGMESSAGE", NULL);
  state->slots[slot] =
      (http_slot){.x = x, .next_free = -1, .id = origin.id, .resource = origin.resource, .server = server};
  x->data = (void *)(intptr_t)slot;
  return slot;
}

async_origin http_slot_origin(const http_slot *slot) {
  return (async_origin){.frame = slot->server->frame,
                        .resource = slot->resource,
                        .id = slot->id,
                        .trigger = slot->server->id,
                        .request = slot->server->request};
}

void http_slot_release(http_state *state, int32_t slot) {
  async_origin origin = {.id = state->slots[slot].id, .resource = state->slots[slot].resource};
  origin_end(&origin, state->rt);
  held_clear(&state->slots[slot].reader, runtime_env(state->rt));
  state->slots[slot] = (http_slot){.next_free = state->slots_free};
  state->slots_free = slot;
}

static http_slot *slot_at(http_state *state, int32_t slot) {
  if (state == NULL || slot < 0 || slot >= state->slots_count || state->slots[slot].x == NULL) return NULL;
  return &state->slots[slot];
}

exchange *http_slot_exchange(http_state *state, int32_t slot) {
  http_slot *found = slot_at(state, slot);
  return found != NULL ? found->x : NULL;
}

void http_slot_quiet(http_state *state, int32_t slot) { state->slots[slot].quiet = true; }

/* A result for JS. What could not be taken, for want of memory or because it makes no sense, leaves the client with
 * half an answer or none: the exchange ends, and JS is told by its close. */
static napi_value result_of(napi_env env, http_slot *slot, int result) {
  if ((result == UV_ENOMEM || result == UV_EINVAL) && slot->x != NULL) exchange_destroy(slot->x);
  return make_int32(env, result);
}

static inline int32_t int_of(napi_env env, napi_value value) {
  int32_t out = -1;
  napi_get_value_int32(env, value, &out);
  return out;
}

/* ---- strings and bytes ------------------------------------------------------------------------------------------- */

static bool ascii_only(const char *data, size_t length) {
  unsigned char seen = 0;
  for (size_t i = 0; i < length; i++) seen |= (unsigned char)data[i];
  return seen < 0x80;
}

/* A header block (or reason phrase) as Latin-1, in scratch memory at `offset`; empty for undefined. */
static bool latin1_get(http_state *state, napi_env env, napi_value value, size_t offset, http_slice *out) {
  size_t length = 0;
  bool one_byte;
  *out = (http_slice){"", 0};
  if (js_string_info(env, value, &length, &one_byte) != napi_ok || length == 0) return true;
  char *memory = http_scratch(state, offset + length + 1);
  if (memory == NULL) return false;
  js_string_write_latin1(env, value, memory + offset, length, &length);
  memory[offset + length] = 0;
  *out = (http_slice){memory + offset, length};
  return true;
}

/* The memory of a body that the engine sends when the socket has room. */
static void lent_release(void *data) {
  js_bytes_drop(data);
  free(data);
}

/* Bytes of a string (UTF-8, in scratch memory at `offset`) or of a buffer; false when out of memory. */
static bool body_get(http_state *state, napi_env env, napi_value value, size_t offset, http_bytes *out) {
  size_t length = 0;
  void *data = NULL;
  bool one_byte;
  *out = (http_bytes){0};
  if (js_string_info(env, value, &length, &one_byte) == napi_ok) {
    if (js_string_utf8_length(env, value, &length) != napi_ok) return false;
    char *memory = http_scratch(state, offset + length);
    if (memory == NULL) return false;
    js_string_write_utf8(env, value, memory + offset, length, &length);
    *out = (http_bytes){.data = memory + offset, .length = length};
    return true;
  }
  if (js_bytes_get(env, value, &data, &length) != napi_ok) return true;
  *out = (http_bytes){.data = data, .length = length};
  if (length >= LEND_MINIMUM) {
    js_bytes *lent = malloc(sizeof *lent);
    if (lent == NULL) return false;
    if (js_bytes_hold(env, value, js_bytes_read, lent) != napi_ok) {
      free(lent);
      return false;
    }
    out->data = lent->data;
    out->release = lent_release;
    out->release_data = lent;
  }
  return true;
}

/* ---- respond ----------------------------------------------------------------------------------------------------- */

/* What respond and head have in common; JS gives both (slot, status, block, ..., flags, reason). */
typedef struct answer {
  http_slot *slot;
  int status;
  unsigned flags;     /* the engine's and RESPOND_* */
  const char *reason; /* NULL: the standard one */
  double declared;    /* the app's own Content-Length, -1: none */
  http_fields fields;
} answer;

/* The fields of a block; 0 or UV_ENOMEM. */
static int fields_get(http_state *state, http_slice block, http_fields *out) {
  int count;
  while ((count = http_fields_split(block.data, block.length, state->fields, state->fields_capacity)) < 0) {
    size_t capacity = state->fields_capacity ? state->fields_capacity * 2 : 32;
    http_header *grown = realloc(state->fields, capacity * sizeof *grown);
    if (grown == NULL) return UV_ENOMEM;
    state->fields = grown;
    state->fields_capacity = capacity;
  }
  *out = (http_fields){state->fields, (size_t)count};
  return 0;
}

static int answer_get(http_state *state, napi_env env, const napi_value *argv, answer *out) {
  http_slice block, reason;
  *out = (answer){.slot = slot_at(state, int_of(env, argv[0])), .declared = -1};
  if (out->slot == NULL) return UV_ECANCELED;
  out->status = int_of(env, argv[1]);
  out->flags = (unsigned)int_of(env, argv[4]);
  if (!latin1_get(state, env, argv[2], 0, &block) || !latin1_get(state, env, argv[5], block.length + 1, &reason))
    return UV_ENOMEM;
  if (reason.length > 0) {
    if (block.length > 0) block.data = state->scratch; /* may have moved */
    out->reason = reason.data;
  }
  return fields_get(state, block, &out->fields);
}

/* Flags of an answer whose body has this length: where the app's own Content-Length says another, nothing may follow. */
static unsigned flags_for(const answer *a, size_t length) {
  bool broken = a->declared >= 0 && (double)length != a->declared;
  return (a->flags & ENGINE_FLAGS) | (broken ? EXCHANGE_CLOSE : 0);
}

static int respond_string(napi_env env, const answer *a, napi_value body, size_t length, bool one_byte) {
  exchange *x = a->slot->x;
  size_t head_size = http_head_size(a->reason, a->fields);
  if (one_byte) {
    char *room = exchange_reserve(x, head_size, length);
    if (room == NULL) return UV_ECANCELED;
    js_string_write_latin1(env, body, room, length, &length);
    if (ascii_only(room, length))
      return exchange_commit(x, a->status, a->reason, a->fields, length, flags_for(a, length));
  }
  if (js_string_utf8_length(env, body, &length) != napi_ok) return UV_EINVAL;
  char *room = exchange_reserve(x, head_size, length);
  if (room == NULL) return UV_ECANCELED;
  js_string_write_utf8(env, body, room, length, &length);
  return exchange_commit(x, a->status, a->reason, a->fields, length, flags_for(a, length));
}

/* respond(slot, status, block, body, flags, reason[, length that the block says]): 0 or negative errno. body: string,
 * bytes or undefined. */
static napi_value exchange_js_respond(napi_env env, napi_callback_info info) {
  napi_value argv[7];
  args_get(env, info, argv, 7);
  http_state *state = http_state_of(env);
  answer a;
  int err = answer_get(state, env, argv, &a);
  size_t length = 0;
  bool one_byte = false;
  if (a.slot == NULL) return make_int32(env, err);
  if (a.flags & RESPOND_QUIET) a.slot->quiet = true;
  if (a.flags & EXCHANGE_NO_LENGTH) napi_get_value_double(env, argv[6], &a.declared);
  if (err < 0) {
  } else if (js_string_info(env, argv[3], &length, &one_byte) == napi_ok) {
    err = respond_string(env, &a, argv[3], length, one_byte);
  } else {
    http_bytes bytes;
    err = UV_ENOMEM;
    if (body_get(state, env, argv[3], 0, &bytes))
      err = exchange_respond(a.slot->x, a.status, a.reason, a.fields, bytes, flags_for(&a, bytes.length));
  }
  return result_of(env, a.slot, err);
}

/* head(slot, status, block, contentLength, flags, reason): contentLength -1: unknown. */
static napi_value exchange_js_head(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  answer a;
  int err = answer_get(http_state_of(env), env, argv, &a);
  if (a.slot == NULL) return make_int32(env, err);
  if (err == 0)
    err = exchange_head(a.slot->x, a.status, a.reason, a.fields, arg_int64(env, argv[3]), a.flags & ENGINE_FLAGS);
  return result_of(env, a.slot, err);
}

/* write(slot, chunk): 1 go on, 0 wait for drain, negative errno. */
static napi_value exchange_js_write(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  http_state *state = http_state_of(env);
  http_slot *slot = slot_at(state, int_of(env, argv[0]));
  if (slot == NULL) return make_int32(env, UV_ECANCELED);
  http_bytes bytes;
  if (!body_get(state, env, argv[1], 0, &bytes)) return result_of(env, slot, UV_ENOMEM);
  return result_of(env, slot, exchange_write(slot->x, bytes));
}

/* writeFile(slot, fd, offset, length): as write; the descriptor is the engine's from now on, whatever comes of it. */
static napi_value exchange_js_write_file(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  http_slot *slot = slot_at(http_state_of(env), int_of(env, argv[0]));
  int fd = int_of(env, argv[1]);
  double offset = arg_double(env, argv[2]), length = arg_double(env, argv[3]);
  if (fd < 0 || !(offset >= 0) || !(length >= 0)) return make_int32(env, UV_EINVAL);
  if (slot == NULL) close(fd);
  if (slot == NULL) return make_int32(env, UV_ECANCELED);
  int err = exchange_write_file(slot->x, fd, (int64_t)offset, (size_t)length);
  return err == UV_ENOTSUP ? make_int32(env, err) : result_of(env, slot, err);
}

/* end(slot, trailers, flags) */
static napi_value exchange_js_end(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  http_state *state = http_state_of(env);
  http_slot *slot = slot_at(state, int_of(env, argv[0]));
  if (slot == NULL) return make_int32(env, UV_ECANCELED);
  http_slice block;
  http_fields trailers;
  if (arg_int32(env, argv[2]) & RESPOND_QUIET) slot->quiet = true;
  if (!latin1_get(state, env, argv[1], 0, &block) || fields_get(state, block, &trailers) < 0)
    return result_of(env, slot, UV_ENOMEM);
  return result_of(env, slot, exchange_end(slot->x, trailers));
}

/* inform(slot, status, block): 100, 102, 103. */
static napi_value exchange_js_inform(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  http_state *state = http_state_of(env);
  http_slot *slot = slot_at(state, int_of(env, argv[0]));
  if (slot == NULL) return make_int32(env, UV_ECANCELED);
  http_slice block;
  http_fields fields;
  if (!latin1_get(state, env, argv[2], 0, &block) || fields_get(state, block, &fields) < 0)
    return make_int32(env, UV_ENOMEM);
  return make_int32(env, exchange_informational(slot->x, int_of(env, argv[1]), NULL, fields));
}

/* ---- one-argument calls ------------------------------------------------------------------------------------------ */

static http_slot *slot_argument(napi_env env, napi_callback_info info, http_state **state) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  *state = http_state_of(env);
  return slot_at(*state, int_of(env, argv[0]));
}

static napi_value exchange_js_flush(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  return make_int32(env, slot ? exchange_flush(slot->x) : UV_ECANCELED);
}

static napi_value exchange_js_resume(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  if (slot == NULL) return NULL;
  context_hold(&slot->reader, state->rt);
  slot->turn = runtime_turn(state->rt);
  exchange_body_resume(slot->x);
  return NULL;
}

static napi_value exchange_js_pause(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  if (slot != NULL) exchange_body_pause(slot->x);
  return NULL;
}

static napi_value exchange_js_destroy(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  if (slot != NULL) exchange_destroy(slot->x);
  return NULL;
}

/* discard(slot): nothing more of the body is wanted. */
static napi_value exchange_js_discard(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  if (slot != NULL) exchange_body_discard(slot->x);
  return NULL;
}

/* manualContinue(slot): 100 Continue only when the app says so. */
static napi_value exchange_js_manual_continue(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  if (slot != NULL) slot->x->manual_continue = true;
  return NULL;
}

/* peer(slot): the number of its connection (binding http_peer), or -1. */
static napi_value exchange_js_peer(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  return make_int32(env, slot ? http_peer_of(state, slot->x->connection) : -1);
}

/* pending(slot): bytes the kernel has not taken. */
static napi_value exchange_js_pending(napi_env env, napi_callback_info info) {
  http_state *state;
  http_slot *slot = slot_argument(env, info, &state);
  return make_double(env, slot ? (double)exchange_pending(slot->x) : 0);
}

/* upgrade(slot, owner): [tunnel (binding http_tunnel), Buffer of what followed the head], or a negative errno. */
static napi_value exchange_js_upgrade(napi_env env, napi_callback_info info) {
  napi_value argv[2], result, tunnel, head;
  args_get(env, info, argv, 2);
  http_state *state = http_state_of(env);
  http_slot *slot = slot_at(state, int_of(env, argv[0]));
  if (slot == NULL) return make_int32(env, UV_ECANCELED);
  http_slice early = {0};
  void *data;
  int err = http_tunnel_open(state, slot->x, argv[1], &tunnel, &early);
  if (err < 0) return make_int32(env, err);
  slot->quiet = true;
  if (js_buffer_create(env, early.length, &data, &head) != napi_ok) return make_int32(env, UV_ENOMEM);
  if (early.length > 0) memcpy(data, early.data, early.length);
  napi_create_array_with_length(env, 2, &result);
  napi_set_element(env, result, 0, tunnel);
  napi_set_element(env, result, 1, head);
  return result;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void slot_event(exchange *x, int kind, napi_value argument) {
  http_state *state = *runtime_host_state(http_exchange_runtime(x));
  napi_env env = runtime_env(state->rt);
  napi_value argv[3];
  argv[0] = make_int32(env, (int32_t)(intptr_t)x->data);
  argv[1] = make_int32(env, kind);
  argv[2] = argument != NULL ? argument : make_undefined(env);
  const http_slot *slot = &state->slots[(intptr_t)x->data];
  async_origin origin = http_slot_origin(slot);
  if (kind <= EVENT_END && !held_empty(&slot->reader) && slot->turn == runtime_turn(state->rt))
    origin.frame = slot->reader;
  /* What a call of JS brings about at once belongs to that call. */
  held_call(&state->on_event, state->rt, runtime_in_js(state->rt) ? NULL : &origin, NULL, 3, argv);
}

static http_state *state_of_exchange(exchange *x) { return *runtime_host_state(http_exchange_runtime(x)); }

static void on_data(exchange *x, const char *data, size_t length) {
  napi_env env = runtime_env(http_exchange_runtime(x));
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value buffer;
  void *memory;
  if (js_buffer_create(env, length, &memory, &buffer) == napi_ok) {
    memcpy(memory, data, length);
    slot_event(x, EVENT_DATA, buffer);
  }
  js_scope_close(&scope);
}

static void event_without_argument(exchange *x, int kind) {
  napi_env env = runtime_env(http_exchange_runtime(x));
  js_scope scope;
  js_scope_open(env, &scope);
  slot_event(x, kind, NULL);
  js_scope_close(&scope);
}

static bool slot_quiet(exchange *x) { return state_of_exchange(x)->slots[(intptr_t)x->data].quiet; }

static void on_end(exchange *x) {
  napi_env env = runtime_env(http_exchange_runtime(x));
  if (slot_quiet(x)) return;
  js_scope scope;
  js_scope_open(env, &scope);
  slot_event(x, EVENT_END, http_header_block(env, x->trailers_head, x->trailers, x->trailers_count));
  js_scope_close(&scope);
}

static void on_drain(exchange *x) {
  if (!slot_quiet(x)) event_without_argument(x, EVENT_DRAIN);
}

static void on_finish(exchange *x) {
  /* Where the request is complete too, `close` follows at once and JS does both in one call. */
  if (!slot_quiet(x) && !x->request_complete) event_without_argument(x, EVENT_FINISH);
}

static void on_close(exchange *x, int error) {
  http_state *state = state_of_exchange(x);
  napi_env env = runtime_env(state->rt);
  int32_t slot = (int32_t)(intptr_t)x->data;
  if (!state->slots[slot].quiet) {
    js_scope scope;
    js_scope_open(env, &scope);
    slot_event(x, EVENT_CLOSE, make_int32(env, error));
    js_scope_close(&scope);
  }
  http_slot_release(state, slot);
}

const exchange_events http_slot_events = {on_data, on_end, on_drain, on_finish, on_close};

static const js_function functions[] = {
    {"respond", exchange_js_respond},
    {"head", exchange_js_head},
    {"write", exchange_js_write},
    {"writeFile", exchange_js_write_file},
    {"end", exchange_js_end},
    {"inform", exchange_js_inform},
    {"flush", exchange_js_flush},
    {"resume", exchange_js_resume},
    {"pause", exchange_js_pause},
    {"destroy", exchange_js_destroy},
    {"manualContinue", exchange_js_manual_continue},
    {"peer", exchange_js_peer},
    {"pending", exchange_js_pending},
    {"upgrade", exchange_js_upgrade},
    {"discard", exchange_js_discard},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant events[] = {CONSTANT(EVENT_DATA),   CONSTANT(EVENT_END),   CONSTANT(EVENT_DRAIN),
                                    CONSTANT(EVENT_FINISH), CONSTANT(EVENT_CLOSE), {NULL, 0}};
  static const constant flags[] = {{"NO_DATE", EXCHANGE_NO_DATE},
                                   {"NO_CONNECTION", EXCHANGE_NO_CONNECTION},
                                   {"CLOSE", EXCHANGE_CLOSE},
                                   {"KEEP_ALIVE", EXCHANGE_KEEP_ALIVE},
                                   {"NO_LENGTH", EXCHANGE_NO_LENGTH},
                                   {"HAS_LENGTH", EXCHANGE_HAS_LENGTH},
                                   {"NO_CHUNKED", EXCHANGE_NO_CHUNKED},
                                   {"CHUNKED", EXCHANGE_CHUNKED},
                                   {"HAS_ENCODING", EXCHANGE_HAS_ENCODING},
                                   {"HAS_KEEP_ALIVE", EXCHANGE_HAS_KEEP_ALIVE},
                                   {"QUIET", RESPOND_QUIET},
                                   {NULL, 0}};
  napi_status status = export_constants(env, exports, "events", events);
  return status == napi_ok ? export_constants(env, exports, "flags", flags) : status;
}

const js_binding binding_http_exchange = {"http_exchange", functions, init};
