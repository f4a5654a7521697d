/*
 * env.h: the inside of an environment, for the files of runtime/v8 only.
 *
 * A napi_value is V8's slot pointer: to_local and to_value are bit casts, no handle is ever allocated. The TryCatch
 * that Node-API needs around whatever can run JS is the Catcher; functions that cannot run JS have none.
 */
#ifndef JSD_RUNTIME_V8_ENV_H
#define JSD_RUNTIME_V8_ENV_H

#define NAPI_VERSION 10
#include <node_api.h>
#include <v8.h>

#include <string.h>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "js.h"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

class Runner;
struct FastCall;

constexpr size_t BYTES_MAX = v8::TypedArray::kMaxByteLength;

/* A global handle's own slot as a local: no new handle, but it must outlive the use. */
template <class T>
inline v8::Local<T> slot_of(const v8::Global<T> &global) {
  v8::Local<T> local;
  memcpy(static_cast<void *>(&local), static_cast<const void *>(&global), sizeof local);
  return local;
}

/* What hangs on an environment and must go with it at the latest (references, callbacks, external memory). */
struct Tracked {
  Tracked *next = nullptr, *previous = nullptr;
  virtual ~Tracked() { unlink(); }
  /* The environment is going: run the finalizer, then `delete this`. */
  virtual void finish() = 0;
  void link(Tracked *head) {
    next = head->next;
    previous = head;
    if (next != nullptr) next->previous = this;
    head->next = this;
  }
  void unlink() {
    if (previous != nullptr) previous->next = next;
    if (next != nullptr) next->previous = previous;
    next = previous = nullptr;
  }
};
struct TrackedHead final : Tracked {
  void finish() override {}
};

/* A finalizer that waits for its turn outside of a garbage collection. */
struct Finalizer {
  napi_finalize call;
  void *data, *hint;
};

/* Places in env->state, an array that travels with the snapshot. */
enum : uint32_t { STATE_SLOTS = 16, STATE_EXPORTS = 16, STATE_BUFFER_PROTOTYPE = 17, STATE_COUNT = 18 };

struct napi_env__ {
  v8::Isolate *isolate = nullptr;
  v8::Global<v8::Context> context_;
  v8::Global<v8::Value> last_exception;
  napi_extended_error_info last_error{};

  js_callbacks callbacks{};
  void *data = nullptr;
  const js_binding *const *bindings = nullptr;
  std::vector<napi_callback> functions;  // all bindings' functions, flat: what a trampoline's data indexes
  std::vector<uint32_t> first_function;  // of each binding
  std::vector<FastCall *> fast_calls;    // of each function, or null
  std::vector<intptr_t> references;      // what a snapshot may point at, in one order for maker and user
  ~napi_env__();
  v8::Global<v8::Array> state;

  std::shared_ptr<Runner> runner;
  std::unique_ptr<v8::ArrayBuffer::Allocator> allocator;
  v8::StartupData blob{};
  bool snapshotting = false, forked = false;
  bool aborts = true; /* js_uncaught_aborts_set */
  bool host_objects = false; /* some object was marked (js_host_object_mark); none is while a snapshot is made */
  uint64_t seed = 0; /* js_fork_child's, then the last that was used */

  v8::Global<v8::ObjectTemplate> handle_template, holding_template;
  v8::Global<v8::Object> buffer_prototype;
  v8::Global<v8::Private> wrap_key, tag_key;
  v8::Global<v8::Value> thrown;  // what last_message is about; both weak
  v8::Global<v8::Message> message;
  v8::Global<v8::String> code_string;
  v8::Global<v8::Function> promise_hooks[4];      // of every context
  std::vector<v8::Global<v8::Context>> contexts;  // of vm, weak
  const js_hints *hints = nullptr;                /* of the built-in scripts */
  bool collect_hints = false;
  std::vector<std::pair<int, v8::Global<v8::CompileHintsCollector>>> collectors; /* each with its script's offset */
  void (*interrupt)(napi_env env, void *data) = nullptr;                         /* js_interrupt */
  void *interrupt_data = nullptr;

  struct js_inspector *inspector = nullptr; /* once there was a session */

  TrackedHead tracked;     // no finalizer of the user's
  TrackedHead finalizing;  // with one
  TrackedHead foreign;     // memory with one: freed on any thread, so under finalizers_lock
  std::mutex finalizers_lock;
  std::vector<Finalizer> finalizers;
  Finalizer instance_data{};

  std::unordered_multimap<int, js_module *> modules;  // by V8's identity hash
  js_module_resolve resolve = nullptr;
  void *resolve_data = nullptr;

  void runner_wake();
  v8::Local<v8::Context> context() const { return slot_of(context_); }
};

inline napi_env env_of(v8::Isolate *isolate) { return static_cast<napi_env>(isolate->GetData(0)); }

inline v8::Local<v8::Value> to_local(napi_value value) {
  v8::Local<v8::Value> local;
  memcpy(static_cast<void *>(&local), &value, sizeof value);
  return local;
}
template <class T>
inline napi_value to_value(v8::Local<T> local) {
  static_assert(sizeof(local) == sizeof(napi_value), "a handle is one pointer");
  napi_value value;
  memcpy(&value, static_cast<void *>(&local), sizeof value);
  return value;
}
inline v8::Local<v8::Value> *to_locals(const napi_value *values) {
  return reinterpret_cast<v8::Local<v8::Value> *>(const_cast<napi_value *>(values));
}

inline napi_status ok(napi_env env) { return env->last_error.error_code = napi_ok; }
inline napi_status fail(napi_env env, napi_status status) {
  env->last_error.engine_error_code = 0;
  env->last_error.engine_reserved = nullptr;
  return env->last_error.error_code = status;
}

