/* What must hold. Every check names what it is about in words that a reader of the trace can find again. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "sim.h"

enum { KILL_MS = 40, REPLACED_MS = 4, SLACK_MS = 150, PATIENCE_MS = 3000, SETTLE_MS = 20000, TURNS_MAX = 200000 };

static sim_generation *model(uint64_t number) { return &sim.generation[number]; }

static generation *generation_numbered(uint64_t number) {
  if (sim.supervisor == NULL) return NULL;
  for (generation *g = sim.supervisor->first; g != NULL; g = g->next) {
    if (g->number == number) return g;
  }
  return NULL;
}

/* All its workers have served, since at least so long, and not all of them died on the way. */
static bool has_served(const sim_generation *g, uint64_t for_ms) {
  bool all_lost = true;
  for (uint64_t i = 0; i < g->workers; i++) {
    if (g->ready_us[i] == 0 || sim.now_us / MS < g->ready_us[i] / MS + for_ms) return false;
    all_lost &= g->lost[i];
  }
  return g->workers > 0 && !(for_ms > 0 && all_lost);
}

/* A newer generation can take the place of this one. */
static bool successor_served(uint64_t number, bool proven) {
  for (uint64_t n = number + 1; n < GENERATIONS_MAX && n <= sim.supervisor->last_number + 1; n++) {
    if (has_served(model(n), proven ? model(n)->probation_ms : 0)) return true;
  }
  return false;
}

/* ---- orders to processes ------------------------------------------------------------------------------------------
 */

void check_fork_order(uint64_t generation, int index) {
  sim_generation *g = model(generation);
  if (sim.stop_us != 0 && generation_numbered(generation) == NULL) sim_broken("a fork is ordered of no generation");
  for (int i = 0; i < process_count; i++) {
    const process *p = &processes[i];
    if (!p->zygote && p->named && !p->reaped && p->generation == generation && p->index == index) {
      sim_broken("worker %d of generation %d is forked while its process %d is not reaped", index, (int)generation,
                 (int)p->pid);
    }
  }
  if (sim.now_us / MS < g->not_before_us[index] / MS) {
    sim_broken("worker %d of generation %d is replaced %d ms too early", index, (int)generation,
               (int)((g->not_before_us[index] - sim.now_us) / MS));
  }
  g->not_before_us[index] = g->expected_us[index] = 0;
  g->ordered_us[index] = sim.now_us;
}

typedef struct packet_head {
  uint16_t version, type;
  int32_t value;
  uint64_t number;
} packet_head;

void check_heard(const void *bytes) {
  packet_head header;
  memcpy(&header, bytes, sizeof header);
  process *p = header.type == IPC_FORKED ? process_by_pid(header.value) : NULL;
  if (p != NULL) p->named = true;
}

void check_order(int number, const void *bytes) {
  const process *p = &processes[number];
  packet_head header;
  memcpy(&header, bytes, sizeof header);
  if (header.type == IPC_FORK) check_fork_order(p->generation, (int)header.number);
  if (p->generation != sim.active || sim.stop_us != 0) return;
  if (header.type == IPC_DRAIN && !successor_served(p->generation, true)) {
    sim_broken("the active generation %d is drained, and no successor has outlived its probation", (int)p->generation);
  }
  if (header.type == IPC_PAUSE && header.value == 1 && !successor_served(p->generation, false)) {
    sim_broken("the active generation %d is paused, and no successor serves", (int)p->generation);
  }
}

void check_kill(const process *p) {
  const sim_generation *g = model(p->generation);
  if (p->generation != sim.active || sim.stop_us != 0) return;
  if (successor_served(p->generation, true)) return;
  if (p->zygote || (p->hung && sim.now_us >= p->hung_us + g->hang_timeout_ms * MS)) return;
  if (p->ready && p->fate != FAULT_ELSEWHERE) {
    sim_broken("worker %d of the active generation %d is killed while it serves", p->index, (int)p->generation);
  }
  if (!p->ready && sim.now_us + 1 * MS < g->ordered_us[p->index] + g->start_timeout_ms * MS) {
    sim_broken("worker %d of the active generation %d is killed before start_timeout", p->index, (int)p->generation);
  }
}

void check_spawn(uint64_t generation) {
  const sim_generation *g = model(generation);
  if (g->zygote >= 0 && !processes[g->zygote].reaped) {
    sim_broken("generation %d gets a second zygote beside its first", (int)generation);
  }
}

/* ---- deaths -------------------------------------------------------------------------------------------------------
 */

