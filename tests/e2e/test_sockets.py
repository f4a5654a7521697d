"""Where `jsd serve` listens: what the config says and nothing else, and only as long as somebody serves."""
import json
import os
import signal
import socket
import time

from harness import Folder, Program, check, failing, finish, free_port, request, served, test

PORT_APP = '''
require('http').createServer((req, res) => res.end(JSON.stringify(process.env.PORT))).listen(process.env.PORT || 0);
'''
PAIRS_APP = '''
const http = require('http');
const ports = [];
const main = http.createServer((req, res) => res.end(JSON.stringify(ports)));
(function pair() {
  if (ports.length === 200) return main.listen(process.env.PORT);
  const other = http.createServer().listen(0, '127.0.0.1', () => {
    ports.push(other.address().port);
    other.close(pair);
  });
})();
setInterval(() => {}, 1e6);
process.on('SIGUSR2', () => main.close());
'''
FETCH = 'export default { fetch: () => Response.json(process.pid) };'
# Starts as long as there is no file "broken" (which is no code: that is kept by the generation).
FRAGILE = '''
import fs from 'node:fs';
if (fs.existsSync(import.meta.dirname + '/broken')) throw new Error('broken');
''' + FETCH


def listening(pid):
    """Inodes of the listening TCP sockets among a process's descriptors."""
    with open('/proc/net/tcp') as file:
        all_listening = {row.split()[9] for row in file.readlines()[1:] if row.split()[3] == '0A'}
    found = set()
    for name in os.listdir(f'/proc/{pid}/fd'):
        try:
            link = os.readlink(f'/proc/{pid}/fd/{name}')
        except OSError:
            continue
        if link.startswith('socket:[') and link[8:-1] in all_listening:
            found.add(link[8:-1])
    return found


