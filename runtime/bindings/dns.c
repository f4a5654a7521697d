/* dns.c: the system's resolver (getaddrinfo, getnameinfo) on the thread pool, for dns.lookup and dns.lookupService. */
#include <netdb.h>

#include "util.h"

typedef struct dns_request {
  union {
    uv_getaddrinfo_t address;
    uv_getnameinfo_t name;
  } uv;
  runtime *rt;
  runtime_work work;
  held callback;
} dns_request;

static dns_request *request_new(napi_env env, napi_value callback) {
  dns_request *r = calloc(1, sizeof *r);
  if (r == NULL) return NULL;
  r->rt = runtime_of(env);
  if (held_set(&r->callback, env, callback) == napi_ok) return r;
  free(r);
  return NULL;
}

/* After libuv was asked: the result for JS. */
static napi_value request_begun(napi_env env, dns_request *r, int err, const char *type) {
  if (err == 0) {
    runtime_work_begin(r->rt, &r->work, (uv_req_t *)&r->uv, type);
  } else {
    held_clear(&r->callback, env);
    free(r);
  }
  return make_int32(env, err);
}

static void request_end(dns_request *r, size_t argc, napi_value *argv) {
  runtime_work_end(&r->work);
  runtime_work_done(r->rt, &r->work, &r->callback, argc, argv);
  free(r);
}

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *list) {
  dns_request *r = request->data;
  napi_env env = runtime_env(r->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[2] = {make_int32(env, status), NULL};
  uint32_t at = 0;
  napi_create_array(env, &argv[1]);
  for (const struct addrinfo *a = list; status == 0 && a != NULL; a = a->ai_next) {
    char text[INET6_ADDRSTRLEN];
    bool six = a->ai_family == AF_INET6;
    if (!six && a->ai_family != AF_INET) continue;
    const void *bytes = six ? (const void *)&((struct sockaddr_in6 *)a->ai_addr)->sin6_addr
                            : (const void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr;
    if (uv_inet_ntop(a->ai_family, bytes, text, sizeof text) != 0) continue;
    napi_set_element(env, argv[1], at++, make_string(env, text));
    napi_set_element(env, argv[1], at++, make_int32(env, six ? 6 : 4));
  }
  uv_freeaddrinfo(list);
  request_end(r, 2, argv);
  js_scope_close(&scope);
}

/* lookup(hostname, family, hints, callback(status, [address, family, ...])) → 0 or a negative error */
static napi_value dns_lookup(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  char *name = arg_utf8(env, argv[0], NULL);
  dns_request *r = name == NULL ? NULL : request_new(env, argv[3]);
  if (r == NULL) {
    free(name);
    return make_int32(env, UV_ENOMEM);
  }
  int family = arg_int32(env, argv[1]);
  struct addrinfo hints = {.ai_family = family == 4   ? AF_INET
                                        : family == 6 ? AF_INET6
                                                      : AF_UNSPEC,
                           .ai_socktype = SOCK_STREAM,
                           .ai_flags = arg_int32(env, argv[2])};
  r->uv.address.data = r;
  int err = uv_getaddrinfo(runtime_loop(r->rt), &r->uv.address, on_addresses, name, NULL, &hints);
  free(name);
  return request_begun(env, r, err, "GETADDRINFOREQWRAP");
}

static void on_name(uv_getnameinfo_t *request, int status, const char *host, const char *service) {
  dns_request *r = request->data;
  napi_env env = runtime_env(r->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[3] = {make_int32(env, status), make_undefined(env), make_undefined(env)};
  if (status == 0) {
    argv[1] = make_string(env, host);
    argv[2] = make_string(env, service);
  }
  request_end(r, 3, argv);
  js_scope_close(&scope);
}

/* lookupService(address, port, callback(status, hostname, service)) → 0 or a negative error */
static napi_value dns_lookup_service(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  struct sockaddr_storage address;
  args_get(env, info, argv, 3);
  char *text = arg_utf8(env, argv[0], NULL);
  if (text == NULL) return make_int32(env, UV_ENOMEM);
  int port = arg_int32(env, argv[1]);
  int err = strchr(text, ':') != NULL ? uv_ip6_addr(text, port, (struct sockaddr_in6 *)&address)
                                      : uv_ip4_addr(text, port, (struct sockaddr_in *)&address);
  free(text);
  dns_request *r = err == 0 ? request_new(env, argv[2]) : NULL;
  if (r == NULL) return make_int32(env, err != 0 ? err : UV_ENOMEM);
  r->uv.name.data = r;
  err = uv_getnameinfo(runtime_loop(r->rt), &r->uv.name, on_name, (struct sockaddr *)&address, NI_NAMEREQD);
  return request_begun(env, r, err, "GETNAMEINFOREQWRAP");
}

static const js_function functions[] = {{"lookup", dns_lookup}, {"lookupService", dns_lookup_service}, {NULL, NULL}};

static napi_status init(napi_env env, napi_value exports) {
  export_int32(env, exports, "AI_ADDRCONFIG", AI_ADDRCONFIG);
  export_int32(env, exports, "AI_ALL", AI_ALL);
  export_int32(env, exports, "AI_V4MAPPED", AI_V4MAPPED);
  return napi_ok;
}

const js_binding binding_dns = {"dns", functions, init};
