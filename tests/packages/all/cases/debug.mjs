import debug from 'debug';
debug.enable('app:*,-app:hidden');
debug.log = (...args) => console.log(args.length, String(args[0]).replace(/^\S+ /, ''));
debug('app:one')('value %o and %d', { a: 1 }, 3);
debug('app:hidden')('never');
console.log(debug('app:two').enabled, debug('other').enabled, debug.inspectOpts);
