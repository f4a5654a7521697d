'use strict';
// node:v8: the heap's figures, snapshots, profiles and what the command line says of them.
const { test, assert, temporaryDirectory, writeTree } = require('./harness');
const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const v8 = require('v8');

const run = (args, options) => spawnSync(process.execPath, args, { encoding: 'utf8', ...options });

test('v8.getHeapSpaceStatistics names the spaces of the engine, with figures that add up', () => {
  const spaces = v8.getHeapSpaceStatistics();
  for (const name of ['read_only_space', 'new_space', 'old_space', 'code_space', 'large_object_space']) {
    assert.ok(spaces.some((space) => space.space_name === name), name);
  }
  const old = spaces.find((space) => space.space_name === 'old_space');
  assert.deepStrictEqual(Object.keys(old),
    ['space_name', 'space_size', 'space_used_size', 'space_available_size', 'physical_space_size']);
  assert.ok(old.space_used_size > 100000 && old.space_used_size <= old.space_size);
  assert.ok(v8.getHeapStatistics().total_heap_size >= old.space_size);
});

test('v8.getHeapCodeStatistics counts bytecode', () => {
  assert.ok(v8.getHeapCodeStatistics().bytecode_and_metadata_size > 1000);
});

test('v8.isStringOneByteRepresentation tells how the engine keeps a string', () => {
  assert.strictEqual(v8.isStringOneByteRepresentation('h\u00e9'), true);
  assert.strictEqual(v8.isStringOneByteRepresentation('\u20ac'), false);
  // Only Latin-1 in it, but cut out of a string of two bytes.
  assert.strictEqual(v8.isStringOneByteRepresentation('\u20acabcdefghijklmnopqrstuvwxyz'.slice(1)), false);
});

test('v8.cachedDataVersionTag follows the flags of the engine', () => {
  const text = 'const v8=require("v8");const a=v8.cachedDataVersionTag();v8.setFlagsFromString("--allow_natives_syntax");' +
    'console.log(a!==v8.cachedDataVersionTag())';
  assert.strictEqual(run(['-e', text]).stdout, 'true\n');
});

