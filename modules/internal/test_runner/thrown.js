'use strict';
// In which test an exception was thrown that nobody caught: the context of the callback that threw is gone by the time
// 'uncaughtException' is emitted, but what left it with the exception noted it.
const context = require('../async_context');

/** @returns {Test | undefined} */
function thrownContext() {
  const { currentTest, testOfFrame } = require('./test');
  return currentTest() ?? testOfFrame(context.takeThrown?.());
}

module.exports = { thrownContext };
