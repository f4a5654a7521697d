'use strict';
// tls.createSecureContext and what goes with it: protocol versions, ciphers, trusted certificates.
const contexts = internalBinding('tls_context');
const { opensslError } = require('./tls_handle');
const {
  codes: { ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED, ERR_CRYPTO_OPERATION_FAILED, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE,
    ERR_TLS_INVALID_PROTOCOL_METHOD, ERR_TLS_INVALID_PROTOCOL_VERSION, ERR_TLS_PROTOCOL_VERSION_CONFLICT },
} = require('./errors');
const { validateInt32, validateNumber, validateString } = require('./validators');

const {
  CERT, KEY, CA, CRL, PFX, CIPHERS, SUITES, CURVES, SIGALGS, SESSION_CONTEXT, DH_PARAMETERS: DH, SYSTEM_ROOTS, PARTIAL_CHAIN,
} = contexts.settings;
const VERSIONS = { 'TLSv1': 0x301, 'TLSv1.1': 0x302, 'TLSv1.2': 0x303, 'TLSv1.3': 0x304 };

const DEFAULT_CIPHERS = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384',
  'DHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA256', 'DHE-RSA-AES128-SHA256', 'ECDHE-RSA-AES256-SHA384',
  'DHE-RSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA256', 'DHE-RSA-AES256-SHA256', 'HIGH', '!aNULL', '!eNULL', '!EXPORT', '!DES',
  '!RC4', '!MD5', '!PSK', '!SRP', '!CAMELLIA'].join(':');

const defaults = { DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE: 'auto', DEFAULT_MIN_VERSION: 'TLSv1.2', DEFAULT_MAX_VERSION: 'TLSv1.3' };

/** Where the secrets of all connections are written to (--tls-keylog). */
const keyLog = { file: undefined };

function set(context, what, value, passphrase) {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const error = contexts.contextSet(context, what, bytes, passphrase);
  if (error !== undefined) throw opensslError(error);
}

function checkBytes(value, name) {
  if (typeof value === 'string' || ArrayBuffer.isView(value)) return;
  throw new ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}

const each = (value, name, fn) => {
  for (const one of Array.isArray(value) ? value : [value]) {
    if (one === null || one === undefined || one === false || one === '') continue;
    fn(one, name);
  }
};

function version(value, fallback, kind) {
  const name = value ?? fallback;
  if (VERSIONS[name] === undefined) throw new ERR_TLS_INVALID_PROTOCOL_VERSION(name, kind);
  return VERSIONS[name];
}

/** [lowest, highest], with secureProtocol's old names. */
function versions(options) {
  const { minVersion, maxVersion, secureProtocol } = options;
  if (secureProtocol) {
    if (minVersion) throw new ERR_TLS_PROTOCOL_VERSION_CONFLICT(minVersion, secureProtocol);
    if (maxVersion) throw new ERR_TLS_PROTOCOL_VERSION_CONFLICT(maxVersion, secureProtocol);
    const exact = /^TLSv1(?:_([123]))?_(?:client_|server_)?method$/.exec(secureProtocol);
    if (exact) return Array(2).fill(0x301 + Number(exact[1] ?? 0));
    if (/^(?:TLS|SSLv23)_(?:client_|server_)?method$/.test(secureProtocol)) return [0x301, 0x304];
    if (typeof secureProtocol === 'string') {
      const old = /^(SSLv[23])_(?:client_|server_)?method$/.exec(secureProtocol);
      throw new ERR_TLS_INVALID_PROTOCOL_METHOD(old ? `${old[1]} methods disabled` : `Unknown method: ${secureProtocol}`);
    }
  }
  return [version(minVersion, defaults.DEFAULT_MIN_VERSION, 'minimum'), version(maxVersion, defaults.DEFAULT_MAX_VERSION, 'maximum')];
}

