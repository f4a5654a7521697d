import postcss from 'postcss';
import autoprefixer from 'autoprefixer';
const r = await postcss([autoprefixer({ overrideBrowserslist: ['chrome 20', 'firefox 20'] })]).process('a { display: flex; user-select: none }', { from: 'a.css', to: 'b.css', map: { inline: false } });
console.log(r.css, r.map.toString());
await postcss().process('a {', { from: undefined }).then((x) => x.css).catch((e) => console.log(e.name, e.message));
