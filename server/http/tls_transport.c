/*
 * TLS on a socket. OpenSSL reads and writes through a BIO of our own, which is socket_read and socket_write: the
 * library's socket BIO writes without MSG_NOSIGNAL. Read-ahead makes one recv of a request's record where OpenSSL would
 * otherwise ask for five bytes first; SSL_MODE_RELEASE_BUFFERS gives its 16 KB buffers back as soon as they are empty,
 * so an idle connection holds none.
 *
 * A record costs 22 bytes, a system call and a pass of the cipher: the small pieces of one write (a head and a body)
 * are gathered into one. A record that the kernel has not taken stays in OpenSSL, which then wants to be given the same
 * bytes again; they are the first ones of the connection's output, so `retry` has only to remember how many.
 *
 * The app is asked and told in the middle of OpenSSL's calls and may destroy the connection there: then the descriptor
 * is closed at once, and the SSL object when the call has returned (`busy`, `doomed`).
 */
#include "server/http/tls_transport.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "runtime/tls_hooks.h"
#include "server/http/internal.h"

typedef enum choice { CHOICE_OPEN, CHOICE_ASKED, CHOICE_MADE } choice;

typedef struct tls_stream {
  tls_owner owner; /* first: OpenSSL's callbacks find this */
  SSL *ssl;
  transport *transport;
  tls_config *config;
  connection *connection;
  int fd;    /* -1: closed */
  int error; /* of the socket: the last one, negative errno */
  size_t retry;
  uint8_t choice, search; /* of a certificate; of a session */
  unsigned storing;       /* sessions that the app is not done with */
  SSL_SESSION *found;
  unsigned char protocol[255]; /* what the app has chosen */
  bool busy, doomed, broken, shut, end_of_input;
  SSL_CTX *chosen;
} tls_stream;

static bool wants(const tls_stream *s, unsigned what) { return s->config->wants & what; }

/* --- The socket as a BIO ----------------------------------------------------------------------------------------- */

static int socket_bio_read(BIO *bio, char *buffer, int capacity) {
  tls_stream *s = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (s->fd < 0 || capacity <= 0) return -1;
  ssize_t got = socket_read(s->fd, buffer, (size_t)capacity);
  if (got >= 0) {
    s->end_of_input = got == 0;
    return (int)got;
  }
  if (got == UV_EAGAIN)
    BIO_set_retry_read(bio);
  else
    s->error = (int)got;
  return -1;
}

static int socket_bio_write(BIO *bio, const char *data, int length) {
  tls_stream *s = BIO_get_data(bio);
  struct iovec piece = {(char *)data, (size_t)length};
  BIO_clear_retry_flags(bio);
  if (s->fd < 0) return -1;
  ssize_t sent = socket_write(s->fd, &piece, 1);
  if (sent >= 0) return (int)sent;
  if (sent == UV_EAGAIN)
    BIO_set_retry_write(bio);
  else
    s->error = (int)sent;
  return -1;
}

static long socket_bio_ctrl(BIO *bio, int command, long number, void *pointer) {
  const tls_stream *s = BIO_get_data(bio);
  if (command == BIO_CTRL_EOF) return s->end_of_input;
  return command == BIO_CTRL_FLUSH;
}

static int socket_bio_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

static BIO_METHOD *socket_bio_method;
static uv_once_t socket_bio_once = UV_ONCE_INIT;
static void socket_bio_setup(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "jsd socket");
  if (!method) return;
  BIO_meth_set_read(method, socket_bio_read);
  BIO_meth_set_write(method, socket_bio_write);
  BIO_meth_set_ctrl(method, socket_bio_ctrl);
  BIO_meth_set_create(method, socket_bio_create);
  socket_bio_method = method;
}

static BIO *socket_bio(tls_stream *s) {
  uv_once(&socket_bio_once, socket_bio_setup);
  BIO *bio = socket_bio_method ? BIO_new(socket_bio_method) : NULL;
  if (bio) BIO_set_data(bio, s);
  return bio;
}

