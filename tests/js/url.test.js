'use strict';
const { test, assert } = require('./harness');
const url = require('url');
const querystring = require('querystring');

test('URL parses what the fast path takes and what it refuses', () => {
  for (const [input, href] of [
    ['http://example.com', 'http://example.com/'], ['https://a.com:443/x?y=1#z', 'https://a.com/x?y=1#z'], ['HTTP://EXAMPLE.com:8080/a/../b', 'http://example.com:8080/b'],
    ['http://a.com/%2e%2E/c', 'http://a.com/c'], ['http://user:p%40@h/', 'http://user:p%40@h/'], ['http://ex\u00e4mple.com/\u00fc', 'http://xn--exmple-cua.com/%C3%BC'],
    ['http://0x7f.1/', 'http://127.0.0.1/'], ['http://[::1]:3000/x', 'http://[::1]:3000/x'], ['mailto:a@b.c', 'mailto:a@b.c'], ['file:///etc/passwd', 'file:///etc/passwd'],
    ['data:text/plain,hi', 'data:text/plain,hi'], ['http://a.com/a b?c d', 'http://a.com/a%20b?c%20d'], [' http://a.com/ ', 'http://a.com/'],
    ['http://1.2.3', 'http://1.2.0.3/'], ["http://a.com/?q='", 'http://a.com/?q=%27'], ['http://a.com\\b', 'http://a.com/b'],
  ]) assert.strictEqual(new URL(input).href, href);
  for (const bad of ['', 'x', '/a', 'http://', 'http://a b.com/', 'http://a.com:99999/', 'http://256.1.1.1/', 'http://a.com:x/']) {
    assert.throws(() => new URL(bad), { name: 'TypeError', code: 'ERR_INVALID_URL', message: 'Invalid URL', input: bad });
  }
});

test('relative references resolve against a base', () => {
  for (const [input, href] of [['/x?y#z', 'http://b.com:81/x?y#z'], ['y', 'http://b.com:81/p/y'], ['../y', 'http://b.com:81/y'], ['//h/p', 'http://h/p'], ['?q', 'http://b.com:81/p/f?q'],
    ['#f', 'http://b.com:81/p/f?a#f'], ['https://c.org', 'https://c.org/'], ['/a/./b/../c', 'http://b.com:81/a/c']]) {
    assert.strictEqual(new URL(input, 'http://b.com:81/p/f?a#b').href, href);
  }
});

test('properties are read and set', () => {
  const u = new URL('https://user:pass@sub.host.com:8080/p/a?query=1#hash');
  assert.deepStrictEqual([u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash],
                         ['https://sub.host.com:8080', 'https:', 'user', 'pass', 'sub.host.com:8080', 'sub.host.com', '8080', '/p/a', '?query=1', '#hash']);
  u.port = '443';
  u.pathname = '/a b';
  u.search = 'x=1 2';
  u.hash = '';
  u.username = '';
  u.password = '';
  u.searchParams.append('k', 'v&');
  assert.strictEqual(u.href, 'https://sub.host.com/a%20b?x=1+2&k=v%26');
  u.host = 'other:1';
  assert.strictEqual(String(u), 'https://other:1/a%20b?x=1+2&k=v%26');
  assert.strictEqual(JSON.stringify({ u }), '{"u":"https://other:1/a%20b?x=1+2&k=v%26"}');
  assert.ok(URL.canParse('/x', 'http://a') && !URL.canParse('/x'));
  assert.strictEqual(URL.name, 'URL');
});

const PARTS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
const partsOf = (url) => (url === null ? null : PARTS.map((name) => url[name]));

