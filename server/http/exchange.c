/* What is the same for the exchanges of every protocol. */
#include "server/http/exchange.h"

#include <string.h>
#include <unistd.h>
#include <uv.h>

const char *http_status_reason(int status) {
  switch (status) {
#define REASON(code, text) \
  case code:               \
    return text
    REASON(100, "Continue");
    REASON(101, "Switching Protocols");
    REASON(102, "Processing");
    REASON(103, "Early Hints");
    REASON(200, "OK");
    REASON(201, "Created");
    REASON(202, "Accepted");
    REASON(203, "Non-Authoritative Information");
    REASON(204, "No Content");
    REASON(205, "Reset Content");
    REASON(206, "Partial Content");
    REASON(207, "Multi-Status");
    REASON(208, "Already Reported");
    REASON(226, "IM Used");
    REASON(300, "Multiple Choices");
    REASON(301, "Moved Permanently");
    REASON(302, "Found");
    REASON(303, "See Other");
    REASON(304, "Not Modified");
    REASON(305, "Use Proxy");
    REASON(307, "Temporary Redirect");
    REASON(308, "Permanent Redirect");
    REASON(400, "Bad Request");
    REASON(401, "Unauthorized");
    REASON(402, "Payment Required");
    REASON(403, "Forbidden");
    REASON(404, "Not Found");
    REASON(405, "Method Not Allowed");
    REASON(406, "Not Acceptable");
    REASON(407, "Proxy Authentication Required");
    REASON(408, "Request Timeout");
    REASON(409, "Conflict");
    REASON(410, "Gone");
    REASON(411, "Length Required");
    REASON(412, "Precondition Failed");
    REASON(413, "Payload Too Large");
    REASON(414, "URI Too Long");
    REASON(415, "Unsupported Media Type");
    REASON(416, "Range Not Satisfiable");
    REASON(417, "Expectation Failed");
    REASON(418, "I'm a Teapot");
    REASON(421, "Misdirected Request");
    REASON(422, "Unprocessable Entity");
    REASON(423, "Locked");
    REASON(424, "Failed Dependency");
    REASON(425, "Too Early");
    REASON(426, "Upgrade Required");
    REASON(428, "Precondition Required");
    REASON(429, "Too Many Requests");
    REASON(431, "Request Header Fields Too Large");
    REASON(451, "Unavailable For Legal Reasons");
    REASON(500, "Internal Server Error");
    REASON(501, "Not Implemented");
    REASON(502, "Bad Gateway");
    REASON(503, "Service Unavailable");
    REASON(504, "Gateway Timeout");
    REASON(505, "HTTP Version Not Supported");
    REASON(506, "Variant Also Negotiates");
    REASON(507, "Insufficient Storage");
    REASON(508, "Loop Detected");
    REASON(509, "Bandwidth Limit Exceeded");
    REASON(510, "Not Extended");
    REASON(511, "Network Authentication Required");
#undef REASON
    default:
      return "";
  }
}

static bool name_equal(http_slice name, const char *lower) {
  for (size_t i = 0; i < name.length; i++) {
    char ch = name.data[i];
    if (ch >= 'A' && ch <= 'Z') ch |= 0x20;
    if (lower[i] != ch) return false;
  }
  return true;
}

bool exchange_find_header(const exchange *x, const char *lower_name, http_slice *value) {
  size_t length = strlen(lower_name);
  for (unsigned i = 0; i < x->headers_count; i++) {
    if (x->headers[i].name_length != length) continue;
    http_header header = exchange_header(x, i);
    if (!name_equal(header.name, lower_name)) continue;
    *value = header.value;
    return true;
  }
  return false;
}

int http_fields_split(const char *block, size_t length, http_header *out, size_t capacity) {
  const char *at = block, *end = block + length;
  size_t count = 0;
  while (at < end) {
    const char *line_end = memchr(at, '\r', (size_t)(end - at));
    if (!line_end) line_end = end;
    const char *colon = memchr(at, ':', (size_t)(line_end - at));
    if (!colon) colon = line_end;
    const char *value = colon < line_end ? colon + 1 : colon;
    if (value < line_end && *value == ' ') value++;
    if (count == capacity) return UV_ENOSPC;
    out[count++] = (http_header){{at, (size_t)(colon - at)}, {value, (size_t)(line_end - value)}};
    at = line_end + 2;
  }
  return (int)count;
}

size_t http_head_size(const char *reason, http_fields fields) {
  size_t size = reason ? strlen(reason) : 0;
  for (size_t i = 0; i < fields.count; i++) size += fields.items[i].name.length + fields.items[i].value.length + 4;
  return size;
}

int exchange_write_file(exchange *x, int fd, int64_t offset, size_t length) {
  if (x->protocol->write_file) return x->protocol->write_file(x, fd, offset, length);
  close(fd);
  return UV_ENOTSUP;
}
