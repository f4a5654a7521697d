'use strict';
// Parts of node:tls under the names of Node's own files, which packages have come to use.
const { SecureContext, createSecureContext } = require('../internal/tls_context');

/** Authority information as lines "method:location" -> {method: [location, ...]}. @param {string} text */
function accessOf(text) {
  const access = { __proto__: null };
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) (access[line.slice(0, colon)] ??= []).push(line.slice(colon + 1));
  }
  return access;
}

/** A peer's certificate with its texts taken apart, in place. @param {any} certificate @returns {any} or null */
function translatePeerCertificate(certificate) {
  if (!certificate) return null;
  const { issuerCertificate, infoAccess } = certificate;
  if (issuerCertificate !== null && issuerCertificate !== undefined && issuerCertificate !== certificate) {
    certificate.issuerCertificate = translatePeerCertificate(issuerCertificate);
  }
  if (typeof infoAccess === 'string') certificate.infoAccess = accessOf(infoAccess);
  return certificate;
}

module.exports = { SecureContext, createSecureContext, translatePeerCertificate };
