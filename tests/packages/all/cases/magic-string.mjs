import MagicString from 'magic-string';
const s = new MagicString('let a = 1;\nlet b = 2;'); s.overwrite(4, 5, 'zz').append('// end').prepend('/* */ '); console.log(s.toString(), s.generateMap({ source: 'a.js', hires: true }).toString());
