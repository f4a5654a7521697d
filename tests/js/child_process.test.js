'use strict';
// node:child_process, the standard streams, and signals.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const fs = require('fs');
const path = require('path');
const { promisify } = require('util');
const { once } = require('events');
const child = require('child_process');
const { fork, spawn, spawnSync } = child;

test('spawn: output, exit code, environment, working directory', async () => {
  const p = child.spawn('sh', ['-c', 'cat; echo "$X" >&2; pwd; exit 3'], { env: { ...process.env, X: 'value' }, cwd: '/' });
  let out = '';
  let err = '';
  p.stdout.on('data', (chunk) => { out += chunk; });
  p.stderr.on('data', (chunk) => { err += chunk; });
  p.stdin.end('input\n');
  assert.deepStrictEqual(await once(p, 'close'), [3, null]);
  assert.deepStrictEqual([out, err, p.exitCode], ['input\n/\n', 'value\n', 3]);
});

test('spawn of what is not there is an error event', async () => {
  const p = child.spawn('/no/such/program', ['x']);
  const [error] = await once(p, 'error');
  assert.deepStrictEqual([error.code, error.syscall, error.path, error.spawnargs], ['ENOENT', 'spawn /no/such/program', '/no/such/program', ['x']]);
});

test('kill, signals and AbortSignal', async () => {
  const p = child.spawn('sleep', ['100']);
  assert.strictEqual(p.kill('SIGKILL'), true);
  assert.deepStrictEqual(await once(p, 'exit'), [null, 'SIGKILL']);
  const controller = new AbortController();
  const q = child.spawn('sleep', ['100'], { signal: controller.signal });
  const failed = once(q, 'error');
  controller.abort();
  assert.strictEqual((await failed)[0].name, 'AbortError');
});