test('a plain URL parses to what the whole parser makes of it', () => {
  // A blank in front, or a tab at the end, changes nothing for the standard, but such a text is not plain.
  const hosts = ['a.com', 'a-b.c.d', '127.0.0.1', '127.1', '0x7f.1', '256.1.1.1', '1.2.3.4.5', '01.2.3.4', 'a.1', 'a.1b', 'a..b', '.a', 'a.', 'xn--exmple-cua.com',
    'xn--a', 'b.xn--0', '9', '1e3', 'a.0x1', '', '-', 'A.com', 'a_b', 'u@a.com', '[::1]'];
  const ports = ['', ':80', ':443', ':8080', ':0', ':080', ':65535', ':65536', ':123456', ':', ':x'];
  const paths = ['', '/', '/a/b', '/a/../b', '/./x', '/.well', '/a.b', '/a/.', '/%2e/x', '/%41', "/it's", '//x', '/a//b', '/;p=1@x:y', '/a|b', '/a b', '\\x', '/a\tb'];
  const tails = ['', '?', '#', '?q=1', '?q#f', '#f?q', "?a='b'", '?a%zz', '?/../..', '#/../%2e', '?a?b', '#a#b', '?\u00e4', '#`', '?|^'];
  let count = 0;
  for (const scheme of ['http:', 'https:', 'ws:', 'foo:']) {
    for (const host of hosts) for (const port of ports) {
      for (const path of ['/', '']) count += compare(`${scheme}//${host}${port}${path}`);
    }
    for (const path of paths) for (const tail of tails) count += compare(`${scheme}//a.com:81${path}${tail}`);
  }
  function compare(text) {
    assert.deepStrictEqual(partsOf(URL.parse(text)), partsOf(URL.parse(` ${text}`)), text);
    assert.strictEqual(URL.canParse(text), URL.parse(text) !== null, text);
    return 1;
  }
  const bases = ['http://b.com:81/p/f?a#b', 'http://b.com', 'https://u:p@b.com/x/', 'foo:opaque', 'foo://h/p', 'file:///c/d', 'x', 'HTTP://B.com:80', 'http://1.2'];
  for (const base of bases) for (const path of paths) for (const tail of tails) {
    assert.deepStrictEqual(partsOf(URL.parse(path + tail, base)), partsOf(URL.parse(`${path + tail}\t`, base)), `${path}${tail} against ${base}`);
    count++;
  }
  assert.ok(count > 3000);
});

test('URLs at the edges of the standard', () => {
  for (const [input, base, href] of [
    ['/x#f', 'mailto:a@b', null], ['#f', 'mailto:a@b', 'mailto:a@b#f'], [' #f', 'foo:op', 'foo:op#f'], ['x:/y#z', 'foo:op', 'x:/y#z'], ['?q', 'foo:op', null],
    ['http:x', 'http://b/c/d', 'http://b/c/x'], ['//h/p', 'file:///c', 'file://h/p'], ['/C|/x', 'file:///', 'file:///C:/x'], ['foo:/.//p', undefined, 'foo:/.//p'],
    ['http://a.com/\ud800', undefined, 'http://a.com/%EF%BF%BD'], ['http://\u{1f600}.com/', undefined, 'http://xn--e28h.com/'], ['http://fa\u00df.de', undefined, 'http://xn--fa-hia.de/'],
    ['http://[1:2::3.4.5.6]/', undefined, 'http://[1:2::304:506]/'], ['blob:https://a.com/x', undefined, 'blob:https://a.com/x'],
  ]) assert.strictEqual(URL.parse(input, base)?.href ?? null, href, `${input} against ${base}`);
  assert.strictEqual(new URL('blob:https://a.com/x').origin, 'https://a.com');
  for (const [start, part, value, href] of [
    ['foo:/.//p', 'host', 'a.com:81', 'foo://a.com:81//p'], ['foo:/.//p', 'host', 'X Y', 'foo:/.//p'], ['foo:/.//p', 'hostname', '', 'foo:////p'],
    ['http://h:8080/', 'port', '80', 'http://h/'], ['http://h:1/', 'port', '', 'http://h/'], ['http://h/', 'port', '12x', 'http://h:12/'], ['mailto:x', 'host', 'h', 'mailto:x'],
    ['http://h/', 'protocol', 'foo', 'http://h/'], ['http://h/', 'protocol', 'wss:', 'wss://h/'], ['http://h/', 'username', '\u00e4@', 'http://%C3%A4%40@h/'],
    ['http://h/', 'hostname', 'b\u00e4.de', 'http://xn--b-0fa.de/'], ['http://h/?a#b', 'search', '', 'http://h/#b'], ['http://h/', 'pathname', '../\u00e4 ?#', 'http://h/%C3%A4%20%3F%23'],
  ]) {
    const url = new URL(start);
    url[part] = value;
    assert.strictEqual(url.href, href, `${start} ${part} = ${value}`);
  }
  const error = (() => { try { new URL('/x', 'no\ud800'); } catch (e) { return e; } return null; })();
  assert.deepStrictEqual([error.name, error.code, error.message, error.input, error.base, Object.keys(error)],
                         ['TypeError', 'ERR_INVALID_URL', 'Invalid URL', '/x', 'no\ufffd', ['code', 'input', 'base']]);
  for (const value of [{}, null, undefined, 1, Object.create(URL.prototype)]) {
    assert.throws(() => Reflect.get(URL.prototype, 'pathname', value), TypeError);
    assert.throws(() => URLSearchParams.prototype.get.call(value, 'a'), { code: 'ERR_INVALID_THIS' });
  }
  assert.deepStrictEqual([url.domainToASCII('a:80'), url.domainToASCII('a\u00df'), url.domainToUnicode('xn--a-7fa'), url.domainToASCII('a b')], ['', 'xn--a-qfa', '\u00e8a', '']);
  assert.strictEqual(require('util').inspect(new URLSearchParams('a=1').entries()), "URLSearchParams Iterator { [ 'a', '1' ] }");
  assert.strictEqual(`${new URLSearchParams(null)}`, 'null=');
  assert.throws(() => url.domainToASCII(), { code: 'ERR_MISSING_ARGS' });
});

