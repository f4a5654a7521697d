/*
 * process_versions.c: the libraries of this process, for process.versions. Each is asked at run time, so that the
 * answer holds after the system updated one of them; llhttp has its version in the header alone.
 *
 * ICU is the engine's, not ours: nothing here links it, so its functions are looked up by name. They carry ICU's major
 * version, which is found by trying.
 */
#include <ada_c.h>
#include <ares.h>
#include <brotli/encode.h>
#include <dlfcn.h>
#include <llhttp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <zlib.h>
#include <zstd.h>

#include "util.h"

static void set(napi_env env, napi_value object, const char *name, const char *value) {
  if (value != NULL) napi_set_named_property(env, object, name, make_string(env, value));
}

static void set_numbers(napi_env env, napi_value object, const char *name, unsigned a, unsigned b, int c) {
  char text[40];
  snprintf(text, sizeof text, c < 0 ? "%u.%u" : "%u.%u.%d", a, b, c);
  set(env, object, name, text);
}

/* ---- ICU -------------------------------------------------------------------------------------------------------- */

enum { ICU_OLDEST = 70, ICU_NEWEST = 120 };

static void *icu_function(const char *name, int major) {
  char symbol[64];
  snprintf(symbol, sizeof symbol, "%s_%d", name, major);
  return dlsym(RTLD_DEFAULT, symbol);
}

static void set_icu(napi_env env, napi_value object) {
  int major = ICU_OLDEST;
  while (major < ICU_NEWEST && icu_function("u_getVersion", major) == NULL) major++;
  void (*icu)(uint8_t *) = (void (*)(uint8_t *))icu_function("u_getVersion", major);
  void (*unicode)(uint8_t *) = (void (*)(uint8_t *))icu_function("u_getUnicodeVersion", major);
  void (*cldr)(uint8_t *, int *) = (void (*)(uint8_t *, int *))icu_function("ulocdata_getCLDRVersion", major);
  const char *(*zones)(int *) = (const char *(*)(int *))icu_function("ucal_getTZDataVersion", major);
  uint8_t v[4] = {0};
  int error = 0;
  if (icu == NULL || unicode == NULL || cldr == NULL || zones == NULL) return;
  icu(v);
  set_numbers(env, object, "icu", v[0], v[1], v[2] > 0 ? v[2] : -1);
  unicode(v);
  set_numbers(env, object, "unicode", v[0], v[1], v[2] > 0 ? v[2] : -1);
  cldr(v, &error);
  if (error <= 0) set_numbers(env, object, "cldr", v[0], v[1], v[2] > 0 ? v[2] : -1);
  error = 0;
  const char *tz = zones(&error);
  if (error <= 0) set(env, object, "tz", tz);
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

/* versions(): { name: version } */
napi_value process_versions(napi_env env, napi_callback_info info) {
  napi_value out;
  napi_create_object(env, &out);
  set_numbers(env, out, "node", NODE_LEVEL_MAJOR, NODE_LEVEL_MINOR, NODE_LEVEL_PATCH);
  uint32_t brotli = BrotliEncoderVersion();
  set(env, out, "ada", ada_get_version());
  set(env, out, "ares", ares_version(NULL));
  set_numbers(env, out, "brotli", brotli >> 24, brotli >> 12 & 0xfff, (int)(brotli & 0xfff));
  set_icu(env, out);
  set_numbers(env, out, "llhttp", LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
  set(env, out, "nghttp2", nghttp2_version(0)->version_str);
  set(env, out, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
  set(env, out, "sqlite", sqlite3_libversion());
  set(env, out, "uv", uv_version_string());
  set(env, out, "v8", js_engine_version());
  set(env, out, "zlib", zlibVersion());
  set(env, out, "zstd", ZSTD_versionString());
  return out;
}
