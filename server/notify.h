/*
 * notify: tells the service manager how the start, a reload or the stop is going (sd_notify(3)'s protocol: one
 * datagram of VARIABLE=value lines). Does nothing when no manager asked for it.
 */
#ifndef JSD_SERVER_NOTIFY_H
#define JSD_SERVER_NOTIFY_H

typedef struct notify {
  int fd; /* -1: nobody listens */
} notify;

/* Reads and removes NOTIFY_SOCKET from the environment, so that no app inherits it. */
void notify_open(notify *n);
void notify_close(notify *n);
/* E.g. "READY=1". */
void notify_send(const notify *n, const char *state);

#endif
