'use strict';
// Keys in their written forms: PEM, DER, JSON Web Keys and bare bytes, out (keyObject.export) and in (createPublicKey
// and the like). A key is a handle of C throughout.
const binding = internalBinding('crypto_key');
const jwks = internalBinding('crypto_jwk');
const raws = internalBinding('crypto_raw');
const { Buffer } = require('../../node/buffer');
const { isBytes, toBytes } = require('./util');
const {
  codes: {
    ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS,
    ERR_CRYPTO_INVALID_CURVE,
    ERR_CRYPTO_INVALID_JWK,
    ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE,
    ERR_CRYPTO_UNKNOWN_CIPHER,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
  },
} = require('../errors');
const { validateObject, validateOneOf, validateString } = require('../validators');

const { PUBLIC, PRIVATE } = binding;
const FORMATS = { __proto__: null, pem: 0, der: 1 };
const TYPES = { __proto__: null, pkcs1: 0, spki: 1, pkcs8: 2, sec1: 3 };
const ANY = -1;

// ---- out ----------------------------------------------------------------------------------------------------------

/** @returns {{ format: number, type: number, cipher?: string, passphrase? }} of export options, checked */
function checkEncoding(options, kind, keyType, name) {
  validateObject(options, name);
  const { format, type, cipher, passphrase } = options;
  if (FORMATS[format] === undefined) throw new ERR_INVALID_ARG_VALUE(`${name}.format`, format);
  const allowed = kind === PUBLIC ? ['pkcs1', 'spki'] : ['pkcs1', 'pkcs8', 'sec1'];
  if (!allowed.includes(type)) throw new ERR_INVALID_ARG_VALUE(`${name}.type`, type);
  if (type === 'pkcs1' && keyType !== undefined && keyType !== 'rsa') {
    throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'can only be used for RSA keys');
  }
  if (type === 'sec1' && keyType !== undefined && keyType !== 'ec') {
    throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'can only be used for EC keys');
  }
  if (kind === PRIVATE && cipher !== undefined && cipher !== null) {
    if (typeof cipher !== 'string') throw new ERR_INVALID_ARG_VALUE(`${name}.cipher`, cipher);
    if (format === 'der' && (type === 'pkcs1' || type === 'sec1')) {
      throw new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(type, 'does not support encryption');
    }
    if (typeof passphrase !== 'string' && !isBytes(passphrase))
      throw new ERR_INVALID_ARG_VALUE(`${name}.passphrase`, passphrase);
    return {
      format: FORMATS[format],
      type: TYPES[type],
      cipher,
      passphrase: toBytes(passphrase, `${name}.passphrase`),
    };
  }
  if (kind === PRIVATE && passphrase !== undefined) {
    throw new ERR_INVALID_ARG_VALUE(`${name}.cipher`, cipher, 'is required when a passphrase is specified');
  }
  return { format: FORMATS[format], type: TYPES[type] };
}

const POINT_FORMS = { __proto__: null, compressed: 2, uncompressed: 4 };
const RAW_FORMATS = {
  __proto__: null,
  'raw-public': raws.raw.PUBLIC,
  'raw-private': raws.raw.PRIVATE,
  'raw-seed': raws.raw.SEED,
};

const hasSeed = (type) => type.startsWith('ml-');
/** @returns {boolean} whether keys of this type have such bytes */
function isRawType(type, format) {
  if (format === 'raw-seed') return hasSeed(type);
  if (format === 'raw-private' && hasSeed(type)) return false;
  return type === 'ec' || /^(ed|x)(25519|448)$|^ml-|^slh-/.test(type);
}

function incompatible(type, format) {
  return new ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS(format, `is not supported for ${type} keys`);
}

function exportRaw(handle, format, options, name) {
  const type = binding.asymmetricType(handle);
  if (!isRawType(type, format)) throw incompatible(type, format);
  let form = POINT_FORMS.uncompressed;
  if (type === 'ec' && format === 'raw-public' && options.type !== undefined) {
    validateOneOf(options.type, `${name}.type`, Object.keys(POINT_FORMS));
    form = POINT_FORMS[options.type];
  }
  const bytes = raws.rawExport(handle, RAW_FORMATS[format], form);
  if (bytes === undefined) {
    throw Object.assign(new Error('key does not have an available seed'), { code: 'ERR_CRYPTO_OPERATION_FAILED' });
  }
  return bytes;
}

