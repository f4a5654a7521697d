'use strict';
// The dictionaries of algorithm parameters (Node documentation: Web Crypto API, Algorithm parameters), checked as far
// as they can be without a key.
const idl = require('./idl');
const { invalid } = require('./errors');

const { copiedSource, DOMString, dictionary, octet, unsignedLong, unsignedShort } = idl;
const NAME = ['name', DOMString, true];
const bytes = (name, required) => [name, copiedSource, required];
const operation = (condition, message) => {
  if (!condition) throw invalid('OperationError', message);
};

const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'SHA3-256', 'SHA3-384', 'SHA3-512'];
const isSha3 = (hash) => hash.startsWith('SHA3-');
/** HashAlgorithmIdentifier: becomes { name } with the name's own spelling. */
const HASH = ['hash', idl.AlgorithmIdentifier, true];
function normalizeHash(dictionaryOf, type) {
  const { hash } = dictionaryOf;
  const given =
    typeof hash === 'string'
      ? hash
      : DOMString(hash.name, { prefix: 'Failed to normalize algorithm', context: 'name in hash' });
  const name = HASHES.find((one) => one === given.toUpperCase());
  if (name === undefined) {
    throw invalid(
      'NotSupportedError',
      `${given}`.toUpperCase().startsWith('SHA')
        ? 'Unrecognized algorithm name'
        : `Only SHA hashes are supported in ${type}`,
    );
  }
  dictionaryOf.hash = { name };
}

const AES_LENGTHS = [128, 192, 256];
function aesLength({ length }) {
  operation(AES_LENGTHS.includes(length), 'AES key length must be 128, 192, or 256 bits');
}

const CURVES = ['P-256', 'P-384', 'P-521'];
function namedCurve({ namedCurve: curve }) {
  if (!CURVES.includes(curve)) throw invalid('NotSupportedError', 'Unrecognized namedCurve');
}

const TAG_LENGTHS = {
  'AES-GCM': [32, 64, 96, 104, 112, 120, 128],
  'AES-OCB': [64, 96, 128],
  'CHACHA20-POLY1305': [128],
};
function aead({ name, iv, tagLength }) {
  const upper = name.toUpperCase();
  if (upper === 'CHACHA20-POLY1305') operation(iv.byteLength === 12, 'algorithm.iv must contain exactly 12 bytes');
  if (upper === 'AES-OCB') operation(iv.byteLength <= 15, 'AES-OCB algorithm.iv must be no more than 15 bytes');
  if (tagLength !== undefined)
    operation(TAG_LENGTHS[upper].includes(tagLength), `${tagLength} is not a valid ${name} tag length`);
}

function hmacLength(kind) {
  return (d, type) => {
    normalizeHash(d, type);
    if (d.length === 0) throw invalid(kind === 'import' ? 'DataError' : 'OperationError', `${type}.length cannot be 0`);
    if (kind === 'generate' && d.length === undefined && isSha3(d.hash.name)) {
      throw invalid('NotSupportedError', 'Explicit algorithm length member is required');
    }
  };
}

function argon2({ nonce, parallelism, memory, passes, version }) {
  operation(parallelism > 0, 'parallelism must be > 0 and <= 16777215');
  operation(memory >= 8 * parallelism, 'memory must be at least 8 times the degree of parallelism');
  operation(parallelism <= 16777215, 'parallelism must be > 0 and <= 16777215');
  operation(passes > 0, 'passes must be > 0');
  operation(version === undefined || version === 0x13, `${version} is not a valid Argon2 version`);
  operation(nonce.byteLength >= 8, 'nonce must be at least 8 bytes');
}

const CUSTOMIZATION_MAX = 512; // bytes
const FUNCTION_NAMES = ['', 'KMAC', 'TupleHash', 'ParallelHash'];
const MOST_BITS = 0xfffffff8; // whole bytes that a 32-bit number of bits can ask for
function cshake({ functionName, customization, outputLength }) {
  operation(outputLength <= MOST_BITS, 'Invalid CShakeParams outputLength');
  if (functionName !== undefined && !FUNCTION_NAMES.includes(String.fromCharCode(...functionName.subarray(0, 16)))) {
    throw invalid('NotSupportedError', 'Unsupported CShakeParams functionName');
  }
  operation(
    (customization?.byteLength ?? 0) <= CUSTOMIZATION_MAX,
    `CShakeParams.customization must be at most ${CUSTOMIZATION_MAX} bytes`,
  );
}

