/*
 * websocket_client: the load for the WebSocket rows. `websocket_client PORT CONNECTIONS SECONDS [BYTES]` keeps one
 * message of each connection on its way and prints how many came back; `websocket_client PORT CONNECTIONS SECONDS BYTES
 * broadcast` has one connection send "p" plus a payload, which the server gives to all, and prints how many messages came
 * to them all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { INPUT = 65536, EVENTS = 256 };

typedef struct client {
  int fd;
  size_t wanted; /* bytes of the message that comes, with its head */
  size_t got;
} client;

static char frame[INPUT], input[INPUT];
static size_t frame_length, answer_length;
static uint64_t messages;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void frame_make(size_t bytes) {
  size_t at = 0;
  frame[at++] = (char)0x81;
  if (bytes < 126) {
    frame[at++] = (char)(0x80 | bytes);
  } else {
    frame[at++] = (char)(0x80 | 126);
    frame[at++] = (char)(bytes >> 8);
    frame[at++] = (char)bytes;
  }
  const char mask[4] = {0x11, 0x22, 0x33, 0x44};
  memcpy(frame + at, mask, 4);
  at += 4;
  for (size_t i = 0; i < bytes; i++) frame[at++] = (char)((i ? 'x' : 'p') ^ mask[i & 3]);
  frame_length = at;
  answer_length = at - 4;
}

static void open_one(client *c, int port) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (write(c->fd, request, sizeof request - 1) < 0) die("write");
  size_t length = 0;
  do {
    ssize_t n = read(c->fd, input + length, 1);
    if (n <= 0) die("handshake");
    length++;
  } while (length < 4 || memcmp(input + length - 4, "\r\n\r\n", 4) != 0);
  if (strncmp(input, "HTTP/1.1 101", 12) != 0) die("no 101");
  c->wanted = answer_length;
}

static void send_one(const client *c) {
  if (write(c->fd, frame, frame_length) != (ssize_t)frame_length) die("write");
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int port = atoi(argv[1]), count = atoi(argv[2]);
  double seconds = atof(argv[3]);
  bool broadcast = argc > 5;
  frame_make(argc > 4 ? (size_t)atoi(argv[4]) : 32);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  client *clients = calloc((size_t)count, sizeof *clients);
  int epoll = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    open_one(&clients[i], port);
    epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &clients[i]});
  }
  fprintf(stderr, "open\n");
  fflush(stderr);
  if (getchar() == EOF) return 1; /* the caller reads the server's CPU time now */
  for (int i = 0; i < (broadcast ? 1 : count); i++) send_one(&clients[i]);
  double begin = now(), end = begin + seconds;
  uint64_t round = 0;
  while (now() < end) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, 100);
    for (int i = 0; i < ready; i++) {
      client *c = events[i].data.ptr;
      ssize_t n = read(c->fd, input, sizeof input);
      if (n <= 0) die("read");
      for (c->got += (size_t)n; c->got >= c->wanted; c->got -= c->wanted) {
        messages++;
        if (!broadcast) send_one(c);
        if (broadcast && ++round % (uint64_t)count == 0) send_one(&clients[0]);
      }
    }
  }
  printf("%llu %.3f\n", (unsigned long long)messages, now() - begin);
  return 0;
}
