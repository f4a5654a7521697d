// Streams a file out, and an upload to disk; reports its memory.
const fs = require('fs');
const http = require('http');
const { pipeline } = require('stream');

const [, , source, target] = process.argv;
let peak = 0;
const timer = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 20);
timer.unref();
http.createServer((req, res) => {
  if (req.url === '/memory') {
    const answer = { rss: process.memoryUsage.rss(), peak };
    peak = 0;
    return res.end(JSON.stringify(answer));
  }
  if (req.method === 'GET') {
    res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': fs.statSync(source).size });
    return pipeline(fs.createReadStream(source), res, (error) => { if (error) console.error(error); });
  }
  pipeline(req, fs.createWriteStream(target), (error) => {
    res.statusCode = error ? 500 : 201;
    res.end(error ? error.message : String(fs.statSync(target).size));
  });
}).listen(process.env.PORT || 3000, '127.0.0.1', () => console.log('files is listening'));
