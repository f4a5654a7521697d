'use strict';
// X509Certificate of node:crypto, with certificates made by the openssl program. Also passes on Node.
const { test, assert, temporaryDirectory } = require('./harness');
const { X509Certificate, createPrivateKey, createPublicKey } = require('crypto');
const fs = require('fs');
const path = require('path');
const util = require('util');
const { execFileSync } = require('child_process');

const directory = temporaryDirectory();
const at = (name) => path.join(directory, name);
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', at('ca.key'), '-out', at('ca.crt'), '-subj', '/C=DE/O=Jsd, Inc/CN=Test CA',
  '-set_serial', '0x0102');
fs.writeFileSync(at('extensions'), 'basicConstraints=CA:false\nextendedKeyUsage=serverAuth,clientAuth\n' +
  'authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/ca.crt\n' +
  'subjectAltName=DNS:localhost,DNS:*.w.example,IP:127.0.0.1,IP:::1,email:x@y.example,URI:http://u.example/a,RID:1.2.3.4,dirName:dn,' +
  'otherName:1.2.3.5;UTF8:hey,otherName:1.3.6.1.5.5.7.8.5;UTF8:xmpp,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:upn\n[dn]\nC=UK\nO=My Org\n');
openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('leaf.key'), '-out', at('leaf.csr'), '-subj',
  '/CN=localhost/emailAddress=a@b.example');
openssl('x509', '-req', '-in', at('leaf.csr'), '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-days', '2', '-out', at('leaf.crt'), '-extfile',
  at('extensions'));
const pem = (name) => fs.readFileSync(at(name), 'latin1');
const ca = new X509Certificate(pem('ca.crt'));
const leaf = new X509Certificate(fs.readFileSync(at('leaf.crt')));

test('what a certificate says', () => {
  assert.strictEqual(leaf.subject, 'CN=localhost\nemailAddress=a@b.example');
  assert.strictEqual(leaf.issuer, 'C=DE\nO=Jsd\\, Inc\nCN=Test CA');
  assert.strictEqual(leaf.subjectAltName, 'DNS:localhost, DNS:*.w.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, email:x@y.example, ' +
    'URI:http://u.example/a, Registered ID:1.2.3.4, DirName:"O=My Org\\u002cC=UK", othername:<unsupported>, othername:XmppAddr:xmpp, othername:UPN:upn');
  assert.strictEqual(leaf.infoAccess, 'OCSP - URI:http://ocsp.example/\nCA Issuers - URI:http://ca.example/ca.crt');
  assert.strictEqual(`notBefore=${leaf.validFrom}\nnotAfter=${leaf.validTo}\n`, openssl('x509', '-in', at('leaf.crt'), '-noout', '-dates'));
  assert.strictEqual(leaf.validFromDate.getTime(), Date.parse(leaf.validFrom));
  assert.strictEqual(leaf.validToDate - leaf.validFromDate, 2 * 86400000);
  for (const [name, digest] of [['fingerprint', 'sha1'], ['fingerprint256', 'sha256'], ['fingerprint512', 'sha512']]) {
    assert.ok(openssl('x509', '-in', at('leaf.crt'), '-noout', '-fingerprint', `-${digest}`).includes(leaf[name]));
  }
  assert.deepStrictEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  assert.strictEqual(ca.serialNumber, '0102');
  assert.strictEqual(leaf.signatureAlgorithm, 'sha256WithRSAEncryption');
  assert.strictEqual(leaf.signatureAlgorithmOid, '1.2.840.113549.1.1.11');
  assert.deepStrictEqual([leaf.ca, ca.ca, ca.keyUsage, ca.infoAccess, ca.subjectAltName, leaf.issuerCertificate],
    [false, true, undefined, undefined, undefined, undefined]);
});

