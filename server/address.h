/*
 * address: where to listen, as people write it: "HOST:PORT", "[::1]:PORT", ":PORT" or "*:PORT" or "PORT" (every
 * interface, IPv6 and IPv4), "unix:/path". A parsed address has one canonical text, by which sockets are found again.
 */
#ifndef JSD_SERVER_ADDRESS_H
#define JSD_SERVER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_BYTES = 128, ADDRESS_IP_BYTES = 46 };

typedef struct address {
  struct sockaddr_storage storage;
  socklen_t length;
  char text[ADDRESS_TEXT_BYTES]; /* canonical, in the forms above */
} address;

/* Finds a host name's address, as text. 0, or -1. */
typedef int (*address_finder)(void *data, const char *host, char ip[ADDRESS_IP_BYTES]);

/* Returns 0, or -1 with *why = what is wrong in a few words (static text). Host names are looked up (may block). */
int address_parse(const char *text, address *out, const char **why);
/* Names are looked up by `find`. */
int address_parse_with(const char *text, address_finder find, void *data, address *out, const char **why);
/* address_parse's finder: asks the system, which may block for long. */
int address_find(void *data, const char *host, char ip[ADDRESS_IP_BYTES]);
/* The same where nothing may block (a worker's loop): a host name is a mistake. */
int address_parse_numeric(const char *text, address *out, const char **why);
/* From what the kernel says, e.g. getsockname. */
void address_from_sockaddr(const struct sockaddr_storage *storage, socklen_t length, address *out);
/* Same canonical address. */
bool address_equal(const address *a, const address *b);
/* TCP only: the port, else 0. */
unsigned address_port(const address *a);
/* "0.0.0.0" or "::". */
bool address_is_wildcard(const address *a);
/* 127.0.0.0/8 or ::1. */
bool address_is_loopback(const address *a);
/*
 * A new listening socket, close-on-exec and non-blocking, or -errno. SO_REUSEADDR is set; a Unix socket's file is
 * replaced when nobody answers on it any more, a file of another kind never (-EADDRINUSE). "[::]" takes IPv4 too.
 */
int address_listen(const address *a, int backlog);

#endif
