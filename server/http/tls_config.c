/* What TLS connections have in common: references and setters. */
#include "server/http/tls_config.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "runtime/tls_hooks.h"

tls_config *tls_config_create(SSL_CTX *context, const tls_handler *handler, void *data) {
  static const tls_handler none;
  tls_config *config = calloc(1, sizeof *config);
  if (!config) return NULL;
  config->references = 1;
  config->handler = handler ? handler : &none;
  config->data = data;
  tls_config_set_context(config, context);
  return config;
}

void tls_config_release(tls_config *config) {
  if (!config || --config->references) return;
  SSL_CTX_free(config->context);
  free(config->alpn);
  free(config->psk_hint);
  free(config);
}

void tls_config_set_context(tls_config *config, SSL_CTX *context) {
  SSL_CTX_up_ref(context);
  SSL_CTX_free(config->context);
  config->context = context;
  tls_hooks_install(context);
  /* Of the context, not the connection: a connection's first record layer is made with it. */
  SSL_CTX_set_read_ahead(context, 1);
}

int tls_config_set_alpn(tls_config *config, const void *protocols, size_t length) {
  unsigned char *copy = length ? malloc(length) : NULL;
  if (length && !copy) return UV_ENOMEM;
  if (length) memcpy(copy, protocols, length);
  free(config->alpn);
  config->alpn = copy;
  config->alpn_length = length;
  return 0;
}
