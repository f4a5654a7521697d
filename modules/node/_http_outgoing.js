'use strict';
const { OutgoingMessage, parseUniqueHeadersOption } = require('../internal/http/outgoing');
const { validateHeaderName, validateHeaderValue } = require('../internal/http/fields');

module.exports = { OutgoingMessage, parseUniqueHeadersOption, validateHeaderName, validateHeaderValue };
