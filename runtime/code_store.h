/*
 * code_store: what the processes of one generation have loaded (texts, where names lead to, compiled code) in memory
 * that they share, so that all of them run the same program whatever happens to its files.
 *
 * It only grows, and what came first under a name stays: an answer that a process got once is the answer for all. The
 * one exception is "there is none", which something may follow.
 *
 * Who may write: its keeper alone, a process that runs no JavaScript. The memory is a memfd that is sealed against
 * writing as soon as the keeper has its own mapping (F_SEAL_FUTURE_WRITE): the kernel then refuses every other writable
 * mapping and every write(), so that a process which a bug or an attacker controls cannot change what its siblings run,
 * or what replaces them will. Sealing it all once a generation is active would have been simpler, but then what is
 * loaded later (a require() in a handler, compiled code, which is best taken when functions have run) could not be
 * kept. Processes offer what they have loaded: a batch, which is a code_store of their own in a memfd; the keeper reads
 * it, checks it and takes over what it does not have. A process can so be the first to say what a file holds that
 * nobody has asked for yet; it can change nothing that a sibling has seen.
 *
 * No locks: the keeper makes a record complete before it links it in, and readers follow links.
 */
#ifndef JSD_RUNTIME_CODE_STORE_H
#define JSD_RUNTIME_CODE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct code_store code_store;

enum {
  CODE_STORE_MISSING = 1, /* there is no such thing; no bytes */
  CODE_STORE_ASCII = 2,   /* the bytes are a text of ASCII only */
};

typedef struct code_store_key {
  uint32_t kind; /* whatever the users agree on */
  const void *bytes;
  size_t size;
} code_store_key;

/* Found ones stay valid until the store is closed, at an address divisible by 8. */
typedef struct code_store_value {
  uint32_t flags;
  const uint8_t *bytes;
  size_t size;
} code_store_value;

/* An empty one of at most `capacity` bytes (memory is used as it fills), made by its keeper, for whom alone it can be
 * written; forked children do not inherit the mapping. 0 or a negative errno. */
int code_store_create(size_t capacity, code_store **out);
/* The same without the seal: a batch to be offered. */
int code_store_batch(size_t capacity, code_store **out);
/* Of a store: for code_store_attach in a child. Of a batch: for code_store_take in the keeper. */
int code_store_fd(const code_store *store);
/* A reader's mapping of what code_store_create made; the descriptor may be closed. -EPROTO: it is something else. */
int code_store_attach(int fd, code_store **out);
void code_store_close(code_store *store);

bool code_store_find(const code_store *store, const code_store_key *key, code_store_value *out);
/* By whoever made it. What is there already stays, unless that is CODE_STORE_MISSING and this is not. 0, -ENOSPC (it is
 * full from then on) or another negative errno. */
int code_store_add(code_store *store, const code_store_key *key, const code_store_value *value);
/* The keeper takes over a batch, as a whole or, where the room ends, in part (-ENOSPC). -EPROTO: it is no batch, or a
 * damaged one, and nothing was taken. Reads the descriptor, which it does not close, once: changing it meanwhile is of
 * no use. */
int code_store_take(code_store *store, int batch);
/* Batches taken so far, damaged ones included: 0 means that nobody has offered anything yet. */
uint64_t code_store_taken(const code_store *store);
/* Something did not fit in: more need not be offered. */
bool code_store_full(const code_store *store);
size_t code_store_capacity(const code_store *store);
size_t code_store_used(const code_store *store);

#endif
