'use strict';
// node:constants (deprecated): what os, fs and crypto call `constants`, in one object.

module.exports = Object.assign({}, ...['os', 'fs', 'crypto'].map((name) => {
  const { constants } = require('jsd:registry')[name]();
  return name === 'os' ? { ...constants.errno, ...constants.priority, ...constants.signals, ...constants.dlopen } : constants;
}));
