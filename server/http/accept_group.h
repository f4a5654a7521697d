/*
 * accept_group: worker processes that accept from the same listening sockets and share connections evenly.
 *
 * Each worker registers the listening socket with EPOLLEXCLUSIVE and takes one connection per wake-up (no thundering
 * herd); when it already has more connections than the least loaded worker of the group, it passes the accepted
 * descriptor to that one through its inbox (SCM_RIGHTS). Loads are counters in shared memory. accept_group.c tells
 * what was measured and why this won.
 *
 * Who calls what:
 *   master (or whoever forks), once, before forking zygotes:  accept_group_create(slots)
 *       slots: at least twice the workers, so that two generations fit beside each other.
 *   master, per worker, before forking it:                    slot = accept_group_reserve(group)
 *       and tells the worker its slot number (it inherits the group's memory and descriptors).
 *   worker, once, after the fork, with its loop:              accept_group_join(group, slot, loop, &member)
 *       and gives `member` to every http_server it makes (http_server_options.accept_member). Listeners then enlist by
 *       themselves when they open, and leave when they close (drain): only workers that listen on the same socket are
 *       targets, so the old generation stops receiving the moment it drains.
 *   worker, at its end:                                       accept_member_leave(member)
 *       optional; a worker has drained when its servers have, accept_member_expects says whether anything is on its
 * way. master, when a worker was reaped (however it ended):      accept_group_release(group, slot) connections still in
 * its inbox go to the other workers; nothing is lost. Without a free slot (reserve returns negative) a worker simply
 * runs without a member: it accepts, but is no target.
 */
#ifndef JSD_HTTP_ACCEPT_GROUP_H
#define JSD_HTTP_ACCEPT_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

typedef struct accept_group accept_group;
typedef struct accept_member accept_member;

/* --- The parent's side. Errors are negative errno. -------------------------------------------------------------- */
/* At most 2048 slots; two descriptors per slot, close-on-exec. NULL when out of memory or descriptors. */
accept_group *accept_group_create(unsigned slots);
/* Gives connections that wait for a worker that does not take them (it hangs) to others; how many. Call it a few times
 * a second: new connections avoid such a worker by themselves. */
unsigned accept_group_rescue(accept_group *group);
int accept_group_reserve(accept_group *group); /* a slot number, or UV_ENOSPC */
void accept_group_release(accept_group *group, int slot);
void accept_group_destroy(accept_group *group);
/* Connections that the worker of this slot has now (for status), and connections it passed on / received in all. */
unsigned accept_group_load(const accept_group *group, int slot);
uint64_t accept_group_passed(const accept_group *group, int slot);
uint64_t accept_group_received(const accept_group *group, int slot);

/* In a process forked for the slot (-1: for none): closes the receiving ends of all other inboxes, so that it can send
 * to others but take nothing that was meant for them, and makes their pages of the shared memory read-only. */
void accept_group_keep_own(accept_group *group, int slot);

/* --- The worker's side ------------------------------------------------------------------------------------------- */
int accept_group_join(accept_group *group, int slot, uv_loop_t *loop, accept_member **out);
void accept_member_leave(accept_member *member);
/* A connection is on its way to this worker: passed on to it, not received yet. */
bool accept_member_expects(const accept_member *member);

/* Accepts nothing new, and gets nothing passed on, until told to go on: what is open stays. A reload does that to the
 * old generation as long as the new one is on probation. */
void accept_member_pause(accept_member *member, bool paused);
bool accept_member_paused(const accept_member *member);

/* lost(data): a connection on its way here could not be taken, this process has no descriptor free. */
void accept_member_on_lost(accept_member *member, void (*lost)(void *data), void *data);

/* --- For listener.c ---------------------------------------------------------------------------------------------- */
typedef struct accept_entry {
  struct accept_entry *next;
  uint64_t key;                           /* identity of the listening socket: its inode, the same in every process */
  void (*receive)(void *data, int fd);    /* a connection that another worker accepted; owns fd. Already counted */
  void (*pause)(void *data, bool paused); /* stop accepting from the socket, or begin again */
  void *data;
  bool listed;   /* false: its listener has closed */
  bool targeted; /* false: others pass nothing on to it */
} accept_entry;
int accept_member_enlist(accept_member *member, accept_entry *entry, int listening_fd);
/* No longer a target for this socket; connections on their way still arrive, until accept_member_forget. */
void accept_member_delist(accept_member *member, accept_entry *entry);
/* Whether others may pass connections on to it: not while this worker has no room for more. */
void accept_member_target(accept_member *member, accept_entry *entry, bool on);
void accept_member_forget(accept_member *member, accept_entry *entry);
/* For a connection just accepted: true when it was passed to a less loaded worker (fd is closed); false: keep it, it
 * is now counted as ours. */
bool accept_member_offer(accept_member *member, accept_entry *entry, int fd);
/* A connection of ours has closed. */
void accept_member_closed(accept_member *member);

#endif
