/*
 * messaging.c: what modules/web/message_channel.js makes MessagePort and BroadcastChannel of: ports (thread_group.h) and
 * the parcels that they carry.
 *
 * A port has one of two handles. A carrier is what travels: it can be put into a message and just keeps the port. A
 * handle is what an attached port is used through; when that is collected, nobody listens any more.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "../runtime_internal.h"
#include "messaging.h"
#include "util.h"

typedef struct port_handle {
  port *port;
  runtime *rt;
} port_handle;

static void handle_collected(void *pointer) {
  port_handle *h = pointer;
  port_detach(h->port, h->rt);
  port_release(h->port);
  free(h);
}

static void carrier_collected(void *pointer) { port_release(pointer); }
static void *carrier_share(void *pointer) { return port_share(pointer); }

static const js_type handle_type = {"MessagePortHandle", handle_collected};
static const js_type carrier_type = {"MessagePortCarrier", carrier_collected, carrier_share};

static port_handle *handle_arg(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &handle_type, &pointer) == napi_ok ? pointer : NULL;
}

static js_parcel *parcel_arg(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &parcel_type, &pointer) == napi_ok ? pointer : NULL;
}

/* Takes a hold of the port over. */
napi_value messaging_carry(napi_env env, port *p) {
  napi_value value = NULL;
  if (p != NULL && js_handle_create(env, &carrier_type, p, &value) == napi_ok) return value;
  port_release(p);
  return NULL;
}

port *messaging_carried(napi_env env, napi_value carrier) {
  void *pointer = NULL;
  return js_handle_get(env, carrier, &carrier_type, &pointer) == napi_ok ? pointer : NULL;
}

static napi_value parcel_make(napi_env env, js_parcel *parcel) {
  napi_value value = NULL;
  if (js_handle_create(env, &parcel_type, parcel, &value) == napi_ok) return value;
  js_parcel_free(parcel);
  return NULL;
}

static napi_value out_of_memory(napi_env env) {
  napi_throw_error(env, NULL, "Out of memory");
  return NULL;
}

/* setUp(deliver) */
static napi_value messaging_set_up(napi_env env, napi_callback_info info) {
  runtime *rt = runtime_of(env);
  napi_value argv[1];
  args_get(env, info, argv, 1);
  if (mailbox_open(rt) != 0) return out_of_memory(env);
  held_set(&rt->mail.deliver, env, argv[0]);
  return NULL;
}

/* channel() → [carrier, carrier] */
static napi_value messaging_channel(napi_env env, napi_callback_info info) {
  port *first, *second;
  napi_value out = NULL;
  if (!port_pair(runtime_of(env)->group, &first, &second)) return out_of_memory(env);
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, messaging_carry(env, first));
  napi_set_element(env, out, 1, messaging_carry(env, second));
  return out;
}

/* broadcast(name) → carrier */
static napi_value messaging_broadcast(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  char *name = arg_utf8(env, argv[0], NULL);
  port *p = name != NULL ? port_broadcast(runtime_of(env)->group, name) : NULL;
  free(name);
  return p != NULL ? messaging_carry(env, p) : out_of_memory(env);
}

/* drop(carrier): the message that it was packed into has it now */
static napi_value messaging_drop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port *p = messaging_carried(env, argv[0]);
  if (p == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  port_release(p);
  return NULL;
}

/* attach(carrier, object) → handle: what arrives is `object`'s */
static napi_value messaging_attach(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  port *p = messaging_carried(env, argv[0]);
  if (p == NULL) return NULL;
  port_handle *h = malloc(sizeof *h);
  if (h == NULL) return out_of_memory(env);
  *h = (port_handle){port_share(p), runtime_of(env)};
  if (js_handle_create(env, &handle_type, h, &value) != napi_ok) {
    port_release(h->port);
    free(h);
    return out_of_memory(env);
  }
  js_handle_clear(env, argv[0]);
  port_release(p);
  if (port_attach(h->port, h->rt, argv[1]) != napi_ok) return out_of_memory(env);
  return value;
}

/* detach(handle) → a carrier; the handle is of no use any more */
static napi_value messaging_detach(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h == NULL) return NULL;
  port *p = h->port;
  js_handle_clear(env, argv[0]);
  port_detach(p, h->rt);
  free(h);
  return messaging_carry(env, p);
}

/* keep(handle): its object stays */
static napi_value messaging_keep(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h != NULL) port_keep(h->port, h->rt);
  return NULL;
}

/* start(handle) */
static napi_value messaging_start(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h != NULL) port_start(h->port, h->rt);
  return NULL;
}

/* stop(handle): what arrives waits */
static napi_value messaging_stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h != NULL) port_stop(h->port);
  return NULL;
}

/* ref(handle, on) */
static napi_value messaging_ref(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  port_handle *h = handle_arg(env, argv[0]);
  if (h != NULL) port_ref(h->port, h->rt, arg_bool(env, argv[1]));
  return NULL;
}

static napi_value messaging_has_ref(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  return make_bool(env, h != NULL && port_has_ref(h->port));
}

/* arePeers(handle, handle) */
static napi_value messaging_are_peers(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  port_handle *h = handle_arg(env, argv[0]), *other = handle_arg(env, argv[1]);
  return make_bool(env, h != NULL && other != NULL && port_is_peer(h->port, other->port));
}

/* close(handle): both ends hear of it */
static napi_value messaging_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h != NULL) port_close(h->port);
  return NULL;
}

/* drain(handle): what waits is delivered now */
static napi_value messaging_drain(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h != NULL) port_drain(h->port, h->rt);
  return NULL;
}

