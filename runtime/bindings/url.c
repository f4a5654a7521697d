/*
 * url.c: URLs for JS (the binding "url"), parsed by ada.
 *
 * One call gives a URL's href and where its parts begin and end in it: the parts go into a shared Int32Array of JS's,
 * so that a URL costs one string (none, where the text is its own href) and JS cuts a part out when somebody asks for
 * it. Most URLs of a server are plain http(s) ones that the URL standard's parser leaves as they are: one pass over the
 * bytes finds that out and the offsets too; whatever is not plain goes to ada.
 */
#include <strings.h>

#include "util.h"

#include <ada_c.h>

/* Places in the shared Int32Array. A part that is not there is -1. */
enum {
  PROTOCOL_END,
  USERNAME_END,
  HOST_START,
  HOST_END,
  PORT,
  PATHNAME_START,
  SEARCH_START,
  HASH_START,
  SCHEME,
  OFFSETS_COUNT,
};
enum { SCHEME_HTTP = 0, SCHEME_NOT_SPECIAL = 1, SCHEME_HTTPS = 2, SCHEME_FILE = 6 }; /* ada::scheme::type */
/* What update() sets. */
enum { SET_PROTOCOL, SET_USERNAME, SET_PASSWORD, SET_HOST, SET_HOSTNAME, SET_PORT, SET_PATHNAME, SET_SEARCH, SET_HASH };

/* ---- text of JS -------------------------------------------------------------------------------------------------- */

enum { INLINE_TEXT = 1024 };

typedef struct text {
  char *data; /* UTF-8: room, or malloc'd */
  size_t length;
  char room[INLINE_TEXT];
} text;

static bool ascii_only(const char *data, size_t length) {
  unsigned char seen = 0;
  for (size_t i = 0; i < length; i++) seen |= (unsigned char)data[i];
  return seen < 0x80;
}

/* False for what is no string and without memory. Lone surrogates become U+FFFD. */
static bool text_get(napi_env env, napi_value value, text *out) {
  bool one_byte;
  out->data = out->room;
  if (js_string_info(env, value, &out->length, &one_byte) != napi_ok) return false;
  if (one_byte && out->length <= INLINE_TEXT) {
    js_string_write_latin1(env, value, out->room, INLINE_TEXT, &out->length);
    if (ascii_only(out->room, out->length)) return true;
  }
  if (js_string_utf8_length(env, value, &out->length) != napi_ok) return false;
  if (out->length > INLINE_TEXT && (out->data = malloc(out->length)) == NULL) return false;
  js_string_write_utf8(env, value, out->data, out->length, &out->length);
  return true;
}

static void text_release(text *t) {
  if (t->data != t->room) free(t->data);
}

static napi_value string_of(napi_env env, const char *data, size_t length) {
  napi_value out = NULL;
  js_string_utf8(env, data, length, &out);
  return out;
}

/* ---- the plain kind of URL --------------------------------------------------------------------------------------- */

enum { IN_HOST = 1, IN_PATH = 2, IN_QUERY = 4, IN_FRAGMENT = 8, ANYWHERE = 15, BEHIND_HOST = 14 };

/* Where a byte may stand in a URL that parsing does not change ('%' in a path may be a dot: not there). */
static const uint8_t places[256] = {
    ['a' ... 'z'] = ANYWHERE,
    ['0' ... '9'] = ANYWHERE,
    ['-'] = ANYWHERE,
    ['.'] = ANYWHERE,
    ['A' ... 'Z'] = BEHIND_HOST,
    ['_'] = BEHIND_HOST,
    ['~'] = BEHIND_HOST,
    ['!'] = BEHIND_HOST,
    ['$'] = BEHIND_HOST,
    ['&'] = BEHIND_HOST,
    ['('] = BEHIND_HOST,
    [')'] = BEHIND_HOST,
    ['*'] = BEHIND_HOST,
    ['+'] = BEHIND_HOST,
    [','] = BEHIND_HOST,
    [';'] = BEHIND_HOST,
    ['='] = BEHIND_HOST,
    [':'] = BEHIND_HOST,
    ['@'] = BEHIND_HOST,
    ['/'] = BEHIND_HOST,
    ['\''] = IN_PATH | IN_FRAGMENT,
    ['?'] = IN_QUERY | IN_FRAGMENT,
    ['%'] = IN_QUERY | IN_FRAGMENT,
};

