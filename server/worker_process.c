#include "server/worker_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/generation.h"
#include "server/generation_sockets.h"
#include "server/log.h"

/* A draining worker ends itself at drain_timeout, and says what it cut; it has so much longer to do it. */
enum { MISPLACED_MS = 2000, RETRY_MS = 10, CUT_GRACE_MS = 1000 };
#define FROM(type, member, pointer) ((type *)((char *)(pointer)-offsetof(type, member)))

static void channel_close(worker_process *w) {
  if (w->channel.fd < 0) return;
  event_loop_unwatch(w->owner->loop, &w->channel);
  close(w->channel.fd);
  w->channel.fd = -1;
}

static void slots_release(worker_process *w) {
  if (w->accept_slot >= 0) accept_group_release(w->owner->accept_group, w->accept_slot);
  w->accept_slot = -1;
  shm_release(w->owner->memory, w->slot);
  w->slot = -1;
}

static void deadline_expired(event_timer *timer) {
  worker_process *w = FROM(worker_process, deadline, timer);
  /* Where it is the master that was late, the answer has come. */
  if (w->state != WORKER_DRAINING) worker_process_read(w);
  if (w->state == WORKER_READY || w->deadline.active) return;
  w->timed_out = true;
  if (w->state == WORKER_DRAINING) {
    log_warning("worker %llu of generation %llu (pid %d) has not drained in time: killed", (unsigned long long)w->index,
                (unsigned long long)w->owner->number, (int)w->pid);
  }
  worker_process_kill(w);
  if (w->pid == 0) generation_zygote_late(w->owner);
}

/* ---- orders and answers ------------------------------------------------------------------------------------------
 */

static int answer_send(const worker_process *w) {
  int fd = -1;
  for (size_t i = 0; i < w->hold_count; i++) {
    if (w->holds[i]->id == w->answer_socket) fd = w->holds[i]->fd;
  }
  int rc = w->answer_rc == 0 && fd < 0 ? -ECANCELED : w->answer_rc;
  return ipc_send(w->channel.fd, IPC_SOCKET, rc, rc == 0 ? w->answer_socket : 0, NULL, rc == 0 ? fd : -1);
}

static int owed_send(const worker_process *w, worker_owed what) {
  switch (what) {
    case OWED_ANSWER:
      return answer_send(w);
    case OWED_PAUSE:
      return ipc_send(w->channel.fd, IPC_PAUSE, w->paused, 0, NULL, -1);
    case OWED_DRAIN:
      return ipc_send(w->channel.fd, IPC_DRAIN, w->drain_reason, 0, NULL, -1);
    case OWED_CUT:
      return ipc_send(w->channel.fd, IPC_STOP, 0, 0, NULL, -1);
  }
  return 0;
}

/* False: nobody reads the channel any more. */
static bool owed_flush(worker_process *w) {
  for (unsigned bit = OWED_ANSWER; bit <= OWED_CUT && w->channel.fd >= 0; bit <<= 1) {
    if (!(w->owed & bit)) continue;
    int rc = owed_send(w, (worker_owed)bit);
    if (rc == -EPIPE || rc == -ECONNRESET) return false;
    if (rc == 0) {
      w->owed &= ~bit;
    } else {
      event_loop_timer_start(w->owner->loop, &w->retry, RETRY_MS);
    }
  }
  return w->channel.fd >= 0;
}

static void retry_due(event_timer *timer) { owed_flush(FROM(worker_process, retry, timer)); }

void worker_process_answer(worker_process *w, int rc, uint64_t socket_id) {
  w->answer_rc = rc;
  w->answer_socket = socket_id;
  w->owed |= OWED_ANSWER;
  owed_flush(w);
}

static void respawn_due(event_timer *timer) {
  worker_process *w = FROM(worker_process, respawn, timer);
  generation_worker_wanted(w->owner, w);
}

void worker_process_init(worker_process *w, generation *owner, uint64_t index) {
  *w = (worker_process){.owner = owner, .index = index, .slot = -1, .accept_slot = -1};
  w->channel.fd = -1;
  w->deadline.expired = deadline_expired;
  w->respawn.expired = respawn_due;
  w->retry.expired = retry_due;
}

