import * as yaml from 'js-yaml';
console.log(yaml.load('a: &x {b: 1}\nc: *x\nd: 2020-01-01\ne: |\n  t\n  u\n'), yaml.dump({ a: [1, { b: 'x: y' }], n: null }));
try { yaml.load('a: [1'); } catch (e) { console.log(e.name, e.message); }
