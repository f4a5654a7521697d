/*
 * code_folder: where a server keeps its app's compiled code (runtime/code_cache.h) when the config names no folder.
 */
#ifndef JSD_SERVER_CODE_FOLDER_H
#define JSD_SERVER_CODE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * configured: the config's compile_cache: a path, "off" or NULL. Without a path: systemd's CACHE_DIRECTORY, root's
 * /var/cache/jsd, else XDG_CACHE_HOME or .cache in HOME, in that order. False: there is none, and none is kept.
 */
bool code_folder_find(const char *configured, char *path, size_t size);

#endif