/** @returns {string | Buffer | object} a key as keyObject.export(options) gives it */
function exportKey(handle, kind, options, name) {
  const format = options?.format;
  if (format === 'jwk') {
    const members = jwks.jwkExport(handle);
    if (members === undefined) throw new ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE();
    return members;
  }
  if (
    format === 'raw-public' ? kind === PUBLIC : (format === 'raw-private' || format === 'raw-seed') && kind === PRIVATE
  ) {
    return exportRaw(handle, format, options, name);
  }
  if (RAW_FORMATS[format] !== undefined && kind === PRIVATE && !isRawType(binding.asymmetricType(handle), format)) {
    throw incompatible(binding.asymmetricType(handle), format);
  }
  const { format: code, type, cipher, passphrase } = checkEncoding(options, kind, binding.asymmetricType(handle), name);
  const result = binding.export(handle, kind, code, type, cipher, passphrase);
  if (result === null) throw new ERR_CRYPTO_UNKNOWN_CIPHER();
  return result;
}

// ---- in -----------------------------------------------------------------------------------------------------------

const CURVES = {
  __proto__: null,
  'P-256': 'prime256v1',
  secp256k1: 'secp256k1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
};
const OKP = { __proto__: null, Ed25519: 'ed25519', Ed448: 'ed448', X25519: 'x25519', X448: 'x448' };
const AKP = [
  'ML-DSA-44',
  'ML-DSA-65',
  'ML-DSA-87',
  'ML-KEM-512',
  'ML-KEM-768',
  'ML-KEM-1024',
  ...['SHA2', 'SHAKE'].flatMap((hash) =>
    [128, 192, 256].flatMap((bits) => ['f', 's'].map((kind) => `SLH-DSA-${hash}-${bits}${kind}`)),
  ),
];
const RSA_MEMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];

function invalidJwk(message) {
  const error = new ERR_CRYPTO_INVALID_JWK();
  error.message = message;
  return error;
}

/** A handle from a JSON Web Key; a private member makes it private unless a public key is wanted. */
function importJwk(jwk, wanted) {
  validateObject(jwk, 'key.key');
  const fail = (message) => {
    throw invalidJwk(message);
  };
  if (!['RSA', 'EC', 'OKP', 'AKP'].includes(jwk.kty)) fail('Unsupported JWK key type');
  const part = (name) => {
    if (typeof jwk[name] !== 'string') fail(`Invalid JWK ${jwk.kty} key`);
    return Buffer.from(jwk[name], 'base64url');
  };
  const secretMember = jwk.kty === 'AKP' ? 'priv' : 'd';
  const isPrivate = wanted === PRIVATE || (wanted !== PUBLIC && jwk[secretMember] !== undefined);
  const kind = isPrivate ? PRIVATE : PUBLIC;
  if (isPrivate && jwk[secretMember] === undefined) fail('JWK does not contain private key material');
  let handle;
  if (jwk.kty === 'OKP') {
    if (OKP[jwk.crv] === undefined) fail('Unsupported JWK OKP curve');
    const x = part('x');
    handle = raws.rawImport(
      isPrivate ? raws.raw.PRIVATE : raws.raw.PUBLIC,
      OKP[jwk.crv],
      undefined,
      isPrivate ? part('d') : x,
    );
  } else if (jwk.kty === 'AKP') {
    if (!AKP.includes(jwk.alg)) fail('Unsupported JWK AKP "alg"');
    const type = jwk.alg.toLowerCase();
    const pub = part('pub');
    const how = !isPrivate ? raws.raw.PUBLIC : hasSeed(type) ? raws.raw.SEED : raws.raw.PRIVATE;
    handle = raws.rawImport(how, type, undefined, isPrivate ? part('priv') : pub);
    if (handle !== undefined && isPrivate && !raws.rawExport(handle, raws.raw.PUBLIC).equals(pub)) handle = undefined;
  } else if (jwk.kty === 'EC') {
    if (typeof jwk.crv !== 'string') fail('Invalid JWK EC key');
    if (CURVES[jwk.crv] === undefined) throw new ERR_CRYPTO_INVALID_CURVE();
    const members = { x: part('x'), y: part('y') };
    if (isPrivate) members.d = part('d');
    handle = jwks.jwkEc(kind, CURVES[jwk.crv], members);
  } else {
    const members = {};
    for (const name of isPrivate ? RSA_MEMBERS : ['n', 'e']) members[name] = part(name);
    handle = jwks.jwkRsa(kind, members);
  }
  if (handle === undefined) fail(`Invalid JWK ${jwk.kty} key`);
  return handle;
}

