/*
 * internal: the structs behind connection.h, server.h and listener.h, and what the files of this folder call of each
 * other. Nothing outside server/http includes it.
 *
 * The life of a turn: an event of libuv (socket readable, writable, timer tick, schedule) enters connection_run, which
 * parses, calls the app, writes. Calls that the app makes meanwhile only change state; calls from elsewhere put the
 * connection on the server's schedule, which runs right before and right after the loop polls.
 *
 * Buffers: reading goes into the server's one buffer, and small output into its one scratch buffer, so an idle
 * connection holds neither. What must outlive the turn (half a head, the head of a request that is answered later,
 * output that the kernel did not take) is copied into memory of the connection, which it keeps for the next request.
 */
#ifndef JSD_HTTP_INTERNAL_H
#define JSD_HTTP_INTERNAL_H

#include <stdalign.h>
#include <sys/uio.h>

#include "server/http/accept_group.h"
#include "server/http/connection_protocol.h"
#include "server/http/listener.h"
#include "server/http/server.h"
#include "server/http/tls_transport.h"
#include "server/http/transport.h"

enum {
  READ_BUFFER_SIZE = 65536,
  SCRATCH_SIZE = 65536,
  COPY_LIMIT = 8192,   /* larger pieces of output are not copied, when the kernel takes them at once */
  INPUT_LIMIT = 65536, /* unparsed bytes kept while a response is under way */
  INPUT_KEEP = 4096,   /* an input buffer up to this size stays with an idle connection */
  SEGMENT_SIZE = 16384,
  CONNECTION_POOL = 1024,
};

typedef struct output_segment {
  struct output_segment *next;
  const char *data; /* own bytes after the struct, or foreign ones */
  size_t length, capacity;
  int fd;         /* of a file whose bytes these are, or -1 */
  int64_t offset; /* in it */
  void (*release)(void *);
  void *release_data;
  char bytes[];
} output_segment;

typedef enum connection_state {
  CONNECTION_OPEN,
  CONNECTION_ENDING,    /* sends what is pending, then shuts down or closes; input is ignored */
  CONNECTION_LINGERING, /* shut down for writing: reads and drops until the client closes */
  CONNECTION_CLOSED,    /* socket gone; on_close notifications may still be due */
} connection_state;

typedef enum deadline_kind {
  DEADLINE_NONE,
  DEADLINE_PROTOCOL, /* its `timeout` is called */
  DEADLINE_IDLE,     /* the connection ends */
  DEADLINE_LINGER,
  DEADLINE_HANDSHAKE,
} deadline_kind;

struct connection {
  union {
    uv_poll_t poll;
    uv_timer_t still; /* over a transport without a descriptor: never started */
  };
  http_server *server;
  struct http_listener *listener;
  connection *next, *previous;
  connection *scheduled_next;
  transport transport;
  void *data;
  int interest; /* UV_READABLE ... as registered */
  int close_error;
  uint8_t state, deadline_kind;
  bool scheduled, running, finalised, counted_by_member;
  bool end_of_input; /* the client has shut down its side, and all it sent was read */
  bool peer_shut;    /* it has, but there may be more to read */
  bool blocked;      /* the kernel takes no more output until the socket is writable */
  bool linger;       /* in ENDING: shut down and wait for the client, instead of closing */
  bool has_write_deadline;
  bool parks;      /* closed: its handle is stopped, for the next connection of its number */
  bool of_the_app; /* a tunnel: write_timeout does not apply to it, nor Node's closeAllConnections */
  uint64_t deadline, write_deadline;
  uint64_t timeout, active_at; /* connection_set_timeout; active_at also: since when it has been idle, while it is */
  uint64_t bytes_read, bytes_written, requests;

  /* Bytes being parsed now: in the server's read buffer, or in `input`. */
  const char *window;
  size_t window_length;
  char *input;
  size_t input_length, input_capacity;

  output_segment *queue, *queue_tail;
  size_t queued;

  connection_address *addresses; /* [0] peer, [1] local; NULL until asked for */
  const connection_protocol *protocol;
  alignas(uint64_t) char state_memory[PROTOCOL_STATE_SIZE]; /* the protocol's */
};

struct http_listener {
  uv_poll_t poll;
  http_server *server;
  http_listener *next;
  void *data;
  int fd;
  bool active, exclusive_due, closing;
  struct listener_entry *entry;
  tls_config *tls; /* NULL: the server's */
};

