/*
 * ipc: the small typed messages between master, zygote and workers, over SOCK_SEQPACKET pairs: one message is one
 * packet, so nothing is ever half read, and a descriptor travels with the packet that it belongs to. A parser checks
 * every packet's size, version, type and text; what does not fit is refused as a whole.
 */
#ifndef JSD_SERVER_IPC_H
#define JSD_SERVER_IPC_H

#include <stddef.h>
#include <stdint.h>

typedef enum ipc_type {
  IPC_FORK =
      1, /* master → zygote: number = worker index, value = slot in shared memory; descriptor: the worker's end */
  IPC_FORKED, /* zygote → master: number = worker index, value = pid or -errno; a worker's first word: value = its pid
               */
  IPC_READY,  /* zygote → master: can fork; worker → master: serves. number = microseconds it took */
  IPC_LISTEN, /* worker → master: text = address, value = backlog */
  IPC_SOCKET, /* master → worker: value = 0, number = the socket's and a descriptor; or value = -errno */
  IPC_CLOSED, /* worker → master: number = of a socket whose descriptor it has closed */
  IPC_DRAIN,  /* master → worker: finish what is in flight, then exit 0; value = drain_reason (runtime/drain.h) */
  IPC_STOP,   /* master → worker: exit now, whatever is in flight */
  IPC_PAUSE,  /* master → worker: value = 1: accept nothing new, keep what there is; 0: accept again */
  IPC_OFFER,  /* worker → master: a batch for the code store as a descriptor; number: of the question, 0: no answer */
  IPC_TAKEN,  /* master → worker: the answer, number as asked, value = 0 or -errno */
  IPC_ERROR,  /* zygote or worker → master: text = why it is about to exit */
  IPC_TYPE_END
} ipc_type;

enum { IPC_TEXT_MAX = 1000, IPC_PACKET_MAX = IPC_TEXT_MAX + 24 };

typedef struct ipc_message {
  ipc_type type;
  int32_t value;
  uint64_t number;
  int fd; /* -1: none. Whoever receives one owns it. */
  char text[IPC_TEXT_MAX + 1];
} ipc_message;

/* Two connected ends, close-on-exec; [0] non-blocking (the master's), [1] blocking. Returns 0 or -errno. */
int ipc_pair(int ends[2]);
/* fd < 0: no descriptor; text may be NULL and is cut at IPC_TEXT_MAX. Returns 0 or -errno (-EAGAIN: queue is full). */
int ipc_send(int channel, ipc_type type, int32_t value, uint64_t number, const char *text, int fd);
/* One message: 1, or 0 at the end of the channel, or -errno (-EAGAIN: none yet; -EPROTO: refused). */
int ipc_receive(int channel, ipc_message *out);
/* The packet's bytes alone, without a descriptor (out->fd = -1). Returns 0 or -EPROTO. */
int ipc_parse(const void *bytes, size_t size, ipc_message *out);

#endif
