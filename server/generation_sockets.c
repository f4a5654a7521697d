#include "server/generation_sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/log.h"

/* A worker asks for a socket, and the master has to hold it: HOLDS_MAX bounds what one can make it hold. */
enum { NOBODY_PATIENCE_MS = 3000, HOLDS_MAX = 512 };

static generation_use *use_of(const generation *g, const shared_socket *s) {
  for (size_t i = 0; i < g->use_count; i++) {
    if (g->uses[i].socket == s) return &g->uses[i];
  }
  return NULL;
}

static int use_add(generation *g, shared_socket *s, generation_use **out) {
  if ((*out = use_of(g, s)) != NULL) return 0;
  generation_use *uses = realloc(g->uses, (g->use_count + 1) * sizeof *uses);
  if (uses == NULL) {
    if (s->users == 0) socket_table_release(g->sockets, s);
    return -ENOMEM;
  }
  g->uses = uses;
  uses[g->use_count] = (generation_use){.socket = s};
  *out = &uses[g->use_count++];
  s->users++;
  return 0;
}

static void use_remove(generation *g, generation_use *use) {
  socket_table_release(g->sockets, use->socket);
  *use = g->uses[--g->use_count];
}

static bool is_configured(const generation *g, const shared_socket *s) {
  if (!config_given(g->config, "listen")) return false;
  for (size_t i = 0; i < g->config->listen.count; i++) {
    if (strcmp(g->config->listen.items[i], s->actual.text) == 0) return true;
  }
  return false;
}

/* Another interface's socket of that port stands in the way. */
static void bind_failed(const generation *g, const address *wanted, int rc) {
  char where[CONFIG_WHERE_BYTES];
  config_where(g->config, "listen", where);
  const shared_socket *other = rc == -EADDRINUSE ? socket_table_on_port(g->sockets, wanted) : NULL;
  if (other != NULL) {
    log_error(
        "%scannot listen on %s: jsd itself listens on %s, and the kernel does not allow both on one port (a reload "
        "cannot change the interface: stop and start)",
        where, wanted->text, other->actual.text);
  } else {
    log_error("%scannot listen on %s: %s", where, wanted->text, strerror(-rc));
  }
}

int generation_sockets_bind(generation *g) {
  config *c = g->config;
  if (!config_given(c, "listen")) return 0;
  for (size_t i = 0; i < c->listen.count; i++) {
    address wanted;
    shared_socket *socket;
    generation_use *use;
    const char *why;
    if (address_parse_numeric(c->listen.items[i], &wanted, &why) != 0) continue;
    int rc = socket_table_open(g->sockets, &wanted, (int)c->http.backlog, &socket);
    if (rc == 0) rc = use_add(g, socket, &use);
    if (rc != 0) {
      bind_failed(g, &wanted, rc);
      return rc;
    }
    char *actual = strdup(socket->actual.text);
    if (actual == NULL) return -ENOMEM;
    free(c->listen.items[i]);
    c->listen.items[i] = actual;
  }
  return 0;
}

static bool listed(const config_list *list, const address *wanted, address *out) {
  const char *why;
  for (size_t i = 0; i < list->count; i++) {
    if (address_parse_numeric(list->items[i], out, &why) != 0) continue;
    if (address_equal(out, wanted)) return true;
    /* One that asks for a port on every interface gets what the config has on that port. */
    if (address_is_wildcard(wanted) && address_port(wanted) != 0 && address_port(wanted) == address_port(out))
      return true;
  }
  return false;
}

/*
 * What a worker may have bound, which runs code that nobody has looked at, where the master may have more rights than
 * it. Without `listen` the app itself is all the config there is, and gets what it asks for. With it, besides `listen`
 * and `listen_also`: ports of the loopback interface that need no privilege, which nobody but this machine reaches; and
 * paths, unless the master is root, since then the worker could make them itself. *out: where, with the config's
 * interface.
 */
static bool is_allowed(const generation *g, const address *wanted, address *out) {
  const config *c = g->config;
  if (config_given(c, "listen") && listed(&c->listen, wanted, out)) return true;
  if (listed(&c->listen_also, wanted, out)) return true;
  *out = *wanted;
  if (!config_given(c, "listen")) return true;
  if (wanted->storage.ss_family == AF_UNIX) return geteuid() != 0;
  return address_is_loopback(wanted) && (address_port(wanted) == 0 || address_port(wanted) >= IPPORT_RESERVED);
}

