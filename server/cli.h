/* cli: the arguments of `jsd serve` and `jsd check`. */
#ifndef JSD_SERVER_CLI_H
#define JSD_SERVER_CLI_H

#include <stdbool.h>

/* Whether argv[1] is one of ours; everything else belongs to the runtime's command line. */
bool cli_handles(int argc, char **argv);
/* Returns the exit code: 0, 1 (failed) or 2 (wrong arguments). */
int cli_main(int argc, char **argv);

#endif
