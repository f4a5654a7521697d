'use strict';
// Customization hooks: Node documentation, "Modules: node:module API", and modules that only hooks know.
const { test, assert } = require('./harness');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { pathToFileURL } = require('url');
const { register, registerHooks, isBuiltin } = require('module');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hooks-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

/** Writes a file. @returns {string} its path */
function file(name, text) {
  const full = path.join(folder, name);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, text);
  return full;
}

test('synchronous hooks give modules that are nowhere, to require() and import', async () => {
  const texts = { 'virtual:a': 'module.exports = require("virtual:b") + 1', 'virtual:b': 'module.exports = 41' };
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      return texts[specifier] ? { url: specifier, format: 'commonjs', shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      return texts[url] ? { format: 'commonjs', source: texts[url], shortCircuit: true } : next(url, context);
    },
  });
  try {
    assert.strictEqual(require('virtual:a'), 42);
    assert.strictEqual((await import('virtual:a')).default, 42);
  } finally {
    hooks.deregister();
  }
  assert.throws(() => require('virtual:c'), { code: 'MODULE_NOT_FOUND' });
});

test('hooks run last first, and pass on what they add to the context', () => {
  const seen = [];
  const first = registerHooks({ load(url, context, next) { seen.push('first', context.note); return next(url, context); } });
  const second = registerHooks({ load(url, context, next) { seen.push('second'); return next(url, { note: 'hi' }); } });
  try {
    assert.strictEqual(require(file('plain.cjs', 'module.exports = 1')), 1);
  } finally {
    first.deregister();
    second.deregister();
  }
  assert.deepStrictEqual(seen, ['second', 'first', 'hi']);
});

test('a hook changes a file\'s text, and may make an ES module of it', async () => {
  const name = file('changed.js', 'module.exports = 1');
  const hooks = registerHooks({
    load(url, context, next) {
      const result = next(url, context);
      return url.endsWith('changed.js') ? { ...result, format: 'module', source: 'export const now = import.meta.url' } : result;
    },
  });
  try {
    assert.strictEqual(require(name).now, pathToFileURL(name).href);
  } finally {
    hooks.deregister();
  }
});

