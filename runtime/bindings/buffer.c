/*
 * buffer: what Buffer does to bytes that JS is slow at: strings to bytes and back in each encoding, search, compare,
 * fill. JS has checked types and ranges; a range beyond the memory is clamped here all the same.
 *
 * Encodings come as numbers (modules/internal/encodings.js), which the binding exports by name.
 */
#include <stdint.h>

#include "buffer_fast.h"
#include "text_encoding.h"
#include "util.h"

enum { utf8, utf16le, latin1, ascii, base64, base64url, hex };

typedef struct bytes {
  uint8_t *data;
  size_t length;
} bytes;

static bytes bytes_of(napi_env env, napi_value value) {
  void *data = NULL;
  bytes out = {NULL, 0};
  if (js_bytes_get(env, value, &data, &out.length) != napi_ok) out.length = 0;
  out.data = data;
  return out;
}

/* [start, end) of `all`, from two JS numbers. */
static bytes bytes_slice(napi_env env, bytes all, napi_value start_value, napi_value end_value) {
  double start = arg_double(env, start_value), end = arg_double(env, end_value);
  if (!(start > 0)) start = 0;
  if (!(end < (double)all.length)) end = (double)all.length;
  if (start >= end) return (bytes){all.data, 0};
  return (bytes){all.data + (size_t)start, (size_t)(end - start)};
}

static napi_value throw_too_long(napi_env env) {
  napi_throw_error(env, "ERR_STRING_TOO_LONG", "Cannot create a string longer than 0x1fffffe8 characters");
  return NULL;
}

/* How many bytes at the start are ASCII. */
static size_t ascii_prefix(const uint8_t *data, size_t length) {
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    memcpy(&word, data + i, 8);
    if (word & UINT64_C(0x8080808080808080)) break;
  }
  while (i < length && data[i] < 0x80) i++;
  return i;
}

/* ---- bytes to strings ------------------------------------------------------------------------------------------- */
static napi_value ascii_string(napi_env env, bytes in) {
  napi_value out = NULL;
  char *masked = malloc(in.length + 1);
  if (masked == NULL) return throw_too_long(env);
  for (size_t i = 0; i < in.length; i++) masked[i] = (char)(in.data[i] & 0x7f);
  js_string_latin1(env, masked, in.length, &out);
  free(masked);
  return out;
}

static napi_value encoded_string(napi_env env, bytes in, int encoding) {
  napi_value out = NULL;
  char stack[1024];
  size_t size = encoding == hex ? in.length * 2 : (in.length + 2) / 3 * 4;
  char *text = size <= sizeof stack ? stack : malloc(size);
  if (text == NULL) return throw_too_long(env);
  size = encoding == hex ? hex_encode(in.data, in.length, text)
                         : base64_encode(in.data, in.length, text, encoding == base64url);
  if (js_string_latin1(env, text, size, &out) != napi_ok) out = NULL;
  if (text != stack) free(text);
  return out == NULL ? throw_too_long(env) : out;
}

static napi_value utf16_string(napi_env env, bytes in) {
  napi_value out = NULL;
  size_t units = in.length / 2;
  if (((uintptr_t)in.data & 1) == 0) {
    napi_create_string_utf16(env, (const char16_t *)(const void *)in.data, units, &out);
    return out;
  }
  char16_t *aligned = malloc(units * 2 + 2);
  if (aligned == NULL) return throw_too_long(env);
  memcpy(aligned, in.data, units * 2);
  napi_create_string_utf16(env, aligned, units, &out);
  free(aligned);
  return out;
}

/* toString(buffer, encoding, start, end) */
static napi_value buffer_to_string(napi_env env, napi_callback_info info) {
  napi_value argv[4], out = NULL;
  args_get(env, info, argv, 4);
  bytes in = bytes_slice(env, bytes_of(env, argv[0]), argv[2], argv[3]);
  int encoding = arg_int32(env, argv[1]);
  size_t units = encoding == hex ? in.length * 2 : encoding == utf16le ? in.length / 2 : in.length;
  if (units > 0x1fffffe8 || (encoding >= base64 && encoding <= base64url && in.length / 3 * 4 > 0x1fffffe8)) {
    return throw_too_long(env);
  }
  switch (encoding) {
    case utf8:
      js_string_utf8(env, (const char *)in.data, in.length, &out);
      return out;
    case latin1:
      js_string_latin1(env, (const char *)in.data, in.length, &out);
      return out;
    case ascii:
      return ascii_string(env, in);
    case utf16le:
      return utf16_string(env, in);
    default:
      return encoded_string(env, in, encoding);
  }
}

