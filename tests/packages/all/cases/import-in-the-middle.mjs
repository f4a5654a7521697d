import { register } from 'node:module';
import Hook from 'import-in-the-middle';
register('import-in-the-middle/hook.mjs', import.meta.url); const seen = []; new Hook(['semver', 'node:os', 'os'], (exports, name) => { seen.push(name); if (name === 'semver') exports.default.valid = () => 'patched'; });
console.log((await import('semver')).default.valid('1.2.3'), typeof (await import('node:os')).platform(), seen);
