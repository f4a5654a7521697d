/*
 * zlib.c: one compressor or decompressor (zlib's, brotli's or zstd's) behind node:zlib's streams. A step takes input
 * and fills output; on the thread pool while a stream works, in place for the Sync functions. JS drives the steps
 * (zlib.js): how often, and what to do with the output, is decided there.
 */
#include "zlib_codec.h"

/* About what the library holds, so that the collector knows what it can free. */
static int64_t codec_memory(const codec *c) {
  switch (c->mode) {
    case DEFLATE:
    case GZIP:
    case DEFLATERAW:
      return 268 * 1024;
    case BROTLI_ENCODE:
    case ZSTD_COMPRESS:
    case ZSTD_DECOMPRESS:
      return 64 * 1024;
    default:
      return 44 * 1024;
  }
}

static void codec_free(void *pointer) {
  codec *c = pointer;
  if (c->counted != 0) {
    int64_t now;
    napi_adjust_external_memory(runtime_env(c->rt), -c->counted, &now);
  }
  if (c->z_ready) {
    if (c->mode == DEFLATE || c->mode == GZIP || c->mode == DEFLATERAW)
      deflateEnd(&c->z);
    else
      inflateEnd(&c->z);
  }
  zstd_close(c);
  if (c->encoder) BrotliEncoderDestroyInstance(c->encoder);
  BrotliEncoderDestroyPreparedDictionary(c->prepared);
  if (c->decoder) BrotliDecoderDestroyInstance(c->decoder);
  free(c->dictionary);
  origin_end(&c->origin, c->rt);
  free(c);
}

static const js_type codec_type = {"Zlib", codec_free};

static codec *codec_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &codec_type, &pointer) == napi_ok ? pointer : NULL;
}

/* ---- zlib ---------------------------------------------------------------------------------------------------------
 */

static void fail(codec *c, int error, const char *message) {
  c->error = error;
  c->message = c->z.msg != NULL ? c->z.msg : message;
}

static int dictionary_set(codec *c) {
  if (c->dictionary == NULL) return Z_OK;
  uInt size = (uInt)c->dictionary_size;
  if (c->mode == DEFLATE || c->mode == DEFLATERAW) return deflateSetDictionary(&c->z, c->dictionary, size);
  if (c->mode == INFLATERAW) return inflateSetDictionary(&c->z, c->dictionary, size);
  return Z_OK; /* inflate asks for it */
}

/* Which of gzip and deflate it is, from the first two bytes. */
static void unzip_detect(codec *c) {
  if (c->mode != UNZIP || c->in_left == 0) return;
  if (c->gzip_seen == 0) {
    if (c->in[0] != 0x1f) {
      c->mode = INFLATE;
      return;
    }
    c->gzip_seen = 1;
    if (c->in_left == 1) return;
    c->mode = c->in[1] == 0x8b ? GUNZIP : INFLATE;
  } else {
    c->mode = c->in[0] == 0x8b ? GUNZIP : INFLATE;
  }
}

static int inflate_step(codec *c) {
  int err = inflate(&c->z, c->flush);
  if (err == Z_NEED_DICT && c->dictionary != NULL && c->mode != INFLATERAW) {
    err = inflateSetDictionary(&c->z, c->dictionary, (uInt)c->dictionary_size);
    if (err == Z_OK)
      err = inflate(&c->z, c->flush);
    else if (err == Z_DATA_ERROR)
      err = Z_NEED_DICT;
  }
  /* A gzip file may have several members; zeros after the last are padding, anything else is an error. */
  while (!c->one_member && c->z.avail_in > 0 && c->mode == GUNZIP && err == Z_STREAM_END && c->z.next_in[0] != 0) {
    inflateReset(&c->z);
    err = inflate(&c->z, c->flush);
  }
  return err;
}

static void zlib_step(codec *c) {
  unzip_detect(c);
  c->z.next_in = (unsigned char *)c->in;
  c->z.avail_in = (uInt)c->in_left;
  c->z.next_out = c->out;
  c->z.avail_out = (uInt)c->out_left;
  c->z.msg = NULL;
  bool encode = c->mode == DEFLATE || c->mode == GZIP || c->mode == DEFLATERAW;
  int err = encode ? deflate(&c->z, c->flush) : inflate_step(c);
  c->in_left = c->z.avail_in;
  c->out_left = c->z.avail_out;
  switch (err) {
    case Z_OK:
      break;
    case Z_BUF_ERROR:
      if (c->z.avail_out != 0 && c->flush == Z_FINISH) fail(c, Z_BUF_ERROR, "unexpected end of file");
      break;
    case Z_STREAM_END:
      break;
    case Z_NEED_DICT:
      fail(c, Z_NEED_DICT, c->dictionary ? "Bad dictionary" : "Missing dictionary");
      break;
    default:
      fail(c, err, "Zlib error");
  }
  if (err == Z_OK && c->z.avail_out != 0 && c->flush == Z_FINISH) fail(c, Z_BUF_ERROR, "unexpected end of file");
}

