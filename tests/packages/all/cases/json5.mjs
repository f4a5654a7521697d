import JSON5 from 'json5';
console.log(JSON5.parse("{a: .5, 'b': +Infinity, /* c */ c: 'x\\\ny', d: 0xF,}"), JSON5.stringify({ 'a-b': "it's", n: NaN }, null, 2));
try { JSON5.parse('{a'); } catch (e) { console.log(e.message); }
