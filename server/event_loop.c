#include "server/event_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 32 };

struct event_loop {
  int epoll_fd;
  bool stopped;
  event_timer *timers; /* soonest first */
  /* The batch being delivered: a callback may remove a watch whose event is still in it. */
  struct epoll_event batch[EVENTS_PER_WAIT];
  int batch_size;
};

uint64_t event_loop_now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t event_loop_now_ms(void) { return event_loop_now_us() / 1000; }

int event_loop_create(event_loop **out) {
  event_loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return -ENOMEM;
  loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (loop->epoll_fd < 0) {
    int rc = -errno;
    free(loop);
    return rc;
  }
  *out = loop;
  return 0;
}

void event_loop_destroy(event_loop *loop) {
  if (loop == NULL) return;
  close(loop->epoll_fd);
  free(loop);
}

int event_loop_watch(event_loop *loop, event_watch *watch) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};
  return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0 ? 0 : -errno;
}

void event_loop_unwatch(event_loop *loop, event_watch *watch) {
  epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  for (int i = 0; i < loop->batch_size; i++) {
    if (loop->batch[i].data.ptr == watch) loop->batch[i].data.ptr = NULL;
  }
}

void event_loop_timer_start(event_loop *loop, event_timer *timer, uint64_t delay_ms) {
  event_loop_timer_stop(loop, timer);
  timer->at_ms = event_loop_now_ms() + delay_ms;
  timer->active = true;
  event_timer **place = &loop->timers;
  while (*place != NULL && (*place)->at_ms <= timer->at_ms) place = &(*place)->next;
  timer->next = *place;
  *place = timer;
}

void event_loop_timer_stop(event_loop *loop, event_timer *timer) {
  if (!timer->active) return;
  event_timer **place = &loop->timers;
  while (*place != NULL && *place != timer) place = &(*place)->next;
  if (*place == timer) *place = timer->next;
  timer->active = false;
}

static int timers_run(event_loop *loop) {
  while (loop->timers != NULL) {
    uint64_t now = event_loop_now_ms();
    event_timer *timer = loop->timers;
    if (timer->at_ms > now) return timer->at_ms - now > 3600000 ? 3600000 : (int)(timer->at_ms - now);
    event_loop_timer_stop(loop, timer);
    timer->expired(timer);
    if (loop->stopped) return 0;
  }
  return -1;
}

int event_loop_run(event_loop *loop) {
  loop->stopped = false;
  while (!loop->stopped) {
    int timeout = timers_run(loop);
    if (loop->stopped) break;
    int count = epoll_wait(loop->epoll_fd, loop->batch, EVENTS_PER_WAIT, timeout);
    if (count < 0 && errno != EINTR) return -errno;
    loop->batch_size = count < 0 ? 0 : count;
    for (int i = 0; i < loop->batch_size && !loop->stopped; i++) {
      event_watch *watch = loop->batch[i].data.ptr;
      if (watch != NULL) watch->readable(watch);
    }
    loop->batch_size = 0;
  }
  return 0;
}

void event_loop_stop(event_loop *loop) { loop->stopped = true; }
