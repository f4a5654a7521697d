'use strict';
// node:inspector: no inspector is served yet; what asks for one gets ERR_INSPECTOR_NOT_AVAILABLE.

const EventEmitter = require('./events');
const { codes: { ERR_INSPECTOR_NOT_AVAILABLE } } = require('../internal/errors');

const refuse = () => { throw new ERR_INSPECTOR_NOT_AVAILABLE(); };

class Session extends EventEmitter {
  connect() { refuse(); }
  connectToMainThread() { refuse(); }
  disconnect() {}
  post() { refuse(); }
}

module.exports = { Session, close() {}, console, open: refuse, url: () => undefined, waitForDebugger: refuse, Network: {} };
