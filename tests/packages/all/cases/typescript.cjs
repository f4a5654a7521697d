const ts = require('typescript');
const fs = require('fs');
fs.writeFileSync('a.ts', 'export enum E { A = 1 }\nexport const n: number = "text";\nclass C { constructor(private x = E.A) {} }\n');
console.log(ts.transpileModule('const x: number = 1 as any; export default x', { compilerOptions: { module: ts.ModuleKind.CommonJS } }).outputText);
const program = ts.createProgram(['a.ts'], { target: ts.ScriptTarget.ES2022, outDir: 'out', noLib: false, types: [] });
program.emit();
console.log(ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')), fs.readFileSync('out/a.js', 'utf8'));
