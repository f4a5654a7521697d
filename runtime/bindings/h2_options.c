/* A session's limits and settings, and what it says of itself. See h2_session.h. */
#include "h2_session.h"

static double number_at(napi_env env, napi_value list, uint32_t at) {
  napi_value value;
  return napi_get_element(env, list, at, &value) == napi_ok ? arg_double(env, value) : 0;
}

int h2_options_apply(napi_env env, h2_session *s, napi_value limits, napi_value custom, nghttp2_option *option) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < OPTION_COUNT; i++) s->limit[i] = number_at(env, limits, i);
  const double *limit = s->limit;
  nghttp2_option_set_no_auto_window_update(option, 1); /* JS reads when it likes */
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option, 10000); /* as in Node: what JS has not sent yet counts here too */
  if (!s->server) {
    nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_ALTSVC);
    nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_ORIGIN);
  }
  if (limit[OPTION_MAX_DEFLATE_TABLE] >= 0)
    nghttp2_option_set_max_deflate_dynamic_table_size(option, (size_t)limit[OPTION_MAX_DEFLATE_TABLE]);
  if (limit[OPTION_MAX_RESERVED_STREAMS] >= 0)
    nghttp2_option_set_max_reserved_remote_streams(option, (uint32_t)limit[OPTION_MAX_RESERVED_STREAMS]);
  if (limit[OPTION_MAX_SEND_HEADER_BLOCK] >= 0)
    nghttp2_option_set_max_send_header_block_length(option, (size_t)limit[OPTION_MAX_SEND_HEADER_BLOCK]);
  if (limit[OPTION_PEER_MAX_STREAMS] >= 0)
    nghttp2_option_set_peer_max_concurrent_streams(option, (uint32_t)limit[OPTION_PEER_MAX_STREAMS]);
  if (limit[OPTION_MAX_SETTINGS] >= 0) nghttp2_option_set_max_settings(option, (size_t)limit[OPTION_MAX_SETTINGS]);
  if (limit[OPTION_RESET_BURST] >= 0 && limit[OPTION_RESET_RATE] >= 0)
    nghttp2_option_set_stream_reset_rate_limit(option, (uint64_t)limit[OPTION_RESET_BURST],
                                               (uint64_t)limit[OPTION_RESET_RATE]);
  if (limit[OPTION_STRICT_WHITESPACE] == 0) nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
  napi_get_array_length(env, custom, &count);
  s->custom_count = count < H2_CUSTOM_SETTINGS ? count : H2_CUSTOM_SETTINGS;
  for (uint32_t i = 0; i < s->custom_count; i++) s->custom_wanted[i].settings_id = (int32_t)number_at(env, custom, i);
  return 0;
}

bool h2_memory_allows(const h2_session *s) {
  return (double)s->memory + (double)s->queued + (double)s->header_bytes < s->limit[OPTION_MAX_MEMORY];
}

void h2_settings_received(h2_session *s, const nghttp2_settings *settings) {
  for (size_t i = 0; i < settings->niv; i++) {
    for (size_t k = 0; k < s->custom_count; k++) {
      if (s->custom_wanted[k].settings_id != settings->iv[i].settings_id) continue;
      s->custom_wanted[k].value = settings->iv[i].value;
      s->custom_said[k] = true;
    }
  }
}

enum { SETTINGS_MAX = 32 };

/* settings(handle, [id, value, ...]) -> 0 or nghttp2's error */
napi_value h2_js_settings(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  nghttp2_settings_entry entries[SETTINGS_MAX];
  uint32_t length = 0, count = 0;
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return make_int32(env, NGHTTP2_ERR_INVALID_STATE);
  napi_get_array_length(env, argv[1], &length);
  for (uint32_t i = 0; i + 1 < length && count < SETTINGS_MAX; i += 2) {
    entries[count++] =
        (nghttp2_settings_entry){(int32_t)number_at(env, argv[1], i), (uint32_t)number_at(env, argv[1], i + 1)};
  }
  return make_int32(env, nghttp2_submit_settings(s->h2, NGHTTP2_FLAG_NONE, entries, count));
}

