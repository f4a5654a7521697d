import { Map, List, fromJS, Record, Seq } from 'immutable';
console.log(Map({ a: 1 }).set('b', List([1, 2])).toJS(), String(fromJS({ x: { y: [1] } }).updateIn(['x', 'y'], (l) => l.push(2))), Map([[1, 2]]).equals(Map([[1, 2]])), Record({ a: 1 })({ a: 5 }), Seq([1, 2, 3]).map((x) => x * 2).take(2));
