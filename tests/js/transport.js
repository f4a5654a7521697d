'use strict';
// How the tests of HTTP servers reach their server: in clear, or over TLS once `secure()` was called, so that one table
// of tests holds for both (http_server.test.js, http_server_tls.test.js). With certificates made for the test.
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { execFileSync } = require('child_process');

/** @returns {{key: string, cert: string}} a key and a certificate that vouches for itself, for `name` and 127.0.0.1 */
function certificate(name = 'localhost') {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'jsd-tls-'));
  const at = (file) => path.join(directory, file);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`, '-keyout', at('key.pem'), '-out', at('cert.pem')],
  { stdio: 'ignore' });
  const pair = { key: fs.readFileSync(at('key.pem'), 'latin1'), cert: fs.readFileSync(at('cert.pem'), 'latin1') };
  fs.rmSync(directory, { recursive: true });
  return pair;
}

let pair = null;
module.exports = {
  certificate,
  secure() { pair = certificate(); },
  isSecure: () => pair !== null,
  createServer(options, listener) {
    if (pair === null) return http.createServer(options, listener);
    if (typeof options === 'function') [options, listener] = [{}, options];
    return https.createServer({ ...pair, ...options }, listener);
  },
  /** A client's socket on which `ready` is called when it can be written. */
  connect(port, host, ready) {
    if (pair === null) return net.connect(port, host, ready);
    return tls.connect({ port, host, rejectUnauthorized: false }, ready);
  },
  get: (options, use) => (pair === null ? http.get(options, use) : https.get({ ...options, rejectUnauthorized: false }, use)),
};
