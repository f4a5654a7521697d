import { ESLint } from 'eslint';
import fs from 'node:fs';
fs.writeFileSync('a.js', 'var x = 1\nif (x == 2) { y() }\n'); fs.writeFileSync('eslint.config.mjs', 'export default [{ rules: { eqeqeq: "error", "no-undef": "warn", "no-var": "error" } }]');
const results = await new ESLint().lintFiles(['a.js']);
console.log(results[0].messages.map((m) => [m.ruleId, m.severity, m.line, m.column, m.message]), (await (await new ESLint({ fix: true })).lintText('var a = 1'))[0].output);
console.log((await new ESLint().loadFormatter('stylish')).format(results));
