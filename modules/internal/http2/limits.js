'use strict';
// Options of sessions as the numbers that C takes; what is documented of each is in http2.createServer()'s and
// connect()'s lists.

const { options: OPTION } = internalBinding('h2');
const { codes: { ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS } } = require('../errors');
const { MAX_CUSTOM } = require('./settings');

const MEGABYTE = 1_000_000;
const number = (value) => (typeof value === 'number' && !Number.isNaN(value) ? value : undefined);
const atLeast = (value, least, standard) => (number(value) === undefined ? standard : Math.max(value, least));
const NOT_SAID = -1;

/**
 * @param {object} options
 * @param {boolean} server
 * @returns {[number[], number[]]} limits, custom settings to be reported
 */
function limits(options, server) {
  const list = new Array(OPTION.OPTION_COUNT).fill(NOT_SAID);
  const set = (name, value) => { list[OPTION[name]] = value; };
  set('OPTION_MAX_DEFLATE_TABLE', number(options.maxDeflateDynamicTableSize) ?? NOT_SAID);
  set('OPTION_MAX_RESERVED_STREAMS', number(options.maxReservedRemoteStreams) ?? NOT_SAID);
  set('OPTION_MAX_SEND_HEADER_BLOCK', number(options.maxSendHeaderBlockLength) ?? NOT_SAID);
  set('OPTION_PEER_MAX_STREAMS', number(options.peerMaxConcurrentStreams) ?? 100);
  set('OPTION_PADDING', number(options.paddingStrategy) ?? 0);
  set('OPTION_MAX_HEADER_PAIRS', atLeast(options.maxHeaderListPairs, server ? 4 : 1, 128));
  set('OPTION_MAX_MEMORY', atLeast(options.maxSessionMemory, 1, 10) * MEGABYTE);
  set('OPTION_MAX_SETTINGS', atLeast(options.maxSettings, 1, NOT_SAID));
  set('OPTION_MAX_INVALID_FRAMES', number(options.maxSessionInvalidFrames) ?? 1000);
  set('OPTION_MAX_REJECTED_STREAMS', number(options.maxSessionRejectedStreams) ?? 100);
  if (number(options.streamResetRate) !== undefined && number(options.streamResetBurst) !== undefined) {
    set('OPTION_RESET_BURST', options.streamResetBurst);
    set('OPTION_RESET_RATE', options.streamResetRate);
  }
  set('OPTION_STRICT_WHITESPACE', options.strictFieldWhitespaceValidation === false ? 0 : 1);
  return [list, options.remoteCustomSettings ?? []];
}

/** @param {object} options whose remoteCustomSettings is checked and copied */
function copyCustom(options) {
  if (options.remoteCustomSettings === undefined) return;
  options.remoteCustomSettings = [...options.remoteCustomSettings];
  if (options.remoteCustomSettings.length > MAX_CUSTOM) throw new ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS();
}

module.exports = { copyCustom, limits };