/* ---- strings to bytes ------------------------------------------------------------------------------------------- */
/* Decodes base64 or hex straight from a one-byte string that fits on the stack. */
static bool digits_write_short(napi_env env, napi_value string, int encoding, uint8_t *out, size_t capacity,
                               size_t *written) {
  uint8_t digits[4096];
  size_t length = 0;
  bool one_byte = false;
  if (js_string_info(env, string, &length, &one_byte) != napi_ok || !one_byte || length > sizeof digits) return false;
  js_string_write_latin1(env, string, (char *)digits, length, &length);
  *written = encoding == hex ? hex_decode(digits, length, out, capacity) : base64_decode(digits, length, out, capacity);
  return true;
}

/* A one-byte view of a string whose significant characters are all ASCII; characters above 0xff become 0 bytes. */
static uint8_t *string_digits(napi_env env, napi_value string, size_t *length) {
  bool one_byte = false;
  if (js_string_info(env, string, length, &one_byte) != napi_ok) return NULL;
  uint8_t *digits = malloc(*length + 1);
  if (digits == NULL) return NULL;
  if (one_byte) {
    js_string_write_latin1(env, string, (char *)digits, *length, length);
    return digits;
  }
  uint16_t *units = malloc(*length * 2 + 2);
  if (units == NULL) {
    free(digits);
    return NULL;
  }
  js_string_write_utf16(env, string, units, *length, length);
  for (size_t i = 0; i < *length; i++) digits[i] = units[i] > 0xff ? 0 : (uint8_t)units[i];
  free(units);
  return digits;
}

static size_t latin1_write(napi_env env, napi_value string, uint8_t *out, size_t capacity) {
  size_t length = 0, written = 0;
  bool one_byte = false;
  if (js_string_info(env, string, &length, &one_byte) != napi_ok) return 0;
  if (one_byte) {
    js_string_write_latin1(env, string, (char *)out, capacity, &written);
    return written;
  }
  if (length > capacity) length = capacity;
  uint16_t *units = malloc(length * 2 + 2);
  if (units == NULL) return 0;
  js_string_write_utf16(env, string, units, length, &length);
  for (size_t i = 0; i < length; i++) out[i] = (uint8_t)units[i];
  free(units);
  return length;
}

static size_t utf16_write(napi_env env, napi_value string, uint8_t *out, size_t capacity) {
  size_t units = capacity / 2, written = 0;
  if (((uintptr_t)out & 1) == 0) {
    js_string_write_utf16(env, string, (uint16_t *)(void *)out, units, &written);
    return written * 2;
  }
  uint16_t *aligned = malloc(units * 2 + 2);
  if (aligned == NULL) return 0;
  js_string_write_utf16(env, string, aligned, units, &written);
  memcpy(out, aligned, written * 2);
  free(aligned);
  return written * 2;
}

/* UTF-8 of a string of one-byte units that fits as such: ASCII is copied, other characters are spread from the end. */
static bool utf8_write_one_byte(napi_env env, napi_value string, uint8_t *out, size_t capacity, size_t *written) {
  size_t length = 0, high = 0;
  bool one_byte = false;
  if (js_string_info(env, string, &length, &one_byte) != napi_ok || !one_byte || length > capacity) return false;
  js_string_write_latin1(env, string, (char *)out, length, written);
  size_t ascii = ascii_prefix(out, length);
  if (ascii == length) return true;
  for (size_t i = ascii; i < length; i++) high += out[i] >> 7;
  if (length + high > capacity) return false;
  *written = length + high;
  for (size_t from = length, to = length + high; from > ascii && from != to;) {
    uint8_t unit = out[--from];
    if (unit < 0x80) {
      out[--to] = unit;
    } else {
      out[--to] = 0x80 | (unit & 0x3f);
      out[--to] = 0xc0 | unit >> 6;
    }
  }
  return true;
}

static size_t string_write(napi_env env, napi_value string, int encoding, uint8_t *out, size_t capacity) {
  size_t written = 0;
  if (capacity == 0) return 0;
  switch (encoding) {
    case utf8:
      if (!utf8_write_one_byte(env, string, out, capacity, &written))
        js_string_write_utf8(env, string, (char *)out, capacity, &written);
      return written;
    case utf16le:
      return utf16_write(env, string, out, capacity);
    case latin1:
    case ascii:
      return latin1_write(env, string, out, capacity);
    default:
      break;
  }
  if (digits_write_short(env, string, encoding, out, capacity, &written)) return written;
  size_t length = 0;
  uint8_t *digits = string_digits(env, string, &length);
  if (digits == NULL) return 0;
  written = encoding == hex ? hex_decode(digits, length, out, capacity) : base64_decode(digits, length, out, capacity);
  free(digits);
  return written;
}

