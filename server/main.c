/*
 * jsd: `serve` and `check` are the application server; everything else is the command-line runtime.
 */
#include <stdio.h>
#include <uv.h>

#include "server/cli.h"

/* Weak until runtime/command_line.c is there. */
__attribute__((weak)) int command_line_main(int argc, char **argv);

int main(int argc, char **argv) {
  if (!cli_handles(argc, argv)) {
    if (command_line_main != NULL) return command_line_main(argc, argv);
    fputs("usage: jsd serve | jsd check\n", stderr);
    return 2;
  }
  return cli_main(argc, uv_setup_args(argc, argv));
}
