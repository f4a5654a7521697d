/*
 * One file per program, not one per module as Node has it: Express is 150 modules, and a file each costs four system
 * calls; this one is mapped, so that all workers of a machine share its pages, and a lookup is a search in a sorted
 * table. Layout: header, entries by name, blobs. Entries are checked when they are asked for: a torn or edited file
 * costs its damaged entries, never a crash (the engine does not check its data itself).
 *
 * Processes that start together compile the same and then all want to write: a lock on the folder lets one do it, and
 * the others find everything there.
 */
#include "code_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t file_magic = 0x316b6361706a736aULL; /* changes with the layout */

typedef struct file_header {
  uint64_t magic, tag;
  uint64_t count;
  uint64_t table; /* hash of the entries */
} file_header;

typedef struct file_entry {
  code_key key;
  uint64_t offset, size; /* of the blob in the file */
  uint64_t hash;         /* of the blob */
} file_entry;

typedef struct added {
  code_key key;
  uint8_t *data;
  size_t size;
  uint64_t refused; /* hash of the blob of this key that the engine refused; 0: none */
} added;

struct code_cache {
  char path[PATH_MAX], folder[PATH_MAX];
  uint64_t tag;
  const uint8_t *map; /* NULL: no valid file */
  size_t map_size, count;
  const file_entry *entries;
  bool *used; /* of each entry */
  added *added;
  size_t added_count;
};

uint64_t code_hash(const void *bytes, size_t size, uint64_t seed) {
  const uint8_t *at = bytes;
  uint64_t hash = seed ^ 0x9e3779b97f4a7c15ULL ^ size;
  for (size_t i = 0; i < size; i += sizeof hash) {
    uint64_t word = 0;
    memcpy(&word, at + i, size - i < sizeof word ? size - i : sizeof word);
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32;
  }
  return hash;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void unmap(code_cache *cache) {
  if (cache->map != NULL) munmap((void *)(uintptr_t)cache->map, cache->map_size);
  free(cache->used);
  cache->map = NULL;
  cache->used = NULL;
  cache->entries = NULL;
  cache->count = 0;
}

/* Maps the file where it is one of ours with an intact table; otherwise the cache is empty. */
static void map(code_cache *cache) {
  struct stat st;
  file_header header;
  int fd = open(cache->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (size_t)st.st_size >= sizeof header) {
    cache->map_size = (size_t)st.st_size;
    void *bytes = mmap(NULL, cache->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED) cache->map = bytes;
  }
  close(fd);
  if (cache->map == NULL) return;
  memcpy(&header, cache->map, sizeof header);
  cache->entries = (const file_entry *)(cache->map + sizeof header);
  cache->count = header.count;
  if (header.magic != file_magic || header.tag != cache->tag ||
      header.count > (cache->map_size - sizeof header) / sizeof(file_entry) ||
      code_hash(cache->entries, header.count * sizeof(file_entry), cache->tag) != header.table ||
      (cache->used = calloc(header.count + 1, sizeof(bool))) == NULL)
    unmap(cache);
}

static int folder_prepare(const char *folder) {
  struct stat st;
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s/", folder) >= (int)sizeof path) return -ENAMETOOLONG;
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return -errno;
    *slash = '/';
  }
  if (stat(folder, &st) != 0) return -errno;
  if (!S_ISDIR(st.st_mode)) return -ENOTDIR;
  /* What somebody else can write there, this process would run. */
  return st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? -EPERM : 0;
}

int code_cache_open(const char *folder, const char *program, uint64_t tag, code_cache **out) {
  int err = folder_prepare(folder);
  if (err != 0) return err;
  code_cache *cache = calloc(1, sizeof *cache);
  if (cache == NULL) return -ENOMEM;
  cache->tag = tag;
  int length = snprintf(cache->path, sizeof cache->path, "%s/%016llx.code", folder,
                        (unsigned long long)code_hash(program, strlen(program), tag));
  if (length >= (int)sizeof cache->path) {
    free(cache);
    return -ENAMETOOLONG;
  }
  memcpy(cache->folder, folder, strlen(folder) + 1);
  map(cache);
  *out = cache;
  return 0;
}

/* The entry of this name, or NULL. */
static const file_entry *entry_find(const code_cache *cache, uint64_t name) {
  size_t low = 0, high = cache->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (cache->entries[middle].key.name < name)
      low = middle + 1;
    else
      high = middle;
  }
  return low < cache->count && cache->entries[low].key.name == name ? &cache->entries[low] : NULL;
}

static bool entry_is_whole(const code_cache *cache, const file_entry *e) {
  return e->offset <= cache->map_size && e->size <= cache->map_size - e->offset &&
         code_hash(cache->map + e->offset, e->size, cache->tag) == e->hash;
}