struct http_server {
  uv_loop_t *loop;
  http_server_options options;
  const http_handler *handler;
  void *data;
  http_counters *counters, own_counters;
  uv_timer_t timer;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_idle_t idle;   /* active while something is scheduled */
  unsigned handles; /* open libuv handles of the server, its listeners and its connections */
  unsigned connection_count, tunnel_count;
  connection *connections;
  connection *schedule, **schedule_tail;
  connection *pool;
  connection **parked; /* by the number of their descriptor; NULL until the first */
  unsigned pool_count;
  http_listener *listeners;
  tls_config *tls; /* NULL: connections are clear */
  struct listener_entry *entries;
  uint64_t shortage_at[2]; /* the last time of each shortage; 0: never */
  bool draining, drained, destroying, referenced, accept_paused, timer_active;
  void (*drain_done)(void *);
  void *drain_data;
  void (*destroy_done)(void *);
  void *destroy_data;
  uint64_t serial;

  void *shared[SHARED_COUNT]; /* of the protocols */

  connection *scratch_owner;
  size_t scratch_start, scratch_end; /* pending bytes */
  char *scratch, *read_buffer;

  int64_t date_second;
  char date_line[40]; /* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 37 bytes */
};

/* --- connection.c: life and events ------------------------------------------------------------------------------ */
/* tls: the listener's, also where that has been closed meanwhile; NULL: the server's. */
connection *connection_create(http_server *server, int fd, http_listener *listener, tls_config *tls,
                              bool counted_by_member);
/* Over an open transport without a descriptor. Not announced by on_connection. NULL: no memory, nothing was taken. */
connection *connection_create_over(http_server *server, const transport *open);
void connection_run(connection *c);
void connection_schedule(connection *c);
void connection_finalise(connection *c);
void connection_close(connection *c, int error); /* now, without waiting for output */
/* Sends pending output, then closes; linger: see struct. */
void connection_finish(connection *c, bool linger);
void connection_update_interest(connection *c);
void connection_tick(connection *c, uint64_t now);
static inline void connection_set_deadline(connection *c, deadline_kind kind, uint64_t at) {
  c->deadline_kind = (uint8_t)kind;
  c->deadline = at;
}
/* Keeps the bytes of the window from `from` on for later, in `input`. 0 or UV_ENOMEM. */
int connection_keep_input(connection *c, size_t from);

int socket_address(int fd, bool peer, connection_address *out);

/* --- connection_memory.c ----------------------------------------------------------------------------------------- */
/* Zeroed memory with a handle in the loop for the descriptor fd, or with one that never fires (fd -1). NULL: no memory,
 * or no such descriptor. */
connection *connection_allocate(http_server *server, int fd);
/* A closed connection's descriptor is watched no more; call before it is closed. The memory goes with the loop's next
 * turn. */
void connection_leave_loop(connection *c);
/* It was finalised: keeps memory and handle for another. */
void connection_park(connection *c);
/* The server is being destroyed. */
void connections_end_parking(http_server *server);

/* --- output.c ---------------------------------------------------------------------------------------------------- */
/* Contiguous room for `length` bytes of output, or NULL; then connection_output_commit with what was used. */
char *connection_output(connection *c, size_t length);
void connection_output_commit(connection *c, size_t length);
/* 0 or negative (nothing taken; release was called). */
int connection_output_bytes(connection *c, http_bytes bytes);
int connection_output_copy(connection *c, const char *data, size_t length);
/* Bytes of a file; fd becomes the connection's, also on failure. 0 or negative. */
int connection_output_file(connection *c, int fd, int64_t offset, size_t length);
/* Copies what is pending of foreign memory, which is released. 0 or UV_ENOMEM. */
int connection_output_own(connection *c);
/* Hands to the kernel what it takes. An error closes the connection. */
void connection_flush(connection *c);
void connection_output_drop(connection *c);
size_t connection_pending(const connection *c);

/* --- server.c ---------------------------------------------------------------------------------------------------- */
void server_connection_added(http_server *server);
void server_connection_gone(http_server *server);
void server_handle_closed(http_server *server);
void server_check_drained(http_server *server);
void server_timer_update(http_server *server);
const char *server_date_line(http_server *server); /* 37 bytes with CRLF */

/* --- listener.c -------------------------------------------------------------------------------------------------- */
void listener_make_exclusive(http_listener *listener);
void listeners_pause(http_server *server, bool pause);
void listener_entries_free(http_server *server);

#endif
