#include "server/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_BYTES 4096

static int prefix_print(char *line, size_t size, log_level level) {
  static const char *const names[] = {"info", "warning", "error"};
  struct timespec now;
  struct tm tm;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &tm);
  size_t length = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
  return (int)length + snprintf(line + length, size - length, ".%03ldZ %s jsd: ", now.tv_nsec / 1000000, names[level]);
}

void log_write(log_level level, const char *format, ...) {
  char line[LOG_LINE_BYTES];
  int length = prefix_print(line, sizeof line, level);
  va_list arguments;
  va_start(arguments, format);
  int text = vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
  va_end(arguments);
  if (text < 0) return;
  length += text;
  if (length > (int)sizeof line - 2) length = (int)sizeof line - 2;
  line[length++] = '\n';
  /* Nothing sensible is left to do where standard error itself fails. */
  if (write(STDERR_FILENO, line, (size_t)length) < 0) return;
}

int log_to_file(const char *path) {
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return -errno;
  int rc = dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ? -errno : 0;
  close(fd);
  return rc;
}
