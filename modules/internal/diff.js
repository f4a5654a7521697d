'use strict';
// Line diffs (Myers, O(ND)) for assertion messages and util.diff.

const { codes: { ERR_INVALID_ARG_TYPE } } = require('./errors');

const DELETE = -1;
const EQUAL = 0;
const INSERT = 1;

/** @returns {[number, any][]} operations that turn `actual` into `expected`; -1 is only in actual's... order of output */
function myersDiff(actual, expected) {
  const n = actual.length;
  const m = expected.length;
  const max = n + m;
  const v = new Int32Array(2 * max + 2);
  const trace = [];
  for (let d = 0; d <= max; d++) {
    trace.push(v.slice());
    for (let k = -d; k <= d; k += 2) {
      const at = k + max;
      let x = k === -d || (k !== d && v[at - 1] < v[at + 1]) ? v[at + 1] : v[at - 1] + 1;
      let y = x - k;
      while (x < n && y < m && actual[x] === expected[y]) {
        x++;
        y++;
      }
      v[at] = x;
      if (x >= n && y >= m) return backtrack(trace, actual, expected, max);
    }
  }
  return [];
}

function backtrack(trace, actual, expected, max) {
  const out = [];
  let x = actual.length;
  let y = expected.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const v = trace[d];
    const k = x - y;
    const previousK = k === -d || (k !== d && v[k - 1 + max] < v[k + 1 + max]) ? k + 1 : k - 1;
    const previousX = v[previousK + max];
    const previousY = previousX - previousK;
    while (x > previousX && y > previousY) {
      out.push([EQUAL, actual[--x]]);
      y--;
    }
    if (d > 0) {
      if (x > previousX) out.push([INSERT, actual[--x]]);
      else out.push([DELETE, expected[--y]]);
    }
  }
  return out.reverse();
}

/** util.diff: [operation, value] pairs, operation -1 (only in expected), 0 or 1 (only in actual). */
function diff(actual, expected) {
  for (const [name, value] of [['actual', actual], ['expected', expected]]) {
    if (typeof value !== 'string' && !Array.isArray(value)) throw new ERR_INVALID_ARG_TYPE(name, ['Array', 'string'], value);
  }
  if (actual === expected) return [];
  return myersDiff([...actual], [...expected]);
}

module.exports = { DELETE, EQUAL, INSERT, diff, myersDiff };
