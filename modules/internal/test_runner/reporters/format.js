'use strict';
// What the reporters for people (spec, dot) share: the line of a test and the text of its error.
const platform = require('../platform');
const { colors, wanted } = require('./colors');
const { shown } = require('../failure');

const indent = (nesting) => '  '.repeat(nesting);

const symbols = { __proto__: null, pass: '\u2714 ', fail: '\u2716 ', skip: '\ufe63 ', diagnostic: '\u2139 ', suite: '\u25b6 ', todo: '\u26a0 ' };

/** How an error is printed, each line behind `prefix`. */
function errorText(error, prefix) {
  if (!error) return '';
  const inner = error.code === 'ERR_TEST_FAILURE' ? error.cause : shown(error);
  let text;
  const options = { __proto__: null, colors: wanted(), breakLength: Infinity };
  try {
    text = platform.util.inspect(inner, options);
  } catch {
    text = platform.util.inspect(inner, { ...options, customInspect: false });
  }
  return `${prefix}  ${text.split('\n').join(`\n${prefix}  `)}`;
}

/**
 * One line: symbol, name, time, directive.
 * @param {'pass' | 'fail'} kind
 * @param {object} data of 'test:pass' or 'test:fail'
 */
function testLine(kind, data, { nesting = data.nesting, showError = false } = {}) {
  const color = colors();
  const { skip, todo, expectFailure, details } = data;
  let symbol = symbols[kind];
  let tint = kind === 'pass' ? color.green : color.red;
  let directive = '';
  if (skip !== undefined) {
    symbol = symbols.skip;
    tint = color.gray;
    directive = ` # ${typeof skip === 'string' && skip.length ? skip : 'SKIP'}`;
  } else if (todo !== undefined) {
    if (kind === 'fail') {
      symbol = symbols.todo;
      tint = color.yellow;
    }
    directive = ` # ${typeof todo === 'string' && todo.length ? todo : 'TODO'}`;
  } else if (expectFailure !== undefined) {
    directive = ` # EXPECTED FAILURE${typeof expectFailure === 'string' ? ` ${expectFailure}` : ''}`;
  }
  const replay = details.passed_on_attempt === undefined ? '' : ` (passed on attempt ${details.passed_on_attempt})`;
  const time = details.duration_ms ? ` ${color.gray}(${details.duration_ms}ms)${color.white}` : '';
  const prefix = indent(nesting);
  const error = showError && details.error ? `${errorText(details.error, prefix)}\n` : '';
  return `${prefix}${tint}${symbol}${data.name}${time}${replay}${directive}${color.white}\n${error}`;
}

module.exports = { errorText, indent, symbols, testLine };
