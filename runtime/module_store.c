#include "module_store.h"

#include <string.h>

#include "runtime_internal.h"

enum { RECORD_ROOM = 8192 }; /* for what a batch needs beside its one record */

void module_store_open(runtime *rt) {
  module_store *store = &rt->store;
  *store = (module_store){.shared = rt->host.code, .starting = true};
  if (store->shared != NULL) store->collecting = code_store_taken(store->shared) == 0;
}

void module_store_close(runtime *rt) {
  code_store_close(rt->store.batch);
  rt->store.batch = NULL;
  rt->store.shared = NULL;
}

bool module_store_find(const module_store *store, const code_store_key *key, code_store_value *out) {
  if (store->shared == NULL) return false;
  return code_store_find(store->shared, key, out) || (store->batch != NULL && code_store_find(store->batch, key, out));
}

void module_store_queue(runtime *rt, const code_store_key *key, const code_store_value *value) {
  module_store *store = &rt->store;
  if (store->shared == NULL || code_store_full(store->shared)) return;
  if (store->batch == NULL && code_store_batch(code_store_capacity(store->shared), &store->batch) != 0) return;
  code_store_add(store->batch, key, value); /* one that is full says so when it is offered */
}

void module_store_send(runtime *rt) {
  module_store *store = &rt->store;
  code_store *batch = store->batch;
  store->batch = NULL;
  store->collecting = false;
  if (batch == NULL) return;
  if (rt->host.offer != NULL) rt->host.offer(rt->host.data, code_store_fd(batch), false);
  code_store_close(batch);
}

bool module_store_settle(runtime *rt, const code_store_key *key, const code_store_value *value) {
  module_store *store = &rt->store;
  code_store *one = NULL;
  code_store_value known;
  if (store->collecting) {
    module_store_queue(rt, key, value);
    return false;
  }
  if (store->shared == NULL || rt->host.offer == NULL || code_store_full(store->shared)) return false;
  size_t capacity = key->size + value->size + RECORD_ROOM;
  capacity += capacity / 256; /* buckets */
  if (capacity > code_store_capacity(store->shared)) capacity = code_store_capacity(store->shared);
  if (code_store_batch(capacity, &one) != 0) return false;
  code_store_add(one, key, value);
  int err = rt->host.offer(rt->host.data, code_store_fd(one), true);
  code_store_close(one);
  return err == 0 && code_store_find(store->shared, key, &known);
}

uint32_t module_store_flags(const char *text, size_t size) {
  uint64_t all = 0;
  size_t i = 0;
  for (uint64_t word; i + sizeof word <= size; i += sizeof word) {
    memcpy(&word, text + i, sizeof word);
    all |= word;
  }
  for (; i < size; i++) all |= (uint8_t)text[i];
  return (all & 0x8080808080808080ull) == 0 ? CODE_STORE_ASCII : 0;
}

void runtime_loaded(runtime *rt) {
  rt->store.starting = false;
  module_store_send(rt);
}
