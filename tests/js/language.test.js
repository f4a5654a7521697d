'use strict';
// The language as V8 13.6 has it: each feature in the main context, in contexts of node:vm, and in an ES module.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const { pathToFileURL } = require('url');
const vm = require('vm');

const moduleURL = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
const sandbox = vm.createContext({});
const places = {
  main: (code) => (0, eval)(code),
  vm: (code) => vm.runInContext(code, sandbox),
  'a new context': (code) => vm.runInNewContext(code),
  module: async (code) => (await import(moduleURL(`export default ${code}`))).default,
};

/** `feature` has no free variables; what it gives must be `expected` everywhere (as JSON: realms differ). */
function everywhere(name, feature, expected) {
  for (const [place, run] of Object.entries(places)) {
    test(`${name} (${place})`, async () => {
      const value = await run(`(${feature})()`);
      assert.strictEqual(JSON.stringify(value), JSON.stringify(expected));
    });
  }
}

// ---- syntax ---------------------------------------------------------------------------------------------------------------

everywhere('using and await using dispose in reverse order', async () => {
  const seen = [];
  {
    using a = { [Symbol.dispose]() { seen.push('a'); } };
    await using b = { async [Symbol.asyncDispose]() { seen.push('b'); } };
    using nothing = null;
    seen.push(typeof a, typeof b, nothing);
  }
  try {
    using c = { [Symbol.dispose]() { throw new Error('second'); } };
    throw new Error(`first${typeof c}`);
  } catch (error) {
    seen.push(error instanceof SuppressedError, error.error.message, error.suppressed.message);
  }
  const stack = new DisposableStack();
  stack.defer(() => seen.push('deferred'));
  stack.dispose();
  seen.push(stack.disposed, typeof AsyncDisposableStack);
  return seen;
}, ['object', 'object', null, 'b', 'a', true, 'second', 'firstobject', 'deferred', true, 'function']);

everywhere('regular expressions: v, modifiers, groups of one name, escape', () => [
  /^[\p{L}--[a-z]]$/v.test('A'), /^[\p{L}--[a-z]]$/v.test('a'), /^\p{RGI_Emoji}$/v.test('\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'),
  /(?i:a)b/.test('Ab'), /(?i:a)b/.test('AB'), /(?<y>\d{4})-|-(?<y>\d{4})/.exec('-2026').groups.y,
  new RegExp(`^${RegExp.escape('a.b*c')}$`).test('a.b*c'), /a/dv.exec('ba').indices[0],
], [true, false, true, true, false, '2026', true, [1, 2]]);

test('import attributes: json, and what is wrong with others', async () => {
  const top = writeTree(temporaryDirectory(), {
    'd.json': '{"a":[1]}', 'm.mjs': 'export default 1',
    'a.mjs': 'import d from "./d.json" with { type: "json" };\nexport { d };\nexport const get = (name, options) => import(name, options);',
  });
  const { d, get } = await import(pathToFileURL(`${top}/a.mjs`).href);
  assert.deepStrictEqual(d, { a: [1] });
  assert.strictEqual((await get('./d.json', { with: { type: 'json' } })).default, d);
  const code = (...args) => get(...args).then(() => 'none', (error) => `${error.name} ${error.code}`);
  assert.strictEqual(await code('./d.json'), 'TypeError ERR_IMPORT_ATTRIBUTE_MISSING');
  assert.strictEqual(await code('./d.json', { with: { type: 'css' } }), 'TypeError ERR_IMPORT_ATTRIBUTE_UNSUPPORTED');
  assert.strictEqual(await code('./d.json', { with: { kind: 'json' } }), 'TypeError ERR_IMPORT_ATTRIBUTE_UNSUPPORTED');
  assert.strictEqual(await code('./m.mjs', { with: { type: 'json' } }), 'TypeError ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE');
  assert.strictEqual(await code('./d.json', { with: 1 }), 'TypeError undefined');
  assert.strictEqual(await code('./d.json', 1), 'TypeError undefined');
  await assert.rejects(import(moduleURL('import d from "x" assert { type: "json" }')), SyntaxError);
});

