#include "server/code_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool join(char *path, size_t size, const char *folder, const char *rest) {
  return folder != NULL && folder[0] == '/' && snprintf(path, size, "%s%s", folder, rest) < (int)size;
}

bool code_folder_find(const char *configured, char *path, size_t size) {
  if (configured != NULL) return strcmp(configured, "off") != 0 && join(path, size, configured, "");
  const char *systemd = getenv("CACHE_DIRECTORY"); /* may hold several, with colons */
  if (systemd != NULL && strchr(systemd, ':') == NULL && join(path, size, systemd, "")) return true;
  if (geteuid() == 0) return join(path, size, "/var/cache", "/jsd");
  return join(path, size, getenv("XDG_CACHE_HOME"), "/jsd") || join(path, size, getenv("HOME"), "/.cache/jsd");
}
