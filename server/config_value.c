#include "server/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct unit {
  const char *name;
  uint64_t factor;
} unit;

/* The first one prints; a bare number is in the first one too. */
static const unit number_units[] = {{"", 1}, {NULL, 0}};
static const unit time_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const unit size_units[] = {{"b", 1},    {"kb", 1024},   {"mb", 1048576},   {"gb", 1073741824}, {"", 1},
                                  {"k", 1024}, {"m", 1048576}, {"g", 1073741824}, {NULL, 0}};

static const unit *units_of(config_type type) {
  if (type == CONFIG_TIME) return time_units;
  return type == CONFIG_SIZE ? size_units : number_units;
}

int config_value_parse(config_type type, const char *text, uint64_t *out) {
  if (type == CONFIG_SWITCH) {
    *out = strcmp(text, "on") == 0;
    return *out || strcmp(text, "off") == 0 ? 0 : -1;
  }
  if (!isdigit((unsigned char)*text)) return -1;
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 10);
  if (errno != 0) return -1;
  if (*end == ' ') end++;
  /* A time without a unit would be read as seconds by some and as milliseconds by others: only 0 needs none. */
  if (type == CONFIG_TIME && *end == 0 && value == 0) return *out = 0, 0;
  for (const unit *u = units_of(type); u->name != NULL; u++) {
    if (strcasecmp(end, u->name) != 0) continue;
    return __builtin_mul_overflow(value, u->factor, out) ? -1 : 0;
  }
  return -1;
}

void config_value_print(config_type type, uint64_t value, char text[CONFIG_VALUE_TEXT]) {
  if (type == CONFIG_SWITCH) {
    snprintf(text, CONFIG_VALUE_TEXT, "%s", value ? "on" : "off");
    return;
  }
  const unit *best = units_of(type);
  bool smallest = value == 0 || type == CONFIG_NUMBER;
  for (const unit *u = best; u->name != NULL && !smallest; u++) {
    if (*u->name != 0 && u->factor > best->factor && value % u->factor == 0) best = u;
  }
  bool bare = value == 0 || best->factor == 1;
  snprintf(text, CONFIG_VALUE_TEXT, "%" PRIu64 "%s", value / best->factor,
           bare && (type != CONFIG_TIME || value == 0) ? "" : best->name);
}

const char *config_value_expected(config_type type) {
  switch (type) {
    case CONFIG_NUMBER:
      return "a number";
    case CONFIG_TIME:
      return "a time such as 30s, 500ms or 5m";
    case CONFIG_SWITCH:
      return "on or off";
    case CONFIG_SIZE:
      return "a size such as 64kb, 1mb or 512";
    case CONFIG_ADDRESS_LIST:
      return "an address such as 127.0.0.1:8080, or a list of them";
    case CONFIG_ENV_MAP:
      return "NAME: value pairs";
    case CONFIG_CERTIFICATE_LIST:
      return "a list of {cert: FILE, key: FILE}";
    case CONFIG_PATH:
      return "a path";
    default:
      return "a text";
  }
}

static size_t least(size_t a, size_t b, size_t c) {
  size_t ab = a < b ? a : b;
  return ab < c ? ab : c;
}

/* Optimal string alignment over three rows; names longer than a row are simply far away. */
size_t config_name_distance(const char *a, const char *b) {
  enum { LENGTH_MAX = 63 };
  size_t rows[3][LENGTH_MAX + 1];
  size_t a_length = strlen(a), b_length = strlen(b);
  if (a_length > LENGTH_MAX || b_length > LENGTH_MAX) return LENGTH_MAX;
  for (size_t j = 0; j <= b_length; j++) rows[0][j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
      row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped && above2[j - 2] + 1 < row[j]) row[j] = above2[j - 2] + 1;
    }
  }
  return rows[a_length % 3][b_length];
}
