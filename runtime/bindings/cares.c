/*
 * cares.c: c-ares for dns.Resolver (modules/internal/dns_channel.js is the JS half). dns.lookup, which asks the system
 * instead, is dns.c.
 *
 * A channel is one c-ares channel on the runtime's loop: c-ares names the descriptors that it waits for, each gets a
 * poll handle, and one timer serves its timeouts. Answers are turned into JS generically: a record is [type, TTL, its
 * fields in the order of the RFC], and the JS half makes Node's objects of it. c-ares may answer within the call that
 * asks (a name that cannot be, a cancelled query); JS is never called from there: what is finished waits in a list for
 * the loop. A query keeps its channel's JS object alive, so that one whose channel is collected has none.
 */
/* The list with ports is what there is for addresses without an interface's name; the text form drops such ones. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <ares_dns_record.h>
#include <netdb.h>

#include "util.h"

typedef struct cares_channel cares_channel;

typedef struct cares_poll {
  uv_poll_t uv;
  struct cares_poll *next;
  cares_channel *channel;
  ares_socket_t fd;
} cares_poll;

typedef struct cares_query {
  struct cares_query *next;
  cares_channel *channel;
  held handle, callback, records;
  runtime_work work;
  int status;
} cares_query;

struct cares_channel {
  uv_timer_t timer;
  runtime_resource resource;
  runtime *rt;
  ares_channel_t *ares;
  cares_poll *polls;
  cares_query *finished, **finished_end;
  bool closing, closed, collected; /* freed when its handles are closed and its JS object is gone */
};

static void channel_end(cares_channel *c);
static void channel_finalize(void *pointer) {
  cares_channel *c = pointer;
  c->collected = true;
  if (c->closed)
    free(c);
  else
    channel_end(c);
}
static const js_type channel_type = {"DnsChannel", channel_finalize};

static cares_channel *channel_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &channel_type, &pointer) == napi_ok ? pointer : NULL;
}

/* ---- the loop's side ----------------------------------------------------------------------------------------------
 */

static void on_timer(uv_timer_t *timer);

/* The timer runs for as long as c-ares waits for something, or what is finished has not been told. */
static void timer_set(cares_channel *c) {
  struct timeval tv;
  if (c->closing) return;
  if (c->finished != NULL) {
    uv_timer_start(&c->timer, on_timer, 0, 0);
  } else if (ares_queue_active_queries(c->ares) != 0 && ares_timeout(c->ares, NULL, &tv) != NULL) {
    uint64_t ms = (uint64_t)tv.tv_sec * 1000 + (uint64_t)(tv.tv_usec + 999) / 1000;
    uv_timer_start(&c->timer, on_timer, ms == 0 ? 1 : ms, 0);
  } else {
    uv_timer_stop(&c->timer);
  }
}

static void query_free(cares_query *q, napi_env env) {
  held_clear(&q->handle, env);
  held_clear(&q->callback, env);
  held_clear(&q->records, env);
  free(q);
}

/* Calls back, and frees it. */
static void query_tell(cares_query *q, size_t argc, const napi_value *argv) {
  runtime *rt = q->channel->rt;
  runtime_work work = q->work;
  held callback = q->callback;
  q->callback.ref = NULL;
  query_free(q, runtime_env(rt));
  runtime_work_end(&work);
  runtime_work_done(rt, &work, &callback, argc, argv);
}

/* Calls back what is finished. Afterwards the channel may be gone, unless the caller holds its JS object. */
static void deliver(cares_channel *c) {
  runtime *rt = c->rt;
  napi_env env = runtime_env(rt);
  while (c->finished != NULL) {
    cares_query *q = c->finished;
    js_scope scope;
    js_scope_open(env, &scope);
    napi_value handle = held_value(&q->handle, env); /* keeps the channel through the call */
    c->finished = q->next;
    if (c->finished == NULL) c->finished_end = &c->finished;
    napi_value argv[2] = {make_int32(env, q->status), held_value(&q->records, env)};
    if (argv[1] == NULL) argv[1] = make_undefined(env);
    query_tell(q, 2, argv);
    bool ended = handle == NULL || c->closing;
    js_scope_close(&scope);
    if (ended) return;
  }
  timer_set(c);
}