const KEY_TYPES = new RegExp(
  '^(rsa|rsa-pss|dsa|dh|ec|(ed|x)(25519|448)|ml-dsa-(44|65|87)|ml-kem-(512|768|1024)|' +
    'slh-dsa-(sha2|shake)-(128|192|256)[fs])$',
);

/** A handle from bare bytes. */
function importRaw(options, format, wanted, name) {
  const { key, asymmetricKeyType: type, namedCurve } = options;
  if (!isBytes(key))
    throw new ERR_INVALID_ARG_TYPE(`${name}.key`, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], key);
  if (wanted === PRIVATE && format === 'raw-public') throw new ERR_INVALID_ARG_VALUE(`${name}.format`, format);
  validateString(type, `${name}.asymmetricKeyType`);
  if (!KEY_TYPES.test(type)) throw new ERR_INVALID_ARG_VALUE(`${name}.asymmetricKeyType`, type);
  if (!isRawType(type, format)) throw incompatible(type, format);
  let curve;
  if (type === 'ec') {
    validateString(namedCurve, `${name}.namedCurve`);
    curve = internalBinding('crypto_keygen').curveKnown(namedCurve);
    if (curve === undefined) throw new ERR_CRYPTO_INVALID_CURVE();
  }
  const handle = raws.rawImport(RAW_FORMATS[format], type, curve, key);
  if (handle === undefined) throw new ERR_INVALID_ARG_VALUE(`${name}.key`, key);
  return handle;
}

/**
 * @param {number} wanted PUBLIC or PRIVATE
 * @param {any} key as createPublicKey and createPrivateKey take it
 * @returns {object} handle
 */
function parseKey(key, wanted, name) {
  let data = key;
  let format = 'pem';
  let type;
  let passphrase;
  let encoding;
  if (typeof key === 'object' && key !== null && !isBytes(key)) {
    ({ key: data, format = 'pem', type, passphrase, encoding } = key);
    if (format === 'jwk') return importJwk(data, wanted);
    if (RAW_FORMATS[format] !== undefined) return importRaw(key, format, wanted, name);
    if (FORMATS[format] === undefined) throw new ERR_INVALID_ARG_VALUE(`${name}.format`, format);
    if (typeof data !== 'string' && !isBytes(data)) {
      throw new ERR_INVALID_ARG_TYPE(
        `${name}.key`,
        ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'KeyObject', 'CryptoKey'],
        data,
      );
    }
    if (
      format === 'der' ? TYPES[type] === undefined : type !== undefined && type !== null && TYPES[type] === undefined
    ) {
      throw new ERR_INVALID_ARG_VALUE(`${name}.type`, type);
    }
    if (wanted === PRIVATE && type === 'spki') throw new ERR_INVALID_ARG_VALUE(`${name}.type`, type);
    if (passphrase !== undefined && passphrase !== null && typeof passphrase !== 'string' && !isBytes(passphrase)) {
      throw new ERR_INVALID_ARG_VALUE(`${name}.passphrase`, passphrase);
    }
  }
  const bytes = toBytes(data, name, encoding);
  const secret = passphrase === undefined || passphrase === null ? undefined : toBytes(passphrase, name, encoding);
  return binding.parse(wanted, bytes, FORMATS[format], type === undefined || type === null ? ANY : TYPES[type], secret);
}

module.exports = { RAW_FORMATS, checkEncoding, exportKey, parseKey };
