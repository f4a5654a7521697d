'use strict';
// keyObject.toCryptoKey(): a key is imported as it is.
const keys = internalBinding('crypto_key');
const { normalize } = require('./subtle/algorithms');
const idl = require('./subtle/idl');
const { importKeyData } = require('./webcrypto');

/** @param {'secret' | 'public' | 'private'} type @param {object} handle of C @returns {CryptoKey} */
function toCryptoKey(type, handle, algorithm, extractable, keyUsages) {
  const options = (context) => ({ __proto__: null, prefix: "Failed to execute 'toCryptoKey' on 'KeyObject'", context });
  const given = idl.AlgorithmIdentifier(algorithm, options('1st argument'));
  const usages = idl.sequenceOfKeyUsage(keyUsages, options('3rd argument'));
  const parameters = normalize(given, 'importKey');
  if (type === 'secret')
    return importKeyData('raw-secret', new Uint8Array(keys.secretExport(handle, 0)), parameters, !!extractable, usages);
  return importKeyData('KeyObject', { type, handle }, parameters, !!extractable, usages);
}

module.exports = { toCryptoKey };
