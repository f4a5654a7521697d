/*
 * process_control.c: what a process may do to itself: become another program, change its groups, ask what a thread of
 * it has used, and know which options may stand in NODE_OPTIONS.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../command_line_options.h"
#include "util.h"

static void strings_free(char **strings) {
  if (strings == NULL) return;
  for (char **s = strings; *s != NULL; s++) free(*s);
  free(strings);
}

/* The elements of an array of strings, NULL at the end; NULL: no memory. */
static char **strings_of(napi_env env, napi_value array) {
  uint32_t length = 0;
  if (napi_get_array_length(env, array, &length) != napi_ok) return NULL;
  char **out = calloc(length + 1, sizeof *out);
  for (uint32_t i = 0; out != NULL && i < length; i++) {
    napi_value element;
    if (napi_get_element(env, array, i, &element) == napi_ok) out[i] = arg_utf8(env, element, NULL);
    if (out[i] == NULL) {
      strings_free(out);
      return NULL;
    }
  }
  return out;
}

/* execve(path, [argument], ["NAME=value"]): returns a negative errno, or not at all. Standard streams stay open. */
static napi_value control_execve(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  char *path = arg_utf8(env, argv[0], NULL);
  char **arguments = strings_of(env, argv[1]), **environment = strings_of(env, argv[2]);
  int err = ENOMEM;
  if (path != NULL && arguments != NULL && environment != NULL) {
    for (int fd = 0; fd < 3; fd++) {
      int flags = fcntl(fd, F_GETFD);
      if (flags >= 0) fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
    }
    execve(path, arguments, environment);
    err = errno;
  }
  free(path);
  strings_free(arguments);
  strings_free(environment);
  return make_int32(env, -err);
}

/* setGroups([gid]) → 0 or a negative errno */
static napi_value control_set_groups(napi_env env, napi_callback_info info) {
  napi_value argv[1], element;
  uint32_t length = 0;
  args_get(env, info, argv, 1);
  napi_get_array_length(env, argv[0], &length);
  gid_t *groups = calloc(length + 1, sizeof *groups);
  if (groups == NULL) return make_int32(env, -ENOMEM);
  for (uint32_t i = 0; i < length; i++) {
    if (napi_get_element(env, argv[0], i, &element) == napi_ok) groups[i] = (gid_t)arg_double(env, element);
  }
  int err = setgroups(length, groups) == 0 ? 0 : -errno;
  free(groups);
  return make_int32(env, err);
}

/* initGroups(user, gid) → 0 or a negative errno */
static napi_value control_init_groups(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  char *user = arg_utf8(env, argv[0], NULL);
  int err = user == NULL ? -ENOMEM : initgroups(user, (gid_t)arg_double(env, argv[1])) == 0 ? 0 : -errno;
  free(user);
  return make_int32(env, err);
}

/* threadUsage() → [user, system] in µs */
static napi_value control_thread_usage(napi_env env, napi_callback_info info) {
  struct rusage usage;
  napi_value out;
  getrusage(RUSAGE_THREAD, &usage);
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_double(env, (double)usage.ru_utime.tv_sec * 1e6 + (double)usage.ru_utime.tv_usec));
  napi_set_element(env, out, 1, make_double(env, (double)usage.ru_stime.tv_sec * 1e6 + (double)usage.ru_stime.tv_usec));
  return out;
}

/* environmentOptions() → [name, letter or null, alias or null, whether it has a --no- form, ...] */
static napi_value control_environment_options(napi_env env, napi_callback_info info) {
  napi_value out;
  uint32_t at = 0;
  napi_create_array(env, &out);
  for (const option_entry *o = command_line_options; o->name != NULL; o++) {
    if (!o->in_environment) continue;
    napi_set_element(env, out, at++, make_string(env, o->name));
    napi_set_element(env, out, at++, o->letter != NULL ? make_string(env, o->letter) : make_null(env));
    napi_set_element(env, out, at++, o->alias != NULL ? make_string(env, o->alias) : make_null(env));
    napi_set_element(
        env, out, at++,
        make_bool(env, (o->value == option_flag || o->value == option_optional) && o->kind != option_engine));
  }
  return out;
}

static const js_function functions[] = {
    {"execve", control_execve},
    {"setGroups", control_set_groups},
    {"initGroups", control_init_groups},
    {"threadUsage", control_thread_usage},
    {"environmentOptions", control_environment_options},
    {NULL, NULL},
};

const js_binding binding_process_control = {"process_control", functions, NULL};
