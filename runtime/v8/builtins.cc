/*
 * builtins.cc: the scripts of the built-in JS (js.h), one for each module.
 *
 * Their texts are 2 MB and more. As external strings whose resources are in the table of external references they are
 * no part of a snapshot: restoring one does not copy them, and processes share the pages of the program file. The hints
 * are V8's own ("compile hints", made for pages that know which of their functions run at load).
 */
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "env.h"

using namespace v8;

namespace {
/* A snapshot names it by its place in the table of external references. */
class Text : public String::ExternalOneByteStringResource {
 public:
  const char *data() const override { return bytes; }
  size_t length() const override { return size; }
  void Dispose() override {} /* static */
  const char *bytes = "";
  size_t size = 0;
};

/* What modules/build.mjs writes: their count, then this for each. Offsets are from the beginning of the file. */
struct Place {
  uint32_t name, name_size, text, text_size;
};

/* Of the process: texts are the same for all environments, and never change. */
struct Builtins {
  const char *file = nullptr;
  const Place *places = nullptr;
  uint32_t count = 0;
  Text *texts = nullptr;
} all;

struct ScriptHints {
  const js_hints *hints;
  int base; /* of the script's text */
};
}  // namespace

void builtins_set(const char *file, size_t size) {
  if (size < sizeof(uint32_t)) return; /* a program without any */
  all.file = file;
  memcpy(&all.count, file, sizeof all.count);
  all.places = reinterpret_cast<const Place *>(file + sizeof(uint32_t));
  all.texts = new Text[all.count];
  for (uint32_t i = 0; i < all.count; i++) {
    all.texts[i].bytes = file + all.places[i].text;
    all.texts[i].size = all.places[i].text_size;
  }
}

void builtins_references_push(std::vector<intptr_t> *references) {
  for (uint32_t i = 0; i < all.count; i++) references->push_back(reinterpret_cast<intptr_t>(&all.texts[i]));
}

static bool is_named(const js_hints *hints, int offset) {
  return std::binary_search(hints->offsets, hints->offsets + hints->count, offset);
}

static bool is_hinted(int offset, void *data) {
  const ScriptHints *script = static_cast<const ScriptHints *>(data);
  return is_named(script->hints, script->base + offset);
}

void js_builtins_prepare(napi_env env, const js_hints *hints, bool collect) {
  env->hints = hints;
  env->collect_hints = collect;
}

napi_status js_builtins_compile(napi_env env, uint32_t number, napi_value *result) {
  CHECK(env, number < all.count, napi_invalid_arg);
  Isolate *isolate = env->isolate;
  const Place &place = all.places[number];
  Catcher catcher(env);
  Local<String> code, name;
  if (!String::NewExternalOneByte(isolate, &all.texts[number]).ToLocal(&code) ||
      !String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t *>(all.file + place.name),
                              NewStringType::kInternalized, static_cast<int>(place.name_size))
           .ToLocal(&name))
    return catcher.failed();
  ScriptHints script_hints{env->hints, static_cast<int>(place.text)};
  auto options = env->hints != nullptr ? ScriptCompiler::kConsumeCompileHints
                 : env->collect_hints  ? ScriptCompiler::kProduceCompileHints
                                       : ScriptCompiler::kNoCompileOptions;
  ScriptCompiler::Source source(code, ScriptOrigin(name), env->hints != nullptr ? is_hinted : nullptr, &script_hints);
  Local<Script> script;
  Local<Value> value;
  if (!ScriptCompiler::Compile(env->context(), &source, options).ToLocal(&script))
    return catcher.failed(napi_pending_exception);
  if (env->collect_hints)
    env->collectors.emplace_back(static_cast<int>(place.text),
                                 Global<CompileHintsCollector>(isolate, script->GetCompileHintsCollector()));
  if (!script->Run(env->context()).ToLocal(&value)) return catcher.failed(napi_pending_exception);
  *result = to_value(value);
  return ok(env);
}

napi_status js_builtins_trained(napi_env env, napi_value *numbers) {
  std::vector<Local<Value>> found;
  for (uint32_t i = 0; env->hints != nullptr && i < all.count; i++) {
    if (is_named(env->hints, static_cast<int>(all.places[i].text)))
      found.push_back(Integer::NewFromUnsigned(env->isolate, i));
  }
  *numbers = to_value(Array::New(env->isolate, found.data(), found.size()));
  return ok(env);
}

napi_status js_builtins_hints(napi_env env, js_hints *hints) {
  CHECK(env, !env->collectors.empty(), napi_generic_failure);
  HandleScope scope(env->isolate);
  std::vector<int> offsets;
  for (auto &[base, collector] : env->collectors) {
    offsets.push_back(base);
    for (int offset : collector.Get(env->isolate)->GetCompileHints(env->isolate)) offsets.push_back(base + offset);
  }
  std::sort(offsets.begin(), offsets.end());
  hints->offsets = static_cast<int *>(malloc(offsets.size() * sizeof(int)));
  CHECK(env, hints->offsets != nullptr, napi_generic_failure);
  std::copy(offsets.begin(), offsets.end(), hints->offsets);
  hints->count = offsets.size();
  return ok(env);
}
