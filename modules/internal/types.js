'use strict';
// node:util/types: which class a value really has, whatever its prototype says. One call into the engine classifies.

const { kindOf } = require('./cloneable');

const binding = internalBinding('util');
const is = binding.classes;

const bit = (name, number) => ({ [name](value) {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && (binding.classify(value) & number) !== 0;
} })[name];

const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const tagOf = (value) => Reflect.apply(typedArrayName, value, []);
const typedArray = (name) => ({ [`is${name}`](value) { return tagOf(value) === name; } })[`is${name}`];

const kBoxed = is.BIGINT_OBJECT | is.BOOLEAN_OBJECT | is.NUMBER_OBJECT | is.STRING_OBJECT | is.SYMBOL_OBJECT;

const types = {
  isExternal: bit('isExternal', is.EXTERNAL),
  isDate: bit('isDate', is.DATE),
  isArgumentsObject: bit('isArgumentsObject', is.ARGUMENTS),
  isBigIntObject: bit('isBigIntObject', is.BIGINT_OBJECT),
  isBooleanObject: bit('isBooleanObject', is.BOOLEAN_OBJECT),
  isNumberObject: bit('isNumberObject', is.NUMBER_OBJECT),
  isStringObject: bit('isStringObject', is.STRING_OBJECT),
  isSymbolObject: bit('isSymbolObject', is.SYMBOL_OBJECT),
  isBoxedPrimitive: bit('isBoxedPrimitive', kBoxed),
  isNativeError: bit('isNativeError', is.NATIVE_ERROR),
  isRegExp: bit('isRegExp', is.REGEXP),
  isAsyncFunction: bit('isAsyncFunction', is.ASYNC_FUNCTION),
  isGeneratorFunction: bit('isGeneratorFunction', is.GENERATOR_FUNCTION),
  isGeneratorObject: bit('isGeneratorObject', is.GENERATOR_OBJECT),
  isPromise: bit('isPromise', is.PROMISE),
  isMap: bit('isMap', is.MAP),
  isSet: bit('isSet', is.SET),
  isMapIterator: bit('isMapIterator', is.MAP_ITERATOR),
  isSetIterator: bit('isSetIterator', is.SET_ITERATOR),
  isWeakMap: bit('isWeakMap', is.WEAK_MAP),
  isWeakSet: bit('isWeakSet', is.WEAK_SET),
  isArrayBuffer: bit('isArrayBuffer', is.ARRAY_BUFFER),
  isDataView: bit('isDataView', is.DATA_VIEW),
  isSharedArrayBuffer: bit('isSharedArrayBuffer', is.SHARED_ARRAY_BUFFER),
  isProxy: bit('isProxy', is.PROXY),
  isModuleNamespaceObject: bit('isModuleNamespaceObject', is.MODULE_NAMESPACE),
  isAnyArrayBuffer: bit('isAnyArrayBuffer', is.ARRAY_BUFFER | is.SHARED_ARRAY_BUFFER),
  isCryptoKey(value) { return kindOf(value)?.name === 'CryptoKey'; },
  isKeyObject(value) { return kindOf(value)?.name === 'KeyObject'; },
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