/*
 * An app that ignores the configured addresses and listens elsewhere (PORT unread, a default of its own) may be open to
 * anybody: it is not ready, but has some time to get to its second listen().
 */
static void serves(worker_process *w) {
  const char *elsewhere;
  if (w->ready_ms != 0 || w->state != WORKER_STARTING) return;
  bool in_place = generation_worker_in_place(w->owner, w, &elsewhere);
  if (!in_place && w->misplaced) return;
  w->misplaced = !in_place;
  if (!in_place) {
    snprintf(w->error, sizeof w->error,
             "the app listens on %s and not on %s, as `listen` says (process.env.PORT has it)", elsewhere,
             w->owner->config->listen.items[0]);
    event_loop_timer_start(w->owner->loop, &w->deadline, MISPLACED_MS);
    return;
  }
  event_loop_timer_stop(w->owner->loop, &w->deadline);
  w->error[0] = 0;
  w->ready_ms = event_loop_now_ms();
  w->state = WORKER_READY;
  generation_worker_ready(w->owner, w);
}

static void message_received(worker_process *w, const ipc_message *message) {
  switch (message->type) {
    case IPC_FORKED:
      generation_worker_named(w->owner, w, message->value);
      break;
    case IPC_LISTEN:
      generation_worker_listens(w->owner, w, message->text, message->value);
      if (w->misplaced) serves(w);
      break;
    case IPC_CLOSED:
      generation_worker_closed(w->owner, w, message->number);
      break;
    case IPC_OFFER:
      generation_worker_offers(w->owner, w, message);
      break;
    case IPC_READY:
      w->start_us = message->number;
      serves(w);
      break;
    case IPC_ERROR:
      memcpy(w->error, message->text, sizeof w->error);
      break;
    default:
      break;
  }
  if (message->fd >= 0) close(message->fd);
}

static void channel_readable(event_watch *watch) {
  worker_process *w = FROM(worker_process, channel, watch);
  while (w->channel.fd >= 0) {
    ipc_message message;
    int rc = ipc_receive(w->channel.fd, &message);
    if (rc == -EPROTO) continue;
    if (rc == -EAGAIN) return;
    if (rc <= 0) {
      channel_close(w);
      return;
    }
    message_received(w, &message);
  }
}

int worker_process_fork(worker_process *w, int zygote_channel) {
  int ends[2];
  w->slot = shm_take(w->owner->memory);
  if (w->slot < 0) return -ENOSPC;
  int rc = ipc_pair(ends);
  if (rc != 0) goto no_pair;
  if (w->owner->accept_group != NULL) {
    w->accept_slot = accept_group_reserve(w->owner->accept_group);
    atomic_store(&w->owner->memory->slot[w->slot].accept_slot, w->accept_slot < 0 ? -1 : w->accept_slot);
  }
  /* Nothing may fail once the order is given. */
  w->channel = (event_watch){.fd = ends[0], .readable = channel_readable};
  rc = event_loop_watch(w->owner->loop, &w->channel);
  if (rc != 0) goto no_watch;
  rc = ipc_send(zygote_channel, IPC_FORK, w->slot, w->index, NULL, ends[1]);
  if (rc != 0) goto no_fork;
  close(ends[1]);
  w->state = WORKER_FORKING;
  w->timed_out = w->stop_noted = w->hung = w->misplaced = false;
  w->paused = false;
  w->owed = 0;
  w->hang_ms = 0;
  w->error[0] = 0;
  w->ready_ms = 0;
  w->forked_ms = event_loop_now_ms();
  event_loop_timer_start(w->owner->loop, &w->deadline, w->owner->config->start_timeout);
  return 0;

no_fork:
  event_loop_unwatch(w->owner->loop, &w->channel);
no_watch:
  w->channel.fd = -1;
  close(ends[0]);
  close(ends[1]);
no_pair:
  slots_release(w);
  return rc;
}

bool worker_process_forked(worker_process *w, pid_t pid) {
  bool doomed = w->state == WORKER_ENDING;
  if (w->pid != 0 || pid <= 0 || (w->state != WORKER_FORKING && !doomed)) return false;
  w->pid = pid;
  if (doomed) {
    kill(pid, SIGKILL);
  } else {
    w->state = WORKER_STARTING;
  }
  return true;
}