/* write(buffer, string, encoding, offset, length) → bytes written */
static napi_value buffer_write(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  args_get(env, info, argv, 5);
  bytes all = bytes_of(env, argv[0]);
  double offset = arg_double(env, argv[3]), length = arg_double(env, argv[4]);
  if (!(offset >= 0) || offset >= (double)all.length) return make_double(env, 0);
  if (!(length < (double)all.length - offset)) length = (double)all.length - offset;
  return make_double(
      env, (double)string_write(env, argv[1], arg_int32(env, argv[2]), all.data + (size_t)offset, (size_t)length));
}

/* fromString(string, encoding) → a Buffer of its own */
static napi_value buffer_from_string(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  args_get(env, info, argv, 2);
  int encoding = arg_int32(env, argv[1]);
  size_t length = 0;
  bool one_byte = false;
  if (js_string_info(env, argv[0], &length, &one_byte) != napi_ok) return NULL;
  size_t capacity = length;
  if (encoding == utf8 && one_byte)
    capacity = length; /* right for ASCII; counted below for the rest */
  else if (encoding == utf8)
    js_string_utf8_length(env, argv[0], &capacity);
  else if (encoding == utf16le)
    capacity = length * 2;
  else if (encoding == hex)
    capacity = length / 2;
  else if (encoding == base64 || encoding == base64url)
    capacity = length / 4 * 3 + 3;
  uint8_t *data = malloc(capacity + 1);
  if (data == NULL) {
    napi_throw_range_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "Failed to allocate memory");
    return NULL;
  }
  size_t written = 0;
  if (encoding == utf8 && one_byte) {
    js_string_write_latin1(env, argv[0], (char *)data, length, &written);
    if (ascii_prefix(data, length) != length) {
      free(data);
      js_string_utf8_length(env, argv[0], &capacity);
      if ((data = malloc(capacity + 1)) == NULL) return NULL;
      written = string_write(env, argv[0], encoding, data, capacity);
    }
  } else {
    written = string_write(env, argv[0], encoding, data, capacity);
  }
  if (written < capacity / 2) {
    uint8_t *smaller = realloc(data, written + 1);
    if (smaller != NULL) data = smaller;
  }
  if (js_buffer_adopt(env, data, written, &out) != napi_ok) free(data);
  return out;
}

/* ---- compare, search, fill -------------------------------------------------------------------------------------- */
static int bytes_compare(bytes a, bytes b) {
  size_t common = a.length < b.length ? a.length : b.length;
  int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
  if (order == 0) order = a.length < b.length ? -1 : a.length > b.length;
  return order < 0 ? -1 : order > 0;
}

/* compareParts(source, sourceStart, sourceEnd, target, targetStart, targetEnd) */
static napi_value buffer_compare_parts(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  bytes source = bytes_slice(env, bytes_of(env, argv[0]), argv[1], argv[2]);
  bytes target = bytes_slice(env, bytes_of(env, argv[3]), argv[4], argv[5]);
  return make_int32(env, bytes_compare(source, target));
}

/* Position of needle at or after (forward) or at or before (backward) `from`, in steps of `unit` bytes; -1 for none. */
static double bytes_find(bytes in, bytes needle, double from, bool forward, size_t unit) {
  double length = (double)in.length, size = (double)needle.length;
  if (from < 0) from += length;
  if (from < 0) {
    if (!forward && needle.length != 0) return -1;
    from = 0;
  }
  if (needle.length == 0) return from > length ? length : from;
  if (size > length) return -1;
  if (from > length - size) {
    if (forward) return -1;
    from = length - size;
  }
  if (forward && unit == 1) {
    uint8_t *found = memmem(in.data + (size_t)from, in.length - (size_t)from, needle.data, needle.length);
    return found == NULL ? -1 : (double)(found - in.data);
  }
  size_t start = (size_t)from;
  start -= start % unit; /* UTF-16 text lies at even positions */
  if (forward && start < (size_t)from) start += unit;
  for (size_t i = start; i + needle.length <= in.length;) {
    if (memcmp(in.data + i, needle.data, needle.length) == 0) return (double)i;
    if (forward)
      i += unit;
    else if (i < unit)
      break;
    else
      i -= unit;
  }
  return -1;
}

