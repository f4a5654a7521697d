/*
 * config_value: one value's text into a number, a time or a size and back; and the nearest of some names to a wrong
 * one.
 */
#ifndef JSD_SERVER_CONFIG_VALUE_H
#define JSD_SERVER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/config.h"

enum { CONFIG_VALUE_TEXT = 64 };

/* CONFIG_NUMBER, CONFIG_TIME, CONFIG_SWITCH or CONFIG_SIZE. Returns 0, or -1 where the text is not of that form or
 * overflows. */
int config_value_parse(config_type type, const char *text, uint64_t *out);
/* The shortest form that parses back to the same value. */
void config_value_print(config_type type, uint64_t value, char text[CONFIG_VALUE_TEXT]);
/* "a number", "a time such as 30s or 500ms", ... */
const char *config_value_expected(config_type type);
/* How many letters have to be inserted, removed, changed or swapped with their neighbour. */
size_t config_name_distance(const char *a, const char *b);

#endif
