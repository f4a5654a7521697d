'use strict';
// node:util/types: which class a value really has, whatever its prototype says. One call into the engine classifies.

const binding = internalBinding('util');

const bit = (name, number) => ({ [name](value) {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && (binding.classify(value) & number) !== 0;
} })[name];

const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const tagOf = (value) => Reflect.apply(typedArrayName, value, []);
const typedArray = (name) => ({ [`is${name}`](value) { return tagOf(value) === name; } })[`is${name}`];

const kBoxed = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7);

const types = {
  isExternal: bit('isExternal', 1 << 0),
  isDate: bit('isDate', 1 << 1),
  isArgumentsObject: bit('isArgumentsObject', 1 << 2),
  isBigIntObject: bit('isBigIntObject', 1 << 3),
  isBooleanObject: bit('isBooleanObject', 1 << 4),
  isNumberObject: bit('isNumberObject', 1 << 5),
  isStringObject: bit('isStringObject', 1 << 6),
  isSymbolObject: bit('isSymbolObject', 1 << 7),
  isBoxedPrimitive: bit('isBoxedPrimitive', kBoxed),
  isNativeError: bit('isNativeError', 1 << 8),
  isRegExp: bit('isRegExp', 1 << 9),
  isAsyncFunction: bit('isAsyncFunction', 1 << 10),
  isGeneratorFunction: bit('isGeneratorFunction', 1 << 11),
  isGeneratorObject: bit('isGeneratorObject', 1 << 12),
  isPromise: bit('isPromise', 1 << 13),
  isMap: bit('isMap', 1 << 14),
  isSet: bit('isSet', 1 << 15),
  isMapIterator: bit('isMapIterator', 1 << 16),
  isSetIterator: bit('isSetIterator', 1 << 17),
  isWeakMap: bit('isWeakMap', 1 << 18),
  isWeakSet: bit('isWeakSet', 1 << 19),
  isArrayBuffer: bit('isArrayBuffer', 1 << 20),
  isDataView: bit('isDataView', 1 << 21),
  isSharedArrayBuffer: bit('isSharedArrayBuffer', 1 << 22),
  isProxy: bit('isProxy', 1 << 23),
  isModuleNamespaceObject: bit('isModuleNamespaceObject', 1 << 24),
  isAnyArrayBuffer: bit('isAnyArrayBuffer', (1 << 20) | (1 << 22)),
  isCryptoKey(value) { return typeof value === 'object' && value !== null && value[Symbol.toStringTag] === 'CryptoKey' && 'algorithm' in value; },
  isKeyObject(value) {
    if (typeof value !== 'object' || value === null) return false;
    return value instanceof require('../crypto').KeyObject;
  },
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray: function isTypedArray(value) { return tagOf(value) !== undefined; },
  isEventTarget(value) { return typeof value === 'object' && value !== null && typeof globalThis.EventTarget === 'function' && value instanceof EventTarget; },
};
for (const name of ['Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Float32Array',
  'Float64Array', 'BigInt64Array', 'BigUint64Array']) {
  types[`is${name}`] = typedArray(name);
}
Object.defineProperty(types, 'isEventTarget', { enumerable: false });
module.exports = types;
