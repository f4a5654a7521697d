import less from 'less';
console.log((await less.render('@c: #fff; .a { .b { color: darken(@c, 10%) } &:hover { width: (2px * 3) } }')).css);
await less.render('.a { color: @none }').catch((e) => console.log(e.type, e.message));