test('what hooks return is checked', () => {
  const refused = (resolve, load, code, message) => {
    const hooks = registerHooks({ resolve, load });
    try {
      assert.throws(() => require('anything'), { code, message });
    } finally {
      hooks.deregister();
    }
  };
  const found = () => ({ url: 'a:b', shortCircuit: true });
  refused(() => ({ url: 3, shortCircuit: true }), undefined, 'ERR_INVALID_RETURN_PROPERTY_VALUE', /"url" from the "resolve" hook/);
  refused(() => ({ url: 'a:b' }), undefined, 'ERR_INVALID_RETURN_PROPERTY_VALUE', /"shortCircuit" from the "resolve" hook/);
  refused(found, () => ({ source: 3, shortCircuit: true }), 'ERR_INVALID_RETURN_PROPERTY_VALUE', /"source" from the "load" hook/);
  assert.throws(() => registerHooks({ resolve: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('conditions are a hook\'s to choose', () => {
  file('node_modules/cond/package.json', '{"name":"cond","exports":{"special":"./s.cjs","default":"./d.cjs"}}');
  file('node_modules/cond/s.cjs', 'module.exports = "special"');
  file('node_modules/cond/d.cjs', 'module.exports = "default"');
  const user = file('user.cjs', 'module.exports = () => require("cond")');
  const hooks = registerHooks({ resolve(specifier, context, next) { return next(specifier, { ...context, conditions: ['special'] }); } });
  const load = require(user);
  try {
    assert.strictEqual(load(), 'special');
  } finally {
    hooks.deregister();
  }
});

test('a hook replaces a built-in module', () => {
  const hooks = registerHooks({
    load(url, context, next) {
      if (url !== 'node:punycode') return next(url, context);
      return { format: 'commonjs', source: 'exports.own = true', shortCircuit: true };
    },
  });
  try {
    assert.strictEqual(require('punycode').own, true);
  } finally {
    hooks.deregister();
  }
  assert.strictEqual(isBuiltin('punycode'), true);
});

test('asynchronous hooks see import and what is imported, with data from register()', () => {
  const hooks = file('async-hooks.mjs', `
    let prefix;
    export async function initialize(data) { prefix = await data.prefix; }
    export async function resolve(specifier, context, next) {
      await new Promise(setImmediate);
      return specifier.startsWith('made:') ? { url: specifier, shortCircuit: true } : next(specifier, context);
    }
    export async function load(url, context, next) {
      if (!url.startsWith('made:')) return next(url, context);
      return { format: 'module', shortCircuit: true, source: 'export default ' + JSON.stringify(prefix + url) };
    }`);
  const setUp = file('set-up.mjs', `import { register } from 'node:module';
    register(${JSON.stringify(pathToFileURL(hooks).href)}, { data: { prefix: '> ' } });`);
  const main = file('main.mjs', "import a from 'made:a'; console.log(a, (await import('made:b')).default)");
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', pathToFileURL(setUp).href, main], { encoding: 'utf8' });
  assert.strictEqual(stdout, '> made:a > made:b\n', stderr);
  assert.throws(() => register('./not-there.mjs', pathToFileURL(`${folder}/`)), { code: 'ERR_MODULE_NOT_FOUND' });
});

test('two imports that share a module run it once under asynchronous hooks', () => {
  const hooks = file('slow-hooks.mjs', `export async function load(url, context, next) {
    await new Promise(setImmediate);
    return next(url, context);
  }`);
  file('shared.mjs', 'globalThis.runs = (globalThis.runs ?? 0) + 1; export default globalThis.runs');
  file('left.mjs', "export { default } from './shared.mjs'");
  file('right.mjs', "export { default } from './shared.mjs'");
  const main = file('both.mjs', `import { register } from 'node:module';
    register(${JSON.stringify(pathToFileURL(hooks).href)});
    const [a, b] = await Promise.all([import('./left.mjs'), import('./right.mjs')]);
    console.log(a.default, b.default, globalThis.runs);`);
  const { stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  assert.strictEqual(stdout, '1 1 1\n', stderr);
});

test('WebAssembly is imported as a module, or as its source', () => {
  // (module (import "./value.mjs" "add" (func $f (param i32) (result i32))) (func (export "go") (result i32) i32.const 41 call $f))
  const bytes = Buffer.from('0061736d01000000010a0260017f017f6000017f0213010b2e2f76616c75652e6d6a730361646400000302010107060102676f0001' +
    '0a08010600412910000b', 'hex');
  fs.writeFileSync(path.join(folder, 'go.wasm'), bytes);
  file('value.mjs', 'export const add = (x) => x + 1');
  const main = file('wasm.mjs', `import { go } from './go.wasm';
    import source module from './go.wasm';
    const again = await import.source('./go.wasm');
    console.log(go(), module instanceof WebAssembly.Module, again === module)`);
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', main], { encoding: 'utf8' });
  assert.strictEqual(stdout, '42 true true\n', stderr);
});

test('import.meta.main is true in the program only; builtinModules can be replaced', () => {
  file('dependency.mjs', 'export default import.meta.main');
  const main = file('metamain.mjs', "import other from './dependency.mjs'; console.log(import.meta.main, other)");
  assert.strictEqual(spawnSync(process.execPath, [main], { encoding: 'utf8' }).stdout, 'true false\n');
  const module = require('module');
  const before = module.builtinModules;
  module.builtinModules = ['mine'];
  assert.deepStrictEqual(module.builtinModules, ['mine']);
  module.builtinModules = before;
});

test('a program\'s own loader of an extension reads for itself, hooks or not', () => {
  const { Module } = require('module');
  const asked = [];
  const hooks = registerHooks({ load(url, context, next) { asked.push(url); return next(url, context); } });
  Module._extensions['.own'] = (module, filename) => module._compile(`module.exports = ${fs.readFileSync(filename, 'utf8')}`, filename);
  try {
    assert.strictEqual(require(file('x.own', '5')), 5);
  } finally {
    delete Module._extensions['.own'];
    hooks.deregister();
  }
  assert.deepStrictEqual(asked.filter((url) => url.endsWith('.own')), []);
});

test('node:constants has Object\'s methods', () => {
  assert.strictEqual(require('constants').hasOwnProperty('O_RDONLY'), true); // eslint-disable-line no-prototype-builtins
});

test('import of CommonJS: module.exports by that name, and as it was when it had run', async () => {
  const name = file('exported.cjs', 'exports.a = 1');
  const first = require(name);
  require.cache[name].exports = 'changed';
  const namespace = await import(pathToFileURL(name).href);
  assert.strictEqual(namespace['module.exports'], first);
  assert.strictEqual(namespace.default, first);
  assert.strictEqual(namespace.a, 1);
});

test('an ES module program\'s microtasks come before its ticks', () => {
  const main = file('order.mjs', "process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro'))");
  assert.strictEqual(spawnSync(process.execPath, [main], { encoding: 'utf8' }).stdout, 'micro\ntick\n');
});
