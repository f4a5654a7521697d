/* The table of protocols. HTTP/1.1 is what a connection starts with: what a client says first, unless it has agreed on
 * something else in a handshake. */
#include "server/http/http1.h"
#include "server/http/internal.h"

#include <string.h>

enum { PROTOCOLS = 1 };
static const connection_protocol *const protocols[PROTOCOLS] = {&http1_connection};

const connection_protocol *connection_protocol_default(void) { return &http1_connection; }

const connection_protocol *connection_protocol_named(const char *name, size_t length) {
  for (size_t i = 0; i < PROTOCOLS; i++)
    if (strlen(protocols[i]->name) == length && !memcmp(protocols[i]->name, name, length)) return protocols[i];
  return NULL;
}

void connection_protocol_set(connection *c, const connection_protocol *protocol) {
  if (c->protocol) c->protocol->free(c);
  memset(c->state_memory, 0, sizeof c->state_memory);
  c->protocol = protocol;
  if (protocol->start) protocol->start(c);
}

int connection_protocols_open(http_server *server) {
  for (size_t i = 0; i < PROTOCOLS; i++) {
    int status = protocols[i]->server_open ? protocols[i]->server_open(server) : 0;
    if (status < 0) return status;
  }
  return 0;
}

void connection_protocols_close(http_server *server) {
  for (size_t i = 0; i < PROTOCOLS; i++)
    if (protocols[i]->server_close) protocols[i]->server_close(server);
}
