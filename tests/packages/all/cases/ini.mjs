import ini from 'ini';
console.log(ini.parse('a=1\n[s.t]\nb[]=x\nb[]=y\nc="q"'), ini.stringify({ a: true, s: { b: [1, 2] } }));
