'use strict';
// ML-DSA and ML-KEM. A private key is its seed, in every format.
const raws = internalBinding('crypto_raw');
const { keygen } = internalBinding('crypto_keygen');
const { kem } = internalBinding('crypto_kem');
const { Buffer } = require('../../../node/buffer');
const { makeCryptoKey } = require('../crypto_key');
const { toArrayBuffer } = require('../util');
const common = require('./common');
const { invalid, operationError } = require('./errors');
const { run } = require('./job');
const { contextOf } = require('./okp');
const signature = require('./signature');

const { PUBLIC, SEED } = raws.raw;
const isSigning = (name) => name.startsWith('ML-DSA');
const publicUsages = (name) => (isSigning(name) ? ['verify'] : ['encapsulateKey', 'encapsulateBits']);
const privateUsages = (name) => (isSigning(name) ? ['sign'] : ['decapsulateKey', 'decapsulateBits']);

// The ends of the object identifiers 2.16.840.1.101.3.4.3.x and .4.4.x.
const OIDS = {
  'ML-DSA-44': [3, 17],
  'ML-DSA-65': [3, 18],
  'ML-DSA-87': [3, 19],
  'ML-KEM-512': [4, 1],
  'ML-KEM-768': [4, 2],
  'ML-KEM-1024': [4, 3],
};

/** @returns {ArrayBuffer} PKCS #8 that holds the seed alone (RFC 9881 and 9935: the choice [0]) */
function pkcs8OfSeed(name, seed) {
  const algorithm = [0x30, 11, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, ...OIDS[name]];
  const key = [0x04, seed.length + 2, 0x80, seed.length];
  const head = [0x02, 1, 0, ...algorithm, ...key];
  return toArrayBuffer(Buffer.concat([Buffer.from([0x30, head.length + seed.length, ...head]), seed]));
}

async function generateKey({ name }, extractable, usages) {
  common.checkUsages(name, usages, [...publicUsages(name), ...privateUsages(name)]);
  const handles = await run(keygen, name.toLowerCase(), {});
  return common.makePair(handles, { name }, usages, publicUsages(name), privateUsages(name), extractable);
}

function importJwk(jwk, { name }, extractable, usages) {
  common.checkJwkType(jwk, 'AKP');
  const isPrivate = jwk.priv !== undefined;
  if (jwk.alg === undefined) throw invalid('DataError', 'Invalid keyData');
  const pub = common.jwkBytes(jwk, 'pub');
  common.checkJwkUse(jwk, isSigning(name) ? 'sig' : 'enc', usages, extractable);
  common.checkUsages(name, usages, isPrivate ? privateUsages(name) : publicUsages(name));
  if (jwk.alg !== name) throw invalid('DataError', 'JWK "alg" Parameter and algorithm name mismatch');
  const handle = raws.rawImport(
    isPrivate ? SEED : PUBLIC,
    name.toLowerCase(),
    undefined,
    isPrivate ? common.jwkBytes(jwk, 'priv') : pub,
  );
  if (handle === undefined) throw invalid('DataError', 'Invalid keyData', new TypeError('Invalid JWK AKP key'));
  if (isPrivate && isSigning(name) && !raws.rawExport(handle, PUBLIC).equals(pub))
    throw invalid('DataError', 'Invalid keyData');
  return [isPrivate ? 'private' : 'public', handle];
}

function importDer(format, data, name) {
  const imported = common.parseDer(format, data, name.toLowerCase());
  if (format === 'pkcs8' && raws.rawExport(imported[1], SEED) === undefined) {
    throw invalid('NotSupportedError', `Importing an ${name.slice(0, 6)} PKCS#8 key without a seed is not supported`);
  }
  return imported;
}

function importKey(format, data, algorithm, extractable, usages) {
  const { name } = algorithm;
  let imported;
  if (format === 'jwk') {
    imported = importJwk(data, algorithm, extractable, usages);
  } else if (format === 'spki' || format === 'pkcs8' || format === 'KeyObject') {
    common.checkUsages(name, usages, common.isPublicForm(format, data) ? publicUsages(name) : privateUsages(name));
    imported = importDer(format, data, name);
  } else if (format === 'raw-public' || format === 'raw-seed') {
    const isPublic = format === 'raw-public';
    common.checkUsages(name, usages, isPublic ? publicUsages(name) : privateUsages(name));
    const handle = common.parsing(() => raws.rawImport(isPublic ? PUBLIC : SEED, name.toLowerCase(), undefined, data));
    imported = [isPublic ? 'public' : 'private', handle];
  } else {
    throw common.unsupportedImport(name, format);
  }
  return makeCryptoKey(imported[0], imported[1], { name }, usages, extractable);
}

function exportKey(format, slots) {
  const { name } = slots.algorithm;
  if (format === 'jwk') return common.exportedJwk(slots, undefined, common.exportJwkMembers(slots));
  if (slots.type === 'public') {
    if (format === 'raw-public') return toArrayBuffer(raws.rawExport(slots.handle, PUBLIC));
    return format === 'spki' ? common.exportDer(format, slots) : undefined;
  }
  if (format !== 'raw-seed' && format !== 'pkcs8') return undefined;
  const seed = raws.rawExport(slots.handle, SEED);
  if (seed === undefined) {
    throw operationError(Object.assign(new Error('Failed to get raw seed'), { code: 'ERR_CRYPTO_OPERATION_FAILED' }));
  }
  return format === 'pkcs8' ? pkcs8OfSeed(name, seed) : toArrayBuffer(seed);
}

module.exports = {
  generateKey,
  importKey,
  exportKey,
  publicUsages,
  sign: (parameters, { handle }, data) => signature.sign(handle, data, contextOf(parameters)),
  verify: (parameters, { handle }, given, data) => signature.verify(handle, data, contextOf(parameters), given),
  /** @returns {Promise<[sharedKey: ArrayBuffer, ciphertext: ArrayBuffer]>} */
  encapsulate: async ({ handle }) => (await run(kem, handle, undefined)).map(toArrayBuffer),
  /** @returns {Promise<ArrayBuffer>} */
  decapsulate: async ({ handle }, ciphertext) => toArrayBuffer(await run(kem, handle, ciphertext)),
};
