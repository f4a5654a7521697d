'use strict';
// node:diagnostics_channel: what Node's own modules publish, and the shape of tracing channels.
const { test, assert } = require('./harness');
const dc = require('diagnostics_channel');
const { once } = require('events');
const { Writable } = require('stream');
const { pathToFileURL } = require('url');

/** The events of a tracing channel while act runs: [name, properties]. */
async function traced(name, act) {
  const events = [];
  const handlers = Object.fromEntries(['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [event, (message) => {
    events.push([event, { ...message }]);
  }]));
  const channel = dc.tracingChannel(name);
  channel.subscribe(handlers);
  try {
    await act();
  } finally {
    channel.unsubscribe(handlers);
  }
  return events;
}

test('require publishes start, end and error', async () => {
  const parentFilename = module.filename;
  let result;
  assert.deepStrictEqual(await traced('module.require', () => { result = require('os'); }),
    [['start', { id: 'os', parentFilename }], ['end', { id: 'os', parentFilename, result }]]);
  let error;
  const events = await traced('module.require', () => {
    try {
      require('does-not-exist');
    } catch (thrown) {
      error = thrown;
    }
  });
  assert.deepStrictEqual(events.map(([event]) => event), ['start', 'error', 'end']);
  assert.strictEqual(events[1][1].error, error);
});

test('import() publishes where it came from and what came', async () => {
  const parentURL = pathToFileURL(module.filename).href;
  let result;
  const events = await traced('module.import', async () => { result = await import('os'); });
  assert.deepStrictEqual(events.map(([event]) => event), ['start', 'end', 'asyncStart', 'asyncEnd']);
  assert.deepStrictEqual(events[0][1], { parentURL, url: 'os' });
  assert.strictEqual(events[2][1].result, result);
  const failed = await traced('module.import', () => assert.rejects(import('does-not-exist')));
  assert.deepStrictEqual(failed.map(([event]) => event), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
});

test('console methods publish their arguments before they print them', () => {
  const seen = [];
  const sink = new console.Console(new Writable({ decodeStrings: false, write(text, encoding, done) { seen.push(text); done(); } }));
  for (const name of ['log', 'info', 'debug', 'warn', 'error']) {
    const subscriber = (args) => { seen.push([name, ...args]); };
    dc.subscribe(`console.${name}`, subscriber);
    sink[name]('a', 1);
    dc.unsubscribe(`console.${name}`, subscriber);
    sink[name]('b');
  }
  assert.deepStrictEqual(seen, ['log', 'info', 'debug', 'warn', 'error'].flatMap((name) => [[name, 'a', 1], 'a 1\n', 'b\n']));
});

test('child processes are published when made and around their spawning', async () => {
  const { spawn, ChildProcess } = require('child_process');
  const made = [];
  const subscriber = (message) => { made.push(message.process); };
  dc.subscribe('child_process', subscriber);
  let child;
  const events = await traced('child_process.spawn', async () => {
    child = spawn(process.execPath, ['-e', '0']);
    await once(child, 'close');
  });
  dc.unsubscribe('child_process', subscriber);
  assert.deepStrictEqual(made, [child]);
  assert.ok(made[0] instanceof ChildProcess);
  assert.deepStrictEqual(events.map(([event, message]) => [event, message.process === child]), [['start', true], ['end', true]]);
  assert.strictEqual(events[0][1].options.file, process.execPath);
  const failed = await traced('child_process.spawn', () => new Promise((resolve) => {
    spawn('does-not-exist').on('error', () => {}).on('close', resolve);
  }));
  assert.deepStrictEqual(failed.map(([event]) => event), ['start', 'error']);
  assert.strictEqual(failed[1][1].error.code, 'ENOENT');
});

test('tracingChannel takes a name or channels', () => {
  assert.throws(() => dc.tracingChannel(0), { code: 'ERR_INVALID_ARG_TYPE', message: /"nameOrChannels" argument must be of type string/ });
  assert.throws(() => dc.tracingChannel({ start: '' }), { code: 'ERR_INVALID_ARG_TYPE', message: /"nameOrChannels\.start" property/ });
  assert.throws(() => dc.tracingChannel({}), TypeError);
});

test('the errors of Node\'s modules are of the language\'s classes', () => {
  assert.throws(() => dc.channel(null), (error) => error.constructor === TypeError && error.code === 'ERR_INVALID_ARG_TYPE');
});
