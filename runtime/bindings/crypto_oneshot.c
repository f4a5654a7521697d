/*
 * crypto_oneshot.c: encryption of whole messages as jobs (SubtleCrypto): AES in the modes CBC, CTR, GCM, OCB and KW,
 * ChaCha20-Poly1305, and RSA-OAEP. The tag of an AEAD is the end of its ciphertext.
 */
#include "crypto_util.h"

#include <openssl/rsa.h>

typedef struct oneshot_job {
  crypto_job job;
  EVP_CIPHER *type;
  crypto_key *key;                      /* RSA */
  EVP_MD *md;                           /* RSA */
  crypto_bytes secret, iv, extra, data; /* extra: additional data, or RSA's label */
  int tag_length;                       /* bytes; 0: no AEAD */
  int counter_bits;                     /* of CTR; 0: another mode */
  bool encrypt;
  uint8_t *out;
  size_t length;
} oneshot_job;

static int oneshot_fail(oneshot_job *o, const char *message) {
  o->job.error.message = message;
  return -1;
}

/* One part of a message in a mode without tags; *written is advanced. */
static bool oneshot_part(oneshot_job *o, const uint8_t *iv, const uint8_t *data, size_t length, size_t *written) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int part = 0, last = 0;
  if (context != NULL) EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  bool good = context != NULL && EVP_CipherInit_ex(context, o->type, NULL, o->secret.data, iv, o->encrypt) == 1 &&
              EVP_CipherUpdate(context, o->out + *written, &part, data, (int)length) == 1 &&
              EVP_CipherFinal_ex(context, o->out + *written + part, &last) == 1;
  EVP_CIPHER_CTX_free(context);
  *written += (size_t)part + (size_t)last;
  return good;
}

/* The counter is only the block's last bits: where they overflow they start at 0 again, and the rest stays. */
static int run_ctr(oneshot_job *o) {
  enum { BLOCK = 16 };
  size_t blocks = (o->data.length + BLOCK - 1) / BLOCK;
  uint8_t wrapped[BLOCK];
  unsigned __int128 counter = 0;
  memcpy(wrapped, o->iv.data, BLOCK);
  for (int bit = 0; bit < o->counter_bits; bit++) {
    uint8_t mask = (uint8_t)(1 << bit % 8);
    if (wrapped[BLOCK - 1 - bit / 8] & mask) counter |= (unsigned __int128)1 << bit;
    wrapped[BLOCK - 1 - bit / 8] &= (uint8_t)~mask;
  }
  size_t first = blocks;
  if (o->counter_bits < 128) {
    unsigned __int128 all = (unsigned __int128)1 << o->counter_bits;
    if (blocks > all) return oneshot_fail(o, "Cipher job failed");
    if (blocks > all - counter) first = (size_t)(all - counter);
  }
  size_t bytes = first * BLOCK < o->data.length ? first * BLOCK : o->data.length, written = 0;
  if (!oneshot_part(o, o->iv.data, o->data.data, bytes, &written)) return -1;
  if (bytes < o->data.length && !oneshot_part(o, wrapped, o->data.data + bytes, o->data.length - bytes, &written))
    return -1;
  o->length = written;
  return 0;
}

static int run_aead(oneshot_job *o) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  size_t tag = (size_t)o->tag_length, length = o->data.length;
  int part = 0, last = 0;
  if (!o->encrypt && length < tag) {
    EVP_CIPHER_CTX_free(context);
    return oneshot_fail(o, "Cipher job failed");
  }
  if (!o->encrypt) length -= tag;
  bool ocb = EVP_CIPHER_get_mode(o->type) == EVP_CIPH_OCB_MODE;
  bool good = context != NULL && EVP_CipherInit_ex(context, o->type, NULL, NULL, NULL, o->encrypt) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)o->iv.length, NULL) == 1;
  if (good && ocb) good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)tag, NULL) == 1;
  if (good && !o->encrypt)
    good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)tag, (void *)(o->data.data + length)) == 1;
  good = good && EVP_CipherInit_ex(context, NULL, NULL, o->secret.data, o->iv.data, o->encrypt) == 1;
  if (good && o->extra.length > 0)
    good = EVP_CipherUpdate(context, NULL, &part, o->extra.data, (int)o->extra.length) == 1;
  part = 0;
  if (good && length > 0) good = EVP_CipherUpdate(context, o->out, &part, o->data.data, (int)length) == 1;
  good = good && EVP_CipherFinal_ex(context, o->out + part, &last) == 1;
  o->length = (size_t)part + (size_t)last;
  if (good && o->encrypt) {
    good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, (int)tag, o->out + o->length) == 1;
    o->length += tag;
  }
  EVP_CIPHER_CTX_free(context);
  return good ? 0 : -1;
}