test('v8.getHeapSnapshot streams JSON that holds the program\'s objects', async () => {
  class OnlyInThisSnapshot {}
  globalThis.kept = new OnlyInThisSnapshot();
  let text = '';
  for await (const chunk of v8.getHeapSnapshot()) text += chunk;
  delete globalThis.kept;
  const snapshot = JSON.parse(text);
  assert.ok(snapshot.snapshot.node_count > 1000);
  assert.ok(snapshot.strings.includes('OnlyInThisSnapshot'));
  assert.throws(() => v8.getHeapSnapshot(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('v8.writeHeapSnapshot writes a file, named by time and process unless told', () => {
  const folder = temporaryDirectory();
  const file = path.join(folder, 'my.heapsnapshot');
  assert.strictEqual(v8.writeHeapSnapshot(file), file);
  JSON.parse(fs.readFileSync(file, 'utf8'));
  const name = execFileSync(process.execPath, ['-p', 'require("v8").writeHeapSnapshot()'], { cwd: folder, encoding: 'utf8' }).trim();
  assert.match(name, /^Heap\.\d{8}\.\d{6}\.\d+\.0\.001\.heapsnapshot$/);
  assert.ok(fs.statSync(path.join(folder, name)).size > 10000);
  assert.throws(() => v8.writeHeapSnapshot(folder), { code: 'EISDIR', syscall: 'open' });
  assert.throws(() => v8.writeHeapSnapshot(1), { code: 'ERR_INVALID_ARG_TYPE', message: /"path" argument/ });
});

test('--heapsnapshot-signal takes snapshots, --diagnostic-dir says where', () => {
  const folder = temporaryDirectory();
  const text = 'const t=setInterval(()=>{},1000);process.on("SIGUSR2",()=>clearInterval(t));process.kill(process.pid,"SIGUSR2")';
  const { status } = run(['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${folder}`, '-e', text]);
  assert.strictEqual(status, 0);
  const [file] = fs.readdirSync(folder);
  assert.match(file, /^Heap\..*\.heapsnapshot$/);
  JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
});

test('--heapsnapshot-near-heap-limit writes snapshots before the heap is full', () => {
  const folder = temporaryDirectory();
  const text = 'const a=[];for(;;){const b=[];for(let i=0;i<1000;i++)b.push({i});a.push(b)}';
  const { signal, status } = run(['--max-old-space-size=40', '--heapsnapshot-near-heap-limit=1', '-e', text], { cwd: folder });
  assert.ok(signal !== null || status !== 0);
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot'));
  assert.strictEqual(files.length, 1);
  assert.ok(JSON.parse(fs.readFileSync(path.join(folder, files[0]), 'utf8')).snapshot.node_count > 100000);
});

test('v8.queryObjects counts what inherits from a class', () => {
  class Sought {}
  const one = new Sought();
  assert.strictEqual(v8.queryObjects(Sought), 1);
  assert.deepStrictEqual(v8.queryObjects(Sought, { format: 'summary' }), ['Sought {}']);
  assert.ok(one);
  assert.throws(() => v8.queryObjects({}), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => v8.queryObjects(Sought, { format: 'x' }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('v8.GCProfiler notes collections with the heap before and after', () => {
  v8.setFlagsFromString('--expose-gc');
  const gc = require('vm').runInNewContext('gc');
  const profiler = new v8.GCProfiler();
  assert.strictEqual(profiler.stop(), undefined);
  profiler.start();
  gc();
  const { version, startTime, endTime, statistics } = profiler.stop();
  assert.strictEqual(version, 1);
  assert.ok(startTime <= endTime);
  const major = statistics.find((one) => one.gcType === 'MarkSweepCompact');
  assert.ok(major.cost > 0);
  assert.ok(major.beforeGC.heapStatistics.usedHeapSize > 1e6);
  assert.ok(major.afterGC.heapSpaceStatistics.some((space) => space.spaceName === 'old_space' && space.spaceUsedSize > 0));
  assert.strictEqual(profiler.stop(), undefined);
  profiler.start();
  assert.strictEqual(profiler[Symbol.dispose](), undefined);
  assert.strictEqual(profiler.stop(), undefined);
});

test('v8.startCpuProfile gives a profile once', () => {
  const handle = v8.startCpuProfile();
  const profile = JSON.parse(handle.stop());
  assert.ok(profile.nodes.length > 0 && profile.endTime >= profile.startTime);
  assert.strictEqual(handle.stop(), undefined);
});

test('v8.startupSnapshot refuses outside of the building of a snapshot', () => {
  assert.ok(!v8.startupSnapshot.isBuildingSnapshot());
  for (const name of ['addSerializeCallback', 'addDeserializeCallback', 'setDeserializeMainFunction']) {
    assert.throws(() => v8.startupSnapshot[name](() => {}), { code: 'ERR_NOT_BUILDING_SNAPSHOT' });
  }
});

for (const [option, extension, find] of [
  ['--cpu-prof', 'cpuprofile', (profile) => profile.nodes.some((node) => node.callFrame.functionName === 'busy')],
  ['--heap-prof', 'heapprofile', (profile) => JSON.stringify(profile.head).includes('"busy"')],
]) {
  const program = 'const kept=[];function busy(){const end=Date.now()+200;while(Date.now()<end)kept.push({a:[1,2,3]})}busy();';
  for (const [how, end] of [['is done', ''], ['exits', 'process.exit(0)'], ['throws', 'throw new Error("end")'],
    ['kills itself', 'process.kill(process.pid,"SIGINT");setInterval(()=>{},1000)']]) {
    test(`${option} writes a profile when the program ${how}`, () => {
      const folder = writeTree(temporaryDirectory(), { 'main.js': program + end });
      run([option, `${option}-interval`, '100', path.join(folder, 'main.js')], { cwd: folder });
      const files = fs.readdirSync(folder).filter((name) => name.endsWith(`.${extension}`));
      assert.strictEqual(files.length, 1);
      assert.ok(find(JSON.parse(fs.readFileSync(path.join(folder, files[0]), 'utf8'))));
    });
  }
  test(`${option}-dir and -name say where, and are nothing without ${option}`, () => {
    const folder = temporaryDirectory();
    run([option, `${option}-dir=a/b`, `${option}-name=mine`, '-e', program], { cwd: folder });
    JSON.parse(fs.readFileSync(path.join(folder, 'a/b/mine'), 'utf8'));
    const { status, stderr } = run([`${option}-name=mine`, '-e', program], { cwd: folder });
    assert.strictEqual(status, 9);
    assert.ok(stderr.includes(`${option}-name must be used with ${option}`), stderr);
  });
}
