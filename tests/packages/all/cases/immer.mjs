import { produce, enableMapSet, enablePatches, produceWithPatches, isDraft } from 'immer';
enableMapSet(); enablePatches(); const base = { a: [1, { b: 2 }], m: new Map([['k', 1]]) }; const next = produce(base, (d) => { d.a[1].b = 3; d.m.set('z', 2); }); console.log(base, next, next.a === base.a, produceWithPatches(base, (d) => { d.a.push(9); })[1], Object.isFrozen(next));
