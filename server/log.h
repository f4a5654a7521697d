/*
 * log: the master's own lines, on standard error, which `log:` in the config may have pointed at a file. One call is
 * one write, so that lines of several processes never mix. Workers' own output goes to the same descriptor untouched.
 */
#ifndef JSD_SERVER_LOG_H
#define JSD_SERVER_LOG_H

/* "jsd: " + the formatted text + newline. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);
/* Appends standard output and error to this file from now on. Returns 0 or -errno (nothing has changed then). */
int log_to_file(const char *path);

#endif