napi_value h2_settings_list(h2_session *s, napi_env env, bool remote) {
  static const nghttp2_settings_id ids[] = {
      NGHTTP2_SETTINGS_HEADER_TABLE_SIZE,      NGHTTP2_SETTINGS_ENABLE_PUSH,    NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
      NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,    NGHTTP2_SETTINGS_MAX_FRAME_SIZE, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
      NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL};
  napi_value out;
  uint32_t at = 0;
  if (napi_create_array(env, &out) != napi_ok) return NULL;
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    uint32_t value = (remote ? nghttp2_session_get_remote_settings : nghttp2_session_get_local_settings)(s->h2, ids[i]);
    napi_set_element(env, out, at++, make_uint32(env, ids[i]));
    napi_set_element(env, out, at++, make_uint32(env, value));
  }
  for (size_t i = 0; remote && i < s->custom_count; i++) {
    if (!s->custom_said[i]) continue;
    napi_set_element(env, out, at++, make_int32(env, s->custom_wanted[i].settings_id));
    napi_set_element(env, out, at++, make_uint32(env, s->custom_wanted[i].value));
  }
  return out;
}

/* settingsOf(handle, remote) -> [id, value, ...] */
napi_value h2_js_settings_of(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  return s == NULL ? NULL : h2_settings_list(s, env, arg_bool(env, argv[1]));
}

static napi_value numbers(napi_env env, const double *values, uint32_t count) {
  napi_value out;
  if (napi_create_array_with_length(env, count, &out) != napi_ok) return NULL;
  for (uint32_t i = 0; i < count; i++) napi_set_element(env, out, i, make_double(env, values[i]));
  return out;
}

/* sessionState(handle) -> the numbers of http2session.state, in the order of its documentation */
napi_value h2_js_session_state(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return NULL;
  const double facts[] = {nghttp2_session_get_effective_local_window_size(s->h2),
                          nghttp2_session_get_effective_recv_data_length(s->h2),
                          nghttp2_session_get_next_stream_id(s->h2),
                          nghttp2_session_get_local_window_size(s->h2),
                          nghttp2_session_get_last_proc_stream_id(s->h2),
                          nghttp2_session_get_remote_window_size(s->h2),
                          (double)nghttp2_session_get_outbound_queue_size(s->h2),
                          (double)nghttp2_session_get_hd_deflate_dynamic_table_size(s->h2),
                          (double)nghttp2_session_get_hd_inflate_dynamic_table_size(s->h2)};
  return numbers(env, facts, sizeof facts / sizeof *facts);
}

/* counters(handle) -> [bytes read, bytes written, frames received, frames sent] */
napi_value h2_js_counters(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return NULL;
  const double facts[] = {(double)s->bytes_read, (double)s->bytes_written, (double)s->frames_received,
                          (double)s->frames_sent};
  return numbers(env, facts, sizeof facts / sizeof *facts);
}

/* window(handle, bytes) -> 0 or nghttp2's error: the connection's receive window */
napi_value h2_js_window(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return make_int32(env, NGHTTP2_ERR_INVALID_STATE);
  return make_int32(env, nghttp2_session_set_local_window_size(s->h2, NGHTTP2_FLAG_NONE, 0, arg_int32(env, argv[1])));
}

/* nextStream(handle, id) -> 0 or nghttp2's error */
napi_value h2_js_next_stream(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return make_int32(env, NGHTTP2_ERR_INVALID_STATE);
  return make_int32(env, nghttp2_session_set_next_stream_id(s->h2, arg_int32(env, argv[1])));
}

/* errorText(nghttp2's error) */
napi_value h2_js_error_text(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return make_string(env, nghttp2_strerror(arg_int32(env, argv[0])));
}
