/*
 * tls_facts.c: what there is to know of a TLS connection, as JS values.
 */
#include "tls_facts.h"

static const char *verify_code(long error) {
  switch (error) {
#define CODE(name)        \
  case X509_V_ERR_##name: \
    return #name;
    CODE(UNABLE_TO_GET_ISSUER_CERT)
    CODE(UNABLE_TO_GET_CRL)
    CODE(UNABLE_TO_DECRYPT_CERT_SIGNATURE)
    CODE(UNABLE_TO_DECRYPT_CRL_SIGNATURE)
    CODE(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY)
    CODE(CERT_SIGNATURE_FAILURE)
    CODE(CRL_SIGNATURE_FAILURE)
    CODE(CERT_NOT_YET_VALID)
    CODE(CERT_HAS_EXPIRED)
    CODE(CRL_NOT_YET_VALID)
    CODE(CRL_HAS_EXPIRED)
    CODE(ERROR_IN_CERT_NOT_BEFORE_FIELD)
    CODE(ERROR_IN_CERT_NOT_AFTER_FIELD)
    CODE(OUT_OF_MEM)
    CODE(DEPTH_ZERO_SELF_SIGNED_CERT)
    CODE(SELF_SIGNED_CERT_IN_CHAIN)
    CODE(UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
    CODE(UNABLE_TO_VERIFY_LEAF_SIGNATURE)
    CODE(CERT_CHAIN_TOO_LONG)
    CODE(CERT_REVOKED)
    CODE(INVALID_CA)
    CODE(PATH_LENGTH_EXCEEDED)
    CODE(INVALID_PURPOSE)
    CODE(CERT_UNTRUSTED)
    CODE(CERT_REJECTED)
    CODE(HOSTNAME_MISMATCH)
#undef CODE
    default:
      return "UNSPECIFIED";
  }
}

napi_value tls_verify_error(napi_env env, SSL *ssl) {
  napi_value out;
  /* A resumed session of a server whose client gave no certificate, ever, proves nothing about it. */
  const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
  bool known = SSL_get0_peer_certificate(ssl) != NULL || (SSL_session_reused(ssl) && !SSL_is_server(ssl)) ||
               (cipher != NULL && SSL_CIPHER_get_auth_nid(cipher) == NID_auth_psk);
  long error = known ? SSL_get_verify_result(ssl) : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT;
  if (error == X509_V_OK) return NULL;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_string(env, X509_verify_cert_error_string(error)));
  napi_set_element(env, out, 1, make_string(env, verify_code(error)));
  return out;
}

napi_value tls_facts(napi_env env, SSL *ssl) {
  napi_value out, alpn = NULL;
  const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const unsigned char *protocol = NULL;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_string(env, SSL_get_version(ssl)));
  if (cipher != NULL) {
    napi_set_element(env, out, 1, make_string(env, SSL_CIPHER_get_name(cipher)));
    napi_set_element(env, out, 2, make_string(env, SSL_CIPHER_standard_name(cipher)));
    napi_set_element(env, out, 3, make_string(env, SSL_CIPHER_get_version(cipher)));
  }
  if (size > 0 && js_string_latin1(env, (const char *)protocol, size, &alpn) == napi_ok)
    napi_set_element(env, out, 4, alpn);
  if (name != NULL) napi_set_element(env, out, 5, make_string(env, name));
  napi_set_element(env, out, 6, make_bool(env, SSL_session_reused(ssl) == 1));
  return out;
}

napi_value tls_certificates(napi_env env, SSL *ssl, bool own) {
  napi_value out;
  uint32_t at = 0;
  napi_create_array(env, &out);
  X509 *leaf = own ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
  if (leaf == NULL) return out;
  napi_set_element(env, out, at++, tls_certificate_object(env, leaf));
  STACK_OF(X509) *chain = own ? NULL : SSL_get0_verified_chain(ssl);
  if (chain == NULL && !own) chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
    X509 *next = sk_X509_value(chain, i);
    if (X509_cmp(next, leaf) != 0) napi_set_element(env, out, at++, tls_certificate_object(env, next));
  }
  return out;
}

napi_value tls_session_bytes(napi_env env, SSL_SESSION *session) {
  unsigned char *bytes = NULL;
  int size = session != NULL ? i2d_SSL_SESSION(session, &bytes) : 0;
  napi_value value = size > 0 ? tls_bytes(env, bytes, (size_t)size) : NULL;
  OPENSSL_free(bytes);
  return value;
}

