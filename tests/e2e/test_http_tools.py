"""What the field's own tools say of a TLS listener: curl, nghttp, h2load, openssl s_client and s_time; with PROTOCOLS=1
(`make protocols`) also testssl.sh and Chromium, which take minutes. Chromium opens the welcome page with a chain of a test
authority in its own store; the picture is left in build/protocols/welcome.png, for people to look at."""
import json
import os
import re
import shutil
import subprocess
import tempfile

from harness import TOP, Program, check, finish, free_port, test

ALL = os.environ.get('PROTOCOLS')
PKI = tempfile.mkdtemp(prefix='jsd-e2e-tools-')


def sh(*args, seconds=60, **more):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, errors='replace', cwd=PKI, timeout=seconds, **more)


def certificates():
    """A root, an authority between, and pairs of both kinds of key with their chain."""
    for name, parent in (('root', None), ('middle', 'root'), ('ec', 'middle'), ('rsa', 'middle')):
        key = ['rsa:2048'] if name == 'rsa' else ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
        sh('openssl', 'req', '-new', '-newkey', *key, '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.csr', '-subj', f'/CN=jsd test {name}')
        with open(f'{PKI}/{name}.ext', 'w') as file:
            file.write('basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n' if name in ('root', 'middle') else
                       'basicConstraints=CA:false\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n')
        by = ['-CA', f'{parent}.pem', '-CAkey', f'{parent}.key', '-CAcreateserial'] if parent else ['-signkey', f'{name}.key']
        run = sh('openssl', 'x509', '-req', '-in', f'{name}.csr', *by, '-days', '90', '-sha256', '-extfile', f'{name}.ext', '-out', f'{name}.pem')
        assert run.returncode == 0, run.stderr
        if name in ('ec', 'rsa'):
            with open(f'{PKI}/{name}.chain', 'w') as file:
                file.write(open(f'{PKI}/{name}.pem').read() + open(f'{PKI}/middle.pem').read())


class Server(Program):
    """The welcome app, in clear and over TLS."""

    def __init__(self):
        self.clear, self.https = free_port(), free_port()
        self.url, self.secure = f'http://localhost:{self.clear}', f'https://localhost:{self.https}'
        with open(f'{PKI}/jsd.yaml', 'w') as file:
            file.write(f'app: {TOP}/conf/welcome/app.mjs\nworkers: 2\nlisten:\n  - 127.0.0.1:{self.clear}\n'
                       f'  - {{address: 127.0.0.1:{self.https}, tls: true}}\ntls:\n  certificates:\n'
                       + ''.join(f'    - {{cert: {PKI}/{kind}.chain, key: {PKI}/{kind}.key}}\n' for kind in ('ec', 'rsa')))
        super().__init__('serve', '-c', f'{PKI}/jsd.yaml')
        self.wait_for('reload: kill')


certificates()


@test
def curl():
    with Server() as server:
        for url, args, version in ((server.secure, ['--http2'], '2'), (server.secure, ['--http1.1'], '1.1'), (server.secure, [], '2'),
                                   (server.url, ['--http2-prior-knowledge'], '2'), (server.url, ['--http2'], '1.1'), (server.url, [], '1.1')):
            run = sh('curl', '-sS', '--cacert', 'root.pem', *args, '-w', '%{http_version} %{http_code} %{ssl_verify_result}', '-o', '/dev/null', url + '/')
            check(f'curl {" ".join(args)} {url.split(":")[0]}: HTTP/{version}', run.stdout == f'{version} 200 0', run.stdout + run.stderr)


@test
def nghttp():
    with Server() as server:
        run = sh('nghttp', '-v', '-m', '5', server.secure + '/', server.secure + '/json')
        check('nghttp: h2 by ALPN, both pages', run.stdout.count(':status: 200') == 10 and 'negotiated protocol: h2' in run.stdout and '"hello":"world"' in run.stdout, run.stdout[-2000:])
        run = sh('nghttp', '-v', '-w', '10', '-W', '20', server.url + '/json')
        check('nghttp: prior knowledge', ':status: 200' in run.stdout and '"hello":"world"' in run.stdout, run.stdout[-2000:])
        check('nghttp: no error of the connection', 'error_code=NO_ERROR' in run.stdout, run.stdout[-2000:])


@test
def h2load():
    with Server() as server:
        for args, what in ((['-m', '32', server.secure], 'TLS'), (['-m', '32', server.url], 'clear'), (['--h1', server.secure], 'HTTP/1.1 over TLS')):
            run = sh('h2load', '-n', '4000', '-c', '8', *args[:-1], args[-1] + '/json')
            check(f'h2load, {what}', '4000 succeeded, 0 failed, 0 errored, 0 timeout' in run.stdout, run.stdout)


