'use strict';
// Declaring tests, suites and hooks where they belong: in the test or suite whose code runs, or at the top.
const { readArguments } = require('./options');
const { Test, currentTest } = require('./test');
const { Suite } = require('./suite');

/** Where the test is declared: the first frame that is not ours. @returns {{ line, column, file } | undefined} */
function callerLocation() {
  const flat = internalBinding('util').callSites(20) ?? [];
  for (let i = 0; i < flat.length; i += 4) {
    const file = flat[i + 1];
    if (typeof file !== 'string' || file === '' || file.startsWith('node:')) continue;
    const at = { line: flat[i + 2], column: flat[i + 3], file };
    if (file.startsWith('file:')) at.file = require('../loader/file_url').urlToPath(file);
    else if (!file.startsWith('/')) at.file = undefined;
    return require('./source_locations').original(at);
  }
  return undefined;
}

/** The test of which the running code is a part, else the root. */
const owner = () => currentTest() ?? require('./harness').globalRoot();

function declare(parent, Class, name, options, fn, extra) {
  const given = readArguments(name, options, fn);
  if (extra !== undefined) given.options = { ...given.options, ...extra };
  if (given.options === null || typeof given.options !== 'object') given.options = {};
  given.location = callerLocation();
  return parent.createSubtest(Class, given);
}

/** context.test(): what declares it starts it. */
const declareIn = (parent, name, options, fn) => declare(parent, Test, name, options, fn);

/** Starts what was declared, unless a suite does that later. */
function begin(test) {
  if (test.parent.reportedType === 'suite' && !test.parent.finished) {
    return Promise.resolve();
  }
  return test.harness.begin(test);
}

/** A function with its shorthands skip, todo, only, expectFailure. */
function withShorthands(run) {
  const fn = (name, options, body) => run(name, options, body);
  for (const kind of ['expectFailure', 'only', 'skip', 'todo']) {
    const shorthand = (name, options, body) => run(name, options, body, { [kind]: true });
    Object.defineProperty(shorthand, 'name', { value: kind });
    fn[kind] = shorthand;
  }
  return fn;
}

/** Node documentation: test([name][, options][, fn]). @returns {Promise<void>} */
const test = withShorthands((name, options, fn, extra) => begin(declare(owner(), Test, name, options, fn, extra)));

/** Node documentation: suite([name][, options][, fn]). @returns {Promise<void>} */
const suite = withShorthands((name, options, fn, extra) => {
  const declared = declare(owner(), Suite, name, options, fn, extra);
  if (declared.parent.reportedType !== 'suite') declared.harness.begin(declared);
  return Promise.resolve();
});

Object.defineProperty(test, 'name', { value: 'test' });
Object.defineProperty(suite, 'name', { value: 'suite' });

const hookAdder = (kind) => {
  const add = (fn, options) => { owner().addHook(kind, fn, options, callerLocation()); };
  Object.defineProperty(add, 'name', { value: kind });
  return add;
};

/** @returns {TestContext | SuiteContext | undefined} of the test or suite whose code runs */
function getTestContext() {
  const current = currentTest();
  return current === undefined || current.parent === null || current.finished ? undefined : current.context;
}

module.exports = {
  test, suite, declareIn, getTestContext, callerLocation,
  before: hookAdder('before'), after: hookAdder('after'), beforeEach: hookAdder('beforeEach'), afterEach: hookAdder('afterEach'),
};
