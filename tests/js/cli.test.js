'use strict';
// The command line: Node documentation, "Command-line API" and "Process: exit codes".
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');
const { spawnSync } = require('child_process');

const tree = (files) => fs.realpathSync(writeTree(temporaryDirectory(), files));
const name = process.versions.jsd === undefined ? 'node' : 'jsd';

/** @returns {{code: number, out: string, err: string}} */
function run(args, options = {}) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8', input: '', ...options, env: { ...process.env, NODE_OPTIONS: '', ...options.env },
  });
  return { code: status ?? signal, out: stdout, err: stderr };
}

test('a file with arguments', () => {
  const top = tree({ 'a.js': 'console.log(JSON.stringify([process.argv.slice(1), process.execArgv, require.main === module]))' });
  const { code, out } = run(['a.js', 'one', '--two'], { cwd: top });
  assert.strictEqual(code, 0);
  assert.deepStrictEqual(JSON.parse(out), [[`${top}/a.js`, 'one', '--two'], [], true]);
});

test('the file may lack its extension, or be a directory', () => {
  const top = tree({ 'a.js': 'console.log("file")', 'd/index.js': 'console.log("directory")' });
  assert.strictEqual(run(['a'], { cwd: top }).out, 'file\n');
  assert.strictEqual(run(['./d'], { cwd: top }).out, 'directory\n');
});

test('process.argv[0], execPath and execArgv', () => {
  const { out } = run(['--no-warnings', '--stack-size=900', '-e', 'console.log(JSON.stringify([process.argv, process.execArgv, process.execPath]))', 'x']);
  const [argv, execArgv, execPath] = JSON.parse(out);
  assert.deepStrictEqual(argv, [process.execPath, 'x']);
  assert.strictEqual(execPath, process.execPath);
  assert.deepStrictEqual(execArgv.slice(0, 2), ['--no-warnings', '--stack-size=900']);
});

test('ES modules as programs: .mjs, type, syntax', () => {
  const top = tree({
    'a.mjs': 'import "node:fs"; await 1; console.log(import.meta.filename)',
    't/package.json': '{"type":"module"}', 't/a.js': 'import "node:fs"; console.log("type")',
    's.js': 'import "node:fs"; console.log("syntax")',
  });
  assert.strictEqual(run(['a.mjs'], { cwd: top }).out, `${top}/a.mjs\n`);
  assert.strictEqual(run(['t/a.js'], { cwd: top }).out, 'type\n');
  assert.strictEqual(run(['s.js'], { cwd: top }).out, 'syntax\n');
});

test('-e has require, module and the built-in modules as globals', () => {
  const { out, code } = run(['-e', 'console.log(typeof require, typeof module, __filename, path.sep, typeof os.cpus)']);
  assert.strictEqual(out, 'function object [eval] / function\n');
  assert.strictEqual(code, 0);
});

test('-e of an ES module', () => {
  assert.strictEqual(run(['--input-type=module', '-e', 'import { sep } from "path"; console.log(sep, typeof require)']).out, '/ undefined\n');
  assert.strictEqual(run(['-e', 'import { sep } from "path"; console.log(sep)']).out, '/\n');
  assert.strictEqual(run(['-e', 'import("path").then((m) => console.log(m.sep))']).out, '/\n');
});

test('-e finds packages from the working directory', () => {
  const top = tree({ 'node_modules/p/index.js': 'module.exports = "p"' });
  assert.strictEqual(run(['-e', 'console.log(require("p"))'], { cwd: top }).out, 'p\n');
});

test('-p prints the value', () => {
  assert.strictEqual(run(['-p', '[1, "two"]']).out, "[ 1, 'two' ]\n");
  assert.strictEqual(run(['-pe', 'process.argv.length', 'a']).out, '2\n');
  assert.strictEqual(run(['-p', '-e', '"text"']).out, 'text\n');
});

test('-v and --version', () => {
  for (const option of ['-v', '--version']) {
    const { out, code } = run([option]);
    assert.match(out, /^v\d+\.\d+\.\d+\n$/);
    assert.strictEqual(out.trim(), process.version);
    assert.strictEqual(code, 0);
  }
});

test('--help', () => {
  const { out, code } = run(['--help']);
  assert.strictEqual(code, 0);
  assert.match(out, /--require/);
});

test('standard input', () => {
  assert.strictEqual(run([], { input: 'console.log("from stdin", __filename)' }).out, 'from stdin [stdin]\n');
  assert.strictEqual(run(['-', 'a'], { input: 'console.log(process.argv[2])' }).out, 'a\n');
  assert.strictEqual(run(['--input-type=module'], { input: 'import { sep } from "path"; console.log(sep)' }).out, '/\n');
});