test('import source of a module that has no source object', async () => {
  await assert.rejects(import(moduleURL('import source x from "node:fs"; x')), { name: 'SyntaxError', code: 'ERR_SOURCE_PHASE_NOT_DEFINED' });
  const { get } = await import(moduleURL('export const get = () => import.source("node:fs")'));
  await assert.rejects(get(), { name: 'SyntaxError', code: 'ERR_SOURCE_PHASE_NOT_DEFINED' });
});

// ---- library --------------------------------------------------------------------------------------------------------------

everywhere('arrays: toSorted, toReversed, toSpliced, with, fromAsync', async () => {
  const array = [3, 1, 2];
  let thrown;
  try { array.with(5, 1); } catch (error) { thrown = error.name; }
  return [array.toSorted(), array.toReversed(), array.toSpliced(0, 1, 'x'), array.with(-1, 9), array, thrown,
    await Array.fromAsync([1, Promise.resolve(2)], (x) => x * 2), [...new Uint8Array([2, 1]).toSorted()]];
}, [[1, 2, 3], [2, 1, 3], ['x', 1, 2], [3, 1, 9], [3, 1, 2], 'RangeError', [2, 4], [1, 2]]);

everywhere('grouping and well-formed strings', () => [
  Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'odd' : 'even')), Map.groupBy([1, 2, 3], (x) => x % 2).get(1),
  'a\ud800'.isWellFormed(), 'a\ud800b'.toWellFormed() === 'a\ufffdb', '\u{1f600}'.isWellFormed(),
], [{ odd: [1, 3], even: [2] }, [1, 3], false, true, true]);

everywhere('promises: try, withResolvers', async () => {
  const { promise, resolve } = Promise.withResolvers();
  resolve(4);
  return [await promise, await Promise.try((x) => x + 1, 4), await Promise.try(() => { throw new Error('no'); }).catch((error) => error.message)];
}, [4, 5, 'no']);

everywhere('sets combine', () => {
  const a = new Set([1, 2, 3]);
  const b = new Set([3, 4]);
  return [[...a.union(b)], [...a.intersection(b)], [...a.difference(b)], [...a.symmetricDifference(b)],
    new Set([1]).isSubsetOf(a), a.isSupersetOf(new Set([1])), a.isDisjointFrom(new Set([9]))];
}, [[1, 2, 3, 4], [3], [1, 2], [1, 2, 4], true, true, true]);

everywhere('iterators have helpers', () => {
  const numbers = function* () { for (let i = 0; ; i++) yield i; };
  let closed = false;
  const source = { next: () => ({ value: 1, done: false }), return() { closed = true; return {}; }, __proto__: Iterator.prototype };
  return [numbers().filter((x) => x % 2).map((x) => x * 10).drop(1).take(2).toArray(), [1, 2, 3].values().reduce((x, y) => x + y),
    [1, 2].values().flatMap((x) => [x, x]).toArray(), [1, 2].values().some((x) => x === 2), [1, 2].values().every((x) => x === 2),
    source.find((x) => x === 1), closed, Iterator.from([1].values()) instanceof Iterator];
}, [[30, 50], 6, [1, 1, 2, 2], true, false, 1, true, true]);

everywhere('buffers: transfer, resize, grow, half floats', () => {
  const memory = new ArrayBuffer(4);
  const moved = memory.transfer(8);
  const resizable = new ArrayBuffer(2, { maxByteLength: 8 });
  const view = new Uint8Array(resizable);
  resizable.resize(6);
  const shared = new SharedArrayBuffer(1, { maxByteLength: 4 });
  shared.grow(3);
  const half = new Float16Array([1.1, 65504, 1e6]);
  return [memory.detached, memory.byteLength, moved.byteLength, view.length, resizable.resizable, resizable.maxByteLength,
    shared.growable, shared.byteLength, [half[0], half[1], half[2] === Infinity], Math.f16round(1.1), new DataView(half.buffer).getFloat16(2, true)];
}, [true, 0, 8, 6, true, 8, true, 3, [1.099609375, 65504, true], 1.099609375, 65504]);

