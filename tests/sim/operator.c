/*
 * What is around the master: the operator who reloads, stops and edits the config, addresses that others hold, memory
 * that runs out, and the accept group, of which the master only takes and gives back slots.
 */
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "server/log.h"
#include "server/lookup.h"
#include "server/notify.h"
#include "sim.h"

enum { SHARED_BYTES = 2048 * SHM_SLOT_BYTES, ACCEPT_SLOTS = 24, SETTLE_MS = 12000 };

static uint64_t up_to(uint64_t bound_us) { return sim_random(FAULT_COUNT, bound_us + 1); }

/* ---- signals ------------------------------------------------------------------------------------------------------
 */

static void signal_sent(int process, int64_t number) {
  static const char *const names[] = {
      [SIGHUP] = "SIGHUP", [SIGINT] = "SIGINT", [SIGQUIT] = "SIGQUIT", [SIGTERM] = "SIGTERM"};
  bool stop = number != SIGHUP;
  if (!stop && sim.stop_us != 0) return;
  sim_note("operator: %s", names[number]);
  if (!stop) {
    sim.reload_signals++;
    sim.load_after = sim.loads;
  }
  if (stop && sim.stop_us == 0) sim.stop_us = sim.now_us;
  /* Two SIGINTs may become one on the way: only what the master has read counts. */
  if (number == SIGQUIT && sim.quit_us == 0) sim.quit_us = sim.now_us;
  signal_to_master((int)number);
}

void operator_stop(void) {
  static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT};
  signal_sent(-1, numbers[up_to(2)]);
  if (!sim_happens(FAULT_STOP_TWICE, 2)) return;
  for (int i = 0; i < 3; i++) sim_later(up_to(20 * MS), signal_sent, -1, numbers[up_to(2)]);
}

static void stop_early(int process, int64_t value) {
  if (sim.stop_us == 0) operator_stop();
}

static void calm(int process, int64_t value) {
  sim_note("from here on nothing fails");
  sim.calm = true;
  sim.calm_us = sim.now_us;
  for (int i = 0; i < process_count; i++) {
    if (processes[i].fate == FAULT_APP_BROKEN) processes[i].fate = FAULT_COUNT;
  }
  if (sim.faults & UINT64_C(1) << FAULT_RELOAD && up_to(1) == 0) signal_sent(-1, SIGHUP);
}

void operator_plan(void) {
  uint64_t chaos = 50 * MS + up_to(up_to(3) == 0 ? 4000 * MS : 800 * MS);
  if (chaos > sim.until_us) chaos = sim.until_us;
  sim_later(chaos, calm, -1, 0);
  for (int i = 0; i < 4; i++) {
    if (sim_happens(FAULT_RELOAD, 2)) sim_later(sim_random(FAULT_RELOAD, chaos), signal_sent, -1, SIGHUP);
  }
  if (sim_happens(FAULT_RELOAD_STORM, 2)) {
    uint64_t at = sim_random(FAULT_RELOAD_STORM, chaos);
    for (int i = 0; i < 8; i++) sim_later(at + sim_random(FAULT_RELOAD_STORM, 10 * MS), signal_sent, -1, SIGHUP);
  }
  if (sim_happens(FAULT_STOP_EARLY, 2)) sim_later(sim_random(FAULT_STOP_EARLY, chaos), stop_early, -1, 0);
}

/* ---- the config ---------------------------------------------------------------------------------------------------
 */

static uint64_t given_bit(const char *name) {
  size_t i = 0;
  while (strcmp(config_keys[i].name, name) != 0) i++;
  return UINT64_C(1) << i;
}

static char *copy(const char *text) {
  char *out = malloc(strlen(text) + 1);
  sim.allocations++;
  return strcpy(out, text);
}

static config *config_draw(sim_generation *g) {
  static uint64_t listen_given;
  static const sim_fault broken[] = {FAULT_EXIT_EARLY, FAULT_EXIT_LISTENING, FAULT_EXIT_SOON, FAULT_HANG_START,
                                     FAULT_ELSEWHERE};
  config *c = calloc(1, sizeof *c);
  if (listen_given == 0) listen_given = given_bit("listen");
  sim.allocations += 2;
  c->app = copy("/app.js");
  c->given = listen_given;
  c->listen.items = calloc(2, sizeof *c->listen.items);
  c->listen.items[c->listen.count++] = copy("127.0.0.1:8080");
  if (g->loaded & 1) c->listen.items[c->listen.count++] = copy("127.0.0.1:8081");
  c->workers = sim.loads == 1 || sim_happens(FAULT_SCALE, 2) ? 1 + up_to(3) : sim.generation[0].workers;
  sim.generation[0].workers = c->workers; /* the operator's last word */
  c->start_timeout = 40 + up_to(200);
  c->drain_timeout = up_to(3) == 0 ? 0 : up_to(300);
  c->probation = up_to(3) == 0 ? 0 : 20 + up_to(200);
  c->hang_timeout = up_to(3) == 0 ? 0 : 500 + up_to(1000);
  c->respawn.delay = 5;
  c->respawn.delay_max = 40;
  c->respawn.stable_after = 200;
  c->respawn.crash_loop = 3;
  c->http.backlog = 511;
  g->workers = c->workers;
  g->probation_ms = c->probation;
  g->start_timeout_ms = c->start_timeout;
  g->drain_timeout_ms = c->drain_timeout;
  g->hang_timeout_ms = c->hang_timeout;
  g->broken = sim_happens(FAULT_APP_BROKEN, 3) ? broken[sim_random(FAULT_APP_BROKEN, 5)] : FAULT_COUNT;
  g->zygote = -1;
  g->state = -1;
  return c;
}

