import { Gzip, Gunzip, BrotliCompress, BrotliDecompress, Deflate, Inflate, Unzip } from 'minizlib';
for (const [C, D] of [[Gzip, Gunzip], [BrotliCompress, BrotliDecompress], [Deflate, Inflate], [Gzip, Unzip]]) {
  const c = new C({}), d = new D({}); c.pipe(d); const all = d.concat(); c.write('text '.repeat(1000)); c.flush(); c.end('end'); console.log(C.name, (await all).length);
}
await new Promise((r) => new Gunzip().on('error', (e) => { console.log(e.code, e.errno, e.message); r(); }).end('no gzip here'));
