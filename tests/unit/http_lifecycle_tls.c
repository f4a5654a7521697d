/* The tests of http_lifecycle.c over TLS. */
#define HTTP_TLS 1
#include "http_lifecycle.c"