everywhere('Atomics wait and wake', async () => {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const waiting = Atomics.waitAsync(cells, 0, 0);
  const timed = Atomics.waitAsync(cells, 1, 0, 5);
  Atomics.pause();
  return [Atomics.add(cells, 1, 0), Atomics.notify(cells, 0, 1), await waiting.value, await timed.value, Atomics.wait(cells, 0, 0, 1),
    Atomics.isLockFree(4)];
}, [0, 1, 'ok', 'timed-out', 'timed-out', true]);

everywhere('errors: cause, isError; JSON keeps its source', () => [
  new Error('a', { cause: 1 }).cause, Error.isError(new TypeError()), Error.isError({ __proto__: Error.prototype }),
  JSON.stringify({ n: JSON.rawJSON('12345678901234567890') }), JSON.parse('[1.0]', (key, value, { source }) => source ?? value),
], [1, true, false, '{"n":12345678901234567890}', ['1.0']]);

everywhere('code from strings', () => [new Function('return 3')(), (0, eval)('1 + 1')], [3, 2]);

everywhere("no standard's names are missing, none of the engine's own are there", () => [
  typeof Intl.v8BreakIterator, typeof gc, typeof WeakRef, typeof FinalizationRegistry, typeof SharedArrayBuffer, typeof Iterator,
], ['undefined', 'undefined', 'function', 'function', 'function', 'function']);

// ---- WebAssembly ----------------------------------------------------------------------------------------------------------

everywhere('WebAssembly: compile, instantiate, garbage-collected structs, exceptions, memory', async () => {
  const text = (name) => [name.length, ...[...name].map((c) => c.charCodeAt(0))];
  const section = (id, ...bytes) => [id, bytes.length, ...bytes];
  const head = [0, 97, 115, 109, 1, 0, 0, 0];
  // type 0: struct { i32 }; type 1: (i32) -> i32, which makes a struct and reads its field
  const gc = new Uint8Array([...head, ...section(1, 2, 0x5f, 1, 0x7f, 0, 0x60, 1, 0x7f, 1, 0x7f), ...section(3, 1, 1),
    ...section(7, 1, ...text('f'), 0, 0), ...section(10, 1, 11, 0, 0x20, 0, 0xfb, 0, 0, 0xfb, 2, 0, 0, 0x0b)]);
  // tag 0 with an i32; f throws it
  const thrower = new Uint8Array([...head, ...section(1, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0), ...section(3, 1, 1), ...section(13, 1, 0, 0),
    ...section(7, 2, ...text('f'), 0, 0, ...text('t'), 4, 0), ...section(10, 1, 6, 0, 0x41, 7, 0x08, 0, 0x0b)]);
  const { instance } = await WebAssembly.instantiate(gc);
  const { exports: { f, t } } = new WebAssembly.Instance(await WebAssembly.compile(thrower));
  let caught;
  try { f(); } catch (error) { caught = error instanceof WebAssembly.Exception && error.is(t) && error.getArg(t, 0); }
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  memory.grow(1);
  const failure = await WebAssembly.compile(new Uint8Array([1])).catch((error) => error instanceof WebAssembly.CompileError);
  return [instance.exports.f(5), caught, memory.buffer.byteLength, failure, WebAssembly.validate(gc),
    typeof WebAssembly.promising, typeof WebAssembly.Suspending, typeof WebAssembly.compileStreaming];
}, [5, 7, 131072, true, true, 'function', 'function', 'function']);

test('WebAssembly that streams from a Response', async () => {
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const headers = { 'content-type': 'application/wasm' };
  const pieces = () => new ReadableStream({ start(c) { for (const byte of bytes) c.enqueue(new Uint8Array([byte])); c.close(); } });
  assert.ok(await WebAssembly.compileStreaming(new Response(pieces(), { headers })) instanceof WebAssembly.Module);
  assert.ok((await WebAssembly.instantiateStreaming(Promise.resolve(new Response(bytes, { headers })))).instance instanceof WebAssembly.Instance);
  const code = (source) => WebAssembly.compileStreaming(source).then(() => 'none', (error) => error.code ?? error.name ?? error);
  assert.strictEqual(await code(new Response(bytes)), 'ERR_WEBASSEMBLY_RESPONSE');
  assert.strictEqual(await code(new Response(bytes, { headers, status: 404 })), 'ERR_WEBASSEMBLY_RESPONSE');
  assert.strictEqual(await code(bytes), 'ERR_INVALID_ARG_TYPE');
  assert.strictEqual(await code(new Response(bytes.slice(0, 3), { headers })), 'CompileError');
  assert.strictEqual(await code(new Response(new ReadableStream({ pull(c) { c.error('broken'); } }), { headers })), 'broken');
  const used = new Response(bytes, { headers });
  await used.arrayBuffer();
  assert.strictEqual(await code(used), 'ERR_WEBASSEMBLY_RESPONSE');
});