/* --- What OpenSSL asks ------------------------------------------------------------------------------------------- */

/* Looked at after the handshake, as Node does: SSL_get_verify_result. */
static int verify_later(int ok, X509_STORE_CTX *store) { return 1; }

static int on_certificate(SSL *ssl, void *data) {
  tls_stream *s = data;
  if (s->choice == CHOICE_OPEN) {
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    bool status = SSL_get_tlsext_status_type(ssl) == TLSEXT_STATUSTYPE_ocsp;
    bool ask = (name && wants(s, TLS_WANTS_NAMES)) || (status && wants(s, TLS_WANTS_STATUS));
    s->choice = ask ? CHOICE_ASKED : CHOICE_MADE;
    if (ask) s->config->handler->choose(s->config->data, s->connection, name, status);
  }
  if (s->doomed) return 0;
  if (s->choice == CHOICE_ASKED) return -1;
  if (s->chosen && s->chosen != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, s->chosen);
  return 1;
}

/* A client that names a session, and has no ticket that holds all that is needed. */
static int on_hello(SSL *ssl) {
  tls_stream *s = tls_owner_of(ssl);
  const unsigned char *id = NULL, *ticket = NULL;
  size_t ticket_size = 0;
  if (!wants(s, TLS_WANTS_FIND)) return SSL_CLIENT_HELLO_SUCCESS;
  if (s->search == CHOICE_OPEN) {
    size_t size = SSL_client_hello_get0_session_id(ssl, &id);
    bool has_ticket = SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &ticket, &ticket_size) == 1;
    s->search = size > 0 && !(has_ticket && ticket_size > 0) ? CHOICE_ASKED : CHOICE_MADE;
    if (s->search == CHOICE_ASKED) s->config->handler->find_session(s->config->data, s->connection, id, size);
  }
  if (s->doomed) return SSL_CLIENT_HELLO_ERROR;
  return s->search == CHOICE_ASKED ? SSL_CLIENT_HELLO_RETRY : SSL_CLIENT_HELLO_SUCCESS;
}

static SSL_SESSION *on_get_session(SSL *ssl, const unsigned char *id, int size) {
  tls_stream *s = tls_owner_of(ssl);
  SSL_SESSION *found = s->found;
  s->found = NULL;
  return found;
}

static unsigned on_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned most) {
  tls_stream *s = tls_owner_of(ssl);
  if (s->doomed || !wants(s, TLS_WANTS_PSK)) return 0;
  size_t size = s->config->handler->psk(s->config->data, s->connection, identity, psk, most);
  return s->doomed ? 0 : (unsigned)size;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *size, const unsigned char *in,
                   unsigned in_size) {
  tls_stream *s = tls_owner_of(ssl);
  const tls_config *config = s->config;
  if (wants(s, TLS_WANTS_ALPN)) {
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    size_t length = config->handler->alpn(config->data, s->connection, name, in, in_size, s->protocol);
    if (s->doomed || length == 0) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = s->protocol;
    *size = (unsigned char)length;
    return SSL_TLSEXT_ERR_OK;
  }
  return tls_alpn_choose(config->alpn, config->alpn_length, out, size, in, in_size);
}

static void on_new_session(SSL *ssl, SSL_SESSION *session) {
  tls_stream *s = tls_owner_of(ssl);
  if (s->doomed || !wants(s, TLS_WANTS_SESSIONS)) return;
  s->storing++;
  s->config->handler->new_session(s->config->data, s->connection, session);
}

static void on_keylog(const SSL *ssl, const char *line) {
  tls_stream *s = tls_owner_of(ssl);
  if (!s->doomed && wants(s, TLS_WANTS_KEYLOG)) s->config->handler->keylog(s->config->data, s->connection, line);
}

