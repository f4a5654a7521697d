/*
 * crypto_hash.c: digests and HMAC.
 *
 * A digest algorithm is fetched from OpenSSL once and kept with a scratch context behind a JS handle: fetching costs
 * more than hashing a small body, and every response of an Express app hashes its body for the ETag.
 */
#include "crypto_util.h"

#include <openssl/core_names.h>

typedef struct digest {
  EVP_MD *md;
  EVP_MD_CTX *scratch; /* for one-shot hashing */
  char name[64];
} digest;

static void digest_free(void *pointer) {
  digest *d = pointer;
  EVP_MD_CTX_free(d->scratch);
  EVP_MD_free(d->md);
  free(d);
}
static const js_type digest_type = {"Digest", digest_free};

static void hash_free(void *pointer) { EVP_MD_CTX_free(pointer); }
static const js_type hash_type = {"Hash", hash_free};

static void hmac_free(void *pointer) { EVP_MAC_CTX_free(pointer); }
static const js_type hmac_type = {"Hmac", hmac_free};

/* Bytes of a digest where the program asked for no length. OpenSSL 3.4 and later give SHAKE none; Node's are these. */
static size_t digest_length(const EVP_MD *md) {
  int size = EVP_MD_get_size(md);
  if (size > 0) return (size_t)size;
  return EVP_MD_is_a(md, "SHAKE128") ? 16 : EVP_MD_is_a(md, "SHAKE256") ? 32 : 0;
}

static bool digest_is_xof(const EVP_MD *md) { return (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0; }

static bool digest_final(EVP_MD_CTX *context, uint8_t *out, size_t length) {
  if (length == 0) return true;
  if (digest_is_xof(EVP_MD_CTX_get0_md(context))) return EVP_DigestFinalXOF(context, out, length) == 1;
  return EVP_DigestFinal_ex(context, out, NULL) == 1;
}

/* hashFetch(name): a handle, or undefined for an unknown digest. */
static napi_value hash_fetch(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  bool absent;
  args_get(env, info, argv, 1);
  EVP_MD *md = crypto_digest_arg(env, argv[0], &absent);
  if (md == NULL) return make_undefined(env);
  digest *d = calloc(1, sizeof *d);
  if (d == NULL || (d->scratch = EVP_MD_CTX_new()) == NULL) {
    free(d);
    EVP_MD_free(md);
    return crypto_throw(env, "Out of memory");
  }
  d->md = md;
  snprintf(d->name, sizeof d->name, "%s", EVP_MD_get0_name(md));
  if (js_handle_create(env, &digest_type, d, &value) != napi_ok) {
    digest_free(d);
    return NULL;
  }
  return value;
}

/* Feeds a string (as UTF-8) or bytes. Short strings go over the stack. */
static bool context_update(napi_env env, napi_value value, int (*update)(void *context, const void *, size_t),
                           void *context) {
  void *data = NULL;
  size_t length = 0;
  if (js_bytes_get(env, value, &data, &length) == napi_ok) return length == 0 || update(context, data, length) == 1;
  bool one_byte = false;
  if (js_string_info(env, value, &length, &one_byte) != napi_ok) return false;
  char small[8192];
  if (length * 3 <= sizeof small) {
    js_string_write_utf8(env, value, small, sizeof small, &length);
    return update(context, small, length) == 1;
  }
  crypto_bytes bytes;
  if (!crypto_bytes_get(env, value, &bytes)) return false;
  bool good = update(context, bytes.data, bytes.length) == 1;
  crypto_bytes_free(&bytes);
  return good;
}

static int digest_update(void *context, const void *data, size_t length) {
  return EVP_DigestUpdate(context, data, length);
}
static int mac_update(void *context, const void *data, size_t length) { return EVP_MAC_update(context, data, length); }

/* hashOneShot(digest, data, encoding) */
static napi_value hash_one_shot(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *pointer;
  args_get(env, info, argv, 3);
  if (js_handle_get(env, argv[0], &digest_type, &pointer) != napi_ok) return crypto_throw(env, "Invalid digest");
  digest *d = pointer;
  uint8_t out[EVP_MAX_MD_SIZE];
  size_t length = digest_length(d->md);
  if (length == 0 || length > sizeof out || EVP_DigestInit_ex(d->scratch, d->md, NULL) != 1 ||
      !context_update(env, argv[1], digest_update, d->scratch) || !digest_final(d->scratch, out, length))
    return crypto_throw(env, "Digest method not supported");
  return crypto_output(env, out, length, arg_int32(env, argv[2]));
}

/* hashCreate(digest) */
static napi_value hash_create(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  void *pointer;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &digest_type, &pointer) != napi_ok) return crypto_throw(env, "Invalid digest");
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context == NULL || EVP_DigestInit_ex(context, ((digest *)pointer)->md, NULL) != 1 ||
      js_handle_create(env, &hash_type, context, &value) != napi_ok) {
    EVP_MD_CTX_free(context);
    return crypto_throw(env, "Digest method not supported");
  }
  return value;
}

