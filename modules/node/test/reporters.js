'use strict';
// node:test/reporters (Node documentation: Test reporters).
module.exports = require('../../internal/test_runner/reporters');
