'use strict';
// What follows a program through its callbacks: AsyncLocalStorage in every kind of event, asynchronous ids and hooks,
// domains, and the order of what runs after an exception. Expectations are Node's: this file runs there too.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, triggerAsyncId, executionAsyncResource } = require('async_hooks');
const { spawnSync } = require('child_process');
const { once } = require('events');
const child_process = require('child_process');
const crypto = require('crypto');
const dns = require('dns');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const stream = require('stream');
const v8 = require('v8');
const zlib = require('zlib');

const storage = new AsyncLocalStorage();

/** Runs a program. @returns {string} what it printed, lines joined by " " */
function run(code, ...flags) {
  const top = writeTree(temporaryDirectory(), { 'a.js': code });
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, path.join(top, 'a.js')], { encoding: 'utf8' });
  return `${stdout.trim().split('\n').join(' ')}${status === 0 ? '' : ` [${status}] ${stderr}`}`;
}

/** Notes which store an event saw. */
function notes() {
  const seen = {};
  const note = (name) => { seen[name] ??= storage.getStore(); };
  return { seen, note };
}

// ---- AsyncLocalStorage ---------------------------------------------------------------------------------------------

test('a server has the context of listen; reading in one turn has the reader\'s', async () => {
  const { seen, note } = notes();
  const server = storage.run('listen', () => http.createServer((req, res) => {
    note('handler');
    storage.run('request', () => {
      req.on('data', (data) => note(`data ${data}`));
      req.on('end', () => { note('end'); res.end('x'); });
      res.on('finish', () => note('finish'));
      res.on('close', () => note('res close'));
    });
  }).listen(0, '127.0.0.1'));
  server.on('connection', () => note('connection'));
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab');
  while (seen['data ab'] === undefined) await new Promise(setImmediate);
  socket.write('cd');
  socket.resume();
  await once(socket, 'close');
  server.close();
  await once(server, 'close');
  assert.deepStrictEqual(seen, {
    connection: 'listen', handler: 'listen', 'data ab': 'request', 'data cd': 'listen', end: 'listen', finish: 'listen',
    'res close': 'listen',
  });
});

test('an http client\'s events have the request\'s context, also on a connection that an earlier one opened', async () => {
  const server = http.createServer((req, res) => { res.write('a'); setImmediate(() => res.end('b')); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const name of ['first', 'second']) {
    const { seen, note } = notes();
    await storage.run(name, () => new Promise((resolve) => {
      const req = http.get({ host: '127.0.0.1', port: server.address().port, agent }, (res) => {
        note('response');
        res.on('data', () => note('data'));
        res.on('end', () => note('end'));
      });
      req.on('socket', () => note('socket'));
      req.on('finish', () => note('finish'));
      req.on('close', () => { note('close'); storage.exit(() => setImmediate(resolve)); });
    }));
    for (const event of ['socket', 'finish', 'response', 'data', 'end', 'close']) assert.strictEqual(seen[event], name, event);
  }
  agent.destroy();
  server.close();
});

test('sockets: events of the one that connects have its context, those of an accepted one have none', async () => {
  const { seen, note } = notes();
  const server = storage.run('server', () => net.createServer((socket) => {
    note('connection');
    socket.on('data', () => { note('accepted data'); socket.end('x'); });
  }).listen(0, '127.0.0.1'));
  await once(server, 'listening');
  await storage.run('client', () => new Promise((resolve) => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => {
      note('connect');
      storage.exit(() => setImmediate(() => socket.write('a', () => note('written'))));
    });
    socket.on('data', () => note('data'));
    socket.on('end', () => note('end'));
    socket.on('close', () => { note('close'); resolve(); });
  }));
  server.close();
  await once(server, 'close');
  assert.deepStrictEqual(seen, {
    connect: 'client', connection: 'server', 'accepted data': undefined, written: undefined, data: 'client',
    end: 'client', close: 'client',
  });
});

