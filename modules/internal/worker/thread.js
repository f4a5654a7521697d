'use strict';
// The inside of a thread of node:worker_threads: what its parent told it, how it differs from the main thread, its program,
// its last words. A thread and its parent talk over a channel of their own, `control`; beside it parentPort is the program's.
const binding = internalBinding('worker');

/**
 * @typedef {object} Boot the first message of `control`
 * @property {'file' | 'eval' | 'url'} kind @property {string} source a path, a text or a URL
 * @property {any[]} argv @property {string[]} execArgv @property {[string, string?][]} settings of the command line
 * @property {object} [env] process.env, where it is no shared one
 * @property {any} workerData @property {MessagePort} parentPort @property {boolean} stdin
 * @property {Map} environmentData @property {string} cwd
 */

const state = {
  isMain: true,
  id: 0,
  name: '',
  /** @type {MessagePort | null} */
  control: null,
  /** @type {Boot | null} */
  boot: null,
  resourceLimits: {},
};

/** resourceLimits of what internalBinding('worker').facts says. */
function limitsOf([, , young, old, code, stack]) {
  return { maxYoungGenerationSizeMb: young, maxOldGenerationSizeMb: old, codeRangeSizeMb: code, stackSizeMb: stack };
}

/** What is the process's is the main thread's to change (Node documentation: worker_threads, Class: Worker). */
function restrict() {
  const { codes: { ERR_WORKER_UNSUPPORTED_OPERATION } } = require('../errors');
  const refusing = (name) => {
    const refuse = () => { throw new ERR_WORKER_UNSUPPORTED_OPERATION(`process.${name}()`); };
    refuse.disabled = true;
    return refuse;
  };
  for (const name of ['abort', 'chdir', 'initgroups', 'setgroups', 'setegid', 'seteuid', 'setgid', 'setuid']) {
    process[name] = refusing(name);
  }
  const { umask } = process;
  process.umask = (mask = undefined) => {
    if (mask !== undefined) throw new ERR_WORKER_UNSUPPORTED_OPERATION('Setting process.umask()');
    return umask();
  };
  if (!process.env.NODE_CHANNEL_FD) return;
  for (const name of ['send', 'disconnect']) process[name] = refusing(name);
  for (const name of ['channel', 'connected']) {
    const refuse = () => { throw new ERR_WORKER_UNSUPPORTED_OPERATION(`process.${name}`); };
    Object.defineProperty(process, name, { get: refuse, set: refuse, enumerable: false, configurable: true });
  }
}

function setEnvironment(env) {
  const given = binding.givenEnvironment();
  const { fill, share } = require('../process_env');
  if (given !== undefined) share(given);
  else fill(env);
}

/** From the parent, after the first message. */
function onControl({ type, value }) {
  const stdio = require('./stdio');
  if (type === 'stdin') stdio.onInput(value);
  else if (type === 'more') stdio.onMore(value);
}

/**
 * From C, once.
 * @param {{createPort: Function, receiveMessageOnPort: Function}} channel modules/web/message_channel.js
 * @param {object} main internal/run_main
 * @param {() => void} ready node:worker_threads takes over what `state` says
 */
function run(channel, main, ready) {
  const facts = binding.facts();
  const control = channel.createPort(binding.control());
  const boot = channel.receiveMessageOnPort(control).message;
  Object.assign(state, { isMain: false, id: facts[0], name: facts[1], control, boot, resourceLimits: limitsOf(facts) });
  setEnvironment(boot.env);
  restrict();
  internalBinding('process').setAborts(false); // an exception here is the parent's 'error'
  process.execArgv = boot.execArgv;
  process.argv = [process.execPath, boot.kind === 'eval' ? '[worker eval]' : boot.file ?? boot.source, ...boot.argv];
  for (const [name, value] of boot.settings) main.option(name, value);
  control.on('message', onControl);
  control.unref();
  ready();
  control.postMessage({ type: 'up' });
  main.runThread(boot.kind, boot.source);
}

/** An exception that ends the thread is its parent's 'error' event. */
function lastWords(error) {
  state.control.postMessage({ type: 'error', value: require('./errors').pack(error) });
}

module.exports = { state, limitsOf, lastWords, run };
