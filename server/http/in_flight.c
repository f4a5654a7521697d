#include "server/http/in_flight.h"

#include <stdatomic.h>
#include <string.h>

uint64_t in_flight_begin(in_flight *f, const char *method, const char *target, size_t length) {
  unsigned at = 0;
  for (unsigned i = 1; i < IN_FLIGHT_MAX && f->ticket[at] != 0; i++) {
    if (f->ticket[i] < f->ticket[at]) at = i;
  }
  f->ticket[at] = 0;
  atomic_signal_fence(memory_order_release); /* the process may end between any two stores */
  char *text = f->text[at];
  size_t method_length = strnlen(method, IN_FLIGHT_TEXT_BYTES / 4), room = IN_FLIGHT_TEXT_BYTES - 2 - method_length;
  if (length > room) length = room;
  const char *query = length > 0 ? memchr(target, '?', length) : NULL;
  if (query != NULL) length = (size_t)(query - target);
  memcpy(text, method, method_length);
  text[method_length] = ' ';
  memcpy(text + method_length + 1, target, length);
  text[method_length + 1 + length] = 0;
  atomic_signal_fence(memory_order_release);
  f->ticket[at] = ++f->last_ticket * IN_FLIGHT_MAX + at;
  return f->ticket[at];
}

void in_flight_end(in_flight *f, uint64_t ticket) {
  uint64_t *place = &f->ticket[ticket % IN_FLIGHT_MAX];
  if (*place == ticket) *place = 0;
}

const char *in_flight_nth(const in_flight *f, unsigned nth, char text[IN_FLIGHT_TEXT_BYTES]) {
  uint64_t below = UINT64_MAX;
  int at = -1;
  for (unsigned n = 0; n <= nth; n++) {
    at = -1;
    for (int i = 0; i < IN_FLIGHT_MAX; i++) {
      if (f->ticket[i] != 0 && f->ticket[i] < below && (at < 0 || f->ticket[i] > f->ticket[at])) at = i;
    }
    if (at < 0) return NULL;
    below = f->ticket[at];
  }
  size_t length = strnlen(f->text[at], IN_FLIGHT_TEXT_BYTES - 1);
  for (size_t i = 0; i < length; i++) {
    char c = f->text[at][i];
    text[i] = c;
    if (c < ' ' || c > '~') text[i] = '?';
  }
  text[length] = 0;
  return text;
}
