'use strict';
// respondWithFile and respondWithFD: a file's bytes as a response, read piece by piece as the client takes them.

const { FileHandle, fs } = require('./parts');
const { codes } = require('../errors');
const { constants } = require('./constants');
const { bodiless, responseHeaders, statusOf } = require('./server_stream');
const { kState } = require('./state');
const { sendPiece } = require('./stream');

const { ERR_HTTP2_PAYLOAD_FORBIDDEN, ERR_HTTP2_SEND_FILE, ERR_HTTP2_SEND_FILE_NOSEEK, ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE } = codes;
const { NGHTTP2_INTERNAL_ERROR } = constants;
const PIECE_BYTES = 64 * 1024;

/** What both have in common at the beginning. @returns {[object, object]} headers, options */
function begin(stream, given, options) {
  stream._mayRespond(given, options);
  options = { ...options };
  for (const [name, type] of [['offset', 'number'], ['length', 'number'], ['statCheck', 'function']]) {
    if (options[name] !== undefined &&
      typeof options[name] !== type) throw new ERR_INVALID_ARG_VALUE(`options.${name}`, options[name]);
  }
  const headers = responseHeaders(stream, Array.isArray(given) ? undefined : given);
  if (bodiless(statusOf(headers)) || stream.headRequest) throw new ERR_HTTP2_PAYLOAD_FORBIDDEN(statusOf(headers));
  return [headers, options];
}

/** @param {number | import('fs/promises').FileHandle} fd */
function respondWithFD(stream, fd, given, options) {
  const [headers, wanted] = begin(stream, given, options);
  if (fd instanceof FileHandle()) fd = fd.fd;
  if (typeof fd !== 'number') throw new ERR_INVALID_ARG_TYPE('fd', ['number', 'FileHandle'], fd);
  const range = { offset: wanted.offset ?? 0, length: wanted.length ?? -1 };
  if (wanted.statCheck === undefined) {
    pump(stream, fd, headers, range, wanted.waitForTrailers, wanted.offset !== undefined);
    return;
  }
  fs.fstat(fd, (error, stat) => {
    if (stream.destroyed || stream.closed) return;
    if (error) {
      stream.destroy(error);
      return;
    }
    if (wanted.statCheck.call(stream, stat, headers, range) === false || stream.headersSent) return;
    pump(stream, fd, headers, range, wanted.waitForTrailers, stat.isFile());
  });
}

/** @param {string | Buffer | URL} path */
function respondWithFile(stream, path, given, options) {
  const [headers, wanted] = begin(stream, given, options);
  const failed = (error) => {
    if (wanted.onError) wanted.onError(error);
    else stream.destroy(error);
  };
  fs.open(path, 'r', (error, fd) => {
    if (error) {
      failed(error);
      return;
    }
    const close = () => fs.close(fd, () => {});
    if (stream.destroyed || stream.closed) {
      close();
      return;
    }
    fs.fstat(fd, (statError, stat) => {
      const problem = stream.destroyed || stream.closed ? null : statError ?? unfit(stat, wanted);
      if (problem !== undefined) {
        close();
        if (problem !== null) failed(problem);
        return;
      }
      const range = { offset: wanted.offset ?? 0, length: wanted.length ?? -1 };
      if (wanted.statCheck !== undefined &&
        (wanted.statCheck.call(stream, stat, headers, range) === false || stream.headersSent || stream.destroyed)) {
        close();
        return;
      }
      if (stat.isFile()) {
        const left = Math.max(0, stat.size - range.offset);
        range.length = range.length < 0 ? left : Math.min(left, range.length);
        headers['content-length'] = range.length;
      }
      pump(stream, fd, headers, range, wanted.waitForTrailers, stat.isFile(), close);
    });
  });
}

function unfit(stat, { offset, length }) {
  if (stat.isFile()) return undefined;
  if (stat.isDirectory()) return new ERR_HTTP2_SEND_FILE();
  return offset > 0 || length >= 0 ? new ERR_HTTP2_SEND_FILE_NOSEEK() : undefined;
}

/**
 * @param {{offset: number, length: number}} range a negative length: to the end
 * @param {boolean} seeks read at positions
 */
function pump(stream, fd, headers, range, waitForTrailers, seeks, done = () => {}) {
  let position = seeks ? Number(range.offset) : null;
  let left = range.length < 0 ? Infinity : Number(range.length);
  let reading = false;
  let over = false;
  const finish = () => {
    if (over || reading) return;
    over = true;
    done();
  };
  stream.once('close', finish);
  try {
    stream._respond(headers, { waitForTrailers });
  } catch (error) {
    finish();
    stream.destroy(error);
    return;
  }
  // To the app the stream's writable side has ended; it is the file that has to.
  const state = stream[kState];
  state.file = { onEnd: null };
  stream.end();
  const end = () => {
    const { onEnd } = state.file;
    state.file = null;
    onEnd?.();
  };
  const next = () => {
    if (stream.destroyed || stream.closed) return;
    if (left === 0) {
      end();
      return;
    }
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, left));
    reading = true;
    fs.read(fd, piece, 0, piece.length, position, (error, size) => {
      reading = false;
      if (stream.destroyed || stream.closed) {
        finish();
        return;
      }
      if (error) {
        stream.close(NGHTTP2_INTERNAL_ERROR);
        return;
      }
      if (position !== null) position += size;
      left = size === 0 ? 0 : left - size;
      if (size === 0) end();
      else sendPiece(stream, piece.subarray(0, size), left === 0, next);
    });
  };
  next();
}

module.exports = { respondWithFD, respondWithFile };
