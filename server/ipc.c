#include "server/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IPC_VERSION = 1 };

/* Both ends run the same program, so the packet is the struct as it lies in memory; the version guards an upgrade. */
typedef struct ipc_header {
  uint16_t version;
  uint16_t type;
  int32_t value;
  uint64_t number;
  uint32_t text_bytes;
  uint32_t reserved;
} ipc_header;
_Static_assert(sizeof(ipc_header) + IPC_TEXT_MAX == IPC_PACKET_MAX, "packet size");

int ipc_pair(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
  int flags = fcntl(ends[0], F_GETFL);
  if (flags >= 0 && fcntl(ends[0], F_SETFL, flags | O_NONBLOCK) == 0) return 0;
  int rc = -errno;
  close(ends[0]);
  close(ends[1]);
  return rc;
}

int ipc_send(int channel, ipc_type type, int32_t value, uint64_t number, const char *text, int fd) {
  size_t text_bytes = text == NULL ? 0 : strnlen(text, IPC_TEXT_MAX);
  ipc_header header = {.version = IPC_VERSION,
                       .type = (uint16_t)type,
                       .value = value,
                       .number = number,
                       .text_bytes = (uint32_t)text_bytes};
  struct iovec parts[2] = {{&header, sizeof header}, {(void *)(uintptr_t)text, text_bytes}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = text_bytes > 0 ? 2 : 1};
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  if (fd >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  ssize_t sent;
  do {
    sent = sendmsg(channel, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int ipc_parse(const void *bytes, size_t size, ipc_message *out) {
  ipc_header header;
  if (size < sizeof header) return -EPROTO;
  memcpy(&header, bytes, sizeof header);
  if (header.version != IPC_VERSION || header.type == 0 || header.type >= IPC_TYPE_END) return -EPROTO;
  if (header.text_bytes > IPC_TEXT_MAX || size != sizeof header + header.text_bytes) return -EPROTO;
  const char *text = (const char *)bytes + sizeof header;
  if (memchr(text, 0, header.text_bytes) != NULL) return -EPROTO;
  out->type = (ipc_type)header.type;
  out->value = header.value;
  out->number = header.number;
  out->fd = -1;
  memcpy(out->text, text, header.text_bytes);
  out->text[header.text_bytes] = 0;
  return 0;
}

/* The first descriptor that came along; the kernel has dropped any that did not fit into the control buffer. */
static int descriptor_take(struct msghdr *message) {
  int fd = -1;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int received;
      memcpy(&received, CMSG_DATA(part) + i * sizeof received, sizeof received);
      if (fd < 0) {
        fd = received;
      } else {
        close(received);
      }
    }
  }
  return fd;
}

int ipc_receive(int channel, ipc_message *out) {
  char bytes[IPC_PACKET_MAX];
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t size;
  /* A peer that ends with packets unread resets the channel: that is told once, and then come its own last packets. */
  bool reset = false;
  do {
    size = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && (errno == EINTR || (errno == ECONNRESET && !reset && (reset = true))));
  if (size < 0) return errno == ECONNRESET ? 0 : -errno;
  if (size == 0) return 0;
  int fd = descriptor_take(&message);
  int rc = message.msg_flags & MSG_TRUNC ? -EPROTO : ipc_parse(bytes, (size_t)size, out);
  if (rc != 0) {
    if (fd >= 0) close(fd);
    return rc;
  }
  out->fd = fd;
  return 1;
}
