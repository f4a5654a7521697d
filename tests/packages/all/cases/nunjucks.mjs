import nunjucks from 'nunjucks';
import fs from 'node:fs';
fs.writeFileSync('base.html', '<{% block b %}{% endblock %}>'); fs.writeFileSync('c.html', '{% extends "base.html" %}{% block b %}{{ x | upper }}{% for k, v in m %}{{ k }}={{ v }};{% endfor %}{% endblock %}');
console.log(nunjucks.configure('.', { autoescape: true }).render('c.html', { x: 'a&b', m: { p: 1, q: 2 } }));
