'use strict';
// X509Certificate of node:crypto over runtime/bindings/crypto_x509.c.
const binding = internalBinding('crypto_x509');
const { mark, register } = require('../cloneable');
const { translate } = require('../tls_identity');
const { isKeyObject, handleOf, makeKey, typeOf } = require('./key_object');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('../errors');
const { validateBoolean, validateObject, validateString } = require('../validators');

const { HOST, EMAIL, IP } = binding.checks;
const { ALWAYS_SUBJECT, NEVER_SUBJECT, NO_WILDCARDS, NO_PARTIAL_WILDCARDS, MULTI_LABEL_WILDCARDS, SINGLE_LABEL_SUBDOMAINS } = binding.flags;

/** OpenSSL's X509_CHECK_FLAG_* of checkHost's and checkEmail's options. @returns {number} */
function flagsOf(options) {
  if (options === undefined) return 0;
  validateObject(options, 'options');
  const { subject = 'default', wildcards = true, partialWildcards = true, multiLabelWildcards = false, singleLabelSubdomains = false } = options;
  validateString(subject, 'options.subject');
  const flags = { wildcards, partialWildcards, multiLabelWildcards, singleLabelSubdomains };
  for (const [name, value] of Object.entries(flags)) validateBoolean(value, `options.${name}`);
  if (!['default', 'always', 'never'].includes(subject)) throw new ERR_INVALID_ARG_VALUE('options.subject', subject);
  return (subject === 'always' ? ALWAYS_SUBJECT : subject === 'never' ? NEVER_SUBJECT : 0) | (wildcards ? 0 : NO_WILDCARDS) |
    (partialWildcards ? 0 : NO_PARTIAL_WILDCARDS) | (multiLabelWildcards ? MULTI_LABEL_WILDCARDS : 0) |
    (singleLabelSubdomains ? SINGLE_LABEL_SUBDOMAINS : 0);
}

const shown = ['subject', 'subjectAltName', 'issuer', 'infoAccess', 'validFrom', 'validTo', 'validFromDate', 'validToDate', 'fingerprint',
  'fingerprint256', 'fingerprint512', 'keyUsage', 'serialNumber', 'signatureAlgorithm', 'signatureAlgorithmOid'];

let internals; // set by the class's static block

/** https://nodejs.org/docs/latest-v24.x/api/crypto.html#class-x509certificate */
class X509Certificate {
  #handle;
  #facts;
  #issuer;
  #key;

  /** @param {string | Buffer | TypedArray | DataView} buffer a certificate, PEM or DER */
  constructor(buffer) {
    if (typeof buffer !== 'string' && !ArrayBuffer.isView(buffer)) {
      throw new ERR_INVALID_ARG_TYPE('buffer', ['string', 'Buffer', 'TypedArray', 'DataView'], buffer);
    }
    this.#handle = binding.x509Parse(buffer);
    mark(this);
  }

  #fact(name) { return (this.#facts ??= binding.x509Facts(this.#handle))[name]; }

  #check(what, name, flags) {
    const result = binding.x509Check(this.#handle, what, name, flags);
    if (result !== undefined) return result ?? undefined;
    if (what === EMAIL) return undefined;
    const error = new TypeError('Invalid name');
    error.code = 'ERR_INVALID_ARG_VALUE';
    throw error;
  }

  get subject() { return this.#fact('subjectText'); }

  get subjectAltName() { return this.#fact('subjectaltname'); }

  get issuer() { return this.#fact('issuerText'); }

  /** The certificate above this one in a connection's chain. */
  get issuerCertificate() { return this.#issuer; }

  get infoAccess() { return this.#fact('infoAccess'); }

  get validFrom() { return this.#fact('valid_from'); }

  get validTo() { return this.#fact('valid_to'); }

  get validFromDate() { return new Date(this.#fact('from')); }

  get validToDate() { return new Date(this.#fact('to')); }

  get fingerprint() { return this.#fact('fingerprint'); }

  get fingerprint256() { return this.#fact('fingerprint256'); }

  get fingerprint512() { return this.#fact('fingerprint512'); }

  get keyUsage() { return this.#fact('ext_key_usage'); }

  get serialNumber() { return this.#fact('serialNumber'); }

  get signatureAlgorithm() { return this.#fact('algorithm'); }

  get signatureAlgorithmOid() { return this.#fact('algorithmOid'); }

  get raw() { return this.#fact('raw'); }

  get publicKey() { return (this.#key ??= makeKey('public', binding.x509PublicKey(this.#handle))); }

  /** @returns {string} PEM */
  toString() { return binding.x509Pem(this.#handle); }

  toJSON() { return this.toString(); }

  get ca() { return this.#fact('ca'); }

  /** @param {string} name @param {object} [options] @returns {string | undefined} the certificate's name that matches */
  checkHost(name, options) {
    validateString(name, 'name');
    return this.#check(HOST, name, flagsOf(options));
  }

  checkEmail(email, options) {
    validateString(email, 'email');
    return this.#check(EMAIL, email, flagsOf(options));
  }

  checkIP(ip, options) {
    validateString(ip, 'ip');
    return this.#check(IP, ip, flagsOf(options));
  }

  /** @param {X509Certificate} otherCert @returns {boolean} whether its subject issued this one; signatures are not looked at */
  checkIssued(otherCert) {
    if (!isX509Certificate(otherCert)) throw new ERR_INVALID_ARG_TYPE('otherCert', 'X509Certificate', otherCert);
    return binding.x509Issued(this.#handle, otherCert.#handle);
  }

  /** @param {KeyObject} pkey private @returns {boolean} */
  checkPrivateKey(pkey) { return binding.x509Key(this.#handle, keyOf(pkey, 'private'), false); }

  /** @param {KeyObject} pkey public @returns {boolean} whether its private half signed this */
  verify(pkey) { return binding.x509Key(this.#handle, keyOf(pkey, 'public'), true); }

  /** @returns {object} as tlsSocket.getPeerCertificate() */
  toLegacyObject() {
    this.#fact('raw');
    return translate(this.#facts);
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    if (depth < 0) return '[X509Certificate]';
    const { inspect } = require('../../node/util');
    const facts = Object.fromEntries(shown.map((name) => [name, this[name]]));
    return `X509Certificate ${inspect(facts, { ...options, depth: options.depth === null ? null : options.depth - 1 })}`;
  }

  static {
    internals = {
      is: (value) => typeof value === 'object' && value !== null && #handle in value,
      der: (certificate) => certificate.#fact('raw'),
      /** Of certificates in DER, each issued by the next. */
      chain: (list) => list.reduceRight((above, raw) => {
        const one = new this(raw);
        one.#issuer = above;
        return one;
      }, undefined),
    };
  }
}
const isX509Certificate = (value) => internals.is(value);
register({
  name: 'X509Certificate',
  is: (value) => isX509Certificate(value),
  transfers: false,
  pack: (certificate) => internals.der(certificate),
  unpack: (der) => new X509Certificate(der),
});

function keyOf(pkey, type) {
  if (!isKeyObject(pkey)) throw new ERR_INVALID_ARG_TYPE('pkey', 'KeyObject', pkey);
  if (typeOf(pkey) !== type) throw new ERR_INVALID_ARG_VALUE('pkey', pkey);
  return handleOf(pkey);
}

module.exports = { X509Certificate, chainOf: (list) => internals.chain(list) };
