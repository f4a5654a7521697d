'use strict';
// Where sessions, streams and sockets keep what only this folder's files look at.

/** A session's or stream's state object. */
const kState = Symbol('state');
/** A socket's session. */
const kBound = Symbol('session');

module.exports = { kState, ofState: { kBound } };
