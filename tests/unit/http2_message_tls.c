/* HTTP/2 messages over TLS, agreed on by ALPN. */
#define HTTP_TLS
#include "http2_message.c"
