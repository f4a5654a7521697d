// Run by the archive's jsd inside of a clean root: what the machine must give, and what must not show. Prints "ok NAME"
// lines. Arguments: a folder with key.pem and cert.pem (for localhost, by an authority that the root trusts), then
// further names that the root's own modules of nsswitch.conf know.
'use strict';
const { execFileSync, fork } = require('child_process');
const assert = require('assert');
const crypto = require('crypto');
const dns = require('dns/promises');
const { once } = require('events');
const fs = require('fs');
const https = require('https');
const path = require('path');
const zlib = require('zlib');

if (process.argv[2] === 'child') {
  process.send({ execPath: process.execPath, argv0: fs.readlinkSync('/proc/self/exe'), env: process.env });
  return;
}
const [folder, ...names] = process.argv.slice(2);
const noLoader = (env) => assert.deepStrictEqual(Object.keys(env).filter((name) => /^LD_|GLIBC/.test(name)), []);
const tests = {
  'execPath is the program': () => {
    assert.strictEqual(process.execPath, fs.readlinkSync('/proc/self/exe'));
    assert.strictEqual(path.basename(process.execPath), 'jsd');
    noLoader(process.env);
  },
  'every library is the private one': () => {
    const own = path.resolve(process.execPath, '../../lib/jsd') + '/';
    const files = fs.readFileSync('/proc/self/maps', 'latin1').match(/\/[^\n]*\.so[.0-9]*$/gm);
    assert.ok(files.length > 20);
    assert.deepStrictEqual(files.filter((file) => !file.startsWith(own)), []);
  },
  'a forked child is jsd, with nothing of the loader in its environment': async () => {
    const [message] = await once(fork(__filename, ['child']), 'message');
    assert.deepStrictEqual([message.execPath, message.argv0], [process.execPath, process.execPath]);
    noLoader(message.env);
  },
  'a program of the machine runs with what it has itself': () => {
    const printed = execFileSync('/bin/sh', ['-c', 'env; echo done'], { encoding: 'utf8' });
    assert.match(printed, /done\n$/);
    assert.doesNotMatch(printed, /^LD_/m);
  },
  'dns.lookup: localhost, a name of /etc/hosts, one that nobody knows': async () => {
    assert.ok(['127.0.0.1', '::1'].includes((await dns.lookup('localhost')).address));
    assert.deepStrictEqual(await dns.lookup('only.in.hosts'), { address: '127.0.0.9', family: 4 });
    await assert.rejects(dns.lookup('nobody.invalid'), (error) => /^(ENOTFOUND|EAI_AGAIN)$/.test(error.code));
  },
  'Intl and time zones': () => {
    const date = new Date(Date.UTC(2026, 6, 1, 12));
    const format = new Intl.DateTimeFormat('de', { dateStyle: 'full', timeStyle: 'short', timeZone: 'Asia/Tokyo' });
    assert.strictEqual(format.format(date), 'Mittwoch, 1. Juli 2026 um 21:00');
    const env = { TZ: 'America/New_York' };
    const hour = execFileSync(process.execPath, ['-p', `new Date(${+date}).getHours()`], { env });
    assert.strictEqual(`${hour}`, '8\n');
    assert.strictEqual((1234.5).toLocaleString('de'), '1.234,5');
  },
  'zlib and crypto': () => {
    const text = Buffer.from('jsd '.repeat(1000));
    assert.deepStrictEqual(zlib.gunzipSync(zlib.gzipSync(text)), text);
    assert.deepStrictEqual(zlib.brotliDecompressSync(zlib.brotliCompressSync(text)), text);
    assert.strictEqual(crypto.createHash('sha256').update('abc').digest('hex').slice(0, 16), 'ba7816bf8f01cfea');
    assert.strictEqual(crypto.randomUUID().length, 36);
  },
  'https with the certificates that the machine trusts': async () => {
    const options = { key: fs.readFileSync(`${folder}/key.pem`), cert: fs.readFileSync(`${folder}/cert.pem`) };
    const server = https.createServer(options, (request, response) => response.end('secret'));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    try {
      const answer = await fetch(`https://localhost:${port}/`);
      assert.strictEqual(await answer.text(), 'secret');
      await assert.rejects(fetch(`https://127.0.0.1:${port}/`)); // the certificate is not for that name
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
};
for (const name of names) {
  tests[`${name} is known by a module of the machine`] = async () => {
    assert.match((await dns.lookup(name)).address, /^(127\.|::1)/);
  };
}

(async () => {
  for (const [name, run] of Object.entries(tests)) {
    try {
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`not ok ${name}: ${error.stack}`);
    }
  }
})();
