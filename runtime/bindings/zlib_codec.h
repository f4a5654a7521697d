/*
 * zlib_codec: one compressor or decompressor behind node:zlib (zlib.c), with what its kinds in files of their own need
 * of it: zstd's (zlib_zstd.c).
 */
#ifndef JSD_RUNTIME_BINDINGS_ZLIB_CODEC_H
#define JSD_RUNTIME_BINDINGS_ZLIB_CODEC_H

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "util.h"

enum zlib_mode {
  DEFLATE = 1,
  INFLATE,
  GZIP,
  GUNZIP,
  DEFLATERAW,
  INFLATERAW,
  UNZIP,
  BROTLI_DECODE,
  BROTLI_ENCODE,
  ZSTD_COMPRESS,
  ZSTD_DECOMPRESS
};

typedef struct codec {
  uv_work_t work;
  runtime_work queued;
  runtime *rt;
  enum zlib_mode mode;
  z_stream z;
  bool z_ready, busy, close_wanted;
  bool one_member;     /* gzip: what follows the first member is not ours */
  bool begun;          /* zstd: a compressor has had input */
  bool frame_finished; /* zstd: the decompressor is at the end of its frame */
  BrotliEncoderState *encoder;
  BrotliDecoderState *decoder;
  BrotliEncoderPreparedDictionary *prepared;
  ZSTD_CCtx *compressor;
  ZSTD_DCtx *decompressor;
  int64_t counted;       /* bytes that the engine was told of */
  uint64_t pledged_size; /* ZSTD_CONTENTSIZE_UNKNOWN: none */
  unsigned char *dictionary;
  size_t dictionary_size;
  int window_bits;
  /* the step */
  const unsigned char *in;
  unsigned char *out;
  size_t in_left, out_left;
  int flush, error;
  const char *message, *code;
  unsigned gzip_seen; /* UNZIP: bytes of the gzip magic found so far */
  held callback;
  async_origin origin;          /* its id; a context would keep it from being collected */
  js_bytes in_bytes, out_bytes; /* held while it works */
} codec;

/* Of c->mode, with c->dictionary and c->pledged_size. 0, Z_MEM_ERROR, or Z_DATA_ERROR for a dictionary that is none. */
int zstd_open(codec *c);
void zstd_close(codec *c);
/* Whether zstd has such a parameter and takes the value. */
bool zstd_set_parameter(codec *c, int name, int value);
int zstd_reset(codec *c);
void zstd_step(codec *c);
/* exports.zstd = {ZSTD_e_end: 2, ...} */
napi_status zstd_export(napi_env env, napi_value exports);

#endif
