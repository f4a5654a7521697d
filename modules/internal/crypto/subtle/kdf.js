'use strict';
// Bits from secrets and passwords: HKDF, PBKDF2, Argon2. Their keys are bytes of any number, and never leave.
const binding = internalBinding('crypto_kdf');
const hashes = internalBinding('crypto_hash');
const { digest: findDigest, toArrayBuffer } = require('../util');
const { checkUsages, makeSecret, unsupportedImport } = require('./common');
const { invalid, operationError } = require('./errors');
const { run } = require('./job');

function importKey(format, data, { name }, extractable, usages) {
  const isArgon2 = name.startsWith('Argon2');
  const supported = format === 'raw-secret' || (format === 'raw' && !isArgon2);
  if (isArgon2 && !supported) throw unsupportedImport(name, format);
  checkUsages(name, usages, ['deriveKey', 'deriveBits'], `a ${name} key`);
  if (extractable) throw invalid('SyntaxError', `${name} keys are not extractable`);
  if (!supported) throw unsupportedImport(name, format);
  return makeSecret(data, { name }, usages, false);
}

/** @param {number | null} length bits */
function checkLength({ name }, length) {
  const fail = (message) => {
    throw invalid('OperationError', message);
  };
  if (length === null) fail('length cannot be null');
  if (length % 8 !== 0) fail('length must be a multiple of 8');
  if (name.startsWith('Argon2') && length < 32) fail('length must be >= 32');
}

const nothing = new Uint8Array(0);

async function deriveBits(parameters, { handle }, length) {
  checkLength(parameters, length);
  const { name, hash, salt, info, iterations } = parameters;
  const bytes = length / 8;
  if (bytes === 0) return new ArrayBuffer(0);
  if (name === 'PBKDF2') return toArrayBuffer(await run(binding.pbkdf2, handle, salt, iterations, bytes, hash.name));
  if (name === 'HKDF') {
    if (bytes > 255 * hashes.hashOneShot(findDigest(hash.name), '', 0).length)
      throw operationError(new RangeError('Invalid key length'));
    return toArrayBuffer(await run(binding.hkdf, hash.name, handle, salt, info, bytes));
  }
  const { nonce, secretValue = nothing, associatedData = nothing, parallelism, memory, passes } = parameters;
  const variant = ['Argon2d', 'Argon2i', 'Argon2id'].indexOf(name);
  return toArrayBuffer(
    await run(binding.argon2, variant, handle, nonce, secretValue, associatedData, parallelism, memory, passes, bytes),
  );
}

module.exports = { checkLength, deriveBits, importKey, keyLength: () => null };
