'use strict';
// CommonJS modules: Node documentation, "Modules: CommonJS modules" and "Modules: node:module API".
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');
const path = require('path');
const Module = require('module');

const tree = (files) => fs.realpathSync(writeTree(temporaryDirectory(), files));
const from = (directory) => Module.createRequire(`${directory}/main.js`);

test('extensions are tried in the order .js, .json, .node', () => {
  const top = tree({ 'a.js': 'module.exports = "js"', 'a.json': '"json"', 'b.json': '{"x":1}' });
  assert.strictEqual(from(top)('./a'), 'js');
  assert.strictEqual(from(top)('./a.json'), 'json');
  assert.deepStrictEqual(from(top)('./b'), { x: 1 });
});

test('a file wins over a directory of the same name, a slash asks for the directory', () => {
  const top = tree({ 'x.js': 'module.exports = "file"', 'x/index.js': 'module.exports = "directory"' });
  assert.strictEqual(from(top)('./x'), 'file');
  assert.strictEqual(from(top)('./x/'), 'directory');
});

test('directories: package.json main, then index files', () => {
  const top = tree({
    'm/package.json': '{"main":"./lib/start"}', 'm/lib/start.js': 'module.exports = "main"',
    'i/index.json': '{"index":true}',
    'd/package.json': '{"main":"lib"}', 'd/lib/index.js': 'module.exports = "main directory"',
  });
  assert.strictEqual(from(top)('./m'), 'main');
  assert.deepStrictEqual(from(top)('./i'), { index: true });
  assert.strictEqual(from(top)('./d'), 'main directory');
});

test('"." and ".." are directories', () => {
  const top = tree({ 'index.js': 'module.exports = "top"', 'sub/index.js': 'module.exports = "sub"' });
  const require = Module.createRequire(`${top}/sub/main.js`);
  assert.strictEqual(require('.'), 'sub');
  assert.strictEqual(require('..'), 'top');
  assert.strictEqual(require('./'), 'sub');
});

test('the variables of a module', () => {
  const top = tree({
    'v.js': 'module.exports = { self: this === module.exports, exports: exports === module.exports, __filename, __dirname, id: module.id, ' +
      'filename: module.filename, path: module.path, loaded: module.loaded, paths: module.paths, arguments: arguments.length, ' +
      'strict: (function () { return this === undefined; })() }; module.exports.module = module;',
  });
  const v = from(top)('./v');
  assert.strictEqual(v.self, true);
  assert.strictEqual(v.exports, true);
  assert.strictEqual(v.__filename, `${top}/v.js`);
  assert.strictEqual(v.__dirname, top);
  assert.strictEqual(v.id, `${top}/v.js`);
  assert.strictEqual(v.filename, `${top}/v.js`);
  assert.strictEqual(v.path, top);
  assert.strictEqual(v.loaded, false);
  assert.strictEqual(v.module.loaded, true);
  assert.strictEqual(v.arguments, 5);
  assert.strictEqual(v.strict, false);
  assert.strictEqual(v.paths[0], `${top}/node_modules`);
  assert.strictEqual(v.paths[v.paths.length - 1], '/node_modules');
  assert.ok(v.module instanceof Module);
});

test('a module runs once; require.cache may forget it', () => {
  const top = tree({ 'c.js': 'globalThis.count = (globalThis.count ?? 0) + 1; module.exports = {};' });
  const require = from(top);
  assert.strictEqual(require('./c'), require('./c.js'));
  assert.strictEqual(globalThis.count, 1);
  delete require.cache[require.resolve('./c')];
  require('./c');
  assert.strictEqual(globalThis.count, 2);
  delete globalThis.count;
});

test('require.cache entries may be replaced', () => {
  const top = tree({ 'c.js': 'module.exports = "real"' });
  const require = from(top);
  require('./c');
  require.cache[require.resolve('./c')].exports = 'mock';
  assert.strictEqual(require('./c'), 'mock');
});

