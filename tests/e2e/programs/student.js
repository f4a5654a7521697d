const student = { name: 'Aman', marks: [80, 90, 100] };
const average = student.marks.reduce((sum, mark) => sum + mark, 0) / student.marks.length;
console.log('Student:', student.name);
console.log(`Average: ${average}`);
