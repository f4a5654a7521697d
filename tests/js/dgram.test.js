'use strict';
// node:dgram over loopback.
const { test, assert, deferred, counted } = require('./harness');
const dgram = require('dgram');
const net = require('net');
const { once } = require('events');
const { AsyncLocalStorage, createHook } = require('async_hooks');

async function bound(options = 'udp4', address = '127.0.0.1') {
  const socket = dgram.createSocket(options);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

async function closed(...sockets) {
  await Promise.all(sockets.map((socket) => new Promise((resolve) => { socket.close(resolve); })));
}

test('a datagram arrives with its sender, and the callback gets its length', async () => {
  const receiver = await bound();
  const sender = await bound();
  const sent = deferred();
  const arrived = once(receiver, 'message');
  sender.send(['a', Buffer.from('bc'), new Uint8Array([100])], receiver.address().port, '127.0.0.1',
    (error, bytes) => sent.resolve([error, bytes]));
  assert.deepStrictEqual(await sent.promise, [null, 4]);
  const [message, from] = await arrived;
  assert.strictEqual(message.toString(), 'abcd');
  assert.deepStrictEqual(from, { address: '127.0.0.1', family: 'IPv4', port: sender.address().port, size: 4 });
  await closed(receiver, sender);
});

test('an empty datagram is a message of no bytes', async () => {
  const receiver = await bound();
  const sender = dgram.createSocket('udp4');
  sender.send([], receiver.address().port, '127.0.0.1');
  const [message, from] = await once(receiver, 'message');
  assert.strictEqual(message.length, 0);
  assert.strictEqual(from.size, 0);
  await closed(receiver, sender);
});

test('send takes a part of a buffer, and refuses what lies outside of it', async () => {
  const receiver = await bound();
  const sender = dgram.createSocket('udp4');
  const { port } = receiver.address();
  const outside = (name) => ({ code: 'ERR_BUFFER_OUT_OF_BOUNDS', message: `"${name}" is outside of buffer bounds` });
  assert.throws(() => sender.send('abc', 4, 1, port), outside('offset'));
  assert.throws(() => sender.send('abc', 1, 3, port), outside('length'));
  assert.throws(() => sender.send('abc', 0), { code: 'ERR_SOCKET_BAD_PORT', message: /^Port should be > 0 and < 65536/ });
  assert.throws(() => sender.send(1, port), { code: 'ERR_INVALID_ARG_TYPE' });
  const inList = { code: 'ERR_INVALID_ARG_TYPE', message: /"buffer list arguments"/ };
  assert.throws(() => sender.send(['a', 1], port), inList);
  sender.send(Buffer.from('0123456'), 2, 3, port, '127.0.0.1');
  const [message] = await once(receiver, 'message');
  assert.strictEqual(message.toString(), '234');
  await closed(receiver, sender);
});

test('a connected socket needs no address, hears nobody else and can be disconnected', async () => {
  const receiver = await bound();
  const stranger = await bound();
  const socket = await bound();
  const { port } = receiver.address();
  assert.throws(() => socket.remoteAddress(), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  assert.deepStrictEqual(socket.remoteAddress(), { address: '127.0.0.1', family: 'IPv4', port });
  assert.throws(() => socket.connect(port), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });
  assert.throws(() => socket.send('x', 0, 1, port), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });
  const heard = [];
  socket.on('message', (message) => heard.push(message.toString()));
  receiver.once('message', (message, from) => {
    const done = () => receiver.send('answer', from.port, from.address);
    stranger.send('noise', socket.address().port, '127.0.0.1', done);
  });
  socket.send('question');
  await once(socket, 'message');
  assert.deepStrictEqual(heard, ['answer']);
  socket.disconnect();
  assert.throws(() => socket.disconnect(), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
  await closed(receiver, stranger, socket);
});

test('bindSync and connectSync take numeric addresses only, and throw', () => {
  const socket = dgram.createSocket('udp4');
  const other = dgram.createSocket('udp4');
  if (socket.bindSync === undefined) return;
  const address = socket.bindSync({ address: '127.0.0.1' });
  assert.deepStrictEqual(socket.address(), address);
  assert.throws(() => other.bindSync({ address: '127.0.0.1', port: address.port }),
    { code: 'EADDRINUSE', syscall: 'bind', address: '127.0.0.1', port: address.port });
  assert.throws(() => other.bindSync({ address: 'localhost' }), { code: 'ERR_INVALID_ARG_VALUE' });
  other.connectSync(address.port, '127.0.0.1');
  assert.deepStrictEqual(other.remoteAddress(), address);
  socket.close();
  other.close();
});

test('an address in use is an error event, after which the socket can be bound elsewhere', async () => {
  const first = await bound();
  const second = dgram.createSocket('udp4');
  const never = counted();
  second.bind(first.address().port, '127.0.0.1', never);
  const [error] = await once(second, 'error');
  assert.strictEqual(error.code, 'EADDRINUSE');
  assert.strictEqual(error.message, `bind EADDRINUSE 127.0.0.1:${first.address().port}`);
  second.bind(0, '127.0.0.1');
  await once(second, 'listening');
  assert.strictEqual(never.calls, 0);
  assert.throws(() => second.bind(0), { code: 'ERR_SOCKET_ALREADY_BOUND' });
  await closed(first, second);
});

test('an error that nobody listens to is uncaught', async () => {
  const first = await bound();
  const second = dgram.createSocket('udp4');
  const uncaught = once(process, 'uncaughtException');
  second.bind({ port: first.address().port, address: '127.0.0.1' }, () => {});
  assert.strictEqual((await uncaught)[0].code, 'EADDRINUSE');
  await closed(first, second);
});

test('with reusePort two sockets have one port', async () => {
  const first = await bound({ type: 'udp4', reusePort: true });
  const second = dgram.createSocket({ type: 'udp4', reusePort: true });
  second.bind(first.address().port, '127.0.0.1');
  await once(second, 'listening');
  assert.strictEqual(second.address().port, first.address().port);
  await closed(first, second);
});

test('a closed socket does nothing, and says so', async () => {
  const socket = await bound();
  await closed(socket);
  const refused = { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING', message: 'Not running' };
  assert.throws(() => socket.close(), refused);
  assert.throws(() => socket.address(), refused);
  assert.throws(() => socket.send('x', 1), refused);
});

test('options reach the kernel', async () => {
  const socket = await bound({ type: 'udp4', recvBufferSize: 10000, sendBufferSize: 15000 });
  assert.ok([10000, 20000].includes(socket.getRecvBufferSize()));
  assert.ok([15000, 30000].includes(socket.getSendBufferSize()));
  assert.strictEqual(socket.setTTL(16), 16);
  assert.throws(() => socket.setTTL('x'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => socket.setTTL(1000), { code: 'EINVAL', syscall: 'setTTL' });
  assert.strictEqual(socket.setMulticastTTL(0), 0);
  assert.strictEqual(socket.setMulticastLoopback(false), false);
  assert.strictEqual(socket.setBroadcast(true), undefined);
  assert.throws(() => socket.setRecvBufferSize(-1), { code: 'ERR_SOCKET_BAD_BUFFER_SIZE' });
  assert.throws(() => socket.addMembership(), { code: 'ERR_MISSING_ARGS' });
  assert.throws(() => socket.addMembership('127.0.0.1'), { code: 'EINVAL', syscall: 'addMembership' });
  assert.strictEqual(socket.getSendQueueSize(), 0);
  assert.strictEqual(socket.getSendQueueCount(), 0);
  await closed(socket);
});

test('multicast: a member of a group hears what is sent to it', async () => {
  const socket = await bound('udp4', '0.0.0.0');
  socket.addMembership('239.255.0.7', '127.0.0.1');
  socket.setMulticastInterface('127.0.0.1');
  socket.setMulticastLoopback(true);
  socket.send('group', socket.address().port, '239.255.0.7');
  const [message] = await once(socket, 'message');
  assert.strictEqual(message.toString(), 'group');
  socket.dropMembership('239.255.0.7', '127.0.0.1');
  assert.throws(() => socket.dropMembership('239.255.0.7', '127.0.0.1'), { code: 'EADDRNOTAVAIL' });
  await closed(socket);
});

test('an AbortSignal closes the socket', async () => {
  const controller = new AbortController();
  const socket = dgram.createSocket({ type: 'udp4', signal: controller.signal });
  const over = once(socket, 'close');
  controller.abort();
  await over;
  const late = dgram.createSocket({ type: 'udp4', signal: controller.signal });
  await once(late, 'close');
});

test('block lists keep datagrams from coming in and going out', async () => {
  const list = new net.BlockList();
  list.addAddress('127.0.0.1');
  const deaf = await bound({ type: 'udp4', receiveBlockList: list });
  const mute = dgram.createSocket({ type: 'udp4', sendBlockList: list });
  const open = await bound();
  const heard = counted();
  deaf.on('message', heard);
  const blocked = await new Promise((resolve) => { mute.send('x', open.address().port, '127.0.0.1', resolve); });
  assert.strictEqual(blocked.code, 'ERR_IP_BLOCKED');
  // Sent after the one to be dropped: when this has come, that one would have.
  await new Promise((resolve) => { open.send('x', deaf.address().port, '127.0.0.1', resolve); });
  open.send('y', open.address().port, '127.0.0.1');
  await once(open, 'message');
  assert.strictEqual(heard.calls, 0);
  assert.throws(() => dgram.createSocket({ type: 'udp4', sendBlockList: {} }), { code: 'ERR_INVALID_ARG_TYPE' });
  await closed(deaf, mute, open);
});

test('a lookup of one\'s own resolves names, and its error is given to the callback', async () => {
  const receiver = await bound();
  const lookup = counted((name, family, callback) => {
    if (name === 'here.invalid') process.nextTick(callback, null, '127.0.0.1', family);
    else process.nextTick(callback, Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' }));
  });
  const sender = dgram.createSocket({ type: 'udp4', lookup });
  sender.bindSync?.({ address: '127.0.0.1' });
  sender.send('x', receiver.address().port, 'here.invalid');
  await once(receiver, 'message');
  const error = await new Promise((resolve) => { sender.send('x', 1, 'nowhere.invalid', resolve); });
  assert.strictEqual(error.message, 'no nowhere.invalid');
  sender.send('x', 1, 'nowhere.invalid');
  assert.strictEqual((await once(sender, 'error'))[0].message, 'no nowhere.invalid');
  await closed(receiver, sender);
});

test('AsyncLocalStorage is that of the socket\'s creation in messages', async () => {
  const storage = new AsyncLocalStorage();
  const socket = storage.run('made', () => dgram.createSocket('udp4'));
  const seen = deferred();
  socket.on('message', () => seen.resolve(storage.getStore()));
  socket.bind(0, '127.0.0.1', () => socket.send('x', socket.address().port, '127.0.0.1'));
  assert.strictEqual(await seen.promise, 'made');
  await closed(socket);
});

test('async_hooks know the socket', async () => {
  const types = [];
  const hook = createHook({ init(id, type) { types.push(type); } }).enable();
  const socket = await bound();
  hook.disable();
  assert.ok(types.includes('UDPWRAP'), types.join());
  await closed(socket);
});

test('the diagnostics channel udp.socket is told of each socket', () => {
  const channel = require('diagnostics_channel').channel('udp.socket');
  const seen = [];
  const listener = (message) => seen.push(message.socket);
  channel.subscribe(listener);
  const socket = dgram.createSocket('udp4');
  channel.unsubscribe(listener);
  assert.strictEqual(seen.length, 1);
  assert.strictEqual(seen[0], socket);
  socket.close();
});

test('types and options that are none are refused', () => {
  const message = 'Bad socket type specified. Valid types are: udp4, udp6';
  for (const type of ['tcp', {}, 1, null]) {
    assert.throws(() => dgram.createSocket(type), { code: 'ERR_SOCKET_BAD_TYPE', message });
  }
  assert.throws(() => dgram.createSocket({ type: 'udp4', lookup: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});
