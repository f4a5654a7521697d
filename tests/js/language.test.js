'use strict';
const { test, assert } = require('./harness');

const wanted = Number(process.version.slice(1).split('.')[0]) >= 22 ? test : () => {};

wanted('arrays: toSorted, toReversed, toSpliced, with, fromAsync', async () => {
  const array = [3, 1, 2];
  assert.deepStrictEqual([array.toSorted(), array.toReversed(), array.toSpliced(0, 1, 'x'), array.with(-1, 9), array], [[1, 2, 3], [2, 1, 3], ['x', 1, 2], [3, 1, 9], [3, 1, 2]]);
  assert.throws(() => array.with(5, 1), RangeError);
  assert.deepStrictEqual(await Array.fromAsync([1, Promise.resolve(2)], (x) => x * 2), [2, 4]);
  assert.deepStrictEqual([...new Uint8Array([2, 1]).toSorted()], [1, 2]);
  for (const key in array) assert.ok(/^\d$/.test(key));
});

wanted('groupBy, withResolvers, well-formed strings', async () => {
  assert.deepStrictEqual({ ...Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'odd' : 'even')) }, { odd: [1, 3], even: [2] });
  assert.deepStrictEqual(Map.groupBy([1, 2, 3], (x) => x % 2).get(1), [1, 3]);
  const { promise, resolve } = Promise.withResolvers();
  resolve(4);
  assert.strictEqual(await promise, 4);
  assert.deepStrictEqual(['a\ud800'.isWellFormed(), 'a\ud800b'.toWellFormed(), '\u{1f600}'.isWellFormed()], [false, 'a\ufffdb', true]);
});

wanted('sets combine', () => {
  const a = new Set([1, 2, 3]);
  const b = new Set([3, 4]);
  assert.deepStrictEqual([[...a.union(b)], [...a.intersection(b)], [...a.difference(b)], [...a.symmetricDifference(b)]], [[1, 2, 3, 4], [3], [1, 2], [1, 2, 4]]);
  assert.deepStrictEqual([new Set([1]).isSubsetOf(a), a.isSupersetOf(new Set([1])), a.isDisjointFrom(new Set([9]))], [true, true, true]);
  assert.throws(() => a.union([1]), TypeError);
});

wanted('iterators have helpers', () => {
  const numbers = function* () { for (let i = 0; ; i++) yield i; };
  assert.deepStrictEqual(numbers().filter((x) => x % 2).map((x) => x * 10).drop(1).take(2).toArray(), [30, 50]);
  assert.strictEqual([1, 2, 3].values().reduce((a, b) => a + b), 6);
  assert.deepStrictEqual([1, 2].values().flatMap((x) => [x, x]).toArray(), [1, 1, 2, 2]);
  assert.ok([1, 2].values().some((x) => x === 2) && ![1, 2].values().every((x) => x === 2));
  let closed = false;
  const source = { next: () => ({ value: 1, done: false }), return() { closed = true; return {}; }, __proto__: Iterator.prototype };
  assert.strictEqual(source.find((x) => x === 1), 1);
  assert.ok(closed);
  assert.ok(Iterator.from([1].values()) instanceof Iterator);
});

wanted('array buffers transfer; symbols for disposal exist', () => {
  const memory = new ArrayBuffer(4);
  const moved = memory.transfer(8);
  assert.deepStrictEqual([memory.detached, memory.byteLength, moved.byteLength], [true, 0, 8]);
  assert.strictEqual(typeof Symbol.dispose, 'symbol');
  assert.strictEqual(typeof Symbol.asyncDispose, 'symbol');
});
