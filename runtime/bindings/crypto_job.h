/*
 * crypto_job: work of OpenSSL's that takes its time, here or on the thread pool. A job owns copies of its inputs; `run`
 * may be on any thread and touches no JS; `value` makes the result afterwards.
 */
#ifndef JSD_RUNTIME_BINDINGS_CRYPTO_JOB_H
#define JSD_RUNTIME_BINDINGS_CRYPTO_JOB_H

#include "util.h"

typedef struct crypto_job {
  uv_work_t work;
  runtime *rt;
  napi_ref callback;
  bool (*run)(struct crypto_job *job);
  napi_value (*value)(napi_env env, struct crypto_job *job);
  void (*clean)(struct crypto_job *job); /* frees what the inputs own, not the job */
  bool ok;
  unsigned long error; /* OpenSSL's, when not ok */
} crypto_job;

/* With a function as callback: callback(error number, value) comes later. Otherwise: the value, or undefined. */
napi_value crypto_job_start(napi_env env, crypto_job *job, napi_value callback);

#endif
