const fs = require('fs');
const esbuild = require('esbuild');
fs.writeFileSync('in.ts', '\n\n\nfunction boom(): never {\n  throw new Error("mapped");\n}\nboom();'); esbuild.buildSync({ entryPoints: ['in.ts'], outfile: 'out.js', sourcemap: true, minify: true, format: 'cjs' }); require('source-map-support').install(); try { require(process.cwd() + '/out.js'); } catch (e) { console.log(e.stack.split('\n').slice(0, 3).map((l) => l.replace(/\(?[^\s(]*\//, ''))); }
