/*
 * A hash table of topics, each with an array of its subscribers; a subscriber knows its place in each array, so that
 * leaving costs nothing but a swap with the last. No call here makes a WebSocket's owner run, so nobody comes or goes
 * while a message is handed out.
 */
#include "server/http/websocket_topics.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 64, AHEAD = 8 };

typedef struct subscription {
  struct topic *topic;
  websocket *ws;
  size_t at;                 /* in topic->items */
  struct subscription *next; /* of the same WebSocket */
} subscription;

typedef struct topic {
  struct topic *next;
  uint64_t hash;
  subscription **items;
  size_t count, capacity;
  size_t length;
  char name[];
} topic;

struct websocket_subscriptions {
  subscription *first;
};

struct websocket_topics {
  topic **buckets;
  size_t bucket_count, count;
};

static uint64_t hash_of(const char *name, size_t length) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
  return hash ^ hash >> 32;
}

websocket_topics *websocket_topics_create(void) {
  websocket_topics *topics = calloc(1, sizeof *topics);
  if (topics == NULL) return NULL;
  topics->bucket_count = BUCKETS_FIRST;
  topics->buckets = calloc(BUCKETS_FIRST, sizeof(topic *));
  if (topics->buckets != NULL) return topics;
  free(topics);
  return NULL;
}

void websocket_topics_destroy(websocket_topics *topics) {
  if (topics == NULL) return;
  free(topics->buckets);
  free(topics);
}

static topic **place_of(const websocket_topics *topics, const char *name, size_t length, uint64_t hash) {
  topic **at = &topics->buckets[hash & (topics->bucket_count - 1)];
  while (*at != NULL && ((*at)->hash != hash || (*at)->length != length || memcmp((*at)->name, name, length) != 0))
    at = &(*at)->next;
  return at;
}

static void grow(websocket_topics *topics) {
  size_t count = topics->bucket_count * 2;
  topic **buckets = calloc(count, sizeof(void *));
  if (buckets == NULL) return; /* it works all the same */
  for (size_t i = 0; i < topics->bucket_count; i++) {
    for (topic *t = topics->buckets[i], *next; t != NULL; t = next) {
      next = t->next;
      t->next = buckets[t->hash & (count - 1)];
      buckets[t->hash & (count - 1)] = t;
    }
  }
  free(topics->buckets);
  topics->buckets = buckets;
  topics->bucket_count = count;
}

static topic *topic_take(websocket_topics *topics, const char *name, size_t length) {
  uint64_t hash = hash_of(name, length);
  topic *found = *place_of(topics, name, length, hash);
  if (found != NULL) return found;
  topic *t = malloc(sizeof *t + length);
  if (t == NULL) return NULL;
  *t = (topic){.hash = hash, .length = length};
  memcpy(t->name, name, length);
  if (topics->count >= topics->bucket_count) grow(topics);
  topic **at = place_of(topics, name, length, hash);
  *at = t;
  topics->count++;
  return t;
}

static void topic_drop_if_empty(websocket_topics *topics, topic *t) {
  if (t->count > 0) return;
  topic **at = place_of(topics, t->name, t->length, t->hash);
  *at = t->next;
  topics->count--;
  free(t->items);
  free(t);
}

static subscription **find(websocket_subscriptions *list, const char *name, size_t length) {
  subscription **at = &list->first;
  while (*at != NULL && ((*at)->topic->length != length || memcmp((*at)->topic->name, name, length) != 0))
    at = &(*at)->next;
  return at;
}

static int topic_add(topic *t, subscription *s) {
  if (t->count == t->capacity) {
    size_t capacity = t->capacity ? t->capacity * 2 : 4;
    subscription **items = realloc(t->items, capacity * sizeof(void *));
    if (items == NULL) return UV_ENOMEM;
    t->items = items;
    t->capacity = capacity;
  }
  s->at = t->count;
  t->items[t->count++] = s;
  return 1;
}

int websocket_subscribe(websocket_topics *topics, websocket_subscriptions **list, websocket *ws, const char *name,
                        size_t length) {
  if (*list == NULL && (*list = calloc(1, sizeof **list)) == NULL) return UV_ENOMEM;
  if (*find(*list, name, length) != NULL) return 0;
  topic *t = topic_take(topics, name, length);
  if (t == NULL) return UV_ENOMEM;
  subscription *s = malloc(sizeof *s);
  if (s != NULL) *s = (subscription){.topic = t, .ws = ws, .next = (*list)->first};
  if (s == NULL || topic_add(t, s) < 0) {
    free(s);
    topic_drop_if_empty(topics, t);
    return UV_ENOMEM;
  }
  (*list)->first = s;
  return 1;
}

static void end(websocket_topics *topics, subscription **at) {
  subscription *s = *at;
  topic *t = s->topic;
  *at = s->next;
  t->items[s->at] = t->items[--t->count];
  t->items[s->at]->at = s->at;
  free(s);
  topic_drop_if_empty(topics, t);
}

bool websocket_unsubscribe(websocket_topics *topics, websocket_subscriptions **list, const char *name, size_t length) {
  subscription **at = *list != NULL ? find(*list, name, length) : NULL;
  if (at == NULL || *at == NULL) return false;
  end(topics, at);
  return true;
}

void websocket_unsubscribe_all(websocket_topics *topics, websocket_subscriptions **list) {
  if (*list == NULL) return;
  while ((*list)->first != NULL) end(topics, &(*list)->first);
  free(*list);
  *list = NULL;
}

size_t websocket_subscribers(const websocket_topics *topics, const char *name, size_t length) {
  const topic *t = *place_of(topics, name, length, hash_of(name, length));
  return t != NULL ? t->count : 0;
}

int websocket_publish(websocket_topics *topics, const websocket *except, const char *name, size_t name_length,
                      bool text, const char *bytes, size_t length) {
  topic *t = *place_of(topics, name, name_length, hash_of(name, name_length));
  if (t == NULL) return 0;
  websocket_message *message = websocket_message_create(text, bytes, length);
  if (message == NULL) return UV_ENOMEM;
  int sent = 0;
  for (size_t i = 0; i < t->count; i++) {
    /* The memory of a WebSocket is cold where there are many: asked for some places ahead. */
    if (i + AHEAD < t->count) __builtin_prefetch(t->items[i + AHEAD]);
    if (i + AHEAD / 2 < t->count) websocket_prefetch(t->items[i + AHEAD / 2]->ws);
    if (t->items[i]->ws != except && websocket_send_message(t->items[i]->ws, message) >= 0) sent++;
  }
  websocket_message_release(message);
  return sent;
}
