/*
 * What another parser in front of us might read differently (request smuggling), and what is simply malformed, gets an
 * error answer and the connection closed, and nothing behind it is taken for a request.
 */
#include "http_client.h"

/* Sends the bytes, followed by a request that must not be served. */
static void expect_refused(fixture *f, const char *request, size_t length, int status) {
  int before = f->requests;
  client *c = client_open(f);
  client_send_bytes(c, request, length);
  client_send(c, GET("/smuggled"));
  client_expect_end(c);
  char line[32];
  snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
  if (strncmp(c->got, line, strlen(line))) fail_msg("expected %d, got \"%s\" for \"%s\"", status, c->got, request);
  assert_int_equal(client_count(c, "HTTP/1.1 "), 1);
  assert_string_not_equal(f->url, "/smuggled");
  assert_true(f->requests == before || f->answer == answer_echo);
  client_close(c);
}

#define REFUSED(name, status, request)                       \
  static void name(void **state) {                           \
    fixture *f = *state;                                     \
    serve(f);                                                \
    expect_refused(f, request, sizeof(request) - 1, status); \
    assert_int_equal(f->client_errors, 1);                   \
    assert_int_equal(f->counters.client_errors, 1);          \
  }
#define HEAD1 "GET / HTTP/1.1\r\nHost: test\r\n"
#define POST1 "POST / HTTP/1.1\r\nHost: test\r\n"

/* The same for a body that turns out to be malformed while the app reads it. */
#define BODY_REFUSED(name, body)                                                      \
  static void name(void **state) {                                                    \
    fixture *f = *state;                                                              \
    f->answer = answer_echo;                                                          \
    serve(f);                                                                         \
    expect_refused(f, POST1 "Transfer-Encoding: chunked\r\n\r\n" body,                \
                   sizeof(POST1 "Transfer-Encoding: chunked\r\n\r\n" body) - 1, 400); \
    assert_int_equal(f->requests, 1);                                                 \
    assert_int_equal(f->close_error, UV_EPROTO);                                      \
  }

