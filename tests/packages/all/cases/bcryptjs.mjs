import bcrypt from 'bcryptjs';
const hash = await bcrypt.hash('päss', 5);
console.log(hash.slice(0, 7), await bcrypt.compare('päss', hash), bcrypt.compareSync('x', hash), bcrypt.hashSync('a', '$2a$04$abcdefghijklmnopqrstuu'));
