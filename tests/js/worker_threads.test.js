'use strict';
// node:worker_threads: threads of their own, messages between them, their ends.
const { test, assert } = require('./harness');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { once } = require('events');
const {
  BroadcastChannel, MessageChannel, SHARE_ENV, Worker, getEnvironmentData, isMainThread, markAsUncloneable,
  markAsUntransferable, parentPort, postMessageToThread, receiveMessageOnPort, setEnvironmentData, threadId, workerData,
} = require('worker_threads');

const head = 'const wt = require("worker_threads"); const { parentPort, workerData } = wt;\n';
const start = (code, options) => new Worker(head + code, { eval: true, ...options });
const message = async (worker) => (await once(worker, 'message'))[0];
const exit = (worker) => new Promise((resolve) => { worker.once('exit', resolve); });

function folder(files) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-threads-'));
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(made, name), text);
  return made;
}

test('the main thread knows what it is', () => {
  assert.equal(isMainThread, true);
  assert.equal(threadId, 0);
  assert.equal(parentPort, null);
  assert.equal(workerData, null);
});

test('messages go both ways, and keep the thread alive as long as somebody listens', async () => {
  const worker = start('parentPort.on("message", (m) => { parentPort.postMessage({ got: m }); if (m === "end") parentPort.close(); })');
  worker.postMessage(new Map([['a', [1n, undefined, null]]]));
  assert.deepEqual(await message(worker), { got: new Map([['a', [1n, undefined, null]]]) });
  worker.postMessage('end');
  assert.deepEqual(await message(worker), { got: 'end' });
  assert.equal(await exit(worker), 0);
  assert.equal(worker.threadId, -1);
});

test('programs: a CommonJS file, an ES module, a file URL, a data URL', async () => {
  const made = folder({
    'a.cjs': 'require("worker_threads").parentPort.postMessage([__filename, require.main === module, process.argv.slice(2)])',
    'b.mjs': 'import { parentPort } from "worker_threads"; parentPort.postMessage(import.meta.url)',
  });
  const [file, isMain, argv] = await message(new Worker(path.join(made, 'a.cjs'), { argv: ['x', 1] }));
  assert.deepEqual([path.basename(file), isMain, argv], ['a.cjs', true, ['x', '1']]);
  const { href } = require('url').pathToFileURL(path.join(made, 'b.mjs'));
  assert.equal(await message(new Worker(path.join(made, 'b.mjs'))), href);
  assert.equal(await message(new Worker(new URL(href))), href);
  const data = 'data:text/javascript,import{parentPort as p}from"worker_threads";p.postMessage(1)';
  assert.equal(await message(new Worker(new URL(data))), 1);
  assert.throws(() => new Worker('a.cjs'), { code: 'ERR_WORKER_PATH' });
  fs.rmSync(made, { recursive: true });
});

test('workerData, environment data, name, limits', async () => {
  setEnvironmentData('key', { of: 'parent' });
  assert.deepEqual(getEnvironmentData('key'), { of: 'parent' });
  const worker = start('parentPort.postMessage([workerData, wt.getEnvironmentData("key"), wt.threadName, wt.threadId, wt.resourceLimits])',
    { workerData: [new Uint8Array([1, 2])], name: 'reader', resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 2 } });
  const { threadId: id } = worker;
  assert.equal(worker.threadName, 'reader');
  const [given, environment, name, own, limits] = await message(worker);
  assert.deepEqual(given, [new Uint8Array([1, 2])]);
  assert.deepEqual(environment, { of: 'parent' });
  assert.deepEqual([name, own], ['reader', id]);
  assert.equal(limits.maxOldGenerationSizeMb, 64);
  assert.equal(limits.stackSizeMb, 2);
});

test('process.env: a copy, an own one, a shared one', async () => {
  process.env.JSD_THREAD = 'parent';
  const code = 'const before = process.env.JSD_THREAD; process.env.JSD_THREAD = "thread"; parentPort.postMessage(before ?? null)';
  assert.equal(await message(start(code)), 'parent');
  assert.equal(process.env.JSD_THREAD, 'parent');
  assert.equal(await message(start(code, { env: { JSD_THREAD: 7 } })), '7');
  assert.equal(await message(start(code, { env: {} })), null);
  const sharing = start(code, { env: SHARE_ENV });
  assert.equal(await message(sharing), 'parent');
  assert.equal(process.env.JSD_THREAD, 'thread');
  assert.ok(Object.keys(process.env).includes('JSD_THREAD'));
  delete process.env.JSD_THREAD;
  assert.equal('JSD_THREAD' in process.env, false);
});

test('stdout, stderr and stdin are streams of the parent', async () => {
  const worker = start('process.stdin.setEncoding("utf8").on("data", (t) => process.stdout.write(t.toUpperCase())).on("end", () => console.error("end"))',
    { stdin: true, stdout: true, stderr: true });
  let out = '';
  let err = '';
  worker.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
  worker.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
  worker.stdin.write('some ');
  worker.stdin.end('text');
  assert.equal(await exit(worker), 0);
  assert.deepEqual([out, err], ['SOME TEXT', 'end\n']);
});

