'use strict';
// Secure contexts (tls.createSecureContext) and the names in certificates (tls.checkServerIdentity).
const binding = internalBinding('tls');
const { isIP } = require('./net_address');
const { codes: { ERR_INVALID_ARG_TYPE, ERR_TLS_CERT_ALTNAME_INVALID, ERR_TLS_INVALID_PROTOCOL_VERSION } } = require('./errors');
const { opensslError } = require('./crypto/keys');

const versions = { 'TLSv1': 0x301, 'TLSv1.1': 0x302, 'TLSv1.2': 0x303, 'TLSv1.3': 0x304 };
const defaults = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:' +
    'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:' +
    'ECDHE-RSA-AES128-SHA256:DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA256:' +
    'DHE-RSA-AES256-SHA256:HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK:!SRP:!CAMELLIA',
  ecdhCurve: 'auto' };

function bytes(value, name) {
  if (typeof value === 'string') return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return value;
  throw new ERR_INVALID_ARG_TYPE(`options.${name}`, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}

/** One or several of PEM texts, Buffers, or (for keys and pfx) { pem | buf, passphrase }. */
function list(value, name) {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value.flat(Infinity) : [value]).map((entry) => bytes(entry?.pem ?? entry?.buf ?? entry, name));
}

function version(name, fallback) {
  const value = versions[name ?? fallback];
  if (value === undefined) throw new ERR_TLS_INVALID_PROTOCOL_VERSION(name, 'minimum');
  return value;
}

class SecureContext {
  constructor(options = {}) {
    const all = (options.ciphers ?? defaults.ciphers).split(':').filter(Boolean);
    const passphrase = options.passphrase ?? [options.key, options.pfx].flat().find((entry) => entry?.passphrase)?.passphrase;
    const handle = binding.context({
      cert: list(options.cert, 'cert'), key: list(options.key, 'key'), pfx: list(options.pfx, 'pfx'),
      ca: options.ca === undefined || options.ca === null ? undefined : list(options.ca, 'ca'),
      passphrase,
      ciphers: all.filter((name) => !name.startsWith('TLS_')).join(':'),
      suites: all.filter((name) => name.startsWith('TLS_')).join(':'),
      curve: options.ecdhCurve === undefined || options.ecdhCurve === 'auto' ? '' : options.ecdhCurve,
      minVersion: version(options.minVersion, defaults.minVersion), maxVersion: version(options.maxVersion, defaults.maxVersion),
    });
    if (typeof handle === 'string') throw opensslError(handle);
    this.context = handle;
  }
}

/** Node documentation: tls.createSecureContext([options]). */
const createSecureContext = (options) => new SecureContext(options);

/** Whether a host's labels match a pattern's; one wildcard, as the whole first label (RFC 6125 section 6.4.3). */
function matches(host, pattern) {
  const a = host.toLowerCase().replace(/\.$/, '').split('.');
  const b = pattern.toLowerCase().replace(/\.$/, '').split('.');
  if (a.length !== b.length || b.some((label) => label === '')) return false;
  return b.every((label, i) => label === a[i] || (i === 0 && label === '*' && b.length > 2 && !a[i].startsWith('xn--')));
}

/** Node documentation: tls.checkServerIdentity(hostname, cert). @returns {Error | undefined} */
function checkServerIdentity(hostname, cert) {
  const host = `${hostname}`;
  const names = (cert.subjectaltname ?? '').split(', ').filter(Boolean);
  const dns = names.filter((name) => name.startsWith('DNS:')).map((name) => name.slice(4));
  const ips = names.filter((name) => name.startsWith('IP Address:')).map((name) => name.slice(11));
  let reason;
  if (isIP(host)) {
    if (!ips.includes(host)) reason = `IP: ${host} is not in the cert's list: ${ips.join(', ')}`;
  } else if (dns.length > 0 || ips.length > 0) {
    if (!dns.some((pattern) => matches(host, pattern))) reason = `Host: ${host}. is not in the cert's altnames: ${cert.subjectaltname}`;
  } else {
    const common = [cert.subject?.CN].flat().filter(Boolean);
    if (common.length === 0) reason = 'Cert does not contain a DNS name';
    else if (!common.some((pattern) => matches(host, pattern))) reason = `Host: ${host}. is not cert's CN: ${common}`;
  }
  return reason === undefined ? undefined : new ERR_TLS_CERT_ALTNAME_INVALID(reason, host, cert);
}

/** "CN=a\nO=b" as { CN: 'a', O: 'b' }. */
function parseName(text) {
  const out = { __proto__: null };
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at < 0) continue;
    const key = line.slice(0, at).trim();
    const value = line.slice(at + 1).trim();
    if (key in out) out[key] = [out[key], value].flat();
    else out[key] = value;
  }
  return out;
}

/** A certificate as node shows it. */
function certificate(raw) {
  const { createHash } = require('../node/crypto');
  const print = (name) => createHash(name).update(raw.raw).digest('hex').toUpperCase().match(/../g).join(':');
  return {
    subject: parseName(raw.subject), issuer: parseName(raw.issuer), subjectaltname: raw.subjectaltname, ca: false,
    valid_from: raw.valid_from, valid_to: raw.valid_to, serialNumber: raw.serialNumber, raw: raw.raw,
    fingerprint: print('sha1'), fingerprint256: print('sha256'), fingerprint512: print('sha512'),
  };
}

/** Protocol names as the wire has them: each with its length in front. */
function alpnBytes(protocols) {
  if (protocols === undefined || protocols === null) return undefined;
  if (ArrayBuffer.isView(protocols)) return protocols;
  return Buffer.concat(protocols.map((name) => {
    const text = Buffer.from(name);
    return Buffer.concat([Buffer.from([text.length]), text]);
  }));
}

module.exports = { SecureContext, createSecureContext, checkServerIdentity, certificate, alpnBytes, defaults };
