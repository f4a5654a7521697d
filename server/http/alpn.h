/*
 * alpn: the protocols that TLS listeners of the configuration file speak, in the order of preference.
 */
#ifndef JSD_HTTP_ALPN_H
#define JSD_HTTP_ALPN_H

#include <stdbool.h>
#include <stddef.h>

enum { ALPN_BYTES = 32 };

/* Fills in the list in ALPN's wire form; its length. The one place where such a list is made: a protocol is in it when
 * connection_protocol_named knows it; http2: whether h2 is. */
size_t alpn_protocols(unsigned char list[ALPN_BYTES], bool http2);

#endif