static void on_timer(uv_timer_t *timer) {
  cares_channel *c = timer->data;
  ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  deliver(c);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  cares_poll *p = poll->data;
  cares_channel *c = p->channel;
  ares_socket_t fd = p->fd;
  bool readable = status < 0 || (events & UV_READABLE) != 0, writable = status < 0 || (events & UV_WRITABLE) != 0;
  ares_process_fd(c->ares, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
  deliver(c);
}

static void on_poll_closed(uv_handle_t *handle) { free(handle->data); }

/* From c-ares: what it waits for on this descriptor; neither: it is about to be closed. */
static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable) {
  cares_channel *c = data;
  cares_poll **place = &c->polls;
  while (*place != NULL && (*place)->fd != fd) place = &(*place)->next;
  cares_poll *p = *place;
  if (!readable && !writable) {
    if (p == NULL) return;
    *place = p->next;
    uv_close((uv_handle_t *)&p->uv, on_poll_closed);
    return;
  }
  if (p == NULL) {
    p = calloc(1, sizeof *p);
    if (p == NULL || uv_poll_init(runtime_loop(c->rt), &p->uv, fd) != 0) { /* its timeout ends the query */
      free(p);
      return;
    }
    *p = (cares_poll){.uv = p->uv, .next = c->polls, .channel = c, .fd = fd};
    p->uv.data = p;
    c->polls = p;
  }
  uv_poll_start(&p->uv, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_poll);
}

/* ---- channels -----------------------------------------------------------------------------------------------------
 */

static void on_channel_closed(uv_handle_t *handle) {
  cares_channel *c = handle->data;
  c->closed = true;
  if (c->collected) free(c);
}

static void channel_end(cares_channel *c) {
  if (c->closing) return;
  c->closing = true;
  runtime_resource_remove(&c->resource);
  ares_destroy(c->ares); /* answers what is pending, and takes its descriptors back */
  while (c->finished != NULL) {
    cares_query *q = c->finished;
    c->finished = q->next;
    js_scope scope;
    js_scope_open(runtime_env(c->rt), &scope);
    query_tell(q, 0, NULL); /* the environment goes: JS hears nothing any more */
    js_scope_close(&scope);
  }
  uv_close((uv_handle_t *)&c->timer, on_channel_closed);
}

static void channel_resource_close(runtime_resource *resource) {
  channel_end((cares_channel *)((char *)resource - offsetof(cares_channel, resource)));
}

/* create(timeout, tries, maxTimeout) → handle or an error of c-ares. Milliseconds; timeout -1, maxTimeout 0: c-ares's
 * own. */
static napi_value cares_create(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  cares_channel *c = calloc(1, sizeof *c);
  if (c == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
    free(c);
    return make_int32(env, ARES_ENOMEM);
  }
  c->rt = runtime_of(env);
  c->finished_end = &c->finished;
  /* Servers' refusals are answers. Nothing is cached: a program that asks again wants to know. */
  struct ares_options options = {.flags = ARES_FLAG_NOCHECKRESP,
                                 .sock_state_cb = on_socket_state,
                                 .sock_state_cb_data = c,
                                 .timeout = arg_int32(env, argv[0]),
                                 .tries = arg_int32(env, argv[1]),
                                 .maxtimeout = (int)arg_uint32(env, argv[2])};
  int mask = ARES_OPT_FLAGS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_TRIES | ARES_OPT_QUERY_CACHE;
  if (options.timeout >= 0) mask |= ARES_OPT_TIMEOUTMS;
  if (options.maxtimeout > 0) mask |= ARES_OPT_MAXTIMEOUTMS;
  int status = ares_init_options(&c->ares, &options, mask);
  if (status != ARES_SUCCESS) {
    free(c);
    return make_int32(env, status);
  }
  uv_timer_init(runtime_loop(c->rt), &c->timer);
  c->timer.data = c;
  c->resource.close = channel_resource_close;
  runtime_resource_add(c->rt, &c->resource);
  if (js_handle_create(env, &channel_type, c, &value) == napi_ok) return value;
  c->collected = true;
  channel_end(c);
  return make_int32(env, ARES_ENOMEM);
}

/* cancel(channel): what is pending ends with ECANCELLED */
static napi_value cares_cancel(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  cares_channel *c = channel_get(env, argv[0]);
  if (c == NULL) return NULL;
  ares_cancel(c->ares);
  timer_set(c);
  return NULL;
}

/* reload(channel): reads the system's configuration again */
static napi_value cares_reload(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  cares_channel *c = channel_get(env, argv[0]);
  return make_int32(env, c == NULL ? ARES_ENOTINITIALIZED : (int)ares_reinit(c->ares));
}

static napi_value address_value(napi_env env, int family, const void *bytes) {
  char text[INET6_ADDRSTRLEN];
  return uv_inet_ntop(family, bytes, text, sizeof text) == 0 ? make_string(env, text) : make_undefined(env);
}

