/*
 * stream_listener: what makes a stream_handle (a TCP or unix socket that is bound) accept connections. libuv's own
 * uv_listen cannot stop accepting without closing the socket, which a worker whose successor is on probation must: here
 * the stream only owns the descriptor, and a uv_poll beside it says when somebody waits.
 */
#ifndef JSD_RUNTIME_BINDINGS_STREAM_LISTENER_H
#define JSD_RUNTIME_BINDINGS_STREAM_LISTENER_H

#include "stream.h"

typedef struct stream_listener stream_listener;

/* Listens; JS hears of connections by its onconnection(status): 0, one waits for stream_listener_accept; UV_ECANCELED,
 * the process drains; else an error. Again: only the backlog changes. 0 or a negative errno. */
int stream_listener_open(stream_handle *stream, int backlog);
/* In onconnection: the connection becomes the client's. 0 or a negative errno (UV_EAGAIN: none waits). */
int stream_listener_accept(stream_handle *stream, stream_handle *client);
/* Before the stream's own handle is closed. */
void stream_listener_close(stream_listener *listener);
/* Whether it keeps the loop alive. */
void stream_listener_reference(stream_listener *listener, bool on);

#endif
