const test = require('tape');
test('a', (t) => { t.plan(3); t.equal(1, 1); t.deepEqual({ a: 1 }, { a: 1 }); t.throws(() => { throw new Error('x'); }, /x/); });
test('async', async (t) => { await null; t.ok(true, 'fine'); });