/** [suites of TLS 1.3, OpenSSL's names of older ciphers] */
function cipherLists(ciphers) {
  if (typeof ciphers !== 'string') throw new ERR_INVALID_ARG_TYPE('options.ciphers', 'string', ciphers);
  if (ciphers === '') ciphers = defaults.DEFAULT_CIPHERS;
  const names = ciphers.split(':').filter((name) => name !== '');
  const refused = new Set(names.filter((name) => name.startsWith('!TLS_')).map((name) => name.slice(1)));
  return [names.filter((name) => name.startsWith('TLS_') && !refused.has(name)), names.filter((name) => !/^!?TLS_/.test(name))];
}

/** Versions without a cipher are not spoken. */
function spoken([low, high], [suites, old]) {
  if (low >= 0x304 || high <= 0x303) return [low, high];
  return [old.length === 0 ? 0x304 : low, suites.length === 0 ? 0x303 : high];
}

function setCiphers(context, ciphers, [suites, old]) {
  if (suites.length > 0 || old.length > 0) set(context, SUITES, suites.join(':'));
  if (old.length > 0) set(context, CIPHERS, old.join(':'));
  else if (suites.length === 0) throw new ERR_INVALID_ARG_VALUE('options.ciphers', ciphers);
}

function setIdentity(context, options) {
  const { passphrase } = options;
  if (options.cert) each(options.cert, 'options.cert', (one, name) => { checkBytes(one, name); set(context, CERT, one); });
  if (options.key) {
    const many = Array.isArray(options.key);
    each(options.key, 'options.key', (one, name) => {
      const value = many ? one?.pem ?? one : one;
      checkBytes(value, name);
      const phrase = one?.passphrase ?? passphrase;
      if (phrase !== undefined && phrase !== null) validateString(phrase, 'options.passphrase');
      set(context, KEY, value, phrase);
    });
  }
  if (options.pfx) {
    each(options.pfx, 'options.pfx', (one) => {
      const value = one?.buf ?? one;
      if (typeof value !== 'string' && !ArrayBuffer.isView(value)) throw new ERR_CRYPTO_OPERATION_FAILED('Unable to load PFX certificate');
      set(context, PFX, value, one?.passphrase ?? passphrase ?? '');
    });
  }
}

/** Engines are loaded into OpenSSL as code; the OpenSSL here has none, and says so. */
function refuseEngines({ clientCertEngine, privateKeyEngine, privateKeyIdentifier }) {
  if (typeof clientCertEngine === 'string') throw new ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED();
  if (clientCertEngine !== undefined && clientCertEngine !== null) {
    throw new ERR_INVALID_ARG_TYPE('options.clientCertEngine', ['string', 'null', 'undefined'], clientCertEngine);
  }
  if (privateKeyIdentifier === undefined || privateKeyIdentifier === null) return;
  if (privateKeyEngine === undefined || privateKeyEngine === null) throw new ERR_INVALID_ARG_VALUE('options.privateKeyEngine', privateKeyEngine);
  if (typeof privateKeyEngine !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.privateKeyEngine', ['string', 'null', 'undefined'], privateKeyEngine);
  }
  if (typeof privateKeyIdentifier !== 'string') {
    throw new ERR_INVALID_ARG_TYPE('options.privateKeyIdentifier', ['string', 'null', 'undefined'], privateKeyIdentifier);
  }
  throw new ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED();
}

function checkTicketKeys(keys, name) {
  if (!ArrayBuffer.isView(keys)) throw new ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView'], keys);
  if (keys.byteLength !== 48) throw new ERR_INVALID_ARG_VALUE('options.ticketKeys', keys.byteLength, 'must be exactly 48 bytes');
}

/** Whom to trust: the given certificates, else the app's default, else the machine's and NODE_EXTRA_CA_CERTS. */
function setTrust(context, options, trusts) {
  if (options.ca) {
    each(options.ca, 'options.ca', (one, name) => {
      checkBytes(one, name);
      contexts.contextSet(context, CA, typeof one === 'string' ? Buffer.from(one) : one);
    });
  } else if (trusts && trusted !== undefined) {
    for (const one of trusted) set(context, CA, one);
  } else if (trusts) {
    set(context, SYSTEM_ROOTS);
    if (process.env.NODE_EXTRA_CA_CERTS) for (const one of extraCertificates()) contexts.contextSet(context, CA, Buffer.from(one));
  }
  if (options.allowPartialTrustChain) set(context, PARTIAL_CHAIN);
}

