#include "server/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_open(notify *n) {
  n->fd = -1;
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  size_t length = path == NULL ? 0 : strlen(path);
  if (length > 1 && length < sizeof name.sun_path && (path[0] == '/' || path[0] == '@')) {
    memcpy(name.sun_path, path, length);
    if (path[0] == '@') name.sun_path[0] = 0;
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (n->fd >= 0 && connect(n->fd, (struct sockaddr *)&name, size) != 0) notify_close(n);
  }
  unsetenv("NOTIFY_SOCKET");
}

void notify_close(notify *n) {
  if (n->fd >= 0) close(n->fd);
  n->fd = -1;
}

void notify_send(const notify *n, const char *state) {
  if (n->fd >= 0 && send(n->fd, state, strlen(state), MSG_NOSIGNAL) < 0) return;
}
