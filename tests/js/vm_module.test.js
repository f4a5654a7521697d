'use strict';
// Modules of node:vm: Node documentation, "VM", Class vm.SourceTextModule and vm.SyntheticModule. They are there with
// --experimental-vm-modules only: this file starts itself again with it.
const vm = require('vm');

if (!process.execArgv.includes('--experimental-vm-modules')) {
  const { spawnSync } = require('child_process');
  const flags = ['--experimental-vm-modules', '--no-warnings', '--expose-gc'];
  if (vm.SourceTextModule !== undefined) throw new Error('vm.SourceTextModule without the option');
  process.exitCode = spawnSync(process.execPath, [...flags, __filename], { stdio: 'inherit' }).status;
  return;
}

const { test, assert } = require('./harness');
const { SourceTextModule, SyntheticModule } = vm;

/** A module of a graph given by specifier. */
async function linked(sources, name, options = {}) {
  const made = new Map();
  const get = (specifier) => {
    if (!made.has(specifier)) made.set(specifier, new SourceTextModule(sources[specifier], { identifier: specifier, ...options }));
    return made.get(specifier);
  };
  const root = get(name);
  await root.link(get);
  return root;
}

test('a graph with a cycle is linked and run', async () => {
  const root = await linked({ a: "import f from 'b'; export let x = 42; export default f();",
    b: "import { x } from 'a'; export default function f() { return typeof x; }" }, 'a');
  assert.strictEqual(root.status, 'linked');
  await root.evaluate();
  assert.strictEqual(root.namespace.default, 'number');
  const bad = await linked({ a: "import 'b'", b: 'throw new RangeError()' }, 'a');
  await assert.rejects(bad.evaluate(), RangeError);
  assert.strictEqual(bad.status, 'errored');
  assert(bad.error instanceof RangeError);
});

test('linkRequests and instantiate link without a callback', async () => {
  const one = new SourceTextModule('export const x = 1');
  const two = new SourceTextModule("import { x } from 'one'; import t from './t.json' with { type: 'json' }; export default x + t");
  assert.deepStrictEqual(two.moduleRequests.map(({ specifier, attributes, phase }) => [specifier, { ...attributes }, phase]),
    [['one', {}, 'evaluation'], ['./t.json', { type: 'json' }, 'evaluation']]);
  const json = new SyntheticModule(['default'], () => json.setExport('default', 41));
  assert.throws(() => two.instantiate(), { code: 'ERR_VM_MODULE_LINK_FAILURE' });
  assert.throws(() => two.linkRequests([one]), { code: 'ERR_MODULE_LINK_MISMATCH' });
  assert.throws(() => two.linkRequests([one, {}]), { code: 'ERR_VM_MODULE_NOT_MODULE' });
  one.linkRequests([]);
  two.linkRequests([one, json]);
  two.instantiate();
  assert.strictEqual(two.hasAsyncGraph(), false);
  await two.evaluate();
  assert.strictEqual(two.namespace.default, 42);
});

test('a module runs in its context, import.meta and import() are its callbacks\'', async () => {
  const context = vm.createContext({ secret: 7 });
  const asked = [];
  const root = new SourceTextModule('export const got = [secret, import.meta.own, typeof process]; export const later = import("x")', {
    context,
    initializeImportMeta(meta, module) { meta.own = module.identifier; },
    importModuleDynamically(specifier, referrer, attributes, phase) {
      asked.push(specifier, referrer === root, phase);
      const made = new SyntheticModule(['a'], () => {}, { context });
      made.setExport('a', 1);
      return made;
    },
  });
  await root.link(() => {});
  await root.evaluate();
  assert.deepStrictEqual([...root.namespace.got], [7, 'vm:module(0)', 'undefined']);
  assert.strictEqual((await root.namespace.later).a, 1);
  assert.deepStrictEqual(asked, ['x', true, 'evaluation']);
});

test('states and refusals', async () => {
  const module = new SourceTextModule('1');
  assert.strictEqual(module.status, 'unlinked');
  await assert.rejects(module.evaluate(), { code: 'ERR_VM_MODULE_STATUS' });
  assert.throws(() => module.namespace, { code: 'ERR_VM_MODULE_STATUS' });
  assert.throws(() => module.error, { code: 'ERR_VM_MODULE_STATUS' });
  await assert.rejects(module.link(), { code: 'ERR_INVALID_ARG_TYPE' });
  const promise = module.link(() => {});
  assert.strictEqual(module.status, 'linking');
  await promise;
  await assert.rejects(module.link(() => {}), { code: 'ERR_VM_MODULE_ALREADY_LINKED' });
  assert.strictEqual(await module.evaluate(), undefined);
  assert.strictEqual(module.status, 'evaluated');
  await assert.rejects(linked({ a: "import 'b'" }, 'a', { context: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  const other = new SourceTextModule('2', { context: vm.createContext() });
  await assert.rejects(new SourceTextModule("import 'x'").link(() => other), { code: 'ERR_VM_MODULE_DIFFERENT_CONTEXT' });
  assert.throws(() => new vm.Module(), TypeError);
});

test('a code cache of a module; endless evaluation ends at its timeout', async () => {
  const cachedData = new SourceTextModule('export const a = 1').createCachedData();
  assert(new SourceTextModule('export const a = 1', { cachedData }));
  assert.throws(() => new SourceTextModule('export const b = 22', { cachedData }), { code: 'ERR_VM_MODULE_CACHED_DATA_REJECTED' });
  const endless = new SourceTextModule('for (;;);');
  await endless.link(() => {});
  await assert.rejects(endless.evaluate({ timeout: 20 }), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
});

test('modules that know themselves are collected', async () => {
  let collected = 0;
  const registry = new FinalizationRegistry(() => { collected++; });
  for (let i = 0; i < 20; i++) {
    const module = new SyntheticModule(['default'], () => module.setExport('default', module));
    await module.evaluate();
    assert(module.namespace.default);
    registry.register(module, i);
  }
  for (let i = 0; i < 20 && collected < 15; i++) {
    await new Promise(setImmediate);
    gc(); // eslint-disable-line no-undef
  }
  assert(collected >= 15, `${collected} of 20`);
});
