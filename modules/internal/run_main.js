'use strict';
const run = (code) => (0, eval)(`(function(require, module, exports){${code}\n})`)((n) => { const r = require('jsd:registry'); n = n.replace('node:', ''); if (!r[n]) throw new Error('no ' + n); return r[n](); }, { exports: {} }, {});
module.exports = { eval(code) { run(code); }, eval_source(code) { run(code); }, run_file(f) { run(require('../node/fs').readFileSync(f, 'utf8')); }, file(f) { run(require('../node/fs').readFileSync(f, 'utf8')); } };
