const babel = require('@babel/core');
console.log(babel.transformSync('class A { #x = 1; get x() { return this.#x ?? 2 } } async function f() { for await (const a of b()) yield_(a) }', { presets: [[require.resolve('@babel/preset-env'), { targets: { ie: 11 } }]], configFile: false, babelrc: false, compact: false }).code);
try { babel.transformSync('let let', { configFile: false, filename: 'f.js' }); } catch (e) { console.log(e.code, e.message); }
