/*
 * socket_table: the listening sockets that the master owns. Each address is bound once; every worker that asks for it
 * gets the same socket, and so does the next generation, so connections that wait in the kernel's queue survive a
 * reload. A socket counts the generations that use it and is closed with the last one.
 */
#ifndef JSD_SERVER_SOCKET_TABLE_H
#define JSD_SERVER_SOCKET_TABLE_H

#include "server/address.h"

typedef struct shared_socket {
  struct shared_socket *next;
  address requested; /* what was asked for: the port may be 0 */
  address actual;
  int fd;
  unsigned users;
  bool asked_for; /* some worker has taken it */
} shared_socket;

typedef struct socket_table {
  shared_socket *first;
} socket_table;

/*
 * The socket of that address, bound now if it is new (then users is 0). An app that asks for a port on every interface
 * gets the socket that the config has put on that port: the config decides the interface. Returns 0 or -errno.
 */
int socket_table_open(socket_table *table, const address *wanted, int backlog, shared_socket **out);
/* One user less; the last one closes it. */
void socket_table_release(socket_table *table, shared_socket *socket);
/* Closes all sockets but keeps the entries: from now on the kernel refuses connections (once workers close theirs). */
void socket_table_close(socket_table *table);

#endif
