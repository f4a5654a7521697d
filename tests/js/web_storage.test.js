'use strict';
// Web Storage (Node documentation: localStorage, sessionStorage), which only an option brings: programs of their own.
const { test, assert, temporaryDirectory } = require('./harness.js');
const { spawnSync } = require('child_process');
const path = require('path');

function run(options, program) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, '-e', program], { encoding: 'utf8', timeout: 20000 });
  return { stdout, stderr, status };
}
const on = ['--experimental-webstorage', '--no-warnings'];

test('without the option there is none; with it its first use warns', () => {
  assert.match(run([], 'console.log(typeof Storage, typeof localStorage, typeof sessionStorage)').stdout, /^(undefined ?){3}\n$/);
  assert.match(run(['--experimental-webstorage'], 'sessionStorage').stderr, /ExperimentalWarning: Web Storage/);
});

test('items are properties, but for the names of the interface', () => {
  const { stdout, stderr } = run(on, `const s = sessionStorage, out = [];
    s.a = 1; s['b'] = 'two'; s.setItem('c', null); s.length = 5; s.getItem = 'x'; s[3] = '\\ud800';
    out.push(s.length, typeof s.getItem, s.getItem('length'), s.getItem('zz'), s.zz, 'a' in s, 'zz' in s, delete s.a, s.a);
    out.push(Object.keys(s).sort(), JSON.stringify(Object.getOwnPropertyDescriptor(s, 'b')), s[3] === '\\ud800', s.key(99));
    for (const wrong of [() => s.getItem(), () => s.setItem('x'), () => Storage.prototype.getItem.call({}, 'a'), () => new Storage(),
      () => { s.big = 'a'.repeat(6 * 1024 * 1024); }]) {
      try { wrong(); } catch (error) { out.push([error.name, error.message]); }
    }
    s.clear();
    s.only = 1;
    console.log(JSON.stringify(out)); console.log(s, s.length);`);
  assert.strictEqual(stderr, '');
  const [list, shown] = stdout.trim().split('\n');
  assert.deepStrictEqual(JSON.parse(list), [6, 'function', '5', null, null, true, false, true, null,
    ['3', 'b', 'c'], '{"value":"two","writable":true,"enumerable":true,"configurable":true}', true, null,
    ['TypeError', "Failed to execute 'getItem' on 'Storage': 1 argument required"],
    ['TypeError', "Failed to execute 'setItem' on 'Storage': 2 arguments required"],
    ['TypeError', 'Illegal invocation'], ['Error', 'Illegal constructor'],
    ['QuotaExceededError', 'Setting the value exceeded the quota']]);
  assert.strictEqual(shown, "Storage { only: '1' } 1");
});

test('localStorage lives in its file, sessionStorage in the process', () => {
  const file = path.join(temporaryDirectory(), 'store');
  const options = [...on, '--localstorage-file', file];
  run(options, 'localStorage.name = "kept"; sessionStorage.name = "lost"');
  assert.strictEqual(run(options, 'console.log(localStorage.name, sessionStorage.name)').stdout, 'kept undefined\n');
  assert.match(run(on, 'localStorage').stderr, /The argument '--localstorage-file' is an invalid localStorage location/);
});
