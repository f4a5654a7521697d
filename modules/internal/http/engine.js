'use strict';
// The JS end of the HTTP engine's bindings: exchanges and connections by number, and the events that C reports for
// them. The numbers of events and options are what server/bindings/ exports.

const server = internalBinding('http_server');
const exchange = internalBinding('http_exchange');
const peers = internalBinding('http_peer');

const { EVENT_DATA, EVENT_END, EVENT_DRAIN, EVENT_FINISH, EVENT_CLOSE } = exchange.events;
const { PEER_CLOSE, PEER_TIMEOUT } = peers.events;
// Of respond, head and end; of server.set; kinds of a server's onServer; bits of a request's facts.
const { flags } = exchange;
const { options, events: serverEvents, facts } = server;

/**
 * Who answers exchange `slot`: an object with onData(buffer), onEnd(trailers), onDrain(), onFinish(), onClose(errno).
 * It stays here until it ends quietly or is closed.
 */
const live = [];
/** `req`: the request whose listeners run. `count` counts the calls of an app's request function: an exchange's number is not used again within one turn. */
const turn = { count: 0, req: null };
/** Sockets of the connections that somebody asked for. */
const sockets = [];

function onEvent(slot, kind, argument) {
  const owner = live[slot];
  if (owner === undefined) return;
  switch (kind) {
    case EVENT_DATA: owner.onData(argument); break;
    case EVENT_END: owner.onEnd(argument); break;
    case EVENT_DRAIN: owner.onDrain(); break;
    case EVENT_FINISH: owner.onFinish(); break;
    case EVENT_CLOSE:
      live[slot] = undefined;
      owner.onClose(argument);
      break;
    default:
  }
}

/** Connections over streams of the app's own: id -> {closed(errno)}; sockets[id] is the stream itself. */
const streams = new Map();

function attach(id, stream, owner) {
  sockets[id] = stream;
  streams.set(id, owner);
}

function onPeer(id, kind, error) {
  const socket = sockets[id];
  const owner = streams.get(id);
  if (owner !== undefined) {
    if (kind !== PEER_CLOSE) return;
    sockets[id] = undefined;
    streams.delete(id);
    owner.closed(error);
    return;
  }
  if (kind === PEER_CLOSE) {
    sockets[id] = undefined;
    socket?._onPeerClose(error);
  } else if (kind === PEER_TIMEOUT) {
    socket?._onPeerTimeout();
  }
}

let ready = false;
/** Called before the first server of this process is made. */
function setup() {
  if (ready) return;
  ready = true;
  server.setup(onEvent, onPeer);
}

let ServerSocket;
/** A socket without a connection's number. */
function standIn() {
  ServerSocket ??= require('./server_socket').ServerSocket;
  return new ServerSocket(-1);
}

/** A socket that stands for a connection which is gone. */
function goneSocket() {
  const socket = standIn();
  socket.destroy();
  return socket;
}

/** The socket of connection number `id`: always the same object for one connection. */
function socketAt(id) {
  if (id < 0) return goneSocket();
  let socket = sockets[id];
  if (socket === undefined) {
    ServerSocket ??= require('./server_socket').ServerSocket;
    socket = sockets[id] = peers.secure(id) ? require('./secure_socket').makeSecureSocket(id) : new ServerSocket(id);
  }
  return socket;
}

/** The socket that carries exchange `slot`. */
function socketOf(slot) {
  const socket = socketAt(exchange.peer(slot));
  socket._exchange = slot;
  if (socket.server === null) socket.server = socket._server = live[slot]?._server ?? null;
  return socket;
}

/** The socket of a request that was answered in this turn. */
function socketAfter(req) { return req._slot < -1 ? socketOf(-2 - req._slot) : socketAt(req._lastPeer); }

/** Emits from the next tick, once whoever listens in this turn has done so. */
function emitLater(emitter, type) {
  process.nextTick(() => emitter.emit(type));
}

module.exports = {
  server, exchange, peers, flags, options, serverEvents, facts, live, sockets, turn, setup, attach, standIn, socketAt, socketOf, socketAfter, emitLater,
  bodyResume(slot) { exchange.resume(slot); },
  bodyPause(slot) { exchange.pause(slot); },
  destroyExchange(slot) { exchange.destroy(slot); },
};
