const j = require('jscodeshift');
console.log(j('const a = 1; foo(a, b)').find(j.Identifier, { name: 'a' }).forEach((p) => { p.node.name = 'z'; }).toSource(), j.withParser('tsx')('const x: A<string> = <b/>').find(j.JSXElement).size());
