const mysql = require('mysql2');
const server = mysql.createServer(); server.on('connection', (c) => { c.on('error', () => {}); c.serverHandshake({ protocolVersion: 10, serverVersion: '8', connectionId: 1, statusFlags: 2, characterSet: 8, capabilityFlags: 0xffffff ^ 0x800 });
  c.on('query', (q) => { if (q === 'bad') return c.writeError({ code: 1064, message: 'syntax' }); c.writeColumns([{ catalog: 'def', schema: '', table: '', orgTable: '', name: 'n', orgName: 'n', characterSet: 63, columnLength: 20, columnType: 253, flags: 0, decimals: 0 }]); c.writeTextRow([q]); c.writeEof(); }); c.on('quit', () => { c.stream.end(); server.close(); }); });
server.listen(0, '127.0.0.1', () => { const c = mysql.createConnection({ host: '127.0.0.1', port: server._server.address().port, user: 'u' });
  c.query('SELECT ?', ["it's"], (e, rows) => { console.log(e, String(rows[0].n)); c.query('bad', (e2) => { console.log(e2.code, e2.message); c.end(); }); }); });
console.log(mysql.format('?? = ?', ['a', new Date(0)], false, 'Z'));