test('cycles see what was exported so far', () => {
  const top = tree({
    'a.js': 'exports.done = false; const b = require("./b"); exports.b = b.done; exports.done = true;',
    'b.js': 'exports.done = false; const a = require("./a"); exports.a = a.done; exports.done = true;',
    'main.js': 'const a = require("./a"), b = require("./b"); module.exports = [a.done, b.done, a.b, b.a];',
  });
  assert.deepStrictEqual(from(top)('./main'), [true, true, true, false]);
});

test('reading a missing export in a cycle is warned about', async () => {
  const top = tree({
    'a.js': 'require("./b"); exports.x = 1;',
    'b.js': 'const a = require("./a"); exports.seen = a.later;',
  });
  const warning = new Promise((resolve) => process.once('warning', resolve));
  process.noWarnings = true;
  const write = process.stderr?.write;
  const a = from(top)('./a');
  assert.match((await warning).message, /Accessing non-existent property 'later' of module exports inside circular dependency/);
  assert.strictEqual(Object.getPrototypeOf(a), Object.prototype);
  process.noWarnings = false;
  assert.strictEqual(process.stderr?.write, write);
});

test('a missing module: MODULE_NOT_FOUND with its require stack', () => {
  const top = tree({ 'a.js': 'require("./b")', 'b.js': 'require("./nowhere")' });
  try {
    from(top)('./a');
    assert.fail('nothing was thrown');
  } catch (error) {
    assert.strictEqual(error.code, 'MODULE_NOT_FOUND');
    assert.deepStrictEqual(error.requireStack.slice(0, 2), [`${top}/b.js`, `${top}/a.js`]);
    assert.ok(error.message.startsWith(`Cannot find module './nowhere'\nRequire stack:\n- ${top}/b.js\n- ${top}/a.js`));
  }
});

test('a module that throws is forgotten', () => {
  const top = tree({ 't.js': 'globalThis.tries = (globalThis.tries ?? 0) + 1; throw new Error("no " + globalThis.tries)' });
  assert.throws(() => from(top)('./t'), /no 1/);
  assert.throws(() => from(top)('./t'), /no 2/);
  assert.strictEqual(from(top).cache[`${top}/t.js`], undefined);
});

test('JSON errors name the file', () => {
  const top = tree({ 'bad.json': '{"a":' });
  assert.throws(() => from(top)('./bad.json'), (error) => error instanceof SyntaxError && error.message.startsWith(`${top}/bad.json: `));
});

test('a byte order mark and a shebang are skipped', () => {
  const top = tree({ 'b.js': '\uFEFFmodule.exports = 1', 's.js': '#!/usr/bin/env jsd\nmodule.exports = 2', 'j.json': '\uFEFF{"x":3}' });
  assert.strictEqual(from(top)('./b'), 1);
  assert.strictEqual(from(top)('./s'), 2);
  assert.deepStrictEqual(from(top)('./j'), { x: 3 });
});

test('unknown extensions are JavaScript', () => {
  const top = tree({ 'x.foo': 'module.exports = "foo"', 'bin': 'module.exports = "none"' });
  assert.strictEqual(from(top)('./x.foo'), 'foo');
  assert.strictEqual(from(top)('./bin'), 'none');
});

test('node_modules are searched upwards', () => {
  const top = tree({
    'node_modules/p/index.js': 'module.exports = "upper"',
    'a/node_modules/p.js': 'module.exports = "lower"',
    'node_modules/@s/q/lib/x.js': 'module.exports = "scoped"',
  });
  assert.strictEqual(Module.createRequire(`${top}/a/b/c.js`)('p'), 'lower');
  assert.strictEqual(from(top)('p'), 'upper');
  assert.strictEqual(from(top)('@s/q/lib/x'), 'scoped');
});

test('symbolic links are followed to the real file', () => {
  const top = tree({ 'real/m.js': 'module.exports = __filename', 'real/dep.js': '' });
  fs.symlinkSync(`${top}/real`, `${top}/link`);
  assert.strictEqual(from(top)('./link/m'), `${top}/real/m.js`);
});

