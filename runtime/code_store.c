/*
 * Layout: header, buckets, records. A bucket holds the place of its newest record, a record the place of the next older
 * one: places only get smaller along a chain, so that no chain of a damaged memory goes in circles. Readers check every
 * place and size against what is in use; they check no hash, since nobody but the keeper can have written.
 */
#include "code_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "code_cache.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010 /* Linux 5.1 */
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* Linux 6.3, and asked for where vm.memfd_noexec is set */
#endif

enum {
  BYTES_PER_BUCKET = 4096, /* the number of buckets follows from the capacity: an app of 64 MB has tens of thousands */
  BUCKETS_MIN = 64,
  RESERVE_BYTES = 1 << 16, /* memory is asked for in pieces of this */
  SEALS = F_SEAL_GROW | F_SEAL_SHRINK,
};
static const uint64_t store_magic = 0x3165726f7473646aULL; /* changes with the layout */

typedef struct store_header {
  uint64_t magic, capacity;
  uint64_t buckets; /* a power of two */
  _Atomic uint64_t used;
  _Atomic uint64_t taken;
  _Atomic uint64_t full;
} store_header;

typedef struct record {
  uint64_t next; /* place of an older record of the bucket; 0: none */
  uint64_t hash; /* of the key */
  uint32_t kind, flags;
  uint64_t key_size, size;
  /* the key, zeros up to a multiple of 8, the value, the same */
} record;

struct code_store {
  uint8_t *map;
  size_t capacity;
  uint64_t buckets;
  size_t reserved; /* up to here there is memory */
  int fd;          /* -1: a reader's */
  bool writable;
};

static store_header *header_of(const code_store *store) { return (store_header *)store->map; }
static _Atomic uint64_t *buckets_of(const code_store *store) {
  return (_Atomic uint64_t *)(store->map + sizeof(store_header));
}
static size_t aligned(size_t size) { return (size + 7) & ~(size_t)7; }
static size_t first_place(uint64_t buckets) { return sizeof(store_header) + buckets * sizeof(uint64_t); }
static uint64_t key_hash(const code_store_key *key) { return code_hash(key->bytes, key->size, key->kind); }

static uint64_t buckets_for(size_t capacity) {
  uint64_t count = BUCKETS_MIN;
  while (count * BYTES_PER_BUCKET < capacity) count *= 2;
  return count;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static int store_make(size_t capacity, int seals, code_store **out) {
  int err = 0;
  capacity = aligned(capacity);
  uint64_t buckets = buckets_for(capacity);
  if (capacity < first_place(buckets)) return -EINVAL;
  code_store *store = calloc(1, sizeof *store);
  if (store == NULL) return -ENOMEM;
  *store = (code_store){.capacity = capacity, .buckets = buckets, .writable = true};
  store->fd = memfd_create("jsd-code", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (store->fd < 0 && errno == EINVAL) store->fd = memfd_create("jsd-code", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (store->fd < 0) {
    err = -errno;
    goto no_fd;
  }
  if (ftruncate(store->fd, (off_t)capacity) != 0) goto failed;
  void *map = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, store->fd, 0);
  if (map == MAP_FAILED) goto failed;
  store->map = map;
  madvise(map, capacity, MADV_DONTFORK);
  if (fcntl(store->fd, F_ADD_SEALS, seals) != 0) goto failed;
  store_header *header = header_of(store);
  header->magic = store_magic;
  header->capacity = capacity;
  header->buckets = buckets;
  atomic_store(&header->used, first_place(buckets));
  store->reserved = first_place(buckets);
  *out = store;
  return 0;

failed:
  err = -errno;
  if (store->map != NULL) munmap(store->map, capacity);
  close(store->fd);
no_fd:
  free(store);
  return err;
}

int code_store_create(size_t capacity, code_store **out) {
  return store_make(capacity, SEALS | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL, out);
}

int code_store_batch(size_t capacity, code_store **out) { return store_make(capacity, SEALS, out); }

/* Whether these are the first bytes of a store of `size` bytes, of which `used` hold something. */
static bool header_is_sound(const store_header *header, size_t size) {
  uint64_t used = atomic_load(&header->used);
  return header->magic == store_magic && header->capacity == size && header->buckets == buckets_for(size) &&
         used >= first_place(header->buckets) && used <= size && used % 8 == 0;
}

int code_store_attach(int fd, code_store **out) {
  struct stat st;
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & (SEALS | F_SEAL_FUTURE_WRITE)) != (SEALS | F_SEAL_FUTURE_WRITE)) return -EPROTO;
  if (fstat(fd, &st) != 0) return -errno;
  if ((size_t)st.st_size < first_place(BUCKETS_MIN)) return -EPROTO;
  void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return -errno;
  code_store *store = header_is_sound(map, (size_t)st.st_size) ? calloc(1, sizeof *store) : NULL;
  if (store == NULL) {
    int err = header_is_sound(map, (size_t)st.st_size) ? -ENOMEM : -EPROTO;
    munmap(map, (size_t)st.st_size);
    return err;
  }
  *store = (code_store){.map = map, .capacity = (size_t)st.st_size, .fd = -1};
  store->buckets = header_of(store)->buckets;
  *out = store;
  return 0;
}

