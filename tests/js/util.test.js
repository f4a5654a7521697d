'use strict';
const { test, assert } = require('./harness');
const util = require('util');

test('inspect shows what each kind of value is', () => {
  class A { constructor() { this.x = 1; } }
  const circular = { a: 1 };
  circular.self = circular;
  for (const [value, text] of [
    [{ a: 1, 'b-c': 'x' }, "{ a: 1, 'b-c': 'x' }"], [[1, , 3], '[ 1, <1 empty item>, 3 ]'], [new A(), 'A { x: 1 }'], [A, '[class A]'],
    [circular, '<ref *1> { a: 1, self: [Circular *1] }'], [new Map([['a', 1]]), "Map(1) { 'a' => 1 }"], [new Set([1]), 'Set(1) { 1 }'],
    [Promise.resolve(3), 'Promise { 3 }'], [new Promise(() => {}), 'Promise { <pending> }'], [new Map([[1, 2]]).keys(), '[Map Iterator] { 1 }'],
    [new WeakSet(), 'WeakSet { <items unknown> }'], [Object.create(null), '[Object: null prototype] {}'], [new Proxy({ p: 1 }, {}), '{ p: 1 }'],
    [(function* g() {})(), 'Object [Generator] {}'], [{ get a() { return 1; } }, '{ a: [Getter] }'], [{ [Symbol('k')]: 1 }, '{ Symbol(k): 1 }'],
    [-0, '-0'], [10n, '10n'], ["it's", '"it\'s"'], [new Number(3), '[Number: 3]'], [{ a: { b: { c: {} } } }, '{ a: { b: { c: {} } } }'],
    [{ a: { b: { c: { d: 1 } } } }, '{ a: { b: { c: [Object] } } }'], [new Date(NaN), 'Invalid Date'], [new Uint8Array(2), 'Uint8Array(2) [ 0, 0 ]'],
    [new ArrayBuffer(2), 'ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }'], [async () => {}, '[AsyncFunction (anonymous)]'],
    [(function () { return arguments; })(1), "[Arguments] { '0': 1 }"],
  ]) assert.strictEqual(util.inspect(value), text);
});

test('inspect honours its options and inspect.custom', () => {
  assert.strictEqual(util.inspect({ a: { b: 1 } }, { depth: 0 }), '{ a: [Object] }');
  assert.strictEqual(util.inspect({ a: 1 }, { colors: true }), '{ a: \u001b[33m1\u001b[39m }');
  assert.strictEqual(util.inspect({ b: 1, a: 2 }, { sorted: true }), '{ a: 2, b: 1 }');
  assert.strictEqual(util.inspect(new Proxy([1], {}), { showProxy: true }), 'Proxy [ [ 1 ], {} ]');
  assert.strictEqual(util.inspect({ [util.inspect.custom](depth, options, inspect) { return `<${depth} ${inspect === util.inspect}>`; } }), '<2 true>');
  assert.match(util.inspect(new Error('boom', { cause: 'why' })), /^Error: boom\n {4}at [\s\S]*\[cause\]: 'why'\n}$/);
});

test('format follows printf rules', () => {
  assert.strictEqual(util.format('%s is %d and %i, %j %%', 'x', 1.5, 1.5, { a: 1 }), 'x is 1.5 and 1, {"a":1} %');
  assert.strictEqual(util.format('a', 'b', { c: 1 }), 'a b { c: 1 }');
  assert.strictEqual(util.format('%s', new (class { toString() { return 'own'; } })()), 'own');
  assert.strictEqual(util.format('%s'), '%s');
  assert.strictEqual(util.format('%c styled', 'color: red'), ' styled');
  assert.strictEqual(util.format(1, '2'), '1 2');
});

