"""What a worker waits for before it leaves, at a reload and a stop: connections, work, the app's SIGTERM handlers."""
import base64
import os
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import Folder, Program, check, finish, free_port, request, served, test

TURNS = 10

# An app that serves HTTP on PORT, and more where its text says so. say() adds a line to the file `said`.
START = '''
const http = require('http'), net = require('net'), fs = require('fs');
const say = (text) => fs.appendFileSync(__dirname + '/said', text + '\\n');
'''
HTTP = "const server = http.createServer((req, res) => res.end(String(process.pid))).listen(process.env.PORT);\n"
NET = '''
net.createServer((socket) => {
  socket.on('error', () => {});
  socket.write(process.pid + '\\n');
  socket.pipe(socket);
}).listen(Number(process.env.SIDE_PORT), '127.0.0.1');
'''


class Server(Program):
    """jsd serving an app from a temporary folder; `side` is a port for a second server of the app's."""

    def __init__(self, text, name='app.js', workers=1, config='probation: 0\n', env=None):
        self.folder = Folder(START + text if name == 'app.js' else text, name,
                             f'app: {name}\nworkers: {workers}\nlisten: 127.0.0.1:0\n{config}')
        self.side = free_port()
        super().__init__('serve', '-c', self.folder.config, env={'SIDE_PORT': str(self.side), **(env or {})})
        self.port = served(self)

    def __exit__(self, *args):
        super().__exit__(*args)
        self.folder.__exit__(*args)

    def reload(self, expect='reloaded in'):
        since = len(self.output)
        self.signal(signal.SIGHUP)
        self.wait_for(expect, since=since)

    def stop_begins(self):
        """SIGTERM, and until new connections are refused."""
        self.signal(signal.SIGTERM)
        until(lambda: refused(self.port), 'the port is closed')

    def drained(self):
        return 'generation 1 has drained' in self.output

    def wait_drained(self):
        self.wait_for('generation 1 has drained')

    def said(self):
        try:
            with open(f'{self.folder.path}/said') as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []


def until(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.01)


def refused(port):
    try:
        socket.create_connection(('127.0.0.1', port)).close()
        return False
    except ConnectionRefusedError:
        return True


def state(pid):
    """The letter that ps shows of a process; '' when it has gone."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0]
    except FileNotFoundError:
        return ''


class Echo:
    """A client of NET: the process that serves it, and whether it still echoes."""

    def __init__(self, port, context=None):
        if isinstance(port, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(10)
            self.socket.connect(port)
        else:
            self.socket = socket.create_connection(('127.0.0.1', port), 10)
        if context:
            self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile('rb')
        self.pid = int(self.file.readline())

    def works(self):
        """There and back several times: a worker that has nothing to wait for would be gone by then."""
        for _ in range(TURNS):
            self.socket.sendall(b'hello\n')
            if self.file.readline() != b'hello\n':
                return False
        return True

    def close(self):
        self.file.close()
        self.socket.close()


class Witness:
    """A keep-alive connection to a worker, which tells when that worker drains."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), 10)
        self.answer()

    def answer(self):
        self.socket.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        return self.socket.recv(65536).lower()

    def wait(self):
        """Until the worker drains, and has closed this connection: nothing of HTTP is open in it."""
        until(lambda: b'connection: close' in self.answer(), 'the worker drains')
        while self.socket.recv(65536):
            pass
        self.socket.close()


