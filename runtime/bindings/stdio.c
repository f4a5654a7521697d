/*
 * stdio.c: descriptors 0 to 2 as Node documents process I/O on POSIX: writes to files, terminals and pipes are
 * synchronous, so that nothing is lost when the process exits or crashes right after.
 */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* All of it, waiting where the descriptor is non-blocking and full (a pipe whose other end shares O_NONBLOCK). */
static int write_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t n = write(fd, data, size);
    if (n >= 0) {
      data += n;
      size -= (size_t)n;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  return 0;
}

/* writeString(fd, string) → 0 or a negative errno; short strings take no allocation. */
static napi_value stdio_write_string(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char small[4096], *text = small;
  size_t size = 0;
  args_get(env, info, argv, 2);
  if (js_string_utf8_length(env, argv[1], &size) != napi_ok) return make_int32(env, -EINVAL);
  if (size > sizeof small && (text = malloc(size)) == NULL) return make_int32(env, -ENOMEM);
  js_string_write_utf8(env, argv[1], text, size, &size);
  int err = write_all(arg_int32(env, argv[0]), text, size);
  if (text != small) free(text);
  return make_int32(env, err);
}

/* writeBytes(fd, view) → 0 or a negative errno */
static napi_value stdio_write_bytes(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t size;
  args_get(env, info, argv, 2);
  if (js_bytes_get(env, argv[1], &data, &size) != napi_ok) return make_int32(env, -EINVAL);
  return make_int32(env, write_all(arg_int32(env, argv[0]), data, size));
}

/* guess(fd) → "TTY", "FILE", "PIPE", "TCP", "UDP" or "UNKNOWN" */
static napi_value stdio_guess(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  int fd = arg_int32(env, argv[0]);
  struct stat st;
  if (isatty(fd)) return make_string(env, "TTY");
  if (fstat(fd, &st) != 0) return make_string(env, "INVALID");
  switch (uv_guess_handle(fd)) {
    case UV_FILE:
      return make_string(env, "FILE");
    case UV_NAMED_PIPE:
      return make_string(env, "PIPE");
    case UV_TCP:
      return make_string(env, "TCP");
    case UV_UDP:
      return make_string(env, "UDP");
    case UV_TTY:
      return make_string(env, "TTY");
    default:
      return make_string(env, S_ISCHR(st.st_mode) ? "FILE" : "UNKNOWN");
  }
}

/* windowSize(fd) → [columns, rows], or undefined */
static napi_value stdio_window_size(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  struct winsize size;
  args_get(env, info, argv, 1);
  if (ioctl(arg_int32(env, argv[0]), TIOCGWINSZ, &size) != 0) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_int32(env, size.ws_col));
  napi_set_element(env, out, 1, make_int32(env, size.ws_row));
  return out;
}

static const js_function functions[] = {
    {"writeString", stdio_write_string},
    {"writeBytes", stdio_write_bytes},
    {"guess", stdio_guess},
    {"windowSize", stdio_window_size},
    {NULL, NULL},
};

const js_binding binding_stdio = {"stdio", functions, NULL};
