#include "server/ticket_keys.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { READS_MAX = 1000 };

struct ticket_keys {
  _Atomic uint64_t version; /* odd: being written */
  unsigned count;
  ticket_key key[TICKET_KEYS]; /* the newest first */
};

ticket_keys *ticket_keys_create(void) {
  ticket_keys *keys = mmap(NULL, sizeof *keys, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (keys == MAP_FAILED) return NULL;
  madvise(keys, sizeof *keys, MADV_DONTDUMP);
  if (ticket_keys_rotate(keys) == 0) return keys;
  ticket_keys_destroy(keys);
  return NULL;
}

void ticket_keys_destroy(ticket_keys *keys) {
  if (keys == NULL) return;
  OPENSSL_cleanse(keys, sizeof *keys);
  munmap(keys, sizeof *keys);
}

int ticket_keys_rotate(ticket_keys *keys) {
  ticket_key next;
  if (getrandom(&next, sizeof next, 0) != sizeof next) return errno != 0 ? -errno : -EIO;
  atomic_fetch_add(&keys->version, 1);
  atomic_thread_fence(memory_order_seq_cst);
  memmove(&keys->key[1], &keys->key[0], sizeof keys->key - sizeof keys->key[0]);
  keys->key[0] = next;
  if (keys->count < TICKET_KEYS) keys->count++;
  atomic_fetch_add(&keys->version, 1);
  OPENSSL_cleanse(&next, sizeof next);
  return 0;
}

void ticket_keys_seal(ticket_keys *keys) { mprotect(keys, sizeof *keys, PROT_READ); }

bool ticket_keys_get(const ticket_keys *keys, unsigned i, ticket_key *out) {
  for (int tries = 0; tries < READS_MAX; tries++) {
    uint64_t before = atomic_load(&keys->version);
    if (before % 2 == 0) {
      bool there = i < keys->count;
      if (there) memcpy(out, &keys->key[i], sizeof *out);
      atomic_thread_fence(memory_order_seq_cst);
      if (atomic_load(&keys->version) == before) return there;
    }
    sched_yield();
  }
  return false;
}

static bool key_use(const ticket_key *key, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac, sizeof key->mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv, seal) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb: 1: done, 2: done, and the client gets a ticket of the newest key, 0: without.
 */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                     int seal) {
  const ticket_keys *keys = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  ticket_key key;
  int result = 0;
  if (keys == NULL) return 0;
  if (seal) {
    if (!ticket_keys_get(keys, 0, &key)) return 0;
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 && key_use(&key, iv, cipher, mac, 1))
      result = 1;
    memcpy(name, key.name, sizeof key.name);
  }
  for (unsigned i = 0; !seal && result == 0 && ticket_keys_get(keys, i, &key); i++) {
    if (CRYPTO_memcmp(name, key.name, sizeof key.name) != 0) continue;
    if (!key_use(&key, iv, cipher, mac, 0)) break;
    result = i == 0 ? 1 : 2;
  }
  OPENSSL_cleanse(&key, sizeof key);
  return result;
}

void ticket_keys_install(ticket_keys *keys, SSL_CTX *context) {
  SSL_CTX_set_app_data(context, keys);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}
