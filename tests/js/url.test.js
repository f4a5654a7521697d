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
