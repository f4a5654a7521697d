/*
 * http_host: what the process that hosts a runtime gives to the bindings of this folder, through the extension "http"
 * of its runtime_host (runtime/runtime.h). All of it is optional, and so is the extension: `jsd FILE` has none.
 *
 * This folder holds the bindings that join JS and the HTTP engine. They are not in runtime/, which knows nothing of
 * servers, and not in server/http/, which is plain C that links without a JavaScript engine (the fuzzers and the
 * engine's unit tests use it that way); they may include both. The Makefile collects the table of bindings from here
 * and from runtime/bindings/.
 */
#ifndef JSD_SERVER_BINDINGS_HTTP_HOST_H
#define JSD_SERVER_BINDINGS_HTTP_HOST_H

#include "server/http/publish_group.h"
#include "server/http/server.h"
#include "server/http/websocket.h"

#define HTTP_HOST_EXTENSION "http"

typedef struct http_host {
  void *data;
  struct accept_member *accept_member; /* for http_server_options; NULL: every server accepts alone */
  struct in_flight *in_flight;         /* for http_server_options; NULL: requests in flight are not recorded */
  http_counters *counters;             /* of all servers together; NULL: each counts for itself */
  /* For every server that the app makes, before the app's own options: what was configured for it (limits, timeouts)
   * over http_server_options_default. May be NULL. */
  void (*options)(void *data, http_server_options *options);
  /* As runtime_host.listen, for HTTP servers: *tls is what the configuration has the socket speak, not counted for the
   * caller; NULL: clear. NULL: runtime_host's. */
  int (*listen)(void *data, const char *address, int backlog, struct tls_config **tls);
  /* The same for WebSockets. May be NULL. */
  void (*websocket_options)(void *data, websocket_options *options);
  publish_group *publish; /* for topics in other processes, at publish_slot; NULL: there are none */
  int publish_slot;
} http_host;

#endif
