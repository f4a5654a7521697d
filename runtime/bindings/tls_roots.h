/*
 * tls_roots.h: where the machine keeps the certificates that it trusts.
 */
#ifndef JSD_RUNTIME_BINDINGS_TLS_ROOTS_H
#define JSD_RUNTIME_BINDINGS_TLS_ROOTS_H

#include <openssl/ssl.h>

/*
 * Lets `ctx` trust what the machine trusts. `root` goes before the paths that are tried ("" but in tests). Returns 0,
 * or -1 with OpenSSL's error queued. A machine without any such certificates is no error: nobody is trusted then.
 */
int tls_roots_add(SSL_CTX *ctx, const char *root);
/* The files, in the order of search, each with all certificates in PEM; ends with NULL. */
extern const char *const tls_roots_files[];

#endif
