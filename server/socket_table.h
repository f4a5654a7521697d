/*
 * socket_table: the listening sockets that the master owns. Each address is bound once; every worker that asks for it
 * gets the same socket, and so does the next generation, so connections that wait in the kernel's queue survive a
 * reload. A socket counts the generations that use it and is closed with the last one.
 */
#ifndef JSD_SERVER_SOCKET_TABLE_H
#define JSD_SERVER_SOCKET_TABLE_H

#include <stdint.h>

#include "server/address.h"

typedef struct shared_socket {
  struct shared_socket *next;
  uint64_t id;       /* 1, 2, ... */
  address requested; /* what was asked for: the port may be 0 */
  address actual;
  int fd;
  unsigned users;
  bool asked_for; /* some worker has taken it */
} shared_socket;

typedef struct socket_table {
  shared_socket *first;
  uint64_t last_id;
} socket_table;

/* The socket of exactly that address, bound now if it is new (then users is 0). Returns 0 or -errno. */
int socket_table_open(socket_table *table, const address *wanted, int backlog, shared_socket **out);
/* One that is open on the same TCP port, on whatever interface, or NULL. */
const shared_socket *socket_table_on_port(const socket_table *table, const address *wanted);
/* One user less; the last one closes it. */
void socket_table_release(socket_table *table, shared_socket *socket);
/* Closes all sockets but keeps the entries: from now on the kernel refuses connections (once workers close theirs). */
void socket_table_close(socket_table *table);

#endif