void code_store_close(code_store *store) {
  if (store == NULL) return;
  munmap(store->map, store->capacity);
  if (store->fd >= 0) close(store->fd);
  free(store);
}

int code_store_fd(const code_store *store) { return store->fd; }
uint64_t code_store_taken(const code_store *store) { return atomic_load(&header_of(store)->taken); }
bool code_store_full(const code_store *store) { return atomic_load(&header_of(store)->full) != 0; }
size_t code_store_capacity(const code_store *store) { return store->capacity; }
size_t code_store_used(const code_store *store) { return atomic_load(&header_of(store)->used); }

/* ---- records ---------------------------------------------------------------------------------------------------- */

/* Its whole size, or 0 where it does not end within `end`. */
static size_t record_size(const uint8_t *bytes, size_t place, size_t end) {
  if (place % 8 != 0 || place > end || end - place < sizeof(record)) return 0;
  const record *r = (const record *)(bytes + place);
  size_t room = end - place - sizeof *r;
  if (r->key_size > room || r->size > room) return 0;
  size_t size = sizeof *r + aligned(r->key_size) + aligned(r->size);
  return size <= end - place ? size : 0;
}

static const uint8_t *record_key(const record *r) { return (const uint8_t *)(r + 1); }

static code_store_value record_value(const record *r) {
  return (code_store_value){.flags = r->flags, .bytes = record_key(r) + aligned(r->key_size), .size = (size_t)r->size};
}

static bool find_hashed(const code_store *store, const code_store_key *key, uint64_t hash, code_store_value *out) {
  size_t first = first_place(store->buckets), last = store->capacity;
  uint64_t place = atomic_load_explicit(&buckets_of(store)[hash & (store->buckets - 1)], memory_order_acquire);
  size_t end = code_store_used(store); /* after the bucket: what is linked in is below it */
  if (end > store->capacity) return false;
  while (place >= first && place < last && record_size(store->map, place, end) != 0) {
    const record *r = (const record *)(store->map + place);
    if (r->hash == hash && r->kind == key->kind && r->key_size == key->size &&
        memcmp(record_key(r), key->bytes, key->size) == 0) {
      *out = record_value(r);
      return true;
    }
    last = place;
    place = r->next;
  }
  return false;
}

bool code_store_find(const code_store *store, const code_store_key *key, code_store_value *out) {
  return find_hashed(store, key, key_hash(key), out);
}

static int store_is_full(code_store *store) {
  atomic_store(&header_of(store)->full, 1);
  return -ENOSPC;
}