REFUSED(content_length_with_transfer_encoding, 400, POST1 "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
REFUSED(transfer_encoding_with_content_length, 400, POST1 "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n")
REFUSED(two_content_lengths, 400, POST1 "Content-Length: 3\r\nContent-Length: 4\r\n\r\n")
REFUSED(two_equal_content_lengths, 400, POST1 "Content-Length: 3\r\nContent-Length: 3\r\n\r\n")
REFUSED(a_list_of_content_lengths, 400, POST1 "Content-Length: 3, 3\r\n\r\n")
REFUSED(content_length_with_a_sign, 400, POST1 "Content-Length: +3\r\n\r\n")
REFUSED(negative_content_length, 400, POST1 "Content-Length: -3\r\n\r\n")
REFUSED(hexadecimal_content_length, 400, POST1 "Content-Length: 0x3\r\n\r\n")
REFUSED(empty_content_length, 400, POST1 "Content-Length: \r\n\r\n")
REFUSED(content_length_with_inner_space, 400, POST1 "Content-Length: 3 4\r\n\r\n")
REFUSED(content_length_that_overflows, 400, POST1 "Content-Length: 18446744073709551617\r\n\r\n")
REFUSED(bare_lf_after_the_request_line, 400, "GET / HTTP/1.1\nHost: test\r\n\r\n")
REFUSED(bare_lf_after_a_header, 400, "GET / HTTP/1.1\r\nHost: test\nX: y\r\n\r\n")
REFUSED(bare_lf_at_the_end_of_the_head, 400, HEAD1 "\n")
REFUSED(bare_cr_in_a_value, 400, HEAD1 "X: a\rb\r\n\r\n")
REFUSED(bare_cr_before_a_header, 400, HEAD1 "X:\rTransfer-Encoding: chunked\r\n\r\n")
REFUSED(folded_line_with_space, 400, HEAD1 "X: a\r\n b\r\n\r\n")
REFUSED(folded_line_with_tab, 400, HEAD1 "X: a\r\n\tb\r\n\r\n")
REFUSED(space_before_the_first_header, 400, "GET / HTTP/1.1\r\n Host: test\r\n\r\n")
REFUSED(space_before_colon, 400, HEAD1 "X : y\r\n\r\n")
REFUSED(space_before_colon_of_transfer_encoding, 400, POST1 "Transfer-Encoding : chunked\r\n\r\n")
REFUSED(space_in_a_header_name, 400, HEAD1 "X Y: z\r\n\r\n")
REFUSED(tab_before_colon, 400, HEAD1 "X\t: y\r\n\r\n")
REFUSED(empty_header_name, 400, HEAD1 ": y\r\n\r\n")
REFUSED(header_without_colon, 400, HEAD1 "XY\r\n\r\n")
REFUSED(header_name_with_bracket, 400, HEAD1 "X(: y\r\n\r\n")
REFUSED(header_name_with_high_byte, 400, HEAD1 "X\xe9: y\r\n\r\n")
REFUSED(nul_in_a_value, 400, HEAD1 "X: a\0b\r\n\r\n")
REFUSED(control_byte_in_a_value, 400,
        HEAD1
        "X: a\x01"
        "b\r\n\r\n")
REFUSED(del_in_a_value, 400,
        HEAD1
        "X: a\x7f"
        "b\r\n\r\n")
REFUSED(nul_in_the_url, 400, "GET /\0 HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(transfer_encoding_not_chunked, 400, POST1 "Transfer-Encoding: gzip\r\n\r\n")
REFUSED(transfer_encoding_identity, 400, POST1 "Transfer-Encoding: identity\r\n\r\n")
REFUSED(transfer_encoding_not_ending_in_chunked, 400, POST1 "Transfer-Encoding: chunked, gzip\r\n\r\n")
REFUSED(transfer_encoding_chunked_twice, 400, POST1 "Transfer-Encoding: chunked, chunked\r\n\r\n")
REFUSED(transfer_encoding_header_twice, 400, POST1 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")
REFUSED(transfer_encoding_with_a_prefix, 400, POST1 "Transfer-Encoding: xchunked\r\n\r\n")
REFUSED(transfer_encoding_empty, 400, POST1 "Transfer-Encoding:\r\n\r\n")
REFUSED(transfer_encoding_quoted, 400, POST1 "Transfer-Encoding: \"chunked\"\r\n\r\n")
REFUSED(transfer_encoding_in_http_1_0, 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
REFUSED(no_host, 400, "GET / HTTP/1.1\r\n\r\n")
REFUSED(two_hosts, 400, HEAD1 "Host: test\r\n\r\n")
REFUSED(host_with_a_path, 400, "GET / HTTP/1.1\r\nHost: test/x\r\n\r\n")
REFUSED(host_with_a_list, 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n")
REFUSED(host_with_user_information, 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n")
REFUSED(host_with_a_port_that_is_none, 400, "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n")
REFUSED(host_with_two_ports, 400, "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n")
REFUSED(host_with_a_port_too_large, 400, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n")
REFUSED(host_with_half_a_bracket, 400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n")
REFUSED(host_with_an_empty_bracket, 400, "GET / HTTP/1.1\r\nHost: []\r\n\r\n")
REFUSED(host_with_an_escaped_nul, 400, "GET / HTTP/1.1\r\nHost: a%00b\r\n\r\n")
REFUSED(host_with_half_an_escape, 400, "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n")
REFUSED(tab_in_the_url, 400, "GET /ad\tmin HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(url_of_a_file, 400, "GET file:///etc/passwd HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(url_with_user_information, 400, "GET http://me@test/ HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(url_with_a_password, 400, "GET http://me:secret@test/ HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(unknown_method, 501, "BREW / HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(lower_case_method, 501, "get / HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(method_of_another_protocol, 501, "DESCRIBE / HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(space_in_the_url, 400, "GET /a b HTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(tab_as_separator, 400, "GET\t/\tHTTP/1.1\r\nHost: test\r\n\r\n")
REFUSED(no_version, 400, "GET /\r\n\r\n")
REFUSED(malformed_version, 400, "GET / HTTP/1.x\r\nHost: test\r\n\r\n")
REFUSED(version_of_another_protocol, 400, "GET / RTSP/1.0\r\nHost: test\r\n\r\n")
REFUSED(lower_case_protocol, 400, "GET / http/1.1\r\nHost: test\r\n\r\n")
REFUSED(major_version_2, 505, "GET / HTTP/2.0\r\nHost: test\r\n\r\n")
REFUSED(major_version_3, 505, "GET / HTTP/3.0\r\nHost: test\r\n\r\n")
REFUSED(version_0_9, 505, "GET / HTTP/0.9\r\nHost: test\r\n\r\n")
REFUSED(http2_preface, 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
REFUSED(tls_client_hello, 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
REFUSED(unknown_expectation, 417, HEAD1 "Expect: miracles\r\n\r\n")
BODY_REFUSED(bare_lf_after_chunk_size, "3\nabc\r\n0\r\n\r\n")
BODY_REFUSED(bare_cr_after_chunk_size, "3\rXabc\r\n0\r\n\r\n")
BODY_REFUSED(bare_lf_after_chunk_data, "3\r\nabc\n0\r\n\r\n")
BODY_REFUSED(chunk_longer_than_its_size, "3\r\nabcd\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_not_hexadecimal, "g\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_missing, "\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_with_sign, "+3\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_with_0x, "0x3\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_with_leading_space, " 3\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_with_trailing_space, "3 \r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(chunk_size_that_overflows, "ffffffffffffffff1\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(bare_lf_in_a_chunk_extension, "3;a\nb\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(nul_in_a_chunk_extension, "3;a\0b\r\nabc\r\n0\r\n\r\n")
BODY_REFUSED(bare_lf_after_a_trailer, "0\r\nX: y\n\r\n")
BODY_REFUSED(folded_trailer, "0\r\nX: y\r\n z\r\n\r\n")
BODY_REFUSED(trailer_with_space_before_colon, "0\r\nX : y\r\n\r\n")
BODY_REFUSED(bare_lf_at_the_end_of_the_body, "0\r\n\n")

static void endless_chunk_extensions(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, POST1 "Transfer-Encoding: chunked\r\n\r\n");
  char line[1200];
  memset(line, 'x', sizeof line);
  memcpy(line, "1;", 2);
  strcpy(line + 1000, "\r\nz\r\n");
  for (int i = 0; i < 20; i++) client_send(c, line);
  client_expect(c, "HTTP/1.1 400 ");
  client_close(c);
}

static void one_endless_chunk_extension(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  client *c = client_open(f);
  client_send(c, POST1 "Transfer-Encoding: chunked\r\n\r\n1;");
  char x[1001] = {0};
  memset(x, 'x', 1000);
  for (int i = 0; i < 6; i++) client_send(c, x);
  client_expect(c, "HTTP/1.1 400 ");
  client_close(c);
}

/* What is allowed and must keep working beside all this. */
#define ACCEPTED(name, request, expected) \
  static void name(void **state) {        \
    fixture *f = *state;                  \
    f->answer = answer_echo;              \
    serve(f);                             \
    client *c = client_open(f);           \
    client_send(c, request);              \
    client_expect(c, expected);           \
    client_send(c, GET("/next"));         \
    client_expect(c, "no body");          \
    client_close(c);                      \
  }
ACCEPTED(chunk_extensions_are_skipped, POST1 "Transfer-Encoding: chunked\r\n\r\n3;a=\"b c\";d\r\nabc\r\n0;e\r\n\r\n",
         "\r\n\r\nabc")
ACCEPTED(chunked_in_any_case, POST1 "TRANSFER-ENCODING:  Chunked \r\n\r\nA\r\n0123456789\r\n00\r\n\r\n",
         "\r\n\r\n0123456789")
ACCEPTED(empty_lines_before_a_request, "\r\n\r\n" GET("/"), "no body")
ACCEPTED(empty_host, "GET / HTTP/1.1\r\nHost:\r\n\r\n", "no body")
ACCEPTED(host_with_ipv6_and_port, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "no body")
ACCEPTED(latin1_in_a_value, HEAD1 "X: \xe9t\xe9\r\n\r\n", "no body")
ACCEPTED(content_length_zero, POST1 "Content-Length: 0\r\n\r\n", "no body")
ACCEPTED(body_with_get, HEAD1 "Content-Length: 2\r\n\r\nhi", "\r\n\r\nhi")
ACCEPTED(absolute_url, "GET http://test/x HTTP/1.1\r\nHost: test\r\n\r\n", "no body")
ACCEPTED(asterisk, "OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", "no body")

static void a_higher_minor_version_is_served_as_1_1(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET /one HTTP/1.2\r\nHost: test\r\n\r\nGET /two HTTP/1.9\r\nHost: test\r\n\r\n");
  WAIT_FOR(f, f->requests == 2);
  client_expect(c, "hello");
  assert_int_equal(client_count(c, "HTTP/1.1 200"), 2);
  client_close(c);
}

/* How the bytes come in does not decide between 400, 501 and 505. */
static void a_slow_first_line_gets_the_same_answer(void **state) {
  static const char *const lines[][2] = {{"BREW /pot HTTP/1.1\r\nHost: test\r\n\r\n", "501"},
                                         {"get / HTTP/1.1\r\nHost: test\r\n\r\n", "501"},
                                         {"GET / HTTP/2.0\r\nHost: test\r\n\r\n", "505"},
                                         {"BREW /pot\r\nHost: test\r\n\r\n", "400"},
                                         {"(BREW / HTTP/1.1\r\nHost: test\r\n\r\n", "400"}};
  fixture *f = *state;
  serve(f);
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    client *c = client_open(f);
    for (const char *at = lines[i][0]; *at && !c->ended; at++) {
      client_send_bytes(c, at, 1);
      turn(f);
      client_poll(c);
    }
    char expected[32];
    snprintf(expected, sizeof expected, "HTTP/1.1 %s ", lines[i][1]);
    client_expect(c, expected);
    client_close(c);
  }
}

static void missing_host_is_allowed_by_option(void **state) {
  fixture *f = *state;
  f->options.require_host_header = false;
  serve(f);
  client *c = client_open(f);
  client_send(c, "GET / HTTP/1.1\r\n\r\n");
  client_expect(c, "hello");
  client_close(c);
}

static void a_malformed_first_line_is_refused_before_the_head_ends(void **state) {
  fixture *f = *state;
  serve(f);
  client *c = client_open(f);
  client_send(c, "NONSENSE\r\n");
  client_expect(c, "HTTP/1.1 400 Bad Request\r\n");
  assert_string_equal(f->error_code, "HPE_INVALID_METHOD");
  client_close(c);
}

/* What looks odd and is right. */
static void hosts_and_targets_that_are_served(void **state) {
  static const char *const heads[] = {"/ HTTP/1.1\r\nHost: ", "/ HTTP/1.1\r\nHost: a:", "/ HTTP/1.1\r\nHost: [::1]:8080",
                                      "/ HTTP/1.1\r\nHost: a_b-c.d~e", "/ HTTP/1.1\r\nHost: %C3%A4.test:65535",
                                      "http://test/a:b@c HTTP/1.1\r\nHost: test", "/a:b://c@d HTTP/1.1\r\nHost: test",
                                      "HTTPS://test HTTP/1.1\r\nHost: test"};
  fixture *f = *state;
  serve(f);
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
    char request[256];
    snprintf(request, sizeof request, "GET %s\r\nConnection: close\r\n\r\n", heads[i]);
    client *c = client_open(f);
    client_send_bytes(c, request, strlen(request));
    client_expect_end(c);
    if (strncmp(c->got, "HTTP/1.1 200 ", 13) != 0) fail_msg("\"%s\" for \"%s\"", c->got, request);
    client_close(c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) TEST(name),
      T(hosts_and_targets_that_are_served)
      T(content_length_with_transfer_encoding) T(transfer_encoding_with_content_length) T(two_content_lengths) T(
          two_equal_content_lengths) T(a_list_of_content_lengths) T(content_length_with_a_sign)
          T(negative_content_length) T(hexadecimal_content_length) T(empty_content_length) T(
              content_length_with_inner_space) T(content_length_that_overflows) T(bare_lf_after_the_request_line)
              T(bare_lf_after_a_header) T(bare_lf_at_the_end_of_the_head) T(bare_cr_in_a_value) T(
                  bare_cr_before_a_header) T(folded_line_with_space) T(folded_line_with_tab)
                  T(space_before_the_first_header) T(space_before_colon) T(space_before_colon_of_transfer_encoding) T(
                      space_in_a_header_name) T(tab_before_colon) T(empty_header_name) T(header_without_colon)
                      T(header_name_with_bracket) T(header_name_with_high_byte) T(nul_in_a_value) T(
                          control_byte_in_a_value) T(del_in_a_value) T(nul_in_the_url) T(transfer_encoding_not_chunked)
                          T(transfer_encoding_identity) T(transfer_encoding_not_ending_in_chunked) T(
                              transfer_encoding_chunked_twice) T(transfer_encoding_header_twice)
                              T(transfer_encoding_with_a_prefix) T(transfer_encoding_empty) T(transfer_encoding_quoted)
                                  T(transfer_encoding_in_http_1_0) T(no_host) T(two_hosts) T(host_with_a_path) T(
                                      host_with_a_list) T(host_with_user_information)
      T(host_with_a_port_that_is_none)
      T(host_with_two_ports)
      T(host_with_a_port_too_large)
      T(host_with_half_a_bracket)
      T(host_with_an_empty_bracket)
      T(host_with_an_escaped_nul)
      T(host_with_half_an_escape)
      T(tab_in_the_url)
      T(url_of_a_file)
      T(url_with_user_information)
      T(url_with_a_password)
      T(unknown_method)
                                      T(lower_case_method) T(method_of_another_protocol) T(space_in_the_url) T(
                                          tab_as_separator) T(no_version) T(malformed_version)
                                          T(version_of_another_protocol) T(lower_case_protocol) T(major_version_2) T(
                                              major_version_3) T(version_0_9) T(http2_preface) T(tls_client_hello)
                                              T(unknown_expectation) T(bare_lf_after_chunk_size) T(
                                                  bare_cr_after_chunk_size) T(bare_lf_after_chunk_data)
                                                  T(chunk_longer_than_its_size) T(chunk_size_not_hexadecimal) T(
                                                      chunk_size_missing) T(chunk_size_with_sign) T(chunk_size_with_0x)
                                                      T(chunk_size_with_leading_space) T(chunk_size_with_trailing_space)
                                                          T(chunk_size_that_overflows) T(bare_lf_in_a_chunk_extension) T(
                                                              nul_in_a_chunk_extension) T(bare_lf_after_a_trailer)
                                                              T(folded_trailer) T(trailer_with_space_before_colon) T(
                                                                  bare_lf_at_the_end_of_the_body) T(endless_chunk_extensions)
                                                                  T(one_endless_chunk_extension) T(
                                                                      chunk_extensions_are_skipped) T(chunked_in_any_case)
                                                                      T(empty_lines_before_a_request) T(empty_host) T(
                                                                          host_with_ipv6_and_port) T(latin1_in_a_value)
                                                                          T(content_length_zero) T(body_with_get) T(
                                                                              absolute_url) T(asterisk)
                                                                              T(missing_host_is_allowed_by_option)
                                                                              T(a_higher_minor_version_is_served_as_1_1)
                                                                              T(a_slow_first_line_gets_the_same_answer) T(
                                                                                  a_malformed_first_line_is_refused_before_the_head_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
