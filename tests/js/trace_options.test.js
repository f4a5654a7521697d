'use strict';
// Options of the command line that watch over the process.
const { test, assert } = require('./harness');

test('--trace-exit tells who ends the process', () => {
  const { spawnSync } = require('child_process');
  const ask = (...args) => spawnSync(process.execPath, args, { encoding: 'utf8' });
  const traced = ask('--trace-exit', '-e', 'function leave() { process.exit(3); } leave();');
  assert.strictEqual(traced.status, 3);
  assert.match(traced.stderr, /^\(node:\d+\) WARNING: Exited the environment with code 3\n(    at .*\n)*    at leave \(/);
  assert.strictEqual(ask('--trace-exit', '-e', '1').stderr, '');
  assert.strictEqual(ask('-e', 'process.exit(0)').stderr, '');
});
