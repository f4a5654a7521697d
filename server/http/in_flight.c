#include "server/http/in_flight.h"

#include <string.h>

uint64_t in_flight_begin(in_flight *f, const char *method, size_t method_bytes, const char *path, size_t path_bytes) {
  int at = 0;
  for (int i = 1; i < IN_FLIGHT_MAX && f->ticket[at] != 0; i++) {
    if (f->ticket[i] < f->ticket[at]) at = i;
  }
  char *text = f->text[at];
  if (method_bytes > IN_FLIGHT_TEXT_BYTES / 4) method_bytes = IN_FLIGHT_TEXT_BYTES / 4;
  size_t room = IN_FLIGHT_TEXT_BYTES - 2 - method_bytes;
  if (path_bytes > room) path_bytes = room;
  memcpy(text, method, method_bytes);
  text[method_bytes] = ' ';
  memcpy(text + method_bytes + 1, path, path_bytes);
  text[method_bytes + 1 + path_bytes] = 0;
  f->ticket[at] = ++f->last_ticket;
  return f->last_ticket;
}

void in_flight_end(in_flight *f, uint64_t ticket) {
  for (int i = 0; i < IN_FLIGHT_MAX && ticket != 0; i++) {
    if (f->ticket[i] == ticket) f->ticket[i] = 0;
  }
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
