'use strict';
// node:trace_events: no categories are ever recorded here.

const { codes: { ERR_TRACE_EVENTS_CATEGORY_REQUIRED } } = require('../internal/errors');
const { validateObject, validateStringArray } = require('../internal/validators');

class Tracing {
  #categories;
  #enabled = false;
  constructor(categories) { this.#categories = categories; }
  enable() { this.#enabled = true; }
  disable() { this.#enabled = false; }
  get enabled() { return this.#enabled; }
  get categories() { return this.#categories.join(','); }
}

module.exports = {
  createTracing(options) {
    validateObject(options, 'options');
    validateStringArray(options.categories, 'options.categories');
    if (options.categories.length === 0) throw new ERR_TRACE_EVENTS_CATEGORY_REQUIRED();
    return new Tracing(options.categories);
  },
  getEnabledCategories: () => undefined,
};
