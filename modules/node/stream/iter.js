'use strict';
// node:stream/iter, behind --experimental-stream-iter.
// https://nodejs.org/docs/latest-v24.x/api/stream_iter.html

const { from, fromSync, symbols } = require('../../internal/stream_iter/bytes');
const { pipeTo, pipeToSync, pull, pullSync } = require('../../internal/stream_iter/pull');
const { duplex, push } = require('../../internal/stream_iter/push');
const consume = require('../../internal/stream_iter/consume');
const { Broadcast, broadcast } = require('../../internal/stream_iter/broadcast');
const { Share, SyncShare, share, shareSync } = require('../../internal/stream_iter/share');
const classic = require('../../internal/stream_iter/classic');
const { Readable, Writable } = require('../stream');

require('../../internal/experimental').warnExperimental('stream/iter');

const Stream = Object.freeze({
  __proto__: null,
  ...consume,
  ...symbols,
  broadcast,
  duplex,
  from,
  fromReadable: classic.fromReadable,
  fromSync,
  fromWritable: classic.fromWritable,
  pipeTo,
  pipeToSync,
  pull,
  pullSync,
  push,
  share,
  shareSync,
  toReadable: (source, options) => classic.toReadable(Readable, source, options),
  toReadableSync: (source, options) => classic.toReadableSync(Readable, source, options),
  toWritable: (writer) => classic.toWritable(Writable, writer),
});

module.exports = { ...Stream, Broadcast, Share, Stream, SyncShare };
