import * as acorn from 'acorn';
import * as espree from 'espree';
console.log(JSON.stringify(acorn.parse('a ??= b?.c', { ecmaVersion: 'latest' })), [...acorn.tokenizer('x => 1n', { ecmaVersion: 2020 })].map((t) => t.type.label), espree.tokenize('let a').length); try { acorn.parse('a b', { ecmaVersion: 5 }); } catch (e) { console.log(e.name, e.message, e.loc); }