/* Catches what JS throws and makes it the environment's pending exception. */
class Catcher {
 public:
  explicit Catcher(napi_env env) : env_(env), try_(env->isolate) {}
  ~Catcher() {
    if (UNLIKELY(try_.HasCaught())) store();
  }
  bool caught() const { return try_.HasCaught(); }
  /* The status of a call that failed. */
  napi_status failed(napi_status otherwise = napi_generic_failure) {
    return fail(env_, try_.HasCaught() ? napi_pending_exception : otherwise);
  }
  napi_status finish() { return UNLIKELY(try_.HasCaught()) ? fail(env_, napi_pending_exception) : ok(env_); }
  v8::TryCatch &try_catch() { return try_; }

 private:
  void store();
  napi_env env_;
  v8::TryCatch try_;
};

void env_throw_pending(napi_env env);
void env_finalizer_push(napi_env env, napi_finalize call, void *data, void *hint);
void env_finalizers_run(napi_env env);
void env_track_all_finish(napi_env env);
void env_foreign_finish(napi_env env);
bool env_setup(napi_env env, const js_env_options *options, v8::Isolate *isolate);
void env_globals_reset(napi_env env);
v8::Local<v8::Value> env_state_get(napi_env env, uint32_t index);
void env_state_set(napi_env env, uint32_t index, v8::Local<v8::Value> value);
v8::Local<v8::Private> env_private(napi_env env, v8::Global<v8::Private> *slot, const char *name);

void binding_trampoline(const v8::FunctionCallbackInfo<v8::Value> &info);
void wasm_stream_open(const v8::FunctionCallbackInfo<v8::Value> &info);
void function_trampoline(const v8::FunctionCallbackInfo<v8::Value> &info);
void builtins_set(const char *file, size_t size);
void builtins_references_push(std::vector<intptr_t> *references);
void binding_tables_flatten(napi_env env, const js_binding *const *bindings);
napi_status function_new(napi_env env, napi_callback call, void *data, v8::Local<v8::Function> *out);
v8::MaybeLocal<v8::FunctionTemplate> function_template_new(napi_env env, napi_callback call, void *data,
                                                           v8::Local<v8::Signature> signature);

std::shared_ptr<v8::BackingStore> store_with_finalizer(napi_env env, void *data, size_t length, napi_finalize call,
                                                       void *hint);

v8::MaybeLocal<v8::Promise> module_import_dynamically(v8::Local<v8::Context> context,
                                                      v8::Local<v8::Data> host_defined_options,
                                                      v8::Local<v8::Value> resource_name,
                                                      v8::Local<v8::String> specifier,
                                                      v8::Local<v8::FixedArray> attributes);
v8::MaybeLocal<v8::Promise> module_import_source(v8::Local<v8::Context> context,
                                                 v8::Local<v8::Data> host_defined_options,
                                                 v8::Local<v8::Value> resource_name, v8::Local<v8::String> specifier,
                                                 v8::ModuleImportPhase phase, v8::Local<v8::FixedArray> attributes);
void module_import_meta_init(v8::Local<v8::Context> context, v8::Local<v8::Module> module, v8::Local<v8::Object> meta);
void modules_destroy_all(napi_env env);
void promise_hooks_apply(napi_env env, v8::Local<v8::Context> context);
void context_remember(napi_env env, v8::Local<v8::Context> context);
/* A new context of a forked process gets a sequence of random numbers of its own (fork.cc). */
void fork_context_seed(napi_env env, v8::Local<v8::Context> context);
/* A handle that keeps two things alive. */
napi_status handle_create_holding(napi_env env, const js_type *type, void *pointer, v8::Local<v8::Data> first,
                                  v8::Local<v8::Data> second, napi_value *value);

/* Of js_handle_create's; false for any other object, and after js_handle_clear. */
bool handle_details(v8::Local<v8::Object> object, const js_type **type, void **pointer);
/* Marks what structured clones hand over (js_host_object_mark). */
v8::Local<v8::Private> host_mark(v8::Isolate *isolate);

/* Of vm contexts (context.cc). */
enum : int { CONTEXT_READY = 1, CONTEXT_HANDLE = 2, CONTEXT_ID = 3, CONTEXT_NO_WASM = 4 }; /* embedder data */
bool context_allows_wasm(v8::Local<v8::Context> context, v8::Local<v8::String> source);
/* Tells the sessions of the inspector, if there were any, of a context of node:vm (inspector.cc). */
void inspector_context_created(napi_env env, v8::Local<v8::Context> context);
/* What js_source.context means; microtasks may be NULL. napi_invalid_arg where it is none. */
napi_status context_of(napi_env env, napi_value handle, v8::Local<v8::Context> *context,
                       v8::MicrotaskQueue **microtasks);

napi_status script_unbound(napi_env env, napi_value handle, v8::Local<v8::UnboundScript> *script);
v8::ScriptOrigin script_origin(napi_env env, const js_source *source, bool module);
v8::ScriptCompiler::CachedData *script_cache(const js_source *source);
napi_status script_cache_copy(napi_env env, v8::ScriptCompiler::CachedData *made, uint8_t **data, size_t *size);

/* First lines of a Node-API function. */
#define ENV(env) \
  if (UNLIKELY((env) == nullptr)) return napi_invalid_arg
#define ARG(env, argument) \
  if (UNLIKELY((argument) == nullptr)) return fail(env, napi_invalid_arg)
#define CHECK(env, condition, status) \
  if (UNLIKELY(!(condition))) return fail(env, status)
/* Of one that may run JS: nothing runs while an exception waits. */
#define RUNS_JS(env)                                                                        \
  ENV(env);                                                                                 \
  if (UNLIKELY(!(env)->last_exception.IsEmpty())) return fail(env, napi_pending_exception); \
  Catcher catcher(env)

#endif