/* hashUpdate(hash, data): whether it worked */
static napi_value hash_update(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *context;
  args_get(env, info, argv, 2);
  if (js_handle_get(env, argv[0], &hash_type, &context) != napi_ok) return make_bool(env, false);
  return make_bool(env, context_update(env, argv[1], digest_update, context));
}

/* hashDigest(hash, encoding, length): length -1 is the digest's own; the hash is spent afterwards. */
static napi_value hash_digest(napi_env env, napi_callback_info info) {
  enum { STRING_MAX = 0x1fffffe8 };
  napi_value argv[3], value = NULL;
  void *context;
  args_get(env, info, argv, 3);
  if (js_handle_get(env, argv[0], &hash_type, &context) != napi_ok) return crypto_throw(env, "Invalid hash");
  int64_t wanted = arg_int64(env, argv[2]);
  size_t length = wanted < 0 ? digest_length(EVP_MD_CTX_get0_md(context)) : (size_t)wanted;
  int encoding = arg_int32(env, argv[1]);
  if (encoding != CRYPTO_OUT_BUFFER && length > STRING_MAX / 2) {
    napi_throw_error(env, "ERR_STRING_TOO_LONG", "Cannot create a string longer than 0x1fffffe8 characters");
    return NULL;
  }
  uint8_t *out = malloc(length + 1);
  if (out == NULL) return crypto_throw(env, "Out of memory");
  if (!digest_final(context, out, length)) {
    free(out);
    return crypto_throw(env, "Digest failed");
  }
  /* A long one may be gigabytes: handed over, not copied. */
  if (encoding == CRYPTO_OUT_BUFFER && length > 0)
    return js_buffer_adopt(env, out, length, &value) == napi_ok ? value : NULL;
  value = crypto_output(env, out, length, encoding);
  free(out);
  return value;
}

/* hashCheckLength(digest, length): throws unless the digest can be that long. */
static napi_value hash_check_length(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *pointer;
  args_get(env, info, argv, 2);
  if (js_handle_get(env, argv[0], &digest_type, &pointer) != napi_ok) return crypto_throw(env, "Invalid digest");
  const EVP_MD *md = ((digest *)pointer)->md;
  if (!digest_is_xof(md) && arg_int64(env, argv[1]) != EVP_MD_get_size(md)) {
    ERR_raise(ERR_LIB_EVP, EVP_R_NOT_XOF_OR_INVALID_LENGTH);
    return crypto_throw(env, "Unsupported state or unable to hash");
  }
  return NULL;
}

static napi_value hash_copy(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  void *context;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &hash_type, &context) != napi_ok) return crypto_throw(env, "Invalid hash");
  EVP_MD_CTX *copy = EVP_MD_CTX_new();
  if (copy == NULL || EVP_MD_CTX_copy_ex(copy, context) != 1 ||
      js_handle_create(env, &hash_type, copy, &value) != napi_ok) {
    EVP_MD_CTX_free(copy);
    return crypto_throw(env, "Digest copy error");
  }
  return value;
}

