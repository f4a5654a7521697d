/*
 * crypto_hash.c: digests, HMAC and comparison in constant time (node:crypto), on OpenSSL's EVP interface. Strings are
 * hashed without a Buffer in between. Text results (hex, base64) are made by JS from the bytes, but for the common case
 * of one update and one digest there is `oneShot`, which web frameworks call for every ETag.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "util.h"

typedef struct hash {
  EVP_MD_CTX *digest;
  EVP_MAC_CTX *mac;
  size_t length; /* output bytes wanted of an extendable function, or 0 */
} hash;

static void hash_finalize(void *pointer) {
  hash *h = pointer;
  EVP_MD_CTX_free(h->digest);
  EVP_MAC_CTX_free(h->mac);
  free(h);
}

static const js_type hash_type = {"Hash", hash_finalize};

static hash *hash_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &hash_type, &pointer) == napi_ok ? pointer : NULL;
}

/* Bytes of a string (UTF-8, or latin1) or a view. *free_me is to be freed. */
static bool bytes_of(napi_env env, napi_value value, bool latin1, char *small, size_t small_size, char **data,
                     size_t *size, char **free_me) {
  void *pointer;
  *free_me = NULL;
  if (js_bytes_get(env, value, &pointer, size) == napi_ok) {
    *data = pointer;
    return true;
  }
  bool one_byte;
  napi_status status = latin1 ? js_string_info(env, value, size, &one_byte) : js_string_utf8_length(env, value, size);
  if (status != napi_ok) return false;
  *data = small;
  if (*size > small_size && (*data = *free_me = malloc(*size)) == NULL) return false;
  status = latin1 ? js_string_write_latin1(env, value, *data, *size, size)
                  : js_string_write_utf8(env, value, *data, *size, size);
  return status == napi_ok;
}

static const EVP_MD *digest_named(napi_env env, napi_value name) {
  char text[64];
  size_t size = 0;
  if (js_string_write_latin1(env, name, text, sizeof text - 1, &size) != napi_ok) return NULL;
  text[size] = 0;
  const EVP_MD *md = EVP_get_digestbyname(text);
  if (md == NULL) ERR_clear_error();
  return md;
}

/* create(algorithm, outputLength or 0) → handle, or undefined for an unknown algorithm */
static napi_value hash_create(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  const EVP_MD *md = digest_named(env, argv[0]);
  hash *h = md == NULL ? NULL : calloc(1, sizeof *h);
  if (h == NULL) return NULL;
  h->length = arg_uint32(env, argv[1]);
  h->digest = EVP_MD_CTX_new();
  if (h->digest == NULL || EVP_DigestInit_ex(h->digest, md, NULL) != 1 ||
      js_handle_create(env, &hash_type, h, &value) != napi_ok) {
    ERR_clear_error();
    hash_finalize(h);
    return NULL;
  }
  return value;
}

/* createHmac(algorithm, key bytes) → handle, or undefined */
static napi_value hash_create_hmac(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  void *key;
  size_t size;
  args_get(env, info, argv, 2);
  const EVP_MD *md = digest_named(env, argv[0]);
  if (md == NULL || js_bytes_get(env, argv[1], &key, &size) != napi_ok) return NULL;
  hash *h = calloc(1, sizeof *h);
  EVP_MAC *mac = h == NULL ? NULL : EVP_MAC_fetch(NULL, "HMAC", NULL);
  if (mac != NULL) h->mac = EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", (char *)EVP_MD_get0_name(md), 0),
                             OSSL_PARAM_construct_end()};
  static const unsigned char none = 0;
  if (h == NULL || h->mac == NULL || EVP_MAC_init(h->mac, size ? key : (void *)&none, size, parameters) != 1 ||
      js_handle_create(env, &hash_type, h, &value) != napi_ok) {
    ERR_clear_error();
    if (h != NULL) hash_finalize(h);
    return NULL;
  }
  return value;
}

static bool feed(hash *h, const void *data, size_t size) {
  return h->mac != NULL ? EVP_MAC_update(h->mac, data, size) == 1 : EVP_DigestUpdate(h->digest, data, size) == 1;
}

/* update(handle, string or view, latin1) → whether it worked */
static napi_value hash_update(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  char small[4096], *data, *free_me;
  size_t size;
  args_get(env, info, argv, 3);
  hash *h = hash_get(env, argv[0]);
  bool ok = h != NULL && bytes_of(env, argv[1], arg_bool(env, argv[2]), small, sizeof small, &data, &size, &free_me);
  if (ok) {
    ok = feed(h, data, size);
    free(free_me);
  }
  return make_bool(env, ok);
}

static size_t finish(hash *h, unsigned char **out, unsigned char *small) {
  size_t size = EVP_MAX_MD_SIZE;
  *out = small;
  if (h->mac != NULL) return EVP_MAC_final(h->mac, small, &size, EVP_MAX_MD_SIZE) == 1 ? size : 0;
  bool xof = (EVP_MD_get_flags(EVP_MD_CTX_get0_md(h->digest)) & EVP_MD_FLAG_XOF) != 0;
  if (xof && h->length > 0) {
    if (h->length > EVP_MAX_MD_SIZE && (*out = malloc(h->length)) == NULL) return 0;
    return EVP_DigestFinalXOF(h->digest, *out, h->length) == 1 ? h->length : 0;
  }
  unsigned length = 0;
  return EVP_DigestFinal_ex(h->digest, small, &length) == 1 ? length : 0;
}

