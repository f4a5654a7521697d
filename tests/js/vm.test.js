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

test('a code cache is taken for the same source and refused for another', () => {
  const script = new vm.Script('(function original() { return 1; })', { produceCachedData: true });
  assert.strictEqual(script.cachedDataProduced, true);
  const { cachedData } = script;
  assert.strictEqual(new vm.Script('(function original() { return 1; })', { cachedData }).cachedDataRejected, false);
  const other = new vm.Script('(function another() { return 2222; })', { cachedData });
  assert.strictEqual(other.cachedDataRejected, true);
  assert.strictEqual(other.runInThisContext()(), 2222);
  assert.throws(() => new vm.Script('1', { cachedData: 'x' }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('compileFunction: extensions are in scope, the context is another, the cache is taken', () => {
  assert.strictEqual(vm.compileFunction('return a + b', ['b'], { contextExtensions: [{ a: 40 }] })(2), 42);
  const context = vm.createContext({ x: 'inner' });
  const fn = vm.compileFunction('return [x, [] instanceof Array, globalThis.process]', [], { parsingContext: context });
  assert.deepStrictEqual([...fn()], ['inner', true, undefined]);
  const { cachedData } = vm.compileFunction('return 1', [], { produceCachedData: true });
  assert.strictEqual(vm.compileFunction('return 1', [], { cachedData }).cachedDataRejected, false);
  assert.throws(() => vm.compileFunction('', [], { contextExtensions: [1] }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => vm.compileFunction('}, function() {'), SyntaxError);
});

test('a context may forbid code of strings and WebAssembly', () => {
  const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const options = { contextCodeGeneration: { strings: false, wasm: false } };
  assert.throws(() => vm.runInNewContext('eval("1")', {}, options), { name: 'EvalError' });
  assert.throws(() => vm.runInNewContext('new WebAssembly.Module(bytes)', { bytes }, options), { name: 'CompileError' });
  assert.strictEqual(vm.runInNewContext('eval("1")', {}), 1);
  assert.throws(() => vm.createContext({}, { codeGeneration: { strings: 1 } }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('DONT_CONTEXTIFY makes a context with an ordinary global', () => {
  const global = vm.createContext(vm.constants.DONT_CONTEXTIFY);
  assert.strictEqual(vm.runInContext('globalThis', global), global);
  assert.strictEqual(vm.isContext(global), true);
  vm.runInContext('answer = 42; Object.freeze(globalThis)', global);
  assert.strictEqual(global.answer, 42);
  assert.throws(() => { global.other = 1; }, TypeError);
});

test('own keys of a context are its object\'s, those of its prototypes are not', () => {
  const symbol = Symbol('s');
  const sandbox = Object.create({ above: 1 }, { hidden: { value: 1 }, seen: { value: 2, enumerable: true }, [symbol]: { value: 3 } });
  const context = vm.createContext(sandbox);
  const keys = vm.runInContext('Reflect.ownKeys(globalThis)', context);
  for (const key of ['hidden', 'seen', symbol]) assert(keys.includes(key), String(key));
  assert.deepStrictEqual([...vm.runInContext('Object.keys(globalThis)', context)], ['seen']);
  assert.strictEqual(vm.runInContext('"above" in globalThis', context), false);
  assert.strictEqual(vm.runInContext('Object.hasOwn(globalThis, "hidden")', context), true);
});

test('import() asks the callback, or says that there is none', async () => {
  await assert.rejects(new vm.Script('import("fs")').runInThisContext(), { code: 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING' });
  await assert.rejects(vm.compileFunction('return import("fs")', [], { importModuleDynamically() {} })(),
    { code: 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG' });
  const main = { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
  assert.strictEqual((await new vm.Script('import("fs")', main).runInThisContext()).default, require('fs'));
  assert.throws(() => new vm.Script('1', { importModuleDynamically: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('an error that a script throws shows its line', () => {
  const stackOf = (options) => {
    try {
      vm.runInThisContext('\n  throw new Error("boom")', options);
    } catch (error) {
      return error.stack;
    }
    return '';
  };
  assert(stackOf('here.js').startsWith('here.js:2\n  throw new Error("boom")\n  ^\n\nError: boom\n'), stackOf('here.js'));
  assert(stackOf({ filename: 'here.js', displayErrors: false }).startsWith('Error: boom\n'));
});

test('measureMemory tells what the contexts hold', async () => {
  const { total } = await vm.measureMemory({ execution: 'eager' });
  assert(total.jsMemoryEstimate > 0 && total.jsMemoryRange.length === 2);
  assert.throws(() => vm.measureMemory({ mode: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('contexts are collected with their objects', async () => {
  require('v8').setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  let collected = 0;
  const registry = new FinalizationRegistry(() => { collected++; });
  for (let i = 0; i < 20; i++) {
    const sandbox = { big: new Array(1000) };
    registry.register(vm.createContext(sandbox, i % 2 ? { microtaskMode: 'afterEvaluate' } : {}), i);
    vm.runInContext('var self = globalThis; new Promise(() => self)', sandbox);
  }
  for (let i = 0; i < 20 && collected < 15; i++) {
    await new Promise(setImmediate);
    gc();
  }
  assert(collected >= 15, `${collected} of 20`);
});
