/* heap.cc: figures of the heap, collecting it, ending what runs in it. */

#include "env.h"

using namespace v8;

napi_status js_heap_statistics_get(napi_env env, js_heap_statistics *out) {
  HeapStatistics s;
  env->isolate->GetHeapStatistics(&s);
  out->total_heap_size = s.total_heap_size();
  out->total_heap_size_executable = s.total_heap_size_executable();
  out->total_physical_size = s.total_physical_size();
  out->total_available_size = s.total_available_size();
  out->used_heap_size = s.used_heap_size();
  out->heap_size_limit = s.heap_size_limit();
  out->malloced_memory = s.malloced_memory();
  out->peak_malloced_memory = s.peak_malloced_memory();
  out->external_memory = s.external_memory();
  out->number_of_native_contexts = s.number_of_native_contexts();
  out->number_of_detached_contexts = s.number_of_detached_contexts();
  out->total_global_handles_size = s.total_global_handles_size();
  out->used_global_handles_size = s.used_global_handles_size();
  out->array_buffer_bytes = s.external_memory();
  return ok(env);
}


napi_status js_heap_collect(napi_env env) {
  env->isolate->LowMemoryNotification();
  return ok(env);
}

napi_status js_terminate(napi_env env) {
  env->isolate->TerminateExecution();
  return napi_ok;
}

napi_status js_interrupt(napi_env env, void (*call)(napi_env env, void *data), void *data) {
  env->interrupt = call;
  env->interrupt_data = data;
  env->isolate->RequestInterrupt(
      [](Isolate *, void *at) {
        napi_env self = static_cast<napi_env>(at);
        self->interrupt(self, self->interrupt_data);
      },
      env);
  return napi_ok;
}

void js_stack_print(napi_env env, FILE *out) {
  HandleScope scope(env->isolate);
  Local<StackTrace> stack = StackTrace::CurrentStackTrace(env->isolate, 50, StackTrace::kDetailed);
  for (int i = 0; i < stack->GetFrameCount(); i++) {
    Local<StackFrame> frame = stack->GetFrame(env->isolate, static_cast<uint32_t>(i));
    String::Utf8Value function(env->isolate, frame->GetFunctionName());
    String::Utf8Value script(env->isolate, frame->GetScriptNameOrSourceURL());
    fprintf(out, "    at %s (%s:%d:%d)\n", *function && **function ? *function : "<anonymous>", *script ? *script : "?",
            frame->GetLineNumber(), frame->GetColumn());
  }
}

napi_status js_terminate_cancel(napi_env env) {
  env->isolate->CancelTerminateExecution();
  return ok(env);
}

napi_status napi_adjust_external_memory(node_api_basic_env env, int64_t change_in_bytes, int64_t *adjusted_value) {
  ENV(env);
  ARG(env, adjusted_value);
  *adjusted_value = env->isolate->AdjustAmountOfExternalAllocatedMemory(change_in_bytes);
  return ok(env);
}
