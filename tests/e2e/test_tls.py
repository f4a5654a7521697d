"""TLS listeners of the config: certificates by name and kind of key, versions, sessions, OCSP, client certificates."""
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import JSD, Folder, Program, check, finish, free_port, test

RELOADS = int(os.environ.get('RELOADS', '4'))
PKI = tempfile.mkdtemp(prefix='jsd-e2e-tls-')
NODE_APP = '''
const http = require('http');
http.createServer((req, res) => {
  const { socket } = req;
  res.end(JSON.stringify({ pid: process.pid, encrypted: socket.encrypted === true, name: socket.servername,
    authorized: socket.authorized, subject: socket.encrypted ? socket.getPeerCertificate().subject : undefined,
    reused: socket.encrypted ? socket.isSessionReused() : undefined }));
}).listen(process.env.PORT);
'''
FETCH_APP = '''
export default { fetch(request, env, ctx) {
  return Response.json({ url: request.url, pid: process.pid, subject: ctx.clientCertificate?.subject ?? null });
} };
'''


def sh(*args, **more):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, cwd=PKI, timeout=20, **more)


def make(name, names, kind='ec', days=365, ca='ca', usage='serverAuth'):
    """A certificate NAME.pem and NAME.key, signed by the test's authority."""
    how = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] if kind == 'ec' else ['-newkey', 'rsa:2048']
    with open(f'{PKI}/{name}.ext', 'w') as file:
        file.write(f'extendedKeyUsage={usage}\n' + (f'subjectAltName={names}\n' if names else ''))
    sh('openssl', 'req', '-new', *how, '-nodes', '-keyout', f'{name}.key', '-subj', f'/CN={name}', '-out',
       f'{name}.csr')
    result = sh('openssl', 'x509', '-req', '-in', f'{name}.csr', '-CA', f'{ca}.pem', '-CAkey', f'{ca}.key',
                '-CAcreateserial',
                '-days', days, '-extfile', f'{name}.ext', '-out', f'{name}.pem')
    assert result.returncode == 0, result.stderr


def make_all():
    for ca in ('ca', 'other'):
        sh('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
           f'{ca}.key',
           '-subj', f'/CN=jsd test {ca}', '-days', 365, '-out', f'{ca}.pem')
    make('local', 'DNS:localhost,IP:127.0.0.1')
    make('local2', 'DNS:localhost,IP:127.0.0.1')
    make('a-ec', 'DNS:a.example,DNS:www.a.example')
    make('a-rsa', 'DNS:a.example,DNS:*.a.example', kind='rsa')
    make('soon', 'DNS:localhost', days=10)
    make('nameless', '')
    make('client', '', usage='clientAuth')
    make('stranger', '', usage='clientAuth', ca='other')
    for name in os.listdir(PKI):
        os.chmod(f'{PKI}/{name}', 0o600)


def pair(name, more=''):
    return f'{{cert: {PKI}/{name}.pem, key: {PKI}/{name}.key{more}}}'


def config(tls, app='app.js', address='127.0.0.1:0', more=''):
    listen = f'listen:\n  - address: {address}\n    tls: true\n'
    return f'app: {app}\nworkers: 2\nprobation: 100ms\n{listen}tls:\n{tls}\n{more}'


class Server(Program):
    def __init__(self, tls, app=NODE_APP, name='app.js', **more):
        self.folder = Folder(app, name, config(tls, name, **more))
        super().__init__('serve', '-c', self.folder.config)
        self.wait_for('reload: kill')
        found = re.search(r'on https://[^ ]*:(\d+)\n', self.output)
        self.port = int(found.group(1)) if found else None

    def reload(self, number):
        before = len(self.output)
        self.signal(signal.SIGHUP)
        self.wait_for('reloaded in', since=before)


def context(client=None, versions=None, ca='ca'):
    c = ssl.create_default_context(cafile=f'{PKI}/{ca}.pem')
    c.check_hostname = False
    if client:
        c.load_cert_chain(f'{PKI}/{client}.pem', f'{PKI}/{client}.key')
    if versions:
        c.minimum_version, c.maximum_version = versions
    return c


