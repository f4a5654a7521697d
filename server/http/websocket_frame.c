/*
 * Masks go through blocks of 32 bytes, which the compiler makes the machine's vector registers of; loads and stores are
 * memcpy, so alignment does not matter. The UTF-8 check skips ASCII by such blocks too, and else knows of a sequence
 * only how many bytes are missing and in which range the next one is: that is enough for overlong forms, surrogates and
 * what is past U+10FFFF, all of which show in the second byte.
 */
#include "server/http/websocket_frame.h"

#include <string.h>

typedef uint64_t block __attribute__((vector_size(32)));

size_t websocket_frame_head_length(const uint8_t *bytes, size_t length) {
  if (length < 2) return 0;
  unsigned size = bytes[1] & 0x7f;
  return 2 + (size == 126 ? 2 : size == 127 ? 8 : 0) + (bytes[1] & 0x80 ? 4 : 0);
}

bool websocket_frame_parse(const uint8_t *bytes, websocket_frame *out) {
  unsigned size = bytes[1] & 0x7f, wide = size == 126 ? 2 : size == 127 ? 8 : 0;
  uint64_t length = wide ? 0 : size;
  for (unsigned i = 0; i < wide; i++) length = length << 8 | bytes[2 + i];
  *out = (websocket_frame){.length = length,
                           .opcode = bytes[0] & 15,
                           .fin = bytes[0] & 0x80,
                           .rsv1 = bytes[0] & 0x40,
                           .rsv23 = bytes[0] & 0x30,
                           .masked = bytes[1] & 0x80};
  if (out->masked) memcpy(out->mask, bytes + 2 + wide, sizeof out->mask);
  if (wide == 2) return length > 125;
  return wide == 0 || (length > 0xffff && length >> 63 == 0);
}

size_t websocket_frame_head(uint8_t out[WEBSOCKET_HEAD_MAX], uint8_t first, uint64_t length, const uint8_t *mask) {
  size_t at = 2;
  unsigned wide = length <= 125 ? 0 : length <= 0xffff ? 2 : 8;
  out[0] = first;
  out[1] = (uint8_t)((mask ? 0x80 : 0) | (wide == 0 ? length : wide == 2 ? 126 : 127));
  for (unsigned i = wide; i > 0; i--) out[at++] = (uint8_t)(length >> (8 * (i - 1)));
  if (mask) memcpy(out + at, mask, 4);
  return at + (mask ? 4 : 0);
}

void websocket_mask(char *to, const char *from, size_t length, const uint8_t mask[4], uint64_t offset) {
  uint8_t key[8];
  for (unsigned i = 0; i < sizeof key; i++) key[i] = mask[(offset + i) & 3];
  uint64_t word;
  memcpy(&word, key, sizeof word);
  block keys = {word, word, word, word};
  for (; length >= sizeof keys; length -= sizeof keys, to += sizeof keys, from += sizeof keys) {
    block bytes;
    memcpy(&bytes, from, sizeof bytes);
    bytes ^= keys;
    memcpy(to, &bytes, sizeof bytes);
  }
  for (; length >= sizeof word; length -= sizeof word, to += sizeof word, from += sizeof word) {
    uint64_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    bytes ^= word;
    memcpy(to, &bytes, sizeof bytes);
  }
  for (size_t i = 0; i < length; i++) to[i] = (char)(from[i] ^ key[i]);
}

bool websocket_close_code_valid(unsigned code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

static size_t ascii_prefix(const uint8_t *bytes, size_t length) {
  size_t at = 0;
  for (; length - at >= sizeof(block); at += sizeof(block)) {
    block b;
    memcpy(&b, bytes + at, sizeof b);
    if ((b[0] | b[1] | b[2] | b[3]) & 0x8080808080808080u) break;
  }
  while (at < length && bytes[at] < 0x80) at++;
  return at;
}

/* The first byte of a sequence of several. */
static bool lead(websocket_utf8 *utf8, uint8_t byte) {
  if (byte < 0xc2 || byte > 0xf4) return false;
  utf8->wanted = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  utf8->low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
  utf8->high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
  return true;
}

bool websocket_utf8_check(websocket_utf8 *utf8, const char *text, size_t length) {
  const uint8_t *bytes = (const uint8_t *)text;
  for (size_t i = 0; i < length; i++) {
    if (utf8->wanted == 0) {
      if (bytes[i] < 0x80) i += ascii_prefix(bytes + i, length - i);
      if (i >= length) return true;
      if (!lead(utf8, bytes[i])) return false;
      continue;
    }
    if (bytes[i] < utf8->low || bytes[i] > utf8->high) return false;
    utf8->wanted--;
    utf8->low = 0x80;
    utf8->high = 0xbf;
  }
  return true;
}
