/*
 * crypto_cipher.c: symmetric ciphers.
 *
 * The modes differ in when OpenSSL wants to know what: an AEAD needs the length of its nonce before the key; CCM wants
 * its tag before the nonce when it decrypts, the plaintext's length before any AAD, and checks the tag in update.
 */
#include "crypto_util.h"

typedef struct cipher {
  EVP_CIPHER_CTX *context;
  int mode, nid;
  int tag_length;  /* -1: not known yet */
  int message_max; /* bytes, of CCM: what its nonce leaves for the length */
  uint8_t tag[16];
  bool encrypt, tag_set, tag_given, final, failed;
} cipher;

static void cipher_free(void *pointer) {
  cipher *c = pointer;
  EVP_CIPHER_CTX_free(c->context);
  free(c);
}
static const js_type cipher_type = {"CipherBase", cipher_free};

/* What cipherCreate gives instead of a handle; JS makes Node's errors of them. */
enum { BAD_CIPHER = -1, BAD_KEY_LENGTH = -2, BAD_IV = -3, BAD_TAG_LENGTH = -4, TAG_LENGTH_REQUIRED = -5 };

static bool is_chacha(const cipher *c) { return c->nid == NID_chacha20_poly1305; }
static bool is_aead(const cipher *c) {
  return c->mode == EVP_CIPH_GCM_MODE || c->mode == EVP_CIPH_CCM_MODE || c->mode == EVP_CIPH_OCB_MODE || is_chacha(c);
}

static bool gcm_tag_length_valid(int length) { return length == 4 || length == 8 || (length >= 12 && length <= 16); }

/* 0 or one of the codes above. Sets what has to be known before the key. */
static int prepare_aead(cipher *c, int iv_length, int tag_length) {
  if (EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_IVLEN, iv_length, NULL) != 1) return BAD_IV;
  if (c->mode == EVP_CIPH_GCM_MODE || is_chacha(c)) {
    if (tag_length >= 0) {
      if (c->mode == EVP_CIPH_GCM_MODE ? !gcm_tag_length_valid(tag_length) : tag_length < 1 || tag_length > 16)
        return BAD_TAG_LENGTH;
      c->tag_length = tag_length;
    } else if (is_chacha(c)) {
      c->tag_length = 16;
    }
    return 0;
  }
  if (tag_length < 0) return TAG_LENGTH_REQUIRED;
  if (tag_length > 16 || (c->mode == EVP_CIPH_CCM_MODE && (tag_length < 4 || tag_length % 2 != 0)))
    return BAD_TAG_LENGTH;
  c->tag_length = tag_length;
  return EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_TAG, tag_length, NULL) == 1 ? 0 : BAD_TAG_LENGTH;
}

