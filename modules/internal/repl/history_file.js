'use strict';
// The REPL's history in a file (Node documentation: "Persistent history", replServer.setupHistory): read at the start, and
// written anew, whole, a moment after the last line, so that typing waits for no disk.
const { load } = require('../loader/builtins');
const { validateFunction } = require('../validators');

const writeDelay = 15; // ms

function tell(server, text) {
  server.output.write(text);
  server.displayPrompt?.();
}

function disabled(server, done) {
  tell(server, '\nPersistent history support disabled. Set the NODE_REPL_HISTORY environment\nvariable to a valid, ' +
    'user-writable path to enable.\n');
  done(null, server);
}

/** The default file; null: told why there is none. */
function defaultPath(server) {
  const path = load('path');
  try {
    return path.join(load('os').homedir(), '.node_repl_history');
  } catch {
    tell(server, '\nError: Could not get the home directory.\nREPL session history will not be persisted.\n');
    return null;
  }
}

function keepWriting(server, handle) {
  const manager = server.historyManager;
  let timer = null;
  let writing = false;
  let again = false;
  const flush = async () => {
    timer = null;
    if (writing) {
      again = true;
      return;
    }
    writing = true;
    const text = manager.history.join('\n');
    try {
      await handle.truncate(0);
      await handle.write(text, 0, 'utf8');
    } catch {
      // A history that cannot be written is none.
    }
    writing = false;
    if (again) {
      again = false;
      await flush();
      return;
    }
    manager.isFlushing = false;
    server.emit('flushHistory');
    if (server.closed) await handle.close().catch(() => {});
  };
  const schedule = () => {
    manager.isFlushing = true;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(flush, writeDelay);
  };
  server.on('line', schedule);
  server.once('exit', () => { if (!manager.isFlushing) handle.close().catch(() => {}); });
}

async function open(server, file, done) {
  const fs = load('fs');
  let handle;
  try {
    handle = await fs.promises.open(file, 'a+', 0o600);
    const text = await handle.readFile('utf8');
    await handle.close();
    handle = await fs.promises.open(file, 'r+');
    const manager = server.historyManager;
    const persisted = text === '' ? [] : text.split(/\r?\n+/).filter((line) => line !== '').slice(0, manager.size);
    const entered = manager.history;
    manager.history = [...entered, ...persisted].slice(0, manager.size);
    if (entered.length > 0) {
      await handle.truncate(0);
      await handle.write(manager.history.join('\n'), 0, 'utf8');
    }
    manager.index = -1;
  } catch {
    await handle?.close().catch(() => {});
    server.resume();
    tell(server, '\nError: Could not open history file.\nREPL session history will not be persisted.\n');
    disabled(server, done);
    return;
  }
  keepWriting(server, handle);
  server.resume();
  done(null, server);
}

/**
 * @param {object} server
 * @param {string | { filePath?: string, size?: number, removeHistoryDuplicates?: boolean, onHistoryFileLoaded?: Function }} config
 * @param {(error: Error | null, server: object) => void} [callback]
 */
function setupHistory(server, config, callback) {
  const isObject = typeof config === 'object' && config !== null;
  const done = callback ?? (isObject ? config.onHistoryFileLoaded : undefined);
  if (done !== undefined) validateFunction(done, 'onHistoryFileLoadedCallback');
  const finish = (error, ...more) => done?.(error, ...more);
  const manager = server.historyManager;
  if (isObject) {
    if (config.size !== undefined) manager.size = Number(config.size);
    if (config.removeHistoryDuplicates !== undefined) manager.removeHistoryDuplicates = Boolean(config.removeHistoryDuplicates);
  }
  let file = isObject ? config.filePath : config;
  if (typeof file === 'string') file = file.trim();
  if (file === '') {
    disabled(server, finish);
    return;
  }
  if (!file) {
    file = defaultPath(server);
    if (file === null) {
      disabled(server, finish);
      return;
    }
  }
  server.pause();
  open(server, file, finish);
}

module.exports = { setupHistory };
