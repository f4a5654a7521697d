import Handlebars from 'handlebars';
Handlebars.registerHelper('up', (s) => s.toUpperCase());
console.log(Handlebars.compile('{{#each a}}{{@index}}:{{up this}} {{else}}none{{/each}}{{{raw}}} {{esc}}')({ a: ['x', 'y'], raw: '<b>', esc: '<i>' }));
try { Handlebars.compile('{{#if}}')({}); } catch (e) { console.log(e.message); }
