/*
 * loop_handles.c: the libuv handles behind the event loop's phases. One uv_timer serves all of setTimeout (JS keeps
 * the lists and tells when the next is due), a check handle runs immediates, an idle handle keeps poll from blocking
 * while some wait, and an async handle with a timer drives the engine's own tasks. Only what JS waits for keeps the
 * loop alive; all else is unref'd.
 */
#include "runtime_internal.h"

static void on_task_timer(uv_timer_t *timer);

static void schedule_tasks(runtime *rt) {
  int64_t next = -1;
  js_scope scope;
  js_scope_open(rt->env, &scope);
  runtime_enter(rt);
  js_tasks_run(rt->env, &next);
  runtime_leave(rt);
  js_scope_close(&scope);
  if (next >= 0) uv_timer_start(&rt->task_timer, on_task_timer, (uint64_t)next, 0);
}

static void on_task_timer(uv_timer_t *timer) { schedule_tasks(timer->data); }
static void on_wake(uv_async_t *async) { schedule_tasks(async->data); }

void runtime_wake(void *data) {
  runtime *rt = data;
  /* Posted before the loop exists (while the snapshot is restored): loop_turns runs it. */
  if (rt != NULL && rt->handles_open) uv_async_send(&rt->wake);
}

/* Immediates run once a turn; those that they queue run in the next. */
static void on_check(uv_check_t *check) {
  runtime *rt = check->data;
  rt->turn++;
  runtime_origins_ended(rt);
  if (rt->state[STATE_IMMEDIATES] == 0) return;
  js_scope scope;
  js_scope_open(rt->env, &scope);
  /* One that threw was reported; the rest of this turn's still runs. */
  while (!rt->exiting && runtime_callback(rt, CALLBACK_IMMEDIATES, 0, NULL, NULL) != napi_ok &&
         rt->state[STATE_OUTSTANDING]) {
  }
  js_scope_close(&scope);
  if (rt->state[STATE_IMMEDIATE_REFS] == 0) uv_idle_stop(&rt->idle);
}

int runtime_handles_open(runtime *rt) {
  int err;
  uv_loop_t *loop = rt->loop;
  if ((err = uv_async_init(loop, &rt->wake, on_wake)) != 0) return err;
  uv_timer_init(loop, &rt->task_timer);
  uv_timer_init(loop, &rt->timer);
  uv_check_init(loop, &rt->check);
  uv_idle_init(loop, &rt->idle);
  uv_idle_init(loop, &rt->drain.idle);
  rt->wake.data = rt->task_timer.data = rt->timer.data = rt->check.data = rt->idle.data = rt->drain.idle.data = rt;
  uv_check_start(&rt->check, on_check);
  uv_unref((uv_handle_t *)&rt->wake);
  uv_unref((uv_handle_t *)&rt->task_timer);
  uv_unref((uv_handle_t *)&rt->timer); /* until a timer that keeps the loop alive starts (toggleTimerRef) */
  uv_unref((uv_handle_t *)&rt->check);
  rt->handles_open = true;
  uv_async_send(&rt->wake); /* what was posted before there was a loop */
  return 0;
}

void runtime_handles_close(runtime *rt) {
  if (!rt->handles_open) return;
  rt->handles_open = false;
  uv_handle_t *handles[] = {(uv_handle_t *)&rt->wake,  (uv_handle_t *)&rt->task_timer, (uv_handle_t *)&rt->timer,
                            (uv_handle_t *)&rt->check, (uv_handle_t *)&rt->idle,       (uv_handle_t *)&rt->drain.idle};
  for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) uv_close(handles[i], NULL);
}
