const pino = require('pino');
const fs = require('fs');
const log = pino({ base: null, timestamp: false }, pino.transport({ target: 'pino/file', options: { destination: './log' } }));
log.info('from a worker'); log.flush(() => { console.log(fs.readFileSync('log', 'utf8')); });