/* getServers(channel) → [address, port, ...]; port 0 is the usual one */
static napi_value cares_get_servers(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  struct ares_addr_port_node *servers = NULL;
  args_get(env, info, argv, 1);
  cares_channel *c = channel_get(env, argv[0]);
  if (c != NULL) ares_get_servers_ports(c->ares, &servers);
  napi_create_array(env, &out);
  uint32_t at = 0;
  for (const struct ares_addr_port_node *s = servers; s != NULL; s = s->next) {
    napi_set_element(env, out, at++, address_value(env, s->family, &s->addr));
    napi_set_element(env, out, at++, make_int32(env, s->udp_port));
  }
  ares_free_data(servers);
  return out;
}

/* setServers(channel, [address, port, ...]) → 0, an error of c-ares, or -1 while there are queries */
static napi_value cares_set_servers(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t length = 0;
  args_get(env, info, argv, 2);
  cares_channel *c = channel_get(env, argv[0]);
  if (c == NULL) return make_int32(env, ARES_ENOTINITIALIZED);
  if (ares_queue_active_queries(c->ares) != 0 || c->finished != NULL) return make_int32(env, -1);
  napi_get_array_length(env, argv[1], &length);
  uint32_t count = length / 2;
  struct ares_addr_port_node *nodes = calloc(count + 1, sizeof *nodes);
  int status = nodes == NULL ? ARES_ENOMEM : ARES_SUCCESS;
  for (uint32_t i = 0; status == ARES_SUCCESS && i < count; i++) {
    napi_value address = NULL, port = NULL;
    napi_get_element(env, argv[1], 2 * i, &address);
    napi_get_element(env, argv[1], 2 * i + 1, &port);
    char *text = arg_utf8(env, address, NULL);
    nodes[i].family = text != NULL && strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    if (text == NULL || uv_inet_pton(nodes[i].family, text, &nodes[i].addr) != 0) status = ARES_EBADSTR;
    free(text);
    nodes[i].udp_port = nodes[i].tcp_port = arg_int32(env, port);
    nodes[i].next = i + 1 < count ? &nodes[i + 1] : NULL;
  }
  if (status == ARES_SUCCESS) status = ares_set_servers_ports(c->ares, count == 0 ? NULL : nodes);
  free(nodes);
  return make_int32(env, status);
}

/* setLocalAddress(channel, ipv4, ipv6): where queries come from, numeric */
static napi_value cares_set_local_address(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  struct in_addr in4;
  struct in6_addr in6;
  args_get(env, info, argv, 3);
  cares_channel *c = channel_get(env, argv[0]);
  char *four = arg_utf8(env, argv[1], NULL), *six = arg_utf8(env, argv[2], NULL);
  if (c != NULL && four != NULL && uv_inet_pton(AF_INET, four, &in4) == 0)
    ares_set_local_ip4(c->ares, ntohl(in4.s_addr));
  if (c != NULL && six != NULL && uv_inet_pton(AF_INET6, six, &in6) == 0) ares_set_local_ip6(c->ares, in6.s6_addr);
  free(four);
  free(six);
  return NULL;
}

/* message(status) → c-ares's text */
static napi_value cares_message(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return make_string(env, ares_strerror(arg_int32(env, argv[0])));
}

/* ---- queries ------------------------------------------------------------------------------------------------------
 */

static napi_value latin1(napi_env env, const unsigned char *bytes, size_t length) {
  napi_value out = NULL;
  js_string_latin1(env, (const char *)bytes, length, &out);
  return out;
}

/* The strings that a TXT record is made of. */
static napi_value strings_value(napi_env env, const ares_dns_rr_t *rr, ares_dns_rr_key_t key) {
  napi_value out = NULL;
  size_t count = ares_dns_rr_get_abin_cnt(rr, key);
  napi_create_array_with_length(env, count, &out);
  for (size_t i = 0; i < count; i++) {
    size_t length = 0;
    const unsigned char *bytes = ares_dns_rr_get_abin(rr, key, i, &length);
    napi_set_element(env, out, (uint32_t)i, latin1(env, bytes, length));
  }
  return out;
}

