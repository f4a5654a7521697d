import XLSX from 'xlsx';
const book = XLSX.utils.book_new(); XLSX.utils.book_append_sheet(book, XLSX.utils.json_to_sheet([{ a: 1, b: 'x' }, { a: 2.5, b: true }]), 'S'); XLSX.writeFile(book, 'o.xlsx');
console.log(XLSX.utils.sheet_to_json(XLSX.readFile('o.xlsx').Sheets.S), XLSX.utils.sheet_to_csv(book.Sheets.S));
