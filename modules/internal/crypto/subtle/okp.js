'use strict';
// Ed25519, Ed448, X25519 and X448.
const raws = internalBinding('crypto_raw');
const { keygen } = internalBinding('crypto_keygen');
const { makeCryptoKey } = require('../crypto_key');
const { toArrayBuffer } = require('../util');
const common = require('./common');
const { invalid, operationError, outOfRange } = require('./errors');
const { run } = require('./job');
const signature = require('./signature');

const CONTEXT_MAX = 255; // bytes
const isSigning = (name) => name.startsWith('Ed');
const publicUsages = (name) => (isSigning(name) ? ['verify'] : []);
const privateUsages = (name) => (isSigning(name) ? ['sign'] : ['deriveKey', 'deriveBits']);

async function generateKey({ name }, extractable, usages) {
  common.checkUsages(name, usages, [...publicUsages(name), ...privateUsages(name)]);
  const handles = await run(keygen, name.toLowerCase(), {});
  return common.makePair(handles, { name }, usages, publicUsages(name), privateUsages(name), extractable);
}

function importJwk(jwk, { name }, extractable, usages) {
  common.checkJwkType(jwk, 'OKP');
  const isPrivate = jwk.d !== undefined;
  if (jwk.crv === undefined) throw invalid('DataError', 'Invalid keyData');
  const x = common.jwkBytes(jwk, 'x');
  common.checkJwkUse(jwk, isSigning(name) ? 'sig' : 'enc', usages, extractable);
  common.checkUsages(name, usages, isPrivate ? privateUsages(name) : publicUsages(name));
  if (jwk.crv !== name) throw invalid('DataError', 'JWK "crv" Parameter and algorithm name mismatch');
  if (isSigning(name)) common.checkJwkAlg(jwk, [name, 'EdDSA']);
  const what = isPrivate ? raws.raw.PRIVATE : raws.raw.PUBLIC;
  const handle = raws.rawImport(what, name.toLowerCase(), undefined, isPrivate ? common.jwkBytes(jwk, 'd') : x);
  if (handle === undefined) throw invalid('DataError', 'Invalid keyData', new TypeError('Invalid JWK OKP key'));
  if (isPrivate && !raws.rawExport(handle, raws.raw.PUBLIC).equals(x)) throw invalid('DataError', 'Invalid keyData');
  return [isPrivate ? 'private' : 'public', handle];
}

function importKey(format, data, algorithm, extractable, usages) {
  const { name } = algorithm;
  let imported;
  if (format === 'jwk') {
    imported = importJwk(data, algorithm, extractable, usages);
  } else if (format === 'spki' || format === 'pkcs8' || format === 'KeyObject') {
    common.checkUsages(name, usages, common.isPublicForm(format, data) ? publicUsages(name) : privateUsages(name));
    imported = common.parseDer(format, data, name.toLowerCase());
  } else if (format === 'raw' || format === 'raw-public') {
    common.checkUsages(name, usages, publicUsages(name));
    imported = ['public', common.parsing(() => raws.rawImport(raws.raw.PUBLIC, name.toLowerCase(), undefined, data))];
  } else {
    throw common.unsupportedImport(name, format);
  }
  return makeCryptoKey(imported[0], imported[1], { name }, usages, extractable);
}

function exportKey(format, slots) {
  const { name } = slots.algorithm;
  if (format === 'jwk')
    return common.exportedJwk(slots, isSigning(name) ? name : undefined, common.exportJwkMembers(slots));
  if (slots.type === 'private') return format === 'pkcs8' ? common.exportDer(format, slots) : undefined;
  if (format === 'raw' || format === 'raw-public') return toArrayBuffer(raws.rawExport(slots.handle, raws.raw.PUBLIC));
  return format === 'spki' ? common.exportDer(format, slots) : undefined;
}

function contextOf({ context }) {
  if (context === undefined || context.length === 0) return {};
  if (context.length > CONTEXT_MAX)
    throw operationError(outOfRange(`context string must be at most ${CONTEXT_MAX} bytes`));
  return { context };
}

// ---- points of small order ----------------------------------------------------------------------------------------

const SIZES = { Ed25519: 32, Ed448: 57 }; // bytes of an encoded point

const littleEndian = (bytes) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
const P25519 = (1n << 255n) - 19n;
const P448 = (1n << 448n) - (1n << 224n) - 1n;
// y of the points of order 1, 2, 4, and 8 (where d y^4 + 2 y^2 = 1).
const ORDER_EIGHT = 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL_25519 = new Set([0n, 1n, P25519 - 1n, ORDER_EIGHT, P25519 - ORDER_EIGHT]);

/**
 * Whether a point of edwards25519 times 8 is the neutral one: then a signature says nothing (Web Cryptography,
 * 25.4.2).
 */
function isSmallOrder25519(bytes) {
  const y = littleEndian(bytes) & ((1n << 255n) - 1n);
  return SMALL_25519.has(y % P25519);
}

/** The same of edwards448, times 4. */
function isSmallOrder448(bytes) {
  const y = littleEndian(bytes.subarray(0, 56)) % P448;
  return y === 0n || y === 1n || y === P448 - 1n;
}

module.exports = {
  generateKey,
  importKey,
  exportKey,
  publicUsages,
  contextOf,
  sign: (parameters, { handle }, data) => signature.sign(handle, data, contextOf(parameters)),
  async verify(parameters, { handle, algorithm: { name } }, given, data) {
    const options = contextOf(parameters);
    const isSmall = name === 'Ed25519' ? isSmallOrder25519 : isSmallOrder448;
    const half = given.length / 2;
    if (
      isSmall(raws.rawExport(handle, raws.raw.PUBLIC)) ||
      (given.length === 2 * SIZES[name] && isSmall(given.subarray(0, half)))
    )
      return false;
    return signature.verify(handle, data, options, given);
  },
  deriveBits: (parameters, slots, length) => require('./agreement').deriveBits(parameters, slots, length),
  checkLength: (parameters, length) => require('./agreement').checkLength(parameters, length),
};