/* forget(handle): its end has been told; nothing is kept any more */
static napi_value messaging_forget(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  if (h == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  handle_collected(h);
  return NULL;
}

/*
 * post(handle, value, buffers or undefined, hosts): sends it and returns undefined; where `hosts` is not empty then, that
 * is marked objects were found or put there, returns the parcel instead, for `send`. pack(value, buffers, hosts) → parcel
 */
static napi_value messaging_post(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  uint32_t count = 0;
  js_parcel *parcel;
  args_get(env, info, argv, 4);
  port_handle *h = handle_arg(env, argv[0]);
  if (js_parcel_write(env, argv[1], argv[2], argv[3], &parcel) != napi_ok) return NULL;
  napi_get_array_length(env, argv[3], &count);
  if (count > 0) return parcel_make(env, parcel);
  if (h != NULL) port_post(h->port, parcel);
  else js_parcel_free(parcel);
  return NULL;
}

static napi_value messaging_pack(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  js_parcel *parcel;
  args_get(env, info, argv, 3);
  if (js_parcel_write(env, argv[0], argv[1], argv[2], &parcel) != napi_ok) return NULL;
  return parcel_make(env, parcel);
}

/* join(parcel, hosts): hosts, a parcel that is the first's from now on, tells what the marked objects of the first are */
static napi_value messaging_join(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  js_parcel *parcel = parcel_arg(env, argv[0]), *hosts = parcel_arg(env, argv[1]);
  if (parcel == NULL || hosts == NULL || js_parcel_hosts(parcel) != NULL) return NULL;
  js_handle_clear(env, argv[1]);
  js_parcel_hosts_set(parcel, hosts);
  return NULL;
}

/* send(handle, parcel): the parcel is gone then */
static napi_value messaging_send(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  port_handle *h = handle_arg(env, argv[0]);
  js_parcel *parcel = parcel_arg(env, argv[1]);
  if (parcel == NULL) return NULL;
  js_handle_clear(env, argv[1]);
  if (h != NULL) port_post(h->port, parcel);
  else js_parcel_free(parcel);
  return NULL;
}

/* receive(handle) → a parcel or undefined */
static napi_value messaging_receive(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  port_handle *h = handle_arg(env, argv[0]);
  js_parcel *parcel = h != NULL ? port_receive(h->port) : NULL;
  return parcel != NULL ? parcel_make(env, parcel) : NULL;
}

/* hosts(parcel) → the parcel that tells of its marked objects, or undefined */
static napi_value messaging_hosts(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_parcel *parcel = parcel_arg(env, argv[0]);
  js_parcel *hosts = parcel != NULL ? js_parcel_hosts(parcel) : NULL;
  return hosts != NULL ? parcel_make(env, js_parcel_share(hosts)) : NULL;
}

/* read(parcel, objects or undefined) → the value */
static napi_value messaging_read(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  args_get(env, info, argv, 2);
  js_parcel *parcel = parcel_arg(env, argv[0]);
  if (parcel == NULL || js_parcel_read(env, parcel, argv[1], &out) != napi_ok) return NULL;
  return out;
}

/* ---- descriptors in a message: closed with it, if nobody takes them -------------------------------------------- */

typedef struct descriptor {
  atomic_int fd, refs;
} descriptor;

static void descriptor_collected(void *pointer) {
  descriptor *d = pointer;
  if (atomic_fetch_sub(&d->refs, 1) != 1) return;
  if (d->fd >= 0) close(d->fd);
  free(d);
}

static void *descriptor_share(void *pointer) {
  atomic_fetch_add(&((descriptor *)pointer)->refs, 1);
  return pointer;
}

static const js_type descriptor_type = {"Descriptor", descriptor_collected, descriptor_share};

/* holdDescriptor(fd) → what can be part of a message */
static napi_value messaging_hold_descriptor(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  args_get(env, info, argv, 1);
  descriptor *d = calloc(1, sizeof *d);
  if (d == NULL) return out_of_memory(env);
  d->fd = arg_int32(env, argv[0]);
  d->refs = 1;
  if (js_handle_create(env, &descriptor_type, d, &value) == napi_ok) return value;
  descriptor_collected(d);
  return NULL;
}

/* takeDescriptor(what was held) → fd, once; then -1 */
static napi_value messaging_take_descriptor(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  void *pointer = NULL;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &descriptor_type, &pointer) != napi_ok) return make_int32(env, -1);
  return make_int32(env, atomic_exchange(&((descriptor *)pointer)->fd, -1));
}

static const js_function functions[] = {
    {"holdDescriptor", messaging_hold_descriptor},
    {"takeDescriptor", messaging_take_descriptor},
    {"setUp", messaging_set_up},
    {"channel", messaging_channel},
    {"broadcast", messaging_broadcast},
    {"drop", messaging_drop},
    {"attach", messaging_attach},
    {"detach", messaging_detach},
    {"start", messaging_start},
    {"keep", messaging_keep},
    {"stop", messaging_stop},
    {"ref", messaging_ref},
    {"hasRef", messaging_has_ref},
    {"arePeers", messaging_are_peers},
    {"close", messaging_close},
    {"drain", messaging_drain},
    {"forget", messaging_forget},
    {"post", messaging_post},
    {"pack", messaging_pack},
    {"join", messaging_join},
    {"send", messaging_send},
    {"receive", messaging_receive},
    {"hosts", messaging_hosts},
    {"read", messaging_read},
    {NULL, NULL},
};

static napi_status messaging_init(napi_env env, napi_value exports) {
  static const constant told[] = {{"MESSAGE", PORT_MESSAGE}, {"PARCEL", PORT_PARCEL}, {"ERROR", PORT_ERROR},
                                  {"CLOSE", PORT_CLOSE},     {NULL, 0}};
  return export_constants(env, exports, "told", told);
}

const js_binding binding_messaging = {"messaging", functions, messaging_init};
