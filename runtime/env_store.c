/* env_store.c: variables that several threads have as their process.env: the process's own environment, or a thread's
 * copy that it shares with threads of its own. The C library's environment has no lock, so it is read and written under
 * this one once it is shared. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "thread_group.h"

extern char **environ;

struct env_store {
  atomic_uint refs;
  uv_mutex_t lock;
  bool process;
  char **entries; /* "NAME=value", of a copy */
  size_t count, capacity;
};

env_store *env_store_new(bool process) {
  env_store *store = calloc(1, sizeof *store);
  if (store == NULL) return NULL;
  if (uv_mutex_init(&store->lock) != 0) {
    free(store);
    return NULL;
  }
  store->refs = 1;
  store->process = process;
  return store;
}

env_store *env_store_share(env_store *store) {
  atomic_fetch_add(&store->refs, 1);
  return store;
}

void env_store_free(env_store *store) {
  if (store == NULL || atomic_fetch_sub(&store->refs, 1) != 1) return;
  for (size_t i = 0; i < store->count; i++) free(store->entries[i]);
  free(store->entries);
  uv_mutex_destroy(&store->lock);
  free(store);
}

/* The entry's place, or count. */
static size_t find(const env_store *store, const char *name) {
  size_t length = strlen(name), i = 0;
  while (i < store->count && (strncmp(store->entries[i], name, length) != 0 || store->entries[i][length] != '=')) i++;
  return i;
}

char *env_store_get(env_store *store, const char *name) {
  const char *value = NULL;
  uv_mutex_lock(&store->lock);
  if (store->process) {
    value = getenv(name);
  } else {
    size_t i = find(store, name);
    if (i < store->count) value = store->entries[i] + strlen(name) + 1;
  }
  char *copy = value != NULL ? strdup(value) : NULL;
  uv_mutex_unlock(&store->lock);
  return copy;
}

static void set_entry(env_store *store, const char *name, const char *value) {
  size_t i = find(store, name), size = strlen(name) + (value != NULL ? strlen(value) : 0) + 2;
  if (value == NULL) {
    if (i == store->count) return;
    free(store->entries[i]);
    store->count--;
    memmove(store->entries + i, store->entries + i + 1, (store->count - i) * sizeof *store->entries);
    return;
  }
  if (i == store->capacity) {
    size_t capacity = store->capacity == 0 ? 32 : store->capacity * 2;
    char **larger = realloc(store->entries, capacity * sizeof *larger);
    if (larger == NULL) return;
    store->entries = larger;
    store->capacity = capacity;
  }
  char *entry = malloc(size);
  if (entry == NULL) return;
  snprintf(entry, size, "%s=%s", name, value);
  if (i < store->count) free(store->entries[i]);
  else store->count++;
  store->entries[i] = entry;
}

void env_store_set(env_store *store, const char *name, const char *value) {
  if (*name == 0) return;
  uv_mutex_lock(&store->lock);
  if (!store->process) set_entry(store, name, value);
  else if (value != NULL) setenv(name, value, 1);
  else unsetenv(name);
  uv_mutex_unlock(&store->lock);
}

void env_store_each(env_store *store, void (*each)(const char *name, size_t name_size, const char *value, void *data),
                    void *data) {
  uv_mutex_lock(&store->lock);
  char **entries = store->process ? environ : store->entries;
  for (size_t i = 0; entries != NULL && (store->process ? entries[i] != NULL : i < store->count); i++) {
    const char *equals = strchr(entries[i] + 1, '=');
    if (equals != NULL && equals != entries[i]) each(entries[i], (size_t)(equals - entries[i]), equals + 1, data);
  }
  uv_mutex_unlock(&store->lock);
}
