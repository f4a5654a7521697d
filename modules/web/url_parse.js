'use strict';
// Parsing of URLs into an href and where its parts begin and end (runtime/bindings/url.c, over ada). Two kinds need no
// call into C: the URL of the request that is being served, which request.url has just put together, and a plain path
// ("/a/b?c", what node:http's req.url is) against a plain base that was parsed before.

const binding = internalBinding('url');

// Places in `offsets`.
const {
  PROTOCOL_END, USERNAME_END, HOST_START, HOST_END, PORT, PATHNAME_START, SEARCH_START, HASH_START, SCHEME, OFFSETS_COUNT,
} = binding.places;
const { HTTP, HTTPS } = binding.schemes;

/** What the last parse() or update() found; -1 for a part that is not there. C writes to it. */
const offsets = new Int32Array(new ArrayBuffer(OFFSETS_COUNT * 4));

// 1: may stand in a path that parsing does not change, 2: in a query.
const places = new Uint8Array(128);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&()*+,;=:@/") places[char.charCodeAt(0)] = 3;
places[39] = 1; // '
places[63] = places[37] = 2; // ? %

const NOT_PLAIN = -2;
const NO_QUERY = -1;

/**
 * Whether `text` is an absolute path, perhaps with a query, that the URL standard's parser leaves as it is.
 * @param {string} text
 * @returns {number} where the query begins, NO_QUERY, or NOT_PLAIN
 */
function queryOfPlainPath(text) {
  const { length } = text;
  if (length === 0 || text.charCodeAt(0) !== 47) return NOT_PLAIN;
  let query = NO_QUERY;
  let place = 1;
  for (let i = 1, last = 47; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || (places[code] & place) === 0) {
      if (code !== 63) return NOT_PLAIN;
      query = i;
      place = 2;
    } else if (last === 47 && place === 1 && (code === 46 || (code === 47 && i === 1))) {
      return NOT_PLAIN; // perhaps a dot segment; '//' begins a host
    }
    last = code;
  }
  return query;
}

const origins = new Map();
const ORIGINS_LIMIT = 64;
const ORIGIN_LENGTH = 512;

/**
 * The origin of a plain http(s) URL. @returns {{text: string, scheme: number, protocolEnd: number, hostEnd: number,
 * port: number} | null} null: not plain
 */
function plainOrigin(text) {
  const known = origins.get(text);
  if (known !== undefined) return known;
  const at = offsets;
  const href = binding.parse(text, undefined, at);
  let origin = null;
  if (href !== undefined && (at[SCHEME] === HTTP || at[SCHEME] === HTTPS) && at[HOST_START] === at[PROTOCOL_END] + 2) {
    origin = {
      text: href.slice(0, at[PATHNAME_START]), scheme: at[SCHEME], protocolEnd: at[PROTOCOL_END], hostEnd: at[HOST_END], port: at[PORT],
    };
  }
  if (origins.size >= ORIGINS_LIMIT) origins.clear();
  if (text.length <= ORIGIN_LENGTH) origins.set(text, origin);
  return origin;
}

/**
 * What the last parse() found without C, instead of `offsets`: a plain origin, and a plain path with where its query
 * begins in it. Places in the href are worked out when somebody asks for a part that is in neither.
 */
const plain = { origin: null, target: '', query: NO_QUERY };

/** As takePlaces of url.js, of a plain origin and target. */
function plainPlaces(origin, query) {
  const start = origin.protocolEnd + 2;
  return {
    protocolEnd: origin.protocolEnd, usernameEnd: start, hostStart: start, hostEnd: origin.hostEnd, port: origin.port,
    pathnameStart: origin.text.length, searchStart: query === NO_QUERY ? -1 : origin.text.length + query, hashStart: -1, scheme: origin.scheme,
  };
}

/** The last URL that joinPlain made: a fetch handler's next step is usually new URL(request.url). */
let joined = '';
let joinedOrigin = null;
let joinedPath = '';
let joinedQuery = NO_QUERY;

/** The URL of a plain path on a plain origin. @param {number} query of queryOfPlainPath */
function joinPlain(origin, path, query) {
  joined = origin.text + path;
  joinedOrigin = origin;
  joinedPath = path;
  joinedQuery = query;
  return joined;
}

/**
 * @param {string} input @param {string} [base]
 * @returns {string|undefined} the href, undefined where the URL is invalid. Where its parts are is in `plain` where that has
 *   an origin, else in `offsets`
 */
function parse(input, base) {
  if (base === undefined) {
    if (input === joined && joinedOrigin !== null) {
      plain.origin = joinedOrigin;
      plain.target = joinedPath;
      plain.query = joinedQuery;
      return input;
    }
  } else {
    const query = queryOfPlainPath(input);
    if (query !== NOT_PLAIN) {
      const origin = plainOrigin(base);
      if (origin !== null) {
        plain.origin = origin;
        plain.target = input;
        plain.query = query;
        return origin.text + input;
      }
    }
  }
  plain.origin = null;
  return binding.parse(input, base, offsets);
}

/** Sets a part of a URL (url.c's numbers). @returns {string|undefined} the href, as parse() gives it */
function update(href, part, value) {
  plain.origin = null;
  return binding.update(href, part, value, offsets);
}

module.exports = {
  HASH_START, HOST_END, HOST_START, HTTP, NOT_PLAIN, PATHNAME_START, PORT, PROTOCOL_END, SCHEME, SEARCH_START, USERNAME_END,
  binding, joinPlain, offsets, parse, plain, plainOrigin, plainPlaces, queryOfPlainPath, update,
};
