/*
 * Master, zygote, supervisor and generations, with a worker program of plain sockets instead of JavaScript. The app
 * file's first word says how a worker behaves: "serve", "fail" (exits before it serves), "hang" (never serves),
 * "mute" (a zygote that fails), "fall" (begins to serve, and dies 50 ms later), "poke"
 * (writes into the next worker's shared memory), "poison" (dies of its first connection). A served connection gets one
 * line, "PID INDEX GENERATION", then is held open by the worker until the client closes it: that is the request in
 * flight that a drain waits for.
 */
#include "server/master.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/event_loop.h"

/* ---- the worker program --------------------------------------------------------------------------------------------
 */

enum { CONNECTIONS = 64, OUTPUT_BYTES = 65536, PATIENCE_MS = 10000 };

static void first_word(const char *path, char word[32]) {
  FILE *file = fopen(path, "r");
  if (file == NULL || fscanf(file, "%31s", word) != 1) strcpy(word, "fail");
  if (file != NULL) fclose(file);
}

static int program_create(const config *c, void **state) {
  char word[32];
  first_word(c->app, word);
  return strcmp(word, "mute") == 0 ? -EINVAL : 0;
}

static int program_run(void *state, worker *self) {
  char word[32];
  struct pollfd polls[2 + CONNECTIONS] = {{.fd = self->channel, .events = POLLIN}};
  int count = 2;
  first_word(self->config->app, word);
  if (strcmp(word, "fail") == 0) return worker_error(self, "SyntaxError: unexpected end"), 1;
  if (strcmp(word, "poke") == 0) atomic_store(&self->slot[1].heartbeat_ms, 1);
  int listener = worker_listen(self, self->config->listen.items[0], 16);
  if (listener < 0) return 1;
  polls[1] = (struct pollfd){.fd = listener, .events = POLLIN};
  if (strcmp(word, "hang") != 0) worker_ready(self);
  for (bool draining = false; !draining || count > 2;) {
    bool falls = strcmp(word, "fall") == 0;
    if (poll(polls, (nfds_t)count, falls ? 50 : -1) == 0 && falls) return 1;
    worker_receive(self);
    if (!draining) polls[1].fd = self->paused ? -1 : listener;
    if ((self->drain_ordered || self->master_lost) && !draining) {
      draining = true;
      close(listener);
      polls[1].fd = polls[0].fd = -1;
      if (!self->master_lost) polls[0].fd = self->channel;
    }
    for (int i = 2; i < count; i++) {
      char bytes[64];
      if (polls[i].revents == 0 || recv(polls[i].fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
      close(polls[i].fd);
      polls[i--] = polls[--count];
    }
    int fd = draining || !(polls[1].revents & POLLIN) ? -1 : accept(listener, NULL, NULL);
    if (fd < 0) continue;
    if (strcmp(word, "poison") == 0) {
      in_flight_begin(&self->slot->in_flight, "GET", 3, "/innocent", 9);
      in_flight_begin(&self->slot->in_flight, "POST", 4, "/poison?x=1", 11);
      abort();
    }
    dprintf(fd, "%d %d %d\n", (int)getpid(), (int)self->index, (int)self->generation);
    polls[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
  }
  return 0;
}

static const worker_program program = {program_create, program_run};

/* ---- a master under test -------------------------------------------------------------------------------------------
 */

typedef struct instance {
  char folder[32];
  pid_t pid;
  int output; /* what it prints */
  char said[OUTPUT_BYTES];
  size_t said_bytes, seen;
  int port;
} instance;

static void file_write(instance *m, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "%s/%s", m->folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* Reads on until the text appears behind what was seen before; fails the test after PATIENCE_MS. */
static const char *wait_for(instance *m, const char *text) {
  uint64_t end = event_loop_now_ms() + PATIENCE_MS;
  for (;;) {
    char *found = strstr(m->said + m->seen, text);
    if (found != NULL) {
      m->seen = (size_t)(found - m->said) + strlen(text);
      return m->said + m->seen;
    }
    struct pollfd wait = {.fd = m->output, .events = POLLIN};
    ssize_t size = -1;
    if (event_loop_now_ms() < end && poll(&wait, 1, 1000) >= 0) {
      size = wait.revents == 0 ? 0 : read(m->output, m->said + m->said_bytes, sizeof m->said - m->said_bytes - 1);
      if (wait.revents != 0 && size == 0) size = -1;
    }
    if (size < 0) fail_msg("\"%s\" was not said, but:\n%s", text, m->said);
    m->said_bytes += (size_t)size;
    m->said[m->said_bytes] = 0;
  }
}

static void start(instance *m, const char *word, const char *yaml) {
  int ends[2];
  char text[512];
  memset(m, 0, sizeof *m);
  strcpy(m->folder, "/tmp/jsd-master-XXXXXX");
  assert_non_null(mkdtemp(m->folder));
  file_write(m, "app", word);
  snprintf(text, sizeof text,
           "app: app\nlisten: 127.0.0.1:0\nprobation: 100ms\nrespawn:\n  delay: 20ms\n  delay_max: 40ms\n  crash_loop: "
           "3\n%s",
           yaml);
  file_write(m, "c.yaml", text);
  assert_int_equal(pipe(ends), 0);
  m->pid = fork();
  if (m->pid == 0) {
    char path[64];
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    snprintf(path, sizeof path, "%s/c.yaml", m->folder);
    config_overrides options = {.file = path};
    _exit(master_run(&options, &program));
  }
  close(ends[1]);
  m->output = ends[0];
}

static void started(instance *m, const char *yaml) {
  start(m, "serve", yaml);
  m->port = atoi(wait_for(m, " on http://127.0.0.1:"));
  wait_for(m, "reload: kill");
}

static int exit_code(instance *m) {
  int status;
  uint64_t end = event_loop_now_ms() + PATIENCE_MS;
  while (waitpid(m->pid, &status, WNOHANG) != m->pid) {
    struct pollfd wait = {.fd = m->output, .events = POLLIN};
    if (event_loop_now_ms() > end) {
      kill(m->pid, SIGKILL);
      fail_msg("the master did not exit; it said:\n%s", m->said);
    }
    if (poll(&wait, 1, 10) > 0 && read(m->output, m->said, 1) <= 0) usleep(1000);
  }
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", m->folder);
  if (system(command) != 0) fail();
  close(m->output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int master_stop(instance *m) {
  kill(m->pid, SIGTERM);
  return exit_code(m);
}

typedef struct answer {
  int fd, pid, index, generation;
} answer;

static answer ask(const instance *m) {
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((in_port_t)m->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  answer a = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
  char line[64] = "";
  if (connect(a.fd, (struct sockaddr *)&to, sizeof to) != 0) fail_msg("connect: %s", strerror(errno));
  for (size_t used = 0; strchr(line, '\n') == NULL;) {
    ssize_t size = read(a.fd, line + used, sizeof line - used - 1);
    if (size <= 0) fail_msg("connection was lost");
    used += (size_t)size;
  }
  assert_int_equal(sscanf(line, "%d %d %d", &a.pid, &a.index, &a.generation), 3);
  return a;
}

static answer ask_once(const instance *m) {
  answer a = ask(m);
  close(a.fd);
  return a;
}

/* A name server that takes its time: of "slow.test" it knows the address, 1.5 s later. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
      dlsym(RTLD_NEXT, "getaddrinfo");
  if (host == NULL || strcmp(host, "slow.test") != 0) return real(host, service, hints, out);
  usleep(1500000);
  return real("127.0.0.1", service, hints, out);
}

/* ---- behaviours ----------------------------------------------------------------------------------------------------
 */

static void serves_and_stops_with_0(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer a = ask_once(&m);
  assert_int_equal(a.generation, 1);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", a.pid);
  FILE *file = fopen(path, "r");
  int parent = 0;
  assert_int_equal(fscanf(file, "%*d %*[^)]) %*c %d", &parent), 1);
  fclose(file);
  assert_int_equal(parent, m.pid); /* not the zygote's child */
  assert_int_equal(master_stop(&m), 0);
}

static void killed_worker_is_replaced_at_once(void **state) {
  instance m;
  started(&m, "workers: 1\n");
  answer a = ask_once(&m);
  uint64_t killed = event_loop_now_ms();
  kill(a.pid, SIGKILL);
  wait_for(&m, "was killed by SIGKILL; replaced at once");
  wait_for(&m, "serves again");
  assert_true(event_loop_now_ms() - killed < 100);
  answer b = ask_once(&m);
  assert_int_not_equal(a.pid, b.pid);
  assert_int_equal(b.index, 0);
  assert_int_equal(master_stop(&m), 0);
}

static void killed_zygote_is_replaced(void **state) {
  instance m;
  started(&m, "workers: 1\n");
  char command[128];
  /* The zygote is the master's other child. */
  answer a = ask_once(&m);
  snprintf(command, sizeof command, "cat /proc/%d/task/%d/children", (int)m.pid, (int)m.pid);
  FILE *children = popen(command, "r");
  for (int pid; fscanf(children, "%d", &pid) == 1;) {
    if (pid != a.pid) kill(pid, SIGKILL);
  }
  pclose(children);
  wait_for(&m, "the zygote was killed by SIGKILL; replaced at once");
  assert_int_equal(ask_once(&m).pid, a.pid);
  kill(a.pid, SIGKILL);
  wait_for(&m, "serves again");
  assert_int_not_equal(ask_once(&m).pid, a.pid);
  assert_int_equal(master_stop(&m), 0);
}

static void reload_replaces_workers_and_drains_old_ones(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer held = ask(&m);
  kill(m.pid, SIGHUP);
  wait_for(&m, "generation 2 serves with 2 workers, generation 1 drains");
  /* The old ones answer until they have heard of it. */
  uint64_t end = event_loop_now_ms() + PATIENCE_MS;
  while (ask_once(&m).generation != 2) assert_true(event_loop_now_ms() < end);
  assert_int_equal(kill(held.pid, 0), 0); /* its request is still in flight */
  assert_null(strstr(m.said + m.seen, "has drained"));
  close(held.fd);
  wait_for(&m, "generation 1 has drained");
  assert_int_equal(master_stop(&m), 0);
}

static void failing_reload_keeps_the_old_generation(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer a = ask_once(&m);
  file_write(&m, "app", "fail");
  kill(m.pid, SIGHUP);
  wait_for(&m, "reload failed: worker ");
  wait_for(&m, "SyntaxError: unexpected end; generation 1 goes on serving");
  file_write(&m, "app", "mute");
  kill(m.pid, SIGHUP);
  wait_for(&m, "reload failed: the JavaScript engine could not be started; generation 1 goes on serving");
  file_write(&m, "c.yaml", "app: app\nworkerz: 1\n");
  kill(m.pid, SIGHUP);
  wait_for(&m, "unknown key \"workerz\": did you mean \"workers\"?");
  wait_for(&m, "generation 1 goes on serving");
  assert_int_equal(ask_once(&m).generation, 1);
  assert_int_equal(kill(a.pid, 0), 0);
  assert_int_equal(master_stop(&m), 0);
}

/* The other one's workers answer until they have heard of it. */
static void only_generation_answers(const instance *m, int generation) {
  uint64_t end = event_loop_now_ms() + PATIENCE_MS;
  for (int in_a_row = 0; in_a_row < 40; in_a_row++) {
    if (ask_once(m).generation != generation) in_a_row = -1;
    assert_true(event_loop_now_ms() < end);
  }
}

static void workers_that_die_on_probation_fail_the_reload(void **state) {
  for (int workers = 1; workers <= 2; workers++) {
    instance m;
    char yaml[32];
    snprintf(yaml, sizeof yaml, "workers: %d\n", workers);
    started(&m, yaml);
    answer held = ask(&m);
    file_write(&m, "app", "fall");
    kill(m.pid, SIGHUP);
    wait_for(&m, "generation 1 waits for the end of its probation (100 ms)");
    wait_for(&m, "reload failed: ");
    wait_for(&m, "exited with code 1; generation 1 goes on serving");
    only_generation_answers(&m, 1);
    assert_int_equal(kill(held.pid, 0), 0);
    struct pollfd wait = {.fd = held.fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 0), 0); /* its connection is still there */
    close(held.fd);
    wait_for(&m, "generation 2 has drained");
    file_write(&m, "app", "serve");
    kill(m.pid, SIGHUP);
    wait_for(&m, "generation 3 serves with");
    assert_int_equal(master_stop(&m), 0);
  }
}

/* The processes of a master, oldest first. */
static int children_of(const instance *m, int out[16]) {
  char path[64];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)m->pid, (int)m->pid);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  while (count < 16 && fscanf(file, "%d", &out[count]) == 1) count++;
  fclose(file);
  return count;
}

static void old_workers_wait_without_accepting(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer held = ask(&m);
  int first[16], first_count = children_of(&m, first);
  char yaml[128];
  snprintf(yaml, sizeof yaml, "app: app\nlisten: 127.0.0.1:%d\nworkers: 2\nprobation: 2s\n", m.port);
  file_write(&m, "c.yaml", yaml);
  kill(m.pid, SIGHUP);
  wait_for(&m, "waits for the end of its probation (2000 ms)");
  only_generation_answers(&m, 2);
  /* A worker of the old generation that dies meanwhile is replaced only when it is needed again. */
  kill(held.pid, SIGKILL);
  wait_for(&m, "of generation 1");
  close(held.fd);
  /* What is younger than the first generation: its zygote, then its workers. */
  int now[16], count = children_of(&m, now);
  for (int i = 0, zygotes = 0; i < count; i++) {
    bool old = false;
    for (int k = 0; k < first_count; k++) old |= now[i] == first[k];
    if (!old && zygotes++ > 0) kill(now[i], SIGKILL);
  }
  wait_for(&m, "generation 1 goes on serving");
  only_generation_answers(&m, 1);
  assert_int_equal(master_stop(&m), 0);
}

static void one_death_on_probation_is_forgiven(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  kill(m.pid, SIGHUP);
  wait_for(&m, "waits for the end of its probation");
  answer a = ask_once(&m);
  while (a.generation != 2) a = ask_once(&m);
  kill(a.pid, SIGKILL);
  wait_for(&m, "generation 2 serves with 2 workers, generation 1 drains");
  assert_int_equal(master_stop(&m), 0);
}

static void first_start_knows_no_probation(void **state) {
  instance m;
  started(&m, "workers: 1\n");
  assert_null(strstr(m.said, "probation"));
  assert_int_equal(master_stop(&m), 0);
}

static void what_a_dead_worker_had_in_flight_is_said(void **state) {
  instance m;
  start(&m, "poison", "workers: 1\n");
  m.port = atoi(wait_for(&m, " on http://127.0.0.1:"));
  wait_for(&m, "reload: kill");
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((in_port_t)m.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  wait_for(&m, ") died with requests in flight, the last one first: \"POST /poison?x=1\", \"GET /innocent\"\n");
  wait_for(&m, "was killed by SIGABRT");
  close(fd);
  kill(m.pid, SIGQUIT);
  assert_int_equal(exit_code(&m), 0);
}

static void slow_name_server_keeps_nobody_waiting(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer a = ask_once(&m);
  char yaml[128];
  snprintf(yaml, sizeof yaml, "app: app\nlisten: slow.test:%d\nworkers: 2\nprobation: 50ms\n", m.port);
  file_write(&m, "c.yaml", yaml);
  uint64_t begin = event_loop_now_ms();
  kill(m.pid, SIGHUP);
  kill(a.pid, SIGKILL);
  wait_for(&m, "serves again");
  assert_true(event_loop_now_ms() - begin < 1000);
  kill(m.pid, SIGHUP); /* one more, while the first waits */
  wait_for(&m, "generation 2 serves with 2 workers");
  assert_true(event_loop_now_ms() - begin >= 1500);
  wait_for(&m, "generation 3 serves with 2 workers");
  snprintf(yaml, sizeof yaml, "app: app\nlisten: nobody.invalid:%d\nworkers: 2\n", m.port);
  file_write(&m, "c.yaml", yaml);
  kill(m.pid, SIGHUP);
  wait_for(&m, "is not an address: the host name is not known");
  wait_for(&m, "reload failed; generation 3 goes on serving");
  file_write(&m, "c.yaml", "app: app\nlisten: slow.test:0\n");
  kill(m.pid, SIGHUP);
  assert_int_equal(master_stop(&m), 0); /* a stop does not wait for it */
}

static void reload_that_hangs_runs_into_start_timeout(void **state) {
  instance m;
  started(&m, "workers: 1\nstart_timeout: 200ms\n");
  file_write(&m, "app", "hang");
  kill(m.pid, SIGHUP);
  wait_for(&m, "did not serve within start_timeout (200 ms); generation 1 goes on serving");
  assert_int_equal(ask_once(&m).generation, 1);
  assert_int_equal(master_stop(&m), 0);
}

static void many_reloads_lose_no_connection(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  for (int round = 0; round < 20; round++) {
    kill(m.pid, SIGHUP);
    for (int i = 0; i < 20; i++) ask_once(&m);
  }
  file_write(&m, "app", "serve");
  kill(m.pid, SIGHUP);
  assert_true(ask_once(&m).generation >= 1);
  assert_int_equal(master_stop(&m), 0);
}

static void removed_address_is_closed_after_the_drain(void **state) {
  instance m;
  started(&m, "workers: 1\n");
  int old_port = m.port;
  answer held = ask(&m);
  file_write(&m, "c.yaml", "app: app\nlisten: localhost:0\nworkers: 1\n");
  kill(m.pid, SIGHUP);
  wait_for(&m, "generation 1 drains");
  close(held.fd);
  wait_for(&m, "generation 1 has drained");
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((in_port_t)old_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int rc = connect(fd, (struct sockaddr *)&to, sizeof to);
  /* Where localhost is 127.0.0.1, the new address is the same one as the old, and stays. */
  if (strstr(m.said, "ready") != NULL && rc != 0) assert_int_equal(errno, ECONNREFUSED);
  close(fd);
  assert_int_equal(master_stop(&m), 0);
}

static void stop_waits_for_requests_in_flight(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer held = ask(&m);
  kill(m.pid, SIGTERM);
  struct pollfd wait = {.fd = m.output, .events = POLLIN};
  poll(&wait, 1, 200);
  assert_int_equal(waitpid(m.pid, NULL, WNOHANG), 0);
  close(held.fd);
  assert_int_equal(exit_code(&m), 0);
}

static void drain_timeout_ends_the_wait(void **state) {
  instance m;
  started(&m, "workers: 1\ndrain_timeout: 100ms\n");
  answer held = ask(&m);
  kill(m.pid, SIGTERM);
  wait_for(&m, "has not drained in time: killed");
  assert_int_equal(exit_code(&m), 0);
  close(held.fd);
}

static void sigquit_stops_at_once(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer held = ask(&m);
  kill(m.pid, SIGQUIT);
  assert_int_equal(exit_code(&m), 0);
  close(held.fd);
}

static void second_interrupt_stops_at_once(void **state) {
  instance m;
  started(&m, "workers: 2\n");
  answer held = ask(&m);
  kill(m.pid, SIGINT);
  struct pollfd wait = {.fd = m.output, .events = POLLIN};
  poll(&wait, 1, 100);
  kill(m.pid, SIGINT);
  assert_int_equal(exit_code(&m), 0);
  close(held.fd);
}

static void first_start_that_fails_exits_with_1(void **state) {
  instance m;
  start(&m, "fail", "workers: 2\n");
  wait_for(&m, "SyntaxError: unexpected end");
  assert_int_equal(exit_code(&m), 1);
  start(&m, "mute", "workers: 1\n");
  wait_for(&m, "could not be started");
  assert_int_equal(exit_code(&m), 1);
  start(&m, "hang", "workers: 1\nstart_timeout: 100ms\n");
  wait_for(&m, "did not serve within start_timeout");
  assert_int_equal(exit_code(&m), 1);
}

static void shared_memory_of_others_is_read_only(void **state) {
  instance m;
  start(&m, "poke", "workers: 1\n");
  wait_for(&m, "worker 0 was killed by SIGSEGV");
  assert_int_equal(exit_code(&m), 1);
}

static void port_in_use_is_one_line_and_1(void **state) {
  instance first, second;
  char yaml[128];
  started(&first, "workers: 1\n");
  start(&second, "serve", "");
  assert_true(second.pid > 0);
  wait_for(&second, "reload: kill");
  assert_int_equal(master_stop(&second), 0);
  snprintf(yaml, sizeof yaml, "app: app\nlisten: 127.0.0.1:%d\n", first.port);
  file_write(&first, "other.yaml", yaml);
  pid_t pid = fork();
  if (pid == 0) {
    char path[64];
    snprintf(path, sizeof path, "%s/other.yaml", first.folder);
    config_overrides options = {.file = path};
    if (freopen("/dev/null", "w", stderr) == NULL) _exit(9);
    _exit(master_run(&options, &program));
  }
  int status;
  waitpid(pid, &status, 0);
  assert_int_equal(WEXITSTATUS(status), 1);
  assert_int_equal(master_stop(&first), 0);
}

static void crash_loop_is_reported_and_slowed_down(void **state) {
  instance m;
  started(&m, "workers: 1\n");
  answer a = ask_once(&m);
  file_write(&m, "app", "fail");
  kill(a.pid, SIGKILL);
  wait_for(&m, "was killed by SIGKILL; replaced at once");
  wait_for(&m, "2 crashes in a row, next try in 20 ms");
  wait_for(&m, "crash loop: 3 crashes in a row, next try in 40 ms");
  wait_for(&m, "crash loop: 4 crashes in a row, next try in 40 ms");
  file_write(&m, "app", "serve");
  wait_for(&m, "serves again");
  assert_int_equal(ask_once(&m).generation, 1);
  assert_int_equal(master_stop(&m), 0);
}

static void workers_of_a_killed_master_drain_and_exit(void **state) {
  instance m;
  started(&m, "workers: 1\n");
  answer held = ask(&m);
  kill(m.pid, SIGKILL);
  assert_int_equal(waitpid(m.pid, NULL, 0), m.pid);
  /* Its zygote and workers hold the pipe's other end; it ends with the last of them. */
  close(held.fd);
  char bytes[256];
  uint64_t end = event_loop_now_ms() + PATIENCE_MS;
  while (read(m.output, bytes, sizeof bytes) > 0) assert_true(event_loop_now_ms() < end);
  m.pid = fork();
  if (m.pid == 0) _exit(0);
  assert_int_equal(exit_code(&m), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(serves_and_stops_with_0),
      cmocka_unit_test(killed_worker_is_replaced_at_once),
      cmocka_unit_test(killed_zygote_is_replaced),
      cmocka_unit_test(reload_replaces_workers_and_drains_old_ones),
      cmocka_unit_test(failing_reload_keeps_the_old_generation),
      cmocka_unit_test(workers_that_die_on_probation_fail_the_reload),
      cmocka_unit_test(old_workers_wait_without_accepting),
      cmocka_unit_test(one_death_on_probation_is_forgiven),
      cmocka_unit_test(first_start_knows_no_probation),
      cmocka_unit_test(what_a_dead_worker_had_in_flight_is_said),
      cmocka_unit_test(slow_name_server_keeps_nobody_waiting),
      cmocka_unit_test(reload_that_hangs_runs_into_start_timeout),
      cmocka_unit_test(many_reloads_lose_no_connection),
      cmocka_unit_test(removed_address_is_closed_after_the_drain),
      cmocka_unit_test(stop_waits_for_requests_in_flight),
      cmocka_unit_test(drain_timeout_ends_the_wait),
      cmocka_unit_test(sigquit_stops_at_once),
      cmocka_unit_test(second_interrupt_stops_at_once),
      cmocka_unit_test(first_start_that_fails_exits_with_1),
      cmocka_unit_test(shared_memory_of_others_is_read_only),
      cmocka_unit_test(port_in_use_is_one_line_and_1),
      cmocka_unit_test(crash_loop_is_reported_and_slowed_down),
      cmocka_unit_test(workers_of_a_killed_master_drain_and_exit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
