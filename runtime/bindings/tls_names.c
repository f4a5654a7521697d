/*
 * tls_names.c: names in certificates as text. An alternative name may hold any bytes, a comma or a line's end among
 * them, and apps split the list at ", ": a name that is not plain is written as a JSON string, so that nobody gets two
 * names out of one (CVE-2021-44532).
 */
#include <openssl/x509v3.h>

#include "tls.h"

static bool plain(const unsigned char *text, int size, bool utf8) {
  for (int i = 0; i < size; i++) {
    if (text[i] < 0x20 || (text[i] > 0x7e && !utf8) || strchr("\"\\,'", text[i]) != NULL) return false;
  }
  return true;
}

/* other: the name of a kind of othername with its colon, which stands in the quotes; otherwise "" */
static void text_print(BIO *bio, const unsigned char *text, int size, bool utf8, const char *kind, const char *other) {
  if (plain(text, size, utf8)) {
    BIO_printf(bio, "%s:%s", kind, other);
    BIO_write(bio, text, size);
    return;
  }
  /* The kind of a dirName is outside of the quotes, as all others are. */
  BIO_printf(bio, "%s:\"%s", kind, other);
  for (int i = 0; i < size; i++) {
    unsigned char c = text[i];
    if (c == '"' || c == '\\')
      BIO_printf(bio, "\\%c", c);
    else if (c >= 0x20 && c != ',' && c != '\'' && (c <= 0x7e || utf8))
      BIO_write(bio, &c, 1);
    else
      BIO_printf(bio, "\\u00%02x", c);
  }
  BIO_puts(bio, "\"");
}

static void string_print(BIO *bio, const ASN1_STRING *text, bool utf8, const char *kind) {
  text_print(bio, ASN1_STRING_get0_data(text), ASN1_STRING_length(text), utf8, kind, "");
}

static void directory_print(BIO *bio, const X509_NAME *name) {
  BIO *own = BIO_new(BIO_s_mem());
  char *text = NULL;
  unsigned long flags = ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_UTF8_CONVERT | XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_DN_REV |
                        XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS;
  if (own != NULL && X509_NAME_print_ex(own, name, 0, flags) >= 0) {
    long size = BIO_get_mem_data(own, &text);
    text_print(bio, (const unsigned char *)text, (int)size, true, "DirName", "");
  }
  BIO_free(own);
}

/* IPv6 in full, every group without leading zeros. */
static void address_print(BIO *bio, const ASN1_OCTET_STRING *address) {
  const unsigned char *ip = ASN1_STRING_get0_data(address);
  int size = ASN1_STRING_length(address);
  BIO_puts(bio, "IP Address:");
  if (size == 4)
    BIO_printf(bio, "%d.%d.%d.%d", ip[0], ip[1], ip[2], ip[3]);
  else if (size == 16)
    for (int i = 0; i < 16; i += 2) BIO_printf(bio, i > 0 ? ":%X" : "%X", (unsigned)(ip[i] << 8 | ip[i + 1]));
  else
    BIO_printf(bio, "<invalid length=%d>", size);
}

static void other_print(BIO *bio, const OTHERNAME *other) {
  static const struct {
    int nid, type;
    const char *kind;
  } known[] = {{NID_id_on_SmtpUTF8Mailbox, V_ASN1_UTF8STRING, "SmtpUTF8Mailbox:"},
               {NID_XmppAddr, V_ASN1_UTF8STRING, "XmppAddr:"},
               {NID_SRVName, V_ASN1_IA5STRING, "SRVName:"},
               {NID_ms_upn, V_ASN1_UTF8STRING, "UPN:"},
               {NID_NAIRealm, V_ASN1_UTF8STRING, "NAIRealm:"}};
  int nid = OBJ_obj2nid(other->type_id);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].nid != nid || other->value->type != known[i].type) continue;
    const ASN1_STRING *text = other->value->value.asn1_string;
    text_print(bio, ASN1_STRING_get0_data(text), ASN1_STRING_length(text), known[i].type == V_ASN1_UTF8STRING,
               "othername", known[i].kind);
    return;
  }
  BIO_puts(bio, "othername:<unsupported>");
}

static void name_print(BIO *bio, const GENERAL_NAME *name) {
  char oid[128];
  switch (name->type) {
    case GEN_DNS:
      string_print(bio, name->d.ia5, false, "DNS");
      break;
    case GEN_EMAIL:
      string_print(bio, name->d.ia5, false, "email");
      break;
    case GEN_URI:
      string_print(bio, name->d.ia5, false, "URI");
      break;
    case GEN_DIRNAME:
      directory_print(bio, name->d.dirn);
      break;
    case GEN_IPADD:
      address_print(bio, name->d.ip);
      break;
    case GEN_RID:
      OBJ_obj2txt(oid, sizeof oid, name->d.rid, 1);
      BIO_printf(bio, "Registered ID:%s", oid);
      break;
    case GEN_OTHERNAME:
      other_print(bio, name->d.otherName);
      break;
    case GEN_X400:
      BIO_puts(bio, "X400Name:<unsupported>");
      break;
    default:
      BIO_puts(bio, "EdiPartyName:<unsupported>");
  }
}

/* What was printed; frees the BIO. */
static napi_value printed(napi_env env, BIO *bio) {
  char *text = NULL;
  napi_value value = NULL;
  long size = BIO_get_mem_data(bio, &text);
  js_string_utf8(env, size > 0 ? text : "", size > 0 ? (size_t)size : 0, &value);
  BIO_free(bio);
  return value;
}

napi_value tls_alternative_names(napi_env env, X509 *x) {
  GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
  BIO *bio = names != NULL ? BIO_new(BIO_s_mem()) : NULL;
  for (int i = 0; bio != NULL && i < sk_GENERAL_NAME_num(names); i++) {
    if (i > 0) BIO_puts(bio, ", ");
    name_print(bio, sk_GENERAL_NAME_value(names, i));
  }
  GENERAL_NAMES_free(names);
  return bio != NULL ? printed(env, bio) : NULL;
}

napi_value tls_info_access(napi_env env, X509 *x) {
  AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
  BIO *bio = list != NULL ? BIO_new(BIO_s_mem()) : NULL;
  for (int i = 0; bio != NULL && i < sk_ACCESS_DESCRIPTION_num(list); i++) {
    const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(list, i);
    if (i > 0) BIO_puts(bio, "\n");
    i2a_ASN1_OBJECT(bio, one->method);
    BIO_puts(bio, " - ");
    name_print(bio, one->location);
  }
  AUTHORITY_INFO_ACCESS_free(list);
  return bio != NULL ? printed(env, bio) : NULL;
}

napi_value tls_name_text(napi_env env, const X509_NAME *name) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = NULL;
  napi_value value = NULL;
  unsigned long flags =
      ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT | XN_FLAG_SEP_MULTILINE | XN_FLAG_FN_SN;
  if (bio != NULL && X509_NAME_print_ex(bio, name, 0, flags) > 0) {
    long size = BIO_get_mem_data(bio, &text);
    js_string_utf8(env, text, (size_t)size, &value);
  }
  BIO_free(bio);
  return value;
}