static int cipher_run(crypto_job *job) {
  oneshot_job *o = (oneshot_job *)job;
  size_t written = 0;
  if (o->data.length > INT32_MAX - 64) return oneshot_fail(o, "Data is too long");
  o->out = OPENSSL_malloc(o->data.length + 64);
  if (o->out == NULL) return -1;
  if (o->tag_length > 0) return run_aead(o);
  if (o->counter_bits > 0) return run_ctr(o);
  if (!oneshot_part(o, o->iv.length > 0 ? o->iv.data : NULL, o->data.data, o->data.length, &written)) return -1;
  o->length = written;
  return 0;
}

static int rsa_run(crypto_job *job) {
  oneshot_job *o = (oneshot_job *)job;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(o->key->pkey, NULL);
  int (*operation)(EVP_PKEY_CTX *, unsigned char *, size_t *, const unsigned char *, size_t) =
      o->encrypt ? EVP_PKEY_encrypt : EVP_PKEY_decrypt;
  bool good = context != NULL && (o->encrypt ? EVP_PKEY_encrypt_init : EVP_PKEY_decrypt_init)(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context, o->md) == 1;
  if (good && o->extra.length > 0) {
    void *label = OPENSSL_memdup(o->extra.data, o->extra.length);
    good = label != NULL && EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)o->extra.length) == 1;
    if (!good) OPENSSL_free(label);
  }
  good = good && operation(context, NULL, &o->length, o->data.data, o->data.length) == 1 &&
         (o->out = OPENSSL_malloc(o->length + 1)) != NULL &&
         operation(context, o->out, &o->length, o->data.data, o->data.length) == 1;
  EVP_PKEY_CTX_free(context);
  return good ? 0 : -1;
}

static napi_value oneshot_result(napi_env env, crypto_job *job) {
  oneshot_job *o = (oneshot_job *)job;
  return crypto_array_buffer(env, o->out, o->length);
}

static void oneshot_destroy(crypto_job *job) {
  oneshot_job *o = (oneshot_job *)job;
  EVP_CIPHER_free(o->type);
  EVP_MD_free(o->md);
  crypto_key_release(o->key);
  crypto_bytes_free(&o->secret);
  crypto_bytes_free(&o->iv);
  crypto_bytes_free(&o->extra);
  crypto_bytes_free(&o->data);
  if (o->out != NULL) OPENSSL_clear_free(o->out, o->length);
  free(o);
}

static napi_value oneshot_start(napi_env env, oneshot_job *o, bool good, napi_value callback) {
  if (good) return crypto_job_start(env, &o->job, callback);
  oneshot_destroy(&o->job);
  return crypto_throw(env, "Invalid data");
}

static oneshot_job *oneshot_new(int (*run)(crypto_job *), bool encrypt) {
  oneshot_job *o = calloc(1, sizeof *o);
  if (o == NULL) return NULL;
  o->job = (crypto_job){.run = run, .result = oneshot_result, .destroy = oneshot_destroy};
  o->job.error.message = "Cipher job failed";
  o->encrypt = encrypt;
  return o;
}

/* cipher(encrypt, name, key, iv, additional data, tag bytes | 0, counter bits | 0, data, callback) → ArrayBuffer */
static napi_value oneshot_cipher(napi_env env, napi_callback_info info) {
  napi_value argv[9];
  args_get(env, info, argv, 9);
  oneshot_job *o = oneshot_new(cipher_run, arg_bool(env, argv[0]));
  if (o == NULL) return crypto_throw(env, "Out of memory");
  char *name = arg_utf8(env, argv[1], NULL);
  o->type = name != NULL ? EVP_CIPHER_fetch(NULL, name, NULL) : NULL;
  free(name);
  o->tag_length = arg_int32(env, argv[5]);
  o->counter_bits = arg_int32(env, argv[6]);
  bool good = o->type != NULL && crypto_secret_copy(env, argv[2], &o->secret) &&
              crypto_bytes_copy(env, argv[3], &o->iv) && crypto_bytes_copy(env, argv[4], &o->extra) &&
              crypto_bytes_copy(env, argv[7], &o->data) && (int)o->secret.length == EVP_CIPHER_get_key_length(o->type);
  return oneshot_start(env, o, good, argv[8]);
}

/* rsaOaep(encrypt, key, digest, label, data, callback) → ArrayBuffer */
static napi_value oneshot_rsa(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  bool absent;
  args_get(env, info, argv, 6);
  oneshot_job *o = oneshot_new(rsa_run, arg_bool(env, argv[0]));
  if (o == NULL) return crypto_throw(env, "Out of memory");
  crypto_key *key = crypto_key_arg(env, argv[1]);
  if (key != NULL && key->pkey != NULL) o->key = crypto_key_retain(key);
  o->md = crypto_digest_arg(env, argv[2], &absent);
  bool good = o->key != NULL && o->md != NULL && crypto_bytes_copy(env, argv[3], &o->extra) &&
              crypto_bytes_copy(env, argv[4], &o->data);
  return oneshot_start(env, o, good, argv[5]);
}

static const js_function functions[] = {{"cipher", oneshot_cipher}, {"rsaOaep", oneshot_rsa}, {NULL, NULL}};

const js_binding binding_crypto_oneshot = {"crypto_oneshot", functions, NULL};
