const fs = require('fs');
fs.writeFileSync('m.ts', 'enum E { A = 7 }\nexport const v: number = E.A;\nexport class T { constructor(public readonly n: string) {} }');
require('ts-node').register({ transpileOnly: true, compilerOptions: { module: 'commonjs' } });
const m = require(process.cwd() + '/m.ts');
console.log(m.v, new m.T('x'));
fs.writeFileSync('bad.ts', '\n\nexport {}; throw new Error("at line 3")');
try { require(process.cwd() + '/bad.ts'); } catch (e) { console.log(e.stack.split('\n')[1].replace(/.*\//, '')); }
