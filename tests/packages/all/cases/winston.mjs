import winston from 'winston';
import fs from 'node:fs';
const log = winston.createLogger({ format: winston.format.combine(winston.format.splat(), winston.format.json()), defaultMeta: { s: 1 }, transports: [new winston.transports.Console(), new winston.transports.File({ filename: 'f.log' })] });
log.info('hello %s', 'x', { a: 1 }); log.error(new Error('e').message);
log.end(); await new Promise((r) => log.transports[1].on('finish', r)); setTimeout(() => console.log(fs.readFileSync('f.log', 'utf8')), 50);
