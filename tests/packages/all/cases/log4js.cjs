const log4js = require('log4js');
const fs = require('fs');
log4js.configure({ appenders: { f: { type: 'file', filename: 'a.log', layout: { type: 'pattern', pattern: '%p %c %m' } }, c: { type: 'stdout', layout: { type: 'basic' } } }, categories: { default: { appenders: ['f'], level: 'debug' } } });
log4js.getLogger('cat').warn('text', { a: 1 }); log4js.getLogger().trace('no');
log4js.shutdown(() => console.log(fs.readFileSync('a.log', 'utf8')));
