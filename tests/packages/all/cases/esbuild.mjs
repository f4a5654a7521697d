import * as esbuild from 'esbuild';
import fs from 'node:fs';
fs.writeFileSync('a.ts', 'import { b } from "./b"; const x: number = b; console.log(x)'); fs.writeFileSync('b.ts', 'export const b = 4');
console.log((await esbuild.transform('let a: string = `x`', { loader: 'ts', minify: true })).code, esbuild.transformSync('<a/>', { loader: 'jsx' }).code);
const plugin = { name: 'p', setup: (b) => b.onLoad({ filter: /b\.ts$/ }, () => ({ contents: 'export const b = 5' })) };
console.log((await esbuild.build({ entryPoints: ['a.ts'], bundle: true, write: false, plugins: [plugin] })).outputFiles[0].text);
await esbuild.build({ entryPoints: ['none.ts'], logLevel: 'silent' }).catch((e) => console.log(e.errors.length));
console.log(esbuild.buildSync({ entryPoints: ['a.ts'], bundle: true, write: false, format: 'esm' }).outputFiles[0].text); await esbuild.stop();