static size_t skip_in(const char *data, size_t length, size_t i, uint8_t place) {
  while (i < length && (places[(unsigned char)data[i]] & place)) i++;
  return i;
}

/* Names: no empty label, no label that makes an IPv4 address of it (one that begins with a digit at the end), no IDNA.
 */
static bool plain_host(const char *host, size_t length) {
  size_t label = 0;
  if (length == 0 || length > 253) return false;
  for (size_t i = 0; i <= length; i++) {
    if (i < length && host[i] != '.') continue;
    if (i == label) return false;
    if (i - label >= 4 && memcmp(host + label, "xn--", 4) == 0) return false;
    if (i < length) label = i + 1;
  }
  return host[label] < '0' || host[label] > '9';
}

/* Dotted decimal in its own canonical form. */
static bool plain_ipv4(const char *host, size_t length) {
  int numbers = 0;
  size_t i = 0;
  while (numbers < 4) {
    size_t digits = 0;
    unsigned value = 0;
    for (; i < length && digits < 4 && host[i] >= '0' && host[i] <= '9'; i++, digits++)
      value = value * 10 + (unsigned)(host[i] - '0');
    if (digits == 0 || value > 255 || (digits > 1 && host[i - digits] == '0')) return false;
    if (++numbers < 4 && (i >= length || host[i++] != '.')) return false;
  }
  return i == length;
}

/* ":port" from `at`, if it is there: no leading zero, not the scheme's own. Returns where it ends, 0 when it is not
 * plain. */
static size_t plain_port(const char *data, size_t length, size_t at, int scheme, int32_t *port) {
  *port = -1;
  if (at == length || data[at] != ':') return at;
  int32_t value = 0;
  size_t i = at + 1;
  if (i == length || data[i] == '0') return 0;
  for (; i < length && i < at + 6 && data[i] >= '0' && data[i] <= '9'; i++) value = value * 10 + (data[i] - '0');
  if (i == at + 1 || value > 65535 || value == (scheme == SCHEME_HTTP ? 80 : 443)) return 0;
  *port = value;
  return i;
}

/* Whether a URL is its own href, with its offsets. */
static bool plain_parse(const char *data, size_t length, int32_t *offsets) {
  size_t i;
  if (length > 8 && memcmp(data, "http://", 7) == 0) {
    offsets[SCHEME] = SCHEME_HTTP;
    i = 7;
  } else if (length > 9 && memcmp(data, "https://", 8) == 0) {
    offsets[SCHEME] = SCHEME_HTTPS;
    i = 8;
  } else {
    return false;
  }
  size_t host = i;
  offsets[PROTOCOL_END] = (int32_t)i - 2;
  offsets[USERNAME_END] = offsets[HOST_START] = (int32_t)i;
  i = skip_in(data, length, i, IN_HOST);
  if (!plain_host(data + host, i - host) && !plain_ipv4(data + host, i - host)) return false;
  offsets[HOST_END] = (int32_t)i;
  i = plain_port(data, length, i, offsets[SCHEME], &offsets[PORT]);
  if (i == 0 || i == length || data[i] != '/') return false;
  offsets[PATHNAME_START] = (int32_t)i;
  for (; i < length && (places[(unsigned char)data[i]] & IN_PATH); i++)
    if (data[i] == '.' && data[i - 1] == '/') return false; /* perhaps a dot segment */
  offsets[SEARCH_START] = offsets[HASH_START] = -1;
  if (i < length && data[i] == '?') {
    offsets[SEARCH_START] = (int32_t)i;
    i = skip_in(data, length, i + 1, IN_QUERY);
  }
  if (i < length && data[i] == '#') {
    offsets[HASH_START] = (int32_t)i;
    i = skip_in(data, length, i + 1, IN_FRAGMENT);
  }
  return i == length;
}

/* ---- offsets ----------------------------------------------------------------------------------------------------- */

static int32_t *offsets_get(napi_env env, napi_value value) {
  void *data = NULL;
  size_t length = 0;
  if (js_bytes_get(env, value, &data, &length) != napi_ok || length < OFFSETS_COUNT * sizeof(int32_t)) return NULL;
  return data;
}

