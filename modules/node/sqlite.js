'use strict';
// node:sqlite, on the SQLite of the engine's prefix (runtime/bindings/sqlite.c).
const { DatabaseSync, Session, backup } = require('../internal/sqlite/database');
const { StatementSync } = require('../internal/sqlite/statement');

const constants = Object.freeze({ __proto__: null, ...internalBinding('sqlite').constants });

module.exports = { DatabaseSync, StatementSync, Session, constants, backup };
