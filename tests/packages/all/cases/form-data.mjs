import FormData from 'form-data';
import { Readable } from 'node:stream';
const form = new FormData();
form.append('a', 'b'); form.append('s', Readable.from(['x', 'y']), { filename: 'f.txt', knownLength: 2 });
let text = ''; await new Promise((r) => form.on('data', (d) => text += d).on('end', r).resume());
console.log(text.replaceAll(form.getBoundary(), 'BOUNDARY'), await new Promise((r) => new FormData().getLength((e, n) => r(n))));
