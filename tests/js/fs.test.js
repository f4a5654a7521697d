'use strict';
// node:fs in its three forms, its errors and its streams.
const { test, assert, temporaryDirectory } = require('./harness');
const fs = require('fs');
const path = require('path');
const { pipeline } = require('stream/promises');

const top = temporaryDirectory();
const at = (...parts) => path.join(top, ...parts);
const fails = (fn, code, syscall, file) => assert.throws(fn, (error) => {
  assert.strictEqual(error.code, code);
  assert.strictEqual(error.syscall, syscall);
  assert.ok(error.errno < 0);
  if (file !== undefined) {
    assert.strictEqual(error.path, file);
    assert.match(error.message, new RegExp(`^${code}: .*, ${syscall} '${file}'`));
  }
  return true;
});

test('files are written, appended and read, in text and bytes', async () => {
  fs.writeFileSync(at('a'), 'häuser');
  fs.appendFileSync(at('a'), Buffer.from(' 2'));
  assert.strictEqual(fs.readFileSync(at('a'), 'utf8'), 'häuser 2');
  assert.strictEqual(fs.readFileSync(at('a')).length, 9);
  assert.strictEqual(fs.readFileSync(at('a'), { encoding: 'latin1' }).length, 9);
  await fs.promises.writeFile(at('b'), ['x', 'y', 'z']);
  assert.strictEqual(await fs.promises.readFile(at('b'), 'utf8'), 'xyz');
  await new Promise((resolve, reject) => fs.writeFile(at('c'), 'cb', (error) => (error ? reject(error) : resolve())));
  assert.strictEqual(await new Promise((resolve) => fs.readFile(at('c'), 'utf8', (error, text) => resolve(text))), 'cb');
  fs.writeFileSync(at('big'), Buffer.alloc(3000000, 'ab'));
  assert.strictEqual((await fs.promises.readFile(at('big'))).length, 3000000);
});

