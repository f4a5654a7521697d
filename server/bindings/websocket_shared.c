/* The WebSockets of a runtime: what they hold of a drain, and the messages that other processes publish. */
#include "server/bindings/websocket_binding.h"

static void service_drain(runtime_service *service, drain_reason reason) {
  /* At a reload they go on until the drain's time is up: clients come back on their own then, not all at once now. */
  if (reason == DRAIN_STOP) websocket_group_close(((http_websockets *)service)->group, WEBSOCKET_GOING_AWAY);
}

static void service_goodbye(runtime_service *service, drain_reason reason) {
  unsigned code = reason == DRAIN_RELOAD ? WEBSOCKET_RESTART : WEBSOCKET_GOING_AWAY;
  websocket_group_close(((http_websockets *)service)->group, code);
}

static bool service_drained(runtime_service *service) {
  return websocket_group_count(((http_websockets *)service)->group) == 0;
}

static void service_count(runtime_service *service, drain_counts *counts) {
  counts->of[DRAIN_WEBSOCKET] += websocket_group_count(((http_websockets *)service)->group);
}

static http_websockets *of_resource(runtime_resource *resource) {
  return (http_websockets *)((char *)resource - offsetof(http_websockets, resource));
}

static void resource_close(runtime_resource *resource) {
  http_websockets *all = of_resource(resource);
  if (all->publish != NULL) publish_member_leave(all->publish);
  all->publish = NULL;
  all->closing = true;
  websocket_group_stop(all->group);
}

/* The loop has ended, and with it every WebSocket of a server; a client's socket may have gone without a word. */
static void resource_release(runtime_resource *resource) {
  http_websockets *all = of_resource(resource);
  websocket_group_destroy(all->group);
  websocket_topics_destroy(all->topics);
  free(all);
}

static void published(void *data, const char *topic, size_t topic_length, bool text, const char *bytes, size_t length) {
  http_websockets *all = data;
  if (websocket_publish(all->topics, NULL, topic, topic_length, text, bytes, length) < 0) return; /* at most once */
}

http_websockets *websockets_of(http_state *state) {
  if (state == NULL || state->websockets != NULL) return state != NULL ? state->websockets : NULL;
  const http_host *host = runtime_extension(state->rt, HTTP_HOST_EXTENSION);
  http_websockets *all = calloc(1, sizeof *all);
  websocket_options options;
  websocket_options_default(&options);
  if (host != NULL && host->websocket_options != NULL) host->websocket_options(host->data, &options);
  if (all == NULL || (all->topics = websocket_topics_create()) == NULL ||
      (all->group = websocket_group_create(runtime_loop(state->rt), &options)) == NULL) {
    if (all != NULL) websocket_topics_destroy(all->topics);
    free(all);
    return NULL;
  }
  all->rt = state->rt;
  if (host != NULL && host->publish != NULL &&
      publish_group_join(host->publish, host->publish_slot, runtime_loop(state->rt), published, all, &all->publish) < 0)
    all->publish = NULL;
  all->service.drain = service_drain;
  all->service.goodbye = service_goodbye;
  all->service.drained = service_drained;
  all->service.count = service_count;
  all->resource.close = resource_close;
  all->resource.release = resource_release;
  state->websockets = all;
  runtime_resource_add(state->rt, &all->resource);
  runtime_service_add(state->rt, &all->service);
  return all;
}
