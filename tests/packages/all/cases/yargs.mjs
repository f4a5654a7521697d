import yargs from 'yargs';
const parser = yargs(['serve', '--port', '80', '-v']).scriptName('tool').command('serve', 'start it', (y) => y.option('port', { type: 'number', default: 1 }), (argv) => console.log('serve', argv))
  .count('v').strict().fail((m) => console.log('failed:', m));
await parser.parseAsync();
console.log(await parser.getHelp());
await yargs(['--bad']).strict().fail((m) => console.log('failed:', m)).parseAsync();
