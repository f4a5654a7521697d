const bunyan = require('bunyan');
const log = bunyan.createLogger({ name: 'n', streams: [{ type: 'raw', stream: { write: ({ time, pid, hostname, ...rest }) => console.log(rest) } }], serializers: { err: (e) => e.message } });
log.info({ a: 1 }, 'm %d', 5); log.child({ c: 1 }).error({ err: new Error('x') });
