/* crypto_random.c: random bytes and key derivation, and the jobs that run them on the thread pool. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "crypto_job.h"

/* ---- jobs --------------------------------------------------------------------------------------------------------- */

static void job_work(uv_work_t *work) {
  crypto_job *job = work->data;
  ERR_clear_error();
  job->ok = job->run(job);
  job->error = job->ok ? 0 : ERR_peek_last_error();
  if (!job->ok && job->error == 0) job->error = 1;
  ERR_clear_error();
}

static void job_done(uv_work_t *work, int status) {
  crypto_job *job = work->data;
  napi_env env = runtime_env(job->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value callback = NULL, argv[2] = {make_double(env, (double)job->error), make_undefined(env)};
  if (job->ok) argv[1] = job->value(env, job);
  napi_get_reference_value(env, job->callback, &callback);
  napi_delete_reference(env, job->callback);
  runtime *rt = job->rt;
  job->clean(job);
  free(job);
  runtime_call(rt, NULL, callback, 2, argv, NULL);
  js_scope_close(&scope);
}

napi_value crypto_job_start(napi_env env, crypto_job *job, napi_value callback) {
  job->rt = runtime_of(env);
  job->work.data = job;
  if (arg_is(env, callback, napi_function)) {
    napi_create_reference(env, callback, 1, &job->callback);
    uv_queue_work(runtime_loop(job->rt), &job->work, job_work, job_done);
    return NULL;
  }
  job_work(&job->work);
  napi_value value = job->ok ? job->value(env, job) : make_double(env, (double)job->error);
  job->clean(job);
  free(job);
  return value;
}

/* ---- random bytes ------------------------------------------------------------------------------------------------- */

typedef struct random_job {
  crypto_job job;
  unsigned char *data;
  size_t size;
  napi_ref keep;
} random_job;

static bool fill(unsigned char *data, size_t size) {
  while (size > 0) {
    int some = size > 1 << 30 ? 1 << 30 : (int)size;
    if (RAND_bytes(data, some) != 1) return false;
    data += some;
    size -= (size_t)some;
  }
  return true;
}

static bool random_run(crypto_job *job) {
  random_job *r = (random_job *)job;
  return fill(r->data, r->size);
}

static napi_value random_value(napi_env env, crypto_job *job) { return make_undefined(env); }

static void random_clean(crypto_job *job) {
  random_job *r = (random_job *)job;
  if (r->keep != NULL) napi_delete_reference(runtime_env(job->rt), r->keep);
}

/* fill(view, callback): random bytes into the view */
static napi_value random_fill(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t size;
  args_get(env, info, argv, 2);
  if (js_bytes_get(env, argv[0], &data, &size) != napi_ok) return NULL;
  random_job *r = calloc(1, sizeof *r);
  if (r == NULL) return NULL;
  *r = (random_job){.job = {.run = random_run, .value = random_value, .clean = random_clean}, .data = data, .size = size};
  if (arg_is(env, argv[1], napi_function)) napi_create_reference(env, argv[0], 1, &r->keep);
  return crypto_job_start(env, &r->job, argv[1]);
}

/* ---- key derivation ----------------------------------------------------------------------------------------------- */

typedef struct derive_job {
  crypto_job job;
  const EVP_MD *md;
  unsigned char *secret, *salt, *info, *out;
  size_t secret_size, salt_size, info_size, out_size;
  double a, b, c, d; /* iterations; or N, r, p, memory */
} derive_job;

static bool copy_bytes(napi_env env, napi_value value, unsigned char **data, size_t *size) {
  void *bytes;
  if (js_bytes_get(env, value, &bytes, size) != napi_ok) {
    *size = 0;
    bytes = NULL;
  }
  *data = malloc(*size + 1);
  if (*data != NULL && *size > 0) memcpy(*data, bytes, *size);
  return *data != NULL;
}

static void derive_clean(crypto_job *job) {
  derive_job *d = (derive_job *)job;
  if (d->secret != NULL) OPENSSL_cleanse(d->secret, d->secret_size);
  free(d->secret);
  free(d->salt);
  free(d->info);
  free(d->out);
}

static napi_value derive_value(napi_env env, crypto_job *job) {
  derive_job *d = (derive_job *)job;
  napi_value value = NULL;
  void *data;
  if (js_buffer_create(env, d->out_size, &data, &value) == napi_ok && d->out_size > 0) memcpy(data, d->out, d->out_size);
  return value;
}

static bool pbkdf2_run(crypto_job *job) {
  derive_job *d = (derive_job *)job;
  return d->out_size == 0 || PKCS5_PBKDF2_HMAC((char *)d->secret, (int)d->secret_size, d->salt, (int)d->salt_size,
                                               (int)d->a, d->md, (int)d->out_size, d->out) == 1;
}

static bool scrypt_run(crypto_job *job) {
  derive_job *d = (derive_job *)job;
  return d->out_size == 0 || EVP_PBE_scrypt((char *)d->secret, d->secret_size, d->salt, d->salt_size, (uint64_t)d->a,
                                            (uint64_t)d->b, (uint64_t)d->c, (uint64_t)d->d, d->out, d->out_size) == 1;
}

static bool hkdf_run(crypto_job *job) {
  derive_job *d = (derive_job *)job;
  EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
  EVP_KDF_free(kdf);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)EVP_MD_get0_name(d->md), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, d->secret, d->secret_size),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, d->salt, d->salt_size),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, d->info, d->info_size), OSSL_PARAM_construct_end()};
  bool ok = context != NULL && (d->out_size == 0 || EVP_KDF_derive(context, d->out, d->out_size, parameters) == 1);
  EVP_KDF_CTX_free(context);
  return ok;
}