test("errors have Node's message, code, errno, syscall and paths", async () => {
  const none = at('none');
  fails(() => fs.readFileSync(none), 'ENOENT', 'open', none);
  fails(() => fs.readFileSync(none, 'utf8'), 'ENOENT', 'open', none);
  fails(() => fs.statSync(none), 'ENOENT', 'stat', none);
  fails(() => fs.mkdirSync(top), 'EEXIST', 'mkdir', top);
  fails(() => fs.readFileSync(top), 'EISDIR', 'read');
  await assert.rejects(fs.promises.readFile(none), { code: 'ENOENT', syscall: 'open', path: none });
  const error = await new Promise((resolve) => fs.rename(none, at('x'), resolve));
  assert.strictEqual(error.message, `ENOENT: no such file or directory, rename '${none}' -> '${at('x')}'`);
  assert.strictEqual(error.dest, at('x'));
  assert.throws(() => fs.readFileSync(5.5), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.readFileSync('a\u0000b'), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => fs.readFile(none), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.openSync(none, 'rr'), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('descriptors: open, read, write, positions, stat, truncate, close', () => {
  const fd = fs.openSync(at('fd'), 'w+');
  assert.strictEqual(fs.writeSync(fd, 'hello world'), 11);
  assert.strictEqual(fs.writeSync(fd, Buffer.from('HE'), 0, 2, 0), 2);
  const buffer = Buffer.alloc(5);
  assert.strictEqual(fs.readSync(fd, buffer, 0, 5, 0), 5);
  assert.strictEqual(buffer.toString(), 'HEllo');
  assert.strictEqual(fs.readSync(fd, buffer, { position: 6 }), 5);
  assert.strictEqual(buffer.toString(), 'world');
  fs.ftruncateSync(fd, 4);
  assert.strictEqual(fs.fstatSync(fd).size, 4);
  assert.strictEqual(fs.writevSync(fd, [Buffer.from('a'), Buffer.from('bc')], 4), 3);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  assert.strictEqual(fs.readFileSync(at('fd'), 'utf8'), 'HEllabc');
  fails(() => fs.fstatSync(fd), 'EBADF', 'fstat');
});

test('stat: kinds, times, bigint, throwIfNoEntry', () => {
  fs.writeFileSync(at('s'), '12345');
  fs.utimesSync(at('s'), 100, 200.5);
  const stats = fs.statSync(at('s'));
  assert.ok(stats.isFile() && !stats.isDirectory() && stats instanceof fs.Stats);
  assert.strictEqual(stats.size, 5);
  assert.strictEqual(stats.atimeMs, 100000);
  assert.strictEqual(stats.mtime.getTime(), 200500);
  const big = fs.statSync(at('s'), { bigint: true });
  assert.strictEqual(big.size, 5n);
  assert.strictEqual(big.mtimeNs, 200500000000n);
  assert.strictEqual(fs.statSync(at('none'), { throwIfNoEntry: false }), undefined);
  assert.strictEqual(fs.existsSync(at('s')), true);
  assert.strictEqual(fs.existsSync(at('none')), false);
});

test('directories: recursive mkdir, readdir, opendir, rm, cp', async () => {
  assert.strictEqual(fs.mkdirSync(at('d/e/f'), { recursive: true }), at('d'));
  assert.strictEqual(fs.mkdirSync(at('d/e/f'), { recursive: true }), undefined);
  fs.writeFileSync(at('d/1'), '1');
  fs.writeFileSync(at('d/e/2'), '2');
  fs.symlinkSync('1', at('d/link'));
  assert.deepStrictEqual(fs.readdirSync(at('d')).sort(), ['1', 'e', 'link']);
  assert.deepStrictEqual(fs.readdirSync(at('d'), { recursive: true }).sort(), ['1', 'e', 'e/2', 'e/f', 'link']);
  const kinds = fs.readdirSync(at('d'), { withFileTypes: true }).map((e) => [e.name, e.isFile(), e.isDirectory(), e.isSymbolicLink()]);
  assert.deepStrictEqual(kinds.sort(), [['1', true, false, false], ['e', false, true, false], ['link', false, false, true]]);
  const names = [];
  for await (const entry of await fs.promises.opendir(at('d'))) names.push(entry.name);
  assert.deepStrictEqual(names.sort(), ['1', 'e', 'link']);
  await fs.promises.cp(at('d'), at('copy'), { recursive: true });
  assert.strictEqual(fs.readFileSync(at('copy/e/2'), 'utf8'), '2');
  fails(() => fs.rmdirSync(at('d')), 'ENOTEMPTY', 'rmdir', at('d'));
  assert.throws(() => fs.rmSync(at('d')), { code: 'ERR_FS_EISDIR' });
  fs.rmSync(at('d'), { recursive: true });
  assert.strictEqual(fs.existsSync(at('d')), false);
  fs.rmSync(at('d'), { force: true });
  assert.match(fs.mkdtempSync(at('tmp-')), /tmp-\w{6}$/);
});

test('links, renames, copies, permissions, real paths', () => {
  fs.writeFileSync(at('l'), 'x');
  fs.linkSync(at('l'), at('hard'));
  assert.strictEqual(fs.statSync(at('hard')).nlink, 2);
  fs.symlinkSync(at('l'), at('soft'));
  assert.strictEqual(fs.readlinkSync(at('soft')), at('l'));
  assert.ok(fs.lstatSync(at('soft')).isSymbolicLink());
  assert.strictEqual(fs.realpathSync(at('soft')), fs.realpathSync(at('l')));
  fs.chmodSync(at('l'), 0o600);
  assert.strictEqual(fs.statSync(at('l')).mode & 0o777, 0o600);
  fs.copyFileSync(at('l'), at('l2'));
  fails(() => fs.copyFileSync(at('l'), at('l2'), fs.constants.COPYFILE_EXCL), 'EEXIST', 'copyfile');
  fs.renameSync(at('l2'), at('l3'));
  fs.unlinkSync(at('l3'));
  assert.strictEqual(fs.existsSync(at('l3')), false);
  fs.accessSync(at('l'), fs.constants.R_OK);
});

test('streams: pipe, start and end, errors, bytes', async () => {
  const data = Buffer.alloc(1000000);
  for (let i = 0; i < data.length; i++) data[i] = i;
  fs.writeFileSync(at('source'), data);
  const from = fs.createReadStream(at('source'));
  const to = fs.createWriteStream(at('target'));
  await pipeline(from, to);
  assert.ok(fs.readFileSync(at('target')).equals(data));
  assert.deepStrictEqual([from.bytesRead, to.bytesWritten], [data.length, data.length]);
  const chunks = [];
  for await (const chunk of fs.createReadStream(at('source'), { start: 10, end: 19, highWaterMark: 4 })) chunks.push(chunk);
  assert.deepStrictEqual(chunks.map((c) => c.length), [4, 4, 2]);
  assert.ok(Buffer.concat(chunks).equals(data.subarray(10, 20)));
  const error = await new Promise((resolve) => fs.createReadStream(at('none')).on('error', resolve));
  assert.strictEqual(error.code, 'ENOENT');
  const appended = fs.createWriteStream(at('target'), { flags: 'a' });
  appended.write('one');
  await new Promise((resolve) => appended.end('two', resolve));
  assert.strictEqual(fs.readFileSync(at('target')).subarray(-6).toString(), 'onetwo');
});

test('FileHandle: reads, writes, lines, streams, close', async () => {
  const handle = await fs.promises.open(at('handle'), 'w+');
  assert.strictEqual((await handle.write('line 1\nline 2\n')).bytesWritten, 14);
  assert.strictEqual((await handle.read(Buffer.alloc(6), 0, 6, 0)).buffer.toString(), 'line 1');
  assert.strictEqual((await handle.stat()).size, 14);
  await handle.close();
  assert.strictEqual(handle.fd, -1);
  const again = await fs.promises.open(at('handle'));
  const lines = [];
  for await (const line of again.readLines()) lines.push(line);
  assert.deepStrictEqual(lines, ['line 1', 'line 2']);
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(fs.promises.readFile(at('handle'), { signal: controller.signal }), { name: 'AbortError' });
});

test('fs.watch tells of changes', async () => {
  fs.mkdirSync(at('watched'));
  const watcher = fs.watch(at('watched'));
  const event = new Promise((resolve) => { watcher.on('change', (type, name) => resolve([type, name])); });
  fs.writeFileSync(at('watched/new'), 'x');
  assert.deepStrictEqual(await event, ['rename', 'new']);
  const closed = new Promise((resolve) => { watcher.on('close', resolve); });
  watcher.close();
  await closed;
});

test('openAsBlob: a blob of the file as it is now, read when the blob is', async () => {
  fs.writeFileSync(at('blob'), 'hello world');
  const blob = await fs.openAsBlob(at('blob'), { type: 'Text/Plain' });
  assert.deepStrictEqual([blob.size, blob.type, await blob.text()], [11, 'Text/Plain', 'hello world']);
  assert.strictEqual(await blob.slice(6).slice(0, 3).text(), 'wor');
  const mixed = new Blob(['<', blob.slice(0, 5), '|', blob, '>']);
  assert.deepStrictEqual([mixed.size, await mixed.text()], [19, '<hello|hello world>']);
  const chunks = [];
  for await (const chunk of mixed.stream()) chunks.push(chunk);
  assert.strictEqual(Buffer.concat(chunks).toString(), '<hello|hello world>');
  fs.appendFileSync(at('blob'), ' and more');
  const unreadable = { name: 'NotReadableError', message: 'The blob could not be read' };
  await assert.rejects(blob.text(), unreadable);
  await assert.rejects(mixed.arrayBuffer(), unreadable);
  await assert.rejects(async () => { for await (const chunk of blob.stream()) void chunk; }, unreadable);
  const gone = await fs.openAsBlob(at('blob'));
  fs.rmSync(at('blob'));
  await assert.rejects(gone.bytes(), unreadable);
  assert.throws(() => fs.openAsBlob(at('blob')), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => fs.openAsBlob(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.openAsBlob(at('a'), 1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.openAsBlob(at('a'), { type: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});
