'use strict';
// DiffieHellman, DiffieHellmanGroup and ECDH (node:crypto). The numbers are Buffers here, the arithmetic is in C.
const binding = internalBinding('crypto_dh');
const { Buffer } = require('../../node/buffer');
const { bigintOf, bytesOfBigint, copyBytes, encode, isAnyArrayBuffer, toBytes } = require('./util');
const {
  codes: { ERR_CRYPTO_ECDH_INVALID_FORMAT, ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY, ERR_CRYPTO_INVALID_CURVE, ERR_CRYPTO_INVALID_KEYPAIR,
    ERR_CRYPTO_UNKNOWN_DH_GROUP, ERR_INVALID_ARG_TYPE },
} = require('../errors');
const { deprecate } = require('../util');
const { validateInt32, validateString } = require('../validators');

const isGroup = (name) => binding.dhGroup(name.toLowerCase()) !== undefined;

/** Gives a constructor that is also called without `new` the methods of a class, as its own. */
function ownMethods(Class, Base) {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(Base.prototype))) {
    if (name !== 'constructor') Object.defineProperty(Class.prototype, name, { ...descriptor, enumerable: descriptor.get === undefined });
  }
}

class DiffieHellmanBase {
  _prime;

  _generator;

  _private;

  _public;

  /** @returns {Buffer | string} the public key */
  generateKeys(encoding) {
    if (this._private === undefined || this._public === undefined) {
      [this._private, this._public] = binding.dhKeys(this._prime, this._generator, this._private);
    }
    return encode(this._public, encoding);
  }

  /** @returns {Buffer | string} */
  computeSecret(key, inputEncoding, outputEncoding) {
    const other = toBytes(key, 'otherPublicKey', inputEncoding);
    if (this._private === undefined) throw Object.assign(new Error('No private key'), { code: 'ERR_CRYPTO_INVALID_STATE' });
    const secret = binding.dhSecret(this._prime, this._private, other);
    if (secret === -1) throw Object.assign(new RangeError('Supplied key is too small'), { code: 'ERR_CRYPTO_INVALID_KEYLEN' });
    if (secret === -2) throw Object.assign(new RangeError('Supplied key is too large'), { code: 'ERR_CRYPTO_INVALID_KEYLEN' });
    return encode(secret, outputEncoding);
  }

  getPrime(encoding) { return encode(Buffer.from(this._prime), encoding); }

  getGenerator(encoding) { return encode(Buffer.from(this._generator), encoding); }

  getPublicKey(encoding) {
    if (this._public === undefined) throw Object.assign(new Error('No public key - did you forget to generate one?'), { code: 'ERR_CRYPTO_INVALID_STATE' });
    return encode(Buffer.from(this._public), encoding);
  }

  getPrivateKey(encoding) {
    if (this._private === undefined) throw Object.assign(new Error('No private key - did you forget to generate one?'), { code: 'ERR_CRYPTO_INVALID_STATE' });
    return encode(Buffer.from(this._private), encoding);
  }

  get verifyError() {
    this._verifyError ??= binding.dhCheck(this._prime, this._generator);
    return this._verifyError;
  }
}

const badGenerator = () => Object.assign(new Error('error:02800065:Diffie-Hellman routines::bad generator'), {
  library: 'Diffie-Hellman routines', reason: 'bad generator', code: 'ERR_OSSL_DH_BAD_GENERATOR',
});

