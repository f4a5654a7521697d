/* os.c: what node:os asks of the machine. Errors are negative errno numbers. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "util.h"

static void set(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

/* { sysname, release, version, machine, nodename } */
static napi_value os_uname(napi_env env, napi_callback_info info) {
  struct utsname u;
  napi_value out;
  if (uname(&u) != 0) return make_int32(env, -errno);
  napi_create_object(env, &out);
  set(env, out, "sysname", make_string(env, u.sysname));
  set(env, out, "release", make_string(env, u.release));
  set(env, out, "version", make_string(env, u.version));
  set(env, out, "machine", make_string(env, u.machine));
  set(env, out, "nodename", make_string(env, u.nodename));
  return out;
}

/* [{ model, speed, times: { user, nice, sys, idle, irq } }, ...], times in ms */
static napi_value os_cpus(napi_env env, napi_callback_info info) {
  uv_cpu_info_t *cpus;
  int count;
  napi_value out, one, times;
  int err = uv_cpu_info(&cpus, &count);
  if (err != 0) return make_int32(env, err);
  napi_create_array(env, &out);
  for (int i = 0; i < count; i++) {
    napi_create_object(env, &one);
    napi_create_object(env, &times);
    set(env, one, "model", make_string(env, cpus[i].model));
    set(env, one, "speed", make_int32(env, cpus[i].speed));
    set(env, times, "user", make_double(env, (double)cpus[i].cpu_times.user));
    set(env, times, "nice", make_double(env, (double)cpus[i].cpu_times.nice));
    set(env, times, "sys", make_double(env, (double)cpus[i].cpu_times.sys));
    set(env, times, "idle", make_double(env, (double)cpus[i].cpu_times.idle));
    set(env, times, "irq", make_double(env, (double)cpus[i].cpu_times.irq));
    set(env, one, "times", times);
    napi_set_element(env, out, (uint32_t)i, one);
  }
  uv_free_cpu_info(cpus, count);
  return out;
}

/* [total, free] in bytes */
static napi_value os_memory(napi_env env, napi_callback_info info) {
  napi_value out;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_double(env, (double)uv_get_total_memory()));
  napi_set_element(env, out, 1, make_double(env, (double)uv_get_free_memory()));
  return out;
}

static napi_value os_loadavg(napi_env env, napi_callback_info info) {
  double values[3];
  napi_value out;
  uv_loadavg(values);
  napi_create_array(env, &out);
  for (uint32_t i = 0; i < 3; i++) napi_set_element(env, out, i, make_double(env, values[i]));
  return out;
}

static napi_value os_uptime(napi_env env, napi_callback_info info) {
  double uptime;
  int err = uv_uptime(&uptime);
  return err != 0 ? make_int32(env, err) : make_double(env, uptime);
}

static napi_value os_available_parallelism(napi_env env, napi_callback_info info) {
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return make_int32(env, count > 0 ? count : 1);
}

static napi_value address_text(napi_env env, const void *address, bool six) {
  char text[INET6_ADDRSTRLEN] = "";
  uv_inet_ntop(six ? AF_INET6 : AF_INET, address, text, sizeof text);
  return make_string(env, text);
}

/* A flat array [name, address, netmask, family, mac, internal, scopeId or -1, ...] */
static napi_value os_interfaces(napi_env env, napi_callback_info info) {
  uv_interface_address_t *list;
  int count;
  uint32_t at = 0;
  napi_value out;
  int err = uv_interface_addresses(&list, &count);
  if (err != 0) return make_int32(env, err);
  napi_create_array(env, &out);
  for (int i = 0; i < count; i++) {
    const uv_interface_address_t *a = &list[i];
    bool six = a->address.address4.sin_family == AF_INET6;
    const unsigned char *m = (const unsigned char *)a->phys_addr;
    char mac[18];
    snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    const void *address = six ? (const void *)&a->address.address6.sin6_addr : &a->address.address4.sin_addr;
    const void *mask = six ? (const void *)&a->netmask.netmask6.sin6_addr : &a->netmask.netmask4.sin_addr;
    napi_value values[] = {make_string(env, a->name),
                           address_text(env, address, six),
                           address_text(env, mask, six),
                           make_string(env, six ? "IPv6" : "IPv4"),
                           make_string(env, mac),
                           make_bool(env, a->is_internal),
                           make_int32(env, six ? (int32_t)a->address.address6.sin6_scope_id : -1)};
    for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) napi_set_element(env, out, at++, values[k]);
  }
  uv_free_interface_addresses(list, count);
  return out;
}

/* { uid, gid, username, homedir, shell } */
static napi_value os_user(napi_env env, napi_callback_info info) {
  uv_passwd_t p;
  napi_value out;
  int err = uv_os_get_passwd(&p);
  if (err != 0) return make_int32(env, err);
  napi_create_object(env, &out);
  set(env, out, "uid", make_double(env, (double)p.uid));
  set(env, out, "gid", make_double(env, (double)p.gid));
  set(env, out, "username", make_string(env, p.username));
  set(env, out, "homedir", make_string(env, p.homedir));
  set(env, out, "shell", p.shell ? make_string(env, p.shell) : make_null(env));
  uv_os_free_passwd(&p);
  return out;
}

static napi_value os_homedir(napi_env env, napi_callback_info info) {
  char path[PATH_MAX];
  size_t size = sizeof path;
  int err = uv_os_homedir(path, &size);
  return err != 0 ? make_int32(env, err) : make_string(env, path);
}

static napi_value os_priority(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  int priority = 0;
  int pid = arg_int32(env, argv[0]);
  if (arg_is(env, argv[1], napi_number)) return make_int32(env, uv_os_setpriority(pid, arg_int32(env, argv[1])));
  int err = uv_os_getpriority(pid, &priority);
  if (err != 0) return make_int32(env, err * 1000); /* priorities are negative too: errors are below -1000 */
  return make_int32(env, priority);
}

static const js_function functions[] = {
    {"uname", os_uname},           {"cpus", os_cpus},     {"memory", os_memory},
    {"loadavg", os_loadavg},       {"uptime", os_uptime}, {"availableParallelism", os_available_parallelism},
    {"interfaces", os_interfaces}, {"user", os_user},     {"homedir", os_homedir},
    {"priority", os_priority},     {NULL, NULL},
};

const js_binding binding_os = {"os", functions, NULL};