static inline int32_t offset_of(uint32_t offset) { return offset == ada_url_omitted ? -1 : (int32_t)offset; }

static void offsets_fill(ada_url url, int32_t *offsets) {
  const ada_url_components *parts = ada_get_components(url);
  offsets[PROTOCOL_END] = (int32_t)parts->protocol_end;
  offsets[USERNAME_END] = (int32_t)parts->username_end;
  offsets[HOST_START] = (int32_t)parts->host_start;
  offsets[HOST_END] = (int32_t)parts->host_end;
  offsets[PORT] = offset_of(parts->port);
  offsets[PATHNAME_START] = (int32_t)parts->pathname_start;
  offsets[SEARCH_START] = offset_of(parts->search_start);
  offsets[HASH_START] = offset_of(parts->hash_start);
  offsets[SCHEME] = ada_get_scheme_type(url);
}

/* ---- where ada (3.4.4) leaves the standard ----------------------------------------------------------------------- */

static bool path_is_opaque(ada_url url) {
  ada_string path = ada_get_pathname(url);
  return !ada_has_hostname(url) && (path.length == 0 || path.data[0] != '/');
}

/* Against a base with an opaque path only a fragment alone is relative; ada takes whatever has a fragment. */
static bool relative_refused(const text *input, const text *base) {
  size_t i = 0;
  if (memchr(input->data, '#', input->length) == NULL || ada_can_parse(input->data, input->length)) return false;
  while (i < input->length && (unsigned char)input->data[i] <= ' ') i++; /* trimmed by the parser */
  if (i < input->length && input->data[i] == '#') return false;
  ada_url url = ada_parse(base->data, base->length);
  bool refused = ada_is_valid(url) && path_is_opaque(url);
  ada_free(url);
  return refused;
}

/* A URL without a host whose path begins with "//" has "/." before the path; ada leaves it there when a host is set, or
 * sets an empty one where the value is refused. Sets the host on a URL that is only scheme and host, and puts the rest
 * behind it. Returns a new URL, or NULL where nothing changes. */
static ada_url host_set_before_dot(ada_url url, int part, const text *value) {
  const ada_url_components *parts = ada_get_components(url);
  ada_string href = ada_get_href(url);
  size_t scheme = parts->protocol_end, rest = href.length - parts->pathname_start;
  char *start = malloc(scheme + 3), *whole = NULL;
  ada_url host = NULL, out = NULL;
  if (start == NULL) return NULL;
  memcpy(start, href.data, scheme);
  memcpy(start + scheme, "//x", 3);
  host = ada_parse(start, scheme + 3);
  bool taken = ada_is_valid(host) && (part == SET_HOST ? ada_set_host(host, value->data, value->length)
                                                       : ada_set_hostname(host, value->data, value->length));
  if (!taken) goto done;
  ada_string head = ada_get_href(host);
  whole = malloc(head.length + rest);
  if (whole == NULL) goto done;
  memcpy(whole, head.data, head.length);
  memcpy(whole + head.length, href.data + parts->pathname_start, rest);
  out = ada_parse(whole, head.length + rest);
done:
  free(whole);
  free(start);
  if (host != NULL) ada_free(host);
  return out;
}

static bool has_dot_before_path(ada_url url) {
  const ada_url_components *parts = ada_get_components(url);
  ada_string href = ada_get_href(url);
  return parts->port == ada_url_omitted && parts->pathname_start == parts->host_end + 2 &&
         memcmp(href.data + parts->host_end, "/.", 2) == 0;
}

/* ---- hosts of ASCII only -------------------------------------------------------------------------------------------- */

/*
 * The URL standard leaves a host of ASCII alone, whatever follows its "xn--" (as Node's ada 4 does); ada 3 refuses labels
 * that are no good Punycode. Such a host is parsed with "xn-_" in their places, which means nothing, and gets them back.
 */
static const char ace_prefix[] = "xn--", ace_hidden[] = "xn-_";

/* Every label at `data` that begins with `from` begins with `to`; how many. The case of letters stays. */
static size_t labels_replace(char *data, size_t length, const char *from, const char *to) {
  size_t count = 0;
  for (size_t i = 0; i + 4 <= length; i++) {
    if ((i > 0 && data[i - 1] != '.') || strncasecmp(data + i, from, 4) != 0) continue;
    data[i + 3] = to[3];
    count++;
  }
  return count;
}

