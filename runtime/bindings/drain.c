/* drain.c: what JS holds a drain with (runtime/drain.h), and whether SIGTERM is the host's. */
#include "../runtime_internal.h"
#include "util.h"

static drain_kind kind_argument(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  uint32_t kind = arg_uint32(env, argv[0]);
  return kind < DRAIN_KINDS ? (drain_kind)kind : DRAIN_NOTHING;
}

/* hold(kind), release(kind) */
static napi_value drain_hold(napi_env env, napi_callback_info info) {
  runtime_hold(runtime_of(env), kind_argument(env, info));
  return NULL;
}

static napi_value drain_release(napi_env env, napi_callback_info info) {
  runtime_release(runtime_of(env), kind_argument(env, info));
  return NULL;
}

/* terminates() → whether the host watches SIGTERM, and the app's handlers run when it drains */
static napi_value drain_terminates(napi_env env, napi_callback_info info) {
  return make_bool(env, runtime_of(env)->host.terminates);
}

static const js_function functions[] = {
    {"hold", drain_hold}, {"release", drain_release}, {"terminates", drain_terminates}, {NULL, NULL}};

static napi_status init(napi_env env, napi_value exports) {
  static const constant kinds[] = {{"UPGRADED", DRAIN_UPGRADED},
                                   {"TLS", DRAIN_TLS},
                                   {"WAIT_UNTIL", DRAIN_WAIT_UNTIL},
                                   {"TIMER", DRAIN_TIMER},
                                   {NULL, 0}};
  return export_constants(env, exports, "kinds", kinds);
}

const js_binding binding_drain = {"drain", functions, init};
