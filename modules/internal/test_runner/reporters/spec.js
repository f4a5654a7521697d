'use strict';
// The reporter for people: a tree of names, and at the end what failed.
const platform = require('../platform');
const { colors } = require('./colors');
const { indent, symbols, testLine } = require('./format');
const { coverageTable } = require('./coverage_table');
const { kinds } = require('../failure');

const { Transform } = platform.stream;

class SpecReporter extends Transform {
  #open = []; // started, not yet mentioned
  #shown = []; // mentioned with what is in them
  #failed = [];

  constructor() {
    super({ __proto__: null, writableObjectMode: true });
  }

  /** Mentions what the next line is in. */
  #parents(nesting) {
    let out = '';
    while (this.#open.length > 0 && this.#open[0].nesting < nesting) {
      const parent = this.#open.shift();
      if (parent.nesting >= nesting) continue;
      out += `${indent(parent.nesting)}${symbols.suite}${parent.name}\n`;
    }
    return out;
  }

  #result(kind, data) {
    const at = this.#open.findIndex((one) => one.nesting === data.nesting && one.name === data.name);
    if (at !== -1) this.#open.splice(at, 1);
    if (kind === 'fail' && data.details?.error?.failureType !== kinds.subtests) this.#failed.push(data);
    return this.#parents(data.nesting) + testLine(kind, data);
  }

  #text({ type, data }) {
    const color = colors();
    switch (type) {
      case 'test:fail': return this.#result('fail', data);
      case 'test:pass': return this.#result('pass', data);
      case 'test:start':
        this.#open.push({ nesting: data.nesting, name: data.name });
        return undefined;
      case 'test:stderr':
      case 'test:stdout': return data.message;
      case 'test:log':
      case 'test:diagnostic': {
        const tint = { __proto__: null, error: color.red, warn: color.yellow }[data.level] ?? color.blue;
        return `${tint}${indent(data.nesting)}${symbols.diagnostic}${data.message}${color.white}\n`;
      }
      case 'test:coverage':
        return coverageTable(indent(data.nesting), data.summary, symbols.diagnostic, color.blue, true);
      case 'test:interrupted': return interrupted(data.tests);
      case 'test:watch:restarted': return `\nRestarted at ${new Date().toLocaleString()}\n`;
      case 'test:summary':
        if (data.file !== undefined) return undefined;
        return this.#failures();
      default: return undefined;
    }
  }

  #failures() {
    if (this.#failed.length === 0) return undefined;
    const color = colors();
    let out = `\n${color.red}${symbols.fail}failing tests:${color.white}\n`;
    for (const data of this.#failed) {
      const file = data.file === undefined ? '' : platform.path.relative(process.cwd(), data.file);
      out += `\ntest at ${file}:${data.line}:${data.column}\n${testLine('fail', data, { nesting: 0, showError: true })}`;
    }
    this.#failed = [];
    return out;
  }

  _transform(event, encoding, callback) {
    callback(null, this.#text(event));
  }

  _flush(callback) {
    callback(null, this.#failures());
  }
}

function interrupted(tests) {
  if (tests.length === 0) return undefined;
  const color = colors();
  let out = `\n${color.yellow}Interrupted while running:${color.white}\n`;
  for (const test of tests) {
    const place = test.file === undefined ? '' : ` at ${platform.path.relative(process.cwd(), test.file)}:${test.line}:${test.column}`;
    out += `${indent(test.nesting)}${symbols.todo}${test.name}${place}\n`;
  }
  return out;
}

module.exports = { SpecReporter };
