'use strict';
const { IncomingMessage } = require('../internal/http/incoming');

/** Lets a socket's bytes flow, or not. */
function readStart(socket) { socket?.resume?.(); }
function readStop(socket) { socket?.pause?.(); }

module.exports = { IncomingMessage, readStart, readStop };
