/*
 * code_cache: what an engine made of a program's modules, kept on disk so that the next process need not compile them.
 * One file a program; it holds blobs by key and knows nothing of the engine but a tag: a file of another engine, of
 * other flags or of a damaged disk is as good as none.
 */
#ifndef JSD_RUNTIME_CODE_CACHE_H
#define JSD_RUNTIME_CODE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct code_cache code_cache;

/* A module's text under a name. A newer text of the same name replaces the older one. */
typedef struct code_key {
  uint64_t name; /* hash of its path or URL, and of how it is compiled */
  uint64_t text; /* hash of its text */
  uint64_t size; /* of its text, bytes */
} code_key;

/* Not for keeping secrets: chance collisions only. */
uint64_t code_hash(const void *bytes, size_t size, uint64_t seed);

/*
 * Opens the cache of `program` (a path) in `folder`, which is made (0700) where it is missing. tag: hash of everything
 * that the blobs depend on. Returns 0 or a negative errno: -EPERM where the folder is not this user's alone to write.
 */
int code_cache_open(const char *folder, const char *program, uint64_t tag, code_cache **out);
/* Valid until the next code_cache_save or code_cache_close. False: there is none, or it is damaged. */
bool code_cache_find(code_cache *cache, const code_key *key, const uint8_t **data, size_t *size);
/* Adds a blob in memory. `data` is malloc'd and becomes the cache's. refused: the one that code_cache_find gave was of
 * no use, and goes. 0 or -ENOMEM. */
int code_cache_add(code_cache *cache, const code_key *key, uint8_t *data, size_t size, bool refused);
/*
 * Writes what was added, together with what the file holds by now; readers see the old file or the new one, whole.
 * What no process has asked for since it became the larger part is dropped. 0, or a negative errno; -EBUSY: another
 * process is writing. Added blobs are forgotten in every case but -EBUSY.
 */
int code_cache_save(code_cache *cache);
void code_cache_close(code_cache *cache);

#endif
