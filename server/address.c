#include "server/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { HOST_BYTES = 256 };

static void text_fill(address *a) {
  char host[INET6_ADDRSTRLEN] = "";
  switch (a->storage.ss_family) {
    case AF_INET: {
      const struct sockaddr_in *in = (const struct sockaddr_in *)&a->storage;
      inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
      snprintf(a->text, sizeof a->text, "%s:%u", host, ntohs(in->sin_port));
      break;
    }
    case AF_INET6: {
      const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a->storage;
      inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
      snprintf(a->text, sizeof a->text, "[%s]:%u", host, ntohs(in6->sin6_port));
      break;
    }
    case AF_UNIX: {
      const struct sockaddr_un *un = (const struct sockaddr_un *)&a->storage;
      snprintf(a->text, sizeof a->text, "unix:%s", un->sun_path);
      break;
    }
    default:
      a->text[0] = 0;
  }
}

void address_from_sockaddr(const struct sockaddr_storage *storage, socklen_t length, address *out) {
  memset(out, 0, sizeof *out);
  memcpy(&out->storage, storage, length < sizeof out->storage ? length : sizeof out->storage);
  out->length = length;
  text_fill(out);
}

static int unix_parse(const char *path, address *out, const char **why) {
  struct sockaddr_un *un = (struct sockaddr_un *)&out->storage;
  size_t length = strlen(path);
  if (length == 0) return *why = "the path after \"unix:\" is empty", -1;
  if (length >= sizeof un->sun_path) return *why = "a Unix socket's path has at most 107 bytes", -1;
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, path, length + 1);
  out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
  text_fill(out);
  return 0;
}

/* Splits at the last colon, or, for "[...]:port", behind the bracket; no colon means that all of it is the port. */
static int host_split(const char *text, char host[HOST_BYTES], const char **port, const char **why) {
  const char *end;
  const char *start = text;
  if (*text == '[') {
    start = text + 1;
    end = strchr(text, ']');
    if (end == NULL || end[1] != ':') return *why = "expected \"[IPv6]:PORT\"", -1;
    *port = end + 2;
  } else {
    end = strrchr(text, ':');
    *port = end == NULL ? text : end + 1;
    if (end == NULL) end = text;
    if (memchr(text, ':', (size_t)(end - text)) != NULL)
      return *why = "an IPv6 address needs brackets: \"[::1]:PORT\"", -1;
  }
  size_t length = (size_t)(end - start);
  if (length >= HOST_BYTES) return *why = "the host name is too long", -1;
  memcpy(host, start, length);
  host[length] = 0;
  return 0;
}

static bool ipv6_available(void) {
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

/* False: the host is a name. */
static bool host_fill(const char *host, in_port_t port, address *out) {
  struct sockaddr_in *in = (struct sockaddr_in *)&out->storage;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->storage;
  bool any = *host == 0 || strcmp(host, "*") == 0;
  if (any ? !ipv6_available() : inet_pton(AF_INET, host, &in->sin_addr) == 1) {
    in->sin_family = AF_INET;
    in->sin_port = port;
    out->length = sizeof *in;
    return true;
  }
  if (any || inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
    in6->sin6_family = AF_INET6;
    in6->sin6_port = port;
    out->length = sizeof *in6;
    return true;
  }
  return false;
}

int address_find(void *data, const char *host, char ip[ADDRESS_IP_BYTES]) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  if (getaddrinfo(host, NULL, &hints, &found) != 0 || found == NULL) return -1;
  int rc = getnameinfo(found->ai_addr, found->ai_addrlen, ip, ADDRESS_IP_BYTES, NULL, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  return rc == 0 ? 0 : -1;
}

int address_parse_with(const char *text, address_finder find, void *data, address *out, const char **why) {
  memset(out, 0, sizeof *out);
  if (strncmp(text, "unix:", 5) == 0) return unix_parse(text + 5, out, why);
  char host[HOST_BYTES];
  const char *port_text;
  if (host_split(text, host, &port_text, why) != 0) return -1;
  size_t digits = strspn(port_text, "0123456789");
  unsigned long port = digits > 0 && digits <= 5 && port_text[digits] == 0 ? strtoul(port_text, NULL, 10) : 65536;
  if (port > 65535) return *why = "expected HOST:PORT with a port from 0 to 65535, or unix:/path", -1;
  if (!host_fill(host, htons((in_port_t)port), out)) {
    char ip[ADDRESS_IP_BYTES];
    if (find == NULL) return *why = "expected an IP address, not a host name", -1;
    if (find(data, host, ip) != 0 || !host_fill(ip, htons((in_port_t)port), out)) {
      return *why = "the host name is not known", -1;
    }
  }
  text_fill(out);
  return 0;
}

int address_parse(const char *text, address *out, const char **why) {
  return address_parse_with(text, address_find, NULL, out, why);
}
int address_parse_numeric(const char *text, address *out, const char **why) {
  return address_parse_with(text, NULL, NULL, out, why);
}

bool address_equal(const address *a, const address *b) { return strcmp(a->text, b->text) == 0; }

unsigned address_port(const address *a) {
  if (a->storage.ss_family == AF_INET) return ntohs(((const struct sockaddr_in *)&a->storage)->sin_port);
  if (a->storage.ss_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)&a->storage)->sin6_port);
  return 0;
}

bool address_is_wildcard(const address *a) {
  if (a->storage.ss_family == AF_INET) {
    return ((const struct sockaddr_in *)&a->storage)->sin_addr.s_addr == htonl(INADDR_ANY);
  }
  if (a->storage.ss_family != AF_INET6) return false;
  return memcmp(&((const struct sockaddr_in6 *)&a->storage)->sin6_addr, &in6addr_any, sizeof in6addr_any) == 0;
}

bool address_is_loopback(const address *a) {
  if (a->storage.ss_family == AF_INET) {
    return ntohl(((const struct sockaddr_in *)&a->storage)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  if (a->storage.ss_family != AF_INET6) return false;
  return memcmp(&((const struct sockaddr_in6 *)&a->storage)->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) ==
         0;
}

/*
 * A socket file that a dead server left behind refuses connections; a live one accepts, or its queue is full. What is
 * no socket refuses them too, and is not ours to delete: bind will say EADDRINUSE.
 */
static void stale_unix_socket_remove(const address *a) {
  const char *path = ((const struct sockaddr_un *)&a->storage)->sun_path;
  struct stat status;
  if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  if (connect(fd, (const struct sockaddr *)&a->storage, a->length) != 0 && errno == ECONNREFUSED) {
    unlink(path);
  }
  close(fd);
}

int address_listen(const address *a, int backlog) {
  int family = a->storage.ss_family;
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int on = 1, off = 0;
  if (family == AF_UNIX) {
    stale_unix_socket_remove(a);
  } else {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(fd, (const struct sockaddr *)&a->storage, a->length) != 0 || listen(fd, backlog) != 0) {
    int rc = -errno;
    close(fd);
    return rc;
  }
  return fd;
}
