import ExcelJS from 'exceljs';
const book = new ExcelJS.Workbook(), sheet = book.addWorksheet('S'); sheet.columns = [{ header: 'A', key: 'a' }, { header: 'B', key: 'b' }];
sheet.addRow({ a: 1, b: 'ä' }); sheet.addRow({ a: new Date(0), b: { formula: 'A2*2', result: 2 } }); await book.xlsx.writeFile('o.xlsx');
const back = new ExcelJS.Workbook(); await back.xlsx.readFile('o.xlsx'); back.getWorksheet('S').eachRow((r) => console.log(r.values));
const stream = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: 's.xlsx' }); stream.addWorksheet('T').addRow([1, 2]).commit(); await stream.commit();
for await (const w of new ExcelJS.stream.xlsx.WorkbookReader('s.xlsx')) for await (const r of w) console.log(r.values);
