import mustache from 'mustache';
console.log(mustache.render('{{#a}}{{b}},{{/a}}{{^n}}no{{/n}}{{>p}}', { a: [{ b: 1 }, { b: '<' }] }, { p: 'part' }));
