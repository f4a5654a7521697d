'use strict';
// ES modules: Node documentation, "Modules: ECMAScript modules" and "Loading ECMAScript modules using require()".
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');
const { createRequire, syncBuiltinESMExports } = require('module');

const tree = (files) => fs.realpathSync(writeTree(temporaryDirectory(), files));
const load = (file) => import(`file://${file}`);
const keys = (namespace) => Object.keys(namespace).sort();

test('exports of every kind, and live bindings', async () => {
  const top = tree({
    'a.mjs': 'export let n = 1; export const bump = () => { n++; }; export default class C {} export { n as other };',
    'b.mjs': 'export * from "./a.mjs"; export * as ns from "./a.mjs"; import d, { bump } from "./a.mjs"; bump(); export const name = d.name;',
  });
  const b = await load(`${top}/b.mjs`);
  assert.deepStrictEqual(keys(b), ['bump', 'n', 'name', 'ns', 'other']);
  assert.strictEqual(b.n, 2);
  b.bump();
  assert.strictEqual(b.n, 3);
  assert.strictEqual(b.name, 'C');
});

test('import.meta', async () => {
  const top = tree({ 'm.mjs': 'export default import.meta; export const r = [import.meta.resolve("./x.mjs"), import.meta.resolve("node:fs"), ' +
    'import.meta.resolve("fs")];' });
  const m = await load(`${top}/m.mjs`);
  assert.strictEqual(m.default.url, `file://${top}/m.mjs`);
  assert.strictEqual(m.default.filename, `${top}/m.mjs`);
  assert.strictEqual(m.default.dirname, top);
  assert.deepStrictEqual(m.r, [`file://${top}/x.mjs`, 'node:fs', 'node:fs']);
  assert.strictEqual(Object.getPrototypeOf(m.default), null);
});

test('query and fragment make a module of its own', async () => {
  const top = tree({ 'm.mjs': 'export const url = import.meta.url; globalThis.runs = (globalThis.runs ?? 0) + 1;' });
  const a = await load(`${top}/m.mjs?a`);
  const b = await load(`${top}/m.mjs?b#c`);
  assert.ok(a.url.endsWith('?a') && b.url.endsWith('?b#c'));
  assert.strictEqual(globalThis.runs, 2);
  assert.strictEqual(await load(`${top}/m.mjs?a`), a);
  assert.strictEqual(globalThis.runs, 2);
});

test('names with spaces and other letters', async () => {
  const top = tree({ 'a b/ü#.mjs': 'export default import.meta.filename', 'm.mjs': 'export { default } from "./a b/ü%23.mjs"' });
  assert.strictEqual((await load(`${top}/m.mjs`)).default, `${top}/a b/ü#.mjs`);
});

test('top-level await orders evaluation', async () => {
  const top = tree({
    'slow.mjs': 'globalThis.order = ["slow start"]; await new Promise((r) => setTimeout(r, 5)); globalThis.order.push("slow end");',
    'm.mjs': 'import "./slow.mjs"; globalThis.order.push("main");',
  });
  await load(`${top}/m.mjs`);
  assert.deepStrictEqual(globalThis.order, ['slow start', 'slow end', 'main']);
});

test('import() runs nothing before the next turn of the microtask queue', async () => {
  const top = tree({ 'm.mjs': 'globalThis.order.push("module")' });
  globalThis.order = [];
  const promise = load(`${top}/m.mjs`);
  globalThis.order.push('after import()');
  await promise;
  assert.deepStrictEqual(globalThis.order, ['after import()', 'module']);
});

test('cycles of ES modules', async () => {
  const top = tree({
    'a.mjs': 'import { b } from "./b.mjs"; export const a = () => "a" + b;',
    'b.mjs': 'import { a } from "./a.mjs"; export const b = "b"; export const later = () => a();',
  });
  assert.strictEqual((await load(`${top}/b.mjs`)).later(), 'ab');
});

