'use strict';
class Coverage {}
module.exports = { Coverage };