/* ---- brotli -------------------------------------------------------------------------------------------------------
 */

/* Also again, for a reset: parameters are those of the beginning then. */
static int brotli_open(codec *c) {
  if (c->mode == BROTLI_DECODE) {
    if (c->decoder) BrotliDecoderDestroyInstance(c->decoder);
    c->decoder = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (c->decoder == NULL) return Z_MEM_ERROR;
    if (c->dictionary == NULL) return Z_OK;
    return BrotliDecoderAttachDictionary(c->decoder, BROTLI_SHARED_DICTIONARY_RAW, c->dictionary_size, c->dictionary)
               ? Z_OK
               : Z_DATA_ERROR;
  }
  if (c->encoder) BrotliEncoderDestroyInstance(c->encoder);
  c->encoder = BrotliEncoderCreateInstance(NULL, NULL, NULL);
  if (c->encoder == NULL) return Z_MEM_ERROR;
  if (c->dictionary == NULL) return Z_OK;
  if (c->prepared == NULL)
    c->prepared = BrotliEncoderPrepareDictionary(BROTLI_SHARED_DICTIONARY_RAW, c->dictionary_size, c->dictionary,
                                                 BROTLI_MAX_QUALITY, NULL, NULL, NULL);
  return c->prepared != NULL && BrotliEncoderAttachPreparedDictionary(c->encoder, c->prepared) ? Z_OK : Z_DATA_ERROR;
}

static void brotli_step(codec *c) {
  if (c->mode == BROTLI_ENCODE) {
    if (!BrotliEncoderCompressStream(c->encoder, (BrotliEncoderOperation)c->flush, &c->in_left, &c->in, &c->out_left,
                                     &c->out, NULL)) {
      c->error = -1;
      c->message = "Compression failed";
      c->code = "ERR_BROTLI_COMPRESSION_FAILED";
    }
    return;
  }
  BrotliDecoderResult result =
      BrotliDecoderDecompressStream(c->decoder, &c->in_left, &c->in, &c->out_left, &c->out, NULL);
  if (result == BROTLI_DECODER_RESULT_ERROR) {
    BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(c->decoder);
    c->error = (int)code;
    c->message = "Decompression failed";
    c->code = BrotliDecoderErrorString(code);
  } else if (c->flush == BROTLI_OPERATION_FINISH && result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
    c->error = Z_BUF_ERROR;
    c->message = "unexpected end of file";
    c->code = "Z_BUF_ERROR";
  }
}

/* ---- creation -----------------------------------------------------------------------------------------------------
 */

/* create(mode, windowBits, level, memLevel, strategy, dictionary or undefined, one member only, pledged size or
 * undefined) → handle, or an error number */
static napi_value codec_create(napi_env env, napi_callback_info info) {
  napi_value argv[8], value = NULL;
  void *dictionary;
  args_get(env, info, argv, 8);
  codec *c = calloc(1, sizeof *c);
  if (c == NULL) return make_int32(env, Z_MEM_ERROR);
  c->rt = runtime_of(env);
  c->mode = (enum zlib_mode)arg_int32(env, argv[0]);
  int bits = arg_int32(env, argv[1]), level = arg_int32(env, argv[2]);
  if (js_bytes_get(env, argv[5], &dictionary, &c->dictionary_size) == napi_ok &&
      (c->dictionary = malloc(c->dictionary_size + 1)) != NULL)
    memcpy(c->dictionary, dictionary, c->dictionary_size);
  c->one_member = arg_bool(env, argv[6]);
  bool pledged = arg_is(env, argv[7], napi_number);
  c->pledged_size = pledged ? (uint64_t)arg_int64(env, argv[7]) : ZSTD_CONTENTSIZE_UNKNOWN;
  int err = Z_OK;
  switch (c->mode) {
    case BROTLI_ENCODE:
    case BROTLI_DECODE:
      err = brotli_open(c);
      break;
    case ZSTD_COMPRESS:
    case ZSTD_DECOMPRESS:
      err = zstd_open(c);
      break;
    case DEFLATE:
    case GZIP:
    case DEFLATERAW:
      bits = c->mode == GZIP ? bits + 16 : c->mode == DEFLATERAW ? -bits : bits;
      err = deflateInit2(&c->z, level, Z_DEFLATED, bits, arg_int32(env, argv[3]), arg_int32(env, argv[4]));
      break;
    default:
      bits = c->mode == GUNZIP ? bits + 16 : c->mode == UNZIP ? bits + 32 : c->mode == INFLATERAW ? -bits : bits;
      err = inflateInit2(&c->z, bits);
  }
  c->z_ready = err == Z_OK && c->mode < BROTLI_DECODE;
  if (err == Z_OK && c->z_ready) err = dictionary_set(c);
  if (err != Z_OK || js_handle_create(env, &codec_type, c, &value) != napi_ok) {
    codec_free(c);
    return make_int32(env, err != Z_OK ? err : Z_MEM_ERROR);
  }
  int64_t now;
  c->counted = codec_memory(c); /* UNZIP becomes another */
  napi_adjust_external_memory(env, c->counted, &now);
  origin_begin_bare(&c->origin, c->rt, "ZLIB", NULL);
  return value;
}

