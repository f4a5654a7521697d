/* HTTP/2 errors and floods over TLS, agreed on by ALPN. */
#define HTTP_TLS
#include "http2_errors.c"