test('a shebang', () => {
  const top = tree({ 'tool': `#!${process.execPath}\nconsole.log(process.argv.slice(2).join())\n` });
  fs.chmodSync(`${top}/tool`, 0o755);
  const { stdout } = spawnSync(`${top}/tool`, ['a', '-b'], { encoding: 'utf8' });
  assert.strictEqual(stdout, 'a,-b\n');
});

test('-r and --import come first, in this order', () => {
  const top = tree({
    'r.js': 'console.log("r", module.isPreloading)', 'i.mjs': 'console.log("i"); await 1;', 'node_modules/p/index.js': 'console.log("p")',
    'a.js': 'console.log("main", module.isPreloading)',
  });
  assert.strictEqual(run(['-r', './r.js', '--import', './i.mjs', '--require=p', 'a.js'], { cwd: top }).out, 'r true\np\ni\nmain false\n');
  assert.strictEqual(run(['a.js'], { cwd: top, env: { NODE_OPTIONS: '--require ./r.js' } }).out, 'r true\nmain false\n');
});

test('-C adds conditions', () => {
  const top = tree({
    'node_modules/p/package.json': '{"exports":{"custom":"./c.js","default":"./d.js"}}',
    'node_modules/p/c.js': 'module.exports = "custom"', 'node_modules/p/d.js': 'module.exports = "default"',
    'a.js': 'console.log(require("p"))', 'a.mjs': 'import p from "p"; console.log(p)',
  });
  assert.strictEqual(run(['a.js'], { cwd: top }).out, 'default\n');
  assert.strictEqual(run(['-C', 'custom', 'a.js'], { cwd: top }).out, 'custom\n');
  assert.strictEqual(run(['--conditions=custom', 'a.mjs'], { cwd: top }).out, 'custom\n');
});

test('-c checks the syntax and runs nothing', () => {
  const top = tree({ 'ok.js': 'console.log("ran")', 'ok.mjs': 'await 1; console.log("ran")', 'bad.js': 'const = 1', 'bad.mjs': 'import x' });
  assert.deepStrictEqual(run(['-c', 'ok.js'], { cwd: top }), { code: 0, out: '', err: '' });
  assert.deepStrictEqual(run(['--check', 'ok.mjs'], { cwd: top }), { code: 0, out: '', err: '' });
  for (const file of ['bad.js', 'bad.mjs']) {
    const { code, err } = run(['-c', file], { cwd: top });
    assert.strictEqual(code, 1);
    assert.ok(err.includes(`${file}:1\n`) && err.includes('SyntaxError'), err);
  }
});

test('--env-file', () => {
  const top = tree({ '.env': 'A=1\nB="two words"\nHAVE=file\n# comment\n' });
  const { out } = run(['--env-file=.env', '-p', '[process.env.A, process.env.B, process.env.HAVE].join()'], { cwd: top, env: { HAVE: 'shell' } });
  assert.strictEqual(out, '1,two words,shell\n');
  const { code, err } = run(['--env-file=none', '-p', '1'], { cwd: top });
  assert.strictEqual(code, 9);
  assert.match(err, /: none: not found\n$/);
});

test('engine flags', () => {
  assert.strictEqual(run(['--expose-gc', '-p', 'typeof gc']).out, 'function\n');
  const { out } = run(['--max-old-space-size=64', '-p', 'process.memoryUsage().heapTotal > 0']);
  assert.strictEqual(out, 'true\n');
});

test('bad options: exit code 9', () => {
  const { code, err } = run(['--no-such-option', '-p', '1']);
  assert.strictEqual(code, 9);
  assert.ok(err.includes(': bad option: --no-such-option\n'), err);
  const missing = run(['-r']);
  assert.strictEqual(missing.code, 9);
  assert.ok(missing.err.includes(': -r requires an argument\n'), missing.err);
  const environment = run(['-p', '1'], { env: { NODE_OPTIONS: '--eval 1' } });
  assert.strictEqual(environment.code, 9);
  assert.ok(environment.err.includes('is not allowed in NODE_OPTIONS'), environment.err);
});

test('-- ends the options', () => {
  const top = tree({ '-x.js': 'console.log("dash")', 'a.js': 'console.log(process.argv.slice(2).join())' });
  assert.strictEqual(run(['--', '-x.js'], { cwd: top }).out, 'dash\n');
  assert.strictEqual(run(['--', 'a.js', '--', 'b'], { cwd: top }).out, '--,b\n');
});

