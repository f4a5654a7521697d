/* script.cc: compiling and running classic scripts and functions, and their code caches. */
#include <stdlib.h>
#include <string.h>

#include "env.h"

using namespace v8;

ScriptOrigin script_origin(napi_env env, const js_source *source, bool module) {
  Local<Value> name = source->name == nullptr ? Undefined(env->isolate).As<Value>() : to_local(source->name);
  return ScriptOrigin(name, source->line, source->column, false, -1, Local<Value>(), false, false, module);
}

ScriptCompiler::CachedData *script_cache(const js_source *source) {
  if (source->cache == nullptr || source->cache_size == 0) return nullptr;
  return new ScriptCompiler::CachedData(source->cache, static_cast<int>(source->cache_size));
}

static bool is_string(napi_value value) { return value != nullptr && to_local(value)->IsString(); }

napi_status js_script_run(napi_env env, js_source *source, napi_value *result) {
  CHECK(env, is_string(source->code), napi_string_expected);
  Catcher catcher(env);
  ScriptCompiler::CachedData *cache = script_cache(source);
  ScriptCompiler::Source compiled(to_local(source->code).As<String>(), script_origin(env, source, false), cache);
  Local<Script> script;
  Local<Value> value;
  bool have = ScriptCompiler::Compile(env->context(), &compiled,
                                      cache ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
                  .ToLocal(&script);
  source->cache_rejected = cache != nullptr && cache->rejected;
  if (!have || !script->Run(env->context()).ToLocal(&value)) return catcher.failed(napi_pending_exception);
  if (result != nullptr) *result = to_value(value);
  return ok(env);
}

napi_status js_function_compile(napi_env env, js_source *source, const char *const *parameters, size_t count,
                                napi_value *function) {
  CHECK(env, is_string(source->code), napi_string_expected);
  std::vector<Local<String>> names(count);
  for (size_t i = 0; i < count; i++) {
    if (!String::NewFromUtf8(env->isolate, parameters[i], NewStringType::kInternalized).ToLocal(&names[i]))
      return fail(env, napi_invalid_arg);
  }
  Catcher catcher(env);
  ScriptCompiler::CachedData *cache = script_cache(source);
  ScriptCompiler::Source compiled(to_local(source->code).As<String>(), script_origin(env, source, false), cache);
  Local<Function> made;
  auto option = cache ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions;
  bool have = ScriptCompiler::CompileFunction(env->context(), &compiled, count, names.data(), 0, nullptr, option)
                  .ToLocal(&made);
  source->cache_rejected = cache != nullptr && cache->rejected;
  if (!have) return catcher.failed(napi_pending_exception);
  *function = to_value(made);
  return ok(env);
}

uint64_t js_cache_tag(napi_env env) {
  /* Code refers to the snapshot's read-only objects by place. The blob begins with the checksums of its parts. */
  enum { BLOB_HEAD = 64 };
  uint64_t tag = ScriptCompiler::CachedDataVersionTag();
  for (int i = 0; i < BLOB_HEAD && i < env->blob.raw_size; i++)
    tag = (tag ^ static_cast<uint8_t>(env->blob.data[i])) * 0x100000001b3ULL;
  return tag ^ static_cast<uint64_t>(env->blob.raw_size);
}

/* Takes the cache over; *data is malloc'd. */
napi_status script_cache_copy(napi_env env, ScriptCompiler::CachedData *made, uint8_t **data, size_t *size) {
  std::unique_ptr<ScriptCompiler::CachedData> cache(made);
  if (!cache) return fail(env, napi_generic_failure);
  *data = static_cast<uint8_t *>(malloc(static_cast<size_t>(cache->length)));
  CHECK(env, *data != nullptr, napi_generic_failure);
  memcpy(*data, cache->data, static_cast<size_t>(cache->length));
  *size = static_cast<size_t>(cache->length);
  return ok(env);
}

napi_status js_function_cache(napi_env env, napi_value function, uint8_t **data, size_t *size) {
  CHECK(env, function != nullptr && to_local(function)->IsFunction(), napi_function_expected);
  return script_cache_copy(env, ScriptCompiler::CreateCodeCacheForFunction(to_local(function).As<Function>()), data,
                           size);
}

napi_status napi_run_script(napi_env env, napi_value script, napi_value *result) {
  RUNS_JS(env);
  ARG(env, script);
  ARG(env, result);
  CHECK(env, to_local(script)->IsString(), napi_string_expected);
  Local<Script> compiled;
  Local<Value> value;
  if (!Script::Compile(env->context(), to_local(script).As<String>()).ToLocal(&compiled) ||
      !compiled->Run(env->context()).ToLocal(&value))
    return catcher.failed();
  *result = to_value(value);
  return ok(env);
}
