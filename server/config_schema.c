/*
 * The table of config keys. Adding a key is one member in struct config and one entry here.
 */
#include <sched.h>

#include "server/config.h"

#define AT(member) offsetof(config, member)
#define SECOND 1000ull
#define HOUR (UINT64_C(3600) * SECOND)
#define KB 1024ull
#define MB (1024 * KB)
#define GB (1024 * MB)

/* The CPUs this process may use: a container's limit by cpuset counts, the machine's size does not. */
static uint64_t cpus_usable(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? (uint64_t)count : 1;
}

const config_key config_keys[] = {
    {"app", CONFIG_PATH, AT(app), NULL, 0, 0, false, NULL,
     "the app's entry file: a module with `export default { fetch }`, or one that calls listen() itself"},
    {"listen", CONFIG_ADDRESS_LIST, AT(listen), "127.0.0.1:8080", 0, 0, false, NULL,
     "address or list of addresses: HOST:PORT, [IPv6]:PORT, :PORT (every interface), unix:/path; with TLS: "
     "{address: ..., tls: true}, or tls: with keys of the group below it"},
    {"listen_also", CONFIG_ADDRESS_LIST, AT(listen_also), NULL, 0, 0, false, NULL,
     "where the app may listen besides `listen`; ports from 1024 on of 127.0.0.1 and ::1 it may take without being "
     "asked"},
    {"workers", CONFIG_NUMBER, AT(workers), "auto", 1, 1024, false, cpus_usable,
     "worker processes; auto: one per CPU that jsd may use"},
    {"env", CONFIG_ENV_MAP, AT(env), NULL, 0, 0, false, NULL, "environment variables for the app, NAME: value"},
    {"log", CONFIG_PATH, AT(log), NULL, 0, 0, false, NULL,
     "file that the output of jsd and of the app is appended to; none: standard output and error"},
    {"pid_file", CONFIG_PATH, AT(pid_file), NULL, 0, 0, false, NULL, "file that holds the master's process id"},
    {"compile_cache", CONFIG_PATH, AT(compile_cache), NULL, 0, 0, false, NULL,
     "folder for the app's compiled code, so that workers start faster; off: none is kept; not given: a private one"},
    {"code_store", CONFIG_SIZE, AT(code_store), "64mb", 64 * KB, 64 * GB, true, NULL,
     "the code that a generation's workers have loaded is kept in memory, up to this much, and is what their "
     "replacements "
     "run; 0: these load what is on disk by then"},
    {"start_timeout", CONFIG_TIME, AT(start_timeout), "30s", 10, HOUR, false, NULL,
     "a worker that does not serve within this time has failed to start"},
    {"drain_timeout", CONFIG_TIME, AT(drain_timeout), "30s", 0, 24 * HOUR, false, NULL,
     "at stop and reload, what is in flight has this long to finish"},
    {"hang_timeout", CONFIG_TIME, AT(hang_timeout), "60s", 2 * SECOND, 24 * HOUR, true, NULL,
     "a worker whose event loop has not turned for this long is replaced, with its stack in the log; 0: never"},
    {"probation", CONFIG_TIME, AT(probation), "1s", 1, HOUR, true, NULL,
     "at a reload: when all new workers die within this time, the old ones, which wait for it, go on; 0: they do not "
     "wait"},
    {"max_heap", CONFIG_SIZE, AT(max_heap), "0", 16 * MB, 64 * GB, true, NULL,
     "JavaScript heap of one worker; 0: the engine's own limit"},
    {"engine_flags", CONFIG_STRING, AT(engine_flags), NULL, 0, 0, false, NULL,
     "flags of the JavaScript engine, separated by blanks (`jsd --v8-options` lists them)"},
    {"tls.certificates", CONFIG_CERTIFICATE_LIST, AT(tls.certificates), NULL, 0, 0, false, NULL,
     "list of {cert, key, ocsp}: PEM files, the chain behind the certificate; ocsp: a DER response to staple. A server "
     "name gets the certificates that have it; any other the first one"},
    {"tls.min_version", CONFIG_STRING, AT(tls.min_version), "1.2", 0, 0, false, NULL, "the oldest version of TLS",
     "1.2|1.3"},
    {"tls.max_version", CONFIG_STRING, AT(tls.max_version), "1.3", 0, 0, false, NULL, "the newest version of TLS",
     "1.2|1.3"},
    {"tls.ciphers", CONFIG_STRING, AT(tls.ciphers),
     "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
     "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
     0, 0, false, NULL, "of TLS 1.2, in OpenSSL's notation"},
    {"tls.ciphersuites", CONFIG_STRING, AT(tls.ciphersuites), NULL, 0, 0, false, NULL,
     "of TLS 1.3, in OpenSSL's notation; none: OpenSSL's own list"},
    {"tls.groups", CONFIG_STRING, AT(tls.groups), "auto", 0, 0, false, NULL,
     "of the key exchange, in OpenSSL's notation; auto: OpenSSL's own list, which begins with X25519MLKEM768"},
    {"tls.unknown_name", CONFIG_STRING, AT(tls.unknown_name), "default", 0, 0, false, NULL,
     "a client that asks for a name that no certificate has, or for none: default: gets the first certificate; refuse: "
     "an alert",
     "default|refuse"},
    {"tls.client_certificates", CONFIG_STRING, AT(tls.client_certificates), "off", 0, 0, false, NULL,
     "whether clients are asked for a certificate; one that client_ca does not vouch for is refused",
     "off|optional|required"},
    {"tls.client_ca", CONFIG_PATH, AT(tls.client_ca), NULL, 0, 0, false, NULL,
     "PEM file of the authorities whose client certificates are good"},
    {"tls.handshake_timeout", CONFIG_TIME, AT(tls.handshake_timeout), "10s", 10, HOUR, true, NULL,
     "a handshake must be done within this time; 0: http.header_timeout alone counts"},
    {"tls.ticket_rotation", CONFIG_TIME, AT(tls.ticket_rotation), "12h", SECOND, HOUR * 24 * 7, true, NULL,
     "session tickets get a new key this often, and are good for as long; 0: sessions do not resume"},
    {"respawn.delay", CONFIG_TIME, AT(respawn.delay), "100ms", 1, HOUR, false, NULL,
     "a worker that dies before its first request is replaced at once the first time, then after this time, "
     "..."},
    {"respawn.delay_max", CONFIG_TIME, AT(respawn.delay_max), "30s", 1, HOUR, false, NULL,
     "... which doubles up to this. One that had a request is replaced at once, however often"},
    {"respawn.stable_after", CONFIG_TIME, AT(respawn.stable_after), "10s", 1, HOUR, false, NULL,
     "a worker that has been there this long counts as one that had a request"},
    {"respawn.crash_loop", CONFIG_NUMBER, AT(respawn.crash_loop), "5", 2, 1000, false, NULL,
     "this many crashes in a row are reported as a crash loop"},
    {"http.header_timeout", CONFIG_TIME, AT(http.header_timeout), "60s", 1, HOUR, true, NULL,
     "a request's head must be complete within this time; 0: no limit"},
    {"http.body_timeout", CONFIG_TIME, AT(http.body_timeout), "300s", 1, 24 * HOUR, true, NULL,
     "a request must be complete within this time; 0: no limit"},
    {"http.keep_alive_timeout", CONFIG_TIME, AT(http.keep_alive_timeout), "5s", 1, HOUR, true, NULL,
     "an idle connection is closed after this time; 0: no limit"},
    {"http.max_header_bytes", CONFIG_SIZE, AT(http.max_header_bytes), "16kb", 256, 16 * MB, false, NULL,
     "a request's head may be this large (431 otherwise)"},
    {"http.max_headers", CONFIG_NUMBER, AT(http.max_headers), "2000", 1, 65535, false, NULL,
     "header fields in one request"},
    {"http.max_body_bytes", CONFIG_SIZE, AT(http.max_body_bytes), "0", 1, UINT64_MAX, true, NULL,
     "a request's body may be this large (413 otherwise); 0: no limit"},
    {"http.max_connections", CONFIG_NUMBER, AT(http.max_connections), "0", 1, 10000000, true, NULL,
     "open connections of one worker; the longest idle one is closed for a new one; 0: no limit"},
    {"http.max_requests_per_connection", CONFIG_NUMBER, AT(http.max_requests_per_connection), "0", 1, UINT32_MAX, true,
     NULL, "after this many requests a connection is closed; 0: no limit"},
    {"http.backlog", CONFIG_NUMBER, AT(http.backlog), "511", 1, 65535, false, NULL,
     "connections that the kernel queues until a worker takes them (net.core.somaxconn caps it)"},
    {"http.http2", CONFIG_SWITCH, AT(http.http2), "on", 0, 1, false, NULL,
     "clients may speak HTTP/2: with prior knowledge over a clear socket, by ALPN over TLS"},
    {"http.http2_max_streams", CONFIG_NUMBER, AT(http.http2_max_streams), "128", 1, 65535, false, NULL,
     "requests at once of one HTTP/2 connection"},
    {"http.http2_max_resets", CONFIG_NUMBER, AT(http.http2_max_resets), "200", 10, 1000000, true, NULL,
     "requests of one HTTP/2 connection that the client cancels, or has us reset; a tenth of it comes back per second; "
     "more ends the connection; 0: no limit"},
    {"http.http2_max_control_frames", CONFIG_NUMBER, AT(http.http2_max_control_frames), "1000", 10, 1000000, true, NULL,
     "frames of one HTTP/2 connection that carry nothing (SETTINGS, PING, empty ones); refilled and enforced likewise; "
     "0: no limit"},
    {"websocket.max_message_bytes", CONFIG_SIZE, AT(websocket.max_message_bytes), "16mb", 1, 2 * GB, true, NULL,
     "a message, decompressed, may be this large (close code 1009 otherwise); 0: no limit"},
    {"websocket.max_buffered_bytes", CONFIG_SIZE, AT(websocket.max_buffered_bytes), "16mb", 64 * KB, UINT64_MAX, true,
     NULL, "a WebSocket that has more to send than this is cut; 0: no limit"},
    {"websocket.max_publish_bytes", CONFIG_SIZE, AT(websocket.max_publish_bytes), "128kb", KB, 384 * KB, false, NULL,
     "a message that is published to a topic may be this large"},
    {"websocket.compress_threshold", CONFIG_SIZE, AT(websocket.compress_threshold), "1kb", 1, UINT32_MAX, true, NULL,
     "smaller messages are not compressed, also where compression was agreed on"},
    {"websocket.idle_timeout", CONFIG_TIME, AT(websocket.idle_timeout), "120s", 10, 24 * HOUR, true, NULL,
     "a WebSocket from which nothing has come for half of it is sent a ping, and at its end it is cut; 0: never"},
    {"websocket.close_timeout", CONFIG_TIME, AT(websocket.close_timeout), "5s", 10, HOUR, false, NULL,
     "the other side has this long to answer a close frame"},
};
const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];