test('an uncaught exception is the error event, with class, stack and properties', async () => {
  const worker = start('class Mine extends RangeError {}; throw Object.assign(new Mine("no"), { code: "E_MINE", cause: new TypeError("why") })');
  const [error] = await once(worker, 'error');
  assert.ok(error instanceof RangeError);
  assert.deepEqual([error.message, error.code], ['no', 'E_MINE']);
  assert.ok(error.cause instanceof TypeError);
  assert.match(error.stack, /\[worker eval\]/);
  const rejecting = start('Promise.reject(undefined)');
  rejecting.on('error', () => {});
  assert.equal(await exit(rejecting), 1);
});

test('exit codes: process.exit, process.exitCode, and no line after process.exit', async () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  assert.equal(await exit(start('process.on("exit", (c) => { workerData[0] = c; }); process.exit(5); workerData[1] = 1', { workerData: words })), 5);
  assert.deepEqual([...words], [5, 0]);
  assert.equal(await exit(start('process.exitCode = 9')), 9);
});

test('terminate ends a busy loop, a wait and an idle thread; no exit handler runs', async () => {
  const ready = 'parentPort.postMessage("ready"); process.on("exit", () => { workerData[0] = 1; });';
  for (const code of ['for (;;);', '(async () => { for (;;) await 0; })()', 'Atomics.wait(workerData, 1, 0)', 'setInterval(() => {}, 1000)']) {
    const workerData = new Int32Array(new SharedArrayBuffer(8));
    const worker = start(ready + code, { workerData });
    await message(worker);
    assert.equal(await worker.terminate(), 1, code);
    assert.equal(workerData[0], 0);
  }
});

test('a thread that fills its heap ends, and the process goes on', async () => {
  const worker = start('const all = []; for (;;) all.push([all])', { resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } });
  const [error] = await once(worker, 'error');
  assert.equal(error.code, 'ERR_WORKER_OUT_OF_MEMORY');
});

test('buffers move, shared memory is shared, waits are woken', async () => {
  const buffer = new ArrayBuffer(8);
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = start('parentPort.once("message", ({ buffer, shared }) => { Atomics.store(shared, 0, 42); Atomics.notify(shared, 0); parentPort.postMessage(buffer, [buffer]); })');
  const woken = Atomics.waitAsync(shared, 0, 0);
  worker.postMessage({ buffer, shared }, [buffer]);
  assert.equal(buffer.byteLength, 0);
  assert.equal((await message(worker)).byteLength, 8);
  if (woken.async) assert.equal(await woken.value, 'ok');
  assert.equal(shared[0], 42);
});

test('ports travel with what waits in them, and through threads that are gone', async () => {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage('early');
  const worker = start('const { port } = workerData; port.on("message", (m) => { port.postMessage(`${m}!`); if (m === "end") port.close(); })',
    { workerData: { port: port2 }, transferList: [port2] });
  const got = [];
  port1.on('message', (m) => {
    got.push(m);
    if (m === 'early!') port1.postMessage('end');
  });
  await new Promise((resolve) => { port1.once('close', resolve); });
  assert.deepEqual(got, ['early!', 'end!']);
  assert.equal(await exit(worker), 0);
  const other = new MessageChannel();
  assert.throws(() => other.port1.postMessage(port2, [port2]), { name: 'DataCloneError' });
  other.port1.close();
});

test('a port hears of the end of the thread at its other end', async () => {
  const { port1, port2 } = new MessageChannel();
  start('workerData.on("message", () => {}); setImmediate(() => process.exit(0))', { workerData: port2, transferList: [port2] });
  port1.ref();
  await new Promise((resolve) => { port1.once('close', resolve); });
});

test('without a listener messages wait', async () => {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(1);
  port2.postMessage(2);
  await new Promise((resolve) => { port1.once('message', resolve); });
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(receiveMessageOnPort(port1), { message: 2 });
  port1.close();
});

test('receiveMessageOnPort answers without the loop', async () => {
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = start('workerData.port.postMessage({ sync: true }); Atomics.store(workerData.flag, 0, 1); Atomics.notify(workerData.flag, 0)',
    { workerData: { port: port2, flag }, transferList: [port2] });
  Atomics.wait(flag, 0, 0, 20000);
  assert.deepEqual(receiveMessageOnPort(port1), { message: { sync: true } });
  assert.equal(receiveMessageOnPort(port1), undefined);
  await exit(worker);
});

test('broadcast channels reach all threads', async () => {
  const channel = new BroadcastChannel('jsd test');
  const code = 'const c = new BroadcastChannel("jsd test"); c.onmessage = ({ data }) => { parentPort.postMessage(data); c.close(); }; parentPort.postMessage("ready")';
  const workers = [start(code), start(code)];
  await Promise.all(workers.map(message));
  const answers = Promise.all(workers.map(message));
  channel.postMessage({ to: 'all' });
  assert.deepEqual(await answers, [{ to: 'all' }, { to: 'all' }]);
  channel.close();
});