test('its forms', () => {
  assert.strictEqual(leaf.toString(), pem('leaf.crt'));
  assert.strictEqual(leaf.toJSON(), leaf.toString());
  assert.strictEqual(new X509Certificate(leaf.raw).fingerprint512, leaf.fingerprint512);
  const legacy = leaf.toLegacyObject();
  assert.deepStrictEqual({ ...legacy.subject }, { CN: 'localhost', emailAddress: 'a@b.example' });
  assert.deepStrictEqual({ ...legacy.infoAccess }, { 'OCSP - URI': ['http://ocsp.example/'], 'CA Issuers - URI': ['http://ca.example/ca.crt'] });
  assert.strictEqual(legacy.asn1Curve, 'prime256v1');
  assert.strictEqual(legacy.pubkey[0], 4);
  assert.strictEqual(ca.toLegacyObject().exponent, '0x10001');
  assert.deepStrictEqual(Object.keys(legacy), Object.keys(ca.toLegacyObject()));
  assert.match(util.inspect(ca), /^X509Certificate \{\n {2}subject: 'C=DE/);
  assert.strictEqual(util.inspect(ca, { depth: -1 }), '[X509Certificate]');
});

test('names are checked', () => {
  assert.strictEqual(leaf.checkHost('LOCALHOST'), 'localhost');
  assert.strictEqual(leaf.checkHost('a.w.example'), '*.w.example');
  assert.strictEqual(leaf.checkHost('a.w.example', { wildcards: false }), undefined);
  assert.strictEqual(leaf.checkHost('no.example'), undefined);
  assert.strictEqual(ca.checkHost('Test CA', { subject: 'never' }), undefined);
  assert.strictEqual(leaf.checkEmail('x@y.example'), 'x@y.example');
  assert.strictEqual(leaf.checkEmail('a@b.example'), undefined);
  assert.strictEqual(leaf.checkEmail('a@b.example', { subject: 'always' }), 'a@b.example');
  assert.strictEqual(leaf.checkIP('::1'), '::1');
  assert.strictEqual(leaf.checkIP('1.1.1.1'), undefined);
});

test('keys and issuers are checked', () => {
  const key = createPrivateKey(pem('leaf.key'));
  assert.deepStrictEqual([leaf.checkIssued(ca), ca.checkIssued(ca), ca.checkIssued(leaf)], [true, true, false]);
  assert.deepStrictEqual([leaf.checkPrivateKey(key), ca.checkPrivateKey(key)], [true, false]);
  assert.deepStrictEqual([leaf.verify(ca.publicKey), leaf.verify(createPublicKey(key))], [true, false]);
  assert.strictEqual(leaf.publicKey.asymmetricKeyType, 'ec');
  assert.strictEqual(leaf.publicKey, leaf.publicKey);
});

test('what it refuses', () => {
  const code = (expected, fn) => assert.throws(fn, { code: expected });
  code('ERR_INVALID_ARG_TYPE', () => new X509Certificate());
  code('ERR_INVALID_ARG_TYPE', () => new X509Certificate(new ArrayBuffer(4)));
  code('ERR_OSSL_PEM_NO_START_LINE', () => new X509Certificate('hello'));
  code('ERR_INVALID_ARG_TYPE', () => leaf.checkHost(1));
  code('ERR_INVALID_ARG_VALUE', () => leaf.checkHost('a\0b'));
  code('ERR_INVALID_ARG_VALUE', () => leaf.checkHost('a', { subject: 'bad' }));
  code('ERR_INVALID_ARG_TYPE', () => leaf.checkHost('a', { wildcards: 1 }));
  code('ERR_INVALID_ARG_TYPE', () => leaf.checkHost('a', 1));
  code('ERR_INVALID_ARG_VALUE', () => leaf.checkIP('abc'));
  code('ERR_INVALID_ARG_TYPE', () => leaf.checkIssued({}));
  code('ERR_INVALID_ARG_TYPE', () => leaf.checkPrivateKey('x'));
  code('ERR_INVALID_ARG_VALUE', () => leaf.checkPrivateKey(leaf.publicKey));
  code('ERR_INVALID_ARG_VALUE', () => leaf.verify(createPrivateKey(pem('leaf.key'))));
});