/* indexOf(buffer, needle: bytes or number, offset, forward, two_byte) */
static napi_value buffer_index_of(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  args_get(env, info, argv, 5);
  uint8_t byte = 0;
  bytes needle = {&byte, 1};
  if (arg_is(env, argv[1], napi_number))
    byte = (uint8_t)arg_uint32(env, argv[1]);
  else
    needle = bytes_of(env, argv[1]);
  bytes in = bytes_of(env, argv[0]);
  size_t unit = arg_bool(env, argv[4]) ? 2 : 1;
  return make_double(env, bytes_find(in, needle, arg_double(env, argv[2]), arg_bool(env, argv[3]), unit));
}

/* fill(buffer, pattern: bytes, start, end): repeats the pattern */
static napi_value buffer_fill(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  bytes pattern = bytes_of(env, argv[1]);
  bytes out = bytes_slice(env, bytes_of(env, argv[0]), argv[2], argv[3]);
  if (pattern.length == 0 || out.length == 0) return NULL;
  size_t filled = pattern.length < out.length ? pattern.length : out.length;
  memmove(out.data, pattern.data, filled);
  while (filled < out.length) {
    size_t more = filled < out.length - filled ? filled : out.length - filled;
    memcpy(out.data + filled, out.data, more);
    filled += more;
  }
  return NULL;
}

/* ---- checks ----------------------------------------------------------------------------------------------------- */
/* Length of the well-formed multi-byte sequence at data, or 0. */
static size_t utf8_sequence(const uint8_t *data, size_t length) {
  uint8_t first = data[0], low = 0x80, high = 0xbf;
  size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length < size) return 0;
  if (first == 0xe0)
    low = 0xa0;
  else if (first == 0xed)
    high = 0x9f;
  else if (first == 0xf0)
    low = 0x90;
  else if (first == 0xf4)
    high = 0x8f;
  if (data[1] < low || data[1] > high) return 0;
  for (size_t i = 2; i < size; i++) {
    if ((data[i] & 0xc0) != 0x80) return 0;
  }
  return size;
}

static bool utf8_valid(const uint8_t *data, size_t length) {
  for (size_t i = 0; i < length;) {
    i += ascii_prefix(data + i, length - i);
    if (i == length) break;
    size_t size = utf8_sequence(data + i, length - i);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

static napi_value buffer_is_ascii(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  bytes in = bytes_of(env, argv[0]);
  return make_bool(env, ascii_prefix(in.data, in.length) == in.length);
}

static napi_value buffer_is_utf8(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  bytes in = bytes_of(env, argv[0]);
  return make_bool(env, utf8_valid(in.data, in.length));
}

/* setPrototype(Buffer.prototype): what js_buffer_create gives to the buffers that C makes */
static napi_value buffer_set_prototype(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_buffer_prototype_set(env, argv[0]);
  return NULL;
}

/* keepAttached(arrayBuffer): nobody takes its memory away */
static napi_value buffer_keep_attached(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_bytes_keep_attached(env, argv[0]);
  return NULL;
}

/* allocate(size) → an ArrayBuffer-backed Buffer that is not zeroed */
static napi_value buffer_allocate(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  size_t size = (size_t)arg_double(env, argv[0]);
  void *data = malloc(size == 0 ? 1 : size);
  if (data == NULL) {
    napi_throw_range_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "Array buffer allocation failed");
    return NULL;
  }
  if (js_buffer_adopt(env, data, size, &out) != napi_ok) free(data);
  return out;
}

static const js_function functions[] = {
    {"toString", buffer_to_string},
    {"write", buffer_write},
    {"fromString", buffer_from_string},
    {"utf8Length", buffer_utf8_length, &buffer_utf8_length_fast},
    {"writeUtf8", buffer_write_utf8, &buffer_write_utf8_fast},
    {"compare", buffer_compare, &buffer_compare_fast},
    {"indexOfByte", buffer_index_of_byte, &buffer_index_of_byte_fast},
    {"compareParts", buffer_compare_parts},
    {"indexOf", buffer_index_of},
    {"fill", buffer_fill},
    {"isAscii", buffer_is_ascii},
    {"isUtf8", buffer_is_utf8},
    {"setPrototype", buffer_set_prototype},
    {"keepAttached", buffer_keep_attached},
    {"allocate", buffer_allocate},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant encodings[] = {CONSTANT(utf8),   CONSTANT(utf16le),   CONSTANT(latin1), CONSTANT(ascii),
                                       CONSTANT(base64), CONSTANT(base64url), CONSTANT(hex),    {NULL, 0}};
  return export_constants(env, exports, "encodings", encodings);
}

const js_binding binding_buffer = {"buffer", functions, init};