test('children, zlib, streams of files, watches, signals, crypto, dns', async () => {
  const { seen, note } = notes();
  const file = path.join(temporaryDirectory(), 'watched');
  fs.writeFileSync(file, 'a');
  const inContext = (start) => storage.run('here', () => new Promise((resolve, reject) => start(resolve, reject)));
  await inContext((done) => {
    const child = child_process.exec('echo hi', () => { note('exec'); done(); });
    child.stdout.on('data', () => note('stdout'));
    child.on('exit', () => note('exit'));
  });
  await inContext((done) => child_process.execFile('/bin/true', () => { note('execFile'); done(); }));
  await inContext((done) => {
    const gzip = zlib.createGzip();
    gzip.on('data', () => note('gzip data'));
    gzip.on('end', () => { note('gzip end'); done(); });
    gzip.end('abc');
  });
  await inContext((done) => zlib.gzip('abc', () => { note('gzip'); done(); }));
  await inContext((done) => {
    const reader = fs.createReadStream(file);
    reader.on('data', () => note('file data'));
    reader.on('close', () => { note('file close'); done(); });
  });
  await inContext((done) => {
    const watcher = fs.watch(file, () => { note('watch'); watcher.close(); });
    watcher.on('close', done);
    storage.exit(() => setImmediate(() => fs.writeFileSync(file, 'b')));
  });
  await inContext((done) => {
    process.once('SIGUSR2', () => { note('signal'); done(); });
    storage.exit(() => setImmediate(() => process.kill(process.pid, 'SIGUSR2')));
  });
  await inContext((done) => crypto.randomBytes(4, () => { note('random'); done(); }));
  await inContext((done) => dns.lookup('localhost', () => { note('lookup'); done(); }));
  await inContext((done) => fs.stat(file, () => { note('stat'); done(); }));
  await inContext((done) => done({ then(resolve) { note('then'); resolve(); } }));
  for (const [name, store] of Object.entries(seen)) assert.strictEqual(store, 'here', name);
  assert.strictEqual(Object.keys(seen).length, 15);
});

test('uncaught exceptions and unhandled rejections are reported in their context', () => {
  const said = run(`
    const { AsyncLocalStorage } = require('async_hooks');
    const storage = new AsyncLocalStorage();
    process.on('uncaughtException', () => console.log('uncaught', storage.getStore()));
    process.on('unhandledRejection', () => { console.log('rejection', storage.getStore()); Promise.resolve().then(() => console.log('after')); });
    storage.run('timer', () => setTimeout(() => { throw 1; }));
    storage.run('tick', () => process.nextTick(() => { throw 1; }));
    storage.run('promise', () => { Promise.reject(1); });
  `);
  // Whether the timer is due before the rejections are looked at depends on how long all that took.
  assert.ok(said.startsWith('uncaught tick ') && said.includes('rejection promise after') && said.includes('uncaught timer'), said);
});

test('run leaves what other storages entered; withScope, defaultValue, name, disable', () => {
  const one = new AsyncLocalStorage({ name: 'one', defaultValue: 'default' });
  const two = new AsyncLocalStorage();
  assert.strictEqual(one.name, 'one');
  assert.strictEqual(one.getStore(), 'default');
  one.run('a', () => two.enterWith('b'));
  assert.strictEqual(one.getStore(), 'default');
  assert.strictEqual(two.getStore(), 'b');
  const scope = two.withScope('c');
  assert.strictEqual(two.getStore(), 'c');
  scope[Symbol.dispose]();
  assert.strictEqual(two.getStore(), 'b');
  one.run('a', () => {
    two.run('d', () => one.disable());
    assert.strictEqual(two.getStore(), 'b');
    assert.strictEqual(one.getStore(), 'default');
  });
  two.disable();
  assert.strictEqual(two.getStore(), undefined);
});

test('stream.finished calls back in the context of its call', async () => {
  const { seen, note } = notes();
  const readable = storage.run('made', () => new stream.PassThrough());
  const ended = storage.run('asked', () => new Promise((resolve) => stream.finished(readable, () => { note('finished'); resolve(); })));
  readable.end();
  readable.resume();
  await ended;
  assert.strictEqual(seen.finished, 'asked');
});