static void worker_model(process *p, const generation *real) {
  sim_generation *g = model(p->generation);
  bool trial = real->state == GENERATION_STARTING || real->state == GENERATION_PROBATION;
  bool served = p->ready && p->fate != FAULT_ELSEWHERE;
  if (trial && g->ready_us[p->index] != 0) g->lost[p->index] = true;
  if (real->state == GENERATION_DRAINING || real->state == GENERATION_FAILED) return;
  bool stable = served && sim.now_us >= p->ready_us + 200 * MS + 5 * MS;
  bool worked = served && (p->requests || stable);
  /* What is on the edge of stable_after may count as either. */
  bool edge = served && !p->requests && !stable && sim.now_us + 5 * MS >= p->ready_us + 200 * MS;
  g->unsure[p->index] = (g->unsure[p->index] && !worked) || edge;
  if (worked) g->crashes[p->index] = 0;
  unsigned crashes = ++g->crashes[p->index];
  uint64_t delay = crashes == 1 ? 0 : 5;
  for (unsigned i = 2; i < crashes && delay < 40; i++) delay *= 2;
  if (real->paused || g->unsure[p->index]) return;
  g->not_before_us[p->index] = delay == 0 ? 0 : sim.now_us + delay * MS;
  g->expected_us[p->index] = sim.now_us + (delay + REPLACED_MS) * MS;
}

void check_reaped(process *p) {
  const generation *real = generation_numbered(p->generation);
  sim_note("the master reaps pid %d", (int)p->pid);
  if (real == NULL || sim.stop_us != 0) return;
  for (size_t i = 0; !p->zygote && i < real->worker_count; i++) {
    if (real->workers[i].pid == p->pid) worker_model(p, real);
  }
}

/* A worker that crashed after it had worked is owed at once, any other after its delay. */
static void replacements_check(const generation *real) {
  sim_generation *g = model(real->number);
  bool excused = real->state != GENERATION_ACTIVE || real->paused || sim.now_us < sim.fault_us + 200 * MS ||
                 !real->zygote_ready || g->zygote < 0 || !processes[g->zygote].alive || processes[g->zygote].hung;
  for (uint64_t i = 0; i < g->workers; i++) {
    if (g->expected_us[i] == 0) continue;
    if (excused) {
      uint64_t later = sim.now_us + REPLACED_MS * MS;
      if (g->expected_us[i] < later) g->expected_us[i] = later;
    } else if (sim.now_us > g->expected_us[i]) {
      sim_broken("worker %d of the active generation %d died and is not replaced in time", (int)i, (int)real->number);
    }
  }
}

/* ---- after each turn ----------------------------------------------------------------------------------------------
 */

/* Within one turn it may go on twice: it serves, is on probation, and its last worker is found dead. */
static bool state_follows(int from, int to) {
  static const unsigned next[] = {
      [GENERATION_STARTING] =
          1 << GENERATION_PROBATION | 1 << GENERATION_ACTIVE | 1 << GENERATION_DRAINING | 1 << GENERATION_FAILED,
      [GENERATION_PROBATION] = 1 << GENERATION_ACTIVE | 1 << GENERATION_DRAINING | 1 << GENERATION_FAILED,
      [GENERATION_ACTIVE] = 1 << GENERATION_DRAINING | 1 << GENERATION_FAILED,
      [GENERATION_DRAINING] = 1 << GENERATION_FAILED,
      [GENERATION_FAILED] = 0};
  if (from < 0) return to == GENERATION_STARTING || to == GENERATION_FAILED;
  return from == to || (next[from] & 1u << to) != 0;
}

static void generations_check(const supervisor *s) {
  int active = 0, trial = 0;
  for (const generation *g = s->first; g != NULL; g = g->next) {
    sim_generation *m = model(g->number);
    if (!state_follows(m->state, (int)g->state)) {
      sim_broken("generation %d goes from state %d to %d", (int)g->number, m->state, (int)g->state);
    }
    m->state = (int)g->state;
    active += g->state == GENERATION_ACTIVE;
    trial += g->state == GENERATION_STARTING || g->state == GENERATION_PROBATION;
    if (g->paused && g->state == GENERATION_ACTIVE && sim.stop_us == 0 &&
        (s->starting == NULL || s->starting->state != GENERATION_PROBATION)) {
      sim_broken("generation %d is paused, and nobody is on probation for it", (int)g->number);
    }
    if (g->state == GENERATION_PROBATION && s->starting != g) sim_broken("a generation on probation is forgotten");
    replacements_check(g);
  }
  if (active > 1 || trial > 1) sim_broken("%d generations are active and %d start", active, trial);
  if (s->active != NULL && sim.stop_us == 0 && s->active->state != GENERATION_ACTIVE) {
    sim_broken("the active generation %d is not active", (int)s->active->number);
  }
}

/* Told to stop at once, it kills; a worker whose pid it does not know yet, as soon as it does. */
static void quit_check(void) {
  uint64_t from = sim.quit_us > sim.fault_us ? sim.quit_us : sim.fault_us;
  if (sim.quit_us == 0 || sim.now_us < from + KILL_MS * MS) return;
  for (int i = 0; i < process_count; i++) {
    const process *p = &processes[i];
    if (p->alive && p->named && !p->zygote) {
      sim_broken("worker %d of generation %d lives on after the order to stop at once", p->index, (int)p->generation);
    }
  }
}

