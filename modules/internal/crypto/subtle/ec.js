'use strict';
// ECDSA and ECDH on the curves of NIST.
const keys = internalBinding('crypto_key');
const jwks = internalBinding('crypto_jwk');
const raws = internalBinding('crypto_raw');
const { keygen } = internalBinding('crypto_keygen');
const { makeCryptoKey } = require('../crypto_key');
const { toArrayBuffer } = require('../util');
const common = require('./common');
const { invalid } = require('./errors');
const { run } = require('./job');
const signature = require('./signature');

const OPENSSL = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
const JWK_ALGORITHMS = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
const UNCOMPRESSED = 4;
const { PRIVATE, PUBLIC } = raws.raw;

const isSigning = (name) => name === 'ECDSA';
const publicUsages = (name) => (isSigning(name) ? ['verify'] : []);
const privateUsages = (name) => (isSigning(name) ? ['sign'] : ['deriveKey', 'deriveBits']);

async function generateKey({ name, namedCurve }, extractable, usages) {
  common.checkUsages(name, usages, [...publicUsages(name), ...privateUsages(name)]);
  const handles = await run(keygen, 'ec', { namedCurve: OPENSSL[namedCurve] });
  return common.makePair(handles, { name, namedCurve }, usages, publicUsages(name), privateUsages(name), extractable);
}

function importJwk(jwk, { name, namedCurve }, extractable, usages) {
  common.checkJwkType(jwk, 'EC');
  const isPrivate = jwk.d !== undefined;
  const given = { crv: jwk.crv };
  if (given.crv === undefined) throw invalid('DataError', 'Invalid keyData');
  const members = { x: common.jwkBytes(jwk, 'x'), y: common.jwkBytes(jwk, 'y') };
  if (isPrivate) members.d = common.jwkBytes(jwk, 'd');
  common.checkJwkUse(jwk, isSigning(name) ? 'sig' : 'enc', usages, extractable);
  common.checkUsages(name, usages, isPrivate ? privateUsages(name) : publicUsages(name));
  if (jwk.crv !== namedCurve) throw invalid('DataError', 'JWK "crv" does not match the requested algorithm');
  if (isSigning(name)) common.checkJwkAlg(jwk, JWK_ALGORITHMS[namedCurve]);
  const width = Math.ceil(Number(namedCurve.slice(2)) / 8);
  const fits = Object.values(members).every((one) => one.length === width);
  const handle = fits ? jwks.jwkEc(isPrivate ? keys.PRIVATE : keys.PUBLIC, OPENSSL[namedCurve], members) : undefined;
  if (handle === undefined) throw invalid('DataError', 'Invalid keyData', new TypeError('Invalid JWK EC key'));
  return [isPrivate ? 'private' : 'public', handle];
}

function importKey(format, data, algorithm, extractable, usages) {
  const { name, namedCurve } = algorithm;
  let imported;
  if (format === 'jwk') {
    imported = importJwk(data, algorithm, extractable, usages);
  } else if (format === 'spki' || format === 'pkcs8' || format === 'KeyObject') {
    common.checkUsages(name, usages, common.isPublicForm(format, data) ? publicUsages(name) : privateUsages(name));
    imported = common.parseDer(format, data, 'ec');
    if (keys.details(imported[1]).namedCurve !== OPENSSL[namedCurve])
      throw invalid('DataError', 'Named curve mismatch');
    // A number that is no private key of the curve OpenSSL takes from DER.
    if (format === 'pkcs8')
      common.parsing(() => raws.rawImport(PRIVATE, 'ec', OPENSSL[namedCurve], raws.rawExport(imported[1], PRIVATE)));
  } else if (format === 'raw' || format === 'raw-public') {
    common.checkUsages(name, usages, publicUsages(name));
    imported = ['public', common.parsing(() => raws.rawImport(PUBLIC, 'ec', OPENSSL[namedCurve], data))];
  } else {
    throw common.unsupportedImport(name, format);
  }
  return makeCryptoKey(imported[0], imported[1], { name, namedCurve }, usages, extractable);
}

function exportKey(format, slots) {
  if (format === 'jwk') return common.exportedJwk(slots, undefined, common.exportJwkMembers(slots));
  if (slots.type === 'private') return format === 'pkcs8' ? common.exportDer(format, slots) : undefined;
  if (format === 'raw' || format === 'raw-public')
    return toArrayBuffer(raws.rawExport(slots.handle, PUBLIC, UNCOMPRESSED));
  if (format !== 'spki') return undefined;
  // The point is written out in full, whatever form the key came in.
  const { namedCurve } = slots.algorithm;
  return common.exportDer(format, {
    handle: raws.rawImport(PUBLIC, 'ec', OPENSSL[namedCurve], raws.rawExport(slots.handle, PUBLIC, UNCOMPRESSED)),
  });
}

module.exports = {
  generateKey,
  importKey,
  exportKey,
  publicUsages,
  sign: ({ hash }, { handle }, data) => signature.sign(handle, data, { digest: hash.name }),
  verify: ({ hash }, { handle }, given, data) => signature.verify(handle, data, { digest: hash.name }, given),
  deriveBits: (parameters, slots, length) => require('./agreement').deriveBits(parameters, slots, length),
  checkLength: (parameters, length) => require('./agreement').checkLength(parameters, length),
};
