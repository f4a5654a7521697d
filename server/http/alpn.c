#include "server/http/alpn.h"

#include <string.h>

#include "server/http/connection_protocol.h"

size_t alpn_protocols(unsigned char list[ALPN_BYTES], bool http2) {
  static const char *const names[] = {"h2", "http/1.1"};
  size_t used = 0;
  for (size_t i = http2 ? 0 : 1; i < sizeof names / sizeof *names; i++) {
    size_t length = strlen(names[i]);
    if (connection_protocol_named(names[i], length) == NULL || used + 1 + length > ALPN_BYTES) continue;
    list[used++] = (unsigned char)length;
    memcpy(list + used, names[i], length);
    used += length;
  }
  return used;
}
