#include "server/supervisor.h"

#include <sys/wait.h>

#include "server/log.h"

static unsigned long long number_of(uint64_t value) { return value; }

static void changed(supervisor *s, supervisor_event event) {
  if (s->options.changed != NULL) s->options.changed(s->options.data, event);
}

static void reload_start(supervisor *s);

static void reload_settled(supervisor *s) {
  s->starting = NULL;
  if (s->reload_wanted && !s->stopping) reload_start(s);
}

static void generation_is_ready(void *data, generation *g) {
  supervisor *s = data;
  if (s->active == NULL || g->probation_ms == 0) return;
  log_line("generation %llu serves after %llu ms, generation %llu waits for the end of its probation (%llu ms)",
           number_of(g->number), number_of(event_loop_now_ms() - s->started_ms), number_of(s->active->number),
           number_of(g->probation_ms));
  generation_pause(s->active, true);
}

static void generation_is_proven(void *data, generation *g) {
  supervisor *s = data;
  generation *old = s->active;
  uint64_t took = event_loop_now_ms() - s->started_ms;
  s->active = g;
  if (old == NULL) {
    changed(s, SUPERVISOR_STARTED);
  } else {
    log_line("reloaded in %llu ms: generation %llu serves with %zu worker%s, generation %llu drains", number_of(took),
             number_of(g->number), g->worker_count, g->worker_count == 1 ? "" : "s", number_of(old->number));
    generation_drain(old, DRAIN_RELOAD);
    changed(s, SUPERVISOR_RELOADED);
  }
  reload_settled(s);
}

static void generation_has_failed(void *data, generation *g, const char *why) {
  supervisor *s = data;
  if (s->stopping) return;
  if (s->active == NULL) {
    log_error("cannot start %s: %s", g->config->app, why);
    s->code = 1;
    s->stopping = true;
    s->starting = NULL;
    return;
  }
  generation_pause(s->active, false);
  log_error("reload failed: %s; generation %llu goes on serving", why, number_of(s->active->number));
  changed(s, SUPERVISOR_RELOAD_FAILED);
  reload_settled(s);
}

static generation *generation_add(supervisor *s, config *c) {
  generation_options options = {.number = s->last_number + 1,
                                .on_trial = s->active != NULL,
                                .loop = s->options.loop,
                                .memory = s->options.memory,
                                .accept_group = s->options.accept_group,
                                .keep_fds = s->options.keep_fds,
                                .sockets = &s->sockets,
                                .program = s->options.program,
                                .events = {generation_is_ready, generation_is_proven, generation_has_failed},
                                .data = s};
  s->started_ms = event_loop_now_ms();
  s->last_number++; /* now: if it fails at once, the next one may start before this returns */
  generation *g = generation_start(&options, c);
  if (g == NULL) {
    if (s->last_number == options.number) s->last_number--;
    return NULL;
  }
  g->next = s->first;
  s->first = g;
  /* Its zygote may not even have been forked; then it is on its way out already. */
  if (g->state == GENERATION_STARTING) {
    s->starting = g;
  } else { /* no process will end and lead to it; not now, somebody may be using what goes */
    event_loop_timer_start(s->options.loop, &s->sweeper, 0);
  }
  return g;
}

static void reload_go(supervisor *s, config *c) {
  if (c != NULL && generation_add(s, c) != NULL) return;
  log_error("reload failed; generation %llu goes on serving", number_of(s->active->number));
  changed(s, SUPERVISOR_RELOAD_FAILED);
}

static void reload_start(supervisor *s) {
  config *c = NULL;
  s->reload_wanted = false;
  changed(s, SUPERVISOR_RELOADING);
  int rc = s->options.load(s->options.data, &c);
  s->loading = rc > 0;
  if (!s->loading) reload_go(s, rc == 0 ? c : NULL);
}

void supervisor_loaded(supervisor *s, config *c) {
  if (!s->loading || s->stopping) {
    config_free(c);
    return;
  }
  s->loading = false;
  reload_go(s, c);
  if (s->starting == NULL) reload_settled(s);
}

void supervisor_reload(supervisor *s) {
  if (s->stopping) return;
  if (s->starting != NULL || s->loading) {
    s->reload_wanted = true;
  } else if (s->active != NULL) {
    reload_start(s);
  }
}

/* Also frees what has gone: nothing else holds a generation that is neither active nor starting. */
static void sweep(supervisor *s) {
  generation **place = &s->first;
  while (*place != NULL) {
    generation *g = *place;
    if (!generation_gone(g)) {
      place = &g->next;
      continue;
    }
    if (g->state == GENERATION_DRAINING && !s->stopping) {
      log_line("generation %llu has drained", number_of(g->number));
    }
    *place = g->next;
    if (s->active == g) s->active = NULL;
    generation_free(g);
  }
  if (s->stopping && s->first == NULL) s->options.finished(s->options.data, s->code);
}

static void sweep_due(event_timer *timer) { sweep((supervisor *)((char *)timer - offsetof(supervisor, sweeper))); }

void supervisor_init(supervisor *s, const supervisor_options *options) {
  *s = (supervisor){.options = *options, .sweeper = {.expired = sweep_due}};
}

int supervisor_start(supervisor *s, config *c) {
  generation *g = generation_add(s, c);
  if (g != NULL && g->state == GENERATION_STARTING) return 0;
  sweep(s); /* or a Unix socket's file would stay */
  return -1;
}

void supervisor_stop(supervisor *s, bool now) {
  if (!s->stopping) {
    s->stopping = true;
    changed(s, SUPERVISOR_STOPPING);
    /* New connections are refused as soon as the workers have closed their copies. */
    socket_table_close(&s->sockets);
  }
  for (generation *g = s->first; g != NULL; g = g->next) {
    if (now) {
      generation_kill(g);
    } else {
      generation_drain(g, DRAIN_STOP);
    }
  }
  s->starting = NULL;
  sweep(s);
}

void supervisor_hurry(supervisor *s) {
  if (s->hurried) {
    supervisor_stop(s, true);
    return;
  }
  s->hurried = true;
  for (generation *g = s->first; g != NULL; g = g->next) generation_cut(g);
  sweep(s);
}

/*
 * Workers whose zygote died before it could name them. One of ours that ended just now is left for its generation: the
 * signal for it is still to come.
 */
static void strangers_reap(supervisor *s) {
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    for (generation *g = s->first; g != NULL; g = g->next) {
      if (generation_owns(g, info.si_pid)) return;
    }
    waitpid(info.si_pid, NULL, WNOHANG);
  }
}

void supervisor_reap(supervisor *s) {
  bool forking = false;
  for (generation *g = s->first; g != NULL; g = g->next) {
    generation_reap(g);
    forking |= generation_forking(g);
  }
  if (!forking) strangers_reap(s);
  sweep(s);
}
