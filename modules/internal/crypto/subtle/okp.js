'use strict';
// Ed25519, Ed448, X25519 and X448.
const raws = internalBinding('crypto_raw');
const { keygen } = internalBinding('crypto_keygen');
const { makeCryptoKey } = require('../crypto_key');
const { toArrayBuffer } = require('../util');
const common = require('./common');
const { invalid, operationError } = require('./errors');
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
  common.checkUsages(name, usages, isPrivate ? privateUsages(name) : publicUsages(name));
  common.checkJwkUse(jwk, isSigning(name) ? 'sig' : 'enc', usages, extractable);
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
  } else if (format === 'spki' || format === 'pkcs8') {
    common.checkUsages(name, usages, format === 'spki' ? publicUsages(name) : privateUsages(name));
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
  if (format === 'jwk') return common.exportedJwk(slots, isSigning(name) ? name : undefined, common.exportJwkMembers(slots));
  if (slots.type === 'private') return format === 'pkcs8' ? common.exportDer(format, slots) : undefined;
  if (format === 'raw' || format === 'raw-public') return toArrayBuffer(raws.rawExport(slots.handle, raws.raw.PUBLIC));
  return format === 'spki' ? common.exportDer(format, slots) : undefined;
}

function contextOf({ context }) {
  if (context === undefined || context.length === 0) return {};
  if (context.length > CONTEXT_MAX) throw operationError(new RangeError(`context string must be at most ${CONTEXT_MAX} bytes`));
  return { context };
}

module.exports = {
  generateKey,
  importKey,
  exportKey,
  publicUsages,
  contextOf,
  sign: (parameters, { handle }, data) => signature.sign(handle, data, contextOf(parameters)),
  verify: (parameters, { handle }, given, data) => signature.verify(handle, data, contextOf(parameters), given),
  deriveBits: (parameters, slots, length) => require('./agreement').deriveBits(parameters, slots, length),
  checkLength: (parameters, length) => require('./agreement').checkLength(parameters, length),
};
