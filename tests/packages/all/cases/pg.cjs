const pg = require('pg');
const net = require('net');
const crypto = require('crypto');
const msg = (t, ...p) => { const b = Buffer.concat(p.map((x) => typeof x === 'number' ? Buffer.from([x >> 24, x >> 16, x >> 8, x]) : Buffer.from(x))); const h = Buffer.alloc(5); h.write(t); h.writeInt32BE(b.length + 4, 1); return Buffer.concat([h, b]); };
const H = (k, d) => crypto.createHmac('sha256', k).update(d).digest(); let bare, first; const salt = Buffer.from('0123456789abcdef');
const server = net.createServer((s) => s.on('error', () => {}).on('data', (d) => { if (!first) { first = true; return s.write(msg('R', 10, 'SCRAM-SHA-256\0\0')); } const t = String.fromCharCode(d[0]);
  if (t === 'p' && !bare) { bare = String(d).match(/n=.*,r=.*/)[0]; s.sf = `r=${bare.split('r=')[1]}srv,s=${salt.toString('base64')},i=4096`; return s.write(msg('R', 11, s.sf)); }
  if (t === 'p') { const fin = d.subarray(5).toString(), np = fin.replace(/,p=.*/, ''), salted = crypto.pbkdf2Sync('pw', salt, 4096, 32, 'sha256'), auth = `${bare},${s.sf},${np}`, ck = H(salted, 'Client Key'), sig = H(crypto.createHash('sha256').update(ck).digest(), auth);
    console.log('proof', Buffer.from(fin.split('p=')[1], 'base64').equals(Buffer.from(ck.map((x, i) => x ^ sig[i])))); return s.write(Buffer.concat([msg('R', 12, `v=${H(H(salted, 'Server Key'), auth).toString('base64')}`), msg('R', 0), msg('Z', 'I')])); }
  if (t === 'Q') s.write(Buffer.concat([msg('T', [0, 1], 'n\0', 0, [0, 0], 23, [0, 4], -1, [0, 0]), msg('D', [0, 1], 2, '42'), msg('C', 'SELECT 1\0'), msg('Z', 'I')])); if (t === 'X') { s.end(); server.close(); } })).listen(0, '127.0.0.1', async () => {
  const c = new pg.Client({ host: '127.0.0.1', port: server.address().port, user: 'u', password: 'pw', database: 'd' }); await c.connect(); console.log((await c.query('select 42 n')).rows); await c.end(); });
