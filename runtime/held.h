/*
 * held: a JS value that C keeps beyond a call: a function to call back, an object that must stay alive. It replaces the
 * sequence "get the reference's value, call it, delete the reference" of each binding, and the questions around it (was
 * it ever set? is it set twice? may the callback free the struct that holds it?). Zeroed memory is an empty one; every
 * function takes an empty one and does nothing. The struct that embeds it clears it before it is freed.
 */
#ifndef JSD_RUNTIME_HELD_H
#define JSD_RUNTIME_HELD_H

#include "runtime.h"

typedef struct held {
  napi_ref ref; /* NULL: empty */
} held;

static inline bool held_empty(const held *h) { return h->ref == NULL; }

/* Instead of what was held. Whatever is no object and no function leaves it empty, which is no error. */
napi_status held_set(held *h, napi_env env, napi_value value);
void held_clear(held *h, napi_env env);
/* The value, in the innermost handle scope, or NULL. */
static inline napi_value held_value(const held *h, napi_env env) {
  napi_value value = NULL;
  if (h->ref != NULL) napi_get_reference_value(env, h->ref, &value);
  return value;
}

/* runtime_call of the held function, within the caller's handle scope; recv may be NULL. An exception has been reported
 * when it returns (the result is that of runtime_call, napi_ok when empty). `h` may be gone by then: the function may
 * have freed what embeds it. */
napi_status held_call(held *h, runtime *rt, napi_value recv, size_t argc, const napi_value *argv);
/* The same for what is called once: empty before the function runs. */
napi_status held_call_once(held *h, runtime *rt, napi_value recv, size_t argc, const napi_value *argv);
/* The same as held_call with numbers only (at most 4), in a handle scope of its own. */
napi_status held_call_numbers(held *h, runtime *rt, size_t count, const double *numbers);

#endif
