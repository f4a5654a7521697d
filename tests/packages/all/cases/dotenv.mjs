import fs from 'node:fs';
import dotenv from 'dotenv';
fs.writeFileSync('.env', 'A=1\nB="two\\nlines"\n# no\nexport C=\'x # y\'\n');
console.log(dotenv.config({ quiet: true }), process.env.B, dotenv.parse(Buffer.from('Z=`q`')));
