import protobuf from 'protobufjs';
const T = protobuf.parse('syntax="proto3"; message T { string s = 1; repeated int64 n = 2; map<string, double> m = 3; }').root.lookupType('T');
const bytes = T.encode(T.create({ s: 'ä', n: [1, 2], m: { a: 1.5 } })).finish(); console.log(Buffer.from(bytes).toString('hex'), T.toObject(T.decode(bytes), { longs: String }));
try { T.decode(Buffer.from([0x0a, 0x50])); } catch (e) { console.log(e.name, e.message); }
