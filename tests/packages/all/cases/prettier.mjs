import prettier from 'prettier';
for (const [parser, text] of [['babel', 'const a={b:1,c:[1,2]};f( x=>y )'], ['typescript', 'type A={a:string}|null'], ['css', 'a{b:c}'], ['markdown', '*  a\n*  b'], ['json', '{a:1}'], ['yaml', 'a:   [1,2]'], ['html', '<p><b>x</b></p>']]) console.log(await prettier.format(text, { parser }));
await prettier.format('let = ', { parser: 'babel' }).catch((e) => console.log(e.name, e.loc));