// ---- ids and hooks -------------------------------------------------------------------------------------------------

test('what runs has an id and a trigger, whether or not a hook is enabled', async () => {
  const outer = executionAsyncId();
  const [id, trigger] = await new Promise((resolve) => setTimeout(() => resolve([executionAsyncId(), triggerAsyncId()]), 1));
  assert.ok(id > 1);
  assert.strictEqual(trigger, outer);
  const inner = await new Promise((resolve) => fs.stat('/', () => process.nextTick(() => resolve([executionAsyncId(), triggerAsyncId()]))));
  assert.ok(inner[0] > inner[1] && inner[1] > id);
});

test('each kind of resource is told of: init, before, after, destroy', async () => {
  const events = new Map();
  const wanted = new Set();
  const hook = createHook({
    init(id, type) { if (wanted.has(type)) events.set(id, [type]); },
    before(id) { events.get(id)?.push('before'); },
    after(id) { events.get(id)?.push('after'); },
    destroy(id) { events.get(id)?.push('destroy'); },
  });
  for (const type of ['FSREQCALLBACK', 'GETADDRINFOREQWRAP', 'GETNAMEINFOREQWRAP', 'TCPSERVERWRAP', 'TCPWRAP', 'TCPCONNECTWRAP',
    'SHUTDOWNWRAP', 'PIPEWRAP', 'PROCESSWRAP', 'SIGNALWRAP', 'FSEVENTWRAP', 'STATWATCHER', 'ZLIB', 'PBKDF2REQUEST', 'RANDOMBYTESREQUEST',
    'SCRYPTREQUEST', 'HTTPINCOMINGMESSAGE', 'HTTPCLIENTREQUEST', 'Timeout', 'Immediate', 'TickObject', 'Microtask', 'MINE']) wanted.add(type);
  hook.enable();
  const file = path.join(temporaryDirectory(), 'file');
  fs.writeFileSync(file, '');
  await new Promise((resolve) => fs.stat('/', resolve));
  await new Promise((resolve) => dns.lookup('localhost', resolve));
  await new Promise((resolve) => dns.lookupService('127.0.0.1', 1, resolve));
  const server = http.createServer((req, res) => res.end('x')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await new Promise((resolve) => http.get({ host: '127.0.0.1', port: server.address().port, agent: false },
    (res) => res.resume().on('close', resolve)));
  server.close();
  await once(server, 'close');
  const plain = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  await new Promise((resolve) => net.connect(plain.address().port, '127.0.0.1').resume().on('close', resolve).end());
  plain.close();
  await once(plain, 'close');
  await new Promise((resolve) => child_process.execFile('/bin/true', resolve));
  const onSignal = () => {};
  process.on('SIGUSR2', onSignal);
  process.removeListener('SIGUSR2', onSignal);
  fs.watch(file, () => {}).close();
  fs.watchFile(file, () => {});
  fs.unwatchFile(file);
  await new Promise((resolve) => zlib.deflate('a', resolve));
  await new Promise((resolve) => crypto.pbkdf2('a', 'b', 1, 8, 'sha1', resolve));
  await new Promise((resolve) => crypto.randomBytes(4, resolve));
  await new Promise((resolve) => crypto.scrypt('a', 'b', 8, { N: 2 }, resolve));
  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => queueMicrotask(resolve));
  new AsyncResource('MINE', { requireManualDestroy: true }).runInAsyncScope(() => {});
  await new Promise((resolve) => setImmediate(() => process.nextTick(() => setImmediate(resolve))));
  hook.disable();
  const told = new Set([...events.values()].map(([type]) => type));
  for (const type of wanted) assert.ok(told.has(type), type);
  const once_ = ['FSREQCALLBACK', 'GETADDRINFOREQWRAP', 'GETNAMEINFOREQWRAP', 'PBKDF2REQUEST', 'RANDOMBYTESREQUEST', 'SCRYPTREQUEST',
    'Microtask', 'Timeout'];
  for (const type of once_) {
    const found = [...events.values()].find((list) => list[0] === type && list.length === 4);
    assert.deepStrictEqual(found, [type, 'before', 'after', 'destroy'], type);
  }
});

