import { Command } from 'commander';
const program = new Command('tool').version('1.2.3').exitOverride();
program.command('add <a> [b...]').option('-n, --number <n>', 'a number', Number, 3).action((a, b, o) => console.log(a, b, o));
await program.parseAsync(['node', 'tool', 'add', 'x', 'y', 'z', '-n', '7']);
console.log(program.helpInformation());
try { program.parse(['node', 'tool', 'nope']); } catch (e) { console.log(e.code, e.exitCode); }