static napi_value field_value(napi_env env, const ares_dns_rr_t *rr, ares_dns_rr_key_t key) {
  size_t length = 0;
  const unsigned char *bytes;
  const char *text;
  void *copy = NULL;
  napi_value out = NULL;
  switch (ares_dns_rr_key_datatype(key)) {
    case ARES_DATATYPE_INADDR:
      return address_value(env, AF_INET, ares_dns_rr_get_addr(rr, key));
    case ARES_DATATYPE_INADDR6:
      return address_value(env, AF_INET6, ares_dns_rr_get_addr6(rr, key));
    case ARES_DATATYPE_U8:
      return make_uint32(env, ares_dns_rr_get_u8(rr, key));
    case ARES_DATATYPE_U16:
      return make_uint32(env, ares_dns_rr_get_u16(rr, key));
    case ARES_DATATYPE_U32:
      return make_uint32(env, ares_dns_rr_get_u32(rr, key));
    case ARES_DATATYPE_NAME:
    case ARES_DATATYPE_STR:
      text = ares_dns_rr_get_str(rr, key);
      return latin1(env, (const unsigned char *)text, text == NULL ? 0 : strlen(text));
    case ARES_DATATYPE_BINP:
      bytes = ares_dns_rr_get_bin(rr, key, &length);
      return latin1(env, bytes, length);
    case ARES_DATATYPE_ABINP:
      return strings_value(env, rr, key);
    case ARES_DATATYPE_BIN:
      bytes = ares_dns_rr_get_bin(rr, key, &length);
      napi_create_arraybuffer(env, length, &copy, &out);
      if (copy != NULL && length > 0) memcpy(copy, bytes, length);
      return out;
    default:
      return make_undefined(env);
  }
}

/* [[type, TTL in seconds, field, ...], ...] of the answers */
static napi_value records_value(napi_env env, const ares_dns_record_t *answer) {
  napi_value out = NULL;
  size_t count = ares_dns_record_rr_cnt(answer, ARES_SECTION_ANSWER);
  napi_create_array_with_length(env, count, &out);
  for (size_t i = 0; i < count; i++) {
    const ares_dns_rr_t *rr = ares_dns_record_rr_get_const(answer, ARES_SECTION_ANSWER, i);
    size_t fields = 0;
    const ares_dns_rr_key_t *keys = ares_dns_rr_get_keys(ares_dns_rr_get_type(rr), &fields);
    napi_value record = NULL;
    napi_create_array_with_length(env, fields + 2, &record);
    napi_set_element(env, record, 0, make_uint32(env, ares_dns_rr_get_type(rr)));
    napi_set_element(env, record, 1, make_uint32(env, ares_dns_rr_get_ttl(rr)));
    for (size_t f = 0; f < fields; f++) napi_set_element(env, record, (uint32_t)f + 2, field_value(env, rr, keys[f]));
    napi_set_element(env, out, (uint32_t)i, record);
  }
  return out;
}

static void query_finish(cares_query *q, int status) {
  cares_channel *c = q->channel;
  q->status = status;
  q->next = NULL;
  *c->finished_end = q;
  c->finished_end = &q->next;
}

static void on_answer(void *data, ares_status_t status, size_t timeouts, const ares_dns_record_t *answer) {
  cares_query *q = data;
  napi_env env = runtime_env(q->channel->rt);
  if (status == ARES_SUCCESS && answer != NULL && !q->channel->closing) {
    js_scope scope;
    js_scope_open(env, &scope);
    if (held_set(&q->records, env, records_value(env, answer)) != napi_ok) status = ARES_ENOMEM;
    js_scope_close(&scope);
  }
  query_finish(q, (int)status);
}

/* Of a reverse look-up: the names. */
static void on_host(void *data, int status, int timeouts, struct hostent *host) {
  cares_query *q = data;
  napi_env env = runtime_env(q->channel->rt);
  if (status == ARES_SUCCESS && host != NULL && !q->channel->closing) {
    js_scope scope;
    napi_value names = NULL;
    js_scope_open(env, &scope);
    napi_create_array(env, &names);
    for (uint32_t i = 0; host->h_aliases[i] != NULL; i++)
      napi_set_element(env, names, i, make_string(env, host->h_aliases[i]));
    if (held_set(&q->records, env, names) != napi_ok) status = ARES_ENOMEM;
    js_scope_close(&scope);
  }
  query_finish(q, status);
}

static cares_query *query_new(napi_env env, cares_channel *c, napi_value handle, napi_value callback) {
  cares_query *q = calloc(1, sizeof *q);
  if (q == NULL) return NULL;
  q->channel = c;
  if (held_set(&q->handle, env, handle) != napi_ok || held_set(&q->callback, env, callback) != napi_ok) {
    query_free(q, env);
    return NULL;
  }
  runtime_work_begin(c->rt, &q->work, NULL, "QUERYWRAP");
  return q;
}

