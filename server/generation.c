#include "server/generation.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/generation_sockets.h"
#include "server/log.h"
#include "server/zygote.h"

#define FROM(type, member, pointer) ((type *)((char *)(pointer)-offsetof(type, member)))
/* Orders to fork that a zygote's queue holds without doubt (EAGAIN in the middle of hundreds is the other case). */
enum { TEXT_BYTES = 1200, ORDERS_MAX = 8, ORDER_RETRY_MS = 10, ORDER_PATIENCE_MS = 1000 };

static unsigned long long number_of(uint64_t value) { return value; }

static void generation_fail(generation *g, const char *why) {
  if (g->state == GENERATION_STARTING) {
    generation_drain(g, DRAIN_RELOAD);
    g->events.failed(g->data, g, why);
  } else if (g->state == GENERATION_PROBATION) {
    /* First the old ones accept again, then these stop. What they have in flight may finish. */
    event_loop_timer_stop(g->loop, &g->probation);
    g->events.failed(g->data, g, why);
    generation_drain(g, DRAIN_RELOAD);
  }
}

/* It starts and replaces its workers. */
static bool generation_lives(const generation *g) {
  return g->state == GENERATION_STARTING || g->state == GENERATION_PROBATION || g->state == GENERATION_ACTIVE;
}

/* ---- zygote --------------------------------------------------------------------------------------------------- */

static void zygote_start(generation *g);

static void zygote_channel_close(generation *g) {
  if (g->zygote_channel.fd < 0) return;
  event_loop_unwatch(g->loop, &g->zygote_channel);
  close(g->zygote_channel.fd);
  g->zygote_channel.fd = -1;
  g->zygote_ready = false;
}

/*
 * An ending generation keeps its zygote until it knows the pid of every process that it asked for, but not for ever:
 * one that hangs would keep the whole from ending.
 */
static void zygote_dismiss(generation *g) {
  event_loop_timer_stop(g->loop, &g->zygote_respawn);
  if (g->zygote_ready && generation_forking(g)) {
    if (!g->zygote_deadline.active) event_loop_timer_start(g->loop, &g->zygote_deadline, ORDER_PATIENCE_MS);
    return;
  }
  event_loop_timer_stop(g->loop, &g->zygote_deadline);
  zygote_channel_close(g);
  if (g->zygote > 0) kill(g->zygote, SIGKILL);
}

static size_t orders_open(const generation *g) {
  size_t count = 0;
  for (size_t i = 0; i < g->worker_count; i++) count += g->workers[i].state != WORKER_DOWN && g->workers[i].pid == 0;
  return count;
}

/* One more is forked when the zygote has answered an order; then whoever is still down is looked for again. */
static void worker_fork(generation *g, worker_process *w) {
  if (orders_open(g) >= ORDERS_MAX) return;
  int rc = worker_process_fork(w, g->zygote_channel.fd);
  if (rc == 0) return;
  if (rc == -EAGAIN) {
    event_loop_timer_start(g->loop, &w->respawn, ORDER_RETRY_MS);
    return;
  }
  log_error("cannot start worker %llu: %s", number_of(w->index), strerror(-rc));
  if (g->state == GENERATION_STARTING) {
    generation_fail(g, strerror(-rc));
  } else {
    event_loop_timer_start(g->loop, &w->respawn, g->config->respawn.delay);
  }
}

void generation_worker_wanted(generation *g, worker_process *w) {
  if (!generation_lives(g) || g->paused) return;
  /* Without a zygote it waits: a zygote that becomes ready forks whoever is down. */
  if (w->state == WORKER_DOWN && g->zygote_ready) worker_fork(g, w);
}

static void workers_start(generation *g);

