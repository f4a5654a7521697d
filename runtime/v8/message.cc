/* message.cc: where an exception came from, and the current call stack. */
#include <cstring>

#include "env.h"

using namespace v8;

/* Whether the place of a message is in a script of ours ("node:..."). */
static bool is_builtin(Isolate *isolate, Local<Message> message) {
  Local<Value> name = message->GetScriptResourceName();
  if (name.IsEmpty() || !name->IsString()) return false;
  char start[5] = {0};
  name.As<String>()->WriteOneByte(isolate, reinterpret_cast<uint8_t *>(start), 0, 5, String::NO_NULL_TERMINATION);
  return memcmp(start, "node:", 5) == 0;
}

napi_status js_message_of(napi_env env, napi_value exception, js_message *out) {
  ARG(env, exception);
  Isolate *isolate = env->isolate;
  Local<Context> context = env->context();
  Local<Value> value = to_local(exception);
  Local<Message> message;
  *out = js_message{};
  /* The engine's own record of the throw where it is still the last one: it knows the place of what is no Error. */
  if (!env->thrown.IsEmpty() && !env->message.IsEmpty() && env->thrown.Get(isolate)->StrictEquals(value))
    message = env->message.Get(isolate);
  /* Built-in JS passed it on: its own record of where it was made says more, if that is the program's. */
  if (message.IsEmpty() || (value->IsNativeError() && is_builtin(isolate, message))) {
    Local<Message> made = Exception::CreateMessage(isolate, value);
    if (message.IsEmpty() || (!made.IsEmpty() && !is_builtin(isolate, made))) message = made;
  }
  if (message.IsEmpty()) return ok(env);
  Local<Value> resource = message->GetScriptResourceName();
  if (!resource.IsEmpty() && resource->IsString()) out->resource = to_value(resource);
  Local<String> line;
  if (message->GetSourceLine(context).ToLocal(&line)) out->source_line = to_value(line);
  out->line = message->GetLineNumber(context).FromMaybe(0);
  ScriptOrigin origin = message->GetScriptOrigin();
  /* Columns of the source line, which a script's offset moves in its first line only. */
  int moved = out->line - origin.LineOffset() == 1 ? origin.ColumnOffset() : 0;
  out->start_column = message->GetStartColumn(context).FromMaybe(moved) - moved;
  out->end_column = message->GetEndColumn(context).FromMaybe(moved) - moved;
  return ok(env);
}

napi_status js_stack_get(napi_env env, int limit, napi_value *frames) {
  Isolate *isolate = env->isolate;
  Local<StackTrace> trace = StackTrace::CurrentStackTrace(isolate, limit, StackTrace::kDetailed);
  int count = trace->GetFrameCount();
  std::vector<Local<Value>> flat;
  flat.reserve(static_cast<size_t>(count) * 4);
  for (int i = 0; i < count; i++) {
    Local<StackFrame> frame = trace->GetFrame(isolate, static_cast<uint32_t>(i));
    Local<String> function = frame->GetFunctionName(), script = frame->GetScriptNameOrSourceURL();
    flat.push_back(function.IsEmpty() ? String::Empty(isolate) : function);
    flat.push_back(script.IsEmpty() ? String::Empty(isolate) : script);
    flat.push_back(Integer::New(isolate, frame->GetLineNumber()));
    flat.push_back(Integer::New(isolate, frame->GetColumn()));
  }
  *frames = to_value(Array::New(isolate, flat.data(), flat.size()));
  return ok(env);
}
