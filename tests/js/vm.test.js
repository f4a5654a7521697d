'use strict';
// node:vm: Node documentation, "VM (executing JavaScript)".
const { test, assert } = require('./harness');
const vm = require('vm');

test('runInThisContext sees globals, not locals', () => {
  globalThis.vmGlobal = 1;
  const local = 2; // eslint-disable-line no-unused-vars
  assert.strictEqual(vm.runInThisContext('typeof vmGlobal + typeof local'), 'numberundefined');
  vm.runInThisContext('var vmMade = 3');
  assert.strictEqual(globalThis.vmMade, 3);
});

test('a script runs as often as one likes', () => {
  const script = new vm.Script('count = (typeof count === "undefined" ? 0 : count) + 1');
  const context = vm.createContext({ count: 5 });
  assert.strictEqual(script.runInContext(context), 6);
  assert.strictEqual(script.runInContext(context), 7);
  assert.strictEqual(context.count, 7);
  assert.strictEqual(script.runInNewContext({ count: 1 }), 2);
});

test('createContext returns its object, whose properties are the globals', () => {
  const sandbox = { x: 2, console };
  const context = vm.createContext(sandbox);
  assert.strictEqual(context, sandbox);
  assert.strictEqual(vm.isContext(sandbox), true);
  assert.strictEqual(vm.isContext({}), false);
  vm.runInContext('x += 40; var y = 17; this.z = 1; function f() {}', context);
  assert.deepStrictEqual([sandbox.x, sandbox.y, sandbox.z, typeof sandbox.f], [42, 17, 1, 'function']);
  assert.strictEqual(typeof globalThis.y, 'undefined');
});

test('a new context has builtins of its own', () => {
  assert.strictEqual(vm.runInNewContext('[] instanceof Array'), true);
  assert.strictEqual(vm.runInNewContext('[]') instanceof Array, false);
  assert.strictEqual(vm.runInNewContext('typeof process + typeof require'), 'undefinedundefined');
  assert.strictEqual(vm.runInNewContext('globalThis.a', { a: 1 }), 1);
});

test('errors carry file name and line', () => {
  assert.throws(() => new vm.Script('const = 1', { filename: 'my.vm' }), (error) => error instanceof SyntaxError);
  assert.throws(() => vm.runInThisContext('\nnull.x', 'my.vm'), (error) => error.stack.includes('my.vm:2'));
  assert.throws(() => vm.runInThisContext('null.x', { filename: 'my.vm', lineOffset: 9 }), (error) => error.stack.includes('my.vm:10'));
});

test('arguments are checked', () => {
  assert.throws(() => vm.runInContext('1', {}), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => new vm.Script('1', 5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => vm.isContext(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => vm.runInThisContext('1', { timeout: 0 }), { code: 'ERR_OUT_OF_RANGE' });
});

test('compileFunction', () => {
  const add = vm.compileFunction('return a + b', ['a', 'b'], { filename: 'add.vm' });
  assert.strictEqual(add(2, 3), 5);
  assert.throws(() => vm.compileFunction('return (', []), SyntaxError);
  const inContext = vm.compileFunction('return x', [], { parsingContext: vm.createContext({ x: 9 }) });
  assert.strictEqual(inContext(), 9);
});

test('a time limit', () => {
  assert.throws(() => vm.runInNewContext('for (;;);', {}, { timeout: 20 }), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  assert.throws(() => vm.runInThisContext('for (;;);', { timeout: 20 }), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
});

test("microtaskMode 'afterEvaluate': the context's microtasks run at the end of each script, and at no other time", async () => {
  const log = [];
  const options = { microtaskMode: 'afterEvaluate' };
  const sandbox = { log: (text) => log.push(text) };
  vm.runInNewContext("Promise.resolve().then(() => log('inner')); log('script')", sandbox, options);
  log.push('after');
  assert.deepStrictEqual(log, ['script', 'inner', 'after']);

  const context = vm.createContext({ log: sandbox.log }, options);
  const later = vm.runInContext("() => { Promise.resolve().then(() => log('later')); }", context);
  later();
  await new Promise(setImmediate);
  assert.strictEqual(log.at(-1), 'after');
  vm.runInContext('0', context);
  assert.strictEqual(log.at(-1), 'later');

  const script = new vm.Script("Promise.resolve().then(() => log('of a Script'))");
  script.runInNewContext({ log: sandbox.log }, options);
  assert.strictEqual(log.at(-1), 'of a Script');
});

test("microtaskMode 'afterEvaluate': the time limit includes them", () => {
  const options = { microtaskMode: 'afterEvaluate', timeout: 20 };
  for (const code of ['Promise.resolve().then(() => { for (;;); })', '(async () => { for (;;) await null; })(); 1']) {
    assert.throws(() => vm.runInNewContext(code, {}, options), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
  }
  assert.throws(() => vm.createContext({}, { microtaskMode: 'other' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => vm.runInNewContext('1', {}, { microtaskMode: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});
