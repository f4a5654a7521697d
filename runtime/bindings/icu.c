/*
 * icu.c: legacy text encodings for TextDecoder (the binding "icu"), by the converters of ICU.
 *
 * The engine brings ICU's libraries along, but no headers of theirs are needed for one class: the few functions of its
 * stable C API are declared here and looked up when the first such decoder is made, in the library that the process has
 * loaded. ICU puts its version into every exported name (ucnv_open_78), and that version is the library's soname.
 */
#include <dlfcn.h>
#include <link.h>

#include "util.h"

typedef struct UConverter UConverter;
typedef int UErrorCode; /* above 0: an error */
enum { BUFFER_OVERFLOW = 15 };

static struct {
  UConverter *(*open)(const char *name, UErrorCode *status);
  void (*close)(UConverter *converter);
  void (*reset)(UConverter *converter);
  void (*to_unicode)(UConverter *converter, char16_t **target, const char16_t *target_limit, const char **source,
                     const char *source_limit, int32_t *offsets, int8_t flush, UErrorCode *status);
  void (*set_callback)(UConverter *converter, void *action, const void *context, void *old_action,
                       const void **old_context, UErrorCode *status);
  void (*set_substitute)(UConverter *converter, const char *chars, int8_t length, UErrorCode *status);
  void *stop; /* the callback that makes what is malformed an error */
} icu;

static int find_version(struct dl_phdr_info *info, size_t size, void *out) {
  const char *name = info->dlpi_name != NULL ? strstr(info->dlpi_name, "libicuuc.so.") : NULL;
  if (name == NULL) return 0;
  *(int *)out = atoi(name + strlen("libicuuc.so."));
  return 1;
}

static void *find_name(const char *name, int version) {
  char versioned[64];
  snprintf(versioned, sizeof versioned, "%s_%d", name, version);
  return dlsym(RTLD_DEFAULT, versioned);
}

static bool load(void) {
  if (icu.stop != NULL) return true;
  int version = 0;
  dl_iterate_phdr(find_version, &version);
  *(void **)&icu.open = find_name("ucnv_open", version);
  *(void **)&icu.close = find_name("ucnv_close", version);
  *(void **)&icu.reset = find_name("ucnv_reset", version);
  *(void **)&icu.to_unicode = find_name("ucnv_toUnicode", version);
  *(void **)&icu.set_callback = find_name("ucnv_setToUCallBack", version);
  *(void **)&icu.set_substitute = find_name("ucnv_setSubstChars", version);
  if (!icu.set_substitute || !icu.open || !icu.close || !icu.reset || !icu.to_unicode || !icu.set_callback) return false;
  icu.stop = find_name("UCNV_TO_U_CALLBACK_STOP", version);
  return icu.stop != NULL;
}

static void converter_free(void *converter) { icu.close(converter); }
static const js_type converter_type = {"Converter", converter_free};

/* open(name, fatal): a converter; undefined where ICU has none of that name. */
static napi_value open_converter(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  args_get(env, info, argv, 2);
  char *name = arg_utf8(env, argv[0], NULL);
  UErrorCode status = 0;
  UConverter *converter = name != NULL && load() ? icu.open(name, &status) : NULL;
  free(name);
  if (converter == NULL || status > 0) return make_undefined(env);
  /* Without a substitute of its own, what is malformed becomes U+FFFD, also where ICU has U+001A for single bytes. */
  icu.set_substitute(converter, "?", 1, &status);
  status = 0;
  if (arg_bool(env, argv[1])) icu.set_callback(converter, icu.stop, NULL, NULL, NULL, &status);
  if (js_handle_create(env, &converter_type, converter, &out) != napi_ok) {
    icu.close(converter);
    return NULL;
  }
  return out;
}

/* decode(converter, bytes, flush): the text, after what earlier calls without flush left; undefined for what is
   malformed, where that is fatal, and without memory. After a flush or an error the converter begins anew. */
static napi_value decode(napi_env env, napi_callback_info info) {
  napi_value argv[3], out = NULL;
  args_get(env, info, argv, 3);
  void *converter = NULL, *data = NULL;
  size_t length = 0;
  if (js_handle_get(env, argv[0], &converter_type, &converter) != napi_ok || js_bytes_get(env, argv[1], &data, &length) != napi_ok) return make_undefined(env);
  bool flush = arg_bool(env, argv[2]);
  /* A byte gives at most two units, and a few more may be left of earlier ones. */
  size_t capacity = length * 2 + 32, used = 0;
  char16_t *units = malloc(capacity * sizeof *units);
  const char *from = data != NULL ? data : "", *end = from + length;
  UErrorCode status = units == NULL ? 7 : BUFFER_OVERFLOW;
  while (status == BUFFER_OVERFLOW) {
    char16_t *target = units + used;
    status = 0;
    icu.to_unicode(converter, &target, units + capacity, &from, end, NULL, flush, &status);
    used = (size_t)(target - units);
    if (status != BUFFER_OVERFLOW) break;
    char16_t *more = realloc(units, capacity * 2 * sizeof *units);
    if (more == NULL) break;
    units = more;
    capacity *= 2;
  }
  if (flush || status > 0) icu.reset(converter);
  if (status > 0)
    out = make_undefined(env);
  else
    napi_create_string_utf16(env, units, used, &out);
  free(units);
  return out;
}

static const js_function functions[] = {
    {"open", open_converter},
    {"decode", decode},
    {NULL, NULL},
};

const js_binding binding_icu = {"icu", functions, NULL};
