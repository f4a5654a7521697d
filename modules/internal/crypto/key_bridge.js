'use strict';
// keyObject.toCryptoKey(): a key is imported again, by the format that all algorithms of its kind take.
const keys = internalBinding('crypto_key');
const { normalize } = require('./subtle/algorithms');
const idl = require('./subtle/idl');
const { importKeyData } = require('./webcrypto');

const DER = 1;
const SPKI = 1;
const PKCS8 = 2;

/** @param {'secret' | 'public' | 'private'} type @param {object} handle of C @returns {CryptoKey} */
function toCryptoKey(type, handle, algorithm, extractable, keyUsages) {
  const options = (context) => ({ __proto__: null, prefix: 'Failed to execute \'toCryptoKey\' on \'KeyObject\'', context });
  const given = idl.AlgorithmIdentifier(algorithm, options('1st argument'));
  const usages = idl.sequenceOfKeyUsage(keyUsages, options('3rd argument'));
  const parameters = normalize(given, 'importKey');
  const [format, bytes] = type === 'secret' ? ['raw-secret', keys.secretExport(handle, 0)]
    : type === 'public' ? ['spki', keys.export(handle, keys.PUBLIC, DER, SPKI)] : ['pkcs8', keys.export(handle, keys.PRIVATE, DER, PKCS8)];
  return importKeyData(format, new Uint8Array(bytes), parameters, !!extractable, usages);
}

module.exports = { toCryptoKey };
