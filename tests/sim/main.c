/*
 * sim [--seed N [--trace] [--without FAULT,...] [--until MS]] [--from N] [--count N] [--seeds FILE]
 *
 * Runs `count` schedules from seed `from` on, after those whose seeds the file lists (a number a line, # comments). The
 * first that breaks something is shrunk (faults that it can do without, a shorter time of faults) and told, with the
 * command that replays it. Each schedule is a pure function of its seed and these options.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/master.h"
#include "sim.h"

enum { EXIT_BROKEN = 3 };
sim_state sim;

const char *const sim_fault_names[FAULT_COUNT] = {
#define X(name, text) text,
    SIM_FAULTS(X)
#undef X
};

/* splitmix64 */
static uint64_t mixed(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t sim_random(int stream, uint64_t bound) { return (mixed(&sim.random[stream]) >> 11) % bound; }

bool sim_happens(sim_fault fault, unsigned once_in) {
  if (sim.calm && fault != FAULT_STOP_TWICE && fault != FAULT_SCALE) return false;
  return (sim.faults & UINT64_C(1) << fault) != 0 && sim_random((int)fault, once_in) == 0;
}

bool sim_fails(sim_fault fault, unsigned once_in) {
  if (!sim_happens(fault, once_in)) return false;
  sim_note("fault: %s", sim_fault_names[fault]);
  sim.fault_us = sim.now_us;
  return true;
}

void sim_say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("%7d.%03d  ", (int)(sim.now_us / MS) - 1000, (int)(sim.now_us % MS));
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
}

void sim_broken(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("seed %llu, after %d ms: ", (unsigned long long)sim.seed, (int)(sim.now_us / MS) - 1000);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  fflush(stdout);
  _exit(EXIT_BROKEN);
}

static void crashed(int number) {
  char text[96];
  int size =
      snprintf(text, sizeof text, "seed %llu: the master crashed (signal %d)\n", (unsigned long long)sim.seed, number);
  if (write(1, text, (size_t)size) > 0) _exit(EXIT_BROKEN);
  _exit(EXIT_BROKEN);
}

int sim_run(uint64_t seed, uint64_t without, uint64_t until_us) {
  static const worker_program program = {NULL, NULL};
  config_overrides options = {.file = "jsd.yaml"};
  bool trace = sim.trace;
  sim = (sim_state){.seed = seed, .without = without, .until_us = until_us, .trace = trace};
  sim.now_us = UINT64_C(1000) * MS;
  uint64_t state = seed * 0x2545f4914f6cdd1du + 1;
  for (int i = 0; i <= FAULT_COUNT; i++) sim.random[i] = mixed(&state);
  /* A few kinds of fault in most schedules, all of them in some. */
  sim.faults = mixed(&state) & (mixed(&state) | (seed % 16 == 0 ? ~UINT64_C(0) : 0));
  if (seed % 4 != 0) sim.faults &= mixed(&state);
  sim.faults |= mixed(&state) & UINT64_C(1) << FAULT_RELOAD;
  sim.faults &= ~without;
  kernel_reset();
  processes_reset();
  timers_reset();
  operator_plan();
  int code = master_run(&options, &program);
  check_end(code);
  return 0;
}

/* ---- the command --------------------------------------------------------------------------------------------------
 */

typedef struct arguments {
  uint64_t from, count, without, until_us;
  bool replay;
  const char *seeds;
} arguments;

/* In a process of its own, so that a crash is only one outcome. Keeps quiet. */
static bool breaks(uint64_t seed, uint64_t without, uint64_t until_us) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL) _exit(1);
    alarm(10);
    sim.trace = false;
    _exit(sim_run(seed, without, until_us));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status != 0;
}

static void shrink(uint64_t seed, uint64_t without, uint64_t until_us) {
  for (int i = 0; i < FAULT_COUNT; i++) {
    uint64_t fewer = without | UINT64_C(1) << i;
    if (fewer != without && breaks(seed, fewer, until_us)) without = fewer;
  }
  if (until_us > 8000 * MS) until_us = 8000 * MS;
  for (uint64_t step = 4096 * MS; step >= 1 * MS; step /= 2) {
    if (until_us > step && breaks(seed, without, until_us - step)) until_us -= step;
  }
  printf("what is left of it: build/sim --seed %llu --trace --until %d --without ", (unsigned long long)seed,
         (int)(until_us / MS));
  const char *between = "";
  for (int i = 0; i < FAULT_COUNT; i++) {
    if (without >> i & 1) printf("%s%s", between, sim_fault_names[i]), between = ",";
  }
  putchar('\n');
}

