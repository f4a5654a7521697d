/*
 * event_loop: the master's loop: epoll, and a sorted list of timers. The master has a few dozen descriptors and must
 * stay able to fork at any moment, so it uses neither libuv (whose signal pipe does not survive a fork) nor threads.
 */
#ifndef JSD_SERVER_EVENT_LOOP_H
#define JSD_SERVER_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct event_loop event_loop;

/* A descriptor that is read when it becomes readable or hangs up. The owner embeds it, and closes the descriptor. */
typedef struct event_watch {
  void (*readable)(struct event_watch *watch);
  int fd;
} event_watch;

/* Runs once at its time. The owner embeds it; zeroed memory is a stopped timer. */
typedef struct event_timer {
  void (*expired)(struct event_timer *timer);
  uint64_t at_ms;
  struct event_timer *next;
  bool active;
} event_timer;

/* Returns 0 or -errno. */
int event_loop_create(event_loop **out);
void event_loop_destroy(event_loop *loop);
/* watch->fd and watch->readable are set by the caller. Returns 0 or -errno. */
int event_loop_watch(event_loop *loop, event_watch *watch);
/* Also from within a callback, for any watch. Call before closing the descriptor. */
void event_loop_unwatch(event_loop *loop, event_watch *watch);
/* (Re)starts the timer, delay_ms from now. */
void event_loop_timer_start(event_loop *loop, event_timer *timer, uint64_t delay_ms);
void event_loop_timer_stop(event_loop *loop, event_timer *timer);
/* Until event_loop_stop. Returns 0 or -errno. */
int event_loop_run(event_loop *loop);
void event_loop_stop(event_loop *loop);
/* Milliseconds and microseconds of the monotonic clock. */
uint64_t event_loop_now_ms(void);
uint64_t event_loop_now_us(void);

#endif
