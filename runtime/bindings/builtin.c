/* builtin.c: internalBinding(name), the one function that built-in JS starts with, and its scripts
 * (modules/require.js). */
#include "util.h"

static napi_value builtin_internal_binding(napi_env env, napi_callback_info info) {
  napi_value argv[1], exports = NULL;
  args_get(env, info, argv, 1);
  char *name = arg_utf8(env, argv[0], NULL);
  if (name == NULL || js_binding_get(env, name, &exports) != napi_ok) {
    char message[128];
    snprintf(message, sizeof message, "No such binding: %s", name ? name : "?");
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
      napi_throw_error(env, "ERR_INVALID_MODULE", message);
  }
  free(name);
  return exports;
}

/* compile(number) -> the function of that script */
static napi_value builtin_compile(napi_env env, napi_callback_info info) {
  napi_value argv[1], function = NULL;
  args_get(env, info, argv, 1);
  js_builtins_compile(env, (uint32_t)arg_int32(env, argv[0]), &function);
  return function;
}

/* trained() -> while a snapshot is made, the numbers of the scripts that apps need */
static napi_value builtin_trained(napi_env env, napi_callback_info info) {
  napi_value numbers = NULL;
  js_builtins_trained(env, &numbers);
  return numbers;
}

static const js_function functions[] = {{"internalBinding", builtin_internal_binding},
                                        {"compile", builtin_compile},
                                        {"trained", builtin_trained},
                                        {NULL, NULL}};

const js_binding binding_builtin = {"builtin", functions, NULL};
