/*
 * crypto_keccak.c: the sponge and what is made of it; the contract is in crypto_keccak.h. Portable C: OpenSSL's own
 * assembly serves SHA-3 and SHAKE, which most programs use.
 */
#include "crypto_keccak.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>

typedef struct sponge {
  uint64_t lanes[25];
  size_t rate, at; /* bytes */
  int rounds;
} sponge;

static inline uint64_t rotate(uint64_t value, int by) { return value << by | value >> (64 - by); }

/* One round of Keccak-f[1600] (FIPS 202, section 3.2). */
static void sponge_round(uint64_t *a, uint64_t constant) {
  static const uint8_t rotations[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                        27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
  static const uint8_t lanes[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                    15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
  uint64_t c[5];
  for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
  for (int x = 0; x < 5; x++) {
    uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
    for (int y = 0; y < 25; y += 5) a[x + y] ^= d;
  }
  uint64_t carried = a[1];
  for (int i = 0; i < 24; i++) {
    uint64_t next = a[lanes[i]];
    a[lanes[i]] = rotate(carried, rotations[i]);
    carried = next;
  }
  for (int y = 0; y < 25; y += 5) {
    uint64_t row[5];
    memcpy(row, a + y, sizeof row);
    for (int x = 0; x < 5; x++) a[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
  a[0] ^= constant;
}

static void sponge_permute(sponge *s) {
  static const uint64_t constants[24] = {
      0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
      0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
      0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
      0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
      0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
  /* Fewer rounds are the last ones (RFC 9861, section 2.1). */
  for (int i = 24 - s->rounds; i < 24; i++) sponge_round(s->lanes, constants[i]);
}

static void sponge_begin(sponge *s, int strength, int rounds) {
  memset(s, 0, sizeof *s);
  s->rate = strength == 128 ? 168 : 136;
  s->rounds = rounds;
}

static inline void sponge_xor(sponge *s, size_t at, uint8_t byte) {
  s->lanes[at / 8] ^= (uint64_t)byte << 8 * (at % 8);
}

static void sponge_absorb(sponge *s, keccak_span span) {
  for (size_t i = 0; i < span.length; i++) {
    sponge_xor(s, s->at++, span.data[i]);
    if (s->at < s->rate) continue;
    sponge_permute(s);
    s->at = 0;
  }
}

/* Zeros up to the end of the block, if one has begun (bytepad of SP 800-185). */
static void sponge_fill(sponge *s) {
  if (s->at == 0) return;
  sponge_permute(s);
  s->at = 0;
}

/* Pads with `domain` and takes `bits` bits; wipes the state. */
static void sponge_end(sponge *s, uint8_t domain, uint8_t *out, size_t bits) {
  size_t length = (bits + 7) / 8;
  sponge_xor(s, s->at, domain);
  sponge_xor(s, s->rate - 1, 0x80);
  sponge_permute(s);
  for (size_t i = 0, at = 0; i < length; i++, at++) {
    if (at == s->rate) {
      sponge_permute(s);
      at = 0;
    }
    out[i] = (uint8_t)(s->lanes[at / 8] >> 8 * (at % 8));
  }
  if (bits % 8 != 0) out[length - 1] &= (uint8_t)(0xff << (8 - bits % 8));
  OPENSSL_cleanse(s, sizeof *s);
}

/* ---- SP 800-185 ------------------------------------------------------------------------------------------------- */

/* left_encode and right_encode: big-endian bytes of a number, with their count before or behind. */
static void absorb_number(sponge *s, uint64_t value, int count_first) {
  uint8_t bytes[10];
  size_t count = 1;
  while (count < 8 && value >> 8 * count != 0) count++;
  for (size_t i = 0; i < count; i++) bytes[1 + i] = (uint8_t)(value >> 8 * (count - 1 - i));
  bytes[0] = bytes[1 + count] = (uint8_t)count;
  sponge_absorb(s, (keccak_span){bytes + (count_first ? 0 : 1), count + 1});
}

static void absorb_string(sponge *s, keccak_span span) {
  absorb_number(s, (uint64_t)span.length * 8, 1);
  sponge_absorb(s, span);
}

static void cshake_begin(sponge *s, int strength, keccak_span name, keccak_span customization) {
  sponge_begin(s, strength, 24);
  absorb_number(s, s->rate, 1);
  absorb_string(s, name);
  absorb_string(s, customization);
  sponge_fill(s);
}

void keccak_cshake(int strength, keccak_span name, keccak_span customization, keccak_span data, uint8_t *out,
                   size_t bits) {
  sponge s;
  bool plain = name.length == 0 && customization.length == 0; /* SHAKE, by definition */
  if (plain)
    sponge_begin(&s, strength, 24);
  else
    cshake_begin(&s, strength, name, customization);
  sponge_absorb(&s, data);
  sponge_end(&s, plain ? 0x1f : 0x04, out, bits);
}

void keccak_kmac(int strength, keccak_span key, size_t key_bits, keccak_span customization, keccak_span data,
                 uint8_t *out, size_t bits) {
  sponge s;
  cshake_begin(&s, strength, (keccak_span){(const uint8_t *)"KMAC", 4}, customization);
  absorb_number(&s, s.rate, 1);
  absorb_number(&s, key_bits, 1);
  sponge_absorb(&s, key);
  sponge_fill(&s);
  sponge_absorb(&s, data);
  absorb_number(&s, bits, 0);
  sponge_end(&s, 0x04, out, bits);
}

/* ---- RFC 9861 --------------------------------------------------------------------------------------------------- */

void keccak_turboshake(int strength, uint8_t domain, keccak_span data, uint8_t *out, size_t bits) {
  sponge s;
  sponge_begin(&s, strength, 12);
  sponge_absorb(&s, data);
  sponge_end(&s, domain, out, bits);
}

/* length_encode: as right_encode, but nothing before the count for 0. */
static size_t length_encode(uint64_t value, uint8_t *out) {
  size_t count = 0;
  while (count < 8 && value >> 8 * count != 0) count++;
  for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(value >> 8 * (count - 1 - i));
  out[count] = (uint8_t)count;
  return count + 1;
}

/* The hashed text is data || customization || length of it, cut in chunks: the first goes to the final node as it is,
 * of the others their hashes go. */
void keccak_kangaroo_twelve(int strength, keccak_span customization, keccak_span data, uint8_t *out, size_t bits) {
  enum { CHUNK = 8192 };
  static const uint8_t first_end[8] = {3};
  uint8_t encoded[10], value[64];
  keccak_span parts[3] = {data, customization, {encoded, length_encode(customization.length, encoded)}};
  size_t in_chunk = 0, value_bytes = strength == 128 ? 32 : 64;
  sponge final, leaf, *into = &final;
  uint64_t leaves = 0;
  sponge_begin(&final, strength, 12);
  for (int i = 0; i < 3; i++) {
    while (parts[i].length > 0) {
      if (in_chunk == CHUNK) {
        if (into == &final) {
          sponge_absorb(&final, (keccak_span){first_end, sizeof first_end});
        } else {
          sponge_end(&leaf, 0x0b, value, value_bytes * 8);
          sponge_absorb(&final, (keccak_span){value, value_bytes});
        }
        sponge_begin(&leaf, strength, 12);
        into = &leaf;
        leaves++;
        in_chunk = 0;
      }
      size_t take = CHUNK - in_chunk < parts[i].length ? CHUNK - in_chunk : parts[i].length;
      sponge_absorb(into, (keccak_span){parts[i].data, take});
      parts[i].data += take;
      parts[i].length -= take;
      in_chunk += take;
    }
  }
  if (leaves == 0) {
    sponge_end(&final, 0x07, out, bits);
    return;
  }
  sponge_end(&leaf, 0x0b, value, value_bytes * 8);
  sponge_absorb(&final, (keccak_span){value, value_bytes});
  size_t count = length_encode(leaves, encoded);
  sponge_absorb(&final, (keccak_span){encoded, count});
  sponge_absorb(&final, (keccak_span){(const uint8_t *)"\xff\xff", 2});
  sponge_end(&final, 0x06, out, bits);
}