/* Whether there was something to hide. */
static bool ace_hide(text *input) {
  char *end = input->data + input->length, *host = memmem(input->data, input->length, "//", 2);
  if (host == NULL) return false;
  host += 2;
  char *stop = host;
  for (; stop < end && strchr("/\\?#", *stop) == NULL; stop++)
    if (*stop == '@') host = stop + 1;
  size_t length = (size_t)(stop - host);
  if (!ascii_only(host, length) || memchr(host, '%', length) != NULL) return false;
  if (labels_replace(host, length, ace_hidden, ace_hidden) > 0) return false;
  return labels_replace(host, length, ace_prefix, ace_hidden) > 0;
}

/* The href of a URL that was parsed with hidden labels. */
static napi_value ace_href(napi_env env, ada_url url) {
  const ada_url_components *parts = ada_get_components(url);
  ada_string text = ada_get_href(url);
  char *copy = malloc(text.length + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text.data, text.length);
  size_t start = parts->host_start + (copy[parts->host_start] == '@' ? 1 : 0);
  labels_replace(copy + start, parts->host_end - start, ace_hidden, ace_prefix);
  napi_value href = string_of(env, copy, text.length);
  free(copy);
  return href;
}

/* ---- parse, canParse, update ------------------------------------------------------------------------------------- */

/* parse(input, base | undefined, offsets): the href, undefined where the URL is invalid. */
static napi_value url_parse(napi_env env, napi_callback_info info) {
  napi_value argv[3], href = NULL;
  args_get(env, info, argv, 3);
  int32_t *offsets = offsets_get(env, argv[2]);
  text input, base = {.data = NULL};
  if (offsets == NULL || !text_get(env, argv[0], &input)) return NULL;
  bool has_base = text_get(env, argv[1], &base);
  if (plain_parse(input.data, input.length, offsets)) {
    /* With a base: an absolute URL does not need it, but it has to be valid. */
    if (!has_base || ada_can_parse(base.data, base.length)) href = argv[0];
  } else {
    ada_url url = has_base ? ada_parse_with_base(input.data, input.length, base.data, base.length)
                           : ada_parse(input.data, input.length);
    if (ada_is_valid(url) && !(has_base && relative_refused(&input, &base))) {
      ada_string text = ada_get_href(url);
      href = string_of(env, text.data, text.length);
      offsets_fill(url, offsets);
    } else if (!ada_is_valid(url) && ace_hide(&input)) {
      ada_free(url);
      url = has_base ? ada_parse_with_base(input.data, input.length, base.data, base.length)
                     : ada_parse(input.data, input.length);
      if (ada_is_valid(url)) {
        href = ace_href(env, url);
        offsets_fill(url, offsets);
      }
    }
    ada_free(url);
  }
  if (has_base) text_release(&base);
  text_release(&input);
  return href;
}

/* canParse(input, base | undefined) */
static napi_value url_can_parse(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  text input, base;
  if (!text_get(env, argv[0], &input)) return make_bool(env, false);
  bool valid;
  if (text_get(env, argv[1], &base)) {
    valid =
        ada_can_parse_with_base(input.data, input.length, base.data, base.length) && !relative_refused(&input, &base);
    text_release(&base);
  } else {
    valid = ada_can_parse(input.data, input.length) ||
            (ace_hide(&input) && ada_can_parse(input.data, input.length));
  }
  text_release(&input);
  return make_bool(env, valid);
}

static void part_set(ada_url url, int part, const char *value, size_t length) {
  switch (part) {
    case SET_PROTOCOL:
      ada_set_protocol(url, value, length);
      break;
    case SET_USERNAME:
      ada_set_username(url, value, length);
      break;
    case SET_PASSWORD:
      ada_set_password(url, value, length);
      break;
    case SET_HOST:
      ada_set_host(url, value, length);
      break;
    case SET_HOSTNAME:
      ada_set_hostname(url, value, length);
      break;
    case SET_PORT:
      ada_set_port(url, value, length);
      break;
    case SET_PATHNAME:
      ada_set_pathname(url, value, length);
      break;
    case SET_SEARCH:
      ada_set_search(url, value, length);
      break;
    case SET_HASH:
      ada_set_hash(url, value, length);
      break;
    default:
      break;
  }
}

