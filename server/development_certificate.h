/*
 * development_certificate: the certificate of `jsd serve --tls`: an ECDSA key and a certificate signed with itself for
 * localhost, 127.0.0.1 and ::1, kept in the user's data folder, so that it has to be trusted once and not at each
 * start.
 */
#ifndef JSD_SERVER_DEVELOPMENT_CERTIFICATE_H
#define JSD_SERVER_DEVELOPMENT_CERTIFICATE_H

#include <stddef.h>

/* Paths of its two files (both of `size` bytes), made where they are missing or about to expire: in $XDG_DATA_HOME/jsd
 * or ~/.local/share/jsd. 0, or -1 with a line in why. */
int development_certificate_find(char *cert, char *key, size_t size, char *why, size_t why_size);

#endif
