import inquirer from 'inquirer';
import { PassThrough } from 'node:stream';
const input = new PassThrough(), output = new PassThrough();
let text = ''; output.on('data', (d) => { text += d; if (/Name/.test(text) && !input.sent) { input.sent = true; setImmediate(() => input.write('Ann\r')); } });
const prompt = inquirer.createPromptModule({ input, output });
console.log(await prompt([{ type: 'input', name: 'name', message: 'Name' }])); console.log(/Ann/.test(text));