static int cipher_begin(cipher *c, const EVP_CIPHER *type, const crypto_bytes *key, const crypto_bytes *iv,
                        int tag_length) {
  c->mode = EVP_CIPHER_get_mode(type);
  c->nid = EVP_CIPHER_get_nid(type);
  int expected = EVP_CIPHER_get_iv_length(type);
  if (iv == NULL ? expected != 0 || is_aead(c) : !is_aead(c) && (int)iv->length != expected) return BAD_IV;
  if (is_chacha(c) && iv->length > 12) return BAD_IV;
  c->message_max = INT32_MAX;
  if (c->mode == EVP_CIPH_CCM_MODE && iv->length >= 12) c->message_max = iv->length == 12 ? 0xffffff : 0xffff;
  if (c->mode == EVP_CIPH_WRAP_MODE) EVP_CIPHER_CTX_set_flags(c->context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  if (EVP_CipherInit_ex(c->context, type, NULL, NULL, NULL, c->encrypt) != 1) return BAD_CIPHER;
  if (is_aead(c)) {
    int wrong = prepare_aead(c, (int)iv->length, tag_length);
    if (wrong != 0) return wrong;
  }
  if (EVP_CIPHER_CTX_set_key_length(c->context, (int)key->length) != 1) return BAD_KEY_LENGTH;
  if (EVP_CipherInit_ex(c->context, NULL, NULL, key->data, iv != NULL ? iv->data : NULL, c->encrypt) != 1)
    return BAD_IV;
  return 0;
}

/* cipherCreate(encrypt, name, key, iv | null, authTagLength | -1): a handle or a code */
static napi_value cipher_create(napi_env env, napi_callback_info info) {
  napi_value argv[5], value = NULL;
  args_get(env, info, argv, 5);
  char *name = arg_utf8(env, argv[1], NULL);
  EVP_CIPHER *type = name != NULL ? EVP_CIPHER_fetch(NULL, name, NULL) : NULL;
  const EVP_CIPHER *use = type != NULL ? type : name != NULL ? EVP_get_cipherbyname(name) : NULL;
  free(name);
  ERR_clear_error();
  if (use == NULL) return make_int32(env, BAD_CIPHER);
  crypto_bytes key = {0}, iv = {0};
  cipher *c = calloc(1, sizeof *c);
  int wrong = BAD_CIPHER;
  bool has_iv = !arg_is(env, argv[3], napi_null);
  if (c != NULL && (c->context = EVP_CIPHER_CTX_new()) != NULL && crypto_secret_get(env, argv[2], &key) &&
      (!has_iv || crypto_bytes_get(env, argv[3], &iv))) {
    c->encrypt = arg_bool(env, argv[0]);
    c->tag_length = -1;
    wrong = cipher_begin(c, use, &key, has_iv ? &iv : NULL, arg_int32(env, argv[4]));
  }
  crypto_bytes_free(&key);
  crypto_bytes_free(&iv);
  EVP_CIPHER_free(type);
  if (wrong == 0 && js_handle_create(env, &cipher_type, c, &value) == napi_ok) return value;
  if (c != NULL) cipher_free(c);
  ERR_clear_error();
  return make_int32(env, wrong);
}

static cipher *cipher_arg(napi_env env, napi_value value) {
  void *pointer = NULL;
  if (js_handle_get(env, value, &cipher_type, &pointer) == napi_ok) return pointer;
  crypto_throw(env, "Invalid cipher");
  return NULL;
}

/* The tag that came from setAuthTag goes in before the first data. */
static bool cipher_apply_tag(cipher *c) {
  if (c->tag_set || !c->tag_given || c->encrypt || !is_aead(c)) return true;
  c->tag_set = true;
  return EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_TAG, c->tag_length, c->tag) == 1;
}

/* update(cipher, data): a Buffer; false when the state forbids it, true when it is longer than can be; throws */
static napi_value cipher_update(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  crypto_bytes in;
  args_get(env, info, argv, 2);
  cipher *c = cipher_arg(env, argv[0]);
  if (c == NULL) return NULL;
  if (c->final) return make_bool(env, false);
  if (!crypto_bytes_get(env, argv[1], &in)) return make_bool(env, false);
  if (c->mode == EVP_CIPH_CCM_MODE && in.length > (size_t)c->message_max) {
    crypto_bytes_free(&in);
    return make_bool(env, true);
  }
  int block = EVP_CIPHER_CTX_get_block_size(c->context), length = 0;
  size_t capacity = in.length + 2 * (size_t)block + 8;
  uint8_t *out = malloc(capacity);
  if (out == NULL || in.length > INT32_MAX - 64) {
    free(out);
    crypto_bytes_free(&in);
    return crypto_throw(env, "Out of memory");
  }
  ERR_clear_error();
  bool good = cipher_apply_tag(c) && EVP_CipherUpdate(c->context, out, &length, in.data, (int)in.length) == 1;
  /* CCM checks the tag here: the failure is final's to report. */
  if (!good && c->mode == EVP_CIPH_CCM_MODE && !c->encrypt) {
    c->failed = true;
    good = true;
    length = 0;
    ERR_clear_error();
  }
  if (good)
    value = crypto_buffer(env, out, (size_t)length);
  else
    crypto_throw(env, "Cipher update failed");
  free(out);
  crypto_bytes_free(&in);
  return value;
}

/* final(cipher): a Buffer; false when it was called before; throws */
static napi_value cipher_final(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint8_t out[64];
  int length = 0;
  args_get(env, info, argv, 1);
  cipher *c = cipher_arg(env, argv[0]);
  if (c == NULL) return NULL;
  if (c->final) return make_bool(env, false);
  ERR_clear_error();
  bool good;
  if (!c->encrypt && is_aead(c) && !c->tag_given) {
    good = false;
  } else if (c->mode == EVP_CIPH_CCM_MODE && !c->encrypt) {
    good = !c->failed;
  } else {
    good = cipher_apply_tag(c) && EVP_CipherFinal_ex(c->context, out, &length) == 1;
    if (c->mode == EVP_CIPH_CCM_MODE) length = 0;
  }
  c->final = true;
  if (good && c->encrypt && is_aead(c)) {
    if (c->tag_length < 0) c->tag_length = 16;
    good = EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_GET_TAG, c->tag_length, c->tag) == 1;
  }
  if (!good)
    return crypto_throw(env, is_aead(c) ? "Unsupported state or unable to authenticate data" : "Unsupported state");
  return crypto_buffer(env, out, (size_t)length);
}