bool code_cache_find(code_cache *cache, const code_key *key, const uint8_t **data, size_t *size) {
  const file_entry *e = entry_find(cache, key->name);
  if (e == NULL || e->key.text != key->text || e->key.size != key->size || !entry_is_whole(cache, e)) return false;
  cache->used[e - cache->entries] = true;
  *data = cache->map + e->offset;
  *size = e->size;
  return true;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

int code_cache_add(code_cache *cache, const code_key *key, uint8_t *data, size_t size, bool refused) {
  added *larger = realloc(cache->added, (cache->added_count + 1) * sizeof *larger);
  if (larger == NULL) {
    free(data);
    return -ENOMEM;
  }
  cache->added = larger;
  const file_entry *e = refused ? entry_find(cache, key->name) : NULL;
  cache->added[cache->added_count++] =
      (added){.key = *key, .data = data, .size = size, .refused = e != NULL ? e->hash : 0};
  return 0;
}

static void added_forget(code_cache *cache) {
  for (size_t i = 0; i < cache->added_count; i++) free(cache->added[i].data);
  free(cache->added);
  cache->added = NULL;
  cache->added_count = 0;
}

static int by_name(const void *a, const void *b) {
  uint64_t x = ((const added *)a)->key.name, y = ((const added *)b)->key.name;
  return x < y ? -1 : x > y;
}

/* Whether entries that nobody asked for take more room than the others and the new ones together. */
static bool mostly_unused(const code_cache *cache, const bool *used) {
  uint64_t kept = 0, unused = 0;
  for (size_t i = 0; i < cache->count; i++) *(used[i] ? &kept : &unused) += cache->entries[i].size;
  for (size_t i = 0; i < cache->added_count; i++) kept += cache->added[i].size;
  return unused > kept;
}

/* What the new file holds, by name: added blobs, and those of the present file that they do not replace. */
static added *merge(const code_cache *cache, const bool *used, size_t *count) {
  added *all = malloc((cache->added_count + cache->count + 1) * sizeof *all);
  if (all == NULL) return NULL;
  bool drop = mostly_unused(cache, used);
  qsort(cache->added, cache->added_count, sizeof *cache->added, by_name);
  size_t n = 0;
  for (size_t i = 0; i < cache->added_count; i++)
    if (n == 0 || all[n - 1].key.name != cache->added[i].key.name) all[n++] = cache->added[i];
  for (size_t i = 0, fresh = n; i < cache->count; i++) {
    const file_entry *e = &cache->entries[i];
    added old = {.key = e->key, .data = (uint8_t *)(uintptr_t)cache->map + e->offset, .size = e->size};
    if ((drop && !used[i]) || !entry_is_whole(cache, e) || bsearch(&old, all, fresh, sizeof old, by_name) != NULL)
      continue;
    all[n++] = old;
  }
  qsort(all, n, sizeof *all, by_name);
  *count = n;
  return all;
}

static int write_all(int fd, const void *bytes, size_t size) {
  for (const char *at = bytes; size > 0;) {
    ssize_t n = write(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? -errno : -EIO;
    at += n;
    size -= (size_t)n;
  }
  return 0;
}

static int write_file(const code_cache *cache, int fd, const added *all, size_t count) {
  file_entry *entries = calloc(count + 1, sizeof *entries);
  if (entries == NULL) return -ENOMEM;
  uint64_t offset = sizeof(file_header) + count * sizeof *entries;
  for (size_t i = 0; i < count; i++) {
    offset = (offset + 7) & ~7ull; /* the engine wants aligned data */
    entries[i] = (file_entry){.key = all[i].key,
                              .offset = offset,
                              .size = all[i].size,
                              .hash = code_hash(all[i].data, all[i].size, cache->tag)};
    offset += all[i].size;
  }
  file_header header = {.magic = file_magic, .tag = cache->tag, .count = count};
  header.table = code_hash(entries, count * sizeof *entries, cache->tag);
  int err = write_all(fd, &header, sizeof header);
  if (err == 0) err = write_all(fd, entries, count * sizeof *entries);
  uint64_t at = sizeof header + count * sizeof *entries;
  for (size_t i = 0; err == 0 && i < count; i++) {
    static const uint8_t zeros[8];
    err = write_all(fd, zeros, entries[i].offset - at);
    if (err == 0) err = write_all(fd, all[i].data, all[i].size);
    at = entries[i].offset + entries[i].size;
  }
  free(entries);
  return err;
}

/* Whether the file, as it is now, has a blob for every added one. */
static bool nothing_new(const code_cache *cache) {
  for (size_t i = 0; i < cache->added_count; i++) {
    const file_entry *e = entry_find(cache, cache->added[i].key.name);
    if (e == NULL || memcmp(&e->key, &cache->added[i].key, sizeof e->key) != 0 || e->hash == cache->added[i].refused)
      return false;
  }
  return true;
}

static int replace_file(code_cache *cache, const added *all, size_t count) {
  char temporary[PATH_MAX + 16];
  snprintf(temporary, sizeof temporary, "%s.%d", cache->path, (int)getpid());
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return -errno;
  int err = write_file(cache, fd, all, count);
  if (close(fd) != 0 && err == 0) err = -errno;
  if (err == 0 && rename(temporary, cache->path) != 0) err = -errno;
  if (err != 0) unlink(temporary);
  return err;
}

int code_cache_save(code_cache *cache) {
  if (cache->added_count == 0) return 0;
  int lock = open(cache->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
  if (lock < 0) {
    err = -errno;
    added_forget(cache);
    return err;
  }
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    return -EBUSY;
  }
  /* Another process may have written since: its file counts, with what this process used of its own. */
  code_cache now = *cache;
  now.map = NULL;
  now.used = NULL;
  now.count = 0;
  map(&now);
  for (size_t i = 0; i < cache->count; i++) {
    const file_entry *e = cache->used[i] ? entry_find(&now, cache->entries[i].key.name) : NULL;
    if (e != NULL && now.used != NULL) now.used[e - now.entries] = true;
  }
  if (!nothing_new(&now)) {
    size_t count = 0;
    added *all = merge(&now, now.used, &count);
    err = all == NULL ? -ENOMEM : replace_file(&now, all, count);
    free(all);
  }
  unmap(&now);
  close(lock);
  added_forget(cache);
  unmap(cache);
  map(cache);
  return err;
}

void code_cache_close(code_cache *cache) {
  if (cache == NULL) return;
  unmap(cache);
  added_forget(cache);
  free(cache);
}