/* setParameter(handle, number, value): brotli's and zstd's. → whether it was taken */
static napi_value codec_set_parameter(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  codec *c = codec_get(env, argv[0]);
  if (c == NULL) return NULL;
  int name = arg_int32(env, argv[1]);
  if (c->mode >= ZSTD_COMPRESS) return make_bool(env, zstd_set_parameter(c, name, arg_int32(env, argv[2])));
  uint32_t value = arg_uint32(env, argv[2]);
  bool ok = c->encoder   ? BrotliEncoderSetParameter(c->encoder, (BrotliEncoderParameter)name, value)
            : c->decoder ? BrotliDecoderSetParameter(c->decoder, (BrotliDecoderParameter)name, value)
                         : false;
  return make_bool(env, ok);
}

/* ---- steps --------------------------------------------------------------------------------------------------------
 */

static void step(codec *c) {
  c->error = 0;
  c->message = c->code = NULL;
  if (c->mode >= ZSTD_COMPRESS)
    zstd_step(c);
  else if (c->mode >= BROTLI_DECODE)
    brotli_step(c);
  else
    zlib_step(c);
}

static void step_work(uv_work_t *work) { step(work->data); }

/* [input left, output left], or [input left, output left, error number, message, code] */
static napi_value step_result(napi_env env, codec *c) {
  napi_value out;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_double(env, (double)c->in_left));
  napi_set_element(env, out, 1, make_double(env, (double)c->out_left));
  if (c->error != 0) {
    napi_set_element(env, out, 2, make_int32(env, c->error));
    napi_set_element(env, out, 3, make_string(env, c->message));
    if (c->code != NULL) napi_set_element(env, out, 4, make_string(env, c->code));
  }
  return out;
}

static void step_done(uv_work_t *work, int status) {
  codec *c = work->data;
  runtime *rt = c->rt;
  napi_env env = runtime_env(rt);
  js_scope scope;
  js_scope_open(env, &scope);
  js_bytes_drop(&c->in_bytes);
  js_bytes_drop(&c->out_bytes);
  runtime_work_end(&c->queued);
  c->busy = false;
  runtime_work queued = c->queued;
  if (c->close_wanted) {
    held_clear(&c->callback, env);
    codec_free(c); /* closed while it worked: nobody wants the result */
    runtime_work_done(rt, &queued, &(held){NULL}, 0, NULL);
  } else {
    napi_value argument = step_result(env, c);
    runtime_work_done(rt, &queued, &c->callback, 1, &argument);
  }
  js_scope_close(&scope);
}

/* Where the step reads and writes: false where the views no longer have the ranges that JS named (they were detached or
 * shrunk). The bytes are held until the step is done. */
static bool step_bytes(napi_env env, codec *c, const napi_value *argv) {
  static const unsigned char nothing = 0;
  size_t in_at = arg_uint32(env, argv[3]), out_at = arg_uint32(env, argv[6]);
  c->in_left = arg_uint32(env, argv[4]);
  c->out_left = arg_uint32(env, argv[7]);
  if (js_bytes_hold(env, argv[2], js_bytes_read, &c->in_bytes) != napi_ok ||
      js_bytes_hold(env, argv[5], js_bytes_write, &c->out_bytes) != napi_ok ||
      in_at + c->in_left > c->in_bytes.length || out_at + c->out_left > c->out_bytes.length) {
    js_bytes_drop(&c->in_bytes);
    js_bytes_drop(&c->out_bytes);
    return false;
  }
  c->in = c->in_bytes.data != NULL ? (const unsigned char *)c->in_bytes.data + in_at : &nothing;
  c->out = (unsigned char *)c->out_bytes.data + out_at;
  return true;
}

