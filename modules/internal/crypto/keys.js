'use strict';
// Keys as arguments of node:crypto, and their making. A key is a handle of C; a secret in an argument may also stay
// bytes.
const binding = internalBinding('crypto_key');
const { emitWarning } = require('../warning');
const { BYTES, isBytes, toBytes } = require('./util');
const { KeyObject, handleOf, isKeyObject, makeKey, typeOf } = require('./key_object');
const { checkEncoding, parseKey } = require('./key_encoding');
const { CryptoKey, isCryptoKey, slotsOf } = require('./crypto_key');
const {
  codes: { ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE },
} = require('../errors');
const { validateString } = require('../validators');

const { SECRET, PUBLIC, PRIVATE } = binding;
const PRIVATE_KEY_TYPES = [
  'string',
  'ArrayBuffer',
  'Buffer',
  'TypedArray',
  'DataView',
  'URL',
  'KeyObject',
  'CryptoKey',
];
const KEY_TYPES = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView', 'string', 'KeyObject', 'CryptoKey'];

let warned = false;
/** @param {any} key @returns {{type: string, handle: object} | undefined} of a KeyObject or a CryptoKey (DEP0203) */
function given(key) {
  if (isKeyObject(key)) return { type: typeOf(key), handle: handleOf(key) };
  if (!isCryptoKey(key)) return undefined;
  if (!warned) {
    warned = true;
    emitWarning('Passing a CryptoKey to node:crypto functions is deprecated.', 'DeprecationWarning', 'DEP0203');
  }
  return slotsOf(key);
}

/** The same of an argument that may also be options with a key in them. */
function givenOrInner(key) {
  const hasOptions = typeof key === 'object' && key !== null && !isKeyObject(key) && !isCryptoKey(key) && !isBytes(key);
  return given(hasOptions ? key.key : key);
}

/** Node documentation: crypto.createPrivateKey(key). */
function createPrivateKey(key) {
  const inner =
    isKeyObject(key) || isCryptoKey(key) ? key : isKeyObject(key?.key) || isCryptoKey(key?.key) ? key.key : undefined;
  if (inner !== undefined) throw new ERR_INVALID_ARG_TYPE(inner === key ? 'key' : 'key.key', BYTES, inner);
  const stored = storedKey(key, 'key');
  if (stored !== undefined) return makeKey('private', stored);
  checkKind(key, 'key', PRIVATE_KEY_TYPES);
  return makeKey('private', parseKey(key, PRIVATE, 'key'));
}

/** Node documentation: crypto.createPublicKey(key): of a public or private key, or a certificate. */
function createPublicKey(key) {
  const inner = givenOrInner(key);
  if (inner !== undefined) {
    if (inner.type !== 'private') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(inner.type, 'private');
    return makeKey('public', binding.toPublic(inner.handle));
  }
  checkKind(key, 'key');
  return makeKey('public', parseKey(key, PUBLIC, 'key'));
}

/** Node documentation: crypto.createSecretKey(key[, encoding]). */
function createSecretKey(key, encoding) {
  return makeKey('secret', binding.secret(toBytes(key, 'key', encoding)));
}

function checkKind(key, name, types = KEY_TYPES) {
  if (typeof key === 'string' || (typeof key === 'object' && key !== null && !isUrl(key) && !isUrl(key.key))) return;
  throw new ERR_INVALID_ARG_TYPE(name, types, key);
}

const hrefOf = Object.getOwnPropertyDescriptor(URL.prototype, 'href').get;
/** A URL, and not what only looks like one. */
const isUrl = (value) => urlOf(value) !== undefined;

/** @returns {string | undefined} */
function urlOf(value) {
  if (typeof value !== 'object' || value === null || !('href' in value)) return undefined;
  try {
    return hrefOf.call(value);
  } catch {
    return undefined;
  }
}

/**
 * A private key that a URL names, through OpenSSL's stores.
 * @returns {object | undefined} handle; undefined: no URL is given
 */
function storedKey(key, name) {
  const url = isUrl(key) ? key : key?.key;
  if (!isUrl(url)) return undefined;
  const { properties, passphrase } = isUrl(key) ? {} : key;
  if (properties !== undefined) validateString(properties, `${name}.properties`);
  // C's strings end at a NUL.
  if (properties?.includes('\0'))
    throw new ERR_INVALID_ARG_VALUE(`${name}.properties`, properties, 'must not contain null bytes');
  if (/%00/.test(urlOf(url)))
    throw new ERR_INVALID_ARG_VALUE(isUrl(key) ? name : `${name}.key`, url, 'must not contain null bytes');
  const secret =
    passphrase === undefined || passphrase === null ? undefined : toBytes(passphrase, `${name}.passphrase`);
  return internalBinding('crypto_store').storeKey(urlOf(url), properties, secret);
}

/** For HMAC, ciphers, HKDF: a handle or bytes. */
function secretHandle(key, encoding, name = 'key') {
  const inner = given(key);
  if (inner !== undefined) {
    if (inner.type !== 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(inner.type, 'secret');
    return inner.handle;
  }
  if (typeof key !== 'string' && !isBytes(key)) throw new ERR_INVALID_ARG_TYPE(name, KEY_TYPES, key);
  return toBytes(key, name, encoding);
}

/** For signing and decryption. */
function privateHandle(key, name = 'key') {
  const inner = givenOrInner(key);
  if (inner !== undefined) {
    if (inner.type !== 'private') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(inner.type, 'private');
    return inner.handle;
  }
  const stored = storedKey(key, name);
  if (stored !== undefined) return stored;
  checkKind(key, name, PRIVATE_KEY_TYPES);
  return parseKey(key, PRIVATE, name);
}

/** For verification and encryption: a public key, or a private one. */
function publicHandle(key, name = 'key') {
  const inner = givenOrInner(key);
  if (inner !== undefined) {
    if (inner.type === 'secret') throw new ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE(inner.type, 'private or public');
    return inner.handle;
  }
  checkKind(key, name);
  return parseKey(key, PUBLIC, name);
}

module.exports = {
  CryptoKey,
  KeyObject,
  PRIVATE,
  PUBLIC,
  SECRET,
  checkEncoding,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  handleOf,
  isCryptoKey,
  isKeyObject,
  makeKey,
  privateHandle,
  publicHandle,
  secretHandle,
  typeOf,
};
