/* zlib_zstd.c: Zstandard as a codec of node:zlib. A decompressor takes one frame; what follows is left to JS, which
 * says whether that is an error. */
#include <zstd_errors.h>

#include "zlib_codec.h"

static const constant error_names[] = {
    CONSTANT(ZSTD_error_no_error),
    CONSTANT(ZSTD_error_GENERIC),
    CONSTANT(ZSTD_error_prefix_unknown),
    CONSTANT(ZSTD_error_version_unsupported),
    CONSTANT(ZSTD_error_frameParameter_unsupported),
    CONSTANT(ZSTD_error_frameParameter_windowTooLarge),
    CONSTANT(ZSTD_error_corruption_detected),
    CONSTANT(ZSTD_error_checksum_wrong),
    CONSTANT(ZSTD_error_literals_headerWrong),
    CONSTANT(ZSTD_error_dictionary_corrupted),
    CONSTANT(ZSTD_error_dictionary_wrong),
    CONSTANT(ZSTD_error_dictionaryCreation_failed),
    CONSTANT(ZSTD_error_parameter_unsupported),
    CONSTANT(ZSTD_error_parameter_combination_unsupported),
    CONSTANT(ZSTD_error_parameter_outOfBound),
    CONSTANT(ZSTD_error_tableLog_tooLarge),
    CONSTANT(ZSTD_error_maxSymbolValue_tooLarge),
    CONSTANT(ZSTD_error_maxSymbolValue_tooSmall),
    CONSTANT(ZSTD_error_stabilityCondition_notRespected),
    CONSTANT(ZSTD_error_stage_wrong),
    CONSTANT(ZSTD_error_init_missing),
    CONSTANT(ZSTD_error_memory_allocation),
    CONSTANT(ZSTD_error_workSpace_tooSmall),
    CONSTANT(ZSTD_error_dstSize_tooSmall),
    CONSTANT(ZSTD_error_srcSize_wrong),
    CONSTANT(ZSTD_error_dstBuffer_null),
    CONSTANT(ZSTD_error_noForwardProgress_destFull),
    CONSTANT(ZSTD_error_noForwardProgress_inputEmpty),
    {NULL, 0},
};

static const constant numbers[] = {
    CONSTANT(ZSTD_e_continue),
    CONSTANT(ZSTD_e_flush),
    CONSTANT(ZSTD_e_end),
    CONSTANT(ZSTD_fast),
    CONSTANT(ZSTD_dfast),
    CONSTANT(ZSTD_greedy),
    CONSTANT(ZSTD_lazy),
    CONSTANT(ZSTD_lazy2),
    CONSTANT(ZSTD_btlazy2),
    CONSTANT(ZSTD_btopt),
    CONSTANT(ZSTD_btultra),
    CONSTANT(ZSTD_btultra2),
    CONSTANT(ZSTD_c_compressionLevel),
    CONSTANT(ZSTD_c_windowLog),
    CONSTANT(ZSTD_c_hashLog),
    CONSTANT(ZSTD_c_chainLog),
    CONSTANT(ZSTD_c_searchLog),
    CONSTANT(ZSTD_c_minMatch),
    CONSTANT(ZSTD_c_targetLength),
    CONSTANT(ZSTD_c_strategy),
    CONSTANT(ZSTD_c_enableLongDistanceMatching),
    CONSTANT(ZSTD_c_ldmHashLog),
    CONSTANT(ZSTD_c_ldmMinMatch),
    CONSTANT(ZSTD_c_ldmBucketSizeLog),
    CONSTANT(ZSTD_c_ldmHashRateLog),
    CONSTANT(ZSTD_c_contentSizeFlag),
    CONSTANT(ZSTD_c_checksumFlag),
    CONSTANT(ZSTD_c_dictIDFlag),
    CONSTANT(ZSTD_c_nbWorkers),
    CONSTANT(ZSTD_c_jobSize),
    CONSTANT(ZSTD_c_overlapLog),
    CONSTANT(ZSTD_d_windowLogMax),
    CONSTANT(ZSTD_CLEVEL_DEFAULT),
    {NULL, 0},
};

