/*
 * jsd: `serve` and `check` are the application server; everything else is the command-line runtime.
 */
#include <uv.h>

#include "runtime/command_line.h"
#include "server/cli.h"

int main(int argc, char **argv) {
  if (!cli_handles(argc, argv)) return command_line_main(argc, argv);
  return cli_main(argc, uv_setup_args(argc, argv));
}