test('exit code 1: uncaught exceptions, with their place', () => {
  const top = tree({ 't.js': 'function f() {\n  throw new TypeError("wrong");\n}\nf();', 's.js': 'let a;\nlet a;\n' });
  const thrown = run(['t.js'], { cwd: top });
  assert.strictEqual(thrown.code, 1);
  assert.ok(thrown.err.startsWith(`${top}/t.js:2\n  throw new TypeError("wrong");\n  ^\n\nTypeError: wrong\n    at f (${top}/t.js:2:9)\n`), thrown.err);
  const syntax = run(['s.js'], { cwd: top });
  assert.strictEqual(syntax.code, 1);
  assert.ok(syntax.err.startsWith(`${top}/s.js:2\nlet a;\n    ^\n\nSyntaxError: Identifier 'a' has already been declared\n`), syntax.err);
});

test('exit code 1: a program that is not there', () => {
  const { code, err } = run(['./none.js'], { cwd: '/tmp' });
  assert.strictEqual(code, 1);
  assert.ok(err.includes("Error: Cannot find module '/tmp/none.js'"), err);
  assert.ok(err.includes("code: 'MODULE_NOT_FOUND'"), err);
});

test('exit code 1: rejections, and ES modules that throw', () => {
  const top = tree({ 'a.mjs': 'await null; throw new Error("late")', 'm.mjs': 'import "./none.mjs"' });
  const late = run(['a.mjs'], { cwd: top });
  assert.strictEqual(late.code, 1);
  assert.ok(late.err.startsWith(`file://${top}/a.mjs:1\nawait null; throw new Error("late")\n                  ^\n\nError: late\n`), late.err);
  const missing = run(['m.mjs'], { cwd: top });
  assert.strictEqual(missing.code, 1);
  assert.ok(missing.err.includes('ERR_MODULE_NOT_FOUND'), missing.err);
  assert.strictEqual(run(['-e', 'Promise.reject(new Error("x"))']).code, 1);
});

test('exit code 13: top-level await that never settles', () => {
  const top = tree({ 'w.mjs': 'const x = 1;\nawait new Promise(() => {});\n' });
  const { code, err } = run(['w.mjs'], { cwd: top });
  assert.strictEqual(code, 13);
  assert.ok(err.includes('Warning: Detected unsettled top-level await at'), err);
  assert.ok(err.includes('w.mjs:2\nawait new Promise(() => {});\n^\n'), err);
});

test('process.exit, process.exitCode and the events at the end', () => {
  assert.strictEqual(run(['-e', 'process.exit(7)']).code, 7);
  assert.strictEqual(run(['-e', 'process.exitCode = 8']).code, 8);
  assert.strictEqual(run(['--input-type=module', '-e', 'process.exitCode = 3; await new Promise(() => {})']).code, 3);
  const { out } = run(['-e', 'let n = 0; process.on("beforeExit", () => { console.log("beforeExit"); if (n++ === 0) setTimeout(() => {}, 1); }); ' +
    'process.on("exit", (code) => console.log("exit", code))']);
  assert.strictEqual(out, 'beforeExit\nbeforeExit\nexit 0\n');
});

test('NODE_PATH', () => {
  const top = tree({ 'lib/q.js': 'module.exports = "q"' });
  assert.strictEqual(run(['-p', 'require("q")'], { env: { NODE_PATH: `${top}/none:${top}/lib` }, cwd: '/tmp' }).out, 'q\n');
});

test('warnings can be switched off', () => {
  assert.ok(run(['-e', 'process.emitWarning("careful")']).err.includes('Warning: careful'));
  assert.strictEqual(run(['--no-warnings', '-e', 'process.emitWarning("careful")']).err, '');
});