test('hosts beyond ASCII parse as fast as the others', () => {
  // whatwg-url took 70 us for each of them.
  const started = process.cpuUsage();
  for (let i = 0; i < 20000; i++) new URL(`http://ex\u00e4mple${i}.com/`);
  const { user } = process.cpuUsage(started);
  assert.ok(user < 600000, `${user} us`);
});

test('URLSearchParams', () => {
  const params = new URLSearchParams('?a=1&b=2&a=%20x+y&c');
  assert.deepStrictEqual([...params], [['a', '1'], ['b', '2'], ['a', ' x y'], ['c', '']]);
  assert.deepStrictEqual(params.getAll('a'), ['1', ' x y']);
  params.set('a', '\u00fc');
  params.delete('b');
  params.append('d', "!'()~*");
  params.sort();
  assert.strictEqual(params.toString(), 'a=%C3%BC&c=&d=%21%27%28%29%7E*');
  assert.strictEqual(params.size, 3);
  assert.strictEqual(new URLSearchParams({ x: 1, y: 'z' }).toString(), 'x=1&y=z');
  assert.strictEqual(new URLSearchParams(new Map([['a', 'b']])).toString(), 'a=b');
  assert.throws(() => new URLSearchParams([['a']]), { code: 'ERR_INVALID_TUPLE' });
  assert.strictEqual(new URLSearchParams('a=%zz&b=%e4').get('a'), '%zz');
});

