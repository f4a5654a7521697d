import * as sass from 'sass';
import fs from 'node:fs';
fs.writeFileSync('_p.scss', '@function dbl($x) { @return $x * 2 }'); fs.writeFileSync('m.scss', '@use "p"; .a { .b & { width: p.dbl(3px) } }');
console.log(sass.compile('m.scss').css, (await sass.compileStringAsync('a{b:lighten(red,1%)}', { silenceDeprecations: ['global-builtin', 'color-functions'] })).css);
try { sass.compileString('a{'); } catch (e) { console.log(e.message); }