/* query(channel, name, type, callback(status, records)) → 0 or an error of c-ares */
static napi_value cares_ask(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  cares_channel *c = channel_get(env, argv[0]);
  char *name = c == NULL ? NULL : arg_utf8(env, argv[1], NULL);
  cares_query *q = name == NULL ? NULL : query_new(env, c, argv[0], argv[3]);
  if (q != NULL) {
    ares_query_dnsrec(c->ares, name, ARES_CLASS_IN, (ares_dns_rec_type_t)arg_int32(env, argv[2]), on_answer, q, NULL);
    timer_set(c);
  }
  free(name);
  return make_int32(env, q == NULL ? ARES_ENOMEM : 0);
}

/* reverse(channel, address, callback(status, names)) → 0, an error of c-ares, or EINVAL for what is no address */
static napi_value cares_reverse(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  char bytes[sizeof(struct in6_addr)];
  args_get(env, info, argv, 3);
  cares_channel *c = channel_get(env, argv[0]);
  char *text = c == NULL ? NULL : arg_utf8(env, argv[1], NULL);
  if (text == NULL) return make_int32(env, ARES_ENOMEM);
  int family = uv_inet_pton(AF_INET, text, bytes) == 0    ? AF_INET
               : uv_inet_pton(AF_INET6, text, bytes) == 0 ? AF_INET6
                                                          : 0;
  free(text);
  if (family == 0) return make_int32(env, UV_EINVAL);
  cares_query *q = query_new(env, c, argv[0], argv[2]);
  if (q == NULL) return make_int32(env, ARES_ENOMEM);
  ares_gethostbyaddr(c->ares, bytes, family == AF_INET ? 4 : 16, family, on_host, q);
  timer_set(c);
  return make_int32(env, 0);
}

static const js_function functions[] = {
    {"create", cares_create},          {"cancel", cares_cancel},
    {"reload", cares_reload},          {"getServers", cares_get_servers},
    {"setServers", cares_set_servers}, {"setLocalAddress", cares_set_local_address},
    {"message", cares_message},        {"query", cares_ask},
    {"reverse", cares_reverse},        {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant types[] = {{"A", ARES_REC_TYPE_A},         {"NS", ARES_REC_TYPE_NS},
                                   {"CNAME", ARES_REC_TYPE_CNAME}, {"SOA", ARES_REC_TYPE_SOA},
                                   {"PTR", ARES_REC_TYPE_PTR},     {"MX", ARES_REC_TYPE_MX},
                                   {"TXT", ARES_REC_TYPE_TXT},     {"AAAA", ARES_REC_TYPE_AAAA},
                                   {"SRV", ARES_REC_TYPE_SRV},     {"NAPTR", ARES_REC_TYPE_NAPTR},
                                   {"TLSA", ARES_REC_TYPE_TLSA},   {"CAA", ARES_REC_TYPE_CAA},
                                   {"ANY", ARES_REC_TYPE_ANY},     {NULL, 0}};
  static const constant errors[] = {
      {"NODATA", ARES_ENODATA},
      {"FORMERR", ARES_EFORMERR},
      {"SERVFAIL", ARES_ESERVFAIL},
      {"NOTFOUND", ARES_ENOTFOUND},
      {"NOTIMP", ARES_ENOTIMP},
      {"REFUSED", ARES_EREFUSED},
      {"BADQUERY", ARES_EBADQUERY},
      {"BADNAME", ARES_EBADNAME},
      {"BADFAMILY", ARES_EBADFAMILY},
      {"BADRESP", ARES_EBADRESP},
      {"CONNREFUSED", ARES_ECONNREFUSED},
      {"TIMEOUT", ARES_ETIMEOUT},
      {"EOF", ARES_EOF},
      {"FILE", ARES_EFILE},
      {"NOMEM", ARES_ENOMEM},
      {"DESTRUCTION", ARES_EDESTRUCTION},
      {"BADSTR", ARES_EBADSTR},
      {"BADFLAGS", ARES_EBADFLAGS},
      {"NONAME", ARES_ENONAME},
      {"BADHINTS", ARES_EBADHINTS},
      {"NOTINITIALIZED", ARES_ENOTINITIALIZED},
      {"LOADIPHLPAPI", ARES_ELOADIPHLPAPI},
      {"ADDRGETNETWORKPARAMS", ARES_EADDRGETNETWORKPARAMS},
      {"CANCELLED", ARES_ECANCELLED},
      {NULL, 0},
  };
  napi_status status = export_constants(env, exports, "types", types);
  return status == napi_ok ? export_constants(env, exports, "errors", errors) : status;
}

const js_binding binding_cares = {"cares", functions, init};
