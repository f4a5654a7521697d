'use strict';
// --watch: runs the program in a process of its own, and again whenever a file changes that it loaded, or one below
// --watch-path (Node documentation: --watch, --watch-path, --watch-preserve-output, --watch-kill-signal).
const { load } = require('./loader/builtins');
const { FileWatcher } = require('./file_watcher');
const settings = require('./cli_settings');
const timers = require('./timers');

const withValue = new Set(['--watch-path', '--watch-kill-signal']);
const own = new Set(['--watch', '--watch-path', '--watch-preserve-output', '--watch-kill-signal']);

/** The options that the program's process gets: all but our own. */
function options() {
  const out = [];
  const { execArgv } = process;
  for (let i = 0; i < execArgv.length; i++) {
    const [name] = execArgv[i].replaceAll('_', '-').split('=');
    if (own.has(name)) {
      if (withValue.has(name) && !execArgv[i].includes('=')) i++;
    } else {
      out.push(execArgv[i]);
    }
  }
  return out;
}

function print(text, color = '') {
  const colored = color !== '' && process.stdout.isTTY;
  process.stdout.write(`${colored ? color : ''}${text}${colored ? '\u001b[39m' : ''}\n`);
}

function clear() {
  if (!settings.has('--watch-preserve-output') && process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[0;0f');
}

/** @param {string[]} [args] what runs; the program by default */
function run(args = process.argv.slice(1)) {
  const { inspect } = load('util');
  const path = load('path');
  const killSignal = settings.get('--watch-kill-signal') ?? 'SIGTERM';
  require('./validators').validateSignalName?.(killSignal);
  const shown = args.map((one) => inspect(one)).join(' ');
  const trees = settings.all('--watch-path').map((one) => path.resolve(one));
  const watcher = new FileWatcher(restart);
  for (const tree of trees) watcher.addTree(tree);
  for (const name of ['--env-file', '--env-file-if-exists']) for (const file of settings.all(name)) watcher.add(path.resolve(file));
  let child;
  let exited = true;
  let stopping = false;

  function start() {
    exited = false;
    const useIPC = trees.length === 0;
    child = load('child_process').spawn(process.execPath, [...options(), ...args], {
      stdio: useIPC ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
      env: { ...process.env, ...(useIPC ? { WATCH_REPORT_DEPENDENCIES: '1' } : {}) },
    });
    if (useIPC) {
      watcher.watchChild(child);
      if (args.length > 0) watcher.add(path.resolve(args[0]));
    }
    const mine = child;
    child.once('exit', (code) => {
      if (child !== mine) return;
      exited = true;
      if (stopping) return;
      const rest = 'Waiting for file changes before restarting...';
      if (code) print(`Failed running ${shown}. ${rest}`, '\u001b[31m');
      else print(`Completed running ${shown}. ${rest}`, '\u001b[34m');
    });
  }

  async function stop() {
    if (exited) return;
    stopping = true;
    const { once } = load('events');
    const ended = once(child, 'exit');
    child.kill(killSignal);
    const impatient = timers.setTimeout(() => print('Waiting for graceful termination...', '\u001b[33m'), 1000);
    await ended;
    timers.clearTimeout(impatient);
    stopping = false;
  }

  let pending = Promise.resolve();
  function restart(file) {
    pending = pending.then(async () => {
      clear();
      print(`Change detected in ${inspect(file)}`, '\u001b[32m');
      const ran = !exited;
      print(`Restarting ${shown}`, '\u001b[32m');
      await stop();
      if (ran) print(`Gracefully restarted ${shown}`, '\u001b[32m');
      start();
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await stop();
      process.reallyExit(0);
    });
  }
  clear();
  start();
  // The watchers may be all that is left; without any, the process goes on waiting.
  timers.setInterval(() => {}, 2 ** 30);
}

module.exports = { run };
