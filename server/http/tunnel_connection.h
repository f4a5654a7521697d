/* tunnel_connection: the tunnel's side towards the protocol that upgrades a connection as a whole. */
#ifndef JSD_HTTP_TUNNEL_CONNECTION_H
#define JSD_HTTP_TUNNEL_CONNECTION_H

#include "server/http/internal.h"
#include "server/http/tunnel.h"

extern const connection_protocol tunnel_connection;

/* Counted from now on; NULL when out of memory. Whoever made it calls tunnel_take_over, or tunnel_closed when the
 * connection has closed before that. */
tunnel *tunnel_create(connection *c, const tunnel_events *events, void *data);
/* The connection speaks it from now on; the state of the protocol before is freed. */
void tunnel_take_over(tunnel *t);
/* Tells the app and frees it. */
void tunnel_closed(tunnel *t, int error);

#endif
