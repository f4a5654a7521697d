/*
 * generation_sockets: which of the master's listening sockets (socket_table.h) a generation uses, and which of its
 * workers hold each. The configured addresses are bound before anything is started; others when a worker asks for them.
 *
 * A worker says when its app has closed a server (IPC_CLOSED). When the last one that held a socket has, the generation
 * gives it up, and without users the socket is closed: clients are refused instead of waiting for nobody. A worker that
 * dies gives up nothing, because the one that replaces it asks again, unless all are dead for some seconds: then the
 * queues are closed until a worker asks again, which binds the same address anew.
 */
#ifndef JSD_SERVER_GENERATION_SOCKETS_H
#define JSD_SERVER_GENERATION_SOCKETS_H

#include "server/generation.h"

/* 0 or -errno after one line on the log. The generation's config then holds the real ports. */
int generation_sockets_bind(generation *g);
/* The worker asks for a socket: answers it with a descriptor or an error. */
void generation_worker_listens(generation *g, worker_process *w, const char *address_text, int backlog);
/* The worker has closed the descriptor that it got for the socket of this number. */
void generation_worker_closed(generation *g, worker_process *w, uint64_t socket_id);
/* The worker has ended. */
void generation_worker_lost(generation *g, worker_process *w);
/* Whether the worker holds a configured address, or none is configured. If not, *held says where it does listen. */
bool generation_worker_in_place(const generation *g, const worker_process *w, const char **held);
/* Closes the queues when no worker has served for a while; call it about once a second while the generation is active.
 */
void generation_sockets_tick(generation *g, uint64_t now_ms);
void generation_sockets_free(generation *g);

#endif
