import { ZipArchive } from 'archiver';
import fs from 'node:fs';
import AdmZip from 'adm-zip';
const archive = new ZipArchive({ zlib: { level: 9 } }), out = fs.createWriteStream('o.zip'); archive.pipe(out);
archive.append('text '.repeat(2000), { name: 'a.txt' }); archive.append(Buffer.from('b'), { name: 'd/b.txt' }); archive.finalize(); await new Promise((r) => out.on('close', r));
console.log(new AdmZip('o.zip').getEntries().map((e) => [e.entryName, e.header.size, e.getData().length]));
