#include "server/socket_table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

static shared_socket *socket_find(socket_table *table, const address *wanted) {
  for (shared_socket *s = table->first; s != NULL; s = s->next) {
    if (s->fd >= 0 && (address_equal(&s->requested, wanted) || address_equal(&s->actual, wanted))) return s;
  }
  return NULL;
}

const shared_socket *socket_table_on_port(const socket_table *table, const address *wanted) {
  for (const shared_socket *s = table->first; s != NULL && address_port(wanted) != 0; s = s->next) {
    if (s->fd >= 0 && address_port(&s->actual) == address_port(wanted)) return s;
  }
  return NULL;
}

int socket_table_open(socket_table *table, const address *wanted, int backlog, shared_socket **out) {
  *out = socket_find(table, wanted);
  if (*out != NULL) return 0;
  shared_socket *s = calloc(1, sizeof *s);
  if (s == NULL) return -ENOMEM;
  s->requested = *wanted;
  s->fd = address_listen(wanted, backlog);
  if (s->fd < 0) {
    int rc = s->fd;
    free(s);
    return rc;
  }
  struct sockaddr_storage storage = {0};
  socklen_t length = sizeof storage;
  s->actual = *wanted;
  if (wanted->storage.ss_family != AF_UNIX && getsockname(s->fd, (struct sockaddr *)&storage, &length) == 0) {
    address_from_sockaddr(&storage, length, &s->actual);
  }
  s->id = ++table->last_id;
  s->next = table->first;
  table->first = s;
  *out = s;
  return 0;
}

static void socket_close(shared_socket *s) {
  if (s->fd < 0) return;
  close(s->fd);
  s->fd = -1;
  if (s->actual.storage.ss_family == AF_UNIX) unlink(((const struct sockaddr_un *)&s->actual.storage)->sun_path);
}

void socket_table_release(socket_table *table, shared_socket *s) {
  if (s->users > 1) {
    s->users--;
    return;
  }
  socket_close(s);
  shared_socket **place = &table->first;
  while (*place != NULL && *place != s) place = &(*place)->next;
  if (*place == s) *place = s->next;
  free(s);
}

void socket_table_close(socket_table *table) {
  for (shared_socket *s = table->first; s != NULL; s = s->next) socket_close(s);
}
