/*
 * held: a JS value that C keeps beyond a call: a function to call back, an object that must stay alive. It replaces the
 * sequence "get the reference's value, use it, delete the reference" of each binding, and the questions around it (was
 * it ever set? is it set twice?). Zeroed memory is an empty one; every function takes an empty one and does nothing.
 * The struct that embeds it clears it before it is freed. Functions are called with callback.h.
 */
#ifndef JSD_RUNTIME_HELD_H
#define JSD_RUNTIME_HELD_H

#include "v8/js.h"

typedef struct held {
  napi_ref ref; /* NULL: empty */
} held;

static inline bool held_empty(const held *h) { return h->ref == NULL; }

/* Instead of what was held. Whatever is no object and no function leaves it empty, which is no error. */
napi_status held_set(held *h, napi_env env, napi_value value);
void held_drop(held *h, napi_env env);
static inline void held_clear(held *h, napi_env env) {
  if (h->ref != NULL) held_drop(h, env);
}
/* The value, in the innermost handle scope, or NULL. */
static inline napi_value held_value(const held *h, napi_env env) {
  napi_value value = NULL;
  if (h->ref != NULL) napi_get_reference_value(env, h->ref, &value);
  return value;
}

#endif