static uint64_t faults_named(const char *list) {
  uint64_t bits = 0;
  for (const char *at = list; *at != 0; at += strspn(at, ",")) {
    size_t length = strcspn(at, ",");
    int i = 0;
    while (i < FAULT_COUNT && (strncmp(sim_fault_names[i], at, length) != 0 || sim_fault_names[i][length] != 0)) i++;
    if (i == FAULT_COUNT) fprintf(stderr, "sim: no fault \"%.*s\"\n", (int)length, at), exit(2);
    bits |= UINT64_C(1) << i;
    at += length;
  }
  return bits;
}

static arguments arguments_read(int count, char **text) {
  arguments a = {.from = 1, .count = 20000, .until_us = UINT64_MAX};
  for (int i = 1; i < count; i++) {
    const char *value = i + 1 < count ? text[i + 1] : "";
    if (strcmp(text[i], "--trace") == 0) {
      sim.trace = true;
      continue;
    }
    i++;
    if (strcmp(text[i - 1], "--seed") == 0) {
      a.from = strtoull(value, NULL, 10);
      a.count = 1;
      a.replay = true;
    } else if (strcmp(text[i - 1], "--seeds") == 0) {
      a.seeds = value;
    } else if (strcmp(text[i - 1], "--from") == 0) {
      a.from = strtoull(value, NULL, 10);
    } else if (strcmp(text[i - 1], "--count") == 0) {
      a.count = strtoull(value, NULL, 10);
    } else if (strcmp(text[i - 1], "--until") == 0) {
      a.until_us = strtoull(value, NULL, 10) * MS;
    } else if (strcmp(text[i - 1], "--without") == 0) {
      a.without = faults_named(value);
    } else {
      fprintf(stderr, "sim: unknown option %s\n", text[i - 1]);
      exit(2);
    }
  }
  return a;
}

static double seconds(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t *reached; /* the seed that is being run, for the parent */

static void crashes_are_told(void) {
#ifndef __SANITIZE_ADDRESS__
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) signal(numbers[i], crashed);
#endif
  signal(SIGALRM, crashed);
}

static void listed_run(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fprintf(stderr, "sim: %s: %s\n", path, strerror(errno)), _exit(2);
  for (char line[256]; fgets(line, sizeof line, file) != NULL;) {
    if (line[0] < '0' || line[0] > '9') continue;
    *reached = strtoull(line, NULL, 10);
    sim_run(*reached, 0, UINT64_MAX);
  }
  fclose(file);
}

static _Noreturn void run_here(const arguments *a) {
  crashes_are_told();
  if (a->seeds != NULL) listed_run(a->seeds);
  double begin = seconds();
  uint64_t reloaded = 0, failed = 0, turns = 0;
  for (uint64_t i = 0; i < a->count; i++) {
    if (i % 256 == 0) alarm(60);
    *reached = a->from + i;
    sim_run(a->from + i, a->without, a->until_us);
    reloaded += sim.reloaded;
    failed += sim.failed;
    turns += sim.turns;
  }
  double took = seconds() - begin;
  printf("%llu schedules in %.1f s, %.0f a second: %llu reloads, %llu that failed, %llu turns of the loop\n",
         (unsigned long long)a->count, took, (double)a->count / took, (unsigned long long)reloaded,
         (unsigned long long)failed, (unsigned long long)turns);
  fflush(stdout);
  _exit(0);
}

/* In a child: what breaks ends it. */
static bool run_all(const arguments *a) {
  int status = 0;
  pid_t pid = fork();
  if (pid == 0) run_here(a);
  waitpid(pid, &status, 0);
  if (status != 0 && !a->replay) shrink(*reached, a->without, a->until_us);
  return status == 0;
}

int main(int count, char **text) {
  arguments a = arguments_read(count, text);
  reached = mmap(NULL, sizeof *reached, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (reached == MAP_FAILED) return 2;
  bool good = run_all(&a);
  printf("%d passed, %d failed\n", good, !good);
  return good ? 0 : 1;
}
