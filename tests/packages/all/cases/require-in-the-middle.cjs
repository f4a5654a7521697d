const { Hook } = require('require-in-the-middle');
const seen = []; new Hook(['semver', 'os', 'uuid'], (exports, name, dir) => { seen.push(name, typeof dir); return name === 'semver' ? { ...exports, valid: () => 'patched' } : exports; }); console.log(require('semver').valid('1'), require('os').EOL, require('node:os').EOL, seen);
