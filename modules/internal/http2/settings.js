'use strict';
// The settings object (Node documentation: "Settings object"): checked, as numbers for SETTINGS frames, and back.

const {
  codes: { ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH, ERR_HTTP2_INVALID_SETTING_VALUE,
    ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS,
    ERR_INVALID_ARG_TYPE },
} = require('../errors');

const U32 = 2 ** 32 - 1;
const MAX_CUSTOM = 10;
const [TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, WINDOW_SIZE, FRAME_SIZE, HEADER_LIST_SIZE, CONNECT_PROTOCOL] = [1, 2, 3,
  4, 5, 6, 8];

/** number of the setting, name, smallest and largest value; a switch has none */
const table = [
  [TABLE_SIZE, 'headerTableSize', 0, U32],
  [ENABLE_PUSH, 'enablePush'],
  [MAX_STREAMS, 'maxConcurrentStreams', 0, U32],
  [WINDOW_SIZE, 'initialWindowSize', 0, 2 ** 31 - 1],
  [FRAME_SIZE, 'maxFrameSize', 16384, 2 ** 24 - 1],
  [HEADER_LIST_SIZE, 'maxHeaderListSize', 0, U32],
  [CONNECT_PROTOCOL, 'enableConnectProtocol'],
];
const byNumber = new Map(table.map((row) => [row[0], row]));

function within(name, value, min, max) {
  if (value !== undefined && (typeof value !== 'number' || value < min || value > max || Number.isNaN(value))) {
    throw new ERR_HTTP2_INVALID_SETTING_VALUE.RangeError(name, value, min, max);
  }
}

function validateCustom(custom) {
  const entries = Object.entries(custom);
  if (entries.length > MAX_CUSTOM) throw new ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS();
  for (const [id, value] of entries) {
    within('customSettings:id', Number(id), 0, 0xffff);
    within('customSettings:value', Number(value), 0, U32);
  }
}

/** @param {object | undefined} settings @throws ERR_HTTP2_INVALID_SETTING_VALUE, ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS */
function validate(settings) {
  if (settings === undefined) return;
  if (settings.customSettings !== undefined) validateCustom(settings.customSettings);
  for (const [, name, min, max] of table) {
    const value = settings[name];
    if (min === undefined) {
      if (value !== undefined && typeof value !== 'boolean') throw new ERR_HTTP2_INVALID_SETTING_VALUE(name, value);
    } else {
      within(name, value, min, max);
    }
  }
  within('maxHeaderSize', settings.maxHeaderSize, 0, U32);
}

/** @returns {number[]} number, value, ... */
function toNumbers(settings) {
  const list = [];
  for (const [number, name] of table) {
    const value = number === HEADER_LIST_SIZE ? settings.maxHeaderSize ?? settings[name] : settings[name];
    if (value !== undefined) list.push(number, Number(value));
  }
  for (const [id, value] of Object.entries(settings.customSettings ?? {})) list.push(Number(id), Number(value));
  return list;
}

/** @param {number[]} list number, value, ... */
function fromNumbers(list) {
  const settings = { __proto__: null };
  for (let i = 0; i < list.length; i += 2) {
    const [, name, min] = byNumber.get(list[i]) ?? [];
    const value = list[i + 1];
    if (name === undefined) (settings.customSettings ??= {})[list[i]] = value;
    else if (min === undefined) settings[name] = value !== 0;
    else settings[name] = value;
    if (name === 'maxHeaderListSize') settings.maxHeaderSize = value;
  }
  return settings;
}

/** https://nodejs.org/docs/latest-v24.x/api/http2.html#http2getdefaultsettings */
function getDefaultSettings() {
  return {
    __proto__: null, headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384,
      maxConcurrentStreams: U32,
    maxHeaderSize: 65535, maxHeaderListSize: 65535, enableConnectProtocol: false,
  };
}

/** https://nodejs.org/docs/latest-v24.x/api/http2.html#http2getpackedsettingssettings @returns {Buffer} */
function getPackedSettings(settings) {
  if (settings === undefined) return Buffer.alloc(0);
  validate(settings);
  const list = toNumbers(settings);
  const out = Buffer.allocUnsafeSlow(list.length * 3);
  for (let i = 0; i < list.length; i += 2) {
    out.writeUInt16BE(list[i], i * 3);
    out.writeUInt32BE(list[i + 1], i * 3 + 2);
  }
  return out;
}

/**
 * https://nodejs.org/docs/latest-v24.x/api/http2.html#http2getunpackedsettingsbuf
 * @param {Buffer | TypedArray} buf each element is a byte
 * @param {{ validate?: boolean }} [options]
 */
function getUnpackedSettings(buf, options = {}) {
  if (!ArrayBuffer.isView(buf) || buf.length === undefined) throw new ERR_INVALID_ARG_TYPE('buf', ['Buffer',
    'TypedArray'], buf);
  if (buf.length % 6 !== 0) throw new ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH();
  const list = [];
  for (let i = 0; i < buf.length; i += 6) {
    list.push(buf[i] * 256 + buf[i + 1], ((buf[i + 2] * 256 + buf[i + 3]) * 256 + buf[i + 4]) * 256 + buf[i + 5]);
  }
  const settings = fromNumbers(list);
  if (options?.validate) validate(settings);
  return settings;
}

module.exports = { MAX_CUSTOM, fromNumbers, getDefaultSettings, getPackedSettings, getUnpackedSettings, toNumbers,
  validate };
