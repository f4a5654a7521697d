/* command_line_options: the table of the command line's options: Node's names, what each takes and what becomes of it.
 */
#ifndef JSD_RUNTIME_COMMAND_LINE_OPTIONS_H
#define JSD_RUNTIME_COMMAND_LINE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum option_kind {
  option_js, /* JS is told (internal/cli_settings.js), and does what it does; for some there is nothing to do here */
  option_eval,
  option_print,
  option_check,
  option_test,
  option_help,
  option_version,
  option_engine_options,
  option_bash_completion,
  option_stdin,           /* -i: what is typed is read as a script */
  option_run,             /* --run NAME */
  option_engine,          /* a flag of the engine that may stand in NODE_OPTIONS; the others may not */
  option_shadow_realm,    /* a flag of the engine under Node's name */
  option_heap_percentage, /* the heap's limit in percent of the machine's memory */
  option_refused,         /* Node has it, we do not: `text` says why */
} option_kind;

typedef enum option_value {
  option_flag,     /* has a --no- form */
  option_bare,     /* a flag without one */
  option_required, /* --name=VALUE or --name VALUE */
  option_optional, /* --name=VALUE only */
} option_value;

typedef struct option_entry {
  const char *name;
  const char *letter; /* "-x" or NULL */
  const char *alias;  /* another name, or NULL */
  option_value value;
  bool in_environment; /* may stand in NODE_OPTIONS */
  option_kind kind;
  const char *text; /* of --help, or why it is refused; NULL: not in --help. Begins with what stands for the value */
} option_entry;

/* The table; its last entry has no name. */
extern const option_entry command_line_options[];

/*
 * The option that the first `length` bytes of `given` name, dashes or underscores. *negated: it was its --no- form.
 * NULL: there is none.
 */
const option_entry *command_line_option_find(const char *given, size_t length, bool *negated);

/* Writes what `--help` prints. */
void command_line_help_print(void);

#endif