test('the legacy API', () => {
  const parsed = url.parse('http://user:pass@sub.host.com:8080/p/a/t/h?query=string#hash', true);
  assert.deepStrictEqual([parsed.protocol, parsed.auth, parsed.host, parsed.port, parsed.hostname, parsed.pathname, parsed.search, parsed.query.query, parsed.hash, parsed.path],
                         ['http:', 'user:pass', 'sub.host.com:8080', '8080', 'sub.host.com', '/p/a/t/h', '?query=string', 'string', '#hash', '/p/a/t/h?query=string']);
  assert.strictEqual(url.parse('/a?b=c').pathname, '/a');
  assert.strictEqual(url.resolve('/one/two/three', 'four'), '/one/two/four');
  assert.strictEqual(url.resolve('http://example.com/one', '/two'), 'http://example.com/two');
  assert.strictEqual(url.format({ protocol: 'http', hostname: 'a.com', port: 80, pathname: '/x', query: { a: [1, 2] } }), 'http://a.com:80/x?a=1&a=2');
  assert.throws(() => url.parse(5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.deepStrictEqual([url.parse('http://a:b/x').host, url.parse('http://a:b/x').pathname], ['a', '/:b/x']);
  for (const bad of ['http://[::1', 'http://a[b/', 'http://a\0b/']) assert.throws(() => url.parse(bad), { code: 'ERR_INVALID_URL' });
});

test('file URLs', () => {
  assert.strictEqual(url.fileURLToPath('file:///a%20b'), '/a b');
  assert.strictEqual(url.pathToFileURL('/a b#c?d%e').href, 'file:///a%20b%23c%3Fd%25e');
  assert.throws(() => url.fileURLToPath('http://a'), { code: 'ERR_INVALID_URL_SCHEME' });
  assert.throws(() => url.fileURLToPath('file://h/a'), { code: 'ERR_INVALID_FILE_URL_HOST' });
  assert.throws(() => url.fileURLToPath('file:///a%2Fb'), { code: 'ERR_INVALID_FILE_URL_PATH' });
  assert.strictEqual(url.urlToHttpOptions(new URL('http://u:p@[::1]:8/x?y')).hostname, '::1');
  assert.strictEqual(url.domainToASCII('espa\u00f1ol.com'), 'xn--espaol-zwa.com');
  assert.strictEqual(url.domainToUnicode('xn--espaol-zwa.com'), 'espa\u00f1ol.com');
});

test('querystring', () => {
  assert.deepStrictEqual({ ...querystring.parse('a=1&b=2&a=3&c=%20x+y&d') }, { a: ['1', '3'], b: '2', c: ' x y', d: '' });
  assert.deepStrictEqual({ ...querystring.parse('a:1;b:2', ';', ':') }, { a: '1', b: '2' });
  assert.strictEqual(Object.keys(querystring.parse('a&b&c', null, null, { maxKeys: 2 })).length, 2);
  assert.strictEqual(querystring.stringify({ a: [1, 'x y'], b: true, c: null, d: 10n }), 'a=1&a=x%20y&b=true&c=&d=10');
  assert.strictEqual(querystring.unescape('%zz%20'), '%zz ');
});

test('URLPattern matches, and refuses what is no pattern', () => {
  const { URLPattern } = require('url');
  const pattern = new URLPattern({ pathname: '/:kind/:id(\\d+)' });
  const found = pattern.exec('https://example.com/books/7?x=1');
  assert.deepStrictEqual({ ...found.pathname.groups }, { kind: 'books', id: '7' });
  assert.deepStrictEqual([pattern.test('https://example.com/books/x'), pattern.hasRegExpGroups, globalThis.URLPattern === URLPattern], [false, true, true]);
  assert.throws(() => new URLPattern('(', 'https://x'), { code: 'ERR_INVALID_URL_PATTERN' });
  assert.throws(() => URLPattern(), { code: 'ERR_CONSTRUCT_CALL_REQUIRED' });
  assert.throws(() => pattern.exec(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('paths of Windows that name devices and servers', () => {
  const { win32 } = require('path');
  assert.strictEqual(win32.join('\\\\files\\public', 'CON:..\\..\\private'), '\\\\files\\public\\CON:..\\..\\private');
  assert.strictEqual(win32.normalize('test/../??/D:/x'), '.\\??\\D:\\x');
  assert.strictEqual(win32.dirname('\\\\?\\c:'), '\\\\?\\c:');
  const url = require('url');
  assert.throws(() => url.pathToFileURL('\\\\host name\\share', { windows: true }), { code: 'ERR_INVALID_URL' });
  assert.strictEqual(url.pathToFileURL('/a[b').href, 'file:///a%5Bb');
});

test('querystring: an empty separator, half a surrogate pair, no limit by NaN', () => {
  const qs = require('querystring');
  assert.deepStrictEqual({ ...qs.parse('a', []) }, { a: '' });
  assert.strictEqual(qs.escape('\ud801test'), '%F0%90%91%B4est');
  assert.strictEqual(Object.keys(qs.parse(Array.from({ length: 1500 }, (_, i) => `k${i}`).join('&'), null, null, { maxKeys: NaN })).length, 1500);
});

test('a host of ASCII stays as it is, whatever its xn-- labels say', () => {
  for (const host of ['xn--', 'xn--a', 'a.b.c.xn--pokxncvks', 'xn--ls8h=', '10.0.0.xn--x']) {
    const url = new URL(`https://user@${host.toUpperCase()}:81/p?q#h`);
    assert.deepStrictEqual([url.hostname, url.port, url.username, url.hash], [host, '81', 'user', '#h']);
    assert.ok(URL.canParse(`http://${host}/`));
  }
  assert.throws(() => new URL('https://xn--a%F0/'), { code: 'ERR_INVALID_URL' });
  assert.throws(() => new URL('https://xn--\u00ad/'), { code: 'ERR_INVALID_URL' });
  assert.throws(() => new URL('https://xn--a b/'), { code: 'ERR_INVALID_URL' });
});
