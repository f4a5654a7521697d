import PDFDocument from 'pdfkit';
const doc = new PDFDocument({ compress: false, info: { CreationDate: new Date(0) } }); const parts = []; doc.on('data', (d) => parts.push(d));
doc.fontSize(20).text('Hello', 100, 100).rect(10, 10, 50, 50).fill('red').addPage().text('ü page 2'); doc.end(); await new Promise((r) => doc.on('end', r));
console.log(Buffer.concat(parts).length > 1000, Buffer.concat(parts).subarray(0, 8).toString('latin1'));
