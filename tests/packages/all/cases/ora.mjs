import ora from 'ora';
import { PassThrough } from 'node:stream';
const stream = new PassThrough(); let text = ''; stream.on('data', (d) => text += d);
const spinner = ora({ text: 'work', stream, isEnabled: false, color: false }).start(); spinner.succeed('done'); ora({ stream }).fail('bad');
console.log(JSON.stringify(text));