test('exec and execFile: results, failures, maxBuffer, promisify', async () => {
  const { stdout } = await promisify(child.exec)('echo $((1 + 2))');
  assert.strictEqual(stdout, '3\n');
  const error = await promisify(child.execFile)('sh', ['-c', 'echo no >&2; exit 5']).catch((e) => e);
  assert.deepStrictEqual([error.code, error.stderr, error.cmd], [5, 'no\n', 'sh -c echo no >&2; exit 5']);
  const long = await promisify(child.exec)('yes', { maxBuffer: 1000 }).catch((e) => e);
  assert.strictEqual(long.code, 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER');
});

test('spawnSync, execSync, execFileSync', () => {
  const result = child.spawnSync('sh', ['-c', 'cat; exit 2'], { input: 'abc', encoding: 'utf8' });
  assert.deepStrictEqual([result.status, result.signal, result.stdout], [2, null, 'abc']);
  assert.strictEqual(child.execSync('echo x').toString(), 'x\n');
  assert.throws(() => child.execFileSync('sh', ['-c', 'exit 4']), { status: 4 });
  assert.strictEqual(child.spawnSync('sleep', ['100'], { timeout: 30 }).error.code, 'ETIMEDOUT');
  assert.strictEqual(child.spawnSync('/no/such').error.code, 'ENOENT');
});

test('fork: messages both ways, then disconnect', async () => {
  const top = writeTree(temporaryDirectory(), { 'child.js': `
    process.on('message', (m) => { process.send({ twice: m.n * 2, args: process.argv.slice(2) }); if (m.n === 2) process.disconnect(); });` });
  const p = child.fork(path.join(top, 'child.js'), ['a']);
  p.send({ n: 1 });
  assert.deepStrictEqual((await once(p, 'message'))[0], { twice: 2, args: ['a'] });
  p.send({ n: 2 });
  assert.deepStrictEqual((await once(p, 'message'))[0], { twice: 4, args: ['a'] });
  assert.deepStrictEqual(await once(p, 'exit'), [0, null]);
});

function script(code, options) {
  const top = writeTree(temporaryDirectory(), { 'a.js': code });
  return child.spawnSync(process.execPath, [path.join(top, 'a.js')], { encoding: 'utf8', ...options });
}

test('process.stdin: piped, ended, as an async iterator; from a file', () => {
  assert.strictEqual(script("let s = ''; process.stdin.on('data', (c) => { s += c; }).on('end', () => console.log(s.length));",
    { input: 'x'.repeat(200000) }).stdout, '200000\n');
  assert.strictEqual(script("(async () => { for await (const c of process.stdin) console.log(String(c)); })()", { input: 'in' }).stdout, 'in\n');
  assert.strictEqual(script("console.log(require('fs').readFileSync(0, 'utf8'))", { input: 'sync' }).stdout, 'sync\n');
  const file = path.join(temporaryDirectory(), 'in');
  fs.writeFileSync(file, 'from a file');
  const fd = fs.openSync(file);
  assert.strictEqual(script('process.stdin.pipe(process.stdout)', { stdio: [fd, 'pipe', 'pipe'] }).stdout, 'from a file');
  fs.closeSync(fd);
});

test('output is complete before the process exits, also by process.exit', () => {
  const { stdout } = script("process.stdout.write('y'.repeat(300000)); process.exit(0)");
  assert.strictEqual(stdout.length, 300000);
  assert.deepStrictEqual([script("console.error('%s is %d', 'x', 5)").stderr], ['x is 5\n']);
});

test('signals are events; without a listener they end the process', async () => {
  const top = writeTree(temporaryDirectory(), { 'a.js': `
    process.on('SIGUSR2', (name, number) => { console.log(name, number); clearInterval(t); process.removeAllListeners('SIGUSR2'); });
    const t = setInterval(() => {}, 1000); console.log('up');` });
  const p = child.spawn(process.execPath, [path.join(top, 'a.js')]);
  let out = '';
  p.stdout.on('data', (chunk) => {
    out += chunk;
    if (out === 'up\n') p.kill('SIGUSR2');
  });
  assert.deepStrictEqual(await once(p, 'close'), [0, null]);
  assert.strictEqual(out, 'up\nSIGUSR2 12\n');
  const q = child.spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"]);
  q.stdout.once('data', () => q.kill('SIGTERM'));
  assert.deepStrictEqual(await once(q, 'exit'), [null, 'SIGTERM']);
});

test('a socket and a server go to a child, and advanced serialization keeps what JSON cannot say', async () => {
  const net = require('net');
  const { once } = require('events');
  const dir = temporaryDirectory();
  writeTree(dir, { 'child.js': `
    process.on('message', (message, handle) => {
      if (message.kind === 'socket') handle.end('from the child');
      else if (message.kind === 'server') handle.once('connection', (socket) => { socket.end('served by the child'); handle.close(); });
      process.send({ got: message.kind, map: message.map });
    });` });
  const child = fork(path.join(dir, 'child.js'), { serialization: 'advanced' });
  child.send({ kind: 'map', map: new Map([['a', new Uint8Array([1, 2])]]) });
  assert.deepStrictEqual((await once(child, 'message'))[0], { got: 'map', map: new Map([['a', new Uint8Array([1, 2])]]) });

  const server = net.createServer((socket) => {
    // What follows the handle waits for it, so the order holds.
    child.send({ kind: 'socket' }, socket);
    child.send({ kind: 'after' });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const text = async () => {
    let all = '';
    for await (const piece of net.connect(server.address().port, '127.0.0.1').setEncoding('utf8')) all += piece;
    return all;
  };
  const kinds = [];
  child.on('message', ({ got }) => kinds.push(got));
  assert.strictEqual(await text(), 'from the child');
  while (kinds.length < 2) await once(child, 'message');
  assert.deepStrictEqual(kinds, ['socket', 'after']);

  child.send({ kind: 'server' }, server);
  await once(child, 'message');
  server.close(); // the child listens on the same socket
  const port = server.address()?.port;
  assert.strictEqual(port, undefined);
  child.disconnect();
  child.kill();
  await once(child, 'exit');
});

test('what is refused before a child is started', () => {
  assert.throws(() => spawn(process.execPath, ['-e', '0'], { stdio: ['ipc', 'ipc'] }), { code: 'ERR_IPC_ONE_PIPE' });
  assert.throws(() => spawn(process.execPath, [], { serialization: 'xml' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => spawnSync('x', { timeout: true }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => spawnSync('x', { killSignal: 'toString' }), { code: 'ERR_UNKNOWN_SIGNAL' });
  Object.prototype.shell = true;
  try {
    assert.strictEqual(spawnSync('/bin/echo', ['a;b'], { encoding: 'utf8' }).stdout, 'a;b\n');
  } finally {
    delete Object.prototype.shell;
  }
});

test('a synchronous child writes beyond the first three descriptors', () => {
  const { output } = spawnSync('/bin/sh', ['-c', 'cat >&3; echo out'], { input: 'fed', stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  assert.deepStrictEqual([`${output[1]}`, `${output[3]}`], ['out\n', 'fed']);
});
