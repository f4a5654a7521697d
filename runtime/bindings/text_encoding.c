#include "text_encoding.h"

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64_encode(const uint8_t *in, size_t length, char *out, bool url) {
  const char *alphabet = url ? base64url_alphabet : base64_alphabet;
  size_t i = 0, n = 0;
  for (; i + 2 < length; i += 3) {
    uint32_t group = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
    out[n++] = alphabet[group >> 18];
    out[n++] = alphabet[group >> 12 & 63];
    out[n++] = alphabet[group >> 6 & 63];
    out[n++] = alphabet[group & 63];
  }
  size_t rest = length - i;
  if (rest == 0) return n;
  uint32_t group = (uint32_t)in[i] << 16 | (rest == 2 ? (uint32_t)in[i + 1] << 8 : 0);
  out[n++] = alphabet[group >> 18];
  out[n++] = alphabet[group >> 12 & 63];
  if (rest == 2)
    out[n++] = alphabet[group >> 6 & 63];
  else if (!url)
    out[n++] = '=';
  if (!url) out[n++] = '=';
  return n;
}

/* Value of each character in either alphabet; 64 for all others. */
static const uint8_t base64_values[256] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 62, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61,
    64, 64, 64, 64, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 64, 64, 64, 64, 63, 64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
    45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
};

size_t base64_decode(const uint8_t *in, size_t length, uint8_t *out, size_t capacity) {
  size_t i = 0, n = 0;
  while (i + 4 <= length && n + 3 <= capacity) {
    uint32_t a = base64_values[in[i]], b = base64_values[in[i + 1]], c = base64_values[in[i + 2]],
             d = base64_values[in[i + 3]];
    if ((a | b | c | d) & 64) break;
    uint32_t group = a << 18 | b << 12 | c << 6 | d;
    out[n] = (uint8_t)(group >> 16);
    out[n + 1] = (uint8_t)(group >> 8);
    out[n + 2] = (uint8_t)group;
    i += 4;
    n += 3;
  }
  uint32_t group = 0;
  int bits = 0;
  for (; i < length && n < capacity; i++) {
    if (in[i] == '=') break;
    uint32_t digit = base64_values[in[i]];
    if (digit == 64) continue;
    group = group << 6 | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[n++] = (uint8_t)(group >> bits);
    }
  }
  return n;
}

size_t hex_encode(const uint8_t *in, size_t length, char *out) {
  for (size_t i = 0; i < length; i++) {
    out[i * 2] = "0123456789abcdef"[in[i] >> 4];
    out[i * 2 + 1] = "0123456789abcdef"[in[i] & 15];
  }
  return length * 2;
}

static int hex_digit(unsigned c) {
  if (c >= '0' && c <= '9') return (int)c - '0';
  if (c >= 'a' && c <= 'f') return (int)c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return (int)c - 'A' + 10;
  return -1;
}

size_t hex_decode(const uint8_t *in, size_t length, uint8_t *out, size_t capacity) {
  size_t n = 0;
  for (; n < capacity && n * 2 + 1 < length; n++) {
    int high = hex_digit(in[n * 2]), low = hex_digit(in[n * 2 + 1]);
    if (high < 0 || low < 0) break;
    out[n] = (uint8_t)(high << 4 | low);
  }
  return n;
}