/* connection_tls_choose may have set a response. */
static int on_status(SSL *ssl) {
  const tls_stream *s = tls_owner_of(ssl);
  const unsigned char *response = NULL;
  size_t length = 0;
  if (SSL_get_tlsext_status_ocsp_resp(ssl, &response) > 0) return SSL_TLSEXT_ERR_OK;
  if (wants(s, TLS_WANTS_STAPLE))
    response = s->config->handler->staple(s->config->data, SSL_get_certificate(ssl), &length);
  unsigned char *copy = response && length ? OPENSSL_memdup(response, length) : NULL;
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)length); /* OpenSSL's from now on */
  return SSL_TLSEXT_ERR_OK;
}

static const tls_hooks hooks = {.alpn = on_alpn,
                                .new_session = on_new_session,
                                .keylog = on_keylog,
                                .status = on_status,
                                .hello = on_hello,
                                .get_session = on_get_session};

/* --- Calls ------------------------------------------------------------------------------------------------------- */

static void stream_free(tls_stream *s) {
  SSL_free(s->ssl); /* and the BIO */
  SSL_CTX_free(s->chosen);
  SSL_SESSION_free(s->found);
  tls_config_release(s->config);
  free(s);
}

/* After each call of OpenSSL. False: the connection was destroyed meanwhile, s is gone. */
static bool stream_left(tls_stream *s) {
  s->busy = false;
  if (!s->doomed) return true;
  stream_free(s);
  return false;
}

static int failure(tls_stream *s, int result) {
  int error = s->error ? s->error : UV_EPROTO;
  s->broken = true;
  s->transport->has_input = false;
  return error;
}

/* What to do about a result of OpenSSL's that is no success: UV_EAGAIN, 0 at the end of input, or an errno. */
static int outcome(tls_stream *s, int result) {
  transport *t = s->transport;
  t->has_input = false;
  switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return UV_EAGAIN;
    case SSL_ERROR_WANT_WRITE:
      t->wants_write = true;
      return UV_EAGAIN;
    case SSL_ERROR_WANT_X509_LOOKUP:
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      t->suspended = true;
      return UV_EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      return failure(s, result);
  }
}

/* What only opens and closes is a port that somebody looks whether it is there. */
bool transport_tls_has_spoken(const transport *t) {
  const tls_stream *s = t->data;
  return s && BIO_number_read(SSL_get_rbio(s->ssl)) > 0;
}

void transport_tls_fail(transport *t, int error) {
  tls_stream *s = t->data;
  if (!t->handshaking) return;
  t->handshaking = false;
  s->broken = true;
  if (transport_tls_has_spoken(t)) s->connection->server->counters->tls_failed++;
  if (wants(s, TLS_WANTS_FAILED)) s->config->handler->failed(s->config->data, s->connection, error);
}

/*
 * OpenSSL keeps the client's share of the key exchange for as long as the connection lives, which nobody needs any
 * more: 7 KB with X25519MLKEM768. There is no call to drop it; but a key that gets another type lets go of what it
 * held.
 */
static void share_release(SSL *ssl) {
  EVP_PKEY *share = NULL;
  if (SSL_get_peer_tmp_key(ssl, &share) != 1) return;
  EVP_PKEY_set_type(share, EVP_PKEY_X25519);
  EVP_PKEY_free(share);
  ERR_clear_error();
}

/* The handshake is done: is the client one that we want? */
static int handshake_finish(tls_stream *s) {
  bool refused = s->config->verify == TLS_VERIFY_REQUIRED && SSL_get_verify_result(s->ssl) != X509_V_OK;
  if (refused) {
    transport_tls_fail(s->transport, UV_EACCES);
    return UV_EACCES;
  }
  s->transport->handshaking = false;
  s->connection->server->counters->tls_handshakes++;
  SSL_CTX_free(s->chosen);
  s->chosen = NULL;
  share_release(s->ssl);
  if (wants(s, TLS_WANTS_SECURE)) s->config->handler->secure(s->config->data, s->connection);
  return 0;
}

