/*
 * log: the master's own lines, on standard error, which `log:` in the config may have pointed at a file. One call is
 * one write, so that lines of several processes never mix. Workers' own output goes to the same descriptor untouched.
 */
#ifndef JSD_SERVER_LOG_H
#define JSD_SERVER_LOG_H

typedef enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR } log_level;

/*
 * "2026-11-21T15:04:05.123Z info jsd: " + the formatted text + newline: the time in UTC, the level (info, warning:
 * something is wrong but served on, error: something that was asked for does not happen).
 */
__attribute__((format(printf, 2, 3))) void log_write(log_level level, const char *format, ...);
#define log_line(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
/* Appends standard output and error to this file from now on. Returns 0 or -errno (nothing has changed then). */
int log_to_file(const char *path);

#endif
