'use strict';
// TAP version 14's dialect of Node: one document, subtests indented by four, details as YAML.
const platform = require('../platform');
const { coverageTable } = require('./coverage_table');
const { isFailure, shown } = require('../failure');

const STEP = '    ';

/** A description or a reason: what TAP or a line would take for something else. */
function escape(text) {
  return `${text}`.replaceAll('\b', '\\b').replaceAll('\f', '\\f').replaceAll('\t', '\\t').replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r').replaceAll('\v', '\\v').replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}

function resultLine(data, status) {
  let line = `${STEP.repeat(data.nesting)}${status} ${data.testNumber}`;
  if (data.name) line += ` ${escape(`- ${data.name}`)}`;
  const directive = (word, reason) => ` # ${word}${typeof reason === 'string' && reason.length ? ` ${escape(reason)}` : ''}`;
  if (data.skip !== undefined) line += directive('SKIP', data.skip);
  else if (data.todo !== undefined) line += directive('TODO', data.todo);
  else if (data.expectFailure !== undefined) line += directive('EXPECTED FAILURE', data.expectFailure);
  return `${line}\n`;
}

/** name: value, as YAML; text of several lines as a block. */
function yaml(indent, name, value, seen = new Set()) {
  if (value === undefined) return '';
  const prefix = `${indent}${name}:`;
  if (value === null) return `${prefix} ~\n`;
  if (typeof value !== 'object') {
    if (typeof value !== 'string') return `${prefix} ${platform.util.inspect(value)}\n`;
    const lines = value.split(/\r?\n/);
    if (lines.length === 1) return `${prefix} ${platform.util.inspect(value)}\n`;
    return `${prefix} |-\n${lines.map((line) => `${indent}  ${line}\n`).join('')}`;
  }
  if (seen.has(value)) return `${prefix} <Circular>\n`;
  if (platform.util.types.isDate(value)) return `${prefix} ${platform.util.inspect(value)}\n`;
  seen.add(value);
  let out = platform.util.types.isNativeError(value) ? errorYaml(`${indent}  `, value, seen) : '';
  if (out !== '') return `${prefix}\n${out}`;
  for (const [key, inner] of entriesOf(value)) out += yaml(`${indent}  `, key, inner, seen);
  return out === '' ? `${prefix}\n` : `${prefix}\n${out}`;
}

function entriesOf(value) {
  if (platform.util.types.isMap(value)) return value.entries();
  if (platform.util.types.isSet(value)) return [...value].entries();
  return Object.entries(value);
}

/** The lines of a stack, without the "at ". */
function stackLines(error) {
  const { stack } = error;
  if (typeof stack !== 'string') return [];
  const lines = [];
  for (const line of stack.split('\n')) {
    const match = /^\s+at\s+(.*)$/.exec(line);
    if (match !== null) lines.push(match[1]);
  }
  return lines;
}

function errorYaml(indent, given, seen) {
  let error = given;
  let out = '';
  if (given.failureType !== undefined) out += yaml(indent, 'failureType', given.failureType);
  const inner = shown(given);
  if (isFailure(given)) {
    if (inner !== null && typeof inner === 'object' && typeof inner.stack === 'string') error = inner;
  }
  out += yaml(indent, 'error', error.message === undefined ? given.message : error.message);
  const { code = given.code, name } = error;
  if (code !== undefined) out += yaml(indent, 'code', code);
  if (name && name !== 'Error') out += yaml(indent, 'name', name);
  if (error.name === 'AssertionError' || error.code === 'ERR_ASSERTION') {
    out += yaml(indent, 'expected', error.expected, new Set(seen));
    out += yaml(indent, 'actual', error.actual, new Set(seen));
    if (error.operator) out += yaml(indent, 'operator', error.operator);
  }
  const lines = stackLines(error);
  if (lines.length > 0) out += `${indent}stack: |-\n${lines.map((line) => `${indent}  ${line}\n`).join('')}`;
  return out;
}

function details(nesting, { duration_ms: duration, type, error, passed_on_attempt: passedOn }, location) {
  const indent = `${STEP.repeat(nesting)}  `;
  let out = `${indent}---\n${yaml(indent, 'duration_ms', duration)}${yaml(indent, 'type', type)}`;
  if (location !== undefined) out += yaml(indent, 'location', location);
  if (error !== undefined && error !== null) out += errorYaml(indent, error, new Set());
  if (passedOn !== undefined) out += yaml(indent, 'passed_on_attempt', passedOn);
  return `${out}${indent}...\n`;
}

const comment = (nesting, text) => text.split('\n').map((line) => `${STEP.repeat(nesting)}# ${escape(line)}\n`).join('');

async function* tapReporter(source) {
  yield 'TAP version 13\n';
  for await (const { type, data } of source) {
    switch (type) {
      case 'test:fail': {
        yield resultLine(data, 'not ok');
        const place = data.file ? `${data.file}:${data.line}:${data.column}` : undefined;
        yield details(data.nesting, data.details, place);
        break;
      }
      case 'test:pass':
        yield resultLine(data, 'ok');
        yield details(data.nesting, data.details);
        break;
      case 'test:plan':
        yield `${STEP.repeat(data.nesting)}1..${data.count}\n`;
        break;
      case 'test:start':
        yield `${STEP.repeat(data.nesting)}# Subtest: ${escape(data.name)}\n`;
        break;
      case 'test:stderr':
      case 'test:stdout':
        for (const line of data.message.split(/\n|\r\n/)) if (line !== '') yield `# ${escape(line)}\n`;
        break;
      case 'test:log':
      case 'test:diagnostic':
        yield comment(data.nesting, data.message);
        break;
      case 'test:interrupted':
        for (const test of data.tests) {
          const place = test.file ? ` at ${test.file}:${test.line}:${test.column}` : '';
          yield `# Interrupted while running: ${escape(test.name)}${place}\n`;
        }
        break;
      case 'test:coverage':
        yield coverageTable(STEP.repeat(data.nesting), data.summary, '# ', '', true);
        break;
      default:
    }
  }
}

module.exports = { tapReporter };
