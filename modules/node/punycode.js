'use strict';
// node:punycode (deprecated in Node): RFC 3492, and the conversion of domain names label by label.

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const MAX = 0x7fffffff;
const separators = /[.\u3002\uff0e\uff61]/g;

const fail = (message) => { throw new RangeError(message); };

function adapt(delta, points, first) {
  delta = first ? Math.floor(delta / DAMP) : delta >> 1;
  delta += Math.floor(delta / points);
  let k = 0;
  for (; delta > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) delta = Math.floor(delta / (BASE - T_MIN));
  return Math.floor(k + ((BASE - T_MIN + 1) * delta) / (delta + SKEW));
}

const threshold = (k, bias) => (k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias);
const digitOf = (code) => (code >= 48 && code < 58 ? code - 22 : code >= 65 && code < 91 ? code - 65 : code >= 97 && code < 123 ? code - 97 : BASE);
const charOf = (digit) => String.fromCharCode(digit < 26 ? digit + 97 : digit + 22);

/** @param {string} text @returns {number[]} code points; lone surrogates stay */
function ucs2decode(text) {
  const out = [];
  for (const char of text) out.push(char.codePointAt(0));
  return out;
}
const ucs2encode = (points) => String.fromCodePoint(...points);

function decode(text) {
  const out = [];
  const basic = Math.max(text.lastIndexOf('-'), 0);
  for (let i = 0; i < basic; i++) {
    if (text.charCodeAt(i) >= 0x80) fail('Illegal input >= 0x80 (not a basic code point)');
    out.push(text.charCodeAt(i));
  }
  let i = 0;
  let n = 128;
  let bias = 72;
  for (let at = basic > 0 ? basic + 1 : 0; at < text.length;) {
    const old = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      if (at >= text.length) fail('Invalid input');
      const digit = digitOf(text.charCodeAt(at++));
      if (digit >= BASE) fail('Invalid input');
      if (digit > Math.floor((MAX - i) / weight)) fail('Overflow: input needs wider integers to process');
      i += digit * weight;
      const t = threshold(k, bias);
      if (digit < t) break;
      if (weight > Math.floor(MAX / (BASE - t))) fail('Overflow: input needs wider integers to process');
      weight *= BASE - t;
    }
    const length = out.length + 1;
    bias = adapt(i - old, length, old === 0);
    n += Math.floor(i / length);
    i %= length;
    out.splice(i++, 0, n);
  }
  return String.fromCodePoint(...out);
}

function encode(text) {
  const input = ucs2decode(text);
  let out = input.filter((code) => code < 0x80).map((code) => String.fromCharCode(code)).join('');
  const basic = out.length;
  let handled = basic;
  if (basic > 0) out += '-';
  let n = 128;
  let delta = 0;
  let bias = 72;
  while (handled < input.length) {
    let next = MAX;
    for (const code of input) if (code >= n && code < next) next = code;
    if (next - n > Math.floor((MAX - delta) / (handled + 1))) fail('Overflow: input needs wider integers to process');
    delta += (next - n) * (handled + 1);
    n = next;
    for (const code of input) {
      if (code < n && ++delta > MAX) fail('Overflow: input needs wider integers to process');
      if (code !== n) continue;
      let q = delta;
      for (let k = BASE; ; k += BASE) {
        const t = threshold(k, bias);
        if (q < t) break;
        out += charOf(t + ((q - t) % (BASE - t)));
        q = Math.floor((q - t) / (BASE - t));
      }
      out += charOf(q);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return out;
}

function mapDomain(domain, map) {
  const at = domain.indexOf('@');
  const start = at === -1 ? '' : domain.slice(0, at + 1);
  return start + domain.slice(at + 1).replace(separators, '.').split('.').map(map).join('.');
}

module.exports = {
  version: '2.1.0',
  ucs2: { decode: ucs2decode, encode: ucs2encode },
  decode,
  encode,
  toASCII: (domain) => mapDomain(domain, (label) => (/[^\0-\x7f]/.test(label) ? `xn--${encode(label)}` : label)),
  toUnicode: (domain) => mapDomain(domain, (label) => (/^xn--/.test(label) ? decode(label.slice(4).toLowerCase()) : label)),
};