/** Curves, signatures, revocation, sessions. */
function setRest(context, options) {
  const curve = options.ecdhCurve ?? defaults.DEFAULT_ECDH_CURVE;
  validateString(curve, 'options.ecdhCurve');
  if (curve !== 'auto' && contexts.contextSet(context, CURVES, Buffer.from(curve)) !== undefined) {
    throw new ERR_CRYPTO_OPERATION_FAILED('Failed to set ECDH curve');
  }
  if (options.sigalgs !== undefined && options.sigalgs !== null) {
    validateString(options.sigalgs, 'options.sigalgs');
    if (options.sigalgs === '') throw new ERR_INVALID_ARG_VALUE('options.sigalgs', '');
    set(context, SIGALGS, options.sigalgs);
  }
  if (options.crl) {
    each(options.crl, 'options.crl', (one, name) => {
      checkBytes(one, name);
      const error = contexts.contextSet(context, CRL, typeof one === 'string' ? Buffer.from(one) : one);
      if (error !== undefined) throw new ERR_CRYPTO_OPERATION_FAILED('Failed to parse CRL');
    });
  }
  if (options.dhparam) {
    checkBytes(options.dhparam, 'options.dhparam');
    // Parameters that cannot be read leave the key exchange out, as on Node.
    contexts.contextSet(context, DH, options.dhparam === 'auto' ? Buffer.alloc(0) : Buffer.from(options.dhparam));
  }
  if (options.sessionIdContext !== undefined && options.sessionIdContext !== null) {
    validateString(options.sessionIdContext, 'options.sessionIdContext');
    set(context, SESSION_CONTEXT, options.sessionIdContext.slice(0, 32));
  }
  if (options.ticketKeys !== undefined && options.ticketKeys !== null) {
    checkTicketKeys(options.ticketKeys, 'options.ticketKeys');
    contexts.contextTickets(context, options.ticketKeys);
  }
}

/** Node documentation: class tls.SecureContext. `context` is the native one. */
class SecureContext {
  /** @param {boolean} [trusts] false: verifies nobody, so it needs no trusted certificates (reading them takes time) */
  constructor(options, trusts = true) {
    const context = contexts.contextNew();
    if (Array.isArray(context)) throw opensslError(context);
    this.context = context;
    const ciphers = options.ciphers ?? defaults.DEFAULT_CIPHERS;
    const lists = cipherLists(ciphers);
    const [low, high] = spoken(versions(options), lists);
    const { secureOptions, sessionTimeout } = options;
    if (secureOptions) validateNumber(secureOptions, 'secureOptions');
    if (sessionTimeout !== undefined && sessionTimeout !== null) validateInt32(sessionTimeout, 'options.sessionTimeout', 0);
    // SSL_OP_CIPHER_SERVER_PREFERENCE
    const order = options.honorCipherOrder ? 1 << 22 : 0;
    contexts.contextNumbers(context, low, high, (secureOptions || 0) + order, sessionTimeout ?? 0);
    refuseEngines(options);
    setCiphers(context, ciphers, lists);
    setTrust(context, options, trusts);
    setIdentity(context, options);
    setRest(context, options);
  }

  /** The keys of session tickets; given ones replace them. @param {ArrayBufferView} [keys] 48 bytes @returns {Buffer} */
  ticketKeys(keys) { return contexts.contextTickets(this.context, keys); }

  /** @returns {[Buffer?, Buffer?]} the certificate and its issuer's, where it is known, as DER */
  identity() { return contexts.contextIdentity(this.context); }
}

/** Node documentation: tls.createSecureContext([options]). */
const createSecureContext = (options) => new SecureContext(options ?? {});

