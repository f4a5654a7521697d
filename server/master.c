#include "server/master.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <uv.h>

#include "server/event_loop.h"
#include "server/log.h"
#include "server/lookup.h"
#include "server/notify.h"
#include "server/supervisor.h"
#include "server/ticket_keys.h"
#include "server/watchdog.h"

enum { SLOTS = 2048, ACCEPT_SLOTS_MAX = 2048, LAST_CALL_MS = 1500, TICKETS_LOOK_MS = 60000 };

typedef struct master {
  config_overrides options;
  config_names names; /* for a reload */
  lookup lookup;
  event_loop *loop;
  event_watch signals;
  shm memory;
  accept_group *accept_group;
  publish_group *publish;
  int keep_fds;
  supervisor supervisor;
  watchdog watchdog;
  notify notify;
  char *pid_file; /* written, to be removed */
  uint64_t started_ms;
  event_timer last_call;
  ticket_keys *tickets;
  event_timer ticket_rotation;
  uint64_t tickets_ms;             /* when they got their newest key */
  uint64_t unserved, said_sockets; /* at the start: bit id % 64 of those that no worker had asked for; the highest id */
  int code;
} master;

#define MASTER_OF(watch) ((master *)((char *)(watch)-offsetof(master, signals)))

static void config_line(void *data, const char *text) { log_error("%s", text); }
static void config_warning_line(void *data, const char *text) { log_warning("%s", text); }

/* 0 and a config, -1 after a message, or, where m->options has names, 1: some are to be looked up. */
static int config_read(const master *m, config **out) {
  config_report report = {.line = config_line, .warning = config_warning_line};
  int rc = config_load(&m->options, &report, out);
  const config *c = *out;
  if (rc != 0 || c->log == NULL) return rc;
  rc = log_to_file(c->log);
  if (rc == 0) return 0;
  char where[CONFIG_WHERE_BYTES];
  log_error("%slog %s: %s", config_where(c, "log", where), c->log, strerror(-rc));
  config_free(*out);
  return -1;
}

static int pid_file_write(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return -errno;
  int rc = dprintf(fd, "%d\n", (int)getpid()) < 0 ? -errno : 0;
  close(fd);
  return rc;
}

/* ---- what the supervisor says ------------------------------------------------------------------------------------ */

static void serving(const generation *g, const shared_socket *s) {
  bool secure = config_listener_tls(g->config, s->actual.text) != NULL;
  bool local = strncmp(s->actual.text, "unix:", 5) == 0;
  log_line("serving %s on %s%s%s", g->config->app,
           local    ? ""
           : secure ? "https://"
                    : "http://",
           s->actual.text, local && secure ? " (TLS)" : "");
  if (!address_is_wildcard(&s->actual)) return;
  log_line("%s is every interface; 127.0.0.1:%u would be this machine only", s->actual.text, address_port(&s->actual));
}

/* An app that serves may come to its other listen() a little later: a connection to a database first, say. */
static void last_call(event_timer *timer) {
  master *m = (master *)((char *)timer - offsetof(master, last_call));
  const generation *g = m->supervisor.active;
  for (size_t i = 0; g != NULL && i < g->use_count; i++) {
    const shared_socket *s = g->uses[i].socket;
    if (s->id > m->said_sockets) continue;
    if (!s->asked_for) {
      log_warning("nobody serves %s: the app does not listen on it", s->actual.text);
    } else if (m->unserved & UINT64_C(1) << s->id % 64) {
      serving(g, s);
    }
  }
}

/* The shortest that an address of the config wants; 0: none has tickets. */
static uint64_t ticket_interval(const config *c) {
  uint64_t least = c->listener_elsewhere != NULL ? c->tls.ticket_rotation : 0;
  for (size_t i = 0; i < c->listen.count; i++) {
    uint64_t own = c->listen_tls[i] != NULL ? c->listen_tls[i]->ticket_rotation : 0;
    if (own > 0 && (least == 0 || own < least)) least = own;
  }
  return least;
}

/*
 * The keys of session tickets get older with the interval that the active config says; a reload may have changed it, so
 * the timer looks again in between.
 */
static void tickets_tick(event_timer *timer) {
  master *m = (master *)((char *)timer - offsetof(master, ticket_rotation));
  const generation *g = m->supervisor.active;
  uint64_t interval = g != NULL ? ticket_interval(g->config) : 0, now = event_loop_now_ms();
  uint64_t age = now - m->tickets_ms;
  if (m->tickets == NULL) return;
  if (interval > 0 && age >= interval) {
    int rc = ticket_keys_rotate(m->tickets);
    if (rc != 0) log_warning("the session tickets' key cannot be changed: %s", strerror(-rc));
    m->tickets_ms = now;
    age = 0;
  }
  uint64_t wait = interval > 0 && interval - age < TICKETS_LOOK_MS ? interval - age : TICKETS_LOOK_MS;
  event_loop_timer_start(m->loop, timer, wait);
}