def ask(port, c, name='localhost', session=None):
    """One request on its own connection: (answer, the connection's facts)."""
    with socket.create_connection(('127.0.0.1', port), 10) as raw, c.wrap_socket(raw, server_hostname=name,
                                                                                 session=session) as s:
        s.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
        data = b''
        while chunk := s.recv(65536):
            data += chunk
        head, _, body = data.partition(b'\r\n\r\n')
        assert b'200 OK' in head, data
        if b'chunked' in head:
            body = body.partition(b'\r\n')[2].rpartition(b'\r\n0\r\n')[0]
        facts = {'session': s.session, 'reused': s.session_reused, 'version': s.version(),
                 'alpn': s.selected_alpn_protocol(),
                 'subject': dict(x[0] for x in s.getpeercert()['subject'])['commonName']}
        return json.loads(body), facts


def fails(port, c, name='localhost'):
    """Why a client gets no answer; None when it gets one."""
    try:
        ask(port, c, name)
        return None
    except (OSError, AssertionError) as error:
        return str(error)


def alert(port, c):
    """What the server says to a client that only listens."""
    try:
        with socket.create_connection(('127.0.0.1', port), 10) as raw, c.wrap_socket(raw,
                                                                                     server_hostname='localhost') as s:
            return repr(s.recv(100))
    except OSError as error:
        return str(error).lower().replace('_', ' ')


def s_client(port, *args):
    return sh('openssl', 's_client', '-connect', f'127.0.0.1:{port}', '-CAfile', 'ca.pem', *args, input='').stdout


def local(more=''):
    return f'  certificates: [{pair("local")}]\n{more}'


make_all()


@test
def both_app_shapes():
    with Server(local()) as server:
        c = context()
        c.set_alpn_protocols(['http/1.1'])
        body, facts = ask(server.port, c)
        check('req.socket is a TLS socket for a plain http.Server', body['encrypted'] and body['name'] == 'localhost',
              body)
        check('TLS 1.3 and http/1.1 by ALPN', facts['version'] == 'TLSv1.3' and facts['alpn'] == 'http/1.1', facts)
        curl = sh('curl', '-sS', '--cacert', 'ca.pem', f'https://localhost:{server.port}/')
        check('curl verifies the certificate', curl.returncode == 0 and 'encrypted' in curl.stdout, curl.stderr)
        check('the ready line says https', f'on https://127.0.0.1:{server.port}' in server.output)
        with socket.create_connection(('127.0.0.1', server.port), 5) as clear:
            clear.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            try:
                answer = clear.recv(4096)
            except OSError:
                answer = b''
            check('a clear request on a TLS address gets no answer of the app', b'encrypted' not in answer, answer)
    with Server(local(), FETCH_APP, 'app.mjs') as server:
        body, _ = ask(server.port, context())
        check('a fetch handler sees https:// in request.url', body['url'] == 'https://localhost/', body)
        check('... and no client certificate', body['subject'] is None, body)


@test
def upgrades():
    app = """
const server = require('http').createServer((req, res) => res.end());
server.on('upgrade', (req, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n');
  socket.write(`${socket.encrypted} ${socket.getProtocol()} `);
  socket.pipe(socket);
});
server.listen(process.env.PORT);
"""
    with Server(local(), app) as server:
        with context().wrap_socket(socket.create_connection(('127.0.0.1', server.port), 10),
                                   server_hostname='localhost') as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
            data = b''
            while b'\r\n\r\n' not in data or not data.endswith(b' '):
                data += s.recv(4096)
            s.sendall(b'there and back')
            while not data.endswith(b'back'):
                data += s.recv(4096)
            check('an upgraded connection of an http.Server on a TLS address',
                  data.endswith(b'true TLSv1.3 there and back'), data)


