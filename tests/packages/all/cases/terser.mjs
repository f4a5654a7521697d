import { minify } from 'terser';
console.log((await minify('function add(first, second) { return first + second } console.log(add(1, 2))', { toplevel: true, sourceMap: true })));
await minify('let = =').catch((e) => console.log(e.name, e.message, e.line));
