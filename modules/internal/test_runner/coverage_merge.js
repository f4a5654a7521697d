'use strict';
// Two processes' counts of one script as one. Blocks that were counted in only one of them have in the other the count of
// the smallest block around them.

const keyOf = ({ startOffset, endOffset }) => `${startOffset}-${endOffset}`;

/** The count of the smallest range of `ranges` around a range. */
function countAround(ranges, { startOffset, endOffset }) {
  let best;
  for (const range of ranges) {
    if (range.startOffset > startOffset || range.endOffset < endOffset) continue;
    if (best === undefined || range.endOffset - range.startOffset <= best.endOffset - best.startOffset) best = range;
  }
  return best?.count ?? 0;
}

function mergeFunction(a, b) {
  const ranges = new Map();
  for (const range of [...a.ranges, ...b.ranges]) {
    const key = keyOf(range);
    if (ranges.has(key)) continue;
    const { startOffset, endOffset } = range;
    ranges.set(key, { startOffset, endOffset, count: countAround(a.ranges, range) + countAround(b.ranges, range) });
  }
  const sorted = [...ranges.values()].sort((x, y) => x.startOffset - y.startOffset || y.endOffset - x.endOffset);
  return { functionName: a.functionName, isBlockCoverage: a.isBlockCoverage || b.isBlockCoverage, ranges: sorted };
}

/** @param {{ url, functions }} a @param {{ url, functions }} b of the same text */
function merge(a, b) {
  const functions = new Map();
  for (const one of a.functions) functions.set(keyOf(one.ranges[0]), one);
  for (const one of b.functions) {
    const key = keyOf(one.ranges[0]);
    const known = functions.get(key);
    functions.set(key, known === undefined ? one : mergeFunction(known, one));
  }
  const sorted = [...functions.values()].sort((x, y) => x.ranges[0].startOffset - y.ranges[0].startOffset ||
    y.ranges[0].endOffset - x.ranges[0].endOffset);
  return { ...a, functions: sorted };
}

module.exports = { merge };
