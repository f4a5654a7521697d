import jwt from 'jsonwebtoken';
import { generateKeyPairSync } from 'node:crypto';
console.log(jwt.verify(jwt.sign({ a: 1, iat: 5 }, 'key'), 'key'), jwt.sign({ a: 1, iat: 5 }, 'key', { algorithm: 'HS512' }));
for (const [alg, kind, o] of [['RS256', 'rsa', { modulusLength: 2048 }], ['PS384', 'rsa', { modulusLength: 2048 }], ['ES256', 'ec', { namedCurve: 'P-256' }]]) {
  const { privateKey, publicKey } = generateKeyPairSync(kind, o);
  console.log(alg, jwt.verify(jwt.sign({ s: alg, iat: 1 }, privateKey, { algorithm: alg }), publicKey));
}
try { jwt.verify(jwt.sign({ exp: 1 }, 'key'), 'key'); } catch (e) { console.log(e.name, e.message, e.expiredAt); }
