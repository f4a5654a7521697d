/*
 * text_encoding: base64 (RFC 4648), base64url and hexadecimal digits of bytes, for Buffer and for what node:crypto
 * returns. Decoding is as lenient as Buffer's documentation says.
 */
#ifndef JSD_RUNTIME_BINDINGS_TEXT_ENCODING_H
#define JSD_RUNTIME_BINDINGS_TEXT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for (length + 2) / 3 * 4 characters; how many were written. url: its alphabet, and no padding. */
size_t base64_encode(const uint8_t *in, size_t length, char *out, bool url);
/* Both alphabets; skips what belongs to neither, ends at '='. Writes at most `capacity` bytes; how many. */
size_t base64_decode(const uint8_t *in, size_t length, uint8_t *out, size_t capacity);
/* Room for length * 2 characters, in lower case; how many were written. */
size_t hex_encode(const uint8_t *in, size_t length, char *out);
/* Ends at the first pair that is not hexadecimal. At most `capacity` bytes; how many. */
size_t hex_decode(const uint8_t *in, size_t length, uint8_t *out, size_t capacity);

#endif
