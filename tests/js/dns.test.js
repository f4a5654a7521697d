'use strict';
// node:dns against servers of the test's own (dns_server.js).
const { test, assert, deferred } = require('./harness');
const dns = require('dns');
const { execFileSync } = require('child_process');
const { AsyncLocalStorage, createHook } = require('async_hooks');
const { serve } = require('./dns_server');

const bytes = Buffer.from([1, 2, 3]);
const zone = {
  A: [{ type: 'A', address: '192.0.2.1', ttl: 7 }, { type: 'A', address: '192.0.2.2', ttl: 9 }],
  AAAA: [{ type: 'AAAA', address: '2001:db8::1', ttl: 8 }],
  CNAME: [{ type: 'CNAME', value: 'other.example' }],
  NS: [{ type: 'NS', value: 'ns1.example' }],
  PTR: [{ type: 'PTR', value: 'host.example' }],
  MX: [{ type: 'MX', priority: 10, exchange: 'mx.example' }],
  TXT: [{ type: 'TXT', entries: ['v=spf1', 'caf\xe9'] }, { type: 'TXT', entries: [''] }],
  SRV: [{ type: 'SRV', name: 'a.example', port: 27017, priority: 1, weight: 2 },
    { type: 'SRV', name: 'b.example', port: 27018, priority: 3, weight: 4 }],
  NAPTR: [{ type: 'NAPTR', order: 1, preference: 2, flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.example' }],
  SOA: [{ type: 'SOA', nsname: 'ns1.example', hostmaster: 'root.example', serial: 3210987654, refresh: 1, retry: 2, expire: 3,
    minttl: 3333333333 }],
  TLSA: [{ type: 'TLSA', certUsage: 3, selector: 1, match: 1, data: bytes }],
  CAA: [{ type: 'CAA', critical: 128, tag: 'issue', value: 'ca.example' }],
};
zone.ANY = ['CAA', 'SOA', 'PTR', 'TXT', 'NS', 'MX', 'CNAME', 'AAAA', 'A', 'NAPTR', 'SRV'].flatMap((type) => zone[type]);

const expected = {
  resolve4: ['192.0.2.1', '192.0.2.2'],
  resolve6: ['2001:db8::1'],
  resolveCname: ['other.example'],
  resolveNs: ['ns1.example'],
  resolvePtr: ['host.example'],
  resolveMx: [{ exchange: 'mx.example', priority: 10, type: 'MX' }],
  resolveTxt: [['v=spf1', 'caf\xe9'], ['']],
  resolveSrv: [{ name: 'a.example', port: 27017, priority: 1, weight: 2, type: 'SRV' },
    { name: 'b.example', port: 27018, priority: 3, weight: 4, type: 'SRV' }],
  resolveNaptr: [{ flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.example', order: 1, preference: 2,
    type: undefined }],
  resolveSoa: { nsname: 'ns1.example', hostmaster: 'root.example', serial: 3210987654, refresh: 1, retry: 2, expire: 3,
    minttl: 3333333333, type: undefined },
  resolveTlsa: [{ certUsage: 3, selector: 1, match: 1, data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 3) }],
  resolveCaa: [{ critical: 128, issue: 'ca.example', type: 'CAA' }],
};
const rrtypes = { resolve4: 'A', resolve6: 'AAAA' };

test('each type of record has its method, its rrtype and its promise', async () => {
  const server = await serve((name, type) => zone[type]);
  const resolver = new dns.Resolver();
  const promises = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  promises.setServers([server.address]);
  for (const [method, value] of Object.entries(expected)) {
    const rrtype = rrtypes[method] ?? method.slice('resolve'.length).toUpperCase();
    const called = await new Promise((resolve, reject) => {
      resolver[method]('x.example', (error, result) => (error ? reject(error) : resolve(result)));
    });
    assert.deepStrictEqual(called, value, method);
    assert.deepStrictEqual(await promises[method]('x.example'), value, method);
    assert.deepStrictEqual(await promises.resolve('x.example', rrtype), value, rrtype);
    assert.strictEqual(server.asked.at(-1), `${rrtype} x.example`);
  }
  server.close();
});

test('resolveAny gives all records with their types, but the addresses of an alias, in Node\'s order', async () => {
  const server = await serve((name, type) => zone[type]);
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  assert.deepStrictEqual(await resolver.resolveAny('x.example'), [
    { value: 'other.example', type: 'CNAME' },
    { address: '2001:db8::1', ttl: 8, type: 'AAAA' },
    { exchange: 'mx.example', priority: 10, type: 'MX' },
    { value: 'ns1.example', type: 'NS' },
    { entries: ['v=spf1', 'caf\xe9'], type: 'TXT' },
    { entries: [''], type: 'TXT' },
    { name: 'a.example', port: 27017, priority: 1, weight: 2, type: 'SRV' },
    { name: 'b.example', port: 27018, priority: 3, weight: 4, type: 'SRV' },
    { value: 'host.example', type: 'PTR' },
    { flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.example', order: 1, preference: 2, type: 'NAPTR' },
    { nsname: 'ns1.example', hostmaster: 'root.example', serial: 3210987654, refresh: 1, retry: 2, expire: 3,
      minttl: 3333333333, type: 'SOA' },
    { critical: 128, issue: 'ca.example', type: 'CAA' },
  ]);
  server.close();
});

test('addresses come with a TTL on demand, that of an alias where it is shorter', async () => {
  const server = await serve((name) => (name === 'alias.example'
    ? [{ type: 'CNAME', value: 'x.example', ttl: 5 }, { type: 'A', owner: 'x.example', address: '192.0.2.1', ttl: 60 }]
    : zone.A));
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  assert.deepStrictEqual(await resolver.resolve4('x.example', { ttl: true }),
    [{ address: '192.0.2.1', ttl: 7 }, { address: '192.0.2.2', ttl: 9 }]);
  assert.deepStrictEqual(await resolver.resolve4('alias.example', { ttl: true }), [{ address: '192.0.2.1', ttl: 5 }]);
  assert.deepStrictEqual(await resolver.resolve4('alias.example'), ['192.0.2.1']);
  server.close();
});

test('refusals have Node\'s codes', async () => {
  const server = await serve((name) => ({ 'formerr.example': 1, 'servfail.example': 2, 'nx.example': 3, 'notimp.example': 4,
    'refused.example': 5, 'empty.example': [] })[name]);
  const resolver = new dns.Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([server.address]);
  const codes = {
    'formerr.example': 'EFORMERR', 'servfail.example': 'ESERVFAIL', 'nx.example': 'ENOTFOUND', 'notimp.example': 'ENOTIMP',
    'refused.example': 'EREFUSED', 'empty.example': 'ENODATA', 'x.onion': 'ENOTFOUND', 'a..b': 'EBADNAME',
  };
  for (const [hostname, code] of Object.entries(codes)) {
    const error = await new Promise((resolve) => { resolver.resolve4(hostname, resolve); });
    assert.strictEqual(error.message, `queryA ${code} ${hostname}`);
    assert.deepStrictEqual({ ...error }, { errno: undefined, code, syscall: 'queryA', hostname });
  }
  server.close();
  const silent = await serve(() => undefined);
  const hasty = new dns.promises.Resolver({ timeout: 10, tries: 1 });
  hasty.setServers([silent.address]);
  await assert.rejects(hasty.resolveMx('x.example'), { message: 'queryMx ETIMEOUT x.example', code: dns.TIMEOUT });
  silent.close();
  const gone = new dns.promises.Resolver({ timeout: 1000, tries: 1 });
  gone.setServers([silent.address]);
  await assert.rejects(gone.resolve4('x.example'), { code: dns.CONNREFUSED });
});

test('an answer that has only an alias', async () => {
  const server = await serve(() => [{ type: 'CNAME', value: 'x.example' }]);
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  for (const method of ['resolve4', 'resolve6', 'resolveMx', 'resolveTxt', 'resolveSrv', 'resolveCaa', 'resolveNaptr']) {
    assert.deepStrictEqual(await resolver[method]('alias.example'), [], method);
  }
  for (const method of ['resolveNs', 'resolvePtr']) await assert.rejects(resolver[method]('alias.example'), { code: 'ENODATA' });
  await assert.rejects(resolver.resolveSoa('alias.example'), { code: 'EBADRESP' });
  server.close();
});

test('cancel ends what is pending, a query in a callback too', async () => {
  const server = await serve(() => undefined);
  const resolver = new dns.Resolver();
  resolver.setServers([server.address]);
  const ended = deferred();
  server.socket.once('message', () => resolver.cancel());
  resolver.resolve4('a.example', (first) => {
    server.socket.once('message', () => resolver.cancel());
    resolver.resolveTxt('b.example', (second) => ended.resolve([first.code, second.message]));
  });
  assert.deepStrictEqual(await ended.promise, ['ECANCELLED', 'queryTxt ECANCELLED b.example']);
  resolver.cancel();
  server.close();
});

test('reverse asks for the name of an address', async () => {
  const server = await serve((name) => [{ type: 'PTR', value: `of.${name}` }, { type: 'PTR', value: 'second.example' }]);
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  assert.deepStrictEqual(await resolver.reverse('192.0.2.7'), ['of.7.2.0.192.in-addr.arpa', 'second.example']);
  const names = await resolver.reverse('2001:db8::1');
  assert.ok(names[0].endsWith('.8.b.d.0.1.0.0.2.ip6.arpa'), names[0]);
  await assert.rejects(resolver.reverse('x'), { message: 'getHostByAddr EINVAL x', code: 'EINVAL', errno: -22 });
  const callback = new dns.Resolver();
  assert.throws(() => callback.reverse('x', () => {}), { message: 'getHostByAddr EINVAL x' });
  server.close();
});

test('a truncated answer is asked for again over TCP', async () => {
  const server = await serve((name, type) => zone[type], { truncate: true });
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  assert.deepStrictEqual(await resolver.resolve4('x.example'), expected.resolve4);
  assert.deepStrictEqual(server.asked, ['A x.example', 'TCP A x.example']);
  server.close();
});

test('setServers and getServers', () => {
  const resolver = new dns.Resolver();
  resolver.setServers(['4.4.4.4:53', '[2001:db8::8888]:53', '103.238.225.181:666', '[fe80::1]:666', '[fe80::2]', '2001:db8::1']);
  assert.deepStrictEqual(resolver.getServers(),
    ['4.4.4.4', '2001:db8::8888', '103.238.225.181:666', '[fe80::1]:666', 'fe80::2', '2001:db8::1']);
  for (const bad of ['', 'x', '127.0.0.1:va', '[::1', '1.2.3.4:', ':53']) {
    assert.throws(() => resolver.setServers([bad]), { code: 'ERR_INVALID_IP_ADDRESS', message: `Invalid IP address: ${bad}` }, bad);
  }
  assert.throws(() => resolver.setServers('1.1.1.1'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => resolver.setServers([1]), { message: /"servers\[0\]"/ });
  assert.throws(() => resolver.setServers(['1.2.3.4:70000']), { code: 'ERR_SOCKET_BAD_PORT' });
  assert.strictEqual(resolver.getServers().length, 6);
  resolver.setServers([]);
  assert.deepStrictEqual(resolver.getServers(), []);
});

test('servers cannot be changed under a query, but those of dns.resolve can', async () => {
  const silent = await serve(() => undefined);
  const server = await serve((name, type) => zone[type]);
  const resolver = new dns.Resolver();
  resolver.setServers([silent.address]);
  const ended = new Promise((resolve) => { resolver.resolve4('x.example', resolve); });
  assert.throws(() => resolver.setServers([server.address]), {
    code: 'ERR_DNS_SET_SERVERS_FAILED', message: `c-ares failed to set servers: "There are pending queries." [[ '${server.address}' ]]`,
  });
  resolver.cancel();
  await ended;
  const before = dns.getServers();
  dns.setServers([server.address]);
  assert.deepStrictEqual(await dns.promises.resolveMx('x.example'), expected.resolveMx);
  assert.deepStrictEqual(await new Promise((resolve) => { dns.resolve('x.example', (error, list) => resolve(list)); }), expected.resolve4);
  assert.deepStrictEqual(dns.promises.getServers(), [server.address]);
  dns.promises.setServers(before);
  assert.deepStrictEqual(dns.promises.getServers(), before);
  assert.deepStrictEqual(dns.getServers(), [server.address]);
  dns.setServers(before);
  silent.close();
  server.close();
});

test('a mongodb+srv look-up: the hosts of a cluster and its options', async () => {
  const server = await serve((name, type) => ({ 'SRV _mongodb._tcp.cluster.example': zone.SRV,
    'TXT cluster.example': [{ type: 'TXT', entries: ['authSource=admin&', 'replicaSet=rs0'] }] })[`${type} ${name}`] ?? 3);
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  const hosts = await resolver.resolveSrv('_mongodb._tcp.cluster.example');
  assert.deepStrictEqual(hosts.map((host) => `${host.name}:${host.port}`), ['a.example:27017', 'b.example:27018']);
  assert.strictEqual((await resolver.resolveTxt('cluster.example'))[0].join(''), 'authSource=admin&replicaSet=rs0');
  await assert.rejects(resolver.resolveSrv('_mongodb._tcp.none.example'), { code: 'ENOTFOUND' });
  server.close();
});

test('wrong arguments throw at once', () => {
  const type = { code: 'ERR_INVALID_ARG_TYPE' };
  assert.throws(() => dns.resolve4(1, () => {}), { ...type, message: /^The "name" argument must be of type string/ });
  assert.throws(() => dns.resolve4('x'), type);
  assert.throws(() => dns.resolve('x', 1, () => {}), type);
  assert.throws(() => dns.resolve('x', 'FOO', () => {}), { code: 'ERR_INVALID_ARG_VALUE', message: "The argument 'rrtype' is invalid. Received 'FOO'" });
  assert.throws(() => dns.promises.resolve4(), type);
  assert.throws(() => dns.promises.lookup({}), type);
  assert.throws(() => dns.promises.lookupService('0.0.0.0'), { message: 'The "address" and "port" arguments must be specified' });
  assert.throws(() => new dns.Resolver({ timeout: '1' }), type);
  assert.throws(() => new dns.Resolver({ tries: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => new dns.Resolver().setLocalAddress('::1', '::2'), { message: 'Cannot specify two IPv6 addresses.' });
  assert.throws(() => new dns.Resolver().setLocalAddress('x'), { message: 'Invalid IP address.', code: 'ERR_INVALID_ARG_VALUE' });
});

test('setLocalAddress says where queries come from', async () => {
  const server = await serve((name, type) => zone[type]);
  const resolver = new dns.promises.Resolver();
  resolver.setServers([server.address]);
  resolver.setLocalAddress('127.0.0.2');
  const from = deferred();
  server.socket.once('message', (message, { address }) => from.resolve(address));
  await resolver.resolve4('x.example');
  assert.strictEqual(await from.promise, '127.0.0.2');
  server.close();
});

test('AsyncLocalStorage and async_hooks follow a query', async () => {
  const server = await serve((name, type) => zone[type]);
  const resolver = new dns.Resolver();
  resolver.setServers([server.address]);
  const storage = new AsyncLocalStorage();
  const seen = deferred();
  const types = [];
  const hook = createHook({ init(id, type) { types.push(type); } }).enable();
  storage.run('asked', () => resolver.resolve4('x.example', () => seen.resolve(storage.getStore())));
  hook.disable();
  assert.strictEqual(await seen.promise, 'asked');
  assert.ok(types.includes('QUERYWRAP'), types.join());
  server.close();
});

test('--dns-result-order counts', () => {
  const out = execFileSync(process.execPath, ['--dns-result-order=ipv6first', '-p', 'require("dns").getDefaultResultOrder()']);
  assert.strictEqual(String(out), 'ipv6first\n');
});

test('a pending query does not outlive process.exit, and an idle resolver holds no process', () => {
  const code = `const dns = require('dns'); const r = new dns.Resolver(); r.setServers(['127.0.0.1:9']);
    r.resolve4('x.example', () => {}); new dns.Resolver(); setImmediate(() => process.exit(7));`;
  try {
    execFileSync(process.execPath, ['-e', code], { stdio: 'pipe' });
    assert.fail('exited with 0');
  } catch (error) {
    assert.strictEqual(error.status, 7, error.stack);
  }
  execFileSync(process.execPath, ['-e', "const dns = require('dns'); new dns.Resolver(); dns.getServers();"]);
});