static void development_note(const master *m) {
  const config *c = m->supervisor.active->config;
  if (!c->development) return;
  const char *path = c->tls.certificates[0].cert;
  log_line("--tls: a certificate for localhost that nobody trusts yet: curl --cacert %s, NODE_EXTRA_CA_CERTS=%s", path,
           path);
  log_line(
      "browsers: import it as an authority (Firefox: Settings, Certificates; Chromium on Linux: certutil -d "
      "sql:$HOME/.pki/nssdb -A -t P,, -n jsd -i %s); Debian: copy it to /usr/local/share/ca-certificates/jsd.crt, "
      "then update-ca-certificates",
      path);
}

static void started(master *m) {
  const generation *g = m->supervisor.active;
  for (size_t i = 0; i < g->use_count; i++) {
    const shared_socket *s = g->uses[i].socket;
    if (s->id > m->said_sockets) m->said_sockets = s->id;
    if (s->asked_for) {
      serving(g, s);
    } else {
      m->unserved |= UINT64_C(1) << s->id % 64;
    }
  }
  if (m->unserved != 0) event_loop_timer_start(m->loop, &m->last_call, LAST_CALL_MS);
  uint64_t slowest = 0;
  for (size_t i = 0; i < g->worker_count; i++) {
    if (g->workers[i].start_us > slowest) slowest = g->workers[i].start_us;
  }
  log_line("%zu worker%s ready in %llu ms (zygote %.1f ms, worker %.1f ms)", g->worker_count,
           g->worker_count == 1 ? "" : "s", (unsigned long long)(event_loop_now_ms() - m->started_ms),
           (double)g->zygote_start_us / 1000, (double)slowest / 1000);
  log_line("reload: kill -HUP %d, stop: kill %d%s", (int)getpid(), (int)getpid(),
           isatty(STDERR_FILENO) ? " or Ctrl-C" : "");
  development_note(m);
}

static void changed(void *data, supervisor_event event) {
  master *m = data;
  char text[128];
  switch (event) {
    case SUPERVISOR_STARTED:
      tickets_tick(&m->ticket_rotation);
      started(m);
      snprintf(text, sizeof text, "READY=1\nMAINPID=%d", (int)getpid());
      notify_send(&m->notify, text);
      break;
    case SUPERVISOR_RELOADING:
      snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)event_loop_now_us());
      notify_send(&m->notify, text);
      break;
    case SUPERVISOR_RELOADED:
      tickets_tick(&m->ticket_rotation);
      notify_send(&m->notify, "READY=1\nSTATUS=reloaded");
      break;
    case SUPERVISOR_RELOAD_FAILED:
      notify_send(&m->notify, "READY=1\nSTATUS=the last reload failed, the old generation serves");
      break;
    case SUPERVISOR_STOPPING:
      lookup_stop(&m->lookup);
      notify_send(&m->notify, "STOPPING=1");
      break;
  }
}

/* Names with the addresses that were found. Those that come up only now have changed meanwhile: the next reload's. */
static void names_found(lookup *l, const char *found) {
  master *m = (master *)((char *)l - offsetof(master, lookup));
  config *c = NULL;
  m->names.known = found;
  int rc = config_read(m, &c);
  if (rc > 0) log_error("the config has changed while its host names were looked up");
  supervisor_loaded(&m->supervisor, rc == 0 ? c : NULL);
}

/* While a name server is waited for, the master looks after its workers. */
static int load(void *data, config **out) {
  master *m = data;
  m->options.names = &m->names;
  m->names.known = NULL;
  int rc = config_read(m, out);
  if (rc <= 0) return rc;
  m->lookup.loop = m->loop;
  m->lookup.done = names_found;
  rc = lookup_start(&m->lookup, m->names.wanted);
  if (rc == 0) return 1;
  log_error("cannot look up host names: %s", strerror(-rc));
  return -1;
}

static void finished(void *data, int code) {
  master *m = data;
  m->code = code;
  event_loop_stop(m->loop);
}

/* ---- signals ------------------------------------------------------------------------------------------------------
 */

static void signal_received(master *m, int number) {
  supervisor *s = &m->supervisor;
  switch (number) {
    case SIGCHLD:
      supervisor_reap(s);
      break;
    case SIGHUP:
      supervisor_reload(s);
      break;
    case SIGQUIT:
      supervisor_stop(s, true);
      break;
    case SIGINT: /* somebody at a terminal; a SIGTERM again may be a script's and the service manager's */
      if (s->stopping) {
        supervisor_hurry(s);
        break;
      } /* fallthrough */
    case SIGTERM:
      supervisor_stop(s, false);
      break;
    default:
      break;
  }
}

