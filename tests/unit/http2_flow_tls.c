/* HTTP/2 flow control over TLS, agreed on by ALPN. */
#define HTTP_TLS
#include "http2_flow.c"