/* What setAAD gives. */
enum { AAD_SET = 0, AAD_FORBIDDEN = 1, AAD_NO_LENGTH = 2, AAD_TOO_LONG = 3 };

/* setAAD(cipher, data, plaintextLength | -1): one of the numbers above */
static napi_value cipher_set_aad(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  crypto_bytes in;
  args_get(env, info, argv, 3);
  cipher *c = cipher_arg(env, argv[0]);
  if (c == NULL) return NULL;
  if (c->final || !is_aead(c) || !crypto_bytes_get(env, argv[1], &in)) return make_int32(env, AAD_FORBIDDEN);
  int length = 0, plaintext = arg_int32(env, argv[2]), result = AAD_SET;
  if (c->mode == EVP_CIPH_CCM_MODE) {
    if (plaintext < 0)
      result = AAD_NO_LENGTH;
    else if (plaintext > c->message_max)
      result = AAD_TOO_LONG;
    else if (!cipher_apply_tag(c) || EVP_CipherUpdate(c->context, NULL, &length, NULL, plaintext) != 1)
      result = AAD_FORBIDDEN;
  } else if (!cipher_apply_tag(c)) {
    result = AAD_FORBIDDEN;
  }
  if (result == AAD_SET && EVP_CipherUpdate(c->context, NULL, &length, in.data, (int)in.length) != 1)
    result = AAD_FORBIDDEN;
  crypto_bytes_free(&in);
  ERR_clear_error();
  return make_int32(env, result);
}

/* setAuthTag(cipher, tag): 1, 2 where it is short and nobody said how long it is, 0 when the state forbids it, -1 for a
 * length that cannot be */
static napi_value cipher_set_tag(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  crypto_bytes in;
  args_get(env, info, argv, 2);
  cipher *c = cipher_arg(env, argv[0]);
  if (c == NULL) return NULL;
  if (!is_aead(c) || c->encrypt || c->final || c->tag_given) return make_int32(env, 0);
  if (!crypto_bytes_get(env, argv[1], &in)) return make_int32(env, 0);
  int length = in.length <= 16 ? (int)in.length : 17;
  bool valid = c->mode == EVP_CIPH_GCM_MODE
                   ? (c->tag_length < 0 || c->tag_length == length) && gcm_tag_length_valid(length)
                   : length == c->tag_length;
  bool implied = valid && c->mode == EVP_CIPH_GCM_MODE && c->tag_length < 0 && length < 16;
  if (valid) {
    memcpy(c->tag, in.data, in.length);
    c->tag_length = length;
    c->tag_given = true;
  }
  crypto_bytes_free(&in);
  return make_int32(env, !valid ? -1 : implied ? 2 : 1);
}

static napi_value cipher_get_tag(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  cipher *c = cipher_arg(env, argv[0]);
  if (c == NULL) return NULL;
  if (!c->final || !c->encrypt || !is_aead(c) || c->tag_length < 0) return make_undefined(env);
  return crypto_buffer(env, c->tag, (size_t)c->tag_length);
}

static napi_value cipher_set_padding(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  cipher *c = cipher_arg(env, argv[0]);
  if (c == NULL) return NULL;
  return make_bool(env, !c->final && EVP_CIPHER_CTX_set_padding(c->context, arg_bool(env, argv[1])) == 1);
}

static const char *mode_name(const EVP_CIPHER *type) {
  switch (EVP_CIPHER_get_mode(type)) {
    case EVP_CIPH_CBC_MODE:
      return "cbc";
    case EVP_CIPH_CCM_MODE:
      return "ccm";
    case EVP_CIPH_CFB_MODE:
      return "cfb";
    case EVP_CIPH_CTR_MODE:
      return "ctr";
    case EVP_CIPH_ECB_MODE:
      return "ecb";
    case EVP_CIPH_GCM_MODE:
      return "gcm";
    case EVP_CIPH_OCB_MODE:
      return "ocb";
    case EVP_CIPH_OFB_MODE:
      return "ofb";
    case EVP_CIPH_WRAP_MODE:
      return "wrap";
    case EVP_CIPH_XTS_MODE:
      return "xts";
    case EVP_CIPH_STREAM_CIPHER:
      return "stream";
    default:
      return NULL;
  }
}

