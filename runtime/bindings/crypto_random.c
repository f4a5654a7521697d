/*
 * crypto_random.c: random bytes, UUIDs and primes.
 *
 * Nothing is drawn ahead of time: a pool in this process would be shared by the children that it forks. OpenSSL's
 * generator notices a fork and reseeds.
 */
#include "crypto_util.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

/* OpenSSL's secure heap is the process's, and cannot be asked for its size. */
static size_t secure_heap_total, secure_heap_min;

typedef struct random_job {
  crypto_job job;
  held target; /* empty: the result is a new Buffer */
  size_t offset, length;
  uint8_t *data;
} random_job;

static int random_draw(uint8_t *data, size_t length) {
  while (length > 0) {
    int part = length > INT_MAX ? INT_MAX : (int)length;
    if (RAND_bytes(data, part) != 1) return -1;
    data += part;
    length -= (size_t)part;
  }
  return 0;
}

static int random_run(crypto_job *job) {
  random_job *random = (random_job *)job;
  return random_draw(random->data, random->length);
}

static napi_value random_result(napi_env env, crypto_job *job) {
  random_job *random = (random_job *)job;
  napi_value value = NULL;
  if (held_empty(&random->target)) {
    if (js_buffer_adopt(env, random->data, random->length, &value) == napi_ok) random->data = NULL;
    return value;
  }
  void *data;
  size_t length;
  value = held_value(&random->target, env);
  if (js_bytes_get(env, value, &data, &length) == napi_ok && random->offset <= length &&
      random->length <= length - random->offset && random->length > 0)
    memcpy((uint8_t *)data + random->offset, random->data, random->length);
  return value;
}

static void random_destroy(crypto_job *job) {
  random_job *random = (random_job *)job;
  held_clear(&random->target, runtime_env(job->rt));
  free(random->data);
  free(random);
}

static napi_value random_start(napi_env env, napi_value target, size_t offset, size_t length, napi_value callback) {
  random_job *random = calloc(1, sizeof *random);
  if (random == NULL || (random->data = malloc(length + 1)) == NULL) {
    free(random);
    return crypto_throw(env, "Out of memory");
  }
  random->job =
      (crypto_job){.type = "RANDOMBYTESREQUEST", .run = random_run, .result = random_result, .destroy = random_destroy};
  random->job.error.message = "Generating random bytes failed";
  random->offset = offset;
  random->length = length;
  if (held_set(&random->target, env, target) != napi_ok) {
    free(random->data);
    free(random);
    return crypto_throw(env, "Out of memory");
  }
  return crypto_job_start(env, &random->job, callback);
}

/* randomBytes(size, callback?) */
static napi_value random_bytes(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  size_t length = (size_t)arg_int64(env, argv[0]);
  if (arg_is(env, argv[1], napi_function)) return random_start(env, NULL, 0, length, argv[1]);
  void *data = NULL;
  if (js_buffer_create(env, length, &data, &value) != napi_ok) return NULL;
  if (random_draw(data, length) != 0) return crypto_throw(env, "Generating random bytes failed");
  return value;
}

/* randomFill(view, byte offset, size, callback?) */
static napi_value random_fill(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  void *data;
  size_t total;
  args_get(env, info, argv, 4);
  size_t offset = (size_t)arg_int64(env, argv[1]), length = (size_t)arg_int64(env, argv[2]);
  if (js_bytes_get(env, argv[0], &data, &total) != napi_ok || offset > total || length > total - offset)
    return crypto_throw(env, "Invalid range");
  if (arg_is(env, argv[3], napi_function)) return random_start(env, argv[0], offset, length, argv[3]);
  if (length > 0 && random_draw((uint8_t *)data + offset, length) != 0)
    return crypto_throw(env, "Generating random bytes failed");
  return argv[0];
}

/* randomUUID(time?): version 4, or with a time in ms since 1970 version 7 (RFC 9562) */
static napi_value random_uuid(napi_env env, napi_callback_info info) {
  uint8_t bytes[16];
  char text[36], *out = text;
  napi_value argv[1], value = NULL;
  args_get(env, info, argv, 1);
  if (RAND_bytes(bytes, sizeof bytes) != 1) return crypto_throw(env, "Generating random bytes failed");
  bool timed = arg_is(env, argv[0], napi_number);
  int64_t time = timed ? arg_int64(env, argv[0]) : 0;
  for (int i = 0; timed && i < 6; i++) bytes[i] = (uint8_t)(time >> 8 * (5 - i));
  bytes[6] = (bytes[6] & 0x0f) | (timed ? 0x70 : 0x40);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = "0123456789abcdef"[bytes[i] >> 4];
    *out++ = "0123456789abcdef"[bytes[i] & 15];
  }
  js_string_latin1(env, text, sizeof text, &value);
  return value;
}

/* random48(): an integer below 2^48, for randomInt */
static napi_value random_48(napi_env env, napi_callback_info info) {
  uint8_t bytes[6];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return crypto_throw(env, "Generating random bytes failed");
  uint64_t value = 0;
  for (int i = 0; i < 6; i++) value = value << 8 | bytes[i];
  return make_double(env, (double)value);
}

