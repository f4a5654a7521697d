import _ from 'lodash';
console.log(_.chunk([1, 2, 3, 4, 5], 2), _.groupBy([6.1, 4.2, 6.3], Math.floor), _.merge({ a: { b: 1 } }, { a: { c: [1] } }));
const { promise, resolve } = Promise.withResolvers();
_.debounce((x) => { console.log('debounced', x); resolve(); }, 5)('once');
await promise;
console.log(_.template('hi <%= name %>')({ name: 'a' }), _.cloneDeep(new Map([[1, new Date(0)]])), _.isEqual(Buffer.from('a'), Buffer.from('a')));