test('keys, blobs, streams and file handles cross threads', async () => {
  const key = require('crypto').createSecretKey(Buffer.from('secret'));
  const { readable, writable } = new TransformStream();
  const file = await fs.promises.open(__filename);
  const worker = start(`(async () => {
    const { key, blob, readable, file } = workerData;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
    await file.close();
    let text = '';
    for await (const part of readable) text += part;
    parentPort.postMessage([key.export(), await blob.text(), text, buffer.toString('utf8', 0, bytesRead)]);
  })()`, { workerData: { key, blob: new Blob(['blob']), readable, file }, transferList: [readable, file] });
  const writer = writable.getWriter();
  writer.write('one ');
  writer.write('two');
  writer.close();
  const [secret, blob, text, begin] = await message(worker);
  assert.deepEqual([Buffer.from(secret).toString(), blob, text, begin], ['secret', 'blob', 'one two', "'use strict';"].map((x, i) => (i === 3 ? x.slice(0, 12) : x)));
  assert.equal(file.fd, -1);
});

test('what is marked is refused', () => {
  const { port1 } = new MessageChannel();
  const buffer = new ArrayBuffer(1);
  markAsUntransferable(buffer);
  assert.throws(() => port1.postMessage(buffer, [buffer]), { name: 'DataCloneError' });
  const object = {};
  markAsUncloneable(object);
  assert.throws(() => port1.postMessage({ object }), { name: 'DataCloneError' });
  assert.throws(() => port1.postMessage(() => {}), { name: 'DataCloneError' });
  assert.throws(() => start('', { workerData: () => {} }), { name: 'DataCloneError' });
  port1.close();
});

test('what is the process\'s is refused in a thread', async () => {
  const worker = start(`const code = (call) => { try { call(); return 'done'; } catch (error) { return error.code; } };
    process.on('SIGUSR2', () => {});
    parentPort.postMessage([code(() => process.chdir('/')), code(() => process.umask(0)), code(() => process.abort()), process.cwd()])`);
  const unsupported = 'ERR_WORKER_UNSUPPORTED_OPERATION';
  assert.deepEqual(await message(worker), [unsupported, unsupported, unsupported, process.cwd()]);
});

test('threads start threads, and end with them', async () => {
  const worker = start(`const inner = new wt.Worker('require("worker_threads").parentPort.postMessage(1); setInterval(() => {}, 1000)', { eval: true });
    inner.on('message', (m) => parentPort.postMessage(m + 1))`);
  assert.equal(await message(worker), 2);
  assert.equal(await worker.terminate(), 1);
});

test('messages by thread id', async () => {
  const worker = start('process.on("workerMessage", (m, from) => { if (m === "throw") throw new Error("x"); parentPort.postMessage([m, from]); }); parentPort.once("message", () => {})');
  const got = message(worker);
  await postMessageToThread(worker.threadId, 'hello');
  assert.deepEqual(await got, ['hello', 0]);
  await assert.rejects(postMessageToThread(worker.threadId, 'throw'), { code: 'ERR_WORKER_MESSAGING_ERRORED' });
  await assert.rejects(postMessageToThread(999999, 'x'), { code: 'ERR_WORKER_MESSAGING_FAILED' });
  await assert.rejects(postMessageToThread(0, 'x'), { code: 'ERR_WORKER_MESSAGING_SAME_THREAD' });
  worker.postMessage('end');
  assert.equal(await exit(worker), 0);
});

test('what a thread does can be looked at while it is busy', async () => {
  const worker = start('parentPort.postMessage(1); for (;;);');
  await message(worker);
  const snapshot = await worker.getHeapSnapshot();
  assert.ok(JSON.parse(snapshot.read().toString()).nodes.length > 1000);
  assert.ok((await worker.getHeapStatistics()).used_heap_size > 100000);
  const { user } = await worker.cpuUsage();
  assert.ok(user > 0);
  const { active, utilization } = worker.performance.eventLoopUtilization();
  assert.ok(active > 0 && utilization > 0.5);
  await worker.terminate();
  await assert.rejects(worker.getHeapSnapshot(), { code: 'ERR_WORKER_NOT_RUNNING' });
});

test('threads of every kind, ended at any moment, leave nothing open', async () => {
  const kinds = ['for (;;);', 'setInterval(() => {}, 1)', 'require("http").createServer().listen(0)', 'new BroadcastChannel("x")',
    'require("fs").readFile("/etc/passwd", function again() { require("fs").readFile("/etc/passwd", again); })', 'process.exit(3)', ''];
  const run = async (i) => {
    const worker = start(kinds[i % kinds.length]);
    worker.on('error', () => {});
    const ended = exit(worker);
    if (i % 3 !== 0) await Promise.race([once(worker, 'online'), ended]);
    worker.terminate();
    await ended;
  };
  await run(0);
  const descriptors = () => fs.readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let i = 0; i < 28; i += 4) await Promise.all([run(i), run(i + 1), run(i + 2), run(i + 3)]);
  assert.ok(descriptors() <= before + 2, `${before} descriptors before, ${descriptors()} after`);
});
