#include "held.h"

napi_status held_set(held *h, napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  held_clear(h, env);
  if (value == NULL || napi_typeof(env, value, &type) != napi_ok || (type != napi_object && type != napi_function))
    return napi_ok;
  napi_status status = napi_create_reference(env, value, 1, &h->ref);
  if (status != napi_ok) h->ref = NULL;
  return status;
}

void held_drop(held *h, napi_env env) {
  napi_ref ref = h->ref;
  h->ref = NULL;
  napi_delete_reference(env, ref);
}