static int socket_for(generation *g, const address *wanted, int backlog, shared_socket **out) {
  address where;
  if (address_is_wildcard(wanted) && address_port(wanted) != 0) {
    for (size_t i = 0; i < g->use_count; i++) {
      *out = g->uses[i].socket;
      if (address_port(&(*out)->actual) == address_port(wanted)) return 0;
    }
  }
  if (!is_allowed(g, wanted, &where)) return -EACCES;
  return socket_table_open(g->sockets, &where, backlog, out);
}

static int hold_add(worker_process *w, shared_socket *s) {
  if (w->hold_count >= HOLDS_MAX) return -EMFILE;
  shared_socket **holds = realloc(w->holds, (w->hold_count + 1) * sizeof(shared_socket *));
  if (holds == NULL) return -ENOMEM;
  w->holds = holds;
  holds[w->hold_count++] = s;
  return 0;
}

void generation_worker_listens(generation *g, worker_process *w, const char *address_text, int backlog) {
  address wanted, where;
  shared_socket *socket = NULL;
  generation_use *use = NULL;
  const char *why;
  int rc = address_parse_numeric(address_text, &wanted, &why) != 0 ? -EINVAL : 0;
  if (rc == 0) rc = socket_for(g, &wanted, backlog, &socket);
  if (rc == 0) rc = use_add(g, socket, &use);
  if (rc == 0 && (rc = hold_add(w, socket)) != 0 && use->holders == 0 && !is_configured(g, socket)) {
    use_remove(g, use);
  }
  if (rc == 0) {
    use->holders++;
    socket->asked_for = true;
  }
  worker_process_answer(w, rc, rc == 0 ? socket->id : 0);
  if (rc == -EACCES && !is_allowed(g, &wanted, &where)) {
    log_warning("worker %llu must not listen on %s: the config's `listen` does not have it, nor `listen_also`",
                (unsigned long long)w->index, wanted.text);
  } else if (rc != 0) {
    log_warning("worker %llu cannot listen on %s: %s", (unsigned long long)w->index, address_text, strerror(-rc));
  }
}

static void hold_end(generation *g, worker_process *w, size_t i, bool given_up) {
  generation_use *use = use_of(g, w->holds[i]);
  w->holds[i] = w->holds[--w->hold_count];
  if (use == NULL) return;
  use->holders--;
  if (given_up && use->holders == 0) use_remove(g, use);
}

void generation_worker_closed(generation *g, worker_process *w, uint64_t socket_id) {
  for (size_t i = 0; i < w->hold_count; i++) {
    if (w->holds[i]->id != socket_id) continue;
    hold_end(g, w, i, true);
    return;
  }
}

void generation_worker_lost(generation *g, worker_process *w) {
  while (w->hold_count > 0) hold_end(g, w, w->hold_count - 1, false);
  free(w->holds);
  w->holds = NULL;
}

bool generation_worker_in_place(const generation *g, const worker_process *w, const char **held) {
  *held = NULL;
  if (!config_given(g->config, "listen")) return true;
  for (size_t i = 0; i < w->hold_count; i++) {
    if (is_configured(g, w->holds[i])) return true;
    *held = w->holds[i]->actual.text;
  }
  /* One that holds nothing at all serves in its own way; but not one that held something else a moment ago. */
  return *held == NULL && !w->misplaced;
}

static bool somebody_serves(const generation *g) {
  for (size_t i = 0; i < g->worker_count; i++) {
    if (g->workers[i].ready_ms != 0 && g->workers[i].state != WORKER_DOWN) return true;
  }
  return false;
}

void generation_sockets_tick(generation *g, uint64_t now_ms) {
  if (g->state != GENERATION_ACTIVE || g->paused || somebody_serves(g)) {
    if (g->queue_closed) log_line("a worker serves again: new connections are taken");
    g->nobody_since_ms = 0;
    g->queue_closed = false;
    return;
  }
  if (g->nobody_since_ms == 0) g->nobody_since_ms = now_ms;
  if (now_ms - g->nobody_since_ms < NOBODY_PATIENCE_MS) return;
  for (size_t i = g->use_count; i-- > 0;) {
    generation_use *use = &g->uses[i];
    if (use->holders > 0) continue;
    address where = use->socket->actual;
    use_remove(g, use);
    if (!g->queue_closed) {
      log_error("no worker has served for %d s: %s is closed until one does", NOBODY_PATIENCE_MS / 1000, where.text);
    }
  }
  g->queue_closed = true;
}

void generation_sockets_free(generation *g) {
  while (g->use_count > 0) use_remove(g, &g->uses[0]);
  free(g->uses);
}
