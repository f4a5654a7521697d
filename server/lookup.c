#include "server/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/address.h"

#define FROM(type, member, pointer) ((type *)((char *)(pointer)-offsetof(type, member)))

/* In the child, which keeps nothing of the master's: a socket that it held would be held as long as it waits. */
static _Noreturn void names_ask(const char *names, int answer) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(answer, STDIN_FILENO);
  close_range(STDERR_FILENO + 1, ~0u, 0);
  char name[256], line[320], ip[ADDRESS_IP_BYTES];
  for (int used; sscanf(names, "%255s%n", name, &used) == 1; names += used) {
    if (address_find(NULL, name, ip) != 0) continue;
    int size = snprintf(line, sizeof line, "%s %s\n", name, ip);
    if (write(STDIN_FILENO, line, (size_t)size) != size) break;
  }
  _exit(0);
}

void lookup_stop(lookup *l) {
  if (l->child == 0) return;
  event_loop_timer_stop(l->loop, &l->deadline);
  event_loop_unwatch(l->loop, &l->answer);
  close(l->answer.fd);
  l->child = 0;
}

/* Names without an address come last; the first line about a name counts. */
static void finish(lookup *l) {
  lookup_stop(l);
  size_t left = sizeof l->found - 1 - l->size, names = strlen(l->names);
  memcpy(l->found + l->size, l->names, names < left ? names : left);
  l->found[l->size + (names < left ? names : left)] = 0;
  l->done(l, l->found);
}

static void answered(event_watch *watch) {
  lookup *l = FROM(lookup, answer, watch);
  size_t room = sizeof l->found / 2 - l->size;
  ssize_t size = room == 0 ? 0 : read(watch->fd, l->found + l->size, room);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size > 0) {
    l->size += (size_t)size;
  } else {
    finish(l);
  }
}

/* The child may have ended and been reaped meanwhile, and its pid be another's: so nobody signals it. It gets a SIGPIPE
 * or finds the master gone. What it was in the middle of saying does not count. */
static void late(event_timer *timer) {
  lookup *l = FROM(lookup, deadline, timer);
  while (l->size > 0 && l->found[l->size - 1] != '\n') l->size--;
  finish(l);
}

int lookup_start(lookup *l, const char *names) {
  int ends[2];
  if (l->child != 0 || strlen(names) >= sizeof l->names) return -EBUSY;
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
  l->answer = (event_watch){.fd = ends[0], .readable = answered};
  l->deadline.expired = late;
  l->size = 0;
  memcpy(l->names, names, strlen(names) + 1);
  int rc = event_loop_watch(l->loop, &l->answer);
  pid_t child = rc == 0 ? fork() : -1;
  if (child == 0) names_ask(names, ends[1]);
  if (rc == 0 && child < 0) {
    rc = -errno;
    event_loop_unwatch(l->loop, &l->answer);
  }
  close(ends[1]);
  if (rc != 0) {
    close(ends[0]);
    return rc;
  }
  l->child = (int)child;
  event_loop_timer_start(l->loop, &l->deadline, LOOKUP_PATIENCE_MS);
  return 0;
}