/* step(handle, flush, input view, offset, length, output view, offset, length, callback) → result, or later; false: the
 * views have no such bytes. The output view is never of resizable memory: modules/node/zlib.js allocates it. */
static napi_value codec_step(napi_env env, napi_callback_info info) {
  napi_value argv[9];
  args_get(env, info, argv, 9);
  codec *c = codec_get(env, argv[0]);
  if (c == NULL || c->busy) return NULL;
  bool later = arg_is(env, argv[8], napi_function);
  if (!step_bytes(env, c, argv)) return make_bool(env, false);
  c->flush = arg_int32(env, argv[1]);
  if (!later) {
    step(c);
    js_bytes_drop(&c->in_bytes);
    js_bytes_drop(&c->out_bytes);
    return step_result(env, c);
  }
  if (held_set(&c->callback, env, argv[8]) != napi_ok) {
    js_bytes_drop(&c->in_bytes);
    js_bytes_drop(&c->out_bytes);
    return NULL;
  }
  c->busy = true;
  c->work.data = c;
  uv_queue_work(runtime_loop(c->rt), &c->work, step_work, step_done);
  /* The steps are the codec's: they have its id, in the context of now. */
  runtime_work_begin(c->rt, &c->queued, (uv_req_t *)&c->work, NULL);
  c->queued.origin.id = c->origin.id;
  c->queued.origin.trigger = c->origin.trigger;
  c->queued.borrowed = true;
  return NULL;
}

/* params(handle, level, strategy) → error number; means nothing but to deflate. With what is to be flushed already out
 */
static napi_value codec_params(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  codec *c = codec_get(env, argv[0]);
  if (c == NULL || !c->z_ready) return make_int32(env, Z_STREAM_ERROR);
  if (c->mode != DEFLATE && c->mode != DEFLATERAW) return make_int32(env, Z_OK);
  static unsigned char nowhere;
  c->z.next_in = c->z.next_out = &nowhere;
  c->z.avail_in = c->z.avail_out = 0;
  int err = deflateParams(&c->z, arg_int32(env, argv[1]), arg_int32(env, argv[2]));
  return make_int32(env, err == Z_BUF_ERROR ? Z_OK : err);
}

/* reset(handle) → error number; false while it works */
static napi_value codec_reset(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  codec *c = codec_get(env, argv[0]);
  if (c == NULL) return make_int32(env, Z_STREAM_ERROR);
  if (c->busy) return make_bool(env, false);
  int err = Z_OK;
  if (c->mode >= ZSTD_COMPRESS) {
    err = zstd_reset(c);
  } else if (c->mode >= BROTLI_DECODE) {
    err = brotli_open(c);
  } else {
    bool encode = c->mode == DEFLATE || c->mode == GZIP || c->mode == DEFLATERAW;
    err = encode ? deflateReset(&c->z) : inflateReset(&c->z);
    if (err == Z_OK) err = dictionary_set(c);
  }
  return make_int32(env, err);
}

static napi_value codec_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  codec *c = codec_get(env, argv[0]);
  if (c == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  if (c->busy)
    c->close_wanted = true;
  else
    codec_free(c);
  return NULL;
}

/* crc32(bytes, value) */
static napi_value codec_crc32(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t size;
  args_get(env, info, argv, 2);
  if (js_bytes_get(env, argv[0], &data, &size) != napi_ok) return NULL;
  uint32_t value = arg_uint32(env, argv[1]); /* zlib begins anew where there is no buffer */
  return make_uint32(env, size == 0 ? value : (uint32_t)crc32_z(value, data, size));
}

static const js_function functions[] = {
    {"create", codec_create}, {"setParameter", codec_set_parameter},
    {"step", codec_step},     {"params", codec_params},
    {"reset", codec_reset},   {"close", codec_close},
    {"crc32", codec_crc32},   {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant modes[] = {CONSTANT(DEFLATE),       CONSTANT(INFLATE),         CONSTANT(GZIP),
                                   CONSTANT(GUNZIP),        CONSTANT(DEFLATERAW),      CONSTANT(INFLATERAW),
                                   CONSTANT(UNZIP),         CONSTANT(BROTLI_DECODE),   CONSTANT(BROTLI_ENCODE),
                                   CONSTANT(ZSTD_COMPRESS), CONSTANT(ZSTD_DECOMPRESS), {NULL, 0}};
  export_int32(env, exports, "version", ZLIB_VERNUM);
  napi_status status = export_constants(env, exports, "modes", modes);
  return status == napi_ok ? zstd_export(env, exports) : status;
}

const js_binding binding_zlib = {"zlib", functions, init};
