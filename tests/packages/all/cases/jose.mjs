import * as jose from 'jose';
const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
console.log(await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).sign(secret));
for (const alg of ['RS256', 'PS512', 'ES256', 'ES512', 'EdDSA']) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true }), jwt = await new jose.SignJWT({ alg }).setProtectedHeader({ alg }).sign(privateKey);
  console.log((await jose.jwtVerify(jwt, publicKey)).payload, Object.keys(await jose.exportJWK(publicKey)), (await jose.exportPKCS8(privateKey)).split('\n')[0]);
}
for (const alg of ['dir', 'A256KW', 'A256GCMKW', 'PBES2-HS256+A128KW']) console.log(alg, (await jose.jwtDecrypt(await new jose.EncryptJWT({ e: 1 }).setProtectedHeader({ alg, enc: 'A256GCM' }).encrypt(secret), secret, { keyManagementAlgorithms: [alg] })).payload);
const rsa = await jose.generateKeyPair('RSA-OAEP-256'), ec = await jose.generateKeyPair('ECDH-ES+A128KW');
for (const [alg, k] of [['RSA-OAEP-256', rsa], ['ECDH-ES+A128KW', ec]]) console.log((await jose.compactDecrypt(await new jose.CompactEncrypt(Buffer.from('x')).setProtectedHeader({ alg, enc: 'A128CBC-HS256' }).encrypt(k.publicKey), k.privateKey)).plaintext.toString());
