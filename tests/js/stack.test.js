'use strict';
// Stacks name the built-in module that a frame is in, and its line (Node documentation: "Errors", error.stack).
const { test, assert } = require('./harness');
const fs = require('fs');
const { spawnSync } = require('child_process');

/** The stack of an error that `call` throws. */
function stackOf(call) {
  try {
    call();
  } catch (error) {
    return error.stack;
  }
  throw new Error('did not throw');
}

test('a frame of a built-in module is called by the module, with line and column', () => {
  const frames = stackOf(() => fs.readFileSync('/no/such/file')).split('\n').slice(1).filter((line) => /^ *at .*\(?node:/.test(line) && !line.includes(__dirname));
  assert(frames.length > 1, frames.join('\n'));
  for (const frame of frames) assert.match(frame, /\(?node:[a-z_]+(\/[a-z_]+)*:\d+:\d+\)?$/);
  assert(new Set(frames.map((frame) => /node:[a-z_/]+/.exec(frame)[0])).size > 1, frames.join('\n'));
});

test('call sites say the same', () => {
  const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = (error, sites) => sites.map((site) => site.getFileName());
  try {
    const names = stackOf(() => fs.readFileSync('/no/such/file'));
    assert(names.some((name) => name === 'node:fs' || /^node:internal\/[a-z_/]+$/.test(name)), names.join());
    assert(names.includes(__filename), names.join());
  } finally {
    Error.prepareStackTrace = prepare;
  }
});

test('what runs inside of https is seen in the stack', () => {
  // https-proxy-agent and others tell https from http by it.
  const https = require('https');
  const { Agent } = require('http');
  let stack;
  class Spy extends Agent {
    addRequest() { stack = new Error('called').stack; }
  }
  const agent = new Spy();
  agent.protocol = 'https:';
  https.get({ host: '127.0.0.1', port: 1, agent }).on('error', () => {});
  assert.match(stack, /node:https:\d+/);
});

test('an uncaught error of a built-in function says where it was thrown', () => {
  const { stderr } = spawnSync(process.execPath, ['-e', "require('http').validateHeaderName(1)"], { encoding: 'utf8' });
  const [first] = stderr.split('\n');
  assert.match(first, /^node:[a-z_/]+:\d+$/);
  assert(!first.startsWith('node:internal/uncaught'), stderr);
});
