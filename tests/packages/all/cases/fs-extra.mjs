import fs from 'fs-extra';
await fs.outputJson('a/b/c.json', { x: 1 }, { spaces: 2 });
await fs.copy('a', 'copy'); await fs.move('copy/b', 'moved');
console.log(await fs.readFile('moved/c.json', 'utf8'), await fs.pathExists('copy/b'), fs.readdirSync('copy'), fs.constants.R_OK);
await fs.emptyDir('a'); await fs.remove('moved'); await fs.ensureSymlink('a', 'link');
console.log(await fs.readdir('.'), (await fs.lstat('link')).isSymbolicLink());
await fs.readJson('none.json').catch((e) => console.log(e.code, e.message));
