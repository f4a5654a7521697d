/*
 * websocket_topics: who of a process has subscribed to what. A message is framed once, and every subscriber queues the
 * same bytes.
 */
#ifndef JSD_HTTP_WEBSOCKET_TOPICS_H
#define JSD_HTTP_WEBSOCKET_TOPICS_H

#include "server/http/websocket.h"

typedef struct websocket_topics websocket_topics;
typedef struct websocket_subscriptions websocket_subscriptions; /* of one WebSocket */

/* NULL: out of memory. */
websocket_topics *websocket_topics_create(void);
/* All subscriptions have ended. */
void websocket_topics_destroy(websocket_topics *topics);

/* *list: NULL before the first. 1: subscribed; 0: it was already; UV_ENOMEM. */
int websocket_subscribe(websocket_topics *topics, websocket_subscriptions **list, websocket *ws, const char *topic,
                        size_t length);
/* Whether it was subscribed. */
bool websocket_unsubscribe(websocket_topics *topics, websocket_subscriptions **list, const char *topic, size_t length);
void websocket_unsubscribe_all(websocket_topics *topics, websocket_subscriptions **list);
size_t websocket_subscribers(const websocket_topics *topics, const char *topic, size_t length);
/* To all but `except` (may be NULL): how many, or UV_ENOMEM. Ones that cannot take it (they close, or have too much to
 * send already) are left out. */
int websocket_publish(websocket_topics *topics, const websocket *except, const char *topic, size_t topic_length,
                      bool text, const char *bytes, size_t length);

#endif
