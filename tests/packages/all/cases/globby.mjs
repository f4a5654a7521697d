import { globby, globbySync } from 'globby';
import fs from 'node:fs';
fs.mkdirSync('a/n', { recursive: true }); for (const f of ['a/x.js', 'a/y.ts', 'a/n/z.js', 'a/.h.js']) fs.writeFileSync(f, ''); fs.writeFileSync('a/.gitignore', 'n\n'); console.log((await globby('a/**/*.js')).sort(), await globby('a/**', { gitignore: true }), globbySync(['a/*', '!**/*.ts']));
