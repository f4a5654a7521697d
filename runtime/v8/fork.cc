/*
 * fork.cc: taking a warm isolate across a fork. libnode's V8 asks the kernel to leave its heap out of children
 * (MADV_DONTFORK), so before a fork every anonymous mapping is asked for again. The
 * heap's pages stay shared only while nobody writes to them, so whoever has made garbage collects it first
 * (js_heap_collect); a heap that was just restored from a snapshot has none, and 4 ms are saved at the start.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "env.h"
#include "platform.h"

using namespace v8;

napi_status js_fork_prepare(napi_env env) {
  /* The sweeping that a collection left for the background: once here, instead of in every child, where it would also
   * write to pages that are shared. */
  platform_get()->settle();
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return fail(env, napi_generic_failure);
  char line[512];
  while (fgets(line, sizeof line, maps) != nullptr) {
    unsigned long from, to, inode;
    if (sscanf(line, "%lx-%lx %*s %*x %*s %lu", &from, &to, &inode) == 3 && inode == 0) {
      /* fails for what the kernel itself owns (vdso): no harm */
      madvise(reinterpret_cast<void *>(from), to - from, MADV_DOFORK);
    }
  }
  fclose(maps);
  return ok(env);
}

/* What the next context that asks for its first random number begins with. */
static void seed_set(uint64_t seed) {
  char flag[64];
  unsigned bits = static_cast<unsigned>((seed ^ (seed >> 31)) & 0x7fffffff); /* V8 takes an int, and 0 for "none" */
  snprintf(flag, sizeof flag, "--random-seed=%u", bits == 0 ? 0x7fffffffu : bits);
  V8::SetFlagsFromString(flag);
}

napi_status js_fork_child(napi_env env, uint64_t seed) {
  env->forked = true;
  env->seed = seed;
  seed_set(seed);
  return js_platform_start_threads();
}

void js_env_forked_like(napi_env env, napi_env parent) {
  if (!parent->forked) return;
  env->forked = true;
  HandleScope scope(env->isolate);
  fork_context_seed(env, env->context());
}

/* The flag is the process's: its threads take turns. */
static std::mutex seeding;

/* Without a seed the engine would draw one from the isolate's generator, whose state all children of a fork share. */
void fork_context_seed(napi_env env, Local<Context> context) {
  if (!env->forked) return;
  std::lock_guard<std::mutex> guard(seeding);
  uint64_t drawn = 0;
  if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof drawn))
    drawn = env->seed += 0x9e3779b97f4a7c15; /* before the kernel has entropy */
  seed_set(drawn);
  TryCatch catcher(env->isolate);
  Local<Value> math, random;
  bool taken = context->Global()->Get(context, String::NewFromUtf8Literal(env->isolate, "Math")).ToLocal(&math) &&
               math->IsObject() &&
               math.As<Object>()->Get(context, String::NewFromUtf8Literal(env->isolate, "random")).ToLocal(&random) &&
               random->IsFunction() && !random.As<Function>()->Call(context, math, 0, nullptr).IsEmpty();
  if (taken) seed_set(drawn ^ drawn << 32 ^ ++env->seed); /* the main context may still be without */
}
