/*
 * buffer_fast.c: the Buffer operations that programs call most, each twice: with handles, as every binding function,
 * and as a fast call (js.h, js_fast) that optimised code makes without any. Both end in the same C function over plain
 * memory. Measured per call, the way with handles first: write of 28 characters 90 and 31 ns, indexOf of a byte 66 and
 * 28 ns (what Node 24 takes); strings to bytes and searches are what bodies and headers are made of.
 */
#include "util.h"

/* ---- over plain memory ------------------------------------------------------------------------------------------ */

static int32_t compare(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length) {
  size_t common = a_length < b_length ? a_length : b_length;
  int order = common == 0 ? 0 : memcmp(a, b, common);
  if (order == 0) order = a_length < b_length ? -1 : a_length > b_length;
  return order < 0 ? -1 : order > 0;
}

/* Position of a byte at or after (forward) or at or before `from`; negative `from` counts from the end. -1: none */
static double find_byte(const uint8_t *data, size_t length, uint32_t byte, double from, bool forward) {
  if (from < 0) from += (double)length;
  if (from < 0) {
    if (!forward) return -1;
    from = 0;
  }
  if (length == 0 || (forward && from >= (double)length)) return -1;
  size_t start = from >= (double)length ? length - 1 : (size_t)from;
  const uint8_t *found =
      forward ? memchr(data + start, (uint8_t)byte, length - start) : memrchr(data, (uint8_t)byte, start + 1);
  return found == NULL ? -1 : (double)(found - data);
}

static size_t latin1_utf8_length(const char *text, size_t length) {
  size_t high = 0;
  for (size_t i = 0; i < length; i++) high += (uint8_t)text[i] >> 7;
  return length + high;
}

/* Latin-1 as UTF-8, whole characters only. @returns bytes written */
static size_t latin1_utf8_write(const char *text, size_t length, uint8_t *out, size_t room) {
  size_t n = 0;
  for (size_t i = 0; i < length; i++) {
    uint8_t c = (uint8_t)text[i];
    size_t size = c < 0x80 ? 1 : 2;
    if (size > room - n) break;
    if (size == 2) {
      out[n++] = 0xc0 | c >> 6;
      c = 0x80 | (c & 0x3f);
    }
    out[n++] = c;
  }
  return n;
}

/* The room of a buffer at an offset, as JS numbers say it. */
static size_t room_of(size_t length, double offset, double wanted) {
  if (!(offset >= 0) || offset >= (double)length) return 0;
  double left = (double)length - offset;
  return (size_t)(wanted < left ? (wanted > 0 ? wanted : 0) : left);
}

/* ---- compare(a, b) ---------------------------------------------------------------------------------------------- */

static bool bytes_get(napi_env env, napi_value value, uint8_t **data, size_t *length) {
  void *pointer = NULL;
  *length = 0;
  bool found = js_bytes_get(env, value, &pointer, length) == napi_ok;
  *data = pointer;
  return found;
}

napi_value buffer_compare(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint8_t *a, *b;
  size_t a_length, b_length;
  args_get(env, info, argv, 2);
  bytes_get(env, argv[0], &a, &a_length);
  bytes_get(env, argv[1], &b, &b_length);
  return make_int32(env, compare(a, a_length, b, b_length));
}

static int32_t fast_compare(napi_value self, napi_value first, napi_value second) {
  js_fast_storage one, two;
  size_t a_length, b_length;
  uint8_t *a = js_fast_bytes(first, &one, &a_length), *b = js_fast_bytes(second, &two, &b_length);
  return compare(a, a_length, b, b_length);
}
const js_fast buffer_compare_fast = {(void (*)(void))fast_compare, js_fast_int32, 2, {js_fast_value, js_fast_value}};

/* ---- indexOfByte(buffer, byte, from, forward) ------------------------------------------------------------------- */

napi_value buffer_index_of_byte(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  uint8_t *data;
  size_t length;
  args_get(env, info, argv, 4);
  bytes_get(env, argv[0], &data, &length);
  return make_double(
      env, find_byte(data, length, arg_uint32(env, argv[1]), arg_double(env, argv[2]), arg_bool(env, argv[3])));
}

static double fast_index_of_byte(napi_value self, napi_value buffer, uint32_t byte, double from, bool forward) {
  js_fast_storage storage;
  size_t length;
  uint8_t *data = js_fast_bytes(buffer, &storage, &length);
  return find_byte(data, length, byte, from, forward);
}
const js_fast buffer_index_of_byte_fast = {(void (*)(void))fast_index_of_byte,
                                           js_fast_double,
                                           4,
                                           {js_fast_value, js_fast_uint32, js_fast_double, js_fast_bool}};

/* ---- utf8Length(string) ----------------------------------------------------------------------------------------- */

napi_value buffer_utf8_length(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t length = 0;
  args_get(env, info, argv, 1);
  js_string_utf8_length(env, argv[0], &length);
  return make_double(env, (double)length);
}

static double fast_utf8_length(napi_value self, const js_fast_text *text) {
  return (double)latin1_utf8_length(text->data, text->length);
}
const js_fast buffer_utf8_length_fast = {(void (*)(void))fast_utf8_length, js_fast_double, 1, {js_fast_string}};

/* ---- writeUtf8(buffer, string, offset, length): bytes written --------------------------------------------------- */

napi_value buffer_write_utf8(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  uint8_t *data;
  size_t length, written = 0, units = 0;
  bool one_byte = false;
  args_get(env, info, argv, 4);
  bytes_get(env, argv[0], &data, &length);
  double offset = arg_double(env, argv[2]);
  size_t room = room_of(length, offset, arg_double(env, argv[3]));
  if (room == 0) return make_double(env, 0);
  uint8_t *out = data + (size_t)offset;
  char small[256];
  if (js_string_info(env, argv[1], &units, &one_byte) == napi_ok && one_byte && units <= sizeof small) {
    js_string_write_latin1(env, argv[1], small, sizeof small, &units);
    return make_double(env, (double)latin1_utf8_write(small, units, out, room));
  }
  js_string_write_utf8(env, argv[1], (char *)out, room, &written);
  return make_double(env, (double)written);
}

static double fast_write_utf8(napi_value self, napi_value buffer, const js_fast_text *text, double offset,
                              double wanted) {
  js_fast_storage storage;
  char start[sizeof storage.bytes];
  size_t length, text_length = text->length;
  const char *source = text->data;
  uint8_t *data = js_fast_bytes(buffer, &storage, &length);
  if (data == storage.bytes) {
    /* A small array in the JS heap: its bytes move out of it, which may move the text, too. */
    if (text_length > sizeof start) text_length = sizeof start;
    memcpy(start, source, text_length);
    source = start;
    data = js_fast_bytes_move(buffer, &length);
  }
  size_t room = room_of(length, offset, wanted);
  return room == 0 ? 0 : (double)latin1_utf8_write(source, text_length, data + (size_t)offset, room);
}
const js_fast buffer_write_utf8_fast = {(void (*)(void))fast_write_utf8,
                                        js_fast_double,
                                        4,
                                        {js_fast_value, js_fast_string, js_fast_double, js_fast_double}};