@test
def failed_handshakes():
    """One line in ten seconds, however many fail; a port that is only looked at is nothing to say."""
    with Server(local()) as server:
        socket.create_connection(('127.0.0.1', server.port), 5).close()
        for _ in range(5):
            with socket.create_connection(('127.0.0.1', server.port), 5) as clear:
                clear.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                try:
                    clear.recv(100)
                except OSError:
                    pass
        server.wait_for('a TLS handshake of 127.0.0.1 has failed: ')
        ask(server.port, context())
        lines = re.findall('info jsd: a TLS handshake of .*', server.output)
        check('failed handshakes are logged, with why, once for each worker', 1 <= len(lines) <= 2 and all('http request' in line for line in lines), lines)


@test
def websocket_of_a_fetch_handler():
    app = """
export default { fetch(request, env, ctx) {
  const { socket, response } = ctx.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(`${new URL(request.url).protocol} ${data}`);
  return response;
} };
"""
    with Server(local(), app, 'app.mjs') as server:
        c = context()
        c.set_alpn_protocols(['http/1.1'])
        with c.wrap_socket(socket.create_connection(('127.0.0.1', server.port), 10), server_hostname='localhost') as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
                      b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
            data = b''
            while b'\r\n\r\n' not in data:
                data += s.recv(4096)
            check('wss: a fetch handler upgrades over TLS', data.startswith(b'HTTP/1.1 101'), data)
            data = data.partition(b'\r\n\r\n')[2]
            s.sendall(b'\x81\x85\0\0\0\0hello')
            while len(data) < 2 or len(data) < 2 + data[1]:
                data += s.recv(4096)
            check('... and echoes', data == b'\x81\x0chttps: hello', data)


@test
def without_http2():
    """Where HTTP/2 is off, nobody is promised it."""
    with Server(local(), more='http:\n  http2: off\n') as server:
        c = context()
        c.set_alpn_protocols(['h2', 'http/1.1'])
        body, facts = ask(server.port, c)
        check('http2: off: ALPN chooses http/1.1', facts['alpn'] == 'http/1.1' and body['encrypted'], facts)


@test
def clear_and_tls_side_by_side():
    port = free_port()
    text = f'''app: app.mjs
workers: 1
listen:
  - 127.0.0.1:0
  - {{address: "127.0.0.1:{port}", tls: {{certificates: [{pair("local")}]}}}}
'''
    with Folder(FETCH_APP, 'app.mjs', text) as folder, Program('serve', '-c', folder.config) as program:
        program.wait_for('reload: kill')
        clear = int(re.search(r'on http://127.0.0.1:(\d+)\n', program.output).group(1))
        one = sh('curl', '-sS', f'http://localhost:{clear}/').stdout
        two = sh('curl', '-sS', '--cacert', 'ca.pem', f'https://localhost:{port}/').stdout
        check('an entry with TLS beside a plain one: http', f'http://localhost:{clear}/' in one, one)
        check('... and https, with certificates of its own', f'https://localhost:{port}/' in two, two)


@test
def names_and_kinds():
    tls = f'  certificates:\n    - {pair("local")}\n    - {pair("a-ec")}\n    - {pair("a-rsa")}\n'
    with Server(tls) as server:
        def served(name):
            return ask(server.port, context(), name)[1]['subject']
        check('the certificate that has the name', served('a.example') == 'a-ec', served('a.example'))
        check('names in capital letters', served('A.Example') == 'a-ec')
        check('a wildcard', served('x.a.example') == 'a-rsa')
        check('a wildcard stands for one part only', served('x.y.a.example') == 'local')
        check('an unknown name gets the first one', served('unknown.example') == 'local')
        for what, algorithms, wanted in (('RSA', 'rsa_pss_rsae_sha256', 'a-rsa'),
                                         ('ECDSA', 'ecdsa_secp256r1_sha256', 'a-ec')):
            for name in ('a.example', 'www.a.example'):
                out = s_client(server.port, '-servername', name, '-sigalgs', algorithms)
                check(f'a client that verifies {what} only, {name}', f'subject=CN = {wanted}' in out, out[-600:])
        out = s_client(server.port, '-servername', 'a.example', '-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256')
        check('TLS 1.2 with an RSA cipher gets the RSA certificate', 'subject=CN = a-rsa' in out, out[-600:])
        out = s_client(server.port, '-noservername')
        check('no name at all gets the first one', 'subject=CN = local' in out, out[-600:])
    with Server(tls + '  unknown_name: refuse\n') as server:
        check('unknown_name: refuse lets known names in', fails(server.port, context(), 'a.example') is None)
        why = fails(server.port, context(), 'unknown.example')
        check('... and answers others with unrecognized_name',
              why is not None and 'unrecognized name' in why.lower().replace('_', ' '), why)


