import chokidar from 'chokidar';
import fs from 'node:fs';
fs.mkdirSync('w'); fs.writeFileSync('w/old', ''); const w = chokidar.watch('w', { atomic: false }), seen = new Promise((r) => { w.on('ready', () => fs.writeFileSync('w/new', 'x')).on('add', (f) => f === 'w/new' && fs.appendFileSync(f, 'y')).on('change', (f) => fs.rmSync(f)).on('unlink', r); });
console.log(await seen, Object.keys(w.getWatched())); await w.close();
