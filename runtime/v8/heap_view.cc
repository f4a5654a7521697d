/* heap_view.cc: heap.h's spaces, code, snapshots and objects. */
#include <v8-profiler.h>

#include "env.h"
#include "heap.h"

using namespace v8;

size_t js_heap_space_count(napi_env env) { return env->isolate->NumberOfHeapSpaces(); }

napi_status js_heap_space_get(napi_env env, size_t index, js_heap_space *space) {
  HeapSpaceStatistics s;
  CHECK(env, env->isolate->GetHeapSpaceStatistics(&s, index), napi_invalid_arg);
  *space = {s.space_name(), s.space_size(), s.space_used_size(), s.space_available_size(), s.physical_space_size()};
  return napi_ok;
}

napi_status js_code_statistics_get(napi_env env, js_code_statistics *out) {
  HeapCodeStatistics s;
  CHECK(env, env->isolate->GetHeapCodeAndMetadataStatistics(&s), napi_generic_failure);
  *out = {s.code_and_metadata_size(), s.bytecode_and_metadata_size(), s.external_script_source_size(), s.cpu_profiler_metadata_size()};
  return ok(env);
}

uint32_t js_code_version_tag(void) { return ScriptCompiler::CachedDataVersionTag(); }

bool js_string_is_one_byte(napi_env, napi_value string) {
  Local<Value> value = to_local(string);
  return value->IsString() && value.As<String>()->IsOneByte();
}

namespace {
struct Stream final : OutputStream {
  Stream(bool (*write)(void *, const char *, size_t), void *data) : write(write), data(data) {}
  int GetChunkSize() override { return 65536; }
  void EndOfStream() override {}
  WriteResult WriteAsciiChunk(char *text, int size) override {
    return write(data, text, static_cast<size_t>(size)) ? kContinue : kAbort;
  }
  bool (*write)(void *, const char *, size_t);
  void *data;
};

struct Inherits final : QueryObjectPredicate {
  explicit Inherits(Local<Value> prototype) : prototype(prototype) {}
  bool Filter(Local<Object> object) override {
    for (Local<Value> at = object->GetPrototypeV2(); at->IsObject(); at = at.As<Object>()->GetPrototypeV2()) {
      if (at->StrictEquals(prototype)) return true;
    }
    return false;
  }
  Local<Value> prototype;
};

struct LimitWatch {
  napi_env env;
  uint32_t left;
  void (*call)(napi_env env, void *data);
  void *data;
  bool running;
};
}  // namespace

napi_status js_heap_snapshot(napi_env env, bool internals, bool numbers,
                             bool (*write)(void *data, const char *text, size_t size), void *data) {
  HandleScope scope(env->isolate);
  HeapProfiler::HeapSnapshotOptions options;
  using Profiler = HeapProfiler;
  options.snapshot_mode = internals ? Profiler::HeapSnapshotMode::kExposeInternals : Profiler::HeapSnapshotMode::kRegular;
  options.numerics_mode =
      numbers ? Profiler::NumericsMode::kExposeNumericValues : Profiler::NumericsMode::kHideNumericValues;
  const HeapSnapshot *snapshot = env->isolate->GetHeapProfiler()->TakeHeapSnapshot(options);
  CHECK(env, snapshot != nullptr, napi_generic_failure);
  Stream stream(write, data);
  snapshot->Serialize(&stream, HeapSnapshot::kJSON);
  const_cast<HeapSnapshot *>(snapshot)->Delete();
  return ok(env);
}

napi_status js_heap_objects(napi_env env, napi_value prototype, napi_value *objects) {
  RUNS_JS(env);
  Inherits inherits(to_local(prototype));
  std::vector<Global<Object>> found;
  env->isolate->GetHeapProfiler()->QueryObjects(env->context(), &inherits, &found);
  std::vector<Local<Value>> elements;
  elements.reserve(found.size());
  for (const Global<Object> &one : found) elements.push_back(one.Get(env->isolate));
  *objects = to_value(Array::New(env->isolate, elements.data(), elements.size()));
  return catcher.finish();
}

/* What the program may use more: enough for its next few collections. */
enum : size_t { LIMIT_ROOM = 32 << 20 };

static size_t on_limit(void *data, size_t current, size_t initial) {
  auto *watch = static_cast<LimitWatch *>(data);
  if (watch->running || watch->left == 0) return watch->running ? current + LIMIT_ROOM : current;
  watch->running = true;
  watch->left--;
  watch->call(watch->env, watch->data);
  watch->running = false;
  /* Where this was the last one, the next time is the end. */
  watch->env->isolate->AutomaticallyRestoreInitialHeapLimit(0.95);
  return current + LIMIT_ROOM;
}

void js_heap_limit_watch(napi_env env, uint32_t count, void (*call)(napi_env env, void *data), void *data) {
  auto *watch = new LimitWatch{env, count, call, data, false}; /* leaves with the process */
  env->isolate->AddNearHeapLimitCallback(on_limit, watch);
}
