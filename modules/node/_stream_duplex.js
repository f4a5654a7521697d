'use strict';
// Old name, which some packages still require.
module.exports = require('./stream').Duplex;
