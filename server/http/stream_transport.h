/*
 * stream_transport: a connection over a stream of the app's own (server.emit('connection', duplex)): no descriptor, its
 * owner feeds in what came and takes out what is to be sent. Parser, limits and timeouts in between are the engine's.
 *
 * Feeding only puts bytes down: what follows from them comes from the loop, as with every other transport.
 */
#ifndef JSD_HTTP_STREAM_TRANSPORT_H
#define JSD_HTTP_STREAM_TRANSPORT_H

#include "server/http/server.h"
#include "server/http/transport.h"

/* Two references: the connection's, and its maker's. */
typedef struct stream_transport stream_transport;

/* Serves a stream; the maker has a reference to *out. on_ready(data) is called from the loop when there is output to
 * take, or when stream_transport_reads has changed. Not after the connection's on_connection_close; what there is to
 * take then is the last. 0 or UV_ENOMEM. */
int http_server_open_stream(http_server *server, void (*on_ready)(void *data), void *data, stream_transport **out);
/* The connection, NULL once it is closed. */
connection *stream_transport_connection(const stream_transport *s);
/* Bytes that came; copied. 0, UV_ENOMEM, or UV_ECANCELED when the connection is closed. */
int stream_transport_feed(stream_transport *s, const char *data, size_t length);
/* No more will come. error: 0 at an orderly end, or a negative errno. */
void stream_transport_feed_end(stream_transport *s, int error);
/* Whether the connection wants to be fed more now. Feeding on is no error, but grows memory. */
bool stream_transport_reads(const stream_transport *s);
/* Output, valid until the next call for this stream from the loop; it counts as sent. */
http_slice stream_transport_take(stream_transport *s);
/* Whether the stream takes output now (at first it does). */
void stream_transport_set_writable(stream_transport *s, bool writable);
void stream_transport_release(stream_transport *s);

#endif
