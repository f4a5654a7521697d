'use strict';
// The first script: gives the others their `require`, whose argument is a script's number (build.mjs). Its value is a
// function of internalBinding that returns bootstrap's exports.
(function (internalBinding) {
  const { compile, trained } = internalBinding('builtin');
  const modules = [];
  const functions = [];

  function require(number) {
    const known = modules[number];
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    modules[number] = module;
    let complete = false;
    try {
      (functions[number] ?? compile(number))(module.exports, module, require, internalBinding);
      complete = true;
    } finally {
      functions[number] = undefined;
      if (!complete) modules[number] = undefined;
    }
    return module.exports;
  }

  const bootstrap = require(1);
  // While a snapshot is made: the code of what most apps need sooner or later, which is not run yet.
  for (const number of trained()) if (modules[number] === undefined) functions[number] = compile(number);
  return bootstrap;
})
