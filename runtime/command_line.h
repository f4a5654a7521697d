/* command_line: `jsd FILE`, `-e`, `-p`, standard input and their options: the runtime without a master. */
#ifndef JSD_RUNTIME_COMMAND_LINE_H
#define JSD_RUNTIME_COMMAND_LINE_H

/* Runs what the arguments name. Returns the exit code (as Node documents them: 9 for a bad option). */
int command_line_main(int argc, char **argv);

#endif
