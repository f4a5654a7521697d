import Papa from 'papaparse';
import { Readable } from 'node:stream';
console.log(Papa.parse('a;b\n1;"x;y"\n', { header: true, dynamicTyping: true }).data, Papa.unparse([{ a: 1, b: 'q"' }]));
Readable.from(['x,y\n1,2\n']).pipe(Papa.parse(Papa.NODE_STREAM_INPUT, { header: true })).on('data', console.log);
