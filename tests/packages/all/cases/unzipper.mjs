import unzipper from 'unzipper';
import JSZip from 'jszip';
import fs from 'node:fs';
fs.writeFileSync('a.zip', await new JSZip().file('x.txt', 'hello '.repeat(1000)).file('d/y.txt', 'y').generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' }));
const dir = await unzipper.Open.file('a.zip'); console.log(dir.files.map((f) => [f.path, f.uncompressedSize]), String(await dir.files.at(-1).buffer()));
await fs.createReadStream('a.zip').pipe(unzipper.Extract({ path: 'out' })).promise(); console.log(fs.readFileSync('out/x.txt', 'utf8').length);
for await (const e of fs.createReadStream('a.zip').pipe(unzipper.Parse({ forceStream: true }))) { console.log(e.path, e.type); e.autodrain(); }