test('flags of the engine', () => {
  const print = (args, code, env) => {
    const result = run([...args, '-p', code], { env });
    return result.code === 0 ? result.out.trim() : `${result.code}: ${result.err.trim().split('\n').at(-1).replace(/^\S*: /, '')}`;
  };
  assert.strictEqual(print(['--expose-gc'], 'typeof gc'), 'function');
  assert.strictEqual(print(['--expose_gc'], 'typeof gc'), 'function');
  assert.strictEqual(print(['--stack-trace-limit=2'], 'Error.stackTraceLimit'), '2');
  assert.strictEqual(print(['--allow-natives-syntax'], '%HasFastProperties({})'), 'true');
  assert.strictEqual(print(['--js-base-64'], 'typeof Uint8Array.fromBase64 + typeof vm.runInNewContext("Uint8Array.fromBase64")'), 'functionfunction');
  assert.strictEqual(print(['--experimental-shadow-realm'], 'typeof ShadowRealm'), 'function');
  assert.strictEqual(print(['--harmony-struct'], '1'), '1');
  const limit = 'Math.round(v8.getHeapStatistics().heap_size_limit / 2 ** 20)';
  const small = Number(print(['--max-old-space-size=64'], limit));
  assert.ok(small >= 64 && small < 400, `${small}`);
  assert.strictEqual(Number(print([], limit, { NODE_OPTIONS: '--max_old_space_size=64' })), small);
  assert.match(print(['--no-such-flag'], '1'), /^9: bad option: --no-such-flag$/);
  assert.match(run(['--max-old-space-size=abc', '-p', '1']).err, /bad option: --max-old-space-size=abc\n/);
  assert.strictEqual(run(['--max-old-space-size=abc', '-p', '1']).code, 9);
  assert.strictEqual(print(['--max-old-space-size-percentage=0'], '1').slice(0, 2), '9:');
  assert.strictEqual(print([], 'typeof gc', { NODE_OPTIONS: '--expose-gc' }), 'function');
  assert.strictEqual(print([], 'Error.stackTraceLimit', { NODE_OPTIONS: '--stack-trace-limit=4' }), '4');
  for (const refused of ['--harmony', '--no-maglev', '--allow-natives-syntax', '--no-such-flag', '--v8-options']) {
    assert.strictEqual(print([], '1', { NODE_OPTIONS: refused }), `9: ${refused} is not allowed in NODE_OPTIONS`);
  }
  assert.match(run(['--v8-options']).out, /--max-old-space-size/);
});

test('v8.setFlagsFromString at run time', () => {
  assert.strictEqual(run(['-e', 'v8.setFlagsFromString("--expose-gc"); console.log(typeof gc, typeof vm.runInNewContext("gc"))']).out, 'undefined function\n');
  assert.strictEqual(run(['-e', 'v8.setFlagsFromString("--allow-natives-syntax"); console.log(eval("%HasFastProperties({})"))']).out, 'true\n');
  assert.throws(() => require('v8').setFlagsFromString(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('--entry-url: the program is a URL', () => {
  const root = writeTree(temporaryDirectory(), { 'a%b.mjs': 'console.log(import.meta.url.split("/").at(-1), process.argv.slice(2))' });
  const ask = (...args) => spawnSync(process.execPath, ['--entry-url', ...args], { encoding: 'utf8', cwd: root });
  const found = ask('./a%25b.mjs?x=y#z', 'argument');
  assert.strictEqual(found.stdout, "a%25b.mjs?x=y#z [ 'argument' ]\n");
  assert.match(found.stderr, /--entry-url is an experimental feature/);
  assert.strictEqual(ask('data:text/javascript,console.log(import.meta.url.slice(0,5))').stdout, 'data:\n');
  assert.match(ask('./missing.mjs').stderr, /ERR_MODULE_NOT_FOUND/);
});

test('DEP0151: an ES module that its package.json names in part, or not', () => {
  const root = tree({
    'node_modules/none/package.json': '{"type":"module"}', 'node_modules/none/index.js': '',
    'node_modules/part/package.json': '{"type":"module","main":"index"}', 'node_modules/part/index.js': '',
    'node_modules/full/package.json': '{"type":"module","main":"./index.js"}', 'node_modules/full/index.js': '',
    'node_modules/common/package.json': '{"main":"index"}', 'node_modules/common/index.js': '',
    'app.mjs': 'import "none"; import "part"; import "full"; import "common"; import("none");',
  });
  const { stderr } = spawnSync(process.execPath, ['app.mjs'], { cwd: root, encoding: 'utf8' });
  const at = (name) => `${root}/node_modules/${name}/`;
  const from = `imported from ${root}/app.mjs.\n`;
  assert.deepStrictEqual(stderr.split(/^.*DEP0151\] DeprecationWarning: /m).slice(1).map((text) => text.replace(/\n\(Use.*/, '')), [
    `No "main" or "exports" field defined in the package.json for ${at('none')} resolving the main entry point "index.js", ` +
      `${from}Default "index" lookups for the main are deprecated for ES modules.\n`,
    `Package ${at('part')} has a "main" field set to "index", excluding the full filename and extension to the resolved file ` +
      `at "index.js", ${from} Automatic extension resolution of the "main" field is deprecated for ES modules.\n`]);
});
