'use strict';
// process.stdout and stderr when they cannot be written to. Also passes on Node.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const { spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const path = require('path');

/** Runs a program whose standard output is closed after its first byte (or `full`). @returns {Promise<{status: number, errors: string}>} */
async function run(text, full = false) {
  const file = path.join(writeTree(temporaryDirectory(), { 'a.js': text }), 'a.js');
  const out = full ? fs.openSync('/dev/full', 'w') : 'pipe';
  const child = spawn(process.execPath, [file], { stdio: ['ignore', out, 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (piece) => { errors += piece; });
  if (full) fs.closeSync(out);
  else child.stdout.once('data', () => child.stdout.destroy());
  const [status] = await once(child, 'close');
  return { status, errors };
}
const everyTurn = (code) => `let left = 500; (function turn() { if (left-- > 0) { ${code}; setTimeout(turn, 1); } })();`;

for (const [name, code] of [['console.log', "console.log('x')"], ['process.stdout.write', "process.stdout.write('x')"]]) {
  test(`a program that goes on with ${name} after its reader left ends with EPIPE`, async () => {
    const { status, errors } = await run(everyTurn(code));
    assert.strictEqual(status, 1);
    assert.match(errors, /Error: write EPIPE/);
  });
  test(`and ${name} on a full disk with ENOSPC`, async () => {
    const { status, errors } = await run(everyTurn(code), true);
    assert.strictEqual(status, 1);
    assert.match(errors, /Error: ENOSPC: no space left on device, write/);
  });
}

test('a listener hears of every write that failed', async () => {
  const { status, errors } = await run(`let failures = 0;
    process.stdout.on('error', (error) => { failures++; if (failures === 3) { console.error('thrice', error.code, error.syscall); process.exit(5); } });
    ${everyTurn("process.stdout.write('x')")}`);
  assert.strictEqual(errors, 'thrice EPIPE write\n');
  assert.strictEqual(status, 5);
});

test('one console.log that fails is nobody’s business', async () => {
  const { status, errors } = await run("console.log('x'); setTimeout(() => console.error('still here'), 20);", true);
  assert.strictEqual(status, 0);
  assert.strictEqual(errors, 'still here\n');
});