test('the resource of a callback is the object that init was given', async () => {
  const given = new Map();
  const hook = createHook({ init(id, type, trigger, resource) { given.set(id, resource); } }).enable();
  const check = () => assert.strictEqual(executionAsyncResource(), given.get(executionAsyncId()));
  await new Promise((resolve) => setTimeout(() => { check(); resolve(); }, 1));
  await new Promise((resolve) => fs.stat('/', () => { check(); resolve(); }));
  await new Promise((resolve) => process.nextTick(() => { check(); resolve(); }));
  await Promise.resolve().then(check);
  const resource = new AsyncResource('MINE');
  resource.runInAsyncScope(() => assert.strictEqual(executionAsyncResource(), resource));
  hook.disable();
});

test('hooks that change in a hook take effect after it; trackPromises: false is told of no promise', () => {
  const told = [];
  const other = createHook({ init() { told.push('other'); } });
  const promises = createHook({ init(id, type) { told.push(type); }, trackPromises: false }).enable();
  const first = createHook({ init() { told.push('first'); other.enable(); } }).enable();
  new AsyncResource('MINE');
  first.disable();
  new AsyncResource('MINE');
  other.disable();
  Promise.resolve();
  promises.disable();
  assert.deepStrictEqual(told, ['MINE', 'first', 'MINE', 'other']);
  assert.throws(() => createHook({ trackPromises: false, promiseResolve() {} }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('an exception of a hook ends the process; after the one of a callback hooks are told of its end', () => {
  assert.match(run("require('async_hooks').createHook({ init() { throw null; } }).enable(); setTimeout(() => {}, 1);"), /^ \[1\] Error: null/);
  assert.strictEqual(run(`
    const fs = require('fs');
    let id = 0;
    require('async_hooks').createHook({
      init(i, type) { if (type === 'Timeout' && !id) id = i; },
      before(i) { if (i === id) fs.writeSync(1, 'before '); }, after(i) { if (i === id) fs.writeSync(1, 'after '); },
      destroy(i) { if (i === id) fs.writeSync(1, 'destroy'); },
    }).enable();
    process.on('uncaughtException', () => fs.writeSync(1, 'uncaught '));
    setTimeout(() => { throw 1; }, 1);
  `), 'before uncaught after destroy');
});

test('v8.promiseHooks', async () => {
  const told = [];
  const stop = v8.promiseHooks.createHook({
    init(promise, parent) { told.push(parent === undefined ? 'init' : 'child'); },
    before() { told.push('before'); }, after() { told.push('after'); }, settled() { told.push('settled'); },
  });
  const done = Promise.resolve().then(() => {});
  stop();
  await done;
  assert.deepStrictEqual(told, ['init', 'settled', 'child']);
  assert.throws(() => v8.promiseHooks.onInit(async () => {}), { code: 'ERR_INVALID_ARG_TYPE' });
});

// ---- order ---------------------------------------------------------------------------------------------------------

const PREFIX = "process.on('uncaughtException', () => console.log('UNC'));\n";

test('a microtask that throws loses nothing', () => {
  assert.strictEqual(run(`${PREFIX}queueMicrotask(() => { throw 1; }); queueMicrotask(() => console.log('m'));
    Promise.resolve().then(() => console.log('p')); process.nextTick(() => console.log('t')); setTimeout(() => console.log('end'), 1);`),
  't UNC m p end');
});

test('ticks of an immediate that threw come after the next immediate', () => {
  assert.strictEqual(run(`${PREFIX}setImmediate(() => { process.nextTick(() => console.log('tick')); throw 1; });
    setImmediate(() => console.log('next')); setImmediate(() => console.log('last'));`), 'UNC next tick last');
});

test('ticks of a timer that threw come after the next timer', () => {
  assert.strictEqual(run(`${PREFIX}setTimeout(() => { process.nextTick(() => console.log('tick')); throw 1; }, 1);
    setTimeout(() => console.log('next'), 1); setTimeout(() => console.log('last'), 1);
    const end = Date.now() + 5; while (Date.now() < end);`), 'UNC next tick last');
});

test('ticks after one that threw, and microtasks, still run', () => {
  assert.strictEqual(run(`${PREFIX}process.nextTick(() => { throw 1; }); process.nextTick(() => console.log('tick'));
    Promise.resolve().then(() => console.log('micro'));`), 'UNC tick micro');
});

test('a timer is due by when it was started, not by when the turn of the loop began', () => {
  assert.strictEqual(run(`const wait = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
    setTimeout(() => console.log('a'), 100); wait(30); setTimeout(() => console.log('b'), 80); wait(100);`), 'a b');
});

test('timers that are due in one turn run in the order in which they are due', () => {
  assert.strictEqual(run(`const wait = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
    for (const ms of [90, 30, 60]) setTimeout(() => console.log(ms), ms); wait(120);`), '30 60 90');
});

test('the monitor hears of all exceptions; one capture callback at a time', () => {
  assert.strictEqual(run(`process.on('uncaughtExceptionMonitor', (error, origin) => console.log('monitor', error, origin));
    process.setUncaughtExceptionCaptureCallback((error) => console.log('capture', error));
    try { process.setUncaughtExceptionCaptureCallback(() => {}); } catch (error) { console.log(error.code); }
    setTimeout(() => { throw 1; }, 1); Promise.reject(new class { stack = ''; toString() { return '2'; } });`).replace(/\s+/g, ' '),
  'ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET monitor stack { stack: \'\' } unhandledRejection capture stack { stack: \'\' } monitor 1 uncaughtException capture 1'
    .replace(/stack \{/g, '{'));
});

test('--unhandled-rejections refuses what is no mode', () => {
  assert.match(run('', '--unhandled-rejections=foo'), /\[9\] .*invalid value for --unhandled-rejections/);
});

// ---- domain --------------------------------------------------------------------------------------------------------

test('a domain follows timers, ticks, promises, files and emitters, and hands what is thrown to the one around it', () => {
  const words = (text) => text.split(' ').sort().join(' '); // a file is read when it is
  assert.strictEqual(words(run(`
    const domain = require('domain');
    const fs = require('fs');
    const EventEmitter = require('events');
    const made = (name) => { const d = domain.create(); d.on('error', (e) => console.log(name, e.message, e.domainThrown, e.domain === d)); return d; };
    made('tick').run(() => process.nextTick(() => { throw new Error('1'); }));
    const emitter = made('emitter').run(() => new EventEmitter());
    setTimeout(() => emitter.emit('error', new Error('2')), 1);
    setTimeout(() => made('timer').run(() => setTimeout(() => { throw new Error('3'); }, 1)), 10);
    setTimeout(() => made('file').run(() => Promise.resolve().then(() => fs.stat('/', () => { throw new Error('4'); }))), 20);
    setTimeout(() => {
      const inner = domain.create();
      inner.on('error', (e) => { throw new Error(e.message + ' again'); });
      made('outer').run(() => inner.run(() => { throw new Error('5'); }));
    }, 40);
    setTimeout(() => made('bound').intercept(() => {})(new Error('6')), 60);
  `)), words('tick 1 true true emitter 2 false true timer 3 true true file 4 true true outer 5 again true true bound 6 false true'));
});

test('domains and a capture callback exclude each other', () => {
  assert.strictEqual(run(`process.setUncaughtExceptionCaptureCallback(() => {});
    try { require('domain'); } catch (error) { console.log(error.code); }
    process.setUncaughtExceptionCaptureCallback(null);
    require('domain');
    try { process.setUncaughtExceptionCaptureCallback(() => {}); } catch (error) { console.log(error.code); }`),
  'ERR_DOMAIN_CALLBACK_NOT_AVAILABLE ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE');
});
