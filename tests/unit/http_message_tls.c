/* The tests of http_message.c over TLS. */
#define HTTP_TLS 1
#include "http_message.c"