/* Where the machine has no memory left, this fails; the copying would end the process. */
static bool memory_reserve(code_store *store, size_t end) {
  if (end <= store->reserved) return true;
  size_t wanted = (end + RESERVE_BYTES - 1) / RESERVE_BYTES * RESERVE_BYTES;
  if (wanted > store->capacity) wanted = store->capacity;
  if (fallocate(store->fd, 0, (off_t)store->reserved, (off_t)(wanted - store->reserved)) != 0) return false;
  store->reserved = wanted;
  return true;
}

int code_store_add(code_store *store, const code_store_key *key, const code_store_value *value) {
  code_store_value known;
  uint64_t hash = key_hash(key);
  if (!store->writable) return -EPERM;
  if (find_hashed(store, key, hash, &known) &&
      ((known.flags & CODE_STORE_MISSING) == 0 || (value->flags & CODE_STORE_MISSING) != 0))
    return 0;
  store_header *header = header_of(store);
  size_t place = code_store_used(store), room = store->capacity - place;
  if (key->size > room || value->size > room) return store_is_full(store);
  size_t size = sizeof(record) + aligned(key->size) + aligned(value->size);
  if (size > room || !memory_reserve(store, place + size)) return store_is_full(store);
  _Atomic uint64_t *bucket = &buckets_of(store)[hash & (store->buckets - 1)];
  record *r = (record *)(store->map + place);
  *r = (record){.next = atomic_load(bucket),
                .hash = hash,
                .kind = key->kind,
                .flags = value->flags,
                .key_size = key->size,
                .size = value->size};
  memcpy(r + 1, key->bytes, key->size);
  if (value->size > 0) memcpy((uint8_t *)(r + 1) + aligned(key->size), value->bytes, value->size);
  atomic_store(&header->used, place + size);
  atomic_store_explicit(bucket, place, memory_order_release);
  return 0;
}

/* ---- batches ---------------------------------------------------------------------------------------------------- */

static int read_all(int fd, uint8_t *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t n = pread(fd, bytes + at, size - at, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) return -EPROTO;
    at += (size_t)n;
  }
  return 0;
}

/* A copy of the part of a batch that is in use: malloc'd, with sound records only. */
static int batch_copy(const code_store *store, int fd, uint8_t **out) {
  struct stat st;
  store_header header;
  /* Only memory: the keeper must not wait for a disk, a network or a process. */
  if (fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return -EPROTO;
  int err = read_all(fd, (uint8_t *)&header, sizeof header);
  if (err != 0) return err;
  if (!header_is_sound(&header, (size_t)st.st_size) || header.capacity > store->capacity) return -EPROTO;
  size_t used = (size_t)atomic_load(&header.used), first = first_place(header.buckets);
  uint8_t *bytes = malloc(used);
  if (bytes == NULL) return -ENOMEM;
  err = read_all(fd, bytes, used);
  if (err == 0) { /* from here on the copy counts, which nobody changes */
    memcpy(&header, bytes, sizeof header);
    if (!header_is_sound(&header, (size_t)st.st_size) || atomic_load(&header.used) != used) err = -EPROTO;
  }
  for (size_t place = first, size; err == 0 && place < used; place += size) {
    if ((size = record_size(bytes, place, used)) == 0) err = -EPROTO;
  }
  if (err == 0) {
    *out = bytes;
  } else {
    free(bytes);
  }
  return err;
}

int code_store_take(code_store *store, int batch) {
  uint8_t *bytes = NULL;
  int err = batch_copy(store, batch, &bytes);
  if (err == 0) {
    store_header header;
    memcpy(&header, bytes, sizeof header);
    size_t used = (size_t)atomic_load(&header.used);
    for (size_t place = first_place(header.buckets); place < used; place += record_size(bytes, place, used)) {
      const record *r = (const record *)(bytes + place);
      code_store_key key = {.kind = r->kind, .bytes = record_key(r), .size = (size_t)r->key_size};
      code_store_value value = record_value(r);
      int added = code_store_add(store, &key, &value);
      if (added != 0) err = added;
    }
    if (err == 0 && atomic_load(&header.full) != 0) err = store_is_full(store);
    free(bytes);
  }
  atomic_fetch_add(&header_of(store)->taken, 1);
  return err;
}