/** Node documentation: class DiffieHellman. Made by createDiffieHellman(prime | length[, ...]). */
function DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding) {
  if (!(this instanceof DiffieHellman)) return new DiffieHellman(sizeOrKey, keyEncoding, generator, genEncoding);
  if (typeof sizeOrKey !== 'number' && typeof sizeOrKey !== 'string' && !ArrayBuffer.isView(sizeOrKey) && !isAnyArrayBuffer(sizeOrKey)) {
    throw new ERR_INVALID_ARG_TYPE('sizeOrKey', ['number', 'string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], sizeOrKey);
  }
  if (typeof sizeOrKey === 'number') validateInt32(sizeOrKey, 'sizeOrKey');
  if (keyEncoding && !Buffer.isEncoding(keyEncoding) && keyEncoding !== 'buffer') {
    [genEncoding, generator, keyEncoding] = [generator, keyEncoding, undefined];
  }
  if (!generator) generator = 2;
  let base = generator;
  if (typeof generator === 'number') {
    validateInt32(generator, 'generator');
    if (generator < 2) {
      throw badGenerator();
    }
    base = bytesOfBigint(BigInt(generator));
  } else {
    base = copyBytes(toBytes(generator, 'generator', genEncoding));
    if (bigintOf(base) < 2n) throw badGenerator();
  }
  this._generator = base;
  this._prime = typeof sizeOrKey === 'number'
    ? binding.dhPrime(sizeOrKey, typeof generator === 'number' ? generator : Number(`0x${Buffer.from(base).toString('hex')}`))
    : copyBytes(toBytes(sizeOrKey, 'sizeOrKey', keyEncoding));
  if (typeof generator !== 'number' && this._prime.length > 0 && bigintOf(base) >= bigintOf(this._prime)) throw badGenerator();
}
ownMethods(DiffieHellman, DiffieHellmanBase);

DiffieHellman.prototype.setPublicKey = function setPublicKey(key, encoding) {
  this._public = copyBytes(toBytes(key, 'key', encoding));
  return this;
};

DiffieHellman.prototype.setPrivateKey = function setPrivateKey(key, encoding) {
  this._private = copyBytes(toBytes(key, 'key', encoding));
  return this;
};

/** Node documentation: class DiffieHellmanGroup. Made by getDiffieHellman(name). */
function DiffieHellmanGroup(name) {
  if (!(this instanceof DiffieHellmanGroup)) return new DiffieHellmanGroup(name);
  validateString(name, 'name');
  const group = binding.dhGroup(name.toLowerCase());
  if (group === undefined) throw new ERR_CRYPTO_UNKNOWN_DH_GROUP();
  [this._prime, this._generator] = group;
}
ownMethods(DiffieHellmanGroup, DiffieHellmanBase);

// ---- elliptic curves ----------------------------------------------------------------------------------------------

const FORMS = { compressed: 2, uncompressed: 4, hybrid: 6 };

function form(format = 'uncompressed') {
  if (FORMS[format] === undefined) throw new ERR_CRYPTO_ECDH_INVALID_FORMAT(format);
  return FORMS[format];
}

function checkCurve(curve) {
  validateString(curve, 'curve');
  const name = internalBinding('crypto_keygen').curveKnown(curve);
  if (name === undefined) throw new ERR_CRYPTO_INVALID_CURVE();
  return name;
}

/** Node documentation: class ECDH. Made by createECDH(curve). */
class ECDHBase {
  _curve;

  _private;

  _public;

  _given = false; // the public key was set: it need not be the private one's

  generateKeys(encoding, format) {
    [this._private, this._public] = binding.ecdhKeys(this._curve);
    this._given = false;
    return this.getPublicKey(encoding, format);
  }

  computeSecret(key, inputEncoding, outputEncoding) {
    const other = toBytes(key, 'otherPublicKey', inputEncoding);
    if (this._private === undefined) throw new ERR_CRYPTO_INVALID_KEYPAIR();
    if (this._given && !binding.ecdhKeys(this._curve, this._private)[1].equals(this._public)) throw new ERR_CRYPTO_INVALID_KEYPAIR();
    const secret = binding.ecdhSecret(this._curve, this._private, other);
    if (secret === undefined) throw new ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY();
    return encode(secret, outputEncoding);
  }

  getPublicKey(encoding, format) {
    if (this._public === undefined) {
      throw Object.assign(new Error('Failed to get ECDH public key'), { code: 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY' });
    }
    return encode(binding.ecdhConvert(this._curve, this._public, form(format)), encoding);
  }

  getPrivateKey(encoding) {
    if (this._private === undefined) throw new Error('Failed to get ECDH private key');
    return encode(Buffer.from(this._private), encoding);
  }

  setPrivateKey(key, encoding) {
    const keys = binding.ecdhKeys(this._curve, toBytes(key, 'key', encoding));
    if (keys === undefined) {
      throw Object.assign(new RangeError('Private key is not valid for specified curve.'), { code: 'ERR_CRYPTO_INVALID_KEYTYPE' });
    }
    [this._private, this._public] = keys;
    this._given = false;
    return this;
  }

  setPublicKey(key, encoding) {
    const point = binding.ecdhConvert(this._curve, toBytes(key, 'key', encoding), FORMS.uncompressed);
    if (point === undefined) throw new Error('Failed to convert Buffer to EC_POINT');
    this._public = point;
    this._given = true;
    return this;
  }
}

function ECDH(curve) {
  if (!(this instanceof ECDH)) return new ECDH(curve);
  this._curve = checkCurve(curve);
}
ownMethods(ECDH, ECDHBase);
ECDH.prototype.setPublicKey = deprecate(ECDH.prototype.setPublicKey, 'ecdh.setPublicKey() is deprecated.', 'DEP0031');

/** Node documentation: ECDH.convertKey(key, curve[, inputEncoding[, outputEncoding[, format]]]). */
ECDH.convertKey = function convertKey(key, curve, inputEncoding, outputEncoding, format) {
  const bytes = toBytes(key, 'key', inputEncoding);
  const point = binding.ecdhConvert(checkCurve(curve), bytes, form(format));
  if (point === undefined) throw new Error('Failed to convert Buffer to EC_POINT');
  return encode(point, outputEncoding);
};

/** @returns {string[]} */
const getCurves = () => binding.curves().sort();

module.exports = { DiffieHellman, DiffieHellmanGroup, ECDH, getCurves, isGroup };
