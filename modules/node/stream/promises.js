'use strict';
const { finished, pipeline } = require('readable-stream/lib/stream/promises.js');

module.exports = { finished, pipeline };