/* 0: done. */
static int handshake(tls_stream *s) {
  ERR_clear_error();
  int result = SSL_do_handshake(s->ssl);
  if (s->doomed) return UV_ECANCELED;
  if (result == 1 && s->storing > 0) {
    s->transport->suspended = true;
    s->transport->has_input = false;
    return UV_EAGAIN;
  }
  if (result == 1) return handshake_finish(s);
  int status = outcome(s, result);
  if (status == UV_EAGAIN) return status;
  if (s->end_of_input || status == 0) status = UV_ECONNRESET;
  transport_tls_fail(s->transport, status);
  return status;
}

static ssize_t tls_read(transport *t, char *buffer, size_t capacity) {
  tls_stream *s = t->data;
  ssize_t got = 0;
  size_t size = 0;
  if (t->suspended || s->broken) return s->broken ? UV_EPROTO : UV_EAGAIN;
  t->wants_write = t->has_input = false;
  s->busy = true;
  if (t->handshaking) got = handshake(s);
  if (got == 0 && !s->doomed) {
    ERR_clear_error();
    int result = SSL_read_ex(s->ssl, buffer, capacity, &size);
    got = result == 1 ? (ssize_t)size : s->doomed ? 0 : outcome(s, 0);
    /* A record that is complete or not: the next read, which finds out, costs a recv only where it is not. */
    if (result == 1) t->has_input = SSL_has_pending(s->ssl);
  }
  return stream_left(s) ? got : UV_ECANCELED;
}

/* The bytes of the next record: of one piece, or gathered. */
static size_t record_gather(tls_stream *s, const struct iovec *pieces, size_t count, size_t skip, const char **data) {
  size_t size = 0, most = s->retry ? s->retry : TLS_RECORD;
  char *gather = s->config->gather;
  for (size_t i = 0; i < count && size < most; i++) {
    if (skip >= pieces[i].iov_len) {
      skip -= pieces[i].iov_len;
      continue;
    }
    const char *from = (const char *)pieces[i].iov_base + skip;
    size_t length = pieces[i].iov_len - skip;
    skip = 0;
    if (size == 0 && (length >= most || i + 1 == count)) {
      *data = from;
      return length < most ? length : most;
    }
    if (length > most - size) length = most - size;
    memcpy(gather + size, from, length);
    size += length;
  }
  *data = gather;
  return size;
}

static ssize_t tls_write(transport *t, const struct iovec *pieces, size_t count) {
  tls_stream *s = t->data;
  size_t total = 0, done = 0;
  int status = 0;
  if (t->handshaking || s->broken || s->shut) return UV_EPIPE;
  for (size_t i = 0; i < count; i++) total += pieces[i].iov_len;
  s->busy = true;
  while (done < total && status == 0) {
    const char *data;
    size_t size = record_gather(s, pieces, count, done, &data), taken = 0;
    ERR_clear_error();
    if (SSL_write_ex(s->ssl, data, size, &taken) == 1) {
      done += taken;
      s->retry = 0;
      continue;
    }
    bool had_input = t->has_input;
    status = s->doomed ? UV_ECANCELED : outcome(s, 0);
    t->has_input = had_input && !s->broken;
    t->wants_write = false; /* whoever writes waits for that anyway */
    if (status == UV_EAGAIN)
      s->retry = size;
    else if (status == 0)
      status = UV_EPIPE;
  }
  if (!stream_left(s)) return UV_ECANCELED;
  return done && (status == 0 || status == UV_EAGAIN) ? (ssize_t)done : status;
}

static int tls_shutdown(transport *t) {
  tls_stream *s = t->data;
  if (!t->handshaking && !s->broken && !s->shut) {
    s->busy = true;
    ERR_clear_error();
    int result = SSL_shutdown(s->ssl);
    bool later = result < 0 && SSL_get_error(s->ssl, result) == SSL_ERROR_WANT_WRITE;
    if (!stream_left(s)) return UV_ECANCELED;
    t->wants_write = later;
    if (later) return UV_EAGAIN;
    s->shut = true;
  }
  return shutdown(t->fd, SHUT_WR) < 0 ? UV_ENOTCONN : 0;
}