int __wrap_config_load(const config_overrides *overrides, const config_report *report, config **out);
int __wrap_config_load(const config_overrides *overrides, const config_report *report, config **out) {
  if (overrides->names != NULL && overrides->names->known == NULL && sim_happens(FAULT_NAMES, 2)) {
    sim.loads++;
    return 1;
  }
  sim.loads += overrides->names == NULL || overrides->names->known == NULL;
  if (sim_happens(FAULT_BAD_CONFIG, 3)) {
    report->line(report->data, "conf/jsd.yaml:1: unknown key");
    return -1;
  }
  /* The number that the generation will have if it comes to one. */
  uint64_t number = sim.supervisor == NULL ? 1 : sim.supervisor->last_number + 1;
  if (number >= GENERATIONS_MAX) sim_broken("the simulation has too many generations");
  sim_generation *g = &sim.generation[number];
  memset(g, 0, sizeof *g);
  g->loaded = (unsigned)up_to(1);
  *out = config_draw(g);
  sim_note("config: %d workers, start_timeout %d, drain_timeout %d, probation %d, hang_timeout %d%s%s", (int)g->workers,
           (int)g->start_timeout_ms, (int)g->drain_timeout_ms, (int)g->probation_ms, (int)g->hang_timeout_ms,
           g->broken == FAULT_COUNT ? "" : "; the app is broken: ",
           g->broken == FAULT_COUNT ? "" : sim_fault_names[g->broken]);
  return 0;
}

/* A name server that takes its time. */
static lookup *looking_up;

static void names_answered(event_timer *timer) {
  lookup *l = looking_up;
  l->child = 0;
  sim_note("the name server has answered");
  l->done(l, "");
}

int lookup_start(lookup *l, const char *names) {
  if (l->child != 0) sim_broken("two look-ups at once");
  looking_up = l;
  l->child = 1;
  l->deadline.expired = names_answered;
  sim_note("a name server is asked");
  event_loop_timer_start(l->loop, &l->deadline, sim_random(FAULT_NAMES, 200));
  return 0;
}

void lookup_stop(lookup *l) {
  if (l->child != 0) event_loop_timer_stop(l->loop, &l->deadline);
  l->child = 0;
}

/* ---- addresses ----------------------------------------------------------------------------------------------------
 */

int __wrap_address_listen(const address *a, int backlog);
int __wrap_address_listen(const address *a, int backlog) {
  if (sim_fails(FAULT_PORT_TAKEN, 4)) return -EADDRINUSE;
  object *o = object_new(OBJECT_LISTENER);
  snprintf(o->address, sizeof o->address, "%s", a->text);
  return fd_open(o);
}

int sim_getsockname(int fd, struct sockaddr *name, socklen_t *size);
int sim_getsockname(int fd, struct sockaddr *name, socklen_t *size) { return errno = EINVAL, -1; }

/* ---- memory -------------------------------------------------------------------------------------------------------
 */

void *sim_malloc(size_t size);
void *sim_malloc(size_t size) {
  sim.allocations++;
  return malloc(size);
}

void *sim_calloc(size_t count, size_t size);
void *sim_calloc(size_t count, size_t size) {
  if (sim.supervisor != NULL && sim_fails(FAULT_NO_MEMORY, 8)) return NULL;
  sim.allocations++;
  return calloc(count, size);
}

void *sim_realloc(void *old, size_t size);
void *sim_realloc(void *old, size_t size) {
  if (sim_fails(FAULT_NO_MEMORY, 8)) return NULL;
  sim.allocations += old == NULL;
  return realloc(old, size);
}

char *sim_strdup(const char *text);
char *sim_strdup(const char *text) { return sim_fails(FAULT_NO_MEMORY, 8) ? NULL : copy(text); }

static void timers_freed(const char *at, size_t size);

/* What was freed is overwritten: who uses it after that crashes. */
void sim_free(void *at);
void sim_free(void *at) {
  if (at == NULL) return;
  sim.allocations--;
  timers_freed(at, malloc_usable_size(at));
  memset(at, 0xdb, malloc_usable_size(at));
  free(at);
}

/* The slots of the workers. They must be given back as they were taken. */
static _Alignas(SHM_SLOT_BYTES) unsigned char shared[SHARED_BYTES];