static void signals_readable(event_watch *watch) {
  struct signalfd_siginfo info;
  while (read(watch->fd, &info, sizeof info) == sizeof info) signal_received(MASTER_OF(watch), (int)info.ssi_signo);
}

/* Blocked before the first fork and read from a descriptor: a signal is then handled between two events, never amid. */
static int signals_open(master *m) {
  static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) sigaddset(&set, numbers[i]);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -errno;
  signal(SIGPIPE, SIG_IGN);
  m->signals = (event_watch){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), .readable = signals_readable};
  return m->signals.fd < 0 ? -errno : event_loop_watch(m->loop, &m->signals);
}

/* ---- the process --------------------------------------------------------------------------------------------------
 */

static int serve(master *m, config *c) {
  int rc;
  if (c->pid_file != NULL && (m->pid_file = strdup(c->pid_file)) != NULL && (rc = pid_file_write(c->pid_file)) != 0) {
    char where[CONFIG_WHERE_BYTES];
    log_error("%spid_file %s: %s", config_where(c, "pid_file", where), c->pid_file, strerror(-rc));
    free(m->pid_file);
    m->pid_file = NULL;
    config_free(c);
    return 1;
  }
  if (supervisor_start(&m->supervisor, c) != 0) return 1;
  watchdog_start(&m->watchdog, &m->supervisor);
  rc = event_loop_run(m->loop);
  if (rc != 0) log_error("event loop: %s", strerror(-rc));
  return rc == 0 ? m->code : 1;
}

/* Workers inherit it; a server's connections are descriptors, and the usual soft limit of 1024 is for select(2). */
static void descriptor_limit_raise(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * What workers inherit by being forked is made before any other descriptor, so that a zygote can close all the rest.
 * The accept group has room for some generations side by side; a worker beyond that only takes connections itself.
 */
static int shared_create(master *m, const config *c) {
  int rc = shm_create(&m->memory, SLOTS);
  if (rc != 0) return rc;
  uint64_t slots = 4 * c->workers < 16 ? 16 : 4 * c->workers;
  if (slots > ACCEPT_SLOTS_MAX) slots = ACCEPT_SLOTS_MAX;
  /* Two descriptors each: where they are scarce, fewer. */
  do m->accept_group = accept_group_create((unsigned)slots);
  while (m->accept_group == NULL && (slots /= 2) >= 16);
  if (m->accept_group != NULL) m->publish = publish_group_create((unsigned)slots);
  m->keep_fds = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (m->keep_fds < 0) return -errno;
  close(m->keep_fds);
  return 0;
}

int master_run(const config_overrides *options, const worker_program *program) {
  master m = {.options = *options,
              .started_ms = event_loop_now_ms(),
              .code = 1,
              .signals = {.fd = -1},
              .last_call = {.expired = last_call},
              .ticket_rotation = {.expired = tickets_tick}};
  config *c = NULL;
  m.tickets = m.options.tickets = ticket_keys_create();
  m.tickets_ms = event_loop_now_ms();
  if (m.tickets == NULL) log_warning("TLS sessions will not resume: no memory for their keys");
  if (config_read(&m, &c) != 0) {
    ticket_keys_destroy(m.tickets);
    return 1;
  }
  uv_set_process_title("jsd: master");
  descriptor_limit_raise();
  int rc = shared_create(&m, c);
  notify_open(&m.notify);
  if (rc == 0) rc = event_loop_create(&m.loop);
  if (rc == 0) rc = signals_open(&m);
  if (rc != 0) {
    log_error("cannot start: %s", strerror(-rc));
    config_free(c);
  } else {
    supervisor_options supervisor_options = {.loop = m.loop,
                                             .memory = &m.memory,
                                             .accept_group = m.accept_group,
                                             .publish = m.publish,
                                             .keep_fds = m.keep_fds,
                                             .program = program,
                                             .load = load,
                                             .changed = changed,
                                             .finished = finished,
                                             .data = &m};
    supervisor_init(&m.supervisor, &supervisor_options);
    m.code = serve(&m, c);
  }
  if (m.pid_file != NULL) unlink(m.pid_file);
  free(m.pid_file);
  notify_close(&m.notify);
  if (m.signals.fd >= 0) {
    event_loop_unwatch(m.loop, &m.signals);
    close(m.signals.fd);
  }
  event_loop_destroy(m.loop);
  if (m.accept_group != NULL) accept_group_destroy(m.accept_group);
  if (m.publish != NULL) publish_group_destroy(m.publish);
  shm_destroy(&m.memory);
  ticket_keys_destroy(m.tickets);
  return m.code;
}
