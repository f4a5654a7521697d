const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
require('fs').writeFileSync('a.proto', 'syntax = "proto3"; service S { rpc Say (M) returns (M); rpc Many (stream M) returns (stream M); } message M { string t = 1; bytes b = 2; }');
const { S } = grpc.loadPackageDefinition(loader.loadSync('a.proto')), server = new grpc.Server();
server.addService(S.service, { Say: (c, cb) => c.request.t === 'bad' ? cb({ code: 3, details: 'no' }) : cb(null, { t: c.request.t + '!', b: Buffer.alloc(100000) }), Many: (c) => c.on('data', (m) => c.write({ t: 'r' + m.t })).on('end', () => c.end()) });
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (e, port) => { const client = new S(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  client.Say({ t: 'hi' }, (e1, m) => { console.log(e1, m.t, m.b.length); client.Say({ t: 'bad' }, (e2) => { console.log(e2.code, e2.details);
    const s = client.Many(); s.on('data', (d) => console.log(d.t)).on('status', (st) => { console.log(st.code); client.close(); server.tryShutdown(() => console.log('down')); }); s.write({ t: '1' }); s.write({ t: '2' }); s.end(); }); }); });