test('built-in modules with and without node:', () => {
  assert.strictEqual(require('node:fs'), require('fs'));
  assert.throws(() => require('node:nothing'), { code: 'ERR_UNKNOWN_BUILTIN_MODULE', message: 'No such built-in module: node:nothing' });
  assert.ok(Module.builtinModules.includes('fs'));
  assert.ok(!Module.builtinModules.includes('node:fs'));
  assert.strictEqual(Module.isBuiltin('fs'), true);
  assert.strictEqual(Module.isBuiltin('node:fs'), true);
  assert.strictEqual(Module.isBuiltin('express'), false);
});

test('node: is not looked up in require.cache, a bare name is not replaced by a package', () => {
  const top = tree({ 'node_modules/fs/index.js': 'module.exports = "package"' });
  assert.strictEqual(from(top)('fs'), fs);
  assert.strictEqual(from(top)('fs/'), 'package');
});

test('require.resolve and its paths', () => {
  const top = tree({ 'node_modules/p/index.js': '', 'other/node_modules/q/index.js': '', 'a.js': '' });
  const require = from(top);
  assert.strictEqual(require.resolve('p'), `${top}/node_modules/p/index.js`);
  assert.strictEqual(require.resolve('./a'), `${top}/a.js`);
  assert.strictEqual(require.resolve('q', { paths: [`${top}/other`] }), `${top}/other/node_modules/q/index.js`);
  assert.strictEqual(require.resolve('./a', { paths: [top] }), `${top}/a.js`);
  assert.strictEqual(require.resolve('fs'), 'fs');
  assert.throws(() => require.resolve('q'), { code: 'MODULE_NOT_FOUND' });
  assert.throws(() => require.resolve('q', { paths: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.strictEqual(require.resolve.paths('p')[0], `${top}/node_modules`);
  assert.strictEqual(require.resolve.paths('fs'), null);
  assert.deepStrictEqual(require.resolve.paths('./a'), [top]);
});

test('require validates its argument', () => {
  assert.throws(() => require(''), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => require(3), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('module.children and module.parent', () => {
  const top = tree({ 'a.js': 'require("./b"); module.exports = module', 'b.js': 'module.exports = module' });
  const a = from(top)('./a');
  assert.deepStrictEqual(a.children.map((child) => child.id), [`${top}/b.js`]);
  assert.strictEqual(a.children[0].parent, a);
  assert.strictEqual(require.main, module);
  assert.strictEqual(module.id, '.');
  assert.strictEqual(process.mainModule, module);
});

test('patches: Module.prototype.require', () => {
  const top = tree({ 'a.js': 'module.exports = require("virtual")' });
  const original = Module.prototype.require;
  Module.prototype.require = function (id) { return id === 'virtual' ? 'patched' : original.call(this, id); };
  try {
    assert.strictEqual(from(top)('./a'), 'patched');
  } finally {
    Module.prototype.require = original;
  }
});

test('patches: Module._load and Module._resolveFilename', () => {
  const top = tree({ 'a.js': 'module.exports = [require("virtual"), require("alias")]', 'target.js': 'module.exports = "aliased"' });
  const { _load, _resolveFilename } = Module;
  Module._load = function (request, ...rest) { return request === 'virtual' ? 'mock' : _load.call(this, request, ...rest); };
  Module._resolveFilename = function (request, ...rest) {
    return _resolveFilename.call(this, request === 'alias' ? `${top}/target.js` : request, ...rest);
  };
  try {
    assert.deepStrictEqual(from(top)('./a'), ['mock', 'aliased']);
  } finally {
    Object.assign(Module, { _load, _resolveFilename });
  }
});

test('patches: Module._extensions, as transpilers do', () => {
  const top = tree({ 'a.up': 'module.exports = "text"', 'b.js': 'module.exports = BANNER' });
  const js = Module._extensions['.js'];
  Module._extensions['.up'] = (module, filename) => { module.exports = fs.readFileSync(filename, 'utf8').toUpperCase(); };
  Module._extensions['.js'] = (module, filename) => {
    const { _compile } = module;
    module._compile = function (code, name) { return _compile.call(this, code.replace('BANNER', '"compiled"'), name); };
    js(module, filename);
  };
  try {
    assert.strictEqual(from(top)('./a'), 'MODULE.EXPORTS = "TEXT"');
    assert.strictEqual(from(top)('./b'), 'compiled');
  } finally {
    Module._extensions['.js'] = js;
    delete Module._extensions['.up'];
  }
});

test('patches: Module.wrap', () => {
  const top = tree({ 'a.js': 'module.exports = extra' });
  const { wrap } = Module;
  Module.wrap = (code) => wrap(`const extra = 7; ${code}`);
  try {
    assert.strictEqual(from(top)('./a'), 7);
  } finally {
    Module.wrap = wrap;
  }
});

test('new Module and _compile, as require-from-string does', () => {
  const module = new Module('/virtual/x.js', null);
  module.filename = '/virtual/x.js';
  module.paths = Module._nodeModulePaths('/virtual');
  module._compile('exports.where = __dirname; exports.path = require("path").sep;', '/virtual/x.js');
  assert.deepStrictEqual(module.exports, { where: '/virtual', path: '/' });
});

test('Module._nodeModulePaths', () => {
  assert.deepStrictEqual(Module._nodeModulePaths('/a/node_modules/b'),
                         ['/a/node_modules/b/node_modules', '/a/node_modules', '/node_modules']);
});

test('createRequire takes paths and file: URLs', () => {
  const top = tree({ 'a.js': 'module.exports = 1' });
  assert.strictEqual(Module.createRequire(`file://${top}/x.js`)('./a'), 1);
  assert.strictEqual(Module.createRequire(new URL(`file://${top}/x.js`))('./a'), 1);
  assert.strictEqual(Module.createRequire(`${top}/`)('./a'), 1);
  assert.throws(() => Module.createRequire('./relative'), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('syntax errors keep their place', () => {
  const top = tree({ 'bad.js': 'const ok = 1;\nconst = 2;\n' });
  assert.throws(() => from(top)('./bad'), (error) => error instanceof SyntaxError && error.stack.includes('bad.js:2'));
});

test('stack traces have the lines of the file', () => {
  const top = tree({ 't.js': '\n\nexports.fail = () => { throw new Error("x"); };' });
  assert.throws(() => from(top)('./t').fail(), (error) => error.stack.includes(`${top}/t.js:3:`));
});

test('a package that requires itself needs exports', () => {
  const top = tree({
    'package.json': '{"name":"me","exports":{".":"./main.js","./sub":"./lib/sub.js"}}',
    'main.js': 'module.exports = "me"', 'lib/sub.js': 'module.exports = require("me")',
  });
  assert.strictEqual(Module.createRequire(`${top}/lib/x.js`)('me/sub'), 'me');
  assert.throws(() => from(top)('me/none'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
});

test('a wrong main is replaced by index.js, or is an error', () => {
  const top = tree({
    'w/package.json': '{"main":"none.js"}', 'w/index.js': 'module.exports = "index"',
    'e/package.json': '{"main":"none.js"}',
  });
  process.noDeprecation = true;
  assert.strictEqual(from(top)('./w'), 'index');
  process.noDeprecation = false;
  assert.throws(() => from(top)('./e'), (error) => error.code === 'MODULE_NOT_FOUND' && /valid "main" entry/.test(error.message));
});

test('a broken package.json is an error with its path', () => {
  const top = tree({ 'node_modules/p/package.json': '{', 'node_modules/p/index.js': '' });
  assert.throws(() => from(top)('p'), (error) => error.code === 'ERR_INVALID_PACKAGE_CONFIG' && error.message.includes('p/package.json'));
});

test('require of a native addon that cannot be loaded', () => {
  const top = tree({ 'a.node': 'not an addon' });
  assert.throws(() => from(top)('./a.node'), { code: 'ERR_DLOPEN_FAILED' });
});

test('modules that a module writes are found', () => {
  const top = tree({ 'a.js': 'const t = () => { try { return require("./made"); } catch (e) { return e.code; } };\n' +
    'const first = t(); require("fs").writeFileSync(__dirname + "/made.js", "module.exports = 9"); module.exports = [first, t()];' });
  assert.deepStrictEqual(from(top)('./a'), ['MODULE_NOT_FOUND', 9]);
});

test('path.join of __dirname works in nested directories', () => {
  const top = tree({ 'a/b/c.js': 'module.exports = require(require("path").join(__dirname, "..", "d"))', 'a/d.js': 'module.exports = "d"' });
  assert.strictEqual(from(top)('./a/b/c'), 'd');
  assert.strictEqual(path.basename(top).startsWith('jsd-test-'), true);
});

test('the compile cache on disk', () => {
  const { spawnSync } = require('child_process');
  const top = tree({ 'a.js': 'exports.f = () => "one"; console.log(exports.f(), Boolean(require("module").getCompileCacheDir()))', 'b.js': '' });
  const env = { ...process.env, NODE_COMPILE_CACHE: `${top}/cache` };
  const run = () => spawnSync(process.execPath, [`${top}/a.js`], { encoding: 'utf8', env });
  const files = () => fs.readdirSync(`${top}/cache`, { recursive: true }).map((name) => `${top}/cache/${name}`)
    .filter((name) => fs.statSync(name).isFile());
  assert.strictEqual(run().stdout, 'one true\n');
  const [file] = files();
  const before = fs.statSync(file).ino;
  const again = spawnSync(process.execPath, [`${top}/a.js`], { encoding: 'utf8', env: { ...env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' } });
  assert.strictEqual(again.stdout, 'one true\n');
  assert.match(again.stderr, /\b1 modules used, 0 compiled|was accepted/);
  assert.strictEqual(fs.statSync(file).ino, before); // not written again
  fs.writeFileSync(`${top}/a.js`, 'console.log("two", true)');
  assert.strictEqual(run().stdout, 'two true\n');
  fs.writeFileSync(files()[0], Buffer.alloc(100, 1)); // damaged: not believed
  assert.strictEqual(run().stdout, 'two true\n');
  assert.strictEqual(spawnSync(process.execPath, ['-p', 'module.constructor.enableCompileCache().status'],
                               { encoding: 'utf8', env: { ...env, NODE_DISABLE_COMPILE_CACHE: '1' } }).stdout, '3\n');
});

test('the compile cache keeps ES modules, and goes by a text, not by its file', () => {
  const { spawnSync } = require('child_process');
  const top = tree({
    'main.mjs': "import { f } from './part.mjs'; import './hook.cjs'; console.log(f());",
    'part.mjs': "export const f = () => 'from a module';",
    'hook.cjs': `require.extensions['.txt'] = (module) => module._compile('console.log(' + process.env.ANSWER + ')', module.filename);
      require('./answer.txt');`,
    'answer.txt': 'as long as before',
  });
  const run = (ANSWER) => spawnSync(process.execPath, [`${top}/main.mjs`], {
    encoding: 'utf8', env: { ...process.env, NODE_COMPILE_CACHE: `${top}/cache`, ANSWER },
  }).stdout;
  assert.strictEqual(run('1'), '1\nfrom a module\n');
  assert.strictEqual(run('2'), '2\nfrom a module\n'); // what the hook made of the same file has the same length
  fs.writeFileSync(`${top}/part.mjs`, "export const f = () => 'of other text';");
  assert.strictEqual(run('2'), '2\nof other text\n');
});

test('Module._stat given back to itself, as jest does with every property of Module, still asks the file system', () => {
  const Module = require('module');
  class Copy extends Module {}
  Copy._stat = Module._stat;
  Module._stat = Module._stat;
  const top = tree({ 'a.js': 'module.exports = 5;' });
  assert.strictEqual(require(`${top}/a`), 5);
});
