import { parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { Readable } from 'node:stream';
for await (const r of Readable.from(['a,b\n1,"x', '\ny"\n2,z\n']).pipe(parse({ columns: true, cast: true }))) console.log(r);
try { parseSync('a,b\n1', {}); } catch (e) { console.log(e.code, e.message); }
