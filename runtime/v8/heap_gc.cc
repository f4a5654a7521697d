/* heap_gc.cc: heap.h's watching of garbage collections. Nothing of it is there while nobody watches. */
#include "env.h"
#include "heap.h"

using namespace v8;

struct js_gc_watch {
  napi_env env;
  js_gc_call call;
  void *data;
};

static void before(Isolate *, GCType type, GCCallbackFlags flags, void *data) {
  auto *watch = static_cast<js_gc_watch *>(data);
  watch->call(watch->env, watch->data, true, type, flags);
}

static void after(Isolate *, GCType type, GCCallbackFlags flags, void *data) {
  auto *watch = static_cast<js_gc_watch *>(data);
  watch->call(watch->env, watch->data, false, type, flags);
}

js_gc_watch *js_gc_watch_start(napi_env env, js_gc_call call, void *data) {
  auto *watch = new (std::nothrow) js_gc_watch{env, call, data};
  if (watch == nullptr) return nullptr;
  env->isolate->AddGCPrologueCallback(before, watch);
  env->isolate->AddGCEpilogueCallback(after, watch);
  return watch;
}

void js_gc_watch_stop(js_gc_watch *watch) {
  watch->env->isolate->RemoveGCPrologueCallback(before, watch);
  watch->env->isolate->RemoveGCEpilogueCallback(after, watch);
  delete watch;
}
