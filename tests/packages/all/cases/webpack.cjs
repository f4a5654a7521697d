const webpack = require('webpack');
const fs = require('fs');
fs.mkdirSync('src'); fs.writeFileSync('src/index.js', 'import { a } from "./a.js"; console.log("bundle", a); import("./lazy.js").then((m) => console.log(m.default));');
fs.writeFileSync('src/a.js', 'export const a = 41 + 1; export const unused = 1;'); fs.writeFileSync('src/lazy.js', 'export default "lazy"');
webpack({ mode: 'production', target: 'node', context: process.cwd(), entry: './src/index.js', output: { path: process.cwd() + '/dist' }, performance: false, devtool: 'source-map', optimization: { minimize: process.argv[2] === 'min' } }, (err, stats) => {
  if (err || stats.hasErrors()) return console.log(err ?? stats.toString());
  console.log(fs.readdirSync('dist').sort(), stats.toJson().assets.map((a) => [a.name, a.size]).sort());
  require(process.cwd() + '/dist/main.js');
});