typedef struct name_list {
  napi_env env;
  napi_value array;
  uint32_t count;
} name_list;

static void add_digest_name(const EVP_MD *md, const char *from, const char *to, void *data) {
  name_list *list = data;
  if (from == NULL || (md == NULL && to == NULL)) return;
  EVP_MD *fetched = crypto_digest_fetch(from);
  if (fetched == NULL) return;
  EVP_MD_free(fetched);
  napi_set_element(list->env, list->array, list->count++, make_string(list->env, from));
}

static napi_value hash_list(napi_env env, napi_callback_info info) {
  name_list list = {.env = env};
  napi_create_array(env, &list.array);
  EVP_MD_do_all_sorted(add_digest_name, &list);
  return list.array;
}

/* hmacCreate(digest, key) */
static napi_value hmac_create(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  void *pointer;
  crypto_bytes key;
  args_get(env, info, argv, 2);
  if (js_handle_get(env, argv[0], &digest_type, &pointer) != napi_ok) return crypto_throw(env, "Invalid digest");
  if (!crypto_secret_get(env, argv[1], &key)) return crypto_throw(env, "Invalid key");
  EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
  EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, ((digest *)pointer)->name, 0),
                         OSSL_PARAM_construct_end()};
  bool good = context != NULL && EVP_MAC_init(context, key.data, key.length, params) == 1 &&
              js_handle_create(env, &hmac_type, context, &value) == napi_ok;
  EVP_MAC_free(mac);
  crypto_bytes_free(&key);
  if (good) return value;
  EVP_MAC_CTX_free(context);
  return crypto_throw(env, "Hmac initialization failed");
}

static napi_value hmac_update(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *context;
  args_get(env, info, argv, 2);
  if (js_handle_get(env, argv[0], &hmac_type, &context) != napi_ok) return make_bool(env, false);
  return make_bool(env, context_update(env, argv[1], mac_update, context));
}

/* hmacDigest(hmac, encoding) */
static napi_value hmac_digest(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *context;
  args_get(env, info, argv, 2);
  uint8_t out[EVP_MAX_MD_SIZE];
  size_t length = 0;
  if (js_handle_get(env, argv[0], &hmac_type, &context) != napi_ok ||
      EVP_MAC_final(context, out, &length, sizeof out) != 1)
    return crypto_throw(env, "Hmac failed");
  return crypto_output(env, out, length, arg_int32(env, argv[1]));
}

/* timingSafeEqual(a, b): of the same length, as JS checked */
static napi_value timing_safe_equal(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  crypto_bytes a, b;
  args_get(env, info, argv, 2);
  if (!crypto_bytes_get(env, argv[0], &a)) return make_bool(env, false);
  if (!crypto_bytes_get(env, argv[1], &b)) b.length = a.length + 1;
  bool equal = a.length == b.length && CRYPTO_memcmp(a.data, b.data, a.length) == 0;
  crypto_bytes_free(&a);
  crypto_bytes_free(&b);
  return make_bool(env, equal);
}

static const js_function functions[] = {
    {"hashFetch", hash_fetch},
    {"hashOneShot", hash_one_shot},
    {"hashCreate", hash_create},
    {"hashUpdate", hash_update},
    {"hashDigest", hash_digest},
    {"hashCheckLength", hash_check_length},
    {"hashCopy", hash_copy},
    {"hashList", hash_list},
    {"hmacCreate", hmac_create},
    {"hmacUpdate", hmac_update},
    {"hmacDigest", hmac_digest},
    {"timingSafeEqual", timing_safe_equal},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  export_int32(env, exports, "OPENSSL_VERSION", (int32_t)OPENSSL_VERSION_NUMBER);
  return napi_ok;
}

const js_binding binding_crypto_hash = {"crypto_hash", functions, init};
