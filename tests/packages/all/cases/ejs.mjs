import ejs from 'ejs';
import fs from 'node:fs';
fs.writeFileSync('p.ejs', 'part <%= x %>'); fs.writeFileSync('m.ejs', '<% for (const x of xs) { %><%- include("p", { x }) %>\n<% } %>');
console.log(await ejs.renderFile('m.ejs', { xs: [1, '<'] }), ejs.render('<%= await a %>', { a: Promise.resolve(1) }, { async: true }) instanceof Promise);
try { ejs.render('a\n<%= none %>', {}); } catch (e) { console.log(e.message); }
