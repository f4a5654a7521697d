/*
 * ticket_keys: the keys of TLS session tickets, in memory that the master shares with every worker of every generation,
 * so that a session resumes whichever worker took the first connection, and after a reload too. The master makes a new
 * key now and then; the one before still opens tickets until the next. Never written to disk, and not in core dumps.
 *
 * One writer, the master; workers can only read. A reader copies what it needs between two looks at `version`, which is
 * odd while the master writes.
 */
#ifndef JSD_SERVER_TICKET_KEYS_H
#define JSD_SERVER_TICKET_KEYS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

enum { TICKET_NAME_BYTES = 16, TICKET_KEY_BYTES = 32, TICKET_KEYS = 2 };

typedef struct ticket_key {
  unsigned char name[TICKET_NAME_BYTES];
  unsigned char cipher[TICKET_KEY_BYTES]; /* AES-256-CBC */
  unsigned char mac[TICKET_KEY_BYTES];    /* HMAC-SHA-256 */
} ticket_key;

typedef struct ticket_keys ticket_keys;

/* With a first key. NULL: no memory, or no random bytes. */
ticket_keys *ticket_keys_create(void);
void ticket_keys_destroy(ticket_keys *keys); /* NULL is allowed */
/* In the master: a new key seals from now on, the one before still opens. 0 or -errno (then nothing has changed). */
int ticket_keys_rotate(ticket_keys *keys);
/* In a worker: read-only from now on. */
void ticket_keys_seal(ticket_keys *keys);
/* Key i: 0 is the one that seals. False: the master is in the middle of writing, for longer than it ever takes. */
bool ticket_keys_get(const ticket_keys *keys, unsigned i, ticket_key *out);
/* The context's tickets are sealed and opened with these; keys outlive it. Uses the context's app data. */
void ticket_keys_install(ticket_keys *keys, SSL_CTX *context);

#endif
