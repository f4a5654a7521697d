import amqp from 'amqplib';
import net from 'node:net';
const server = net.createServer((s) => s.once('data', (d) => { console.log(JSON.stringify(String(d))); s.end(); })).listen(0, '127.0.0.1', async () => { await amqp.connect(`amqp://127.0.0.1:${server.address().port}`).catch((e) => console.log(e.message)); server.close(); }); await amqp.connect('amqp://127.0.0.1:1').catch((e) => console.log(e.code));
