import pug from 'pug';
console.log(pug.render('ul\n  each x in xs\n    li(class={a: x > 1}) #{x}\n  else\n    p none', { xs: [1, 2], pretty: true }));
try { pug.render('a\n    b\n  c'); } catch (e) { console.log(e.code, e.line); }