function turboShake({ outputLength, domainSeparation }) {
  operation(outputLength !== 0 && outputLength % 8 === 0, 'Invalid TurboShakeParams outputLength');
  operation(
    domainSeparation === undefined || (domainSeparation >= 0x01 && domainSeparation <= 0x7f),
    'TurboShakeParams.domainSeparation must be in range 0x01-0x7f',
  );
}

function kangarooTwelve({ outputLength, customization }) {
  operation(outputLength !== 0 && outputLength % 8 === 0, 'Invalid KangarooTwelveParams outputLength');
  operation(
    (customization?.byteLength ?? 0) <= CUSTOMIZATION_MAX,
    `KangarooTwelveParams.customization must be at most ${CUSTOMIZATION_MAX} bytes`,
  );
}

/** Every dictionary by its name: [members besides `name`, check]. */
const shapes = {
  __proto__: null,
  RsaHashedKeyGenParams: [
    [['modulusLength', unsignedLong, true], ['publicExponent', idl.Uint8ArrayOf, true], HASH],
    normalizeHash,
  ],
  RsaHashedImportParams: [[HASH], normalizeHash],
  RsaPssParams: [[['saltLength', unsignedLong, true]]],
  RsaOaepParams: [[bytes('label')]],
  EcKeyGenParams: [[['namedCurve', DOMString, true]], namedCurve],
  EcKeyImportParams: [[['namedCurve', DOMString, true]], namedCurve],
  EcdsaParams: [[HASH], normalizeHash],
  EcdhKeyDeriveParams: [[['public', idl.CryptoKey, true]]],
  AesKeyGenParams: [[['length', unsignedShort, true]], aesLength],
  AesDerivedKeyParams: [[['length', unsignedShort, true]], aesLength],
  AesCbcParams: [
    [bytes('iv', true)],
    ({ iv }) => operation(iv.byteLength === 16, 'algorithm.iv must contain exactly 16 bytes'),
  ],
  AesCtrParams: [
    [bytes('counter', true), ['length', octet, true]],
    ({ counter, length }) => {
      operation(counter.byteLength === 16, 'algorithm.counter must contain exactly 16 bytes');
      operation(length >= 1 && length <= 128, 'AES-CTR algorithm.length must be between 1 and 128');
    },
  ],
  AeadParams: [[bytes('additionalData'), bytes('iv', true), ['tagLength', octet]], aead],
  HmacKeyGenParams: [[HASH, ['length', unsignedLong]], hmacLength('generate')],
  HmacImportParams: [[HASH, ['length', unsignedLong]], hmacLength('import')],
  KmacKeyGenParams: [[['length', unsignedLong]]],
  KmacImportParams: [[['length', unsignedLong]]],
  KmacParams: [[bytes('customization'), ['outputLength', unsignedLong, true]]],
  HkdfParams: [
    [HASH, bytes('info', true), bytes('salt', true)],
    (d, type) => {
      normalizeHash(d, type);
      operation(d.info.byteLength <= 1024, 'algorithm.info must be at most 1024 bytes');
    },
  ],
  Pbkdf2Params: [
    [HASH, ['iterations', unsignedLong, true], bytes('salt', true)],
    (d, type) => {
      normalizeHash(d, type);
      operation(d.iterations > 0, 'iterations cannot be zero');
    },
  ],
  Argon2Params: [
    [
      bytes('associatedData'),
      ['memory', unsignedLong, true],
      bytes('nonce', true),
      ['parallelism', unsignedLong, true],
      ['passes', unsignedLong, true],
      bytes('secretValue'),
      ['version', octet],
    ],
    argon2,
  ],
  ContextParams: [[bytes('context')]],
  CShakeParams: [[bytes('customization'), bytes('functionName'), ['outputLength', unsignedLong, true]], cshake],
  TurboShakeParams: [
    [
      ['domainSeparation', octet],
      ['outputLength', unsignedLong, true],
    ],
    turboShake,
  ],
  KangarooTwelveParams: [[bytes('customization'), ['outputLength', unsignedLong, true]], kangarooTwelve],
};

const dictionaries = { __proto__: null, Algorithm: dictionary('Algorithm', [NAME]) };
for (const [type, [members, check]] of Object.entries(shapes))
  dictionaries[type] = dictionary(type, [NAME, ...members], check);

module.exports = { dictionaries, isSha3 };
