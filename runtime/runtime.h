/*
 * runtime: one environment (isolate + context) with its event loop. It knows nothing of the master: where an
 * application server gives it something (a listening socket that somebody else bound, a message channel), that comes
 * through `runtime_host`.
 *
 * A runtime is made in two steps so that it can cross a fork: runtime_create restores the snapshot and touches no
 * loop and no thread; runtime_start, in the process that will serve, makes the loop, starts the threads and hands the
 * machine's facts (argv, environment, clock) to JS.
 */
#ifndef JSD_RUNTIME_RUNTIME_H
#define JSD_RUNTIME_RUNTIME_H

#include <uv.h>

#include "callback.h"
#include "code_store.h"
#include "drain.h"
#include "v8/js.h"

/* What a hosting process offers; every member may be NULL. Errors are negative errno codes. */
typedef struct runtime_host {
  void *data;
  /* A listening descriptor for this address, shared with sibling processes, or a negative error. The runtime closes
   * its own duplicate only. `address`: "HOST:PORT" (IPv6 in brackets) or "unix:/path". */
  int (*listen)(void *data, const char *address, int backlog);
  /* The app has begun to serve (first listener is up, or a fetch handler was found). */
  void (*ready)(void *data);
  /* Where the code of this process and its siblings is kept: what is loaded comes from there, or goes there and is then
   * offered to its keeper as a batch (code_store.h), whose descriptor stays the runtime's. wait: returns when the
   * keeper has looked at it, 0 or a negative errno. code NULL: files are loaded as they are. */
  code_store *code;
  int (*offer)(void *data, int batch, bool wait);
  /* What the host's own bindings need from it. A host links bindings of its own beside those of runtime/bindings/ (the
   * Makefile makes one table of both); host and binding agree on a name and on the type behind it, and the runtime only
   * carries the question. NULL: not known here. The binding may ask at any time, and again later. */
  const void *(*extension)(void *data, const char *name);
  /* The host watches SIGTERM itself, and drains for it (drain.h): the app's handlers run as part of the drain only. */
  bool terminates;
} runtime_host;

typedef struct runtime_options {
  bool collect_hints;    /* evaluate the built-in JS and watch which functions run (js_builtins_hints); no snapshot */
  size_t max_heap_bytes; /* 0: the engine's default */
  int threads;           /* background threads of the engine */
  const char *flags;     /* engine flags or NULL */
  /* Of a thread (thread_group.h); else NULL. limits: instead of max_heap_bytes. */
  struct runtime_thread *thread;
  struct thread_group *group;
  const js_heap_limits *limits;
  runtime *parent;
} runtime_options;

/* Both return 0 or a negative errno. js_platform_init is done by runtime_create when nobody did it. */
int runtime_create(const runtime_options *options, runtime **out);
/* argv as JS sees it from process.argv[1] on; host may be NULL. Call once, after any fork. */
int runtime_start(runtime *rt, int argc, const char *const *argv, const runtime_host *host);
/* Makes the heap ready to be shared by forked children (before), and gives the child its own seed (after). */
int runtime_before_fork(runtime *rt);
int runtime_after_fork(runtime *rt, uint64_t seed);
/* Calls bootstrap's `main[name]` (modules/internal/bootstrap.js) with string arguments: "run_file", "eval", ... 0 or a
 * negative errno; -ECANCELED: it threw, which has been reported by then and which a handler of the app's may have taken
 * (otherwise the process has ended). All else means that the call was not made. */
JS_CHECKED int runtime_main(runtime *rt, const char *name, int argc, const char *const *argv);
/* Runs the loop until nothing is left or process.exit was called; emits beforeExit and exit. Returns the exit code. */
int runtime_run(runtime *rt);
/* Ends whatever is open, cancels the work that waits for the thread pool, waits for what runs there, and takes the
 * environment apart. 0, or UV_EBUSY: some handle of the loop is none of the runtime's resources and was closed without
 * its owner's knowledge. */
int runtime_destroy(runtime *rt);
/* process.exit(code), as if the app had called it: its exit handlers run. Does not return. */
_Noreturn void runtime_exit(runtime *rt, int code);
/*
 * To be called once, in the first moment that a started app has nothing to do: saves code, collects what loading the
 * app left behind and gives freed memory back. The engine would collect it when it allocates again, which an idle
 * process does not do. Express with bcryptjs and jsonwebtoken: 7.9 instead of 11.3 MB of private memory. Where there is
 * little garbage nothing is collected: the marking would write to pages that forked siblings share (2 instead of 1.1 MB
 * for a small app).
 */
void runtime_idle(runtime *rt);

/* To be called when a started app serves: siblings may run from now on what this one has loaded. */
void runtime_loaded(runtime *rt);

napi_env runtime_env(runtime *rt);
uv_loop_t *runtime_loop(runtime *rt);
const runtime_host *runtime_host_of(runtime *rt); /* never NULL; members may be */
runtime *runtime_of(napi_env env);
const void *runtime_extension(runtime *rt, const char *name); /* of the host, or NULL */
void **runtime_host_state(runtime *rt); /* one place for what the host's own bindings keep per runtime */

/*
 * A resource is whatever C has open and calls back from: the registry through which runtime_destroy ends all of them
 * while the environment still exists. `close` begins what the binding does when JS closes it (uv_close with its own
 * callback, say); `release` is called when the loop has come to an end, for memory that others use until then. Either
 * may be NULL. JS is not called any more from the first `close` on (runtime_call returns napi_closing).
 * `flush` is for a process that ends here and now: exit, an exception, a lack of memory. What JS has given away (a
 * response that ended in the turn of the crash) is offered to the kernel once, without waiting and without JS.
 */
typedef struct runtime_resource {
  struct runtime_resource *next, *previous;
  void (*close)(struct runtime_resource *resource);
  void (*release)(struct runtime_resource *resource);
  void (*flush)(struct runtime_resource *resource);
} runtime_resource;
void runtime_resource_add(runtime *rt, runtime_resource *resource);
/* Does nothing for one that was never added, or removed before. */
void runtime_resource_remove(runtime_resource *resource);
/* All of their `flush`: before whatever ends the process. */
void runtime_flush(runtime *rt);

/*
 * Work that waits for the thread pool, or is on it. runtime_destroy waits for what runs (a thread cannot be stopped)
 * and cancels the rest: its callback comes with UV_ECANCELED. Embedded in the request; begun after uv_queue_work and
 * its like have taken it. What a request began holds a drain (runtime/drain.h) until its callback has run.
 */
typedef struct runtime_work {
  struct runtime_work *next, *previous;
  uv_req_t *request;
  const char *type; /* static; NULL: none */
  async_origin origin;
  bool borrowed; /* its id is another's, whose end is not the work's */
} runtime_work;
/* request NULL: never cancelled. type: as origin_begin's. Needs an open handle scope, as runtime_work_done does. */
void runtime_work_begin(runtime *rt, runtime_work *work, uv_req_t *request, const char *type);
/* It is not to be cancelled any more: the first thing in libuv's callback. */
void runtime_work_end(runtime_work *work);
/* Calls back, once, with the work's origin, and releases it. `work` and `callback` may be copies of those in a request
 * that is gone, or go while the function runs. An empty callback is not called. */
void runtime_work_done(runtime *rt, runtime_work *work, held *callback, size_t argc, const napi_value *argv);

#endif