/* digest(handle) → Buffer, or undefined. The handle is done after that. */
static napi_value hash_digest(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  unsigned char small[EVP_MAX_MD_SIZE], *out;
  void *data;
  args_get(env, info, argv, 1);
  hash *h = hash_get(env, argv[0]);
  if (h == NULL) return NULL;
  size_t size = finish(h, &out, small);
  if (size > 0 && js_buffer_create(env, size, &data, &value) == napi_ok) memcpy(data, out, size);
  if (out != small) free(out);
  return value;
}

/* copy(handle, outputLength) → handle */
static napi_value hash_copy(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  hash *from = hash_get(env, argv[0]);
  hash *h = from == NULL ? NULL : calloc(1, sizeof *h);
  if (h == NULL) return NULL;
  h->length = arg_uint32(env, argv[1]);
  h->digest = EVP_MD_CTX_new();
  if (h->digest == NULL || EVP_MD_CTX_copy_ex(h->digest, from->digest) != 1 ||
      js_handle_create(env, &hash_type, h, &value) != napi_ok) {
    hash_finalize(h);
    return NULL;
  }
  return value;
}

/* digestSize(algorithm) → [bytes, extendable], or undefined */
static napi_value hash_digest_size(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  args_get(env, info, argv, 1);
  const EVP_MD *md = digest_named(env, argv[0]);
  if (md == NULL) return NULL;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_int32(env, EVP_MD_get_size(md)));
  napi_set_element(env, out, 1, make_bool(env, (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0));
  return out;
}

/* oneShot(algorithm, string or view, encoding: 0 bytes, 1 hex, 2 base64, 3 base64url) → text or Buffer, or undefined */
static napi_value hash_one_shot(napi_env env, napi_callback_info info) {
  static const char hex[] = "0123456789abcdef";
  napi_value argv[3], value = NULL;
  char small[16384], *data, *free_me;
  unsigned char out[EVP_MAX_MD_SIZE];
  size_t size;
  unsigned length = 0;
  args_get(env, info, argv, 3);
  const EVP_MD *md = digest_named(env, argv[0]);
  if (md == NULL || !bytes_of(env, argv[1], false, small, sizeof small, &data, &size, &free_me)) return NULL;
  bool ok = EVP_Digest(data, size, out, &length, md, NULL) == 1;
  free(free_me);
  if (!ok) return NULL;
  char text[EVP_MAX_MD_SIZE * 2 + 4];
  int encoding = arg_int32(env, argv[2]);
  if (encoding == 1) {
    for (unsigned i = 0; i < length; i++) {
      text[2 * i] = hex[out[i] >> 4];
      text[2 * i + 1] = hex[out[i] & 15];
    }
    js_string_latin1(env, text, (size_t)length * 2, &value);
  } else if (encoding == 2 || encoding == 3) {
    int written = EVP_EncodeBlock((unsigned char *)text, out, (int)length);
    if (encoding == 3) {
      while (written > 0 && text[written - 1] == '=') written--;
      for (int i = 0; i < written; i++) text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    }
    js_string_latin1(env, text, (size_t)written, &value);
  } else {
    void *bytes;
    if (js_buffer_create(env, length, &bytes, &value) == napi_ok) memcpy(bytes, out, length);
  }
  return value;
}

/* equal(a, b): views of the same length */
static napi_value hash_equal(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *a, *b;
  size_t a_size, b_size;
  args_get(env, info, argv, 2);
  if (js_bytes_get(env, argv[0], &a, &a_size) != napi_ok || js_bytes_get(env, argv[1], &b, &b_size) != napi_ok) return NULL;
  return make_bool(env, a_size == b_size && CRYPTO_memcmp(a, b, a_size) == 0);
}

struct names {
  napi_env env;
  napi_value list;
  uint32_t count;
};

static void add_name(const EVP_MD *md, const char *from, const char *to, void *data) {
  struct names *names = data;
  if (from != NULL) napi_set_element(names->env, names->list, names->count++, make_string(names->env, from));
}

static napi_value hash_names(napi_env env, napi_callback_info info) {
  struct names names = {.env = env};
  napi_create_array(env, &names.list);
  EVP_MD_do_all_sorted(add_name, &names);
  return names.list;
}

static const js_function functions[] = {
    {"create", hash_create},        {"createHmac", hash_create_hmac}, {"update", hash_update},
    {"digest", hash_digest},        {"copy", hash_copy},              {"digestSize", hash_digest_size},
    {"oneShot", hash_one_shot},     {"equal", hash_equal},            {"names", hash_names},
    {NULL, NULL},
};

const js_binding binding_crypto_hash = {"crypto_hash", functions, NULL};
