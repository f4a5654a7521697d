import multer from 'multer';
import express from 'express';
import fs from 'node:fs';
const app = express();
app.post('/', multer({ dest: 'up' }).array('f'), (req, res) => res.json([req.body, req.files.map((f) => [f.originalname, f.mimetype, f.size, fs.readFileSync(f.path, 'utf8').length])]));
const server = app.listen(0, '127.0.0.1', async () => {
  const form = new FormData();
  form.append('name', 'välue'); form.append('f', new Blob(['x'.repeat(100000)], { type: 'text/plain' }), 'a.txt'); form.append('f', new File(['yz'], 'b.bin'));
  console.log(await (await fetch(`http://127.0.0.1:${server.address().port}`, { method: 'POST', body: form })).text());
  server.close(); server.closeAllConnections();
});
