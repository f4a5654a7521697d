'use strict';
// node:process: another program in its place, ends, usage, groups.
const { test, assert } = require('./harness');
const { spawnSync } = require('child_process');
const dc = require('diagnostics_channel');

const run = (text, ...flags) => spawnSync(process.execPath, [...flags, '-e', text], { encoding: 'utf8' });

test('process.execve runs a program in this process', () => {
  const { stdout, status } = run(`process.on('exit',()=>console.log('never'));const pid=process.pid;
    process.execve('/bin/sh',['sh','-c','test $$ = '+pid+' && echo "same $GIVEN"; exit 7'],{GIVEN:'x y'})`, '--no-warnings');
  assert.deepStrictEqual([stdout, status], ['same x y\n', 7]);
});

test('process.execve that fails ends the process; what it is given is checked', () => {
  const { stderr, signal } = run('process.execve("/does/not/exist")', '--no-warnings');
  assert.match(stderr, /process\.execve failed with error code ENOENT/);
  assert.strictEqual(signal, 'SIGABRT');
  assert.throws(() => process.execve(1), { code: 'ERR_INVALID_ARG_TYPE', message: /"execPath"/ });
  assert.throws(() => process.execve('a', ['b', 'c\0']), { code: 'ERR_INVALID_ARG_VALUE', message: /args\[1\]/ });
  assert.throws(() => process.execve('a', [], { b: 1 }), { code: 'ERR_INVALID_ARG_VALUE', message: /string keys and values/ });
  assert.strictEqual(dc.hasSubscribers('process.execve'), false);
});

test('process.finalization calls for what is alive at the end, not for what was let go', () => {
  const { stdout } = run(`const kept={n:1},gone={n:2};const tell=(o,e)=>console.log(o.n,e);
    process.finalization.register(kept,tell);process.finalization.register(gone,tell);process.finalization.unregister(gone);
    process.finalization.registerBeforeExit(kept,tell);globalThis.keep=[kept,gone];`);
  assert.strictEqual(stdout, '1 beforeExit\n1 exit\n');
  assert.throws(() => process.finalization.register(undefined), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('usages are told since an earlier one, which is checked', () => {
  for (const name of ['cpuUsage', 'threadCpuUsage']) {
    const first = process[name]();
    const end = Date.now() + 30;
    while (Date.now() < end);
    const since = process[name](first);
    assert.ok(since.user + since.system > 1000, name);
    assert.throws(() => process[name](1), { code: 'ERR_INVALID_ARG_TYPE', message: /"prevValue" argument/ });
    assert.throws(() => process[name]({ user: 1 }), { code: 'ERR_INVALID_ARG_TYPE', message: /"prevValue\.system"/ });
  }
});

test('ref and unref go by the symbols, then by the methods', () => {
  const calls = [];
  const both = { ref: () => calls.push('method'), [Symbol.for('nodejs.ref')]: () => calls.push('symbol') };
  process.ref(both);
  process.unref({ unref: () => calls.push('unref') });
  process.unref({});
  assert.deepStrictEqual(calls, ['symbol', 'unref']);
});

test('groups are checked one by one', () => {
  assert.throws(() => process.setgroups(), { code: 'ERR_INVALID_ARG_TYPE', message: /"groups" argument/ });
  assert.throws(() => process.setgroups([1, -1]), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => process.setgroups([1, 'no-such-group-here']), { code: 'ERR_UNKNOWN_CREDENTIAL' });
  assert.throws(() => process.initgroups({}), { code: 'ERR_INVALID_ARG_TYPE', message: /"user" argument/ });
});

test('an exit listener decides the code of a process that an exception ends', () => {
  assert.strictEqual(run('process.on("exit",()=>{process.exitCode=0});throw 1').status, 0);
  assert.strictEqual(run('process.on("exit",()=>{process.exitCode=6});throw undefined').status, 6);
  assert.throws(() => { delete process.exitCode; }, /Cannot delete property 'exitCode' of #<process>/);
  assert.throws(() => { process.exitCode = 2.1; }, { code: 'ERR_OUT_OF_RANGE', message: /Received 2\.1$/ });
});

test('process._rawDebug formats to standard error', () => {
  const { stderr } = run('process.stderr.write=()=>{};process._rawDebug("a %s","b")');
  assert.strictEqual(stderr, 'a b\n');
});
