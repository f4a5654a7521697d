const { Piscina } = require('piscina');
const fs = require('fs');
fs.writeFileSync('w.js', 'module.exports = ({ a, b }) => { if (a < 0) throw new RangeError("neg"); return a + b }; module.exports.up = async (s) => s.toUpperCase()');
const pool = new Piscina({ filename: process.cwd() + '/w.js', maxThreads: 2 }); (async () => { console.log(await Promise.all([1, 2, 3].map((a) => pool.run({ a, b: 1 }))), await pool.run('x', { name: 'up' })); await pool.run({ a: -1 }).catch((e) => console.log(e.name, e.message)); await pool.destroy(); })();
