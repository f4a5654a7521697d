/* What a napi_callback_info points at, and how a callback is run: for binding.cc and napi_function.cc. */
#ifndef JSD_RUNTIME_V8_NAPI_FUNCTION_H
#define JSD_RUNTIME_V8_NAPI_FUNCTION_H

#include "env.h"

struct napi_callback_info__ {
  const v8::FunctionCallbackInfo<v8::Value> *info;
  void *data;
};

inline void callback_run(napi_env env, napi_callback call, void *data,
                         const v8::FunctionCallbackInfo<v8::Value> &info) {
  napi_callback_info__ callback{&info, data};
  napi_value result = call(env, &callback);
  if (UNLIKELY(!env->last_exception.IsEmpty())) {
    env_throw_pending(env);
    return;
  }
  if (result != nullptr) info.GetReturnValue().Set(to_local(result));
}

#endif