test('promisify and callbackify', async () => {
  assert.strictEqual(await util.promisify((a, callback) => callback(null, a + 1))(1), 2);
  await assert.rejects(util.promisify((callback) => callback(new Error('no')))(), /no/);
  const custom = () => {};
  custom[util.promisify.custom] = async () => 'custom';
  assert.strictEqual(await util.promisify(custom)(), 'custom');
  await util.promisify(setTimeout)(1);
  await new Promise((resolve) => {
    util.callbackify(async (x) => x * 2)(4, (error, value) => {
      assert.deepStrictEqual([error, value], [null, 8]);
      resolve();
    });
  });
  assert.throws(() => util.promisify(5), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('deprecate warns once and keeps the function', async () => {
  const old = util.deprecate((a) => a + 1, 'old is old', 'DEP_TEST');
  const warned = require('events').once(process, 'warning');
  assert.strictEqual(old(1), 2);
  assert.strictEqual(old(2), 3);
  const [warning] = await warned;
  assert.deepStrictEqual([warning.name, warning.code, warning.message], ['DeprecationWarning', 'DEP_TEST', 'old is old']);
});

test('isDeepStrictEqual', () => {
  for (const [a, b, same] of [
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true], [{ a: 1 }, { a: '1' }, false], [NaN, NaN, true], [0, -0, false],
    [new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 1]]), true], [new Set([{ a: 1 }]), new Set([{ a: 2 }]), false], [[1, 2], [1, 3], false],
    [new Date(1), new Date(1), true], [/a/g, /a/i, false], [Object.create(null), {}, false], [Buffer.from('a'), Buffer.from('a'), true],
    [new Error('a'), new Error('b'), false], [{ a: undefined }, {}, false], [new Number(1), new Number(2), false],
  ]) assert.strictEqual(util.isDeepStrictEqual(a, b), same, util.inspect([a, b]));
  const x = { a: 1 };
  const y = { a: 1 };
  x.self = x;
  y.self = y;
  assert.strictEqual(util.isDeepStrictEqual(x, y), true);
});

test('types look behind prototypes', () => {
  const { types } = util;
  assert.ok(types.isProxy(new Proxy({}, {})) && types.isPromise(Promise.resolve()) && types.isRegExp(/x/) && types.isDate(new Date()));
  assert.ok(types.isMap(Object.setPrototypeOf(new Map(), null)) && !types.isMap({ __proto__: Map.prototype }));
  assert.ok(types.isAsyncFunction(async () => {}) && types.isGeneratorFunction(function* () {}) && types.isGeneratorObject((function* () {})()));
  assert.ok(types.isUint8Array(Buffer.alloc(1)) && types.isTypedArray(new Float32Array(1)) && !types.isTypedArray(new DataView(new ArrayBuffer(1))));
  assert.ok(types.isNativeError(new TypeError()) && !types.isNativeError({ __proto__: Error.prototype }) && types.isBoxedPrimitive(Object('x')));
});

test('parseArgs reads options and positionals, strictly', () => {
  const options = { foo: { type: 'boolean', short: 'f' }, bar: { type: 'string', short: 'b', multiple: true }, baz: { type: 'string', default: 'd' } };
  const { values, positionals } = util.parseArgs({ args: ['-f', '--bar', 'one', '-btwo', 'pos', '--', '--x'], options, allowPositionals: true });
  assert.deepStrictEqual({ ...values }, { foo: true, bar: ['one', 'two'], baz: 'd' });
  assert.deepStrictEqual(positionals, ['pos', '--x']);
  assert.throws(() => util.parseArgs({ args: ['--nope'], options }), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION', message: "Unknown option '--nope'" });
  assert.throws(() => util.parseArgs({ args: ['--bar'], options }), { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' });
  assert.throws(() => util.parseArgs({ args: ['pos'], options }), { code: 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' });
});

test('MIMEType, system errors, stripVTControlCharacters, TextEncoder', () => {
  const mime = new util.MIMEType('Text/HTML; charset=utf-8; q="a b"');
  assert.strictEqual(mime.essence, 'text/html');
  assert.strictEqual(mime.params.get('q'), 'a b');
  assert.strictEqual(String(mime), 'text/html;charset=utf-8;q="a b"');
  assert.throws(() => new util.MIMEType('bad'), { code: 'ERR_INVALID_MIME_SYNTAX' });
  assert.strictEqual(util.getSystemErrorName(-2), 'ENOENT');
  assert.deepStrictEqual(util.getSystemErrorMap().get(-13), ['EACCES', 'permission denied']);
  assert.strictEqual(util.stripVTControlCharacters('\u001b[1mx\u001b[22m'), 'x');
  assert.strictEqual(util.TextEncoder, TextEncoder);
});

test('errors carry their code in the stack but not in the name', () => {
  let error;
  try {
    Buffer.alloc('x');
  } catch (caught) {
    error = caught;
  }
  assert.strictEqual(error.name, 'TypeError');
  assert.match(error.stack, /^TypeError \[ERR_INVALID_ARG_TYPE\]: The "size" argument must be of type number\. Received type string \('x'\)\n/);
  assert.deepStrictEqual(Object.keys(error), ['code']);
});

test('_extend copies, and warns once that it is deprecated', async () => {
  const util = require('util');
  const warned = new Promise((resolve) => process.once('warning', resolve));
  assert.deepStrictEqual(util._extend({ a: 1 }, { b: 2 }), { a: 1, b: 2 });
  assert.strictEqual((await warned).code, 'DEP0060');
});