/* update(href, part, value, offsets): the href with that part set, as it was where the value is refused. */
static napi_value url_update(napi_env env, napi_callback_info info) {
  napi_value argv[4], out = NULL;
  args_get(env, info, argv, 4);
  int32_t *offsets = offsets_get(env, argv[3]);
  text href, value;
  if (offsets == NULL || !text_get(env, argv[0], &href)) return NULL;
  if (text_get(env, argv[2], &value)) {
    ada_url url = ada_parse(href.data, href.length);
    int part = arg_int32(env, argv[1]);
    if (ada_is_valid(url)) {
      if ((part == SET_HOST || part == SET_HOSTNAME) && has_dot_before_path(url)) {
        ada_url changed = host_set_before_dot(url, part, &value);
        if (changed != NULL) {
          ada_free(url);
          url = changed;
        }
      } else {
        part_set(url, part, value.data, value.length);
      }
      ada_string text = ada_get_href(url);
      out = string_of(env, text.data, text.length);
      offsets_fill(url, offsets);
    }
    ada_free(url);
    text_release(&value);
  }
  text_release(&href);
  return out;
}

/* ---- domains ----------------------------------------------------------------------------------------------------- */

/* A domain through the host parser of a special scheme; '' where it is refused. */
static napi_value domain_convert(napi_env env, napi_callback_info info, bool unicode) {
  static const char some[] = "ws://x";
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  text domain;
  if (!text_get(env, argv[0], &domain)) return make_string(env, "");
  ada_url url = ada_parse(some, sizeof some - 1);
  if (ada_is_valid(url) && ada_set_hostname(url, domain.data, domain.length)) {
    ada_string host = ada_get_hostname(url);
    if (unicode) {
      ada_owned_string text = ada_idna_to_unicode(host.data, host.length);
      out = string_of(env, text.data, text.length);
      ada_free_owned_string(text);
    } else {
      out = string_of(env, host.data, host.length);
    }
  }
  ada_free(url);
  text_release(&domain);
  return out != NULL ? out : make_string(env, "");
}

static napi_value url_domain_to_ascii(napi_env env, napi_callback_info info) {
  return domain_convert(env, info, false);
}

static napi_value url_domain_to_unicode(napi_env env, napi_callback_info info) {
  return domain_convert(env, info, true);
}

static const js_function functions[] = {
    {"parse", url_parse},
    {"canParse", url_can_parse},
    {"update", url_update},
    {"domainToASCII", url_domain_to_ascii},
    {"domainToUnicode", url_domain_to_unicode},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant places[] = {CONSTANT(PROTOCOL_END),
                                    CONSTANT(USERNAME_END),
                                    CONSTANT(HOST_START),
                                    CONSTANT(HOST_END),
                                    CONSTANT(PORT),
                                    CONSTANT(PATHNAME_START),
                                    CONSTANT(SEARCH_START),
                                    CONSTANT(HASH_START),
                                    CONSTANT(SCHEME),
                                    CONSTANT(OFFSETS_COUNT),
                                    {NULL, 0}};
  static const constant schemes[] = {{"HTTP", SCHEME_HTTP},
                                     {"NOT_SPECIAL", SCHEME_NOT_SPECIAL},
                                     {"HTTPS", SCHEME_HTTPS},
                                     {"FILE", SCHEME_FILE},
                                     {NULL, 0}};
  static const constant parts[] = {CONSTANT(SET_PROTOCOL), CONSTANT(SET_USERNAME),
                                   CONSTANT(SET_PASSWORD), CONSTANT(SET_HOST),
                                   CONSTANT(SET_HOSTNAME), CONSTANT(SET_PORT),
                                   CONSTANT(SET_PATHNAME), CONSTANT(SET_SEARCH),
                                   CONSTANT(SET_HASH),     {NULL, 0}};
  napi_status status = export_constants(env, exports, "places", places);
  if (status == napi_ok) status = export_constants(env, exports, "schemes", schemes);
  return status == napi_ok ? export_constants(env, exports, "parts", parts) : status;
}

const js_binding binding_url = {"url", functions, init};
