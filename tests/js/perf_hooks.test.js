'use strict';
// node:perf_hooks: the timeline and its observers, histograms, the loop's figures.
const { test, assert } = require('./harness');
const { spawnSync } = require('child_process');
const { once } = require('events');
const { performance, PerformanceObserver, PerformanceEntry, PerformanceResourceTiming, createHistogram, eventLoopUtilization,
  monitorEventLoopDelay, timerify } = require('perf_hooks');
const { inspect } = require('util');

const run = (text, ...flags) => spawnSync(process.execPath, [...flags, '-e', text], { encoding: 'utf8' });
const entriesOf = (type, act) => new Promise((resolve, reject) => {
  const observer = new PerformanceObserver((list) => {
    observer.disconnect();
    resolve(list.getEntries());
  });
  observer.observe({ entryTypes: [type] });
  Promise.resolve().then(act).catch(reject);
});

test('measure takes the ends that User Timing allows and refuses the others', () => {
  performance.mark('from', { startTime: 3 });
  assert.strictEqual(performance.measure('m', { start: 'from', duration: 4 }).duration, 4);
  assert.strictEqual(performance.measure('m', { end: 9, duration: 4 }).startTime, 5);
  assert.strictEqual(performance.measure('m', { duration: 4 }).startTime, 0);
  for (const [options, message, ...end] of [
    [{ start: 1, end: 2, duration: 3 }, /Must not have options\.start, options\.end, and options\.duration/],
    [{ start: 1 }, /endMark must not be specified/, 'from'],
  ]) {
    assert.throws(() => performance.measure('m', options, ...end), { code: 'ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS', message });
  }
  assert.throws(() => performance.measure('m', 'nope'), { name: 'SyntaxError' });
  assert.throws(() => performance.mark('nodeStart'), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => performance.measure(), { code: 'ERR_MISSING_ARGS' });
  assert.throws(() => performance.now.call({}), { code: 'ERR_INVALID_THIS' });
  performance.clearMarks();
  performance.clearMeasures();
});