const settings = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'ciphers', 'crl', 'dhparam', 'ecdhCurve', 'honorCipherOrder', 'maxVersion',
  'minVersion', 'secureOptions', 'secureProtocol', 'sessionIdContext', 'sessionTimeout', 'sigalgs', 'allowPartialTrustChain', 'clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier',
  'ticketKeys'];
let plain;
let trusted; // of setDefaultCACertificates, PEM

/** For a client: one context for all that set nothing special. */
function clientContext(options) {
  if (options.secureContext) return options.secureContext;
  if (settings.some((name) => options[name] !== undefined && options[name] !== null)) return createSecureContext(options);
  const key = JSON.stringify(defaults);
  if (plain?.key !== key || plain.trusted !== trusted) plain = { key, trusted, context: createSecureContext() };
  return plain.context;
}

let roots;
/** The machine's trusted certificates, as PEM. */
function rootCertificates() {
  if (roots === undefined) {
    const fs = require('fs');
    roots = [];
    for (const file of [process.env.SSL_CERT_FILE, ...contexts.rootFiles()]) {
      try {
        roots = fs.readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
        break;
      } catch { /* the next one */ }
    }
    Object.freeze(roots);
  }
  return roots;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
let extra;
/** What the file of NODE_EXTRA_CA_CERTS holds, as PEM. */
function extraCertificates() {
  if (extra !== undefined) return extra;
  const file = process.env.NODE_EXTRA_CA_CERTS;
  let text = '';
  if (file) {
    try {
      text = require('fs').readFileSync(file, 'latin1');
    } catch (error) {
      process.emitWarning(`Ignoring extra certs from \`${file}\`, load failed: ${error.message}`);
    }
  }
  return (extra = (text.match(PEM) ?? []).map((one) => `${one}\n`));
}

const lists = new Map();
/**
 * Node documentation: tls.getCACertificates([type]). jsd brings no certificates of its own: 'bundled' are the machine's.
 * @param {'default' | 'system' | 'bundled' | 'extra'} [type] @returns {readonly string[]} PEM
 */
function getCACertificates(type = 'default') {
  validateString(type, 'type');
  if (!['default', 'system', 'bundled', 'extra'].includes(type)) throw new ERR_INVALID_ARG_VALUE('type', type);
  if (type === 'bundled') return rootCertificates();
  if (!lists.has(type)) {
    const list = type === 'extra' ? extraCertificates() : type === 'system' ? rootCertificates() : [...rootCertificates(), ...extraCertificates()];
    lists.set(type, Object.freeze([...list]));
  }
  return lists.get(type);
}

/** Node documentation: tls.setDefaultCACertificates(certs): whom clients trust from now on that are told nothing else. */
function setDefaultCACertificates(certs) {
  if (!Array.isArray(certs)) throw new ERR_INVALID_ARG_TYPE('certs', 'Array', certs);
  const { X509Certificate } = require('./crypto/x509');
  const list = [];
  for (const [i, one] of certs.entries()) {
    if (typeof one !== 'string' && !ArrayBuffer.isView(one)) throw new ERR_INVALID_ARG_TYPE(`certs[${i}]`, ['string', 'ArrayBufferView'], one);
    const text = typeof one === 'string' ? one : Buffer.from(one.buffer, one.byteOffset, one.byteLength).latin1Slice();
    for (const pem of text.match(PEM) ?? []) {
      try {
        list.push(new X509Certificate(pem).toString());
      } catch { /* not one of them */ }
    }
  }
  if (certs.length > 0 && list.length === 0) throw new ERR_CRYPTO_OPERATION_FAILED('No valid certificates found in the provided array');
  trusted = [...new Set(list)];
  lists.set('default', Object.freeze([...trusted]));
}

/** Node documentation: tls.getCiphers(). */
const getCiphers = () => [...new Set(contexts.ciphers().map((name) => name.toLowerCase()))].sort();

module.exports = {
  SecureContext, createSecureContext, clientContext, rootCertificates, getCACertificates, setDefaultCACertificates, getCiphers, defaults,
  keyLog,
};