static void tls_close(transport *t) {
  tls_stream *s = t->data;
  if (t->fd >= 0) close(t->fd);
  t->fd = -1;
  t->handshaking = t->suspended = t->has_input = t->wants_write = false;
  t->data = NULL;
  if (!s) return;
  s->fd = -1;
  s->doomed = true;
  if (!s->busy) stream_free(s);
}

static const transport_kind tls = {
    .name = "tls",
    .says_farewell = true,
    .read = tls_read,
    .write = tls_write,
    .shutdown = tls_shutdown,
    .close = tls_close,
};

/* --- Creation and the connection's side -------------------------------------------------------------------------- */

int transport_open_tls(transport *t, int fd, tls_config *config, connection *c) {
  static const int modes[] = {SSL_VERIFY_NONE, SSL_VERIFY_PEER, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                              SSL_VERIFY_PEER, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
  *t = (transport){.kind = &tls, .fd = fd};
  tls_stream *s = calloc(1, sizeof *s);
  SSL *ssl = s ? SSL_new(config->context) : NULL;
  BIO *bio = ssl ? socket_bio(s) : NULL;
  if (!bio) {
    SSL_free(ssl);
    free(s);
    close(fd);
    t->fd = -1;
    ERR_clear_error();
    return UV_ENOMEM;
  }
  *s = (tls_stream){.owner = {&hooks}, .ssl = ssl, .transport = t, .connection = c, .fd = fd};
  s->config = tls_config_retain(config);
  SSL_set_bio(ssl, bio, bio);
  tls_owner_set(ssl, &s->owner);
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  /* The end of a connection without a farewell is an end of input, as Node has it: HTTP says itself where a message
   * ends. Who would renegotiate is refused. */
  SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  SSL_set_verify(ssl, modes[config->verify], config->verify < TLS_VERIFY_OPTIONAL ? verify_later : NULL);
  SSL_set_cert_cb(ssl, on_certificate, s);
  if (config->wants & TLS_WANTS_PSK) {
    SSL_set_psk_server_callback(ssl, on_psk);
    if (config->psk_hint) SSL_use_psk_identity_hint(ssl, config->psk_hint);
  }
  SSL_set_accept_state(ssl);
  t->data = s;
  t->handshaking = true;
  return 0;
}

uint64_t transport_tls_timeout(const transport *t) { return ((const tls_stream *)t->data)->config->handshake_timeout; }

SSL *transport_ssl(const transport *t) {
  const tls_stream *s = t->data;
  return t->kind == &tls && s ? s->ssl : NULL;
}

/* The handshake waits no longer; false: it does not wait, or one is inside the question still. */
static bool stream_go_on(transport *t) {
  if (!t->suspended) return false;
  t->suspended = false;
  t->has_input = true;
  return true;
}

bool transport_tls_stored(transport *t) {
  tls_stream *s = t->kind == &tls ? t->data : NULL;
  return s && s->storing > 0 && --s->storing == 0 && stream_go_on(t);
}

bool transport_tls_resume(transport *t, SSL_SESSION *session) {
  tls_stream *s = t->kind == &tls ? t->data : NULL;
  if (!s || s->search != CHOICE_ASKED) {
    SSL_SESSION_free(session);
    return false;
  }
  s->found = session;
  s->search = CHOICE_MADE;
  return stream_go_on(t);
}

bool transport_tls_choose(transport *t, SSL_CTX *context, const void *response, size_t length) {
  tls_stream *s = t->kind == &tls ? t->data : NULL;
  if (!s || s->choice != CHOICE_ASKED) return false;
  if (context) {
    tls_hooks_install(context);
    SSL_CTX_up_ref(context);
    s->chosen = context;
  }
  unsigned char *copy = length ? OPENSSL_memdup(response, length) : NULL;
  if (copy) SSL_set_tlsext_status_ocsp_resp(s->ssl, copy, (long)length); /* OpenSSL's from now on */
  s->choice = CHOICE_MADE;
  return stream_go_on(t);
}