static void bounds_check(void) {
  if (++sim.turns > TURNS_MAX) sim_broken("the master turns without end");
  if (sim.stop_us != 0) {
    uint64_t drain = 0;
    for (int i = 1; i < GENERATIONS_MAX; i++) {
      if (model((uint64_t)i)->drain_timeout_ms > drain) drain = model((uint64_t)i)->drain_timeout_ms;
    }
    quit_check();
    if (sim.now_us > sim.stop_us + (drain + PATIENCE_MS) * MS) sim_broken("the stop does not end");
    return;
  }
  if (!sim.reload_open) return;
  const generation *g = sim.supervisor->starting;
  const sim_generation *m = g == NULL ? NULL : model(g->number);
  uint64_t bound = m == NULL ? 2 * SLACK_MS : 4 * m->start_timeout_ms + m->probation_ms + 2 * PATIENCE_MS;
  if (sim.now_us > sim.reload_us + bound * MS) sim_broken("the reload does not end");
}

/* Every worker of the last good config serves, and there is nothing else. */
static const char *unsettled(const supervisor *s) {
  if (s->starting != NULL) return "a generation still starts";
  if (sim.reload_open) return "a reload is still open";
  if (s->reload_wanted) return "a reload is still wanted";
  if (sim.load_after == sim.loads && sim.reload_signals > 0) return "a SIGHUP was forgotten";
  if (s->active == NULL) return "no generation is active";
  if (s->first != s->active || s->active->next != NULL) return "an old generation is still there";
  unsigned live = 0, zygotes = 0;
  for (int i = 0; i < process_count; i++) {
    const process *p = &processes[i];
    if (p->reaped) continue;
    if (!p->alive) return "a dead process is not reaped";
    if (p->generation != s->active->number) return "a process of an old generation is still there";
    if (p->stopped || (p->hung && model(p->generation)->hang_timeout_ms == 0 && p->ready)) continue;
    if (p->hung && p->zygote) {
      zygotes++; /* nobody needs it now */
      continue;
    }
    if (p->hung) return "a worker hangs";
    if (!p->zygote && !p->ready) return "a worker does not serve yet";
    if (p->paused) return "a worker of the active generation is paused";
    zygotes += p->zygote;
    live += !p->zygote;
  }
  unsigned hung = 0;
  for (int i = 0; i < process_count; i++) {
    const process *p = &processes[i];
    hung += p->alive && !p->zygote && (p->stopped || p->hung);
  }
  if (live + hung != s->active->worker_count) return "there are not as many workers as the config says";
  return zygotes == 1 ? NULL : "there is not one zygote";
}

void check_turn(void) {
  static uint64_t beat_us;
  supervisor *s = sim.supervisor;
  if (beat_us > sim.now_us || sim.now_us > beat_us + 50 * MS) {
    beat_us = sim.now_us;
    processes_heartbeat();
  }
  generations_check(s);
  bounds_check();
  sim.active = s->active == NULL ? 0 : s->active->number;
  if (!sim.calm || sim.stop_us != 0) return;
  const char *why = unsettled(s);
  if (why == NULL) {
    sim_note("all is well: time to stop");
    operator_stop();
  } else if (sim.now_us > sim.calm_us + SETTLE_MS * MS && !s->stopping) {
    sim_broken("nothing fails any more for %d s, and still %s", SETTLE_MS / 1000, why);
  } else if (sim.now_us > sim.calm_us + SETTLE_MS * MS) {
    sim_broken("the first generation has failed, and the master does not end");
  }
}

/* ---- what the master says of itself -------------------------------------------------------------------------------
 */

/* One that serves has failed only when all its workers have died. */
static void failure_check(const generation *real) {
  if (real == NULL || model(real->number)->state != GENERATION_PROBATION) return;
  for (uint64_t i = 0; i < real->worker_count; i++) {
    if (!model(real->number)->lost[i]) sim_broken("generation %d fails, but not all have died", (int)real->number);
  }
}

void check_notify(const char *state) {
  sim_note("notify: %.*s", (int)strcspn(state + 8, "\n") + 8, strncmp(state, "READY=1\nS", 9) == 0 ? state + 8 : state);
  if (strncmp(state, "RELOADING", 9) == 0) {
    if (sim.reload_open) sim_broken("a reload begins before the last one has ended");
    sim.reload_open = true;
    sim.reload_us = sim.now_us;
  } else if (strncmp(state, "READY=1\nSTATUS", 14) == 0) {
    if (!sim.reload_open) sim_broken("a reload ends that never began");
    sim.reload_open = false;
    if (strstr(state, "failed") != NULL) {
      sim.failed++;
      failure_check(sim.supervisor->starting);
    } else {
      sim.reloaded++;
    }
  }
}

void check_end(int code) {
  sim_note("the master exits with %d", code);
  if (sim.stop_us == 0 && code == 0) sim_broken("the master ends without having been told to");
  for (int i = 0; i < process_count; i++) {
    const process *p = &processes[i];
    if (p->reaped || (!p->named && !p->zygote)) continue;
    sim_broken("the master ends before %s %d of generation %d (pid %d) has been reaped",
               p->zygote ? "zygote" : "worker", p->index, (int)p->generation, (int)p->pid);
  }
  if (kernel_descriptors_open() > 0) {
    sim_broken("%u descriptors are still open, the first is a %s", kernel_descriptors_open(),
               kernel_descriptor_name(0));
  }
  if (sim.allocations != 0) sim_broken("%ld blocks of memory were not freed", sim.allocations);
}
