#include "server/watchdog.h"

#include <stdio.h>
#include <string.h>

#include "server/generation_sockets.h"
#include "server/log.h"

enum { TICK_MS = 100, TICKS_PER_CHECK = 10, STACK_PATIENCE_MS = 1000 };

static unsigned long long number_of(uint64_t value) { return value; }

/* The state letter of a process, as in ps: 'T' is stopped, 't' stands in a debugger. 0: it is gone. */
static char process_state(pid_t pid) {
  char path[32], text[512], state = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  size_t size = fread(text, 1, sizeof text - 1, file);
  text[size] = 0;
  const char *name_end = strrchr(text, ')'); /* the name may hold anything */
  if (name_end != NULL && name_end[1] == ' ') state = name_end[2];
  fclose(file);
  return state;
}

static void hang_note(worker_process *w, uint64_t silent, uint64_t now) {
  char state = process_state(w->pid);
  if (state == 'T' || state == 't') {
    if (!w->stop_noted) {
      log_warning("worker %llu (pid %d) has been %s for %llu s: left alone, it gets no connections",
                  number_of(w->index), (int)w->pid, state == 'T' ? "stopped" : "in a debugger",
                  number_of(silent / 1000));
    }
    w->stop_noted = true;
    return;
  }
  if (w->hang_ms == 0) {
    log_warning("worker %llu (pid %d) has not answered for %llu s; what it is doing:", number_of(w->index), (int)w->pid,
                number_of(silent / 1000));
    w->hang_ms = now;
    kill(w->pid, WATCHDOG_STACK_SIGNAL);
  } else if (now - w->hang_ms >= STACK_PATIENCE_MS) {
    log_warning("worker %llu (pid %d) hangs: it is replaced", number_of(w->index), (int)w->pid);
    w->hung = true;
    kill(w->pid, SIGKILL);
  }
}

static void worker_check(worker_process *w, uint64_t now) {
  uint64_t limit = w->owner->config->hang_timeout;
  if (limit == 0 || w->pid <= 0 || w->slot < 0 || (w->state != WORKER_READY && w->state != WORKER_DRAINING)) return;
  uint64_t heartbeat = atomic_load(&w->owner->memory->slot[w->slot].heartbeat_ms);
  if (heartbeat == 0 || now < heartbeat + limit) {
    w->hang_ms = 0;
    w->stop_noted = false;
    return;
  }
  hang_note(w, now - heartbeat, now);
}

static void tick(event_timer *timer) {
  watchdog *dog = (watchdog *)((char *)timer - offsetof(watchdog, timer));
  const supervisor_options *o = &dog->supervisor->options;
  if (o->accept_group != NULL) accept_group_rescue(o->accept_group);
  if (++dog->ticks % TICKS_PER_CHECK == 0) {
    uint64_t now = event_loop_now_ms();
    for (generation *g = dog->supervisor->first; g != NULL; g = g->next) {
      for (size_t i = 0; i < g->worker_count; i++) worker_check(&g->workers[i], now);
      generation_sockets_tick(g, now);
    }
  }
  event_loop_timer_start(o->loop, &dog->timer, TICK_MS);
}

void watchdog_start(watchdog *w, supervisor *s) {
  *w = (watchdog){.supervisor = s, .timer = {.expired = tick}};
  event_loop_timer_start(s->options.loop, &w->timer, TICK_MS);
}