void *sim_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *sim_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
  if (size > sizeof shared) sim_broken("mmap of %zu bytes", size);
  return shared;
}
int sim_munmap(void *at, size_t size);
int sim_munmap(void *at, size_t size) { return 0; }

void __real_shm_destroy(shm *memory);
void __wrap_shm_destroy(shm *memory);
void __wrap_shm_destroy(shm *memory) {
  for (size_t i = 0; i < memory->slots && memory->taken != NULL; i++) {
    if (memory->taken[i]) sim_broken("slot %zu of the shared memory was never released", i);
  }
  __real_shm_destroy(memory);
}

/* ---- the accept group ---------------------------------------------------------------------------------------------
 */

struct accept_group {
  bool taken[ACCEPT_SLOTS];
};
static accept_group the_group;

accept_group *accept_group_create(unsigned slots) {
  the_group = (accept_group){0};
  return &the_group;
}

int accept_group_reserve(accept_group *group) {
  for (int i = 0; i < ACCEPT_SLOTS; i++) {
    if (group->taken[i] || sim_happens(FAULT_NO_ACCEPT_SLOT, 3)) continue;
    group->taken[i] = true;
    return i;
  }
  return UV_ENOSPC;
}

void accept_group_release(accept_group *group, int slot) {
  if (slot < 0 || slot >= ACCEPT_SLOTS || !group->taken[slot]) sim_broken("accept slot %d is released twice", slot);
  group->taken[slot] = false;
}

void accept_group_destroy(accept_group *group) {
  for (int i = 0; i < ACCEPT_SLOTS; i++) {
    if (group->taken[i]) sim_broken("accept slot %d was never released", i);
  }
}

unsigned accept_group_rescue(accept_group *group) { return 0; }
void accept_group_keep_own(accept_group *group, int slot) {}

/* The group of topics: made once, given back once. */
struct publish_group {
  bool open;
};
static publish_group the_topics;

publish_group *publish_group_create(unsigned slots) {
  the_topics.open = true;
  return &the_topics;
}

void publish_group_destroy(publish_group *group) {
  if (!group->open) sim_broken("the group of topics is destroyed twice");
  group->open = false;
}

void publish_group_keep_own(publish_group *group, int slot) {}

/* ---- timers: none may outlive what it is in ----------------------------------------------------------------------
 */

static event_timer *timers[1024];
static int timer_count;

void timers_reset(void) { timer_count = 0; }

void __real_event_loop_timer_start(event_loop *loop, event_timer *timer, uint64_t delay_ms);
void __wrap_event_loop_timer_start(event_loop *loop, event_timer *timer, uint64_t delay_ms);
void __wrap_event_loop_timer_start(event_loop *loop, event_timer *timer, uint64_t delay_ms) {
  __real_event_loop_timer_start(loop, timer, delay_ms);
  for (int i = 0; i < timer_count; i++) {
    if (timers[i] == timer) return;
  }
  if (timer_count == 1024) sim_broken("the simulation has too many timers");
  timers[timer_count++] = timer;
}

static void timers_freed(const char *at, size_t size) {
  for (int i = timer_count - 1; i >= 0; i--) {
    if ((char *)timers[i] < at || (char *)timers[i] >= at + size) continue;
    if (timers[i]->active) sim_broken("memory is freed in which a timer runs");
    timers[i] = timers[--timer_count];
  }
}

/* ---- what only says something, or nothing at all -------------------------------------------------------------------
 */

void __wrap_notify_send(const notify *n, const char *state);
void __wrap_notify_send(const notify *n, const char *state) { check_notify(state); }

void __real_supervisor_init(supervisor *s, const supervisor_options *options);
void __wrap_supervisor_init(supervisor *s, const supervisor_options *options);
void __wrap_supervisor_init(supervisor *s, const supervisor_options *options) {
  __real_supervisor_init(s, options);
  sim.supervisor = s;
}

void log_write(log_level level, const char *format, ...) {
  if (!sim.trace) return;
  char line[2000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  sim_say("jsd: %s", line);
}
int log_to_file(const char *path) { return 0; }

int sim_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sim_sigprocmask(int how, const sigset_t *set, sigset_t *old) { return 0; }
typedef void (*handler)(int);
handler sim_signal(int number, handler h);
handler sim_signal(int number, handler h) { return SIG_DFL; }
int uv_set_process_title(const char *title) { return 0; }

/* What only a worker calls: it tells of handshakes that failed. */
struct connection;
struct connection_address;
uint64_t uv_hrtime(void) { return 0; }
const char *uv_strerror(int err) { return "error"; }
bool connection_tls_has_spoken(const struct connection *c) { return false; }
const struct connection_address *connection_peer(struct connection *c) { return NULL; }
int sim_setrlimit(int resource, const struct rlimit *limit);
int sim_setrlimit(int resource, const struct rlimit *limit) { return 0; }
int sim_isatty(int fd);
int sim_isatty(int fd) { return 0; }
int sim_unlink(const char *path);
int sim_unlink(const char *path) { return 0; }
