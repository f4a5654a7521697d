/* crypto_store.c: private keys by URI, through OpenSSL's stores: file: always, others where a provider has them. */
#include <openssl/store.h>
#include <openssl/ui.h>

#include "crypto_util.h"

typedef struct store_phrase {
  crypto_bytes bytes;
  bool given, wanted;
} store_phrase;

static int phrase_give(char *buffer, int size, int writing, void *data) {
  store_phrase *phrase = data;
  phrase->wanted = true;
  if (!phrase->given || phrase->bytes.length > (size_t)size) return -1;
  memcpy(buffer, phrase->bytes.data, phrase->bytes.length);
  return (int)phrase->bytes.length;
}

/* *opened: whether the URI names something at all */
static EVP_PKEY *store_load(const char *uri, const char *properties, store_phrase *phrase, bool *opened) {
  EVP_PKEY *key = NULL;
  UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(phrase_give, 0);
  OSSL_STORE_CTX *store = ui != NULL ? OSSL_STORE_open_ex(uri, NULL, properties, ui, phrase, NULL, NULL, NULL) : NULL;
  *opened = store != NULL;
  while (store != NULL && key == NULL && !OSSL_STORE_eof(store) && !OSSL_STORE_error(store)) {
    OSSL_STORE_INFO *info = OSSL_STORE_load(store);
    if (info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY) key = OSSL_STORE_INFO_get1_PKEY(info);
    OSSL_STORE_INFO_free(info);
  }
  OSSL_STORE_close(store);
  UI_destroy_method(ui);
  return key;
}

/* storeKey(uri, properties | undefined, passphrase | undefined): a private key's handle; throws */
static napi_value store_key(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  char *uri = arg_utf8(env, argv[0], NULL), *properties = arg_utf8(env, argv[1], NULL);
  store_phrase phrase = {0};
  phrase.given = crypto_bytes_get(env, argv[2], &phrase.bytes);
  bool opened = false;
  ERR_clear_error();
  EVP_PKEY *key = uri != NULL ? store_load(uri, properties, &phrase, &opened) : NULL;
  if (key != NULL) {
    ERR_clear_error();
    value = crypto_key_create(env, CRYPTO_KEY_PRIVATE, key);
  } else if (phrase.wanted && !phrase.given) {
    ERR_clear_error();
    napi_throw_type_error(env, "ERR_MISSING_PASSPHRASE", "Passphrase required for encrypted key");
  } else {
    if (opened && !phrase.wanted) ERR_clear_error();
    crypto_error error = {.message = "No private key found at the given URL", .code = "ERR_CRYPTO_OPERATION_FAILED"};
    crypto_error_take(&error);
    /* The last one speaks: before the right loader OpenSSL tries that of files. */
    if (error.count > 1) {
      unsigned long last = error.codes[error.count - 1];
      error.codes[error.count - 1] = error.codes[0];
      error.codes[0] = last;
    }
    napi_throw(env, crypto_error_value(env, &error));
  }
  crypto_bytes_free(&phrase.bytes);
  free(uri);
  free(properties);
  return value;
}

static const js_function functions[] = {{"storeKey", store_key}, {NULL, NULL}};

const js_binding binding_crypto_store = {"crypto_store", functions, NULL};
