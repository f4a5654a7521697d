/*
 * publish_group: how a message for a topic gets to the subscribers in other workers, of all generations that run: a
 * datagram socket pair per worker, made by the parent before it forks. Every process holds the sending ends.
 *
 * At most once: who cannot take a message because its queue is full loses it (and it is counted), so that a slow worker
 * holds nobody up; the kernel bounds a queue, and a message (twice net.core.wmem_max, which is 208 KiB usually). Order is kept for one publisher.
 */
#ifndef JSD_HTTP_PUBLISH_GROUP_H
#define JSD_HTTP_PUBLISH_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { PUBLISH_TOPIC_MAX = 1024, PUBLISH_BYTES_MAX = 384 << 10 };

typedef struct publish_group publish_group;
typedef struct publish_member publish_member;

/* In the parent, before it forks. NULL: out of memory or descriptors. */
publish_group *publish_group_create(unsigned slots);
void publish_group_destroy(publish_group *group);
/* In a worker: the receiving ends of others are closed. */
void publish_group_keep_own(publish_group *group, int slot);
/* Messages that found a queue full, of all workers. */
uint64_t publish_group_lost(const publish_group *group);

typedef void (*publish_receive)(void *data, const char *topic, size_t topic_length, bool text, const char *bytes,
                                size_t length);
/* The worker gets messages from now on; the loop is not kept alive by it. What an earlier one of its slot has left
 * unread is dropped. 0 or a negative errno. */
int publish_group_join(publish_group *group, int slot, uv_loop_t *loop, publish_receive receive, void *data,
                       publish_member **out);
/* The memory goes later, from the loop. */
void publish_member_leave(publish_member *member);
/* To every other member: 0, or UV_EMSGSIZE (a limit above) and nobody has it. */
int publish_member_send(publish_member *member, const char *topic, size_t topic_length, bool text, const char *bytes,
                        size_t length);

#endif