test('built-in modules: default and named exports, kept up to date on demand', async () => {
  const ns = await import('node:path');
  assert.strictEqual(ns.default, require('path'));
  assert.strictEqual(ns.join, require('path').join);
  const bare = await import('path');
  assert.strictEqual(bare, ns);
  const { join } = ns.default;
  ns.default.join = () => 'patched';
  assert.strictEqual(ns.join, join);
  syncBuiltinESMExports();
  assert.strictEqual(ns.join(), 'patched');
  ns.default.join = join;
  syncBuiltinESMExports();
  await assert.rejects(import('node:nothing'), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' });
});

test('named exports of CommonJS', async () => {
  const top = tree({
    'c.cjs': 'exports.a = 1; module.exports.b = 2; Object.defineProperty(exports, "c", { enumerable: true, value: 3 });',
    'o.cjs': 'var x = 1, y = 2; module.exports = { x, y };',
    'r.cjs': 'module.exports = require("./c.cjs")',
    'f.cjs': 'module.exports = function f() {}; module.exports.prop = 1;',
    'ts.cjs': '"use strict"; Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "d"; exports.named = 1;',
  });
  assert.deepStrictEqual(keys(await load(`${top}/c.cjs`)).filter((name) => name !== 'module.exports'), ['a', 'b', 'c', 'default']);
  assert.deepStrictEqual((await load(`${top}/o.cjs`)).x, 1);
  const r = await load(`${top}/r.cjs`);
  assert.strictEqual(r.b, 2);
  const f = await load(`${top}/f.cjs`);
  assert.strictEqual(typeof f.default, 'function');
  assert.strictEqual(f.default.prop, 1);
  const ts = await load(`${top}/ts.cjs`);
  assert.deepStrictEqual(ts.default, { default: 'd', named: 1 });
  assert.strictEqual(ts.named, 1);
  assert.strictEqual(ts.__esModule, true);
});

test('a CommonJS module is the same for import and require', async () => {
  const top = tree({ 'c.cjs': 'module.exports = { n: Math.random() }' });
  const required = createRequire(`${top}/x.js`)('./c.cjs');
  assert.strictEqual((await load(`${top}/c.cjs`)).default, required);
});

test('a name that CommonJS does not export is explained', async () => {
  const top = tree({ 'c.cjs': 'module.exports = {}', 'm.mjs': 'import { foo as bar } from "./c.cjs"; export { bar };' });
  await assert.rejects(load(`${top}/m.mjs`), (error) => error instanceof SyntaxError &&
    error.message.startsWith("Named export 'foo' not found. The requested module './c.cjs' is a CommonJS module, which may not support all " +
      'module.exports as named exports.\nCommonJS modules can always be imported via the default export, for example using:\n\n' +
      "import pkg from './c.cjs';\nconst { foo: bar } = pkg;\n"));
});

test('a name that an ES module does not export', async () => {
  const top = tree({ 'a.mjs': '', 'm.mjs': 'import { foo } from "./a.mjs"' });
  await assert.rejects(load(`${top}/m.mjs`), (error) => error instanceof SyntaxError &&
    error.message === "The requested module './a.mjs' does not provide an export named 'foo'");
});

test('JSON with an import attribute', async () => {
  const top = tree({
    'd.json': '{"x":[1]}',
    'm.mjs': 'import d from "./d.json" with { type: "json" }; export default d;',
    'dynamic.mjs': 'export default (await import("./d.json", { with: { type: "json" } })).default',
    'none.mjs': 'import d from "./d.json";',
    'wrong.mjs': 'import d from "./m.mjs" with { type: "json" };',
    'unknown.mjs': 'import d from "./d.json" with { type: "css" };',
    'other.mjs': 'import d from "./d.json" with { kind: "json" };',
    'bad.json': '{"x"',
    'bad.mjs': 'import d from "./bad.json" with { type: "json" };',
  });
  assert.deepStrictEqual((await load(`${top}/m.mjs`)).default, { x: [1] });
  assert.strictEqual((await load(`${top}/dynamic.mjs`)).default, (await load(`${top}/m.mjs`)).default);
  const missing = /^ERR_IMPORT_(ATTRIBUTE_MISSING|ASSERTION_TYPE_MISSING)$/; // the second: Node 20
  await assert.rejects(load(`${top}/none.mjs`), { code: missing });
  await assert.rejects(load(`${top}/wrong.mjs`), { code: /TYPE_INCOMPATIBLE|ASSERTION_TYPE_FAILED/ });
  await assert.rejects(load(`${top}/unknown.mjs`), { code: /UNSUPPORTED/ });
  await assert.rejects(load(`${top}/other.mjs`), { code: /UNSUPPORTED/ });
  await assert.rejects(load(`${top}/bad.mjs`), (error) => error instanceof SyntaxError && error.message.includes('bad.json: '));
});

test('data: URLs', async () => {
  assert.strictEqual((await import('data:text/javascript,export default 5')).default, 5);
  assert.strictEqual((await import('data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgNg==')).default, 6);
  assert.deepStrictEqual((await import('data:application/json,{"a":1}', { with: { type: 'json' } })).default, { a: 1 });
  assert.strictEqual((await import('data:text/javascript,import { sep } from "node:path"; export default sep')).default, '/');
  await assert.rejects(import('data:text/javascript,import "./x.mjs"'), { code: /ERR_(UNSUPPORTED_RESOLVE_REQUEST|INVALID_URL)/ });
  await assert.rejects(import('data:text/css,a'), { code: 'ERR_UNKNOWN_MODULE_FORMAT' });
});

test('what cannot be resolved', async () => {
  const top = tree({ 'dir/index.js': '', 'm.mjs': 'export const load = (x) => import(x)', 'x.foo': '', 'ext.js': '' });
  const { load: from } = await load(`${top}/m.mjs`);
  await assert.rejects(from('./none.mjs'), (error) => error.code === 'ERR_MODULE_NOT_FOUND' && error.url === `file://${top}/none.mjs` &&
    error.message.startsWith(`Cannot find module '${top}/none.mjs' imported from ${top}/m.mjs`));
  await assert.rejects(from('./ext'), { code: 'ERR_MODULE_NOT_FOUND' });
  await assert.rejects(from('nopackage'), (error) => error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.startsWith(`Cannot find package 'nopackage' imported from ${top}/m.mjs`));
  await assert.rejects(from('./dir'), { code: 'ERR_UNSUPPORTED_DIR_IMPORT' });
  await assert.rejects(from('./x.foo'), { code: 'ERR_UNKNOWN_FILE_EXTENSION' });
  await assert.rejects(from('https://example.com/x.mjs'), { code: 'ERR_UNSUPPORTED_ESM_URL_SCHEME' });
  await assert.rejects(from('./a%2fb.mjs'), { code: 'ERR_INVALID_MODULE_SPECIFIER' });
  await assert.rejects(from('@scope'), { code: 'ERR_INVALID_MODULE_SPECIFIER' });
});

test('a file that was missing can be imported later', async () => {
  const top = tree({ 'm.mjs': 'import "./late.mjs"; export default 1' });
  await assert.rejects(load(`${top}/m.mjs`), { code: 'ERR_MODULE_NOT_FOUND' });
  fs.writeFileSync(`${top}/late.mjs`, '');
  assert.strictEqual((await load(`${top}/m.mjs?again`)).default, 1);
});

test('a module that throws: every import gets the same error', async () => {
  const top = tree({ 't.mjs': 'throw new Error("once")', 'm.mjs': 'import "./t.mjs"' });
  const one = await load(`${top}/m.mjs`).catch((error) => error);
  const two = await load(`${top}/m.mjs`).catch((error) => error);
  const three = await load(`${top}/t.mjs`).catch((error) => error);
  assert.strictEqual(one.message, 'once');
  assert.strictEqual(one, two);
  assert.strictEqual(one, three);
});

test('.js follows the type of its package', async () => {
  const top = tree({
    'm/package.json': '{"type":"module"}', 'm/a.js': 'export default typeof require', 'm/sub/b.js': 'export default import.meta.url.length > 0',
    'm/none': 'export default "module"',
    'c/package.json': '{"type":"commonjs"}', 'c/a.js': 'module.exports = typeof require', 'c/bad.js': 'export default 1',
  });
  assert.strictEqual((await load(`${top}/m/a.js`)).default, 'undefined');
  assert.strictEqual((await load(`${top}/m/sub/b.js`)).default, true);
  assert.strictEqual((await load(`${top}/m/none`)).default, 'module');
  assert.strictEqual((await load(`${top}/c/a.js`)).default, 'function');
  await assert.rejects(load(`${top}/c/bad.js`), (error) => error instanceof SyntaxError);
});

test('the variables of CommonJS do not exist', async () => {
  const top = tree({ 'package.json': '{"type":"module"}', 'r.js': 'require("fs")', 'm.mjs': 'module.exports = 1', 'd.mjs': '__dirname' });
  await assert.rejects(load(`${top}/r.js`), (error) => error instanceof ReferenceError &&
    error.message.startsWith('require is not defined in ES module scope, you can use import instead\nThis file is being treated as an ES ' +
      `module because it has a '.js' file extension and '${top}/package.json' contains "type": "module".`));
  await assert.rejects(load(`${top}/m.mjs`), { message: 'module is not defined in ES module scope' });
  await assert.rejects(load(`${top}/d.mjs`), { message: /^__dirname is not defined in ES module scope/ });
});

// ---- syntax detection ---------------------------------------------------------------------------------------------------

test('.js without a type: syntax decides', async () => {
  const top = tree({
    'import.js': 'import "node:fs"; globalThis.detected = "import"; export default 1;',
    'export.js': 'export const x = 1;',
    'meta.js': 'export default import.meta.url;',
    'await.js': 'const x = await Promise.resolve(3); export { x };',
    'cjs.js': 'exports.kind = typeof module; import("node:fs");',
    'plain.js': 'const kind = 1;',
  });
  assert.strictEqual((await load(`${top}/import.js`)).default, 1);
  assert.strictEqual((await load(`${top}/export.js`)).x, 1);
  assert.strictEqual((await load(`${top}/meta.js`)).default, `file://${top}/meta.js`);
  assert.strictEqual((await load(`${top}/await.js`)).x, 3);
  assert.strictEqual((await load(`${top}/cjs.js`)).kind, 'object');
  assert.deepStrictEqual((await load(`${top}/plain.js`)).default, {});
});

// ---- require() of ES modules ----------------------------------------------------------------------------------------------

test('require gives the namespace', () => {
  const top = tree({ 'n.mjs': 'export const a = 1; export const b = 2;', 'd.mjs': 'export default 1; export const a = 2;' });
  const require = createRequire(`${top}/x.js`);
  const n = require('./n.mjs');
  assert.deepStrictEqual(keys(n), ['a', 'b']);
  assert.strictEqual(Object.prototype.toString.call(n), '[object Module]');
  const d = require('./d.mjs');
  assert.strictEqual(d.default, 1);
  assert.strictEqual(d.a, 2);
  assert.strictEqual(d.__esModule, true);
  assert.strictEqual(require('./d.mjs'), d);
});

test('an export named "module.exports" is what require gives', async () => {
  const top = tree({ 'm.mjs': 'class C {} export default 1; export { C as "module.exports" };' });
  const C = createRequire(`${top}/x.js`)('./m.mjs');
  assert.strictEqual(typeof C, 'function');
  assert.strictEqual(C.name, 'C');
});

test('require and import share the module', async () => {
  const top = tree({ 'm.mjs': 'export const o = {}' });
  const { o } = createRequire(`${top}/x.js`)('./m.mjs');
  assert.strictEqual((await load(`${top}/m.mjs`)).o, o);
});

test('require of a graph with top-level await', () => {
  const top = tree({ 'w.mjs': 'await 1; export default 1', 'm.mjs': 'export * from "./w.mjs"' });
  assert.throws(() => createRequire(`${top}/x.js`)('./m.mjs'), { code: 'ERR_REQUIRE_ASYNC_MODULE' });
});

test('require of an ES module that throws', () => {
  const top = tree({ 't.mjs': 'throw new RangeError("from the module")' });
  const require = createRequire(`${top}/x.js`);
  assert.throws(() => require('./t.mjs'), RangeError);
  assert.throws(() => require('./t.mjs'), /from the module/);
});

test('require detects module syntax, and follows "type"', () => {
  const top = tree({ 'a.js': 'export const x = 1', 'p/package.json': '{"type":"module"}', 'p/b.js': 'export const y = 2' });
  const require = createRequire(`${top}/x.js`);
  assert.strictEqual(require('./a').x, 1);
  assert.strictEqual(require('./p/b').y, 2);
});

test('cycles between ES modules and CommonJS', async () => {
  const top = tree({
    'a.mjs': 'import b from "./b.cjs"; export const a = "a"; export { b };',
    'b.cjs': 'try { module.exports = require("./a.mjs"); } catch (error) { module.exports = error.code; }',
  });
  const a = await load(`${top}/a.mjs`);
  assert.strictEqual(a.b, 'ERR_REQUIRE_CYCLE_MODULE');
});

test('import() from CommonJS, from functions and from eval', async () => {
  const top = tree({
    'x.mjs': 'export default "x"',
    'c.cjs': 'exports.plain = () => import("./x.mjs"); exports.eval = () => eval(\'import("./x.mjs")\'); ' +
      'exports.function = new Function("s", "return import(s)");',
  });
  const c = createRequire(`${top}/m.js`)('./c.cjs');
  assert.strictEqual((await c.plain()).default, 'x');
  assert.strictEqual((await c.eval()).default, 'x');
  assert.strictEqual((await c.function(`file://${top}/x.mjs`)).default, 'x');
});
