/* The tests of http_limits.c over TLS. */
#define HTTP_TLS 1
#include "http_limits.c"