napi_status zstd_export(napi_env env, napi_value exports) {
  napi_status status = export_constants(env, exports, "zstd", numbers);
  return status == napi_ok ? export_constants(env, exports, "zstdErrors", error_names) : status;
}

static void fail(codec *c, ZSTD_ErrorCode error) {
  c->error = (int)error;
  c->message = ZSTD_getErrorString(error);
  c->code = "ZSTD_error_GENERIC";
  for (const constant *e = error_names; e->name != NULL; e++) {
    if (e->value == c->error) c->code = e->name;
  }
}

int zstd_open(codec *c) {
  size_t result = 0;
  if (c->mode == ZSTD_COMPRESS) {
    c->compressor = ZSTD_createCCtx();
    if (c->compressor == NULL) return Z_MEM_ERROR;
    if (c->dictionary != NULL) result = ZSTD_CCtx_loadDictionary(c->compressor, c->dictionary, c->dictionary_size);
    if (!ZSTD_isError(result)) result = ZSTD_CCtx_setPledgedSrcSize(c->compressor, c->pledged_size);
  } else {
    c->decompressor = ZSTD_createDCtx();
    if (c->decompressor == NULL) return Z_MEM_ERROR;
    if (c->dictionary != NULL) result = ZSTD_DCtx_loadDictionary(c->decompressor, c->dictionary, c->dictionary_size);
  }
  return ZSTD_isError(result) ? Z_DATA_ERROR : 0;
}

void zstd_close(codec *c) {
  ZSTD_freeCCtx(c->compressor);
  ZSTD_freeDCtx(c->decompressor);
}

bool zstd_set_parameter(codec *c, int name, int value) {
  size_t result = c->compressor != NULL ? ZSTD_CCtx_setParameter(c->compressor, (ZSTD_cParameter)name, value)
                                        : ZSTD_DCtx_setParameter(c->decompressor, (ZSTD_dParameter)name, value);
  return !ZSTD_isError(result);
}

int zstd_reset(codec *c) {
  size_t result;
  c->begun = c->frame_finished = false;
  if (c->compressor != NULL) {
    result = ZSTD_CCtx_reset(c->compressor, ZSTD_reset_session_only);
    if (!ZSTD_isError(result)) result = ZSTD_CCtx_setPledgedSrcSize(c->compressor, c->pledged_size);
  } else {
    result = ZSTD_DCtx_reset(c->decompressor, ZSTD_reset_session_only);
  }
  return ZSTD_isError(result) ? Z_STREAM_ERROR : Z_OK;
}

void zstd_step(codec *c) {
  if (c->frame_finished) return;
  /* What comes as a whole zstd takes for what was meant, whatever was pledged. */
  bool whole = c->compressor != NULL && !c->begun && c->flush == ZSTD_e_end;
  c->begun = true;
  if (whole && c->pledged_size != ZSTD_CONTENTSIZE_UNKNOWN && c->pledged_size != c->in_left) {
    fail(c, ZSTD_error_srcSize_wrong);
    return;
  }
  ZSTD_inBuffer in = {c->in, c->in_left, 0};
  ZSTD_outBuffer out = {c->out, c->out_left, 0};
  size_t result = c->compressor != NULL ? ZSTD_compressStream2(c->compressor, &out, &in, (ZSTD_EndDirective)c->flush)
                                        : ZSTD_decompressStream(c->decompressor, &out, &in);
  c->in_left -= in.pos;
  c->out_left -= out.pos;
  if (ZSTD_isError(result)) {
    fail(c, ZSTD_getErrorCode(result));
  } else if (c->decompressor != NULL) {
    c->frame_finished = result == 0 && (in.pos > 0 || out.pos > 0);
    if (result != 0 && c->flush == ZSTD_e_end && c->in_left == 0 && c->out_left != 0) {
      c->error = Z_BUF_ERROR;
      c->message = "unexpected end of file";
      c->code = "Z_BUF_ERROR";
    }
  }
}