napi_value tls_ticket(napi_env env, SSL *ssl) {
  const unsigned char *ticket = NULL;
  size_t size = 0;
  SSL_SESSION *session = SSL_get_session(ssl);
  if (session != NULL) SSL_SESSION_get0_ticket(session, &ticket, &size);
  return ticket != NULL ? tls_bytes(env, ticket, size) : NULL;
}

static const char *signature_name(int nid) {
  switch (nid) {
    case EVP_PKEY_RSA:
      return "RSA";
    case EVP_PKEY_RSA_PSS:
      return "RSA-PSS";
    case EVP_PKEY_DSA:
      return "DSA";
    case EVP_PKEY_EC:
      return "ECDSA";
    case NID_ED25519:
      return "Ed25519";
    case NID_ED448:
      return "Ed448";
    default:
      return OBJ_nid2sn(nid) != NULL && nid != NID_undef ? OBJ_nid2sn(nid) : "UNDEF";
  }
}

napi_value tls_shared_sigalgs(napi_env env, SSL *ssl) {
  napi_value out;
  char text[128];
  napi_create_array(env, &out);
  int count = SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
  for (int i = 0; i < count; i++) {
    int sign = NID_undef, hash = NID_undef;
    SSL_get_shared_sigalgs(ssl, i, &sign, &hash, NULL, NULL, NULL);
    snprintf(text, sizeof text, "%s+%s", signature_name(sign), hash != NID_undef ? OBJ_nid2sn(hash) : "UNDEF");
    napi_set_element(env, out, (uint32_t)i, make_string(env, text));
  }
  return out;
}

napi_value tls_ephemeral_key(napi_env env, SSL *ssl) {
  EVP_PKEY *key = NULL;
  napi_value out = NULL;
  char group[64];
  bool have = SSL_get_peer_tmp_key(ssl, &key) == 1 && key != NULL;
  bool ec = have && EVP_PKEY_is_a(key, "EC"), x25519 = have && EVP_PKEY_is_a(key, "X25519");
  bool x448 = have && EVP_PKEY_is_a(key, "X448");
  if (ec || x25519 || x448 || (have && EVP_PKEY_is_a(key, "DH"))) {
    bool named = ec && EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1;
    napi_create_array(env, &out);
    napi_set_element(env, out, 0, make_string(env, ec || x25519 || x448 ? "ECDH" : "DH"));
    if (named || x25519 || x448)
      napi_set_element(env, out, 1, make_string(env, named ? group : x25519 ? "X25519" : "X448"));
    napi_set_element(env, out, 2, make_int32(env, EVP_PKEY_get_bits(key)));
  } else if (SSL_version(ssl) >= TLS1_3_VERSION && SSL_get0_group_name(ssl) != NULL) {
    napi_create_array(env, &out);
    napi_set_element(env, out, 0, make_string(env, "TLSGroup"));
    napi_set_element(env, out, 1, make_string(env, SSL_get0_group_name(ssl)));
  }
  EVP_PKEY_free(key);
  return out;
}

napi_value tls_finished(napi_env env, SSL *ssl, bool peer) {
  unsigned char bytes[EVP_MAX_MD_SIZE * 2];
  size_t size = peer ? SSL_get_peer_finished(ssl, bytes, sizeof bytes) : SSL_get_finished(ssl, bytes, sizeof bytes);
  return size > 0 && size <= sizeof bytes ? tls_bytes(env, bytes, size) : NULL;
}

napi_value tls_export_key(napi_env env, SSL *ssl, napi_value length, napi_value label_text, napi_value context_bytes) {
  napi_value value = NULL;
  void *context = NULL, *data = NULL;
  size_t context_size = 0, label_size = 0, size = arg_uint32(env, length);
  if (js_buffer_create(env, size, &data, &value) != napi_ok) return NULL;
  char *label = arg_utf8(env, label_text, &label_size);
  bool with = js_bytes_get(env, context_bytes, &context, &context_size) == napi_ok;
  ERR_clear_error();
  int ok =
      label == NULL ? 0 : SSL_export_keying_material(ssl, data, size, label, label_size, context, context_size, with);
  free(label);
  return ok == 1 ? value : tls_error(env);
}
