'use strict';
// node:fs in its three forms, its errors and its streams.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
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

test('glob finds by pattern, in three forms', async () => {
  const root = writeTree(temporaryDirectory(), {
    'a.js': '', 'b.txt': '', '.hidden.js': '', 'src/c.js': '', 'src/deep/d.mjs': '', 'src/deep/e.js': '', 'node_modules/x/f.js': '',
  });
  fs.symlinkSync('src', path.join(root, 'link'));
  const found = (pattern, options) => fs.globSync(pattern, { cwd: root, ...options }).sort();
  assert.deepStrictEqual(found('*.js'), ['a.js']);
  assert.deepStrictEqual(found('**/*.js'), ['a.js', 'node_modules/x/f.js', 'src/c.js', 'src/deep/e.js']);
  assert.deepStrictEqual(found('**/*.js', { exclude: (name) => name === 'node_modules' }), ['a.js', 'src/c.js', 'src/deep/e.js']);
  assert.deepStrictEqual(found('**/*.js', { exclude: ['node_modules/**', 'src/deep'] }), ['a.js', 'src/c.js']);
  assert.deepStrictEqual(found('src/**/*.{js,mjs}'), ['src/c.js', 'src/deep/d.mjs', 'src/deep/e.js']);
  assert.deepStrictEqual(found('src/@(c|x).js'), ['src/c.js']);
  assert.deepStrictEqual(found('link/*.js'), ['link/c.js']);
  assert.deepStrictEqual(found('src/deep/../c.js'), ['src/c.js']);
  assert.deepStrictEqual(found(['a.*', 'b.*', 'a.js']), ['a.js', 'b.txt']);
  assert.deepStrictEqual(found('.*.js'), ['.hidden.js']);
  assert.deepStrictEqual(found('nothing/*'), []);
  const entries = fs.globSync('src/*', { cwd: root, withFileTypes: true });
  assert.deepStrictEqual(entries.map((entry) => [entry.name, entry.isDirectory(), entry.parentPath]).sort(),
    [['c.js', false, path.join(root, 'src')], ['deep', true, path.join(root, 'src')]]);
  const called = await new Promise((resolve, reject) => {
    fs.glob('*.txt', { cwd: root }, (error, list) => (error ? reject(error) : resolve(list)));
  });
  assert.deepStrictEqual(called, ['b.txt']);
  const iterated = [];
  for await (const name of fs.promises.glob('*.txt', { cwd: root })) iterated.push(name);
  assert.deepStrictEqual(iterated, ['b.txt']);
  assert.throws(() => fs.globSync(1), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.globSync('*', { cwd: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('path.matchesGlob knows braces, classes and extended patterns', () => {
  const yes = [['foo.js', '*.js'], ['a/b/c.js', 'a/**'], ['a/c.js', 'a/**/c.js'], ['foobar', '@(foo|baz)bar'], ['aaa', '+(a)'],
    ['b', '!(a)'], ['x', '?(x)'], ['a.b', 'a.{a,b}'], ['a1', 'a[0-9]'], ['a]', 'a[]]'], ['ab', 'a[[:alpha:]]']];
  const no = [['foo.ts', '*.js'], ['.foo', '*'], ['a/b', '*'], ['foobaz', '@(foo|baz)bar'], ['b', '+(a)'], ['a', '!(a)'], ['ab', 'a[!b]']];
  for (const [name, pattern] of yes) assert.strictEqual(path.matchesGlob(name, pattern), true, `${name} ${pattern}`);
  for (const [name, pattern] of no) assert.strictEqual(path.matchesGlob(name, pattern), false, `${name} ${pattern}`);
});

test('names that are not UTF-8 are read as bytes, and removed with their tree', () => {
  const root = temporaryDirectory();
  const odd = Buffer.concat([Buffer.from(`${root}/d/`), Buffer.from([0x66, 0xfc, 0xe0])]);
  fs.mkdirSync(`${root}/d`);
  fs.mkdirSync(odd);
  fs.writeFileSync(Buffer.concat([odd, Buffer.from('/in')]), 'x');
  assert.deepStrictEqual(fs.readdirSync(`${root}/d`, 'buffer'), [Buffer.from([0x66, 0xfc, 0xe0])]);
  assert.deepStrictEqual(fs.readdirSync(`${root}/d`, 'latin1'), ['f\xfc\xe0']);
  fs.rmSync(`${root}/d`, { recursive: true });
  assert.deepStrictEqual(fs.readdirSync(root), []);
});

test('wrong arguments throw at once, also where there is a callback', () => {
  const never = () => assert.fail('called back');
  for (const call of [() => fs.readFile(1.5, never), () => fs.writeFile({}, 'x', never), () => fs.appendFile('x', 1, never),
    () => fs.mkdir(1, never), () => fs.readdir({}, never), () => fs.rm(null, never), () => fs.rmdir(false, never),
    () => fs.opendir(1, never), () => fs.cp(1, 'x', never), () => fs.truncate({}, 1, never), () => fs.fchown('', 0, 0),
    () => fs.read(null, Buffer.alloc(4), 0, 4, 0), () => fs.readFile('x', 1, never), () => fs.mkdir('x', { recursive: 1 }, never)]) {
    assert.throws(call, { code: 'ERR_INVALID_ARG_TYPE' }, String(call));
  }
  assert.throws(() => fs.readFile('a\0b', never), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => fs.readFile('x', { flag: 'what' }, never), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('cp refuses what cannot be, with its codes', async () => {
  const root = writeTree(temporaryDirectory(), { 'src/a/b.txt': 'b', 'file': 'f', 'full/a/b.txt': 'old' });
  const at = (name) => path.join(root, name);
  const refusals = [
    [at('src'), at('src/a'), { recursive: true }, 'ERR_FS_CP_EINVAL'],
    [at('src'), at('src'), { recursive: true }, 'ERR_FS_CP_EINVAL'],
    [at('src'), at('file'), { recursive: true }, 'ERR_FS_CP_DIR_TO_NON_DIR'],
    [at('file'), at('src'), {}, 'ERR_FS_CP_NON_DIR_TO_DIR'],
    [at('src'), at('new'), {}, 'ERR_FS_EISDIR'],
    [at('src'), at('full'), { recursive: true, errorOnExist: true, force: false }, 'ERR_FS_CP_EEXIST'],
    [at('src'), at('new'), { mode: -1 }, 'ERR_OUT_OF_RANGE'],
    [at('src'), at('new'), { verbatimSymlinks: undefined }, 'ERR_INVALID_ARG_TYPE'],
    [at('src'), at('new'), { dereference: true, verbatimSymlinks: true }, 'ERR_INCOMPATIBLE_OPTION_PAIR'],
  ];
  for (const [from, to, options, code] of refusals) {
    assert.throws(() => fs.cpSync(from, to, options), { code }, code);
    await assert.rejects(fs.promises.cp(from, to, options), { code }, code);
  }
  await assert.rejects(fs.promises.access(at('new')));
  fs.cpSync(at('src'), at('full'), { recursive: true, force: false });
  assert.strictEqual(fs.readFileSync(at('full/a/b.txt'), 'utf8'), 'old');
  await fs.promises.cp(at('src'), at('full'), { recursive: true, filter: async (name) => !name.endsWith('none') });
  assert.strictEqual(fs.readFileSync(at('full/a/b.txt'), 'utf8'), 'b');
  assert.throws(() => fs.cpSync(at('src'), at('new'), { recursive: true, filter: async () => true }), { code: 'ERR_INVALID_RETURN_VALUE' });
});

test('small ones: promisified read, no buffers, disposable folders, a closed FileHandle', async () => {
  const { promisify } = require('util');
  const file = path.join(writeTree(temporaryDirectory(), { f: 'text' }), 'f');
  const fd = fs.openSync(file, 'r+');
  const buffer = Buffer.alloc(4);
  assert.deepStrictEqual(await promisify(fs.read)(fd, buffer, 0, 4, 0), { bytesRead: 4, buffer });
  assert.deepStrictEqual(await promisify(fs.writev)(fd, []), { bytesWritten: 0, buffer: [] });
  assert.strictEqual(fs.writevSync(fd, []), 0);
  fs.closeSync(fd);
  const made = fs.mkdtempDisposableSync(`${file}-`);
  fs.writeFileSync(`${made.path}/x`, '');
  made.remove();
  assert.strictEqual(fs.existsSync(made.path), false);
  const handle = await fs.promises.open(file);
  await handle.close();
  await assert.rejects(handle.stat(), { code: 'EBADF', syscall: 'fstat' });
  const folder = fs.opendirSync(path.dirname(file));
  folder[Symbol.dispose]();
  assert.throws(() => folder.readSync(), { code: 'ERR_DIR_CLOSED' });
});

test('watch leaves out what is to be ignored', async () => {
  const root = temporaryDirectory();
  const seen = [];
  const watcher = fs.watch(root, { ignore: ['*.log', /^tmp/, (name) => name === 'no'] });
  const done = new Promise((resolve) => {
    watcher.on('change', (kind, name) => {
      seen.push(name);
      if (name === 'end') resolve();
    });
  });
  for (const name of ['a.log', 'tmp1', 'no', 'yes', 'end']) fs.writeFileSync(path.join(root, name), '');
  await done;
  watcher.close();
  assert.deepStrictEqual([...new Set(seen)], ['yes', 'end']);
  assert.throws(() => fs.watch(root, { ignore: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('a file stream: what is written on open stays in order, options are checked, a full descriptor is asked again', async () => {
  const file = path.join(temporaryDirectory(), 'f');
  const stream = fs.createWriteStream(file);
  stream.on('open', () => {
    stream.write('hello');
    process.nextTick(() => stream.end('world'));
  });
  await new Promise((resolve) => { stream.on('close', resolve); });
  assert.strictEqual(fs.readFileSync(file, 'utf8'), 'helloworld');
  assert.throws(() => fs.createWriteStream(file, { flush: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.createWriteStream(file, { fs: { ...fs, writev: 1 } }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => fs.WriteStream.prototype.autoClose, { code: 'ERR_INVALID_THIS' });
  let calls = 0;
  const write = (...args) => {
    if (calls++ > 0) return fs.write(...args);
    return args.at(-1)(Object.assign(new Error('full'), { code: 'EAGAIN' }), 0, args[1]);
  };
  const again = fs.createWriteStream(file, { fs: { open: fs.open, close: fs.close, write } });
  again.end('foo');
  await new Promise((resolve) => { again.on('close', resolve); });
  assert.deepStrictEqual([calls, fs.readFileSync(file, 'utf8')], [2, 'foo']);
  const ranged = fs.createReadStream(file, { __proto__: { start: 1, end: 1 } });
  assert.deepStrictEqual(await ranged.toArray(), [Buffer.from('o')]);
});

test('an aborted stat, one of what may be missing, statfs, flush through fs.fsync, and stacks that say who waits', async () => {
  const file = path.join(temporaryDirectory(), 'f');
  const ask = (...args) => new Promise((resolve) => { fs.stat(...args, (...answer) => resolve(answer)); });
  assert.strictEqual((await ask(__filename, { signal: AbortSignal.abort() }))[0].name, 'AbortError');
  assert.deepStrictEqual(await ask(file, { throwIfNoEntry: false }), [null, undefined]);
  assert.strictEqual(await fs.promises.stat(file, { throwIfNoEntry: false }), undefined);
  assert.strictEqual(typeof fs.statfsSync('/').frsize, 'number');
  const { fsyncSync } = fs;
  let flushed = 0;
  fs.fsyncSync = (fd) => { flushed++; fsyncSync(fd); };
  fs.writeFileSync(file, 'x', { flush: true });
  fs.fsyncSync = fsyncSync;
  assert.strictEqual(flushed, 1);
  async function whoWaits() { await fs.promises.access(`${file}-`); }
  const { stack } = await whoWaits().catch((error) => error);
  assert.match(stack, /at async whoWaits/);
  assert.strictEqual(Object.getPrototypeOf(fs.constants), null);
  assert.throws(() => Reflect.get(fs.Dir.prototype, 'path', {}), { code: 'ERR_INVALID_THIS' });
});

test('a watcher of a file stops in a later tick; a place that is gone cannot be filled', async () => {
  const watcher = fs.watchFile(__filename, () => {});
  let stopped = false;
  watcher.once('stop', () => { stopped = true; });
  watcher.stop();
  assert.strictEqual(stopped, false);
  await new Promise(setImmediate);
  assert.strictEqual(stopped, true);
  fs.unwatchFile(__filename);
  assert.throws(() => fs.watch(temporaryDirectory(), { recursive: '1' }), { code: 'ERR_INVALID_ARG_TYPE' });
  const gone = temporaryDirectory();
  const program = `process.chdir(${JSON.stringify(gone)}); require('fs').rmdirSync(${JSON.stringify(gone)});
    try { require('fs').mkdirSync('x', { recursive: true }); } catch (error) { console.log(error.code); }`;
  const { execFileSync } = require('child_process');
  assert.strictEqual(`${execFileSync(process.execPath, ['-e', program], { timeout: 10000 })}`, 'ENOENT\n');
});

test('write takes a position that is no number for none, as loggers pass the encoding there', () => {
  const file = path.join(temporaryDirectory(), 'f');
  const fd = fs.openSync(file, 'w');
  assert.strictEqual(fs.writeSync(fd, 'one', 'utf8'), 3);
  assert.strictEqual(fs.writeSync(fd, ' two', 'utf8'), 4);
  fs.closeSync(fd);
  assert.strictEqual(fs.readFileSync(file, 'utf8'), 'one two');
});
