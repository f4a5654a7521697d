'use strict';
const { METHODS } = require('../internal/http/status');
const { isToken, isWireValue } = require('../internal/http/fields');

/** @param {string} text of a header's name */
const _checkIsHttpToken = (text) => isToken(text);
/** @param {string} value @returns {boolean} whether a header must not have it */
const _checkInvalidHeaderChar = (value) => !isWireValue(value);

module.exports = {
  _checkIsHttpToken, _checkInvalidHeaderChar, chunkExpression: /(?:^|\W)chunked(?:$|\W)/i, continueExpression: /(?:^|\W)100-continue(?:$|\W)/i,
  CRLF: '\r\n', methods: METHODS.toSorted(), kIncomingMessage: Symbol('IncomingMessage'),
};