class Peer:
    """A server that the app connects to as a client."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]

    def accept(self):
        self.listener.settimeout(10)
        return self.listener.accept()[0]


# ---- connections ---------------------------------------------------------------------------------------------------

@test
def net_connections():
    with Server(HTTP + NET) as jsd:
        client, witness = Echo(jsd.side), Witness(jsd.port)
        jsd.reload()
        witness.wait()
        fresh = Echo(jsd.side)
        check('a net connection lives on after a reload', client.works() and not jsd.drained(), jsd.output)
        check('new net connections are the new generation\'s', fresh.works() and fresh.pid != client.pid)
        client.close()
        jsd.wait_drained()
        check('the old worker leaves when its client has', not os.path.exists(f'/proc/{client.pid}'))
        jsd.stop_begins()
        check('a net connection lives on after a stop', fresh.works() and jsd.child.poll() is None)
        fresh.close()
        check('... which is over when the client has gone', jsd.wait() == 0 and ' cut ' not in jsd.output, jsd.output)


@test
def net_clients_over_reloads():
    """Clients that come and go while generations do: nobody is refused, reset or left without an answer."""
    unix = tempfile.TemporaryDirectory()
    for name, text in [('on TCP', HTTP + NET), ('on a unix socket', HTTP + NET.replace(
            "Number(process.env.SIDE_PORT), '127.0.0.1'", f"'{unix.name}/side'"))]:
        with Server(text, workers=2, config=f'probation: 50ms\nlisten_also: unix:{unix.name}/side\n') as jsd:
            over, errors, pids = threading.Event(), [], set()

            def client():
                while not over.is_set():
                    try:
                        echo = Echo(jsd.side if name == 'on TCP' else f'{unix.name}/side')
                        pids.add(echo.pid)
                        if not echo.works():
                            errors.append('no echo')
                        echo.close()
                    except (OSError, ValueError) as error:
                        errors.append(error)
            threads = [threading.Thread(target=client) for _ in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(5):
                jsd.reload()
            over.set()
            for thread in threads:
                thread.join()
            check(f'net clients {name} lose nothing over 5 reloads', not errors and len(pids) >= 6, (errors[:3], pids))


def certificate(folder):
    """Writes key.pem and cert.pem."""
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-subj', '/CN=x', '-keyout', f'{folder.path}/key.pem', '-out', f'{folder.path}/cert.pem'],
                   check=True, capture_output=True)


@test
def https_request_in_flight():
    text = HTTP + '''
    const key = fs.readFileSync(__dirname + '/key.pem'), cert = fs.readFileSync(__dirname + '/cert.pem');
    require('https').createServer({ key, cert }, (req, res) => {
      req.on('data', () => {}).on('end', () => res.end('whole'));
    }).listen(Number(process.env.SIDE_PORT), '127.0.0.1');
    '''
    folder = Folder('')
    certificate(folder)
    with folder, Server(text.replace('__dirname', f'"{folder.path}"')) as jsd:
        plain = socket.create_connection(('127.0.0.1', jsd.side), 10)
        client, witness = ssl._create_unverified_context().wrap_socket(plain), Witness(jsd.port)
        client.sendall(b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1')
        jsd.reload()
        witness.wait()
        request(jsd.port)
        client.sendall(b'2')
        answer = b''
        while chunk := client.recv(65536):
            answer += chunk
        client.close()
        check('an HTTPS request in flight is answered after a reload', answer.endswith(b'whole'), answer)
        jsd.wait_drained()


@test
def tls_connections():
    text = HTTP + '''
    const key = fs.readFileSync(__dirname + '/key.pem'), cert = fs.readFileSync(__dirname + '/cert.pem');
    require('tls').createServer({ key, cert }, (socket) => {
      socket.on('error', () => {});
      socket.write(process.pid + '\\n');
      socket.pipe(socket);
    }).listen(Number(process.env.SIDE_PORT), '127.0.0.1');
    '''
    folder = Folder('')
    certificate(folder)
    text = text.replace('__dirname', f'"{folder.path}"')
    context = ssl._create_unverified_context()
    with folder, Server(text, config='probation: 0\ndrain_timeout: 1500ms\n') as jsd:
        client, witness = Echo(jsd.side, context), Witness(jsd.port)
        jsd.reload()
        witness.wait()
        check('a tls connection lives on after a reload', client.works() and not jsd.drained(), jsd.output)
        client.close()
        jsd.wait_drained()
        client = Echo(jsd.side, context)
        jsd.signal(signal.SIGTERM)
        check('it is counted as one when it is cut',
              jsd.wait() == 0 and re.search(r'cut 1 tls connection after', jsd.output), jsd.output)


@test
def websockets():
    text = HTTP + '''
    const { WebSocketServer } = require('ws');
    new WebSocketServer({ server }).on('connection', (ws) => ws.on('message', (data) => ws.send(String(data))));
    '''
    with Server(text) as jsd:
        client = socket.create_connection(('127.0.0.1', jsd.port), 10)
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                        f'Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n').encode())
        answer = b''
        while not answer.endswith(b'\r\n\r\n'):
            answer += client.recv(1)
        witness = Witness(jsd.port)
        jsd.reload()
        witness.wait()
        answers = set()
        for _ in range(TURNS):
            client.sendall(b'\x81\x82\0\0\0\0hi')
            answers.add(client.recv(4))
        check('a WebSocket works on after a reload', answers == {b'\x81\x02hi'} and not jsd.drained(), jsd.output)
        client.close()
        jsd.wait_drained()


@test
def pausing():
    """While a new generation is on probation, net servers of the old one accept nothing."""
    new = '''
    net.createServer((socket) => {
      socket.write(process.pid + '\\n');
      socket.on('data', () => { throw new Error('told to die'); });
    }).listen(Number(process.env.SIDE_PORT), '127.0.0.1');
    '''
    with Server(HTTP + NET, config='probation: 20s\n') as jsd:
        old = Echo(jsd.side)
        jsd.folder.write('app.js', START + HTTP + new)
        jsd.reload('waits for the end of its probation')
        until(lambda: all(Echo(jsd.side).pid != old.pid for _ in range(30)), 'the old code accepts nothing more', 2)
        check('on probation, new net connections are the new code\'s, and the old code keeps those it has', old.works())
        killer = Echo(jsd.side)
        killer.socket.sendall(b'x')
        jsd.wait_for('goes on serving')
        again = Echo(jsd.side)
        check('when it fails, the old code accepts again', again.pid == old.pid and again.works(), jsd.output)


# ---- work ----------------------------------------------------------------------------------------------------------

@test
def wait_until():
    peer = Peer()
    text = f'''
    import net from 'node:net';
    import fs from 'node:fs';
    const work = () => new Promise((resolve) => {{
      const socket = net.connect({peer.port}, '127.0.0.1').on('data', (data) => {{
        if (data[0] !== 120) return socket.write(data);
        fs.writeFileSync(import.meta.dirname + '/said', 'done\\n');
        resolve();
      }});
    }});
    export default {{
      fetch(request, env, ctx) {{
        if (request.method === 'PUT') ctx.waitUntil(work());
        return new Response('later');
      }},
    }};
    '''
    with Server(text, name='app.mjs') as jsd:
        body, witness = request(jsd.port, method='PUT')[2], Witness(jsd.port)
        work = peer.accept()
        jsd.reload()
        witness.wait()
        answers = set()
        for _ in range(TURNS):
            work.sendall(b'a')
            answers.add(work.recv(1))
        check('waitUntil: answered, and the work goes on after a reload',
              body == b'later' and answers == {b'a'} and jsd.said() == [])
        work.sendall(b'x')
        jsd.wait_drained()
        check('the worker leaves when the work is done', jsd.said() == ['done'], jsd.output)


@test
def work_of_requests():
    """What a request began is finished; the same begun by the app itself holds nothing up."""
    text = '''
    const fifo = __dirname + '/fifo', idle = __dirname + '/idle';
    fs.readFile(idle, () => {});                     // nobody ever writes to it
    setTimeout(() => {}, 3600e3);
    setInterval(() => {}, 1000);
    (function poll() { setTimeout(poll, 500); })();
    const { AsyncLocalStorage } = require('async_hooks');
    const handlers = {
      '/timer': async () => { await null; setTimeout(() => setTimeout(say, 2000, 'timer'), 2000); },
      '/context': () => new AsyncLocalStorage().run(1, async () => {
        await null;
        setTimeout(() => process.nextTick(() => setTimeout(say, 2000, 'context')), 2000);
      }),
      '/file': () => fs.readFile(fifo, 'utf8', (error, text) => fs.appendFile(__dirname + '/said', text, () => {})),
      '/interval': () => {
        setInterval(() => {}, 1000);
        setTimeout(() => {}, 3600e3).unref();
        clearTimeout(setTimeout(() => {}, 3600e3));
      },
    };
    http.createServer((req, res) => { handlers[req.url]?.(); res.end(); }).listen(process.env.PORT);
    '''
    with Folder(START + text, 'app.js') as folder:
        os.mkfifo(f'{folder.path}/fifo')
        os.mkfifo(f'{folder.path}/idle')
        for path, what in [('/timer', 'a timer'), ('/context', 'a timer in an AsyncLocalStorage'),
                           ('/file', 'reading a file'), ('/interval', None)]:
            open(f'{folder.path}/said', 'w').close()
            config = folder.write('jsd.yaml', 'app: app.js\nworkers: 1\nlisten: 127.0.0.1:0\nprobation: 0\n')
            with Program('serve', '-c', config) as jsd:
                port = served(jsd)
                request(port, path)
                witness, start = Witness(port), time.monotonic()
                jsd.signal(signal.SIGHUP)
                jsd.wait_for('reloaded in')
                witness.wait()
                drained = 'has drained' in jsd.output
                if path == '/file':
                    with open(f'{folder.path}/fifo', 'w') as fifo:
                        fifo.write('file\n')
                jsd.wait_for('generation 1 has drained')
                said = open(f'{folder.path}/said').read()
                if what:
                    check(f'{what} that a request began is waited for',
                          said == f'{path[1:]}\n' and not drained, (said, jsd.output))
                else:
                    check('intervals, and timers that are unref\'d or ended, are not waited for',
                          time.monotonic() - start < 10)
                jsd.signal(signal.SIGQUIT)
                jsd.wait()


@test
def client_sockets():
    """A database pool, say."""
    peer = Peer()
    text = HTTP + f"net.connect({peer.port}, '127.0.0.1').on('error', () => {{}}); setInterval(() => {{}}, 1000);"
    with Server(text) as jsd:
        pool = peer.accept()
        start = time.monotonic()
        jsd.reload()
        jsd.wait_drained()
        check('neither a client socket of the app nor an interval holds a drain',
              time.monotonic() - start < 10 and pool.recv(1) == b'' and ' cut ' not in jsd.output, jsd.output)


# ---- SIGTERM handlers ------------------------------------------------------------------------------------------------

ON_TERM = '''
process.on('SIGTERM', (...args) => {
  say(process.pid + ' ' + args.join(' ') + ' ' + server.listening);
  server.close((error) => { say('closed ' + error); process.exit(0); });
});
'''


@test
def term_handlers():
    with Server(HTTP + ON_TERM, workers=2) as jsd:
        jsd.reload()
        jsd.wait_drained()
        said = jsd.said()
        heard = [line for line in said if 'SIGTERM' in line]
        check('SIGTERM handlers run at a reload, once in each worker, as under Node',
              len(heard) == 2 and len({line.split()[0] for line in heard}) == 2 and
              all(re.fullmatch(r'\d+ SIGTERM 15 true', line) for line in heard), said)
        check('what they close tells them when it is closed', said.count('closed undefined') == 2, said)
        jsd.signal(signal.SIGTERM)
        check('... and at a stop', jsd.wait() == 0 and sum('SIGTERM' in line for line in jsd.said()) == 4, jsd.said())
        check('an app that ends its process in a drain has not crashed', 'warning' not in jsd.output, jsd.output)


@test
def term_handlers_take_their_time():
    peer = Peer()
    text = HTTP + f'''
    process.on('SIGTERM', async () => {{
      const socket = net.connect({peer.port}, '127.0.0.1');
      await new Promise((resolve) => socket.on('data', resolve));
      say('flushed');
      process.exit(0);
    }});
    '''
    with Server(text) as jsd:
        witness = Witness(jsd.port)
        jsd.reload()
        witness.wait()
        flush = peer.accept()
        held = not jsd.drained() and jsd.said() == []
        flush.sendall(b'x')
        jsd.wait_drained()
        check('a handler may take its time before it exits', held and jsd.said() == ['flushed'], jsd.output)


@test
def term_handlers_without_exit():
    for name, text in [
            ('which leave nothing open', "process.on('SIGTERM', () => say('heard'));"),
            ('which raise the signal again', "setInterval(() => {}, 1000); process.once('SIGTERM', () => {"
             "say('heard'); process.kill(process.pid, 'SIGTERM'); });")]:
        with Server(HTTP + text) as jsd:
            start = time.monotonic()
            jsd.reload()
            jsd.wait_drained()
            check(f'SIGTERM handlers {name} end with their drain',
                  jsd.said() == ['heard'] and time.monotonic() - start < 10 and ' cut ' not in jsd.output,
                  (jsd.said(), jsd.output))
    with Server(HTTP + "setInterval(() => {}, 1000); process.on('SIGTERM', () => say('heard'));",
                config='probation: 0\ndrain_timeout: 300ms\n') as jsd:
        jsd.reload()
        jsd.wait_drained()
        check('one that goes on without end is cut',
              'cut 1 SIGTERM handler that did not exit after 0.3' in jsd.output, jsd.output)


@test
def term_to_a_worker():
    with Server(HTTP + "process.on('SIGTERM', () => say('heard'));") as jsd:
        os.kill(int(request(jsd.port)[2]), signal.SIGTERM)
        jsd.wait_for('serves again')
        check('SIGTERM to a worker runs its handlers once too', jsd.said() == ['heard'], jsd.said())


# ---- the end of patience ---------------------------------------------------------------------------------------------

@test
def cut_and_counted():
    text = NET + '''
    http.createServer((req, res) => res.write('a')).listen(process.env.PORT);
    '''
    with Server(text, config='probation: 0\ndrain_timeout: 1s\n') as jsd:
        clients = [Echo(jsd.side) for _ in range(3)]
        hanging = socket.create_connection(('127.0.0.1', jsd.port), 10)
        hanging.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        hanging.recv(1000)
        jsd.reload()
        jsd.wait_drained()
        line = re.search(r'warning jsd: worker (\d+) \(generation 1\) cut (.*) after ([\d.]+) s\n', jsd.output)
        check('after drain_timeout the rest is cut, and counted by kind',
              line and int(line[1]) == clients[0].pid and line[2] == '1 request, 3 net connections' and
              1 <= float(line[3]) < 1.5, jsd.output)
        check('the clients see it', clients[0].file.readline() == b'')


@test
def second_stop():
    with Server(HTTP + NET) as jsd:
        client = Echo(jsd.side)
        start = time.monotonic()
        jsd.stop_begins()
        held = client.works()
        jsd.signal(signal.SIGTERM)
        patient = client.works()
        jsd.signal(signal.SIGINT)
        check('SIGTERM again changes nothing, SIGINT cuts', held and patient and jsd.wait() == 0 and time.monotonic() - start < 10)
        check('... and says what it cut', re.search(r'cut 1 net connection after [\d.]+ s', jsd.output), jsd.output)


# ---- without a master ------------------------------------------------------------------------------------------------

def bindable(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(('127.0.0.1', port))
            s.listen()
            return True
        except OSError:
            return False


@test
def orphans():
    """A master that was killed: its successor gets the ports at once, whatever its workers do."""
    text = HTTP.replace('res.end(', "req.url === '/hang' ? setImmediate(() => { for (;;); }) : res.end(") + NET
    for name, path in [('an idle worker', '/'), ('a worker that hangs', '/hang')]:
        with Server(text, config='probation: 0\ndrain_timeout: 1s\n') as jsd:
            client = Echo(jsd.side)
            hang = socket.create_connection(('127.0.0.1', jsd.port), 10)
            hang.sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
            if path == '/hang':
                until(lambda: state(client.pid) == 'R', 'it hangs')
            else:
                hang.recv(1000)
            jsd.signal(signal.SIGKILL)
            jsd.child.wait()
            start = time.monotonic()
            until(lambda: bindable(jsd.port) and bindable(jsd.side), 'the ports are free')
            took = time.monotonic() - start
            until(lambda: state(client.pid) in ('', 'Z'), 'the worker ends', 8)
            check(f'a master was killed beside {name}: its ports are free at once, and the worker ends',
                  took < 0.5, took)


HTTP2 = '''
require('http2').createServer((req, res) => {
  if (req.url !== '/slow') return res.end(String(process.pid));
  res.write(process.pid + '\\n');
  const timer = setInterval(() => {
    if (!fs.existsSync(__dirname + '/go')) return;
    clearInterval(timer);
    res.end('end');
  }, 10);
}).listen(Number(process.env.SIDE_PORT), '127.0.0.1');
'''


def h2_get(server, path):
    return ['curl', '-sN', '--http2-prior-knowledge', f'http://127.0.0.1:{server.side}{path}']


@test
def http2_of_the_app():
    """An app that listens with node:http2: all workers serve; a reload says GOAWAY, and streams in flight finish."""
    with Server(HTTP + HTTP2, workers=2) as server:
        pids = set()

        def both():
            pids.add(subprocess.run(h2_get(server, '/'), capture_output=True, check=True).stdout)
            return len(pids) == 2
        until(both, 'both workers answer')

        idle = socket.create_connection(('127.0.0.1', server.side), 10)
        idle.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        frames = idle.recv(65536)
        slow = subprocess.Popen(h2_get(server, '/slow'), stdout=subprocess.PIPE)
        check('node:http2 in an app: a response begins', slow.stdout.readline().strip() in pids, pids)
        server.reload()
        while True:
            piece = idle.recv(65536)
            if not piece:
                break
            frames += piece
        kinds = []
        while frames:
            kinds.append(frames[3])
            frames = frames[9 + int.from_bytes(frames[:3], 'big'):]
        check('node:http2 in an app: an idle connection gets GOAWAY, then its end', kinds[-1] == 7, kinds)
        check('node:http2 in an app: what is in flight keeps the drain waiting', slow.poll() is None and 'generation 1 has drained' not in server.output)
        with open(f'{server.folder.path}/go', 'w'):
            pass
        check('node:http2 in an app: the response comes whole', slow.communicate(timeout=15)[0] == b'end' and slow.returncode == 0)
        server.wait_drained()


finish()
