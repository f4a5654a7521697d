'use strict';
// node:domain (deprecated in Node): catches what is thrown synchronously inside run() and bind(), and errors of added
// emitters. What happens later in callbacks goes to process's own handling.

const EventEmitter = require('./events');

class Domain extends EventEmitter {
  constructor() {
    super();
    this.members = [];
  }
  add(emitter) {
    if (this.members.includes(emitter)) return;
    this.members.push(emitter);
    emitter.domain = this;
    this.onError ??= (error) => this.emit('error', error);
    emitter.on?.('error', this.onError);
  }
  remove(emitter) {
    const at = this.members.indexOf(emitter);
    if (at === -1) return;
    this.members.splice(at, 1);
    emitter.domain = null;
    emitter.removeListener?.('error', this.onError);
  }
  enter() {
    stack.push(this);
    exports_.active = process.domain = this;
  }
  exit() {
    const at = stack.lastIndexOf(this);
    if (at === -1) return;
    stack.length = at;
    exports_.active = process.domain = stack[at - 1] ?? null;
  }
  run(fn, ...args) {
    this.enter();
    try {
      return Reflect.apply(fn, this, args);
    } catch (error) {
      if (this.listenerCount('error') === 0) throw error;
      this.emit('error', error);
      return undefined;
    } finally {
      this.exit();
    }
  }
  bind(fn) {
    const domain = this;
    return function bound(...args) { return domain.run(() => Reflect.apply(fn, this, args)); };
  }
  intercept(fn) {
    const domain = this;
    return function intercepted(error, ...args) {
      if (error) return domain.emit('error', error);
      return domain.run(() => Reflect.apply(fn, this, args));
    };
  }
  dispose() {}
}

const stack = [];
const create = () => new Domain();
const exports_ = module.exports = { Domain, create, createDomain: create, active: null, _stack: stack };
