import * as R from 'ramda';
console.log(R.pipe(R.filter(R.propEq(1, 'a')), R.map(R.prop('b')))([{ a: 1, b: 2 }, { a: 2 }]), R.curry((a, b) => a + b)(1)(2), R.groupBy(String.prototype.at.call.bind(String.prototype.at), ['ab', 'ac']), await R.pipeWith(R.andThen, [async (x) => x + 1, (x) => x * 2])(1), R.equals(new Set([1]), new Set([1])));
