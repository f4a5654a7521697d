'use strict';
// Joins a run's stream with its reporters, and those with where they write.
const platform = require('./platform');

const builtin = { __proto__: null, spec: 'spec', tap: 'tap', dot: 'dot', junit: 'junit', lcov: 'lcov' };
const destinations = [];

function destinationOf(name) {
  if (name === 'stdout') return process.stdout;
  if (name === 'stderr') return process.stderr;
  return platform.fs.createWriteStream(name);
}

async function load(name) {
  if (builtin[name] !== undefined) return require('./reporters')[name];
  const { pathToURL } = require('../loader/file_url');
  const { importDynamic } = require('../loader/esm');
  const { path } = platform;
  // As --import takes it: a package, a path or a URL, seen from the working directory.
  const parent = pathToURL(`${process.cwd()}/`);
  const specifier = path.isAbsolute(name) ? pathToURL(name) : name;
  const namespace = await importDynamic(parent, specifier);
  return namespace.default;
}

/** @param {TestsStream} stream @param {{ reporters: string[], destinations: string[] }} config */
async function start(stream, { reporters, destinations: names }) {
  const { stream: { compose } } = platform;
  try {
    const loaded = [];
    for (const name of reporters) loaded.push(await load(name));
    loaded.forEach((reporter, i) => {
      const destination = destinationOf(names[i]);
      const made = reporter?.prototype && Object.getOwnPropertyDescriptor(reporter.prototype, 'constructor') &&
        typeof reporter.prototype.on === 'function' ? new reporter() : reporter;
      const { codes: { ERR_INVALID_ARG_TYPE } } = require('../errors');
      if (made === undefined || made === null) throw new ERR_INVALID_ARG_TYPE(`streams[1]`, ['Stream', 'ReadableStream', 'WritableStream', 'TransformStream', 'EventEmitter', 'Function'], made);
      const composed = compose(stream, made);
      const isStandard = destination === process.stdout || destination === process.stderr;
      composed.pipe(destination, { end: !isStandard });
      destinations.push(new Promise((resolve) => {
        if (isStandard) composed.once('end', () => destination.write('', () => resolve()));
        else destination.once('close', resolve);
      }));
    });
  } catch (error) {
    const { print } = require('../uncaught');
    print(error);
    process.reallyExit(7);
  }
}

/** In a process that runs one file for another one: the events go there. */
function toParent(stream) {
  const { Encoder } = require('./wire');
  const encoder = new Encoder();
  stream.on('data', (event) => process.stdout.write(encoder.encode(event)));
}

/** @returns {Promise<void>} when all reporters have written what they have */
async function drained() {
  await Promise.all(destinations);
  await new Promise((resolve) => process.stdout.write('', resolve));
}

module.exports = { drained, start, toParent };
