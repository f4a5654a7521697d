/* crypto_spkac.c: signed public key and challenge (class Certificate of node:crypto). */
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto_util.h"

/* The argument's base64 text, as OpenSSL wants it: without what stands around it. */
static NETSCAPE_SPKI *spkac_arg(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  crypto_bytes in;
  args_get(env, info, argv, 1);
  if (!crypto_bytes_get(env, argv[0], &in)) return NULL;
  size_t length = in.length;
  while (length > 0 && strchr(" \n\r\t", in.data[length - 1]) != NULL) length--;
  ERR_clear_error();
  NETSCAPE_SPKI *spki = length > 0 ? NETSCAPE_SPKI_b64_decode((const char *)in.data, (int)length) : NULL;
  ERR_clear_error();
  crypto_bytes_free(&in);
  return spki;
}

static napi_value spkac_verify(napi_env env, napi_callback_info info) {
  NETSCAPE_SPKI *spki = spkac_arg(env, info);
  EVP_PKEY *key = spki != NULL ? NETSCAPE_SPKI_get_pubkey(spki) : NULL;
  bool good = key != NULL && NETSCAPE_SPKI_verify(spki, key) > 0;
  EVP_PKEY_free(key);
  NETSCAPE_SPKI_free(spki);
  ERR_clear_error();
  return make_bool(env, good);
}

/* undefined: it is none */
static napi_value spkac_public_key(napi_env env, napi_callback_info info) {
  NETSCAPE_SPKI *spki = spkac_arg(env, info);
  EVP_PKEY *key = spki != NULL ? NETSCAPE_SPKI_get_pubkey(spki) : NULL;
  BIO *bio = key != NULL ? BIO_new(BIO_s_mem()) : NULL;
  bool good = bio != NULL && PEM_write_bio_PUBKEY(bio, key) > 0;
  EVP_PKEY_free(key);
  NETSCAPE_SPKI_free(spki);
  ERR_clear_error();
  if (good) return crypto_bio_buffer(env, bio);
  BIO_free_all(bio);
  return make_undefined(env);
}

static napi_value spkac_challenge(napi_env env, napi_callback_info info) {
  NETSCAPE_SPKI *spki = spkac_arg(env, info);
  if (spki == NULL) return make_undefined(env);
  uint8_t *text = NULL;
  int length = ASN1_STRING_to_UTF8(&text, spki->spkac->challenge);
  napi_value value = length >= 0 ? crypto_buffer(env, text, (size_t)length) : make_undefined(env);
  OPENSSL_free(text);
  NETSCAPE_SPKI_free(spki);
  ERR_clear_error();
  return value;
}

static const js_function functions[] = {
    {"spkacVerify", spkac_verify},
    {"spkacPublicKey", spkac_public_key},
    {"spkacChallenge", spkac_challenge},
    {NULL, NULL},
};

const js_binding binding_crypto_spkac = {"crypto_spkac", functions, NULL};
