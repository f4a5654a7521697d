'use strict';
// --test-global-setup: a module whose globalSetup runs before all tests, and globalTeardown after them.
const platform = require('./platform');
const { validateFunction } = require('../validators');

class GlobalSetup {
  #exports = null;

  constructor(file, cwd) { this.file = platform.path.resolve(cwd, file); }

  /** Rejects with what the module, or its globalSetup, throws. */
  async run() {
    const { importURL } = require('../loader/esm');
    const { pathToURL } = require('../loader/file_url');
    const namespace = await importURL(pathToURL(this.file));
    const read = (name) => namespace[name] ?? namespace.default?.[name];
    const exports = { setup: read('globalSetup'), tearDown: read('globalTeardown') };
    if (exports.setup !== undefined) {
      validateFunction(exports.setup, 'globalSetupFunction');
      await exports.setup();
    }
    if (exports.tearDown !== undefined) validateFunction(exports.tearDown, 'globalTeardownFunction');
    this.#exports = exports;
  }

  async tearDown() {
    const exports = this.#exports;
    this.#exports = null;
    await exports?.tearDown?.();
  }
}

module.exports = { GlobalSetup };
