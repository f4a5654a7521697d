import morgan from 'morgan';
import http from 'node:http';
const log = morgan(':method :url :status :res[content-length] :http-version', { stream: { write: (line) => process.stdout.write(line) } });
const server = http.createServer((req, res) => log(req, res, () => { res.setHeader('content-length', 2); res.end('ok'); })).listen(0, '127.0.0.1', async () => {
  console.log(await (await fetch(`http://127.0.0.1:${server.address().port}/p?q=1`)).text());
  server.close(); server.closeAllConnections();
});
