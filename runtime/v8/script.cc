/* script.cc: compiling and running classic scripts and functions, and their code caches. */
#include <stdlib.h>
#include <string.h>

#include "env.h"

using namespace v8;

ScriptOrigin script_origin(napi_env env, const js_source *source, bool module) {
  Local<Value> name = source->name == nullptr ? Undefined(env->isolate).As<Value>() : to_local(source->name);
  Local<PrimitiveArray> options;
  if (source->id != nullptr && to_local(source->id)->IsSymbol()) {
    options = PrimitiveArray::New(env->isolate, 1);
    options->Set(env->isolate, 0, to_local(source->id).As<Symbol>());
  }
  return ScriptOrigin(name, source->line, source->column, false, -1, Local<Value>(), false, false, module, options);
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

/* ---- scripts that are kept -------------------------------------------------------------------------------------- */

/* The handle holds the script itself on the heap; this finds it. */
struct KeptScript {
  Global<UnboundScript> script; /* weak */
};
static void kept_script_free(void *pointer) { delete static_cast<KeptScript *>(pointer); }
static const js_type kept_script_type = {"Script", kept_script_free};

napi_status js_script_compile(napi_env env, js_source *source, napi_value *handle) {
  CHECK(env, is_string(source->code), napi_string_expected);
  Catcher catcher(env);
  ScriptCompiler::CachedData *cache = script_cache(source);
  ScriptCompiler::Source compiled(to_local(source->code).As<String>(), script_origin(env, source, false), cache);
  Local<UnboundScript> script;
  bool have =
      ScriptCompiler::CompileUnboundScript(
          env->isolate, &compiled, cache ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
          .ToLocal(&script);
  source->cache_rejected = cache != nullptr && cache->rejected;
  if (!have) return catcher.failed(napi_pending_exception);
  auto *kept = new KeptScript{Global<UnboundScript>(env->isolate, script)};
  napi_status status = handle_create_holding(env, &kept_script_type, kept, script, Undefined(env->isolate), handle);
  if (status != napi_ok)
    delete kept;
  else
    kept->script.SetWeak();
  return status;
}

napi_status script_unbound(napi_env env, napi_value handle, Local<UnboundScript> *script) {
  void *pointer;
  napi_status status = js_handle_get(env, handle, &kept_script_type, &pointer);
  if (status == napi_ok) *script = static_cast<KeptScript *>(pointer)->script.Get(env->isolate);
  return status;
}

napi_status js_script_cache(napi_env env, napi_value handle, uint8_t **data, size_t *size) {
  Local<UnboundScript> script;
  napi_status status = script_unbound(env, handle, &script);
  return status == napi_ok ? script_cache_copy(env, ScriptCompiler::CreateCodeCache(script), data, size) : status;
}

napi_status js_source_urls(napi_env env, napi_value compiled, napi_value *source_url, napi_value *map_url) {
  Local<UnboundScript> script;
  *source_url = to_value(Undefined(env->isolate));
  if (compiled != nullptr && to_local(compiled)->IsFunction()) {
    *map_url = to_value(to_local(compiled).As<Function>()->GetScriptOrigin().SourceMapUrl());
  } else {
    napi_status status = script_unbound(env, compiled, &script);
    if (status != napi_ok) return status;
    *source_url = to_value(script->GetSourceURL());
    *map_url = to_value(script->GetSourceMappingURL());
  }
  return ok(env);
}

/* ---- functions -------------------------------------------------------------------------------------------------- */

/* The objects of js_source.extensions. */
static std::vector<Local<Object>> extensions_of(napi_env env, const js_source *source) {
  std::vector<Local<Object>> objects;
  if (source->extensions == nullptr || !to_local(source->extensions)->IsArray()) return objects;
  Local<Array> list = to_local(source->extensions).As<Array>();
  for (uint32_t i = 0; i < list->Length(); i++) {
    Local<Value> one;
    if (list->Get(env->context(), i).ToLocal(&one) && one->IsObject()) objects.push_back(one.As<Object>());
  }
  return objects;
}

napi_status js_function_compile(napi_env env, js_source *source, const char *const *parameters, size_t count,
                                napi_value *function) {
  CHECK(env, is_string(source->code), napi_string_expected);
  std::vector<Local<String>> names(count);
  for (size_t i = 0; i < count; i++) {
    if (!String::NewFromUtf8(env->isolate, parameters[i], NewStringType::kInternalized).ToLocal(&names[i]))
      return fail(env, napi_invalid_arg);
  }
  Local<Context> context;
  napi_status status = context_of(env, source->context, &context, nullptr);
  if (status != napi_ok) return status;
  std::vector<Local<Object>> extensions = extensions_of(env, source);
  Catcher catcher(env);
  Context::Scope scope(context);
  ScriptCompiler::CachedData *cache = script_cache(source);
  ScriptCompiler::Source compiled(to_local(source->code).As<String>(), script_origin(env, source, false), cache);
  Local<Function> made;
  auto option = cache ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions;
  bool have = ScriptCompiler::CompileFunction(context, &compiled, count, names.data(), extensions.size(),
                                              extensions.data(), option)
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