@test
def versions_and_ciphers():
    V = ssl.TLSVersion
    with Server(local()) as server:
        check('TLS 1.2 by default', ask(server.port,
                                        context(versions=(V.TLSv1_2, V.TLSv1_2)))[1]['version'] == 'TLSv1.2')
        old = s_client(server.port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')
        check('TLS 1.1 is refused', 'Cipher is (NONE)' in old or '0000' in old and 'Protocol  : TLSv1.1' not in old,
              old[-300:])
        weak = s_client(server.port, '-tls1_2', '-cipher', 'AES128-SHA')
        check('ciphers without forward secrecy are refused', 'Cipher is (NONE)' in weak, weak[-300:])
    with Server(local('  min_version: 1.3\n')) as server:
        check('min_version: 1.3 refuses TLS 1.2',
              fails(server.port, context(versions=(V.TLSv1_2, V.TLSv1_2))) is not None)
        check('... and serves TLS 1.3', ask(server.port, context())[1]['version'] == 'TLSv1.3')
    with Server(local('  max_version: 1.2\n  ciphers: ECDHE-ECDSA-AES256-GCM-SHA384\n')) as server:
        check('max_version and ciphers', 'ECDHE-ECDSA-AES256-GCM-SHA384' in s_client(server.port, '-tls1_2'))
    with Server(local('  groups: P-384\n  ciphersuites: TLS_CHACHA20_POLY1305_SHA256\n')) as server:
        out = s_client(server.port)
        check('groups and ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256' in out and 'secp384r1' in out, out[-800:])


@test
def sessions():
    with Server(local()) as server:
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            c = context(versions=(version, version))
            first, facts = ask(server.port, c)
            pids, reused, held = {first['pid']}, [], []
            while len(pids) < 2 and len(held) < 40:  # connections that stay make the other worker take one
                s = c.wrap_socket(socket.create_connection(('127.0.0.1', server.port), 10),
                                  server_hostname='localhost', session=facts['session'])
                held.append(s)
                s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                pids.add(int(re.search(rb'"pid":(\d+)', s.recv(65536)).group(1)))
                reused.append(s.session_reused)
            for s in held:
                s.close()
            check(f'sessions resume on every worker ({version.name})', all(reused) and len(pids) == 2, (pids, reused))
        server.reload(2)
        body, later = ask(server.port, c, session=facts['session'])
        check('sessions resume across a reload', later['reused'] and body['pid'] not in pids, (body, later))
    with Server(local('  ticket_rotation: 0\n')) as server:
        c = context(versions=(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2))
        _, facts = ask(server.port, c)
        check('ticket_rotation: 0: no session resumes', not ask(server.port, c, session=facts['session'])[1]['reused'])


def ticket_key(port):
    """The name of the key that sealed a ticket: what the ticket begins with."""
    found = re.search(r'0000 - ((?:[0-9a-f]{2}[ -]){16})', s_client(port, '-tls1_2'))
    return found and found.group(1)


@test
def tickets_keys_change():
    with Server(local()) as server:
        names = {ticket_key(server.port) for _ in range(5)}
        server.reload(2)
        names.add(ticket_key(server.port))
        check('one key seals the tickets of all workers and generations', len(names) == 1 and None not in names, names)
        text = open(server.folder.config).read()
        server.folder.write('jsd.yaml', text.replace('tls:\n  cert', 'tls:\n  ticket_rotation: 1s\n  cert'))
        server.reload(3)
        end = time.time() + 10
        while (name := ticket_key(server.port)) in names and time.time() < end:
            pass
        check('the master changes it after ticket_rotation, as a reload has it',
              name is not None and name not in names, name)


@test
def ocsp():
    open(f'{PKI}/index.txt', 'w').close()
    serial = sh('openssl', 'x509', '-in', 'local.pem', '-noout', '-serial').stdout.strip().split('=')[1]
    with open(f'{PKI}/index.txt', 'w') as file:
        file.write(f'V\t361231235959Z\t\t{serial}\tunknown\t/CN=local\n')
    sh('openssl', 'ocsp', '-issuer', 'ca.pem', '-cert', 'local.pem', '-reqout', 'ocsp.req', '-no_nonce')
    made = sh('openssl', 'ocsp', '-index', 'index.txt', '-rsigner', 'ca.pem', '-rkey', 'ca.key', '-CA', 'ca.pem',
              '-reqin',
              'ocsp.req', '-respout', 'local.ocsp', '-ndays', '5')
    assert os.path.exists(f'{PKI}/local.ocsp'), made.stderr
    tls = f'  certificates: [{pair("local", f", ocsp: {PKI}/local.ocsp")}, {pair("a-ec")}]\n'
    with Server(tls) as server:
        out = s_client(server.port, '-status', '-servername', 'localhost')
        check('an OCSP response is stapled', 'OCSP Response Status: successful' in out and 'Cert Status: good' in out,
              out[:600])
        out = s_client(server.port, '-status', '-servername', 'localhost', '-tls1_2')
        check('... with TLS 1.2 too', 'Cert Status: good' in out, out[:600])
        out = s_client(server.port, '-status', '-servername', 'a.example')
        check('... and not for another certificate', 'OCSP response: no response sent' in out, out[:600])


@test
def client_certificates():
    wanted = f'  client_ca: {PKI}/ca.pem\n  client_certificates: '
    with Server(local(wanted + 'required\n')) as server:
        body, _ = ask(server.port, context('client'))
        check('required: the subject reaches a node:http app',
              body['authorized'] is True and body['subject'] == {'CN': 'client'}, body)
        why = alert(server.port, context())
        check('required: without one an alert says so', 'certificate required' in why, why)
        why = alert(server.port, context('stranger'))
        check('required: one of another authority is refused by an alert', 'unknown ca' in why, why)
    with Server(local(wanted + 'optional\n')) as server:
        c = context()
        body, facts = ask(server.port, c)
        check('optional: none is fine, and not authorized', body['authorized'] is False, body)
        body, later = ask(server.port, c, session=facts['session'])
        check('... nor when its session resumes', later['reused'] and body['authorized'] is False, (body, later))
        c = context('client')
        body, facts = ask(server.port, c)
        again, later = ask(server.port, c, session=facts['session'])
        check('optional: a good one is authorized', body['authorized'] is True, body)
        check('... also when its session resumes',
              later['reused'] and again['authorized'] and again['subject'] == {'CN': 'client'}, again)
        check('optional: a bad one is refused', fails(server.port, context('stranger')) is not None)
    with Server(local(wanted + 'optional\n'), FETCH_APP, 'app.mjs') as server:
        body, _ = ask(server.port, context('client'))
        check('ctx.clientCertificate of a fetch handler', body['subject'] == {'CN': 'client'}, body)
        body, _ = ask(server.port, context())
        check('... null without one', body['subject'] is None, body)


@test
def reload_under_load():
    live = f'{PKI}/live'
    for end in ('pem', 'key'):
        shutil.copy(f'{PKI}/local.{end}', f'{live}.{end}')
    with Server(f'  certificates: [{pair("live")}]\n') as server:
        stop, seen, errors = threading.Event(), [], []

        def client():
            c = context()
            while not stop.is_set():
                try:
                    seen.append(ask(server.port, c)[1]['subject'])
                except Exception as error:  # noqa: BLE001
                    errors.append(repr(error))

        kept = context().wrap_socket(socket.create_connection(('127.0.0.1', server.port), 10),
                                     server_hostname='localhost')
        kept.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        kept.recv(65536)
        threads = [threading.Thread(target=client) for _ in range(4)]
        for t in threads:
            t.start()
        for i in range(RELOADS):
            for end in ('pem', 'key'):
                shutil.copy(f'{PKI}/{("local2", "local")[i % 2]}.{end}', f'{live}.{end}')
            server.reload(i + 2)
            if i == 0:
                kept.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                check('a connection from before the reload is served once more', b'200 OK' in kept.recv(65536))
        stop.set()
        for t in threads:
            t.join()
        check('certificates are exchanged by reloads', {'local', 'local2'} <= set(seen), set(seen))
        check(f'... without a lost request ({len(seen)} served)', not errors and len(seen) > 20, errors[:3])
        with open(f'{live}.key', 'w') as file:
            file.write('not a key')
        before = len(server.output)
        server.signal(signal.SIGHUP)
        server.wait_for('reload failed', since=before)
        check('a reload with a broken key changes nothing', ask(server.port, context())[1]['subject'] == 'local',
              server.output[before:])
        check('... and says why', 'no private key in it' in server.output[before:], server.output[before:])


@test
def files_are_the_masters():
    for end in ('pem', 'key'):
        shutil.copy(f'{PKI}/local.{end}', f'{PKI}/gone.{end}')
    with Server(f'  certificates: [{pair("gone")}]\n') as server:
        os.unlink(f'{PKI}/gone.pem')
        os.unlink(f'{PKI}/gone.key')
        before = len(server.output)
        os.kill(ask(server.port, context())[0]['pid'], signal.SIGKILL)
        server.wait_for('serves again', since=before)
        check('a worker that is replaced needs no file',
              all(ask(server.port, context())[1]['subject'] == 'local' for _ in range(10)))


@test
def findings_of_check():
    with Folder(NODE_APP, 'app.js', '') as folder:
        def said(tls, more=''):
            folder.write('jsd.yaml', config(tls, more=more))
            result = subprocess.run([JSD, 'check', '-c', folder.config], capture_output=True, text=True, timeout=20)
            return result.returncode, result.stderr

        def finds(name, tls, text, code):
            got = said(tls)
            check(f'check finds: {name}', got[0] == code and text in got[1] and got[1].count('\n') == 1, got)

        check('check finds nothing wrong with a good pair', said(local()) == (0, ''), said(local()))
        finds('a pair that does not match', f'  certificates: [{{cert: {PKI}/local.pem, key: {PKI}/soon.key}}]',
              'is not the key of', 1)
        finds('a missing file', f'  certificates: [{{cert: {PKI}/none.pem, key: {PKI}/local.key}}]',
              'none.pem: No such file', 1)
        finds('a certificate that expires soon', f'  certificates: [{pair("soon")}]', 'expires in 9 days', 0)
        finds('a certificate without names', f'  certificates: [{pair("nameless")}]', 'has no names', 0)
        shutil.copy(f'{PKI}/local.key', f'{PKI}/open.key')
        os.chmod(f'{PKI}/open.key', 0o644)
        finds('a key that everybody can read', f'  certificates: [{{cert: {PKI}/local.pem, key: {PKI}/open.key}}]',
              'can be read by everybody', 0)
        sh('openssl', 'pkey', '-in', 'local.key', '-aes256', '-passout', 'pass:x', '-out', 'secret.key')
        os.chmod(f'{PKI}/secret.key', 0o600)
        finds('a key with a passphrase', f'  certificates: [{{cert: {PKI}/local.pem, key: {PKI}/secret.key}}]',
              'encrypted with a passphrase', 1)
        finds('an unknown group', local('  groups: P-1'), 'tls.groups', 1)
        finds('an unknown version', local('  min_version: 1.1'), '"tls.min_version" must be one of 1.2|1.3', 1)
        finds('client_certificates without client_ca', local('  client_certificates: required'),
              'needs "tls.client_ca"', 1)
        past = sh('openssl', 'x509', '-req', '-in', 'local.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
                  '-CAcreateserial', '-days', '-1',
                  '-extfile', 'local.ext', '-out', 'past.pem')
        if past.returncode == 0:
            finds('a certificate that has expired',
                  f'  certificates: [{{cert: {PKI}/past.pem, key: {PKI}/local.key}}]', 'has expired on', 1)
        folder.write('jsd.yaml', f'app: app.js\nlisten: 127.0.0.1:0\ntls:\n{local()}')
        result = subprocess.run([JSD, 'check', '-c', folder.config], capture_output=True, text=True, timeout=20)
        check('check finds certificates that no address uses',
              result.returncode == 1 and 'no address of "listen" has TLS' in result.stderr, result.stderr)


@test
def unix_socket():
    path = f'{PKI}/app.sock'
    with Server(local(), address=f'unix:{path}'):
        raw = socket.socket(socket.AF_UNIX)
        raw.connect(path)
        with context().wrap_socket(raw, server_hostname='localhost') as s:
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            check('TLS over a Unix socket', b'"encrypted":true' in s.recv(65536))


@test
def other_servers_on_a_tls_address():
    net = '''
const refused = (error) => { console.log('refused', error.code); process.exit(3); };
require('net').createServer().on('error', refused).listen(process.env.PORT);
'''
    text = config(local(), more='start_timeout: 5s\n')
    with Folder(net, 'app.js', text) as folder, Program('serve', '-c', folder.config) as program:
        program.wait_for('refused EACCES')
        check('a net server is refused on a TLS address', 'no net or tls server there' in program.output,
              program.output)
    own = f'''
const {{ readFileSync }} = require('fs');
const options = {{ key: readFileSync('{PKI}/local2.key'), cert: readFileSync('{PKI}/local2.pem') }};
require('https').createServer(options, (req, res) => res.end('{{}}')).listen(process.env.PORT);
'''
    with Server(local(), own) as server:
        subject = ask(server.port, context())[1]['subject']
        check("an https.Server of the app's keeps its certificate", subject == 'local2', subject)


@test
def development_certificate():
    with tempfile.TemporaryDirectory() as data, Folder(FETCH_APP) as folder:
        port = free_port()

        def start():
            return Program('serve', folder.app, '--tls', '-w', 1, '-l', f'127.0.0.1:{port}',
                           env={'XDG_DATA_HOME': data})
        cert = f'{data}/jsd/development-cert.pem'
        with start() as program:
            program.wait_for('--tls: a certificate for localhost')
            for host in ('localhost', '127.0.0.1'):
                got = sh('curl', '-sS', '--cacert', cert, f'https://{host}:{port}/')
                check(f'--tls: curl trusts it for {host}', f'https://{host}:{port}/' in got.stdout, got.stderr)
            check('--tls: the key is the user\'s alone',
                  os.stat(f'{data}/jsd/development-key.pem').st_mode & 0o777 == 0o600)
            with open(cert) as file:
                first = file.read()
        with start() as program:
            program.wait_for('reload: kill')
            with open(cert) as file:
                check('--tls: the certificate is kept', file.read() == first)
    app = "require('http').createServer((q, s) => s.end('hello')).listen(0, '127.0.0.1')"
    with tempfile.TemporaryDirectory() as data, Folder(app, 'app.js') as folder:
        with Program('serve', folder.app, '--tls', '-w', 1, env={'XDG_DATA_HOME': data}) as program:
            program.wait_for('--tls: a certificate for localhost')
            port = int(re.search(r'on https://127.0.0.1:(\d+)\n', program.output).group(1))
            got = sh('curl', '-sS', '--cacert', f'{data}/jsd/development-cert.pem', f'https://localhost:{port}/')
            check('--tls: also where the app alone says where it listens', got.stdout == 'hello', got.stderr)


shutil.rmtree(PKI)
finish()
