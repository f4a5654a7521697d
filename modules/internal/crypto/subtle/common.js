'use strict';
// What the families of algorithms share: usages, JSON Web Keys, importing and exporting the two kinds of keys.
const keys = internalBinding('crypto_key');
const jwks = internalBinding('crypto_jwk');
const { Buffer } = require('../../../node/buffer');
const { makeCryptoKey } = require('../crypto_key');
const { toArrayBuffer } = require('../util');
const { invalid } = require('./errors');

const DER = 1;
const SPKI = 1;
const PKCS8 = 2;

/** @throws {DOMException} SyntaxError unless all usages are allowed */
function checkUsages(name, usages, allowed, label = `${name} key`) {
  if (!usages.every((one) => allowed.includes(one))) throw invalid('SyntaxError', `Unsupported key usage for ${label}`);
}

const unsupportedImport = (name, format) =>
  invalid('NotSupportedError', `Unable to import ${name} using ${format} format`);

/** Runs what parses a key. @throws {DOMException} DataError with its error as the cause */
function parsing(parse) {
  let result;
  try {
    result = parse();
  } catch (error) {
    throw invalid('DataError', 'Invalid keyData', error);
  }
  if (result === undefined) throw invalid('DataError', 'Invalid keyData', new TypeError('Invalid key data'));
  return result;
}

// ---- JSON Web Keys ------------------------------------------------------------------------------------------------

/**
 * The members that every JWK has. @param {object} jwk @param {string} kty
 * @throws {DOMException} DataError
 */
function checkJwkType(jwk, kty) {
  if (jwk.kty === undefined) throw invalid('DataError', 'Invalid keyData');
  if (jwk.kty !== kty) throw invalid('DataError', 'Invalid JWK "kty" Parameter');
}

/** `use`, `key_ops` and `ext` against what is asked for. @param {'sig' | 'enc'} use */
function checkJwkUse(jwk, use, usages, extractable) {
  const fail = (message) => {
    throw invalid('DataError', message);
  };
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) fail('Invalid JWK "use" Parameter');
  if (jwk.key_ops !== undefined) {
    if (new Set(jwk.key_ops).size !== jwk.key_ops.length) fail('Duplicate key operation');
    if (!usages.every((one) => jwk.key_ops.includes(one))) fail('Key operations and usage mismatch');
  }
  if (jwk.ext === false && extractable) fail('JWK "ext" Parameter and extractable mismatch');
}

/** @returns {Buffer} a base64url member @throws {DOMException} DataError where it is absent */
function jwkBytes(jwk, name) {
  if (jwk[name] === undefined) throw invalid('DataError', 'Invalid keyData');
  return Buffer.from(jwk[name], 'base64url');
}

function checkJwkAlg(jwk, expected) {
  if (jwk.alg !== undefined && expected !== undefined && ![expected].flat().includes(jwk.alg)) {
    throw invalid('DataError', 'JWK "alg" does not match the requested algorithm');
  }
}

/** @param {object} slots of the key @param {object} members @returns {object} the JWK, as importKey takes it */
function exportedJwk(slots, alg, members) {
  const jwk = { key_ops: [...slots.usages], ext: slots.extractable };
  if (alg !== undefined) jwk.alg = alg;
  return Object.assign(jwk, members);
}

// ---- secret keys --------------------------------------------------------------------------------------------------

/**
 * The bytes of a secret key that is imported.
 * @param {string[]} formats besides 'jwk'
 * @param {(bits: number) => string | undefined} alg of a JWK, of the key's length
 * @returns {Uint8Array}
 */
function secretBytes({ format, data, name, usages, extractable }, formats, use) {
  if (format === 'jwk') {
    checkJwkType(data, 'oct');
    const bytes = jwkBytes(data, 'k');
    checkJwkUse(data, use, usages, extractable);
    return bytes;
  }
  if (!formats.includes(format)) throw unsupportedImport(name, format);
  return data;
}

const makeSecret = (bytes, algorithm, usages, extractable) =>
  makeCryptoKey('secret', keys.secret(bytes), algorithm, usages, extractable);

/** @param {string[]} formats @returns {ArrayBuffer | object | undefined} undefined: not in this format */
function exportSecret(format, slots, formats, alg) {
  if (format === 'jwk') return exportedJwk(slots, alg, { kty: 'oct', k: keys.secretExport(slots.handle, 3) });
  return formats.includes(format) ? toArrayBuffer(keys.secretExport(slots.handle, 0)) : undefined;
}

/** Bits behind the first `bits` of the last byte become 0. @param {Uint8Array} bytes */
function maskBits(bytes, bits) {
  if (bits % 8 !== 0) bytes[bytes.length - 1] &= 0xff << (8 - (bits % 8));
  return bytes;
}

// ---- pairs --------------------------------------------------------------------------------------------------------

/** @returns {boolean} whether DER, or a KeyObject's { type, handle } (format 'KeyObject'), is a public key */
const isPublicForm = (format, data) => (format === 'KeyObject' ? data.type === 'public' : format === 'spki');

/** @returns {[type: string, handle: object]} of DER or a KeyObject @throws {DOMException} DataError */
function parseDer(format, data, type) {
  const isPublic = isPublicForm(format, data);
  const handle =
    format === 'KeyObject'
      ? data.handle
      : parsing(() => keys.parse(isPublic ? keys.PUBLIC : keys.PRIVATE, data, DER, isPublic ? SPKI : PKCS8));
  if (keys.asymmetricType(handle) !== type) throw invalid('DataError', 'Invalid key type');
  return [isPublic ? 'public' : 'private', handle];
}

/** @returns {ArrayBuffer} */
const exportDer = (format, { handle }) =>
  toArrayBuffer(
    format === 'spki' ? keys.export(handle, keys.PUBLIC, DER, SPKI) : keys.export(handle, keys.PRIVATE, DER, PKCS8),
  );

const exportJwkMembers = ({ handle }) => jwks.jwkExport(handle);

/** @param {[public: object, private: object]} handles @returns {{publicKey: CryptoKey, privateKey: CryptoKey}} */
function makePair(handles, algorithm, usages, publicUsages, privateUsages, extractable) {
  const of = (allowed) => usages.filter((one) => allowed.includes(one));
  return {
    publicKey: makeCryptoKey('public', handles[0], algorithm, of(publicUsages), true),
    privateKey: makeCryptoKey('private', handles[1], algorithm, of(privateUsages), extractable),
  };
}

module.exports = {
  checkJwkAlg,
  checkJwkType,
  checkJwkUse,
  checkUsages,
  exportDer,
  exportJwkMembers,
  exportSecret,
  exportedJwk,
  isPublicForm,
  jwkBytes,
  makePair,
  makeSecret,
  maskBits,
  parseDer,
  parsing,
  secretBytes,
  unsupportedImport,
};
