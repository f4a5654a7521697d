'use strict';
// RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP.
const keys = internalBinding('crypto_key');
const jwks = internalBinding('crypto_jwk');
const { keygen } = internalBinding('crypto_keygen');
const oneshot = internalBinding('crypto_oneshot');
const { makeCryptoKey } = require('../crypto_key');
const common = require('./common');
const { invalid, operationError, outOfRange } = require('./errors');
const { run } = require('./job');
const { isSha3 } = require('./parameters');
const signature = require('./signature');

const PKCS1_PADDING = 1;
const PSS_PADDING = 6;

const isOaep = (name) => name === 'RSA-OAEP';
const publicUsages = (name) => (isOaep(name) ? ['encrypt', 'wrapKey'] : ['verify']);
const privateUsages = (name) => (isOaep(name) ? ['decrypt', 'unwrapKey'] : ['sign']);

function jwkAlgorithm(name, { name: hash }) {
  if (isSha3(hash)) return undefined;
  const bits = hash.slice(4);
  if (isOaep(name)) return bits === '1' ? 'RSA-OAEP' : `RSA-OAEP-${bits}`;
  return `${name === 'RSA-PSS' ? 'PS' : 'RS'}${bits}`;
}

function makeKey(type, handle, { name, hash }, usages, extractable) {
  const { modulusLength, publicExponent } = keys.details(handle);
  return makeCryptoKey(
    type,
    handle,
    { name, modulusLength, publicExponent: new Uint8Array(publicExponent), hash },
    usages,
    extractable,
  );
}

/** @returns {number} of big-endian bytes @throws {DOMException} OperationError */
function exponentOf(bytes) {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value * 256 + bytes[i];
  if (value > 0xffffffff)
    throw invalid('OperationError', 'The publicExponent must be equivalent to an unsigned 32-bit value');
  if (value < 3 || value % 2 === 0) throw operationError();
  return value;
}

async function generateKey({ name, modulusLength, publicExponent, hash }, extractable, usages) {
  common.checkUsages(name, usages, [...publicUsages(name), ...privateUsages(name)]);
  const handles = await run(keygen, 'rsa', { modulusLength, publicExponent: exponentOf(publicExponent) });
  const algorithm = { name, modulusLength, publicExponent, hash };
  return common.makePair(handles, algorithm, usages, publicUsages(name), privateUsages(name), extractable);
}

const RSA_PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi'];

function importJwk(jwk, { name, hash }, extractable, usages) {
  common.checkJwkType(jwk, 'RSA');
  const isPrivate = jwk.d !== undefined;
  const members = {};
  for (const one of isPrivate ? ['n', 'e', ...RSA_PRIVATE] : ['n', 'e']) members[one] = common.jwkBytes(jwk, one);
  common.checkJwkUse(jwk, isOaep(name) ? 'enc' : 'sig', usages, extractable);
  common.checkUsages(name, usages, isPrivate ? privateUsages(name) : publicUsages(name));
  common.checkJwkAlg(jwk, jwkAlgorithm(name, hash));
  const handle = common.parsing(() => jwks.jwkRsa(isPrivate ? keys.PRIVATE : keys.PUBLIC, members));
  return [isPrivate ? 'private' : 'public', handle];
}

function importKey(format, data, algorithm, extractable, usages) {
  const { name } = algorithm;
  let imported;
  if (format === 'jwk') {
    imported = importJwk(data, algorithm, extractable, usages);
  } else if (format === 'spki' || format === 'pkcs8' || format === 'KeyObject') {
    common.checkUsages(name, usages, common.isPublicForm(format, data) ? publicUsages(name) : privateUsages(name));
    imported = common.parseDer(format, data, 'rsa');
  } else {
    throw common.unsupportedImport(name, format);
  }
  return makeKey(imported[0], imported[1], algorithm, usages, extractable);
}

function exportKey(format, slots) {
  const { name, hash } = slots.algorithm;
  if (format === 'jwk') return common.exportedJwk(slots, jwkAlgorithm(name, hash), common.exportJwkMembers(slots));
  return format === (slots.type === 'public' ? 'spki' : 'pkcs8') ? common.exportDer(format, slots) : undefined;
}

function checkSalt({ saltLength }, { algorithm: { modulusLength, hash } }) {
  const size = { 'SHA-1': 20 }[hash.name] ?? Number(hash.name.slice(-3)) / 8;
  const most = Math.ceil((modulusLength - 1) / 8) - size - 2;
  if (saltLength <= most) return;
  throw operationError(
    outOfRange(
      `The value of "algorithm.saltLength" is out of range. It must be >= 0 && <= ${most}. Received ${saltLength}`,
    ),
  );
}

function signatureOptions(parameters, slots) {
  const digest = slots.algorithm.hash.name;
  if (slots.algorithm.name !== 'RSA-PSS') return { digest, padding: PKCS1_PADDING };
  checkSalt(parameters, slots);
  return { digest, padding: PSS_PADDING, saltLength: parameters.saltLength };
}

const oaep =
  (encrypt) =>
  ({ label }, { handle, algorithm: { hash } }, data) =>
    run(oneshot.rsaOaep, encrypt, handle, hash.name, label ?? new Uint8Array(0), data);

module.exports = {
  generateKey,
  importKey,
  exportKey,
  publicUsages,
  sign: (parameters, slots, data) => signature.sign(slots.handle, data, signatureOptions(parameters, slots)),
  verify: (parameters, slots, given, data) =>
    signature.verify(slots.handle, data, signatureOptions(parameters, slots), given),
  encrypt: oaep(true),
  decrypt: oaep(false),
};
