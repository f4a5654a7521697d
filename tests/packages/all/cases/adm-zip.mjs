import AdmZip from 'adm-zip';
const zip = new AdmZip(); zip.addFile('a.txt', Buffer.from('text '.repeat(100)), 'comment'); zip.writeZip('o.zip');
const back = new AdmZip('o.zip'); console.log(back.readAsText('a.txt').length, back.getEntries()[0].comment, back.test()); back.extractAllTo('x', true);
console.log(await new Promise((r) => back.readAsTextAsync('a.txt', (t) => r(t.length))));
