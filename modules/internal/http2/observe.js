'use strict';
// Performance entries of sessions and streams (Node documentation: "Collecting HTTP/2 performance metrics"), made when
// somebody observes 'http2'.

const binding = internalBinding('h2');
const registry = require('../performance_observers');
const { now } = require('./parts');
const { kState } = require('./state');

const TYPE = 'http2';
const tell = (name, start, detail) => registry.enqueue(name, TYPE, start, now() - start, detail);

const sessionCounts = () => ({ start: 0, streams: 0, streamTime: 0, most: 0, rtt: 0 });
const streamCounts = () => ({ start: now(), header: 0, byte: 0, sent: 0, read: 0, written: 0 });

function sessionStarted(session) { session[kState].counts.start = now(); }

function streamStarted(session) {
  const { counts, streams } = session[kState];
  counts.streams++;
  if (streams.size > counts.most) counts.most = streams.size;
}

function sessionDone(session) {
  const { counts, core, type } = session[kState];
  if (counts.start === 0 || !core?.native || !registry.observed(TYPE)) return;
  const [bytesRead, bytesWritten, framesReceived, framesSent] = binding.counters(core.native);
  tell('Http2Session', counts.start, {
    bytesRead, bytesWritten, framesReceived, framesSent, maxConcurrentStreams: counts.most, pingRTT: counts.rtt,
    streamAverageDuration: counts.streams > 0 ? counts.streamTime / counts.streams : 0, streamCount: counts.streams,
    type: type === 0 ? 'server' : 'client',
  });
}

function streamDone(session, id, counts) {
  const duration = now() - counts.start;
  session[kState].counts.streamTime += duration;
  if (!registry.observed(TYPE)) return;
  const since = (at) => (at === 0 ? 0 : at - counts.start);
  tell('Http2Stream', counts.start, {
    bytesRead: counts.read, bytesWritten: counts.written, id, timeToFirstByte: since(counts.byte),
    timeToFirstByteSent: since(counts.sent), timeToFirstHeader: since(counts.header),
  });
}

module.exports = { sessionCounts, sessionDone, sessionStarted, streamCounts, streamDone, streamStarted };
