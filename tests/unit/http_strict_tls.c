/* The tests of http_strict.c over TLS. */
#define HTTP_TLS 1
#include "http_strict.c"
