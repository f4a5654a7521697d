'use strict';
// Addresses: isIP and friends, SocketAddress, BlockList (node:net).
const { codes: { ERR_INVALID_ARG_VALUE, ERR_INVALID_ADDRESS } } = require('./errors');
const { validateString, validatePort, validateUint32, validateOneOf, validateObject, validateInt32 } = require('./validators');

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const PART = /^[0-9a-fA-F]{1,4}$/;

const isIPv4 = (text) => V4.test(`${text}`);

function isIPv6(text) {
  text = `${text}`;
  const zone = text.indexOf('%');
  if (zone >= 0) {
    if (!/^[0-9a-zA-Z.:-]+$/.test(text.slice(zone + 1))) return false;
    text = text.slice(0, zone);
  }
  return parseV6(text) !== null;
}

/** The 16 bytes of an IPv6 address, or null. */
function parseV6(text) {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const read = (half) => {
    if (half === '') return [];
    const out = [];
    const parts = half.split(':');
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (i === parts.length - 1 && part.includes('.')) {
        if (!V4.test(part) || (half === halves[0] && halves.length === 2)) return null; // the last part of all
        out.push(...part.split('.').map(Number));
      } else {
        if (!PART.test(part)) return null;
        const value = parseInt(part, 16);
        out.push(value >> 8, value & 255);
      }
    }
    return out;
  };
  const head = read(halves[0]);
  const tail = halves.length === 2 ? read(halves[1]) : [];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return null;
  return [...head, ...new Array(missing).fill(0), ...tail];
}

/** @returns {0 | 4 | 6} */
function isIP(text) {
  if (isIPv4(text)) return 4;
  return isIPv6(text) ? 6 : 0;
}

/** As 16 bytes; IPv4 as mapped addresses. */
function toBytes(address, family) {
  if (family === 'ipv4') return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...address.split('.').map(Number)];
  return parseV6(address);
}

/** Node documentation: class net.SocketAddress. */
class SocketAddress {
  constructor(options = {}) {
    validateObject(options, 'options');
    let { family = 'ipv4', address, port = 0, flowlabel = 0 } = options;
    if (typeof family?.toLowerCase === 'function') family = family.toLowerCase();
    validateOneOf(family, 'options.family', ['ipv4', 'ipv6']);
    address ??= family === 'ipv4' ? '127.0.0.1' : '::';
    validateString(address, 'options.address');
    validatePort(port, 'options.port');
    validateUint32(flowlabel, 'options.flowlabel');
    if (isIP(address) !== (family === 'ipv4' ? 4 : 6)) throw new ERR_INVALID_ADDRESS();
    Object.defineProperties(this, {
      address: { value: address, enumerable: true },
      port: { value: Number(port), enumerable: true },
      family: { value: family, enumerable: true },
      flowlabel: { value: flowlabel, enumerable: true },
    });
  }

  toJSON() {
    const { address, port, family, flowlabel } = this;
    return { address, port, family, flowlabel };
  }

  static parse(input) {
    validateString(input, 'input');
    try {
      const url = new URL(`http://${input}`);
      const six = url.hostname.startsWith('[');
      return new SocketAddress({
        address: six ? url.hostname.slice(1, -1) : url.hostname, port: Number(url.port), family: six ? 'ipv6' : 'ipv4',
      });
    } catch {
      return undefined;
    }
  }
}

/** Node documentation: class net.BlockList. */
class BlockList {
  #rules = [];

  static isBlockList(value) {
    return value instanceof BlockList;
  }

  #read(address, family) {
    if (address instanceof SocketAddress) return { bytes: toBytes(address.address, address.family), text: address.address, family: address.family };
    validateString(address, 'address');
    validateString(family, 'family');
    family = family.toLowerCase();
    const checked = new SocketAddress({ address, family });
    return { bytes: toBytes(checked.address, family), text: checked.address, family };
  }

  addAddress(address, family = 'ipv4') {
    const read = this.#read(address, family);
    this.#rules.unshift({ label: `Address: ${title(read.family)} ${read.text}`, test: (b) => compare(b, read.bytes) === 0 });
  }

  addRange(start, end, family = 'ipv4') {
    const from = this.#read(start, family);
    const to = this.#read(end, family);
    if (compare(from.bytes, to.bytes) > 0) throw new ERR_INVALID_ARG_VALUE('start', start, 'must come before end');
    this.#rules.unshift({
      label: `Range: ${title(from.family)} ${from.text}-${to.text}`,
      test: (b) => compare(b, from.bytes) >= 0 && compare(b, to.bytes) <= 0,
    });
  }

  addSubnet(network, prefix, family = 'ipv4') {
    const read = this.#read(network, family);
    validateInt32(prefix, 'prefix', 0, read.family === 'ipv4' ? 32 : 128);
    const bits = read.family === 'ipv4' ? prefix + 96 : prefix;
    this.#rules.unshift({
      label: `Subnet: ${title(read.family)} ${read.text}/${prefix}`,
      test(b) {
        for (let i = 0; i < 16; i++) {
          const left = bits - i * 8;
          if (left <= 0) return true;
          const mask = left >= 8 ? 255 : (0xff00 >> left) & 255;
          if ((b[i] & mask) !== (read.bytes[i] & mask)) return false;
        }
        return true;
      },
    });
  }

  check(address, family = 'ipv4') {
    let read;
    try {
      read = this.#read(address, family);
    } catch (error) {
      if (error.code === 'ERR_INVALID_ADDRESS') return false;
      throw error;
    }
    return this.#rules.some((rule) => rule.test(read.bytes));
  }

  get rules() {
    return this.#rules.map((rule) => rule.label);
  }
}

const title = (family) => (family === 'ipv4' ? 'IPv4' : 'IPv6');

function compare(a, b) {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

module.exports = { isIP, isIPv4, isIPv6, SocketAddress, BlockList };
