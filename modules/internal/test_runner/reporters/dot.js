'use strict';
// One character for each test, and at the end what failed.
const { colors } = require('./colors');
const { indent, symbols, testLine } = require('./format');
const { coverageTable } = require('./coverage_table');

async function* dotReporter(source) {
  let count = 0;
  let columns = width();
  const failed = [];
  const rest = [];
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      const color = colors();
      if (type === 'test:fail') failed.push(data);
      yield type === 'test:pass' ? `${color.green}.${color.reset}` : `${color.red}X${color.reset}`;
      if (++count === columns) {
        yield '\n';
        columns = width();
        count = 0;
      }
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      yield data.message;
    } else if (type === 'test:diagnostic' && data.level === 'error') {
      rest.push(`${indent(data.nesting)}${symbols.diagnostic}${data.message}\n`);
    } else if (type === 'test:coverage') {
      rest.push(coverageTable(indent(data.nesting), data.summary, symbols.diagnostic, colors().blue, true));
    }
  }
  if (count > 0) yield '\n';
  if (failed.length > 0) {
    const color = colors();
    yield `\n${color.red}Failed tests:${color.white}\n\n`;
    for (const data of failed) yield testLine('fail', data, { nesting: 0, showError: true });
  }
  yield* rest;
}

/** Lines are as long as the terminal is wide, and at least 20. */
function width() {
  return Math.max(process.stdout.columns ?? 20, 20);
}

module.exports = { dotReporter };
