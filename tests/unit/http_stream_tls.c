/* The tests of http_stream.c over TLS. */
#define HTTP_TLS 1
#include "http_stream.c"