void worker_process_read(worker_process *w) {
  if (w->channel.fd >= 0) channel_readable(&w->channel);
}

/* It accepts from its first listen() on, a little before it says that it serves. */
static bool has_connections(const worker_process *w) {
  return w->state == WORKER_READY ||
         (w->state == WORKER_STARTING && w->slot >= 0 && w->owner->memory->slot[w->slot].http.connections_accepted > 0);
}

void worker_process_drain(worker_process *w, drain_reason reason) {
  event_loop_timer_stop(w->owner->loop, &w->respawn);
  w->owed |= OWED_DRAIN;
  w->drain_reason = reason;
  if (!has_connections(w) || !owed_flush(w)) {
    worker_process_kill(w);
    return;
  }
  w->state = WORKER_DRAINING;
  event_loop_timer_start(w->owner->loop, &w->deadline, w->owner->config->drain_timeout + CUT_GRACE_MS);
}

void worker_process_cut(worker_process *w) {
  w->owed |= OWED_CUT;
  if (w->state != WORKER_DRAINING || !owed_flush(w)) {
    worker_process_kill(w);
    return;
  }
  event_loop_timer_start(w->owner->loop, &w->deadline, CUT_GRACE_MS);
}

void worker_process_pause(worker_process *w, bool paused) {
  if (w->state != WORKER_READY) return;
  w->paused = paused;
  w->owed |= OWED_PAUSE;
  owed_flush(w);
}

void worker_process_kill(worker_process *w) {
  event_loop_timer_stop(w->owner->loop, &w->respawn);
  event_loop_timer_stop(w->owner->loop, &w->deadline);
  if (w->state == WORKER_DOWN) return;
  w->state = WORKER_ENDING;
  if (w->pid > 0) kill(w->pid, SIGKILL);
}

bool worker_process_worked(const worker_process *w) {
  if (w->ready_ms == 0) return false;
  if (event_loop_now_ms() - w->ready_ms >= w->owner->config->respawn.stable_after) return true;
  if (w->slot < 0) return false;
  /* Also one that its first request killed: the next one may be another's. */
  return w->owner->memory->slot[w->slot].http.requests > 0;
}

void worker_process_log_in_flight(const worker_process *w) {
  char line[IN_FLIGHT_MAX * (IN_FLIGHT_TEXT_BYTES + 4)], text[IN_FLIGHT_TEXT_BYTES];
  size_t used = 0;
  for (unsigned i = 0; w->slot >= 0 && i < IN_FLIGHT_MAX; i++) {
    if (in_flight_nth(&w->owner->memory->slot[w->slot].in_flight, i, text) == NULL) break;
    used += (size_t)snprintf(line + used, sizeof line - used, "%s\"%s\"", i > 0 ? ", " : "", text);
  }
  if (used == 0) return;
  log_warning("worker %llu (pid %d) died with requests in flight, the last one first: %s", (unsigned long long)w->index,
              (int)w->pid, line);
}

void worker_process_down(worker_process *w) {
  event_loop_timer_stop(w->owner->loop, &w->deadline);
  event_loop_timer_stop(w->owner->loop, &w->retry);
  channel_close(w);
  generation_worker_lost(w->owner, w);
  slots_release(w);
  w->pid = 0;
  w->state = WORKER_DOWN;
  w->down_ms = event_loop_now_ms();
}

void worker_process_describe(const worker_process *w, int status, char *text, size_t size) {
  if (w->timed_out && w->misplaced) {
    snprintf(text, size, "was ended: %s", w->error);
  } else if (w->timed_out && w->ready_ms == 0) {
    snprintf(text, size, "did not serve within start_timeout (%llu ms)",
             (unsigned long long)w->owner->config->start_timeout);
  } else if (w->hung) {
    snprintf(text, size, "hung and was killed");
  } else if (w->error[0] != 0) {
    snprintf(text, size, "exited: %s", w->error);
  } else if (WIFSIGNALED(status)) {
    const char *name = sigabbrev_np(WTERMSIG(status));
    snprintf(text, size, "was killed by SIG%s%s", name != NULL ? name : "?", WCOREDUMP(status) ? " (core dumped)" : "");
  } else {
    snprintf(text, size, "exited with code %d", WEXITSTATUS(status));
  }
}