def eventually(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def refused(port):
    try:
        socket.create_connection(('127.0.0.1', port), timeout=5).close()
        return False
    except ConnectionRefusedError:
        return True


@test
def unix_socket_and_port():
    for text in (PORT_APP, PORT_APP.replace('process.env.PORT || 0', '{ path: process.env.PORT }')):
        with Folder(text, 'app.js', 'app: app.js\nworkers: 1\nlisten: unix:app.sock\n') as folder, \
                Program('serve', '-c', folder.config, cwd=folder.path) as jsd:
            jsd.wait_for('reload: kill')
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(f'{folder.path}/app.sock')
                client.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
                answer = b''.join(iter(lambda: client.recv(65536), b''))
            check('listen(process.env.PORT) gets the Unix socket', answer.endswith(b'app.sock"'), (answer, jsd.output))
            check('... and no port is open', not listening(jsd.pid) and 'http://' not in jsd.output, jsd.output)


ANSWERS = 'require("http").createServer((req, res) => res.end("also"))'


@test
def listens_elsewhere():
    port, elsewhere = free_port(), free_port()
    for listen in (f'127.0.0.1:{port}', 'unix:app.sock'):
        for where, why in (('127.0.0.1', f'the app listens on 127.0.0.1:{elsewhere} and not on '),
                           ('0.0.0.0', f'worker 0 must not listen on 0.0.0.0:{elsewhere}')):
            with Folder(PORT_APP.replace('process.env.PORT || 0', f'{elsewhere}, "{where}"'), 'app.js',
                        f'app: app.js\nworkers: 2\nlisten: {listen}\n') as folder:
                code, said = failing('serve', '-c', folder.config, cwd=folder.path)
                check(f'an app that listens on {where} and not on {listen.split(":")[0]} is not started',
                      code == 1 and why in said, (code, said))
    late = f"require('http').createServer().listen({elsewhere}, '127.0.0.1');\nsetTimeout(() => {{ {PORT_APP} }}, 100);"
    with Folder(late, 'app.js', f'app: app.js\nworkers: 2\nlisten: 127.0.0.1:{port}\n') as folder, \
            Program('serve', '-c', folder.config) as jsd:
        jsd.wait_for('reload: kill')
        check('one that comes to it a little later is', request(port)[0] == 200 and 'nobody serves' not in jsd.output, jsd.output)


@test
def listens_late():
    """Two configured addresses, one of which the app comes to a little later, or never."""
    first, second = free_port(), free_port()
    config = f'app: app.js\nworkers: 1\nlisten: ["127.0.0.1:{first}", "127.0.0.1:{second}"]\n'
    with Folder(f'{PORT_APP}\nsetTimeout(() => {ANSWERS}.listen({second}), 100);', 'app.js', config) as folder, \
            Program('serve', '-c', folder.config) as jsd:
        jsd.wait_for(f'serving {folder.app} on http://127.0.0.1:{second}')
        check('a second listen() that comes late is no address that nobody serves', 'nobody serves' not in jsd.output and
              request(second)[2] == b'also', jsd.output)
    with Folder(PORT_APP, 'app.js', config) as folder, Program('serve', '-c', folder.config) as jsd:
        jsd.wait_for(f'nobody serves 127.0.0.1:{second}: the app does not listen on it')
        check('... one that never comes is said', jsd.output.count('nobody serves') == 1, jsd.output)


@test
def listens_also():
    """What a worker may have bound is what its config says, and what nobody but this machine reaches."""
    port, other = free_port(), free_port()
    asks = f"""
      const {{ writeFileSync }} = require('fs');
      {PORT_APP}
      const tried = {ANSWERS};
      tried.on('error', (error) => console.log('also: ' + error.code));
      tried.on('listening', () => console.log('also: ' + JSON.stringify(tried.address())));
      tried.listen(ASKED);
    """
    for asked, config, expected in ((f'{other}', '', 'EACCES'), (f'{other}, "0.0.0.0"', '', 'EACCES'), ('0', '', 'EACCES'),
                                    ('80, "127.0.0.1"', '', 'EACCES'),
                                    (f'{other}, "127.0.0.1"', '', f'"port":{other}'), ('0, "127.0.0.1"', '', '"127.0.0.1"'),
                                    (f'{other}', f'listen_also: 127.0.0.1:{other}', '"address":"127.0.0.1"'),
                                    (f'{other}', f'listen_also: :{other}', f'"port":{other}')):
        with Folder(asks.replace('ASKED', asked), 'app.js',
                    f'app: app.js\nworkers: 2\nlisten: 127.0.0.1:{port}\n{config}\n') as folder, \
                Program('serve', '-c', folder.config) as jsd:
            jsd.wait_for('reload: kill')
            jsd.wait_for('also: ')
            line = jsd.output[jsd.output.index('also: '):].split('\n')[0]
            check(f'listen({asked}) with {config or "nothing more"}: {expected}', expected in line, jsd.output)
            check('... and the app serves', request(port)[0] == 200, jsd.output)


@test
def other_interface_at_reload():
    port = free_port()
    with Folder(FETCH, 'app.mjs', f'app: app.mjs\nworkers: 1\nlisten: 127.0.0.1:{port}\nprobation: 0\n') as folder, \
            Program('serve', '-c', folder.config) as jsd:
        jsd.wait_for('reload: kill')
        for listen in (f'0.0.0.0:{port}', f':{port}'):
            since = len(jsd.output)
            folder.write('jsd.yaml', f'app: app.mjs\nworkers: 1\nlisten: "{listen}"\n')
            jsd.signal(signal.SIGHUP)
            jsd.wait_for('goes on serving', since=since)
            check(f'a reload from 127.0.0.1 to {listen.rstrip("0123456789")}PORT is refused with the reason',
                  f'jsd itself listens on 127.0.0.1:{port}' in jsd.output[since:] and 'reloaded' not in jsd.output,
                  jsd.output[since:])
        check('... and the old one serves', request(port)[0] == 200)


@test
def closed_servers_release_their_ports():
    with Folder(PAIRS_APP, 'app.js', f'app: app.js\nworkers: 2\nlisten: 127.0.0.1:0\n') as folder, \
            Program('serve', '-c', folder.config) as jsd:
        port = served(jsd)
        status, _, body = request(port)
        ports = [int(n) for n in body.strip(b'[]').split(b',')]
        check('200 listen/close pairs', status == 200 and len(ports) == 200, body)
        check('... leave no descriptor in the master',
              eventually(lambda: len(listening(jsd.pid)) == 1), listening(jsd.pid))
        check('... and no open port', all(refused(p) for p in set(ports) - {port}))
        workers = [int(pid) for pid in open(f'/proc/{jsd.pid}/task/{jsd.pid}/children').read().split()
                   if b'worker' in open(f'/proc/{pid}/cmdline', 'rb').read()]
        os.kill(workers[0], signal.SIGUSR2)
        check('a server closed in one of two workers leaves the port open',
              not eventually(lambda: refused(port), 1.5) and len(workers) == 2, workers)
        os.kill(workers[1], signal.SIGUSR2)
        check('a server closed in all workers releases the port', eventually(lambda: refused(port)), jsd.output)


@test
def nobody_serves():
    config = 'app: app.mjs\nworkers: 2\nlisten: 127.0.0.1:0\nrespawn:\n  delay: 20ms\n  delay_max: 100ms\n'
    with Folder(FRAGILE, 'app.mjs', config) as folder, Program('serve', '-c', folder.config) as jsd:
        port = served(jsd)
        workers = [int(pid) for pid in open(f'/proc/{jsd.pid}/task/{jsd.pid}/children').read().split()
                   if b'worker' in open(f'/proc/{pid}/cmdline', 'rb').read()]
        broken = folder.write('broken', '')
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        jsd.wait_for(f'no worker has served for 3 s: 127.0.0.1:{port} is closed until one does')
        check('when no worker is alive for seconds the port refuses', refused(port), jsd.output[-2000:])
        os.unlink(broken)
        jsd.wait_for('serves again')
        check('... until one serves', request(port)[0] == 200)
        jsd.wait_for('a worker serves again: new connections are taken')
        check('... and it is said once', jsd.output.count('is closed until') == 1, jsd.output)


@test
def descriptors_of_a_worker():
    with Folder(FETCH, 'app.mjs') as folder, Program('serve', folder.app, '--workers', '2', '--listen', '127.0.0.1:0') as jsd:
        pid = json.loads(request(served(jsd))[2])
        held = [os.readlink(f'/proc/{pid}/fd/{name}') for name in os.listdir(f'/proc/{pid}/fd')]
        sockets = [link for link in held if link.startswith('socket:')]
        # 16 inboxes to send to and its own to read, for connections and for topics; the master's channel, the listener, a
        # connection.
        check('a worker holds the receiving ends of its own inboxes only', len(sockets) <= 37, (len(sockets), held))


@test
def many_workers():
    with Folder(FETCH, 'app.mjs') as folder, \
            Program('serve', folder.app, '--workers', '400', '--listen', '127.0.0.1:0') as jsd:
        port = served(jsd, 60)
        check('400 workers start', '400 workers ready in' in jsd.output and request(port)[0] == 200, jsd.output[-2000:])
        print('# ' + next(line for line in jsd.output.splitlines() if 'workers ready' in line))


@test
def many_addresses():
    ports = [free_port() for _ in range(32)]
    arguments = [part for port in ports for part in ('--listen', f'127.0.0.1:{port}')]
    with Folder(FETCH, 'app.mjs') as folder, Program('serve', folder.app, '--workers', '2', *arguments) as jsd:
        jsd.wait_for('reload: kill')
        check('32 addresses are served', all(request(port)[0] == 200 for port in ports), jsd.output[-2000:])


@test
def few_descriptors():
    """More clients than descriptors: idle ones make room, and it is said."""
    config = 'app: app.mjs\nworkers: 1\nlisten: 127.0.0.1:0\nhttp:\n  keep_alive_timeout: 60s\n'
    with Folder(FETCH, 'app.mjs', config) as folder:
        jsd = Program('serve', '-c', folder.config, limit=120)
        with jsd:
            port = served(jsd)
            kept = []
            for _ in range(100):
                client = socket.create_connection(('127.0.0.1', port), timeout=10)
                client.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
                kept.append(client)
            answered = sum(client.recv(65536).startswith(b'HTTP/1.1 200') for client in kept)
            check('with too few descriptors everybody is answered', answered == 100, (answered, jsd.output[-2000:]))
            check('... and it is said once', jsd.output.count('Too many open files: idle connections are closed') == 1,
                  jsd.output[-2000:])
            for client in kept:
                client.close()
            check('... and no count is left behind: it serves on', all(request(port)[0] == 200 for _ in range(20)))


finish()
