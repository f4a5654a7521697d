'use strict';
// "exports", "imports" and conditions of packages, for require and for import: Node documentation, "Modules: Packages".
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');
const { createRequire, findPackageJSON } = require('module');

const tree = (files) => fs.realpathSync(writeTree(temporaryDirectory(), files));

/** A tree with package "p", and what its subpaths resolve to for require and import (file name or error code). */
function pkg(definition, files = {}) {
  const all = { 'main.mjs': 'export const load = (x) => import(x); export const resolve = import.meta.resolve;' };
  all['node_modules/p/package.json'] = typeof definition === 'string' ? definition : JSON.stringify({ name: 'p', ...definition });
  for (const [name, text] of Object.entries(files)) all[`node_modules/p/${name}`] = text;
  const top = tree(all);
  const require = createRequire(`${top}/main.js`);
  const base = `${top}/node_modules/p/`;
  return {
    top,
    base,
    require,
    resolve(request) {
      try {
        return require.resolve(request).replace(base, '');
      } catch (error) {
        return error.code;
      }
    },
    async import(request) {
      const { resolve } = await import(`file://${top}/main.mjs`);
      try {
        return resolve(request).replace(`file://${base}`, '');
      } catch (error) {
        return error.code;
      }
    },
  };
}

test('"exports" as a string closes everything else', async () => {
  const p = pkg({ main: './old.js', exports: './new.js' }, { 'new.js': '', 'old.js': '', 'package.json2': '' });
  assert.strictEqual(p.resolve('p'), 'new.js');
  assert.strictEqual(await p.import('p'), 'new.js');
  assert.strictEqual(p.resolve('p/old.js'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.strictEqual(await p.import('p/old.js'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.strictEqual(p.resolve('p/package.json'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('conditions are tried in the order of the object', async () => {
  const p = pkg({ exports: { '.': { import: './i.js', require: './r.js' }, './d': { browser: './b.js', default: './d.js' },
                             './n': { node: { import: './i.js', default: './r.js' } }, './x': { default: './d.js', require: './r.js' } } },
                { 'i.js': '', 'r.js': '', 'd.js': '', 'b.js': '' });
  assert.strictEqual(p.resolve('p'), 'r.js');
  assert.strictEqual(await p.import('p'), 'i.js');
  assert.strictEqual(p.resolve('p/d'), 'd.js');
  assert.strictEqual(p.resolve('p/n'), 'r.js');
  assert.strictEqual(await p.import('p/n'), 'i.js');
  assert.strictEqual(p.resolve('p/x'), 'd.js');
});

test('conditions at the top', async () => {
  const p = pkg({ exports: { import: './i.mjs', default: './r.js' } }, { 'i.mjs': '', 'r.js': '' });
  assert.strictEqual(p.resolve('p'), 'r.js');
  assert.strictEqual(await p.import('p'), 'i.mjs');
});

test('no matching condition: not exported', async () => {
  const p = pkg({ exports: { browser: './b.js' } }, { 'b.js': '' });
  assert.strictEqual(p.resolve('p'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.throws(() => p.require('p'), (error) => error.message.startsWith(`No "exports" main defined in ${p.base}package.json`));
});

test('subpaths and patterns', async () => {
  const p = pkg({ exports: { './a': './lib/a.js', './f/*': './lib/f/*.js', './f/*.css': './css/*.css', './f/private/*': null,
                             './both/*/x/*': './lib/a.js' } },
                { 'lib/a.js': '', 'lib/f/one.js': '', 'lib/f/two/three.js': '', 'css/s.css': '', 'lib/f/private/p.js': '' });
  assert.strictEqual(p.resolve('p/a'), 'lib/a.js');
  assert.strictEqual(p.resolve('p/f/one'), 'lib/f/one.js');
  assert.strictEqual(p.resolve('p/f/two/three'), 'lib/f/two/three.js');
  assert.strictEqual(p.resolve('p/f/s.css'), 'css/s.css');
  assert.strictEqual(p.resolve('p/f/private/p'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.strictEqual(await p.import('p/f/one'), 'lib/f/one.js');
  assert.strictEqual(await p.import('p/f/private/p'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.strictEqual(p.resolve('p/none'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.strictEqual(p.resolve('p/f/none'), 'MODULE_NOT_FOUND');
  assert.throws(() => p.require('p/none'), (error) =>
    error.message.startsWith(`Package subpath './none' is not defined by "exports" in ${p.base}package.json`));
});

test('a pattern may not leave the package', async () => {
  const p = pkg({ exports: { './*': './lib/*' } }, { 'lib/a.js': '' });
  assert.strictEqual(p.resolve('p/a.js'), 'lib/a.js');
  assert.strictEqual(p.resolve('p/../../x'), 'ERR_INVALID_MODULE_SPECIFIER');
  assert.strictEqual(await p.import('p/x/node_modules/y'), 'ERR_INVALID_MODULE_SPECIFIER');
});

test('arrays: the first valid target', async () => {
  const p = pkg({ exports: { '.': ['not-relative', './a.js'], './c': [{ browser: './b.js' }, './a.js'] } }, { 'a.js': '' });
  assert.strictEqual(p.resolve('p'), 'a.js');
  assert.strictEqual(await p.import('p/c'), 'a.js');
});

test('invalid targets', async () => {
  const p = pkg({ exports: { './a': 'a.js', './b': '../b.js', './c': './node_modules/c.js', './d': './x/../y.js', './e': 5, './f': '/f.js' } });
  for (const name of 'abcdef') {
    assert.strictEqual(p.resolve(`p/${name}`), 'ERR_INVALID_PACKAGE_TARGET');
    assert.strictEqual(await p.import(`p/${name}`), 'ERR_INVALID_PACKAGE_TARGET');
  }
});

test('invalid exports tables', async () => {
  assert.strictEqual(pkg({ exports: { '.': './a.js', 'import': './b.js' } }).resolve('p'), 'ERR_INVALID_PACKAGE_CONFIG');
  assert.strictEqual(await pkg({ exports: { '.': { 0: './a.js' } } }).import('p'), 'ERR_INVALID_PACKAGE_CONFIG');
});

test('extensions are not added to targets', () => {
  const p = pkg({ exports: { './a': './a' } }, { 'a.js': '' });
  assert.strictEqual(p.resolve('p/a'), 'MODULE_NOT_FOUND');
});

test('imports: own files, packages, conditions, patterns', async () => {
  const top = tree({
    'package.json': JSON.stringify({ name: 'me', imports: {
      '#own': './own.js', '#dep': { import: './never.js', node: 'dep' }, '#cond': { require: './r.cjs', import: './i.mjs' },
      '#lib/*.js': './lib/*.js', '#fs': 'fs', '#url': 'node:fs', '#bad': '../x.js',
    } }),
    'own.js': 'module.exports = "own"', 'r.cjs': 'module.exports = "require"', 'i.mjs': 'export default "import"',
    'lib/x.js': 'module.exports = "x"', 'node_modules/dep/index.js': 'module.exports = "dep"',
    'main.mjs': 'export { default as own } from "#own"; export { default as cond } from "#cond"; export { default as x } from "#lib/x.js"; ' +
      'export const load = (s) => import(s);',
  });
  const require = createRequire(`${top}/main.js`);
  assert.strictEqual(require('#own'), 'own');
  assert.strictEqual(require('#dep'), 'dep');
  assert.strictEqual(require('#cond'), 'require');
  assert.strictEqual(require('#lib/x.js'), 'x');
  assert.strictEqual(require('#fs'), fs);
  assert.throws(() => require('#none'), { code: 'ERR_PACKAGE_IMPORT_NOT_DEFINED' });
  assert.throws(() => require('#url'), { code: 'ERR_INVALID_PACKAGE_TARGET' });
  assert.throws(() => require('#bad'), { code: 'ERR_INVALID_PACKAGE_TARGET' });
  assert.throws(() => require('#'), { code: 'ERR_INVALID_MODULE_SPECIFIER' });
  const m = await import(`file://${top}/main.mjs`);
  assert.deepStrictEqual([m.own, m.cond, m.x], ['own', 'import', 'x']);
  await assert.rejects(m.load('#none'), { code: 'ERR_PACKAGE_IMPORT_NOT_DEFINED' });
});

test('a package imports itself by its name', async () => {
  const top = tree({
    'package.json': '{"name":"@s/me","exports":{".":"./a.js","./b":"./b.mjs"}}',
    'a.js': 'module.exports = "a"', 'b.mjs': 'import a from "@s/me"; export default a;',
  });
  assert.strictEqual((await import(`file://${top}/b.mjs`)).default, 'a');
  assert.strictEqual(createRequire(`${top}/x.js`)('@s/me/b').default, 'a');
});

test('main without exports, for import', async () => {
  const p = pkg({ main: 'lib/start' }, { 'lib/start.js': '', 'other.js': '' });
  assert.strictEqual(await p.import('p'), 'lib/start.js');
  assert.strictEqual(await p.import('p/other.js'), 'other.js');
  assert.strictEqual(p.resolve('p/other'), 'other.js');
  const q = pkg({}, { 'index.js': '' });
  assert.strictEqual(await q.import('p'), 'index.js');
});

test('a broken package.json', async () => {
  const p = pkg('{"name":', { 'index.js': '' });
  assert.strictEqual(await p.import('p'), 'ERR_INVALID_PACKAGE_CONFIG');
});

test('links of package managers: the real path decides about dependencies', () => {
  const top = tree({
    'store/a/node_modules/a/index.js': 'module.exports = require("b")', 'store/a/node_modules/b/index.js': 'module.exports = "b of a"',
    'node_modules/.keep': '',
  });
  fs.symlinkSync(`${top}/store/a/node_modules/a`, `${top}/node_modules/a`);
  assert.strictEqual(createRequire(`${top}/x.js`)('a'), 'b of a');
});

if (findPackageJSON !== undefined) {
  test('findPackageJSON', () => {
    const p = pkg({ exports: './a.js' }, { 'a.js': '', 'lib/x.js': '' });
    assert.strictEqual(findPackageJSON('p', `${p.top}/main.js`), `${p.base}package.json`);
    assert.strictEqual(findPackageJSON('./x.js', `file://${p.base}lib/y.js`), `${p.base}package.json`);
  });
}
