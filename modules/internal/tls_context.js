'use strict';
// tls.createSecureContext and what goes with it: protocol versions, ciphers, trusted certificates.
const contexts = internalBinding('tls_context');
const { opensslError } = require('./tls_handle');
const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_TLS_INVALID_PROTOCOL_VERSION, ERR_TLS_PROTOCOL_VERSION_CONFLICT },
} = require('./errors');

const {
  CERT, KEY, CA, CRL, PFX, CIPHERS, SUITES, CURVES, SIGALGS, SESSION_CONTEXT, DH_PARAMETERS: DH, SYSTEM_ROOTS,
} = contexts.settings;
const VERSIONS = { 'TLSv1': 0x301, 'TLSv1.1': 0x302, 'TLSv1.2': 0x303, 'TLSv1.3': 0x304 };

const DEFAULT_CIPHERS = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384',
  'DHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA256', 'DHE-RSA-AES128-SHA256', 'ECDHE-RSA-AES256-SHA384',
  'DHE-RSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA256', 'DHE-RSA-AES256-SHA256', 'HIGH', '!aNULL', '!eNULL', '!EXPORT', '!DES',
  '!RC4', '!MD5', '!PSK', '!SRP', '!CAMELLIA'].join(':');

const defaults = { DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE: 'auto', DEFAULT_MIN_VERSION: 'TLSv1.2', DEFAULT_MAX_VERSION: 'TLSv1.3' };

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
    if (/^TLS_(?:client_|server_)?method$/.test(secureProtocol)) return [0x301, 0x304];
  }
  return [version(minVersion, defaults.DEFAULT_MIN_VERSION, 'minimum'), version(maxVersion, defaults.DEFAULT_MAX_VERSION, 'maximum')];
}

function setCiphers(context, ciphers) {
  if (typeof ciphers !== 'string') throw new ERR_INVALID_ARG_TYPE('options.ciphers', 'string', ciphers);
  const names = ciphers.split(':').filter((name) => name !== '');
  const suites = names.filter((name) => name.startsWith('TLS_'));
  const old = names.filter((name) => !name.startsWith('TLS_'));
  if (suites.length > 0 || old.length > 0) set(context, SUITES, suites.join(':'));
  if (old.length > 0) set(context, CIPHERS, old.join(':'));
  else if (suites.length === 0) throw new ERR_INVALID_ARG_VALUE('options.ciphers', ciphers);
}

function setIdentity(context, options) {
  const { passphrase } = options;
  if (options.cert) each(options.cert, 'options.cert', (one, name) => { checkBytes(one, name); set(context, CERT, one); });
  if (options.key) {
    each(options.key, 'options.key', (one, name) => {
      const value = one?.pem ?? one;
      checkBytes(value, name);
      set(context, KEY, value, one?.passphrase ?? passphrase);
    });
  }
  if (options.pfx) {
    each(options.pfx, 'options.pfx', (one) => set(context, PFX, one?.buf ?? one, one?.passphrase ?? passphrase ?? ''));
  }
}

/** Node documentation: class tls.SecureContext. `context` is the native one. */
class SecureContext {
  /** @param {boolean} [trusts] false: verifies nobody, so it needs no trusted certificates (reading them takes time) */
  constructor(options, trusts = true) {
    const context = contexts.contextNew();
    if (Array.isArray(context)) throw opensslError(context);
    this.context = context;
    const [low, high] = versions(options);
    // SSL_OP_CIPHER_SERVER_PREFERENCE
    const order = options.honorCipherOrder ? 1 << 22 : 0;
    contexts.contextNumbers(context, low, high, (options.secureOptions ?? 0) + order, options.sessionTimeout ?? 0);
    setCiphers(context, options.ciphers ?? defaults.DEFAULT_CIPHERS);
    if (options.ca) each(options.ca, 'options.ca', (one, name) => { checkBytes(one, name); set(context, CA, one); });
    else if (trusts) set(context, SYSTEM_ROOTS);
    if (process.env.NODE_EXTRA_CA_CERTS && !options.ca && trusts) {
      try { set(context, CA, require('fs').readFileSync(process.env.NODE_EXTRA_CA_CERTS)); } catch { /* warned of by Node only */ }
    }
    setIdentity(context, options);
    const curve = options.ecdhCurve ?? defaults.DEFAULT_ECDH_CURVE;
    if (curve !== 'auto') set(context, CURVES, curve);
    if (options.sigalgs) set(context, SIGALGS, options.sigalgs);
    if (options.crl) each(options.crl, 'options.crl', (one, name) => { checkBytes(one, name); set(context, CRL, one); });
    if (options.dhparam) set(context, DH, options.dhparam === 'auto' ? '' : options.dhparam);
    if (options.sessionIdContext) set(context, SESSION_CONTEXT, options.sessionIdContext.slice(0, 32));
  }

  /** The keys of session tickets; given ones replace them. @param {ArrayBufferView} [keys] 48 bytes @returns {Buffer} */
  ticketKeys(keys) { return contexts.contextTickets(this.context, keys); }

  /** @returns {[Buffer?, Buffer?]} the certificate and its issuer's, where it is known, as DER */
  identity() { return contexts.contextIdentity(this.context); }
}

/** Node documentation: tls.createSecureContext([options]). */
const createSecureContext = (options) => new SecureContext(options ?? {});

const settings = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'ciphers', 'crl', 'dhparam', 'ecdhCurve', 'honorCipherOrder', 'maxVersion',
  'minVersion', 'secureOptions', 'secureProtocol', 'sessionIdContext', 'sessionTimeout', 'sigalgs'];
let plain;
/** For a client: one context for all that set nothing special. */
function clientContext(options) {
  if (options.secureContext) return options.secureContext;
  if (settings.some((name) => options[name] !== undefined && options[name] !== null)) return createSecureContext(options);
  const key = JSON.stringify(defaults);
  if (plain?.key !== key) plain = { key, context: createSecureContext() };
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

/** Node documentation: tls.getCiphers(). */
const getCiphers = () => [...new Set(contexts.ciphers().map((name) => name.toLowerCase()))];

module.exports = { SecureContext, createSecureContext, clientContext, rootCertificates, getCiphers, defaults };
