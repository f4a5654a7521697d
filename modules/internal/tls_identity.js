'use strict';
// Certificates as Node shows them, and whether one is the host's (RFC 6125).
const net = require('net');
const { codes: { ERR_TLS_CERT_ALTNAME_FORMAT, ERR_TLS_CERT_ALTNAME_INVALID } } = require('./errors');

/** Node's form of a certificate that C made. */
function translate(raw) {
  const names = (pairs) => {
    const out = { __proto__: null };
    for (let i = 0; i < pairs.length; i += 2) {
      const [name, value] = [pairs[i], pairs[i + 1]];
      if (out[name] === undefined) out[name] = value;
      else out[name] = Array.isArray(out[name]) ? [...out[name], value] : [out[name], value];
    }
    return out;
  };
  return {
    subject: names(raw.subject), issuer: names(raw.issuer), subjectaltname: raw.subjectaltname, infoAccess: accesses(raw.infoAccess),
    ca: raw.ca, modulus: raw.modulus, exponent: raw.exponent, pubkey: raw.pubkey, bits: raw.bits, valid_from: raw.valid_from,
    valid_to: raw.valid_to, fingerprint: raw.fingerprint, fingerprint256: raw.fingerprint256, fingerprint512: raw.fingerprint512,
    ext_key_usage: raw.ext_key_usage, serialNumber: raw.serialNumber, raw: raw.raw, asn1Curve: raw.asn1Curve, nistCurve: raw.nistCurve,
  };
}

/** Authority information access: what by which way, each with its places. */
function accesses(text) {
  if (text === undefined) return undefined;
  const out = { __proto__: null };
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (at < 0) continue;
    const value = line.slice(at + 1);
    (out[line.slice(0, at)] ??= []).push(value.startsWith('"') ? JSON.parse(value) : value);
  }
  return out;
}

/** The first of a chain; with `detailed`, each with its issuer's (a self-signed one is its own). */
function certificateOf(list, detailed) {
  if (list.length === 0) return undefined;
  const all = list.map(translate);
  if (detailed) {
    for (const one of all) {
      const above = all.find((other) => JSON.stringify(other.subject) === JSON.stringify(one.issuer));
      if (above !== undefined) one.issuerCertificate = above;
    }
  }
  return all[0];
}

function matches(host, pattern) {
  const name = host.toLowerCase().replace(/\.$/, '').split('.');
  const labels = pattern.toLowerCase().replace(/\.$/, '').split('.');
  if (name.length !== labels.length || labels.includes('') || !/^[\x21-\x7e]+$/.test(pattern)) return false;
  for (let i = 1; i < labels.length; i++) if (labels[i] !== name[i]) return false;
  const [first] = labels;
  if (!first.includes('*')) return first === name[0];
  // A wildcard is in the first label only, alone or with a prefix or suffix, and never right below a top-level domain.
  const parts = first.split('*');
  if (parts.length !== 2 || labels.length < 3 || first.startsWith('xn--') || name[0].startsWith('xn--') && first !== '*') return false;
  return name[0].length >= parts[0].length + parts[1].length && name[0].startsWith(parts[0]) && name[0].endsWith(parts[1]);
}

/** An IP address in one form only. */
function canonical(address) {
  if (net.isIPv4(address)) return address;
  try {
    return new URL(`http://[${address}]`).hostname;
  } catch {
    return address;
  }
}

/** @param {string} quoted a string of JSON @throws {SyntaxError} ERR_TLS_CERT_ALTNAME_FORMAT where it is none */
function quotedText(quoted) {
  try {
    return JSON.parse(quoted);
  } catch {
    throw new ERR_TLS_CERT_ALTNAME_FORMAT();
  }
}

/** Alternative names: a name with a quote holds a JSON string, in which ", " separates nothing. */
function splitNames(text) {
  const names = [];
  for (let at = 0; at < text.length;) {
    const comma = text.indexOf(', ', at);
    const quote = text.indexOf('"', at);
    if (quote < 0 || (comma >= 0 && comma < quote)) {
      const end = comma < 0 ? text.length : comma;
      names.push(text.slice(at, end));
      at = end + 2;
      continue;
    }
    const [quoted] = /^"(?:[^"\\\x00-\x1f]|\\.)*"/.exec(text.slice(quote)) ?? [];
    if (quoted === undefined) throw new ERR_TLS_CERT_ALTNAME_FORMAT();
    names.push(text.slice(at, quote) + quotedText(quoted));
    at = quote + quoted.length + 2;
  }
  return names;
}

/** Node documentation: tls.checkServerIdentity(hostname, cert). @returns {Error | undefined} */
function checkServerIdentity(hostname, cert) {
  const host = String(hostname);
  const alternatives = cert.subjectaltname;
  const dns = [];
  const ips = [];
  for (const name of alternatives ? splitNames(alternatives) : []) {
    if (name.startsWith('DNS:')) dns.push(name.slice(4));
    else if (name.startsWith('IP Address:')) ips.push(canonical(name.slice(11)));
  }
  let reason;
  if (net.isIP(host)) {
    if (ips.includes(canonical(host))) return undefined;
    reason = `IP: ${host} is not in the cert's list: ${ips.map((ip) => ip.replace(/^\[|\]$/g, '')).join(', ')}`;
  } else if (dns.length > 0 || cert.subject?.CN) {
    const names = dns.length > 0 ? dns : [].concat(cert.subject.CN);
    if (names.some((pattern) => matches(host, pattern))) return undefined;
    reason = dns.length > 0 ? `Host: ${host}. is not in the cert's altnames: ${alternatives}` : `Host: ${host}. is not cert's CN: ${names.join(', ')}`;
  } else {
    reason = 'Cert does not contain a DNS name';
  }
  return new ERR_TLS_CERT_ALTNAME_INVALID(reason, host, cert);
}

module.exports = { translate, certificateOf, checkServerIdentity };
