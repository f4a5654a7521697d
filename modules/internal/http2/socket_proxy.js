'use strict';
// What an app gets as a session's or request's socket: the socket itself, but for what would disturb the session.

const { codes: { ERR_HTTP2_NO_SOCKET_MANIPULATION, ERR_HTTP2_SOCKET_UNBOUND } } = require('../errors');
const { kState } = require('./state');

const ofTheSession = new Set(['setTimeout', 'ref', 'unref']);
const forbidden = new Set(['emit', 'end', 'pause', 'read', 'resume', 'write', 'setEncoding', 'setKeepAlive',
  'setNoDelay']);

function socketOf(session) {
  const socket = session[kState].socket;
  if (socket === undefined) throw new ERR_HTTP2_SOCKET_UNBOUND();
  return socket;
}

const bound = (value, owner) => (typeof value === 'function' ? value.bind(owner) : value);

/** Node documentation: http2session.socket. */
function ofSession(session) {
  return new Proxy(session, {
    get(target, name) {
      if (ofTheSession.has(name) || name === 'destroy') return bound(target[name], target);
      if (forbidden.has(name)) throw new ERR_HTTP2_NO_SOCKET_MANIPULATION();
      const socket = socketOf(target);
      return bound(socket[name], socket);
    },
    has: (target, name) => name in socketOf(target),
    getPrototypeOf: (target) => Reflect.getPrototypeOf(socketOf(target)),
    set(target, name, value) {
      if (ofTheSession.has(name) || name === 'destroy') target[name] = value;
      else if (forbidden.has(name)) throw new ERR_HTTP2_NO_SOCKET_MANIPULATION();
      else socketOf(target)[name] = value;
      return true;
    },
  });
}

const ofTheStream = new Set(['on', 'once', 'end', 'emit', 'destroy', 'readable', 'writable', 'destroyed']);
const forbiddenOfStream = new Set(['pause', 'read', 'resume', 'write']);

/** Of a stream that has lost its session there is only itself. */
const below = (stream) => stream.session?.[kState].socket ?? stream;

/** Node documentation: request.socket, response.socket. */
function ofStream(stream) {
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'setTimeout') return bound((target.session ?? target).setTimeout, target.session ?? target);
      if (forbiddenOfStream.has(name)) throw new ERR_HTTP2_NO_SOCKET_MANIPULATION();
      if (ofTheStream.has(name)) return bound(target[name], target);
      const owner = below(target);
      return bound(owner[name], owner);
    },
    has: (target, name) => name in below(target) || name in target,
    getPrototypeOf: (target) => Reflect.getPrototypeOf(below(target)),
    set(target, name, value) {
      if (name === 'setTimeout') (target.session ?? target).setTimeout = value;
      else if (forbiddenOfStream.has(name)) throw new ERR_HTTP2_NO_SOCKET_MANIPULATION();
      else if (ofTheStream.has(name)) target[name] = value;
      else below(target)[name] = value;
      return true;
    },
  });
}

module.exports = { ofSession, ofStream };