/* ---- primes ----------------------------------------------------------------------------------------------------- */

typedef struct prime_job {
  crypto_job job;
  BIGNUM *prime, *add, *rem;
  int bits, checks, verdict;
  bool safe;
} prime_job;

static int prime_run(crypto_job *job) {
  prime_job *prime = (prime_job *)job;
  BN_CTX *context = BN_CTX_new();
  if (context == NULL) return -1;
  if (prime->bits == 0) {
    prime->verdict = BN_check_prime(prime->prime, context, NULL);
  } else {
    prime->prime = BN_secure_new();
    prime->verdict = prime->prime != NULL && BN_generate_prime_ex2(prime->prime, prime->bits, prime->safe, prime->add,
                                                                   prime->rem, NULL, context) == 1;
    if (!prime->verdict) prime->verdict = -1;
  }
  BN_CTX_free(context);
  return prime->verdict < 0 ? -1 : 0;
}

static napi_value prime_result(napi_env env, crypto_job *job) {
  prime_job *prime = (prime_job *)job;
  if (prime->bits == 0) return make_bool(env, prime->verdict == 1);
  return crypto_bn_output(env, prime->prime, 0, false);
}

static void prime_destroy(crypto_job *job) {
  prime_job *prime = (prime_job *)job;
  BN_clear_free(prime->prime);
  BN_free(prime->add);
  BN_free(prime->rem);
  free(prime);
}

static BIGNUM *bn_arg(napi_env env, napi_value value) {
  crypto_bytes bytes;
  if (!crypto_bytes_get(env, value, &bytes)) return NULL;
  BIGNUM *bn = BN_bin2bn(bytes.data, (int)bytes.length, NULL);
  crypto_bytes_free(&bytes);
  return bn;
}

static prime_job *prime_new(const char *type) {
  prime_job *prime = calloc(1, sizeof *prime);
  if (prime == NULL) return NULL;
  prime->job = (crypto_job){.type = type, .run = prime_run, .result = prime_result, .destroy = prime_destroy};
  prime->job.error.message = "Prime operation failed";
  return prime;
}

/* checkPrime(bytes, callback?) */
static napi_value prime_check(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  prime_job *prime = prime_new("CHECKPRIMEREQUEST");
  if (prime == NULL || (prime->prime = bn_arg(env, argv[0])) == NULL) {
    free(prime);
    return crypto_throw(env, "Out of memory");
  }
  return crypto_job_start(env, &prime->job, argv[1]);
}

/* generatePrime(bits, safe, add?, rem?, callback?) */
static napi_value prime_generate(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  args_get(env, info, argv, 5);
  prime_job *prime = prime_new("RANDOMPRIMEREQUEST");
  if (prime == NULL) return crypto_throw(env, "Out of memory");
  prime->bits = arg_int32(env, argv[0]);
  prime->safe = arg_bool(env, argv[1]);
  prime->add = bn_arg(env, argv[2]);
  prime->rem = bn_arg(env, argv[3]);
  /* OpenSSL would search for ever. */
  const char *wrong = NULL;
  if (prime->add != NULL && BN_num_bits(prime->add) > prime->bits) wrong = "invalid options.add";
  if (prime->rem != NULL && (prime->add == NULL || BN_cmp(prime->add, prime->rem) != 1)) wrong = "invalid options.rem";
  if (wrong != NULL) {
    prime_destroy(&prime->job);
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", wrong);
    return NULL;
  }
  return crypto_job_start(env, &prime->job, argv[4]);
}

/* secureHeap(): { total, used, min }; all 0 unless the process was started with one (--secure-heap) */
static napi_value random_secure_heap(napi_env env, napi_callback_info info) {
  napi_value object;
  napi_create_object(env, &object);
  bool on = CRYPTO_secure_malloc_initialized() == 1;
  object_set(env, object, "total", make_double(env, on ? (double)secure_heap_total : 0));
  object_set(env, object, "used", make_double(env, on ? (double)CRYPTO_secure_used() : 0));
  object_set(env, object, "min", make_double(env, on ? (double)secure_heap_min : 2));
  return object;
}

/* secureHeapStart(bytes, least): before any secret is there */
static napi_value random_secure_heap_start(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  secure_heap_total = (size_t)arg_int64(env, argv[0]);
  secure_heap_min = (size_t)arg_int64(env, argv[1]);
  return make_bool(env, CRYPTO_secure_malloc_init(secure_heap_total, secure_heap_min) > 0);
}

static const js_function functions[] = {
    {"secureHeap", random_secure_heap},
    {"secureHeapStart", random_secure_heap_start},
    {"randomBytes", random_bytes},
    {"randomFill", random_fill},
    {"randomUUID", random_uuid},
    {"random48", random_48},
    {"checkPrime", prime_check},
    {"generatePrime", prime_generate},
    {NULL, NULL},
};

const js_binding binding_crypto_random = {"crypto_random", functions, NULL};