test('a program whose only work is an asynchronous compilation stays alive for it', () => {
  const { spawnSync } = require('child_process');
  const code = 'WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => console.log("compiled"))';
  assert.strictEqual(spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' }).stdout, 'compiled\n');
});

// ---- Intl and time zones --------------------------------------------------------------------------------------------------

everywhere('Intl has all locales', () => [
  new Intl.NumberFormat('de-DE').format(1234.5), new Intl.PluralRules('pl').select(2), new Intl.ListFormat('fr').format(['a', 'b']),
  new Intl.RelativeTimeFormat('es').format(-2, 'day'), ['ä', 'z', 'a'].sort(new Intl.Collator('sv').compare).join(''), 'i'.toLocaleUpperCase('tr'),
  [...new Intl.Segmenter('th', { granularity: 'word' }).segment('สวัสดีโลก')].length, new Intl.DurationFormat('en').format({ hours: 1 }),
  new Intl.DateTimeFormat('ja-JP', { dateStyle: 'long', timeZone: 'Asia/Tokyo' }).format(0), new Intl.Locale('zh-Hant').maximize().toString(),
], ['1.234,5', 'few', 'a et b', 'hace 2 días', 'azä', 'İ', 2, '1 hr', '1970年1月1日', 'zh-Hant-TW']);

test('the time zone follows process.env.TZ, in every context', () => {
  const before = process.env.TZ;
  const inside = vm.runInContext('() => new Date(2026, 6, 1).getTimezoneOffset()', sandbox);
  const offsets = () => [new Date(2026, 6, 1).getTimezoneOffset(), new Date(2026, 0, 1).getTimezoneOffset(), inside()];
  try {
    process.env.TZ = 'Europe/Berlin';
    assert.deepStrictEqual(offsets(), [-120, -60, -120]);
    process.env.TZ = 'America/New_York';
    assert.deepStrictEqual(offsets(), [240, 300, 240]);
    assert.strictEqual(Intl.DateTimeFormat().resolvedOptions().timeZone, 'America/New_York');
    assert.strictEqual(new Date(2026, 2, 8, 2, 30).getHours(), 3); // does not exist: the clock goes from 2 to 3
    Object.assign(process.env, { TZ: 'Asia/Kolkata' });
    assert.deepStrictEqual(offsets(), [-330, -330, -330]);
    process.env.TZ = 'UTC';
    assert.deepStrictEqual(offsets(), [0, 0, 0]);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

// ---- the engine's identity ------------------------------------------------------------------------------------------------

test('process.versions names the libraries with their versions', () => {
  const { versions, version, release } = process;
  assert.strictEqual(version, `v${versions.node}`);
  assert.ok(version.startsWith('v24.'));
  for (const name of ['ada', 'ares', 'brotli', 'cldr', 'icu', 'llhttp', 'nghttp2', 'openssl', 'sqlite', 'unicode', 'uv', 'v8', 'zlib', 'zstd']) {
    assert.match(versions[name], /^\d+\.\d+/, name);
  }
  assert.match(versions.tz, /^20\d\d[a-z]$/);
  assert.match(versions.v8, /^13\.6\./);
  assert.deepStrictEqual([versions.modules, versions.napi, release.name, release.lts], ['137', '10', 'node', 'Krypton']);
  assert.strictEqual(Object.getOwnPropertyDescriptor(versions, 'v8').writable, false);
  assert.deepStrictEqual(Object.getOwnPropertyDescriptor(process, 'versions'), { value: versions, writable: false, enumerable: true, configurable: true });
  assert.strictEqual(process.config.variables.v8_enable_i18n_support, 1);
});