static derive_job *derive_new(napi_env env, napi_value secret, napi_value salt, size_t out_size) {
  derive_job *d = calloc(1, sizeof *d);
  if (d == NULL) return NULL;
  d->job.value = derive_value;
  d->job.clean = derive_clean;
  d->out_size = out_size;
  d->out = malloc(out_size + 1);
  if (d->out == NULL || !copy_bytes(env, secret, &d->secret, &d->secret_size) ||
      !copy_bytes(env, salt, &d->salt, &d->salt_size)) {
    derive_clean(&d->job);
    free(d);
    return NULL;
  }
  return d;
}

static const EVP_MD *md_named(napi_env env, napi_value name) {
  char *text = arg_utf8(env, name, NULL);
  const EVP_MD *md = text ? EVP_get_digestbyname(text) : NULL;
  free(text);
  return md;
}

/* pbkdf2(password, salt, iterations, length, digest, callback); false: unknown digest */
static napi_value derive_pbkdf2(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  const EVP_MD *md = md_named(env, argv[4]);
  if (md == NULL) return make_bool(env, false);
  derive_job *d = derive_new(env, argv[0], argv[1], arg_uint32(env, argv[3]));
  if (d == NULL) return NULL;
  d->md = md;
  d->a = arg_double(env, argv[2]);
  d->job.run = pbkdf2_run;
  return crypto_job_start(env, &d->job, argv[5]);
}

/* scrypt(password, salt, length, N, r, p, maxmem, callback) */
static napi_value derive_scrypt(napi_env env, napi_callback_info info) {
  napi_value argv[8];
  args_get(env, info, argv, 8);
  derive_job *d = derive_new(env, argv[0], argv[1], arg_uint32(env, argv[2]));
  if (d == NULL) return NULL;
  d->a = arg_double(env, argv[3]);
  d->b = arg_double(env, argv[4]);
  d->c = arg_double(env, argv[5]);
  d->d = arg_double(env, argv[6]);
  d->job.run = scrypt_run;
  return crypto_job_start(env, &d->job, argv[7]);
}

/* scryptCheck(N, r, p, maxmem) → whether OpenSSL accepts the parameters */
static napi_value derive_scrypt_check(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  int ok = EVP_PBE_scrypt(NULL, 0, NULL, 0, (uint64_t)arg_double(env, argv[0]), (uint64_t)arg_double(env, argv[1]),
                          (uint64_t)arg_double(env, argv[2]), (uint64_t)arg_double(env, argv[3]), NULL, 0);
  ERR_clear_error();
  return make_bool(env, ok == 1);
}

/* hkdf(digest, key, salt, info, length, callback); false: unknown digest */
static napi_value derive_hkdf(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  const EVP_MD *md = md_named(env, argv[0]);
  if (md == NULL) return make_bool(env, false);
  derive_job *d = derive_new(env, argv[1], argv[2], arg_uint32(env, argv[4]));
  if (d == NULL || !copy_bytes(env, argv[3], &d->info, &d->info_size)) return NULL;
  d->md = md;
  d->job.run = hkdf_run;
  return crypto_job_start(env, &d->job, argv[5]);
}

static const js_function functions[] = {
    {"fill", random_fill},     {"pbkdf2", derive_pbkdf2}, {"scrypt", derive_scrypt}, {"scryptCheck", derive_scrypt_check},
    {"hkdf", derive_hkdf},     {NULL, NULL},
};

const js_binding binding_crypto_random = {"crypto_random", functions, NULL};
