import JSZip from 'jszip';
const zip = new JSZip(); zip.file('a.txt', 'x'.repeat(5000)); zip.folder('d').file('b', new Uint8Array([1, 2]));
const bytes = await zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE' }), back = await JSZip.loadAsync(bytes);
console.log(Object.keys(back.files), (await back.file('a.txt').async('string')).length, await back.file('d/b').async('nodebuffer'));
let n = 0; zip.generateNodeStream({ streamFiles: true }).on('data', (d) => n += d.length).on('end', () => console.log(n > 5000));