void generation_worker_named(generation *g, worker_process *w, pid_t pid) {
  siginfo_t info = {0};
  if (pid <= 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return; /* no child of ours */
  if (!worker_process_forked(w, pid)) return;
  /* It may be dead already, and its SIGCHLD have come before its pid: look again. */
  if (info.si_pid != 0) kill(getpid(), SIGCHLD);
  if (g->state == GENERATION_DRAINING || g->state == GENERATION_FAILED) zygote_dismiss(g);
  if (generation_lives(g) && !g->paused) workers_start(g);
}

/* A worker names itself, too, and mostly before: what then still comes here may even be about one that was reaped. */
static void forked(generation *g, const ipc_message *message) {
  if (message->number >= g->worker_count) return;
  worker_process *w = &g->workers[message->number];
  if (message->value > 0) {
    generation_worker_named(g, w, message->value);
    return;
  }
  if (w->pid != 0 || w->state == WORKER_DOWN) return;
  log_error("cannot fork worker %llu: %s", number_of(w->index), strerror(-message->value));
  worker_process_down(w);
  if (g->state == GENERATION_STARTING) generation_fail(g, strerror(-message->value));
  if (generation_lives(g)) event_loop_timer_start(g->loop, &w->respawn, g->config->respawn.delay);
  if (g->state == GENERATION_DRAINING || g->state == GENERATION_FAILED) zygote_dismiss(g);
  if (generation_lives(g) && !g->paused) workers_start(g);
}

/*
 * Forks whoever is down. A generation that starts begins with one worker and starts the others when that one serves: a
 * broken app then says so once and not once per worker, and the first answer does not wait for all of them.
 */
static void workers_start(generation *g) {
  bool first_only = g->state == GENERATION_STARTING;
  for (size_t i = 0; i < g->worker_count && first_only; i++) first_only = g->workers[i].ready_ms == 0;
  for (size_t i = 0; i < (first_only ? 1 : g->worker_count); i++) {
    worker_process *w = &g->workers[i];
    if (w->state == WORKER_DOWN && !w->respawn.active) generation_worker_wanted(g, w);
  }
}

static void zygote_is_ready(generation *g, const ipc_message *message) {
  g->zygote_ready = true;
  event_loop_timer_stop(g->loop, &g->zygote_deadline);
  g->zygote_start_us = message->number;
  workers_start(g);
}

static void zygote_readable(event_watch *watch) {
  generation *g = FROM(generation, zygote_channel, watch);
  while (g->zygote_channel.fd >= 0) {
    ipc_message message;
    int rc = ipc_receive(g->zygote_channel.fd, &message);
    if (rc == -EPROTO) continue;
    if (rc == -EAGAIN) return;
    if (rc <= 0) {
      zygote_channel_close(g);
      return;
    }
    if (message.fd >= 0) close(message.fd);
    if (message.type == IPC_FORKED) forked(g, &message);
    if (message.type == IPC_READY) zygote_is_ready(g, &message);
    if (message.type == IPC_ERROR && g->state == GENERATION_STARTING) {
      generation_fail(g, message.text);
    } else if (message.type == IPC_ERROR) { /* it is tried again; what serves goes on */
      log_error("the zygote: %s", message.text);
    }
  }
}

/* Its exit then says the rest. */
void generation_zygote_late(generation *g) {
  bool was_ready = g->zygote_ready;
  if (g->zygote_channel.fd >= 0) zygote_readable(&g->zygote_channel); /* it may be the master that is late */
  if (g->zygote <= 0 || (!was_ready && g->zygote_ready)) return;
  log_error(g->zygote_ready ? "the zygote does not fork: it hangs" : "the zygote did not start within start_timeout");
  kill(g->zygote, SIGKILL);
}

static void zygote_late(event_timer *timer) { generation_zygote_late(FROM(generation, zygote_deadline, timer)); }

static void zygote_respawn_due(event_timer *timer) { zygote_start(FROM(generation, zygote_respawn, timer)); }

static void zygote_start(generation *g) {
  zygote_options options = {.config = g->config,
                            .program = g->program,
                            .memory = g->memory,
                            .generation = g->number,
                            .accept_group = g->accept_group,
                            .keep_fds = g->keep_fds,
                            .code = g->code};
  int channel = -1;
  pid_t pid = zygote_spawn(&options, &channel);
  if (pid > 0) {
    g->zygote = pid;
    g->zygote_ready = false;
    g->zygote_started_ms = event_loop_now_ms();
    event_loop_timer_start(g->loop, &g->zygote_deadline, g->config->start_timeout);
    g->zygote_channel = (event_watch){.fd = channel, .readable = zygote_readable};
    if (event_loop_watch(g->loop, &g->zygote_channel) == 0) return;
    close(channel); /* it exits, is reaped and started again */
    g->zygote_channel.fd = -1;
    return;
  }
  log_error("cannot fork: %s", strerror(-pid));
  if (g->state == GENERATION_STARTING) {
    generation_fail(g, strerror(-pid));
  } else {
    event_loop_timer_start(g->loop, &g->zygote_respawn, g->config->respawn.delay);
  }
}

static void zygote_ended(generation *g, int status) {
  uint64_t lived = event_loop_now_ms() - g->zygote_started_ms;
  zygote_channel_close(g);
  event_loop_timer_stop(g->loop, &g->zygote_deadline);
  g->zygote = 0;
  g->zygote_ready = false;
  for (size_t i = 0; i < g->worker_count; i++) {
    worker_process *w = &g->workers[i];
    if (w->pid != 0 || w->state == WORKER_DOWN) continue;
    /* If it was forked it has said so, or is about to, finds its channel closed and exits. */
    worker_process_read(w);
    if (w->pid == 0) worker_process_down(w);
  }
  char why[TEXT_BYTES];
  const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
  if (name != NULL) {
    snprintf(why, sizeof why, "the zygote was killed by SIG%s", name);
  } else {
    snprintf(why, sizeof why, "the zygote exited with code %d", WEXITSTATUS(status));
  }
  if (g->state == GENERATION_STARTING) generation_fail(g, why);
  if (!generation_lives(g)) return;
  uint64_t delay = backoff_crashed(&g->zygote_crashes, g->config, lived >= g->config->respawn.stable_after);
  log_warning("%s; replaced %s", why, delay == 0 ? "at once" : "after a delay");
  event_loop_timer_start(g->loop, &g->zygote_respawn, delay);
}

/* ---- workers -------------------------------------------------------------------------------------------------- */

static void probation_over(event_timer *timer) {
  generation *g = FROM(generation, probation, timer);
  g->state = GENERATION_ACTIVE;
  g->events.proven(g->data, g);
}

void generation_worker_ready(generation *g, worker_process *w) {
  if (g->paused) worker_process_pause(w, true);
  if (g->state != GENERATION_STARTING && w->crashes.crashes > 0) {
    log_line("worker %llu (pid %d) serves again, %llu ms after the crash (started in %.1f ms)", number_of(w->index),
             (int)w->pid, number_of(w->ready_ms - w->down_ms), (double)w->start_us / 1000);
  }
  if (g->state != GENERATION_STARTING) return;
  workers_start(g);
  for (size_t i = 0; i < g->worker_count; i++) {
    if (g->workers[i].ready_ms == 0) return;
  }
  g->state = GENERATION_PROBATION;
  g->events.ready(g->data, g);
  if (g->probation_ms == 0) {
    probation_over(&g->probation);
  } else {
    event_loop_timer_start(g->loop, &g->probation, g->probation_ms);
  }
}

/* A worker that had begun to serve died before its generation is active. True: it was the last one to do so. */
static bool probation_lost(generation *g, worker_process *w, const char *what) {
  char why[TEXT_BYTES + 128];
  w->died = true;
  for (size_t i = 0; i < g->worker_count; i++) {
    if (!g->workers[i].died) return false;
  }
  snprintf(why, sizeof why, "%s soon after it began to serve: worker %llu %s",
           g->worker_count == 1 ? "its worker died" : "every worker died", number_of(w->index), what);
  generation_fail(g, why);
  return true;
}

static void worker_crashed(generation *g, worker_process *w, pid_t pid, const char *what, bool worked) {
  uint64_t delay = backoff_crashed(&w->crashes, g->config, worked);
  w->ready_ms = 0;
  if (g->paused) {
    log_warning("worker %llu of generation %llu (pid %d) %s", number_of(w->index), number_of(g->number), (int)pid,
                what);
    return;
  }
  if (delay == 0) {
    log_warning("worker %llu (pid %d) %s; replaced at once", number_of(w->index), (int)pid, what);
    generation_worker_wanted(g, w);
    return;
  }
  log_warning("worker %llu (pid %d) %s; %s%u crashes in a row, next try in %llu ms", number_of(w->index), (int)pid,
              what, backoff_is_loop(&w->crashes, g->config) ? "crash loop: " : "", w->crashes.crashes,
              number_of(delay));
  event_loop_timer_start(g->loop, &w->respawn, delay);
}

static void worker_ended(generation *g, worker_process *w, int status) {
  char what[TEXT_BYTES], why[TEXT_BYTES + 64];
  pid_t pid = w->pid;
  bool served = w->ready_ms != 0, worked = worker_process_worked(w);
  worker_state state = w->state;
  /* What was killed on purpose says nothing about its requests, unless it was for them: a hang, a drain without end. */
  if (status != 0 && (state != WORKER_ENDING || w->hung || w->timed_out)) worker_process_log_in_flight(w);
  worker_process_down(w);
  worker_process_describe(w, status, what, sizeof what);
  switch (g->state) {
    case GENERATION_STARTING:
      /* One that has served shows that the app starts: somebody killed it, or it crashed under load. */
      if (served) {
        if (!probation_lost(g, w, what)) worker_crashed(g, w, pid, what, worked);
        return;
      }
      snprintf(why, sizeof why, "worker %llu %s%s", number_of(w->index), what,
               w->error[0] == 0 && !w->timed_out ? " before it served" : "");
      generation_fail(g, why);
      return;
    case GENERATION_PROBATION:
      if (!probation_lost(g, w, what)) worker_crashed(g, w, pid, what, worked);
      return;
    case GENERATION_ACTIVE:
      worker_crashed(g, w, pid, what, worked);
      return;
    case GENERATION_DRAINING:
      if (state == WORKER_DRAINING && status != 0) {
        log_warning("worker %llu of generation %llu (pid %d) %s while it drained", number_of(w->index),
                    number_of(g->number), (int)pid, what);
      }
      return;
    case GENERATION_FAILED:
      return;
  }
}

/* ---- code ------------------------------------------------------------------------------------------------------ */

static void code_open(generation *g) {
  if (g->config->code_store == 0) return;
  int rc = code_store_create(g->config->code_store, &g->code);
  if (rc != 0) log_warning("the code of generation %llu is not kept: %s", number_of(g->number), strerror(-rc));
}

void generation_worker_offers(generation *g, worker_process *w, const ipc_message *offer) {
  int rc = g->code == NULL || offer->fd < 0 ? -EINVAL : code_store_take(g->code, offer->fd);
  if (rc == -ENOSPC && !g->code_told) {
    log_warning("generation %llu: code_store (%llu bytes) is full: what else its workers load comes from disk",
                number_of(g->number), number_of(g->config->code_store));
  } else if (rc != 0 && !g->code_told) {
    log_warning("worker %llu of generation %llu: what it has loaded cannot be kept: %s", number_of(w->index),
                number_of(g->number), strerror(-rc));
  }
  g->code_told |= rc != 0;
  if (offer->number != 0) ipc_send(w->channel.fd, IPC_TAKEN, rc, offer->number, NULL, -1);
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

generation *generation_start(const generation_options *options, config *c) {
  generation *g = calloc(1, sizeof *g);
  worker_process *workers = calloc(c->workers, sizeof *workers);
  if (g == NULL || workers == NULL) {
    log_error("out of memory");
    free(g);
    free(workers);
    config_free(c);
    return NULL;
  }
  *g = (generation){.number = options->number,
                    .config = c,
                    .probation_ms = options->on_trial ? c->probation : 0,
                    .loop = options->loop,
                    .memory = options->memory,
                    .accept_group = options->accept_group,
                    .keep_fds = options->keep_fds,
                    .sockets = options->sockets,
                    .program = options->program,
                    .events = options->events,
                    .data = options->data,
                    .workers = workers,
                    .worker_count = c->workers};
  g->zygote_channel.fd = -1;
  g->zygote_respawn.expired = zygote_respawn_due;
  g->zygote_deadline.expired = zygote_late;
  g->probation.expired = probation_over;
  for (size_t i = 0; i < g->worker_count; i++) worker_process_init(&g->workers[i], g, i);
  code_open(g);
  if (generation_sockets_bind(g) != 0) {
    g->state = GENERATION_FAILED;
    generation_free(g);
    return NULL;
  }
  zygote_start(g);
  return g;
}

void generation_pause(generation *g, bool paused) {
  if (g->state != GENERATION_ACTIVE || g->paused == paused) return;
  g->paused = paused;
  for (size_t i = 0; i < g->worker_count; i++) worker_process_pause(&g->workers[i], paused);
  if (!paused && g->zygote_ready) workers_start(g);
}

void generation_drain(generation *g, drain_reason reason) {
  if (!generation_lives(g)) return;
  event_loop_timer_stop(g->loop, &g->probation);
  bool served = g->state != GENERATION_STARTING;
  g->state = GENERATION_DRAINING;
  for (size_t i = 0; i < g->worker_count; i++) {
    worker_process_drain(&g->workers[i], reason);
    served |= g->workers[i].state == WORKER_DRAINING;
  }
  if (!served) g->state = GENERATION_FAILED;
  zygote_dismiss(g);
}

void generation_cut(generation *g) {
  if (g->state != GENERATION_DRAINING) {
    generation_kill(g);
    return;
  }
  for (size_t i = 0; i < g->worker_count; i++) worker_process_cut(&g->workers[i]);
}

void generation_kill(generation *g) {
  event_loop_timer_stop(g->loop, &g->probation);
  g->state = GENERATION_FAILED;
  for (size_t i = 0; i < g->worker_count; i++) worker_process_kill(&g->workers[i]);
  zygote_dismiss(g);
}

static bool has_ended(pid_t pid) {
  siginfo_t info = {0};
  return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/*
 * Last words are read before the pid is given back: they may make the generation fail, which signals all its processes.
 * And that a worker served before it died may be among them.
 */
void generation_reap(generation *g) {
  int status;
  /* The zygote's answers first: a worker may have ended before the master has heard of its pid. */
  if (g->zygote_channel.fd >= 0) zygote_readable(&g->zygote_channel);
  for (size_t i = 0; i < g->worker_count; i++) {
    worker_process *w = &g->workers[i];
    if (!has_ended(w->pid)) continue;
    worker_process_read(w);
    if (waitpid(w->pid, &status, WNOHANG) == w->pid) worker_ended(g, w, status);
  }
  if (!has_ended(g->zygote)) return;
  if (g->zygote_channel.fd >= 0) zygote_readable(&g->zygote_channel);
  if (waitpid(g->zygote, &status, WNOHANG) == g->zygote) zygote_ended(g, status);
}

bool generation_owns(const generation *g, pid_t pid) {
  for (size_t i = 0; i < g->worker_count; i++) {
    if (g->workers[i].pid == pid) return true;
  }
  return g->zygote == pid;
}

bool generation_forking(const generation *g) { return orders_open(g) > 0; }

bool generation_gone(const generation *g) {
  if (g->state != GENERATION_DRAINING && g->state != GENERATION_FAILED) return false;
  for (size_t i = 0; i < g->worker_count; i++) {
    if (g->workers[i].state != WORKER_DOWN) return false;
  }
  return g->zygote == 0;
}

void generation_free(generation *g) {
  zygote_channel_close(g);
  event_loop_timer_stop(g->loop, &g->zygote_respawn);
  event_loop_timer_stop(g->loop, &g->zygote_deadline);
  generation_sockets_free(g);
  code_store_close(g->code);
  free(g->workers);
  config_free(g->config);
  free(g);
}