/* Whether the cipher takes a key and nonce of these lengths (-1: its own). */
static bool lengths_possible(const EVP_CIPHER *type, int *key_length, int *iv_length) {
  if (*key_length < 0 && *iv_length < 0) return true;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  bool good = context != NULL && EVP_CipherInit_ex(context, type, NULL, NULL, NULL, 1) == 1;
  if (good && *key_length >= 0) good = EVP_CIPHER_CTX_set_key_length(context, *key_length) == 1;
  if (good && *iv_length >= 0) {
    bool variable = (EVP_CIPHER_get_flags(type) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
    good = variable ? EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, *iv_length, NULL) == 1
                    : *iv_length == EVP_CIPHER_get_iv_length(type);
  }
  EVP_CIPHER_CTX_free(context);
  return good;
}

/* cipherInfo(name | nid, keyLength | -1, ivLength | -1): undefined when there is none */
static napi_value cipher_info(napi_env env, napi_callback_info info) {
  napi_value argv[3], object;
  args_get(env, info, argv, 3);
  const EVP_CIPHER *type = NULL;
  if (arg_is(env, argv[0], napi_number)) {
    type = EVP_get_cipherbynid(arg_int32(env, argv[0]));
  } else {
    char *name = arg_utf8(env, argv[0], NULL);
    if (name != NULL) type = EVP_get_cipherbyname(name);
    free(name);
  }
  int key_length = arg_int32(env, argv[1]), iv_length = arg_int32(env, argv[2]);
  bool possible = type != NULL && lengths_possible(type, &key_length, &iv_length);
  ERR_clear_error();
  if (!possible) return make_undefined(env);
  if (key_length < 0) key_length = EVP_CIPHER_get_key_length(type);
  if (iv_length < 0) iv_length = EVP_CIPHER_get_iv_length(type);
  napi_create_object(env, &object);
  const char *mode = mode_name(type);
  int block = EVP_CIPHER_get_block_size(type);
  char lower[64];
  const char *name = OBJ_nid2ln(EVP_CIPHER_get_nid(type));
  size_t i = 0;
  for (; name != NULL && name[i] && i < sizeof lower - 1; i++)
    lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
  lower[i] = 0;
  if (mode != NULL) object_set(env, object, "mode", make_string(env, mode));
  object_set(env, object, "name", make_string(env, lower));
  object_set(env, object, "nid", make_int32(env, EVP_CIPHER_get_nid(type)));
  if (EVP_CIPHER_get_mode(type) != EVP_CIPH_STREAM_CIPHER && block > 1)
    object_set(env, object, "blockSize", make_int32(env, block));
  if (iv_length > 0) object_set(env, object, "ivLength", make_int32(env, iv_length));
  object_set(env, object, "keyLength", make_int32(env, key_length));
  return object;
}

typedef struct name_list {
  napi_env env;
  napi_value array;
  uint32_t count;
} name_list;

static void add_cipher_name(const EVP_CIPHER *type, const char *from, const char *to, void *data) {
  name_list *list = data;
  if (from == NULL || (type == NULL && to == NULL)) return;
  EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, from, NULL);
  if (fetched == NULL) return;
  EVP_CIPHER_free(fetched);
  napi_set_element(list->env, list->array, list->count++, make_string(list->env, from));
}

static napi_value cipher_list(napi_env env, napi_callback_info info) {
  name_list list = {.env = env};
  napi_create_array(env, &list.array);
  EVP_CIPHER_do_all_sorted(add_cipher_name, &list);
  ERR_clear_error();
  return list.array;
}

static const js_function functions[] = {
    {"create", cipher_create},      {"update", cipher_update},
    {"final", cipher_final},        {"setAAD", cipher_set_aad},
    {"setAuthTag", cipher_set_tag}, {"getAuthTag", cipher_get_tag},
    {"info", cipher_info},          {"setPadding", cipher_set_padding},
    {"list", cipher_list},          {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant results[] = {{"SET", AAD_SET},
                                     {"FORBIDDEN", AAD_FORBIDDEN},
                                     {"NO_LENGTH", AAD_NO_LENGTH},
                                     {"TOO_LONG", AAD_TOO_LONG},
                                     {NULL, 0}};
  return export_constants(env, exports, "aad", results);
}

const js_binding binding_crypto_cipher = {"crypto_cipher", functions, init};
