'use strict';
// What the command line said about loading modules. runtime/command_line.c sets each option through run_main's `option`
// before the program runs.

module.exports = {
  /** @type {string[]} --conditions */
  conditions: [],
  preserveSymlinks: false,
  preserveSymlinksMain: false,
  /** @type {string | undefined} --input-type */
  inputType: undefined,
  /** @type {string[]} --require */
  requires: [],
  /** @type {string[]} --import */
  imports: [],
  /** @type {string[]} --experimental-loader */
  loaders: [],
  /** @type {string | undefined} the compile cache's folder under `jsd serve` */
  compileCache: undefined,
  /** --experimental-vm-modules */
  vmModules: false,
  /** @type {(() => void)[]} called when that is said */
  onVmModules: [],
  stripTypes: true,
  /** --experimental-transform-types */
  transformTypes: false,
  /** --experimental-import-meta-resolve */
  metaResolve: false,
  requireModule: true,
  detectModule: true,
};