@test
def s_client():
    with Server() as server:
        where = ['-connect', f'127.0.0.1:{server.https}', '-servername', 'localhost', '-CAfile', 'root.pem', '-verify_return_error']

        def client(*args, stdin=''):
            return sh('openssl', 's_client', *where, *args, input=stdin)
        out = client('-tls1_3', '-alpn', 'h2,http/1.1').stdout
        check('s_client: TLS 1.3, h2, the chain verifies', all(part in out for part in ('TLSv1.3', 'ALPN protocol: h2', 'Verify return code: 0', 'jsd test middle')), out)
        out = client('-tls1_2', '-alpn', 'http/1.1').stdout
        check('s_client: TLS 1.2, http/1.1', 'TLSv1.2' in out and 'ALPN protocol: http/1.1' in out and 'Secure Renegotiation IS supported' in out, out)
        run = client('-alpn', 'h3')
        check('s_client: no protocol in common is an alert', 'no application protocol' in run.stderr, run.stdout + run.stderr)
        out = client('-tls1_2', '-sigalgs', 'RSA-PSS+SHA256', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256').stdout
        check('s_client: the RSA certificate for who can read no other', 'CN = jsd test rsa' in out and 'Verify return code: 0' in out, out)
        for version in ('-tls1', '-tls1_1'):
            run = client(version, '-cipher', 'ALL:@SECLEVEL=0')
            check(f's_client: {version} is refused', run.returncode != 0 and 'alert protocol version' in run.stderr, run.stdout + run.stderr)
        for version in ('-tls1_2', '-tls1_3'):
            # The ticket of TLS 1.3 comes after the handshake: read an answer first.
            client(version, '-sess_out', 'session', '-ign_eof', stdin='GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            out = client(version, '-sess_in', 'session').stdout
            check(f's_client: {version} resumes', 'Reused, ' in out, out)
        run = client('-tls1_2', stdin='R\n')
        check('s_client: no renegotiation', 'RENEGOTIATING' in run.stdout + run.stderr and 'no renegotiation' in run.stderr, run.stdout[-300:] + run.stderr)


@test
def s_time():
    with Server() as server:
        where = ['-connect', f'127.0.0.1:{server.https}', '-CAfile', 'root.pem', '-time', '1']
        for version in ('-tls1_2', '-tls1_3'):
            for kind in ('-new', '-reuse'):
                run = sh('openssl', 's_time', *where, version, kind)
                found = re.search(r'(\d+) connections in [\d.]+ real seconds', run.stdout)
                check(f's_time {version} {kind}', run.returncode == 0 and found and int(found.group(1)) > 10, run.stdout + run.stderr)
                print(f'# s_time {version} {kind}: {found and found.group(0)}')


def testssl():
    """Its verdicts, but for those about a test authority and about what this server leaves to its app (HSTS)."""
    with Server() as server:
        run = sh('testssl', '--quiet', '--color', '0', '--warnings', 'batch', '--nodns', 'none', '--add-ca', 'root.pem', '--jsonfile', 'testssl.json',
                 '--severity', 'LOW', f'localhost:{server.https}', seconds=580)
        found = json.load(open(f'{PKI}/testssl.json'))
        # OCSP and CRLs: the test authority has none. HSTS is the app's. A ticket for twelve hours is the default that the
        # configuration explains. The order of ciphers is the client's: all that are offered are AEAD with forward secrecy.
        own = re.compile(r'cert_(notAfter|expirationStatus|extlifeSpan|crlDistributionPoints|ocspURL|revocation|trust|chain_of_trust|caIssuers)|cert_.*revocation|'
                         r'.*DNS_CAArecord.*|cipher_order|HSTS|HTTP_clock_skew|OCSP_stapling|scanTime|engine_problem|security_headers|X-Frame.*|.*<cert#.*> cert_validityPeriod|overall_grade')
        bad = [f'{one["id"]}: {one["severity"]} {one["finding"]}' for one in found if one['severity'] in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'FATAL')
               and not own.match(one['id'].split(' ')[0])]
        check(f'testssl.sh has nothing to say', not bad and run.stdout, bad or run.stderr)
        for line in re.findall(r'.*(?:ALPN|TLS 1|Session|Rating|Overall).*', run.stdout)[:20]:
            print('#', line.strip())


def chromium():
    """Chromium, with the test's root in a store of its own, loads the welcome page by HTTP/2."""
    home, out = f'{PKI}/home', f'{TOP}/build/protocols'
    store = f'{home}/.pki/nssdb'
    os.makedirs(store)
    os.makedirs(out, exist_ok=True)
    sh('certutil', '-d', f'sql:{store}', '-N', '--empty-password')
    run = sh('certutil', '-d', f'sql:{store}', '-A', '-t', 'C,,', '-n', 'jsd test', '-i', 'root.pem')
    assert run.returncode == 0, run.stderr
    with Server() as server:
        sandbox = [] if os.getuid() else ['--no-sandbox']
        run = sh('chromium', '--headless=new', *sandbox, '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--window-size=900,700',
                 f'--user-data-dir={home}/profile', f'--log-net-log={PKI}/net.json', '--net-log-capture-mode=Everything', f'--screenshot={out}/welcome.png',
                 server.secure + '/', seconds=120, env={**os.environ, 'HOME': home})
        log = open(f'{PKI}/net.json').read()
        host = f'localhost:{server.https}'
        check('Chromium: a picture of the welcome page', os.path.exists(f'{out}/welcome.png') and os.path.getsize(f'{out}/welcome.png') > 5000, run.stderr[-2000:])
        session = re.search(r'"host":"' + re.escape(host) + r'"[^}]*|"host":"' + re.escape(host), log)
        check('Chromium: by HTTP/2', session and '":status: 200"' in log and '"next_proto":"h2"' in log or 'HTTP2_SESSION_RECV_HEADERS' in log and '":status: 200"' in log, len(log))
        check('Chromium: the chain is trusted', 'ERR_CERT' not in run.stderr and '"is_issued_by_known_root":false' in log and '"cert_status":0' in log.replace(' ', ''), run.stderr[-2000:])
        print(f'# {out}/welcome.png')


if ALL:
    test(testssl)
    test(chromium)
shutil.rmtree(PKI)
finish()
