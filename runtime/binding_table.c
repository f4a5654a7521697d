/* All bindings, collected by the Makefile from runtime/bindings/ and from the hosting program's server/bindings/: a new
 * file there needs no entry anywhere else. By name only: nothing of the host is included here. */
#include "runtime_internal.h"

#define X(name) extern const js_binding binding_##name;
#include "bindings.inc"
#undef X

#define X(name) &binding_##name,
const js_binding *const runtime_bindings[] = {
#include "bindings.inc"
    NULL};
#undef X
