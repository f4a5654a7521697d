/*
 * Functions over the Keccak permutation that OpenSSL has no interface for: cSHAKE and KMAC of any number of bits
 * (NIST SP 800-185), TurboSHAKE and KangarooTwelve (RFC 9861). All are whole-message; `out` gets `bits` bits, the rest
 * of its last byte is 0.
 */
#ifndef JSD_RUNTIME_BINDINGS_CRYPTO_KECCAK_H
#define JSD_RUNTIME_BINDINGS_CRYPTO_KECCAK_H

#include <stddef.h>
#include <stdint.h>

typedef struct keccak_span {
  const uint8_t *data;
  size_t length; /* bytes */
} keccak_span;

/* `strength` is 128 or 256 throughout. */
void keccak_cshake(int strength, keccak_span name, keccak_span customization, keccak_span data, uint8_t *out,
                   size_t bits);
/* key_bits: of the key's last byte only the first ones may count; the others are 0 */
void keccak_kmac(int strength, keccak_span key, size_t key_bits, keccak_span customization, keccak_span data,
                 uint8_t *out, size_t bits);
/* domain: 0x01 to 0x7f */
void keccak_turboshake(int strength, uint8_t domain, keccak_span data, uint8_t *out, size_t bits);
void keccak_kangaroo_twelve(int strength, keccak_span customization, keccak_span data, uint8_t *out, size_t bits);

#endif
