'use strict';
// The legacy encodings of the Encoding Standard (https://encoding.spec.whatwg.org/#names-and-labels): their labels, and
// decoders for them on ICU's converters (runtime/bindings/icu.c). Loaded when somebody asks for one.

const icu = internalBinding('icu');

/** Of one byte per character; the standard's tables are those of ICU but for `different`. */
const singleByte = {
  'ibm866': '866 cp866 csibm866 ibm866',
  'iso-8859-2': 'csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2',
  'iso-8859-3': 'csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3',
  'iso-8859-4': 'csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4',
  'iso-8859-5':
    'csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 ' +
    'iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988',
  'iso-8859-6':
    'arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 ' +
    'iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987',
  'iso-8859-7':
    'csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 ' +
    'iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek',
  'iso-8859-8':
    'csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e ' +
    'iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual',
  'iso-8859-8-i': 'csiso88598i iso-8859-8-i logical',
  'iso-8859-10': 'csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6',
  'iso-8859-13': 'iso-8859-13 iso8859-13 iso885913',
  'iso-8859-14': 'iso-8859-14 iso8859-14 iso885914',
  'iso-8859-15': 'csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9',
  'iso-8859-16': 'iso-8859-16',
  'koi8-r': 'cskoi8r koi koi8 koi8-r koi8_r',
  'koi8-u': 'koi8-ru koi8-u',
  'macintosh': 'csmacintosh mac macintosh x-mac-roman',
  'windows-874': 'dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874',
  'windows-1250': 'cp1250 windows-1250 x-cp1250',
  'windows-1251': 'cp1251 windows-1251 x-cp1251',
  'windows-1253': 'cp1253 windows-1253 x-cp1253',
  'windows-1254':
    'cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 ' +
    'iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254',
  'windows-1255': 'cp1255 windows-1255 x-cp1255',
  'windows-1256': 'cp1256 windows-1256 x-cp1256',
  'windows-1257': 'cp1257 windows-1257 x-cp1257',
  'windows-1258': 'cp1258 windows-1258 x-cp1258',
  'x-mac-cyrillic': 'x-mac-cyrillic x-mac-ukrainian',
  'x-user-defined': 'x-user-defined',
};
const multiByte = {
  'gbk': 'chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk',
  'gb18030': 'gb18030',
  'big5': 'big5 big5-hkscs cn-big5 csbig5 x-x-big5',
  'euc-jp': 'cseucpkdfmtjapanese euc-jp x-euc-jp',
  'iso-2022-jp': 'csiso2022jp iso-2022-jp',
  'shift_jis': 'csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis',
  'euc-kr':
    'cseuckr csksc56011987 euc-kr iso-ir-149 korean ' +
    'ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949',
};

// Names of encodings that are not to be read at all.
const replacement =
  'csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement';

let byLabel; // label -> name

/** @param {string} label trimmed, in lower case @returns {string | undefined} the encoding's name */
function legacyEncoding(label) {
  byLabel ??= new Map(
    [...Object.entries(singleByte), ...Object.entries(multiByte), ['replacement', replacement]].flatMap(([name, labels]) =>
      labels.split(' ').map((one) => [one, name]),
    ),
  );
  return byLabel.get(label);
}

/** What ICU reads as another character than the standard does, by byte; 0: none. */
const different = {
  'macintosh': { 0xf0: 0xf8ff },
  'koi8-u': { 0xae: 0x45e, 0xbe: 0x40e },
  'windows-1253': { 0xaa: 0 },
  'windows-1255': { 0xca: 0x5ba },
};

/** ICU has no converter for it: what bytes from 0xa0 on mean. */
const iso8859x16 =
  'a0 104 105 141 20ac 201e 160 a7 161 a9 218 ab 179 ad 17a 17b b0 b1 10c 142 17d 201d b6 b7 ' +
  '17e 10d 219 bb 152 153 178 17c c0 c1 c2 102 c4 106 c6 c7 c8 c9 ca cb cc cd ce cf ' +
  '110 143 d2 d3 d4 150 d6 15a 170 d9 da db dc 118 21a df e0 e1 e2 103 e4 107 e6 e7 ' +
  'e8 e9 ea eb ec ed ee ef 111 144 f2 f3 f4 151 f6 15b 171 f9 fa fb fc 119 21b ff';

const tables = new Map();

function fill(table, codeOf) {
  for (let i = 0; i < table.length; i++) table[i] = codeOf(i);
  return table;
}

/** @returns {Uint16Array} the characters of bytes 0x80 to 0xff; 0 where there is none */
function tableOf(name) {
  let table = tables.get(name);
  if (table !== undefined) return table;
  table = new Uint16Array(128);
  tables.set(name, table);
  if (name === 'x-user-defined') return fill(table, (i) => 0xf780 + i);
  if (name === 'iso-8859-16') {
    const codes = iso8859x16.split(' ').map((one) => parseInt(one, 16));
    return fill(table, (i) => (i < 0x20 ? 0x80 + i : codes[i - 0x20]));
  }
  const converter = icu.open(name === 'iso-8859-8-i' ? 'iso-8859-8' : name, true);
  for (let i = 0; i < 128; i++) {
    const text = converter === undefined ? undefined : icu.decode(converter, Uint8Array.of(0x80 + i), true);
    // What the standard leaves out ICU has for private use.
    table[i] = text === undefined || /[\ue000-\uf8ff\ufffd]/.test(text) ? 0 : text.charCodeAt(0);
  }
  for (const [byte, code] of Object.entries(different[name] ?? {})) table[byte - 0x80] = code;
  return table;
}

function decodeSingle(table, bytes, fatal) {
  const units = new Uint16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    units[i] = byte < 0x80 ? byte : table[byte - 0x80] || 0xfffd;
    if (fatal && units[i] === 0xfffd) return undefined;
  }
  let text = '';
  for (let i = 0; i < units.length; i += 8192) text += String.fromCharCode.apply(null, units.subarray(i, i + 8192));
  return text;
}

/**
 * @param {string} name of legacyEncoding @param {boolean} fatal
 * @returns {((bytes: Uint8Array, flush: boolean) => string | undefined) | undefined} a decoder that keeps what is
 *   incomplete; it gives undefined for what is malformed. undefined where there is none
 */
function legacyDecoder(name, fatal) {
  if (name in singleByte) {
    const table = tableOf(name);
    return (bytes) => decodeSingle(table, bytes, fatal);
  }
  if (name === 'replacement') return undefined;
  // GBK is read as what it has become.
  const converter = icu.open(name === 'gbk' ? 'gb18030' : name, fatal);
  return converter === undefined ? undefined : (bytes, flush) => icu.decode(converter, bytes, flush);
}

module.exports = { legacyDecoder, legacyEncoding, tableOf };
