const pino = require('pino');
const pretty = require('pino-pretty');
const log = pino({ base: null }, pretty({ sync: true, colorize: false, ignore: 'time' }));
log.info({ a: { b: [1] } }, 'pretty'); log.error({ err: Object.assign(new Error('e'), { stack: 'Error: e\n    at x' }) }, 'failed');
