/*
 * module_store: a runtime's use of the code_store that its host gives it: what the module loader asks of the disk is
 * asked there first, and what came from the disk goes there.
 *
 * The first process of a generation loads alone and collects everything in one batch, handed over when it serves. After
 * that every text or name that is not there yet is settled with the keeper before it is used: of two processes that
 * load a file at the same time, with a deploy in between, the second gets the text of the first.
 */
#ifndef JSD_RUNTIME_MODULE_STORE_H
#define JSD_RUNTIME_MODULE_STORE_H

#include "code_store.h"

typedef struct runtime runtime;

/* What is kept. Keys are paths, but of compiled code. */
enum {
  STORE_TEXT = 1,   /* a file, as UTF-8 */
  STORE_RESOLUTION, /* what require() or import leads to (modules/internal/loader/store.js) */
  STORE_SCOPE,      /* of a folder: its package (modules/internal/loader/package_json.js) */
  STORE_CODE,       /* by code_key (code_cache.h) */
};

typedef struct module_store {
  code_store *shared; /* the host's; NULL: nothing is kept */
  code_store *batch;  /* not handed over yet; NULL: nothing */
  bool starting;      /* the app does not serve yet */
  bool collecting;    /* nobody has offered anything before */
  bool code_offered;  /* compiled code was handed over */
} module_store;

void module_store_open(runtime *rt);
void module_store_close(runtime *rt);
bool module_store_find(const module_store *store, const code_store_key *key, code_store_value *out);
/* Adds what came from the disk. True: the shared store has the key now, perhaps with a sibling's value. */
bool module_store_settle(runtime *rt, const code_store_key *key, const code_store_value *value);
/* Adds to the next batch, without a word to the keeper. */
void module_store_queue(runtime *rt, const code_store_key *key, const code_store_value *value);
/* Hands the batch over. */
void module_store_send(runtime *rt);
/* CODE_STORE_ASCII or 0 */
uint32_t module_store_flags(const char *text, size_t size);

#endif
