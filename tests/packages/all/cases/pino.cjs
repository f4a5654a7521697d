const pino = require('pino');
const log = pino({ base: null, timestamp: false }, pino.destination({ fd: 1, sync: true }));
log.info({ a: 1 }, 'text %s', 'x'); log.child({ c: 2 }).warn('w'); log.error(new TypeError('bad').message);
process.on('exit', () => log.fatal('at exit')); process.exit(0);
