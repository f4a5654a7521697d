'use strict';
// TypeScript and source maps: Node documentation, "Modules: TypeScript", module.stripTypeScriptTypes, module.SourceMap.
const { test, assert } = require('./harness');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { SourceMap, findSourceMap, stripTypeScriptTypes } = require('module');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'typescript-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

function file(name, text) {
  const full = path.join(folder, name);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, text);
  return full;
}

const run = (...args) => spawnSync(process.execPath, ['--no-warnings', ...args], { encoding: 'utf8' });

test('.ts, .mts and .cts run, and load each other', () => {
  file('types.mts', "export type T = number; export const x: T = 1; export { default as c } from './common.cts'");
  file('common.cts', 'interface A { b: string }\nmodule.exports = { b: "b" } satisfies A as A;');
  assert.strictEqual(run(file('esm.ts', "import { x, type T, c } from './types.mts'; const y: T = x; console.log(y, c.b)")).stdout, '1 b\n');
  assert.strictEqual(run(file('cjs.ts', "const { b }: { b: string } = require('./common.cts'); console.log(b, __filename.slice(-6))")).stdout,
    'b cjs.ts\n');
  assert.strictEqual(require(path.join(folder, 'common.cts')).b, 'b');
});

test('what is not only types is refused, or transformed', () => {
  const main = file('enum.ts', 'enum Color { Red = 7 }\nconsole.log(Color.Red);\nfunction f(): never { throw new Error("here"); }\nf();\n');
  const refused = run(main);
  assert.match(refused.stderr, /enum\.ts:1\nenum Color \{ Red = 7 \}\n\^+/);
  assert.match(refused.stderr, /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/);
  assert.strictEqual(refused.status, 1);
  const done = run('--experimental-transform-types', main);
  assert.strictEqual(done.stdout, '7\n');
  assert.match(done.stderr, /enum\.ts:3\nfunction f\(\): never/);
  assert.match(done.stderr, /at f \(.*enum\.ts:3:29\)/);
  assert.match(run(file('bad.ts', 'const x: = 1')).stderr, /ERR_INVALID_TYPESCRIPT_SYNTAX/);
  assert.match(run('--no-strip-types', file('off.ts', 'const x: number = 1')).stderr, /SyntaxError/);
});

test('stacks have the source\'s lines and columns', () => {
  const { stdout } = run(file('stack.ts', 'type A = string;\nconst f = (a: A): string => new Error(a).stack!;\nconsole.log(f("x"))'));
  assert.match(stdout, /stack\.ts:2:29/);
});

test('packages of node_modules are not stripped', () => {
  file('node_modules/typed/index.ts', 'export const x: number = 1');
  file('node_modules/typed/package.json', '{"exports":"./index.ts","type":"module"}');
  assert.match(run(file('uses.mjs', "import 'typed'")).stderr, /ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING/);
});

test('-e and -p take TypeScript', () => {
  assert.strictEqual(run('-e', 'const x: number = 1; console.log(x)').stdout, '1\n');
  assert.strictEqual(run('--input-type=commonjs-typescript', '-p', 'const x: number = 2; x').stdout, '2\n');
  assert.strictEqual(run('--input-type=module-typescript', '-e', 'import fs from "fs"; const t: string = typeof fs; console.log(t)').stdout,
    'object\n');
  assert.strictEqual(run('-e', 'import fs from "fs"; const t: string = typeof fs; console.log(t)').stdout, 'object\n');
  assert.match(run('-e', 'enum A { B }').stderr, /TypeScript enum is not supported/);
});

test('stripTypeScriptTypes keeps places, or transforms', () => {
  assert.strictEqual(stripTypeScriptTypes('const a: number = 1;'), 'const a         = 1;');
  assert.strictEqual(stripTypeScriptTypes('let a: 1', { sourceUrl: 'x.ts' }), 'let a   \n\n//# sourceURL=x.ts');
  assert.match(stripTypeScriptTypes('enum A { B }', { mode: 'transform', sourceMap: true }), /sourceMappingURL=data:application\/json;base64,/);
  assert.throws(() => stripTypeScriptTypes('enum A { B }'), { code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' });
  assert.throws(() => stripTypeScriptTypes(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => stripTypeScriptTypes('', { mode: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => stripTypeScriptTypes('', { sourceMap: true }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('SourceMap finds entries and origins', () => {
  const payload = { version: 3, sources: ['a.ts', 'b.ts'], names: ['f'], mappings: 'AAAAA,IAAI;ACEJ' };
  const map = new SourceMap(payload, { lineLengths: [10, 5] });
  assert.deepStrictEqual({ ...map.findEntry(0, 2) },
    { generatedLine: 0, generatedColumn: 0, originalSource: 'a.ts', originalLine: 0, originalColumn: 0, name: 'f' });
  assert.strictEqual(map.findEntry(0, 9).originalColumn, 4);
  assert.deepStrictEqual([map.findEntry(1, 0).originalSource, map.findEntry(1, 0).originalLine], ['b.ts', 2]);
  assert.deepStrictEqual({ ...map.findEntry(-1, 0) }, {});
  assert.deepStrictEqual({ ...map.findOrigin(1, 2) }, { name: 'f', fileName: 'a.ts', lineNumber: 1, columnNumber: 2 });
  assert.deepStrictEqual(map.payload, payload);
  assert.notStrictEqual(map.payload, payload);
  assert.deepStrictEqual(map.lineLengths, [10, 5]);
  assert.throws(() => new SourceMap(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.strictEqual(findSourceMap(__filename), undefined);
});

test('--enable-source-maps: stacks of compiled files name their sources', () => {
  file('lib.js.map', JSON.stringify({ version: 3, sources: ['lib.ts'], sourcesContent: ['// one\n\nthrow  new Error("x");\n'], names: [],
    mappings: 'AAEA' }));
  const main = file('lib.js', 'throw new Error("x");\n//# sourceMappingURL=lib.js.map\n');
  const { stderr } = run('--enable-source-maps', main);
  assert.match(stderr, /lib\.ts:3\nthrow {2}new Error\("x"\);\n\^/);
  assert.match(stderr, /lib\.ts:3:1\)/);
  assert.match(run(main).stderr, /lib\.js:1\nthrow/);
});

test('Error.prepareStackTrace is there, can be replaced and put back', () => {
  const before = Error.prepareStackTrace;
  assert.strictEqual(typeof before, 'function');
  Error.prepareStackTrace = (error, sites) => sites.length;
  const count = new Error('x').stack;
  Error.prepareStackTrace = before;
  assert.strictEqual(typeof count, 'number');
  assert.match(new Error('x').stack, /^Error: x\n {4}at /);
  assert.strictEqual(before(new TypeError('y'), []), 'TypeError: y');
});