test('an observer is asked for one type or for several, not both', () => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({ entryTypes: ['mark'] });
  assert.throws(() => observer.observe({ type: 'mark' }), { name: 'InvalidModificationError' });
  observer.disconnect();
  assert.throws(() => observer.observe({ entryTypes: 'mark' }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => observer.observe({ entryTypes: [], type: 'mark' }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('timerify tells observers of calls, constructions and promises', async () => {
  assert.strictEqual(performance.timerify, timerify);
  class Made { constructor(a) { this.a = a; } }
  const histogram = createHistogram();
  const entries = await entriesOf('function', async () => {
    assert.strictEqual(new (timerify(Made))(7).a, 7);
    assert.strictEqual(await timerify(async (x) => x, { histogram })(5), 5);
  });
  assert.deepStrictEqual(entries.map((entry) => [entry.name, entry[0], entry.detail.length]), [['Made', 7, 1]].concat(entries.slice(1).map(() => ['', 5, 1])));
  assert.strictEqual(histogram.count, 1);
  assert.throws(() => timerify(() => {}, { histogram: {} }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('gc entries carry the kind and whether it was forced', async () => {
  require('v8').setFlagsFromString('--expose-gc');
  const gc = require('vm').runInNewContext('gc');
  const entries = await entriesOf('gc', () => gc());
  const major = entries.find((entry) => entry.kind === 4);
  assert.deepStrictEqual({ ...major.detail }, { kind: 4, flags: major.flags });
  assert.ok(major.flags & 4);
  assert.ok(major.duration > 0 && major.startTime > 0 && major.startTime < performance.now());
});

test('histograms keep three figures and give the percentiles that halve the rest', () => {
  const histogram = createHistogram();
  for (let i = 1; i <= 10000; i += 3) histogram.record(i * 7);
  assert.deepStrictEqual([histogram.count, histogram.min, histogram.max, histogram.percentile(50)], [3334, 7, 70015, 35007]);
  assert.strictEqual(histogram.mean, 35003.98980203959);
  assert.ok(Math.abs(histogram.stddev - 20211.338950946745) < 1e-6);
  assert.deepStrictEqual([...histogram.percentiles].slice(0, 4), [[0, 7], [50, 34976], [75, 52480], [87.5, 61248]]);
  const coarse = createHistogram({ lowest: 1, highest: 100, figures: 1 });
  coarse.record(50);
  coarse.record(1000);
  assert.deepStrictEqual([coarse.exceeds, coarse.count, coarse.min, coarse.max], [1, 1, 50, 51]);
  coarse.add(histogram);
  assert.ok(coarse.count > 1 && coarse.count < 100);
  coarse.reset();
  assert.deepStrictEqual([...coarse.percentilesBigInt], [[100, 0n]]);
  assert.throws(() => histogram.percentile(0), { code: 'ERR_OUT_OF_RANGE', message: /> 0 && <= 100/ });
  assert.throws(() => createHistogram({ figures: 6 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => new histogram.constructor(), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  assert.match(inspect(histogram), /^Histogram \{\n {2}min: 7,/);
});

test('a histogram travels through a port with what it has counted', async () => {
  const histogram = createHistogram();
  histogram.record(7);
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(histogram);
  const [{ data }] = await Promise.race([once(port1, 'message').then((args) => args.map((value) => (value?.data ? value : { data: value }))),
    new Promise((resolve) => { port1.onmessage = (event) => resolve([event]); })]);
  data.record(3);
  assert.deepStrictEqual([data.count, data.min, data.max], [2, 3, 7]);
  port1.close();
});

test('monitorEventLoopDelay sees a loop that is held up', async () => {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  assert.strictEqual(histogram.enable(), true);
  assert.strictEqual(histogram.enable(), false);
  const deadline = Date.now() + 5000;
  while (histogram.max < 2e7 && Date.now() < deadline) {
    const end = Date.now() + 30;
    while (Date.now() < end);
    await new Promise((resolve) => { setTimeout(resolve, 3); });
  }
  assert.strictEqual(histogram.disable(), true);
  assert.ok(histogram.max >= 2e7);
  assert.throws(() => monitorEventLoopDelay({ resolution: 0 }), { code: 'ERR_OUT_OF_RANGE' });
});

test('nodeTiming tells the steps of the start in their order, and the loop\'s', () => {
  const { stdout } = run(`const {performance,eventLoopUtilization}=require('perf_hooks');const t=performance.nodeTiming;
    const before=[t.nodeStart>=0,t.v8Start>t.nodeStart,t.environment>t.v8Start,t.bootstrapComplete>t.environment,t.loopStart,t.loopExit,
      t.uvMetricsInfo.loopCount,JSON.stringify(eventLoopUtilization())];
    console.log(before.join());
    setImmediate(()=>console.log(t.loopStart>=t.bootstrapComplete,t.uvMetricsInfo.loopCount));
    process.on('exit',()=>console.log(t.loopExit>0));`);
  assert.deepStrictEqual(stdout.split('\n').slice(0, 3),
    ['true,true,true,true,-1,-1,0,{"idle":0,"active":0,"utilization":0}', 'true 1', 'true']);
});

test('eventLoopUtilization tells waiting from working', () => {
  const { stdout } = run(`const {eventLoopUtilization:elu}=require('perf_hooks');let first;
    setTimeout(()=>{first=elu();setTimeout(()=>{const idle=elu(first);const second=elu();const end=Date.now()+50;while(Date.now()<end);
      const busy=elu(second);console.log(idle.idle>20,idle.utilization<0.5,busy.utilization,busy.active>=45)},40)},5);`);
  assert.strictEqual(stdout, 'true true 1 true\n');
  assert.strictEqual(performance.eventLoopUtilization, eventLoopUtilization);
});

test('markResourceTiming makes entries; a full buffer asks its listeners for room', async () => {
  const timing = (startTime) => ({ startTime, endTime: startTime + 2, encodedBodySize: 150, finalConnectionTimingInfo: null });
  const add = (start) => performance.markResourceTiming(timing(start), 'http://a/', 'fetch', globalThis, '', {}, 200, '');
  performance.clearResourceTimings();
  performance.setResourceTimingBufferSize(1);
  const entry = add(1);
  assert.ok(entry instanceof PerformanceResourceTiming && entry instanceof PerformanceEntry);
  assert.deepStrictEqual([entry.name, entry.duration, entry.transferSize, entry.responseStatus], ['http://a/', 2, 450, 200]);
  add(2);
  add(3);
  await new Promise((resolve) => {
    performance.addEventListener('resourcetimingbufferfull', () => {
      performance.clearResourceTimings();
      resolve();
    }, { once: true });
  });
  await new Promise(setImmediate);
  assert.deepStrictEqual(performance.getEntriesByType('resource').map((one) => one.startTime), [2]);
  performance.clearResourceTimings();
  performance.setResourceTimingBufferSize(250);
});
