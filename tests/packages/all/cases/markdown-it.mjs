import MarkdownIt from 'markdown-it';
console.log(new MarkdownIt({ html: true, linkify: true, typographer: true }).render('# T\n\n"q" http://a.test (c)\n\n1. x\n2. ~~y~~'));
