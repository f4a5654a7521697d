/*
 * builtins.cc: the script of the built-in JS (js.h).
 *
 * Its text is 2 MB. As an external string whose resource is in the table of external references it is no part of a
 * snapshot: restoring one does not copy it, and processes share the pages of the program file. The hints are V8's own
 * ("compile hints", made for pages that know which of their functions run at load).
 */
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "env.h"

using namespace v8;

namespace {
/* One for the process: a snapshot names it by its place in the table of external references. */
class BuiltinsText : public String::ExternalOneByteStringResource {
 public:
  const char *data() const override { return text; }
  size_t length() const override { return size; }
  void Dispose() override {} /* static */
  const char *text = "";
  size_t size = 0;
};
BuiltinsText the_text;
}  // namespace

const intptr_t builtins_reference = reinterpret_cast<intptr_t>(&the_text);

void builtins_text_set(const char *text, size_t size) {
  the_text.text = text;
  the_text.size = size;
}

static bool is_hinted(int offset, void *data) {
  const js_hints *hints = static_cast<const js_hints *>(data);
  return std::binary_search(hints->offsets, hints->offsets + hints->count, offset);
}

napi_status js_builtins_run(napi_env env, const js_hints *hints, bool collect, napi_value *result) {
  Isolate *isolate = env->isolate;
  Catcher catcher(env);
  Local<String> code;
  if (!String::NewExternalOneByte(isolate, &the_text).ToLocal(&code)) return catcher.failed();
  ScriptOrigin origin(String::NewFromUtf8Literal(isolate, "node:internal", NewStringType::kInternalized));
  auto options = hints != nullptr ? ScriptCompiler::kConsumeCompileHints
                 : collect        ? ScriptCompiler::kProduceCompileHints
                                  : ScriptCompiler::kNoCompileOptions;
  ScriptCompiler::Source source(code, origin, hints != nullptr ? is_hinted : nullptr, const_cast<js_hints *>(hints));
  Local<Script> script;
  Local<Value> value;
  if (!ScriptCompiler::Compile(env->context(), &source, options).ToLocal(&script))
    return catcher.failed(napi_pending_exception);
  if (collect) env->hints.Reset(isolate, script->GetCompileHintsCollector());
  if (!script->Run(env->context()).ToLocal(&value)) return catcher.failed(napi_pending_exception);
  *result = to_value(value);
  return ok(env);
}

napi_status js_builtins_hints(napi_env env, js_hints *hints) {
  CHECK(env, !env->hints.IsEmpty(), napi_generic_failure);
  HandleScope scope(env->isolate);
  std::vector<int> offsets = env->hints.Get(env->isolate)->GetCompileHints(env->isolate);
  std::sort(offsets.begin(), offsets.end());
  hints->offsets = static_cast<int *>(malloc(offsets.size() * sizeof(int) + 1));
  CHECK(env, hints->offsets != nullptr, napi_generic_failure);
  std::copy(offsets.begin(), offsets.end(), hints->offsets);
  hints->count = offsets.size();
  return ok(env);
}
