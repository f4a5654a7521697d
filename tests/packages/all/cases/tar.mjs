import * as tar from 'tar';
import fs from 'node:fs';
fs.mkdirSync('d/e', { recursive: true }); fs.writeFileSync('d/a', 'x'.repeat(100000)); fs.writeFileSync('d/e/b', 'y', { mode: 0o755 }); fs.symlinkSync('a', 'd/l');
await tar.c({ gzip: true, file: 'o.tgz', portable: true, mtime: new Date(0) }, ['d']);
const names = []; await tar.t({ file: 'o.tgz', onReadEntry: (e) => names.push([e.path, e.size, e.type]) });
fs.mkdirSync('x'); await tar.x({ file: 'o.tgz', cwd: 'x' }); tar.c({ gzip: true, sync: true, file: 's.tgz' }, ['d/e']); fs.mkdirSync('y'); tar.x({ sync: true, file: 's.tgz', cwd: 'y' });
console.log(names.sort(), fs.readFileSync('x/d/l', 'utf8').length, (fs.statSync('x/d/e/b').mode & 0o777).toString(8), fs.readdirSync('y/d/e'));
fs.writeFileSync('bad.tgz', Buffer.concat([fs.readFileSync('o.tgz').subarray(0, 100), Buffer.alloc(50)])); await tar.x({ file: 'bad.tgz', cwd: 'y', strict: true }).catch((e) => console.log(e.code));
