'use strict';
// Watches files through the folders that they are in, so that a file may be replaced, go and come again. What changes
// within DEBOUNCE is told once. Used by --watch, and by node:test's watch mode, where a file belongs to owners: the test
// files that load it.
const { load } = require('./loader/builtins');
const timers = require('./timers');

const DEBOUNCE = 200; // ms

class FileWatcher {
  #folders = new Map(); // path → FSWatcher
  #files = new Map(); // path → Set of owners
  #trees = []; // folders of which everything counts
  #changed = new Map(); // owner → the first file that changed
  #any; // the first file that changed
  #timer;
  #onChange;

  /** @param {(file: string, owners: Set<any>) => void} onChange */
  constructor(onChange) { this.#onChange = onChange; }

  /** @param {string} file an absolute path @param {any} [owner] */
  add(file, owner) {
    let owners = this.#files.get(file);
    if (owners === undefined) {
      this.#files.set(file, owners = new Set());
      this.#watchFolder(load('path').dirname(file), false);
    }
    if (owner !== undefined) owners.add(owner);
  }

  /** Everything below a folder, or one file. */
  addTree(path) {
    let isFolder = false;
    try {
      isFolder = load('fs').statSync(path).isDirectory();
    } catch { /* it may come */ }
    if (!isFolder) {
      this.add(path);
      return;
    }
    this.#trees.push(path);
    this.#watchFolder(path, true);
  }

  /** An owner is about to say anew which files it needs. */
  forget(owner) {
    for (const owners of this.#files.values()) owners.delete(owner);
  }

  #watchFolder(folder, recursive) {
    if (this.#folders.has(folder)) return;
    const path = load('path');
    try {
      const watcher = load('fs').watch(folder, { recursive });
      watcher.on('change', (type, name) => { if (name !== null) this.#touched(path.resolve(folder, name), type); });
      watcher.on('error', () => {});
      this.#folders.set(folder, watcher);
    } catch { /* not there: nothing in it can change */ }
  }

  #touched(file, type) {
    const owners = this.#files.get(file);
    if (owners === undefined && !this.#trees.some((tree) => file.startsWith(`${tree}/`))) {
      this.onOther?.(file, type);
      return;
    }
    this.#any ??= file;
    for (const owner of owners ?? []) if (!this.#changed.has(owner)) this.#changed.set(owner, file);
    timers.clearTimeout(this.#timer);
    this.#timer = timers.setTimeout(() => {
      const changed = new Set(this.#changed.keys());
      const first = this.#any;
      this.#changed.clear();
      this.#any = undefined;
      this.#onChange(first, changed);
    }, DEBOUNCE);
  }

  close() {
    timers.clearTimeout(this.#timer);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** What a process that we started reports of the files it loads. @param {ChildProcess} child with an IPC channel */
  watchChild(child, owner) {
    child.on('message', (message) => {
      for (const key of ['watch:require', 'watch:import']) {
        if (!Array.isArray(message?.[key])) continue;
        for (const name of message[key]) {
          this.add(name.startsWith('file:') ? require('./loader/file_url').urlToPath(name) : name, owner);
        }
      }
    });
  }
}

module.exports = { FileWatcher };
