'use strict';
// node:test and `jsd --test`: what runs in which order, what is reported, and how a run ends. Runs on Node as well.
const { test, assert } = require('./harness');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-node-test-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

function file(name, text) {
  const at = path.join(folder, name);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.writeFileSync(at, text);
  return at;
}

function run(args, options = {}) {
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder, env, ...options });
  return { stdout: stdout.replace(/duration_ms:? [\d.]+/g, 'duration_ms *').replace(/\([\d.]+ms\)/g, '(*ms)'), stderr, status };
}

const tap = (args) => run(['--test-reporter=tap', ...args]).stdout.split('\n').filter((line) => /^ *((not )?ok|1\.\.|# )/.test(line));

test('a file: hooks, subtests, skip, todo, a failure', () => {
  const at = file('one.js', `
    const { test, describe, it, before, beforeEach, afterEach, after } = require('node:test');
    const seen = [];
    describe('suite', () => {
      before(() => seen.push('before'));
      beforeEach(() => seen.push('each'));
      afterEach(() => seen.push('end'));
      after(() => seen.push('after'));
      it('x', () => seen.push('x'));
      it('y', { todo: 'later' }, () => { throw new Error('y'); });
      it.skip('z', () => seen.push('z'));
    });
    test('parent', async (t) => {
      t.diagnostic(seen.join());
      await t.test('child', () => { throw new Error('child failed'); });
    });`);
  const { status } = run([at]);
  assert.strictEqual(status, 1);
  assert.deepStrictEqual(tap([at]).filter((line) => !/^# (cancelled|duration)/.test(line)), [
    '# Subtest: suite', '    # Subtest: x', '    ok 1 - x', '    # Subtest: y', '    not ok 2 - y # TODO later', '    # Subtest: z',
    '    ok 3 - z # SKIP', '    1..3', 'ok 1 - suite', '# Subtest: parent', '    # Subtest: child', '    not ok 1 - child', '    1..1',
    'not ok 2 - parent', '# before,each,x,end,each,end,after', '1..2', '# tests 5', '# suites 1', '# pass 1', '# fail 2',
    '# skipped 1', '# todo 1',
  ]);
});

test('a promise that fails later is told, and the exit code is 1', () => {
  const at = file('late.js', `
    const { test } = require('node:test');
    test('passes', () => { setImmediate(() => { throw new Error('late'); }); });`);
  const { stdout, status } = run([at]);
  assert.strictEqual(status, 1);
  assert.match(stdout, /Test "passes" at late\.js:3:5 generated asynchronous activity after the test ended.*"Error: late"/);
  assert.match(stdout, /pass 1\n/);
});

test('a time limit cancels, an uncaught exception fails the test that it comes from', () => {
  const at = file('limits.js', `
    const { test } = require('node:test');
    test('slow', { timeout: 10 }, () => new Promise((resolve) => { setTimeout(resolve, 60000).unref(); setTimeout(() => {}, 50); }));
    test('thrown', () => new Promise(() => { setTimeout(() => { throw new Error('from a timer'); }, 1); }));`);
  const { stdout } = run(['--test-reporter=tap', at]);
  assert.match(stdout, /not ok 1 - slow\n[^]*failureType: 'testTimeoutFailure'\n\s+error: 'test timed out after 10ms'/);
  assert.match(stdout, /not ok 2 - thrown\n[^]*failureType: 'uncaughtException'\n\s+error: 'from a timer'/);
  assert.match(stdout, /# fail 1\n# cancelled 1\n/);
});

test('--test finds test files, runs each in a process, numbers on', () => {
  file('found/a.test.js', "require('node:test')('a', (t) => { console.log('worker', t.workerId > 0); });");
  file('found/sub/b-test.mjs', "import test from 'node:test'; test('b', () => {});");
  file('found/no.js', "throw new Error('is no test');");
  file('found/node_modules/c.test.js', "throw new Error('is no test');");
  const { stdout, status } = run(['--test', '--test-reporter=tap'], { cwd: path.join(folder, 'found') });
  assert.strictEqual(status, 0, stdout);
  assert.match(stdout, /# worker true\n/);
  assert.match(stdout, /ok 1 - a\n[^]*ok 2 - b\n[^]*1\.\.2\n# tests 2\n/);
});

test('name patterns, --test-only and shards choose', () => {
  const at = file('choose.js', `
    const { test, describe, it } = require('node:test');
    describe('outer', () => { it('one', () => {}); it('two', { only: true }, () => {}); });
    test('three', () => {});`);
  const plain = file('plain.js', `
    const { test, describe, it } = require('node:test');
    describe('outer', () => { it('one', () => {}); it('two', () => {}); });
    test('three', () => {});`);
  assert.deepStrictEqual(tap(['--test-name-pattern=outer one', plain]).filter((line) => /ok/.test(line)), ['    ok 1 - one', 'ok 1 - outer']);
  assert.deepStrictEqual(tap(['--test-skip-pattern=/t[wh]/', plain]).filter((line) => /ok/.test(line)), ['    ok 1 - one', 'ok 1 - outer']);
  assert.deepStrictEqual(tap(['--test-only', at]).filter((line) => /ok/.test(line)), ['    ok 1 - two', 'ok 1 - outer']);
  const shard = run(['--test', '--test-shard=2/2', '--test-reporter=tap', 'found/**/*test.*js'], { cwd: folder }).stdout;
  assert.match(shard, /ok 1 - b\n/);
  assert.doesNotMatch(shard, /- a\n/);
});

test('snapshots are written, then compared', () => {
  const at = file('snap.js', "require('node:test')('s', (t) => { t.assert.snapshot({ a: 1, b: process.env.SNAP ?? 2 }); });");
  assert.strictEqual(run([at]).status, 1);
  assert.strictEqual(run(['--test-update-snapshots', at]).status, 0);
  assert.strictEqual(fs.readFileSync(`${at}.snapshot`, 'utf8'), 'exports[`s 1`] = `\n{\n  "a": 1,\n  "b": 2\n}\n`;\n');
  assert.strictEqual(run([at]).status, 0);
  assert.strictEqual(run([at], { env: { ...process.env, SNAP: '3' } }).status, 1);
});

test('coverage counts lines, branches and functions, and a threshold fails the run', () => {
  file('covered.js', 'exports.f = (a) => {\n  if (a) {\n    return 1;\n  }\n  return 2;\n};\nexports.g = () => 3;\n');
  const at = file('cover.js', "const { f } = require('./covered'); require('node:test')('c', () => { f(true); });");
  const args = ['--experimental-test-coverage', '--test-coverage-include=covered.js', '--test-reporter=tap'];
  const { stdout, status } = run([...args, at]);
  assert.strictEqual(status, 0);
  assert.match(stdout, /# covered\.js +\| +85\.71 \| +66\.67 \| +50\.00 \| 5\n/);
  const failing = run([...args, '--test-coverage-lines=90', at]);
  assert.strictEqual(failing.status, 1);
  assert.match(failing.stdout, /Error: 85\.71% line coverage does not meet threshold of 90%\./);
});

test('mocks of functions, methods, modules and time', () => {
  const at = file('mocks.js', `
    const { test, mock } = require('node:test');
    const assert = require('assert');
    test('mocks', async (t) => {
      const object = { n: 2, times(x) { return this.n * x; } };
      t.mock.method(object, 'times', (x) => x, { times: 1 });
      assert.deepStrictEqual([object.times(5), object.times(5)], [5, 10]);
      t.mock.module('readline', { namedExports: { only: 1 } });
      assert.strictEqual(require('node:readline').only, 1);
      assert.strictEqual((await import('readline')).only, 1);
      t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1000 });
      const done = mock.fn();
      setTimeout(done, 500);
      t.mock.timers.tick(499);
      assert.strictEqual(done.mock.callCount(), 0);
      t.mock.timers.tick(1);
      assert.strictEqual(done.mock.callCount(), 1);
      assert.strictEqual(Date.now(), 1500);
    });
    test('restored', () => assert.ok(Date.now() > 1e12));`);
  const { stdout, status } = run(['--experimental-test-module-mocks', '--no-warnings', at]);
  assert.strictEqual(status, 0, stdout);
});

test('run() gives events, and mocks of properties count accesses', () => {
  const at = file('events.mjs', `
    import { run, mock } from 'node:test';
    const object = { a: 1 };
    const property = mock.property(object, 'a', 2);
    void object.a;
    const types = [];
    for await (const { type, data } of run({ files: [${JSON.stringify(path.join(folder, 'late.js'))}] })) {
      if (data.name === 'passes' || type === 'test:summary') types.push(type.slice(5));
    }
    console.log(types.join(), property.mock.accessCount());`);
  assert.strictEqual(run([at]).stdout, 'enqueue,dequeue,complete,start,pass,summary,summary 1\n');
});

test('--run runs a script of package.json', () => {
  file('package/package.json', JSON.stringify({ scripts: { show: 'echo "$NODE_RUN_SCRIPT_NAME" arguments:', bad: 'exit 7' } }));
  const cwd = path.join(folder, 'package');
  assert.deepStrictEqual(run(['--run', 'show', '--', 'a b', 'c'], { cwd }), { stdout: 'show arguments: a b c\n', stderr: '', status: 0 });
  assert.strictEqual(run(['--run', 'bad'], { cwd }).status, 1);
  const missing = run(['--run', 'nothing'], { cwd });
  assert.strictEqual(missing.status, 1);
  assert.match(missing.stderr, /Missing script: "nothing" for .*package\.json/);
});

test('options: the last counts, --no- takes back, what is unknown is refused', () => {
  const warned = (...flags) => /a warning/.test(run([...flags, '-e', 'process.emitWarning("a warning", { code: "C1" })']).stderr);
  assert.deepStrictEqual([warned(), warned('--no-warnings'), warned('--no-warnings', '--warnings'), warned('--disable-warning=C1')],
    [true, false, true, false]);
  assert.match(run(['--no-such-option']).stderr, /: bad option: --no-such-option\n/);
  assert.match(run(['--no-title']).stderr, /--no-title is an invalid negation because it is not a boolean option/);
  assert.strictEqual(run(['-p', 'Promise.resolve().then(() => 42)']).stdout, 'Promise { 42 }\n');
  const flags = run(['-p', '[..."r --stack_trace_limit=3 --no-warnings --eval".split(" ")].map((f) => process.allowedNodeEnvironmentFlags.has(f))']);
  assert.strictEqual(flags.stdout, '[ true, true, true, false ]\n');
});
