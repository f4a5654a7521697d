'use strict';
const { METHODS } = require('../internal/http/status');
const { isLenientValue, isToken, isWireValue } = require('../internal/http/fields');

/** @param {string} text of a header's name */
const _checkIsHttpToken = (text) => isToken(text);
/** @param {string} value @param {boolean} [lenient] @returns {boolean} whether a header must not have it */
const _checkInvalidHeaderChar = (value, lenient = false) => !(lenient ? isLenientValue : isWireValue)(value);

module.exports = {
  _checkIsHttpToken, _checkInvalidHeaderChar, chunkExpression: /(?:^|\W)chunked(?:$|\W)/i, continueExpression: /(?:^|\W)100-continue(?:$|\W)/i,
  CRLF: '\r\n', methods: METHODS.toSorted(), kIncomingMessage: Symbol('IncomingMessage'),
};
