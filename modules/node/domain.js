'use strict';
// node:domain (deprecated in Node). What begins in a domain is noted by a hook on asynchronous ids, so that its
// callbacks run in that domain again; emitters note the domain in which they are made. An exception that nobody catches goes to
// the domain that is active then, before process's own handling; so do 'error' events that nobody listens to. Only a
// program that requires this module pays for any of it.

const EventEmitter = require('./events');
const ids = require('../internal/async_ids');
const uncaught = require('../internal/uncaught');
const { codes: { ERR_DOMAIN_CALLBACK_NOT_AVAILABLE } } = require('../internal/errors');

if (uncaught.hasCapture()) throw new ERR_DOMAIN_CALLBACK_NOT_AVAILABLE();

const hide = (object, name, value) =>
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** The domains that are entered, the innermost last. @type {Domain[]} */
let stack = [];
let current = null;

Object.defineProperty(process, 'domain', {
  enumerable: true, configurable: true, get: () => current, set(domain) { current = domain; },
});

const aborting = uncaught.aborts();

function activate(domain) {
  exports_.active = current = domain;
  if (aborting) internalBinding('process').setAborts(!stack.some((entered) => entered.listenerCount('error') > 0));
}

const top = () => stack.at(-1);

// ---- following what is asynchronous --------------------------------------------------------------------------------

/** Async id → its domain, which the resource keeps alive. @type {Map<number, WeakRef<Domain>>} */
const domains = new Map();

function begun(id, type, trigger, resource) {
  if (current === null || current === undefined) return;
  domains.set(id, new WeakRef(current));
  if (type !== 'PROMISE' || resource instanceof Promise) hide(resource, 'domain', current);
}

ids.enable({
  __proto__: null,
  owner: undefined,
  init: begun,
  before(id) { domains.get(id)?.deref()?.enter(); },
  after(id) { domains.get(id)?.deref()?.exit(); },
  destroy(id) { domains.delete(id); },
});

// ---- errors --------------------------------------------------------------------------------------------------------

function mark(error, domain, facts) {
  if (!isObject(error)) return;
  hide(error, 'domain', domain);
  for (const [name, value] of Object.entries(facts)) hide(error, name, value);
}

/** A domain's handlers run outside of it: all its entries on the top of the stack go. */
function leave(domain, none) {
  while (stack.length > 0 && top() === domain) stack.pop();
  activate(top() ?? none);
}

/**
 * An exception that nobody caught goes to the active domain; what its handler throws, or one that has no handler, to
 * the domain around it. The outermost handler's exception is uncaught itself, and ends the process.
 * @returns {boolean} false: no domain, or none that listens
 */
function handle(error) {
  let domain = current;
  if (domain === null || domain === undefined) return false;
  for (;;) {
    mark(error, domain, { domainThrown: true });
    leave(domain, undefined);
    if (stack.length === 0) {
      if (domain.listenerCount('error') === 0) break;
      domain.emit('error', error);
      return true;
    }
    try {
      domain.emit('error', error);
      stack.length = 0;
      activate(null);
      return true;
    } catch (second) {
      error = second;
      domain = top();
    }
  }
  return false;
}

uncaught.setDomains((error) => {
  try {
    return handle(error);
  } finally {
    stack.length = 0;
    activate(null);
  }
});

// ---- the class -----------------------------------------------------------------------------------------------------

/** Node documentation: class Domain. */
class Domain extends EventEmitter {
  constructor() {
    super();
    this.members = [];
  }

  enter() {
    stack.push(this);
    activate(this);
  }

  exit() {
    const at = stack.lastIndexOf(this);
    if (at === -1) return;
    stack.splice(at);
    activate(top());
  }

  /** @param {EventEmitter} emitter */
  add(emitter) {
    if (emitter.domain === this) return;
    if (emitter.domain) emitter.domain.remove(emitter);
    if (this.domain && emitter instanceof Domain) {
      for (let outer = this.domain; outer; outer = outer.domain) if (emitter === outer) return;
    }
    hide(emitter, 'domain', this);
    this.members.push(emitter);
  }

  /** @param {EventEmitter} emitter */
  remove(emitter) {
    emitter.domain = null;
    const at = this.members.indexOf(emitter);
    if (at !== -1) this.members.splice(at, 1);
  }

  // After an exception the domain stays entered: that is how its handler is found.
  run(fn, ...args) {
    this.enter();
    const result = Reflect.apply(fn, this, args);
    this.exit();
    return result;
  }

  /** @param {Function} callback */
  bind(callback) {
    const domain = this;
    function runBound(...args) {
      domain.enter();
      const result = Reflect.apply(callback, this, args);
      domain.exit();
      return result;
    }
    hide(runBound, 'domain', this);
    return runBound;
  }

  /** Like bind, for callbacks whose first argument is an error, which goes to the domain. @param {Function} callback */
  intercept(callback) {
    const domain = this;
    function runIntercepted(error, ...args) {
      if (error && error instanceof Error) {
        mark(error, domain, { domainBound: callback, domainThrown: false });
        domain.emit('error', error);
        return undefined;
      }
      domain.enter();
      const result = Reflect.apply(callback, this, args);
      domain.exit();
      return result;
    }
    return runIntercepted;
  }

  /** What process does with an exception while this domain is active. */
  _errorHandler(error) {
    if (current !== this) this.enter();
    return handle(error);
  }
}

// ---- emitters ------------------------------------------------------------------------------------------------------

const { init } = EventEmitter;
const { emit } = EventEmitter.prototype;

EventEmitter.usingDomains = true;

EventEmitter.init = function initInDomain(options) {
  hide(this, 'domain', null);
  if (current && !(this instanceof Domain)) this.domain = current;
  return init.call(this, options);
};

/** An 'error' event that nobody listens to. */
function emitToDomain(emitter, domain, error) {
  mark(error, domain, { domainEmitter: emitter, domainThrown: false });
  const before = stack.slice();
  const active = current;
  leave(domain, null);
  domain.emit('error', error);
  stack = exports_._stack = before;
  activate(active);
  return false;
}

EventEmitter.prototype.emit = function emitInDomain(type, ...args) {
  const { domain } = this;
  if (domain === null || domain === undefined || this === process) return Reflect.apply(emit, this, [type, ...args]);
  if (type === 'error' && this.listenerCount('error') === 0) {
    if (args.length > 0 && args[0]) return emitToDomain(this, domain, args[0]);
    const { codes: { ERR_UNHANDLED_ERROR } } = require('../internal/errors');
    return emitToDomain(this, domain, new ERR_UNHANDLED_ERROR(args[0]));
  }
  domain.enter();
  const result = Reflect.apply(emit, this, [type, ...args]);
  domain.exit();
  return result;
};

/** @returns {Domain} */
const create = () => new Domain();

const exports_ = module.exports = { Domain, create, createDomain: create, active: null, _stack: stack };
