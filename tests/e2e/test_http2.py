"""HTTP/2 with real clients (curl, nghttp, h2load): both app shapes, large bodies both ways, slow readers, reloads."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading

from harness import Program, check, finish, test

RELOADS = int(os.environ.get('RELOADS', '5'))
MB = 1 << 20

FETCH = '''
export default { async fetch(request) {
  const url = new URL(request.url);
  const size = Number(url.searchParams.get('size') ?? 0);
  if (url.pathname === '/up') {
    let length = 0;
    for await (const chunk of request.body) length += chunk.length;
    return new Response(String(length));
  }
  if (url.pathname === '/whole') return new Response(new Uint8Array(size));
  if (url.pathname === '/stream') {
    let left = size;
    return new Response(new ReadableStream({ pull(controller) {
      const length = Math.min(65536, left);
      left -= length;
      if (length === 0) controller.close();
      else controller.enqueue(new Uint8Array(length));
    } }));
  }
  if (url.pathname === '/headers') return Response.json({ url: request.url, method: request.method, ...Object.fromEntries(request.headers) });
  return new Response(null, { status: Number(url.pathname.slice(1)) || 200, headers: { 'x-version': 'VERSION' } });
} };
'''

NODE = '''
const http = require('http');
const server = http.createServer((req, res) => {
  const url = new URL(req.url, 'http://x');
  const size = Number(url.searchParams.get('size') ?? 0);
  if (url.pathname === '/up') {
    let length = 0;
    req.on('data', (chunk) => { length += chunk.length; });
    req.on('end', () => res.end(String(length)));
  } else if (url.pathname === '/whole') {
    res.end(Buffer.alloc(size));
  } else if (url.pathname === '/stream') {
    require('stream').Readable.from((function* parts() {
      for (let left = size; left > 0; left -= 65536) yield Buffer.alloc(Math.min(left, 65536));
    })()).pipe(res);
  } else if (url.pathname === '/echo') {
    res.writeEarlyHints({ link: '</a>; rel=preload' });
    res.setHeader('Connection', 'close');
    res.setHeader('Trailer', 'x-sum');
    req.on('data', (chunk) => res.write(chunk));
    req.on('end', () => { res.addTrailers({ 'X-Sum': String(req.trailers['x-in'] ?? 'none') }); res.end(); });
  } else if (url.pathname === '/headers') {
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ url: req.url, method: req.method, version: req.httpVersion, ...req.headers }));
  } else {
    res.writeHead(Number(url.pathname.slice(1)) || 200, { 'x-version': 'VERSION' });
    res.end();
  }
});
server.listen(process.env.PORT);
'''


class Server(Program):
    """jsd serving an app from a temporary folder."""

    def __init__(self, name, text, config='', workers=1):
        self.folder = tempfile.TemporaryDirectory()
        self.file = f'{self.folder.name}/{name}'
        self.text = text
        self.write(1)
        path = f'{self.folder.name}/jsd.yaml'
        with open(path, 'w') as file:
            file.write(f'app: {name}\nworkers: {workers}\nlisten: 127.0.0.1:0\nprobation: 100ms\n{config}')
        super().__init__('serve', '-c', path)
        self.wait_for('reload: kill')
        self.port = int(re.search(r'on http://127\.0\.0\.1:(\d+)\n', self.output).group(1))
        self.url = f'http://127.0.0.1:{self.port}'

    def write(self, version):
        with open(self.file + '.new', 'w') as file:
            file.write(self.text.replace('VERSION', str(version)))
        os.rename(self.file + '.new', self.file)


def curl(*args, data=None):
    return subprocess.run(['curl', '-sS', '--max-time', '60', '--http2-prior-knowledge', *args], capture_output=True, input=data)


SHAPES = (('fetch.mjs', FETCH), ('node.js', NODE))


@test
def both_shapes():
    for name, text in SHAPES:
        with Server(name, text) as server:
            got = curl(server.url + '/headers?a=b', '-H', 'Cookie: a=1', '-H', 'X-Own: v').stdout.decode()
            check(f'{name}: request', all(part in got for part in ('"GET"', f'"host":"127.0.0.1:{server.port}"', '"cookie":"a=1"', '"x-own":"v"', '/headers?a=b')), got)
            if name == 'node.js':
                check(f'{name}: version', '"version":"2.0"' in got, got)
            for status in (204, 304, 404):
                got = curl('-i', f'{server.url}/{status}').stdout.decode()
                check(f'{name}: {status}', got.startswith(f'HTTP/2 {status}') and 'x-version: 1' in got, got)
            got = curl('-I', f'{server.url}/whole?size=1000').stdout.decode()
            check(f'{name}: HEAD', got.startswith('HTTP/2 200') and (name == 'node.js' or 'content-length: 1000' in got), got)


@test
def trailers_and_hints():
    with Server('node.js', NODE) as server:
        body = f'{server.folder.name}/body'
        with open(body, 'w') as file:
            file.write('the body')
        run = subprocess.run(['nghttp', '-v', '-d', body, '--trailer', 'x-in: given', server.url + '/echo'], capture_output=True, text=True, timeout=30)
        out = run.stdout
        check('early hints, trailers both ways', ':status: 103' in out and 'x-sum: given' in out and 'the body' in out, out)
        check('no connection-specific fields', not re.search(r'recv .*(connection|transfer-encoding|keep-alive):', out, re.I), out)


@test
def large_bodies():
    for name, text in SHAPES:
        with Server(name, text) as server:
            for size in (MB, 100 * MB):
                file = f'{server.folder.name}/body'
                with open(file, 'wb') as out:
                    out.truncate(size)
                got = curl(f'{server.url}/up', '--data-binary', f'@{file}')
                check(f'{name}: {size // MB} MB up', got.stdout == str(size).encode(), got.stderr)
                for path in ('whole', 'stream'):
                    run = curl('-o', '/dev/null', '-w', '%{size_download} %{http_code}', f'{server.url}/{path}?size={size}')
                    check(f'{name}: {size // MB} MB down, {path}', run.stdout == f'{size} 200'.encode(), (run.stdout, run.stderr))


@test
def slow_reader():
    """Who does not read is not sent: the worker's memory stays small, and others are served."""
    with Server('fetch.mjs', FETCH) as server:
        with socket.create_connection(('127.0.0.1', server.port)) as slow:
            path = b'/stream?size=104857600'
            block = b'\x82\x86\x04' + bytes([len(path)]) + path + b'\x41\x01a'
            slow.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + b'\0\0\6\4\0\0\0\0\0\0\4\x7f\xff\xff\xff' + b'\0\0\4\x08\0\0\0\0\0\x7f\xff\0\0'
                         + bytes([0, 0, len(block)]) + b'\x01\x05\0\0\0\x01' + block)
            first = slow.recv(100)
            got = curl('-i', server.url + '/').stdout.decode()
            check('others are served', got.startswith('HTTP/2 200'), got)
            worker = int(open(f'/proc/{server.pid}/task/{server.pid}/children').read().split()[-1])
            resident = int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{worker}/status').read()).group(1))
            check('a slow reader is not buffered for', resident < 90 * 1024, f'{resident} KB')
            total, done = len(first), False
            slow.settimeout(30)
            while total < 100 * MB:
                piece = slow.recv(1 << 20)
                if not piece:
                    break
                total += len(piece)
            check('it gets everything in the end', total >= 100 * MB, total)


@test
def switched_off():
    with Server('fetch.mjs', FETCH, config='http:\n  http2: off\n') as server:
        run = curl(server.url + '/')
        check('http2: off', run.returncode != 0, run.stdout)
        run = subprocess.run(['curl', '-sS', '-i', server.url + '/'], capture_output=True, text=True)
        check('HTTP/1.1 goes on', run.stdout.startswith('HTTP/1.1 200'), run.stdout)


WS = '''
const express = require('express');
const { WebSocketServer } = require('ws');
const app = express();
app.use(express.json());
app.post('/json', (req, res) => res.json({ got: req.body, version: req.httpVersion, agent: req.get('user-agent') !== undefined }));
const server = app.listen(process.env.PORT);
new WebSocketServer({ server }).on('connection', (socket, req) => {
  socket.send(`hello ${req.url}`);
  socket.on('message', (message) => socket.send(`echo ${message}`));
});
'''


def frame(kind, flags, stream, payload=b''):
    return len(payload).to_bytes(3, 'big') + bytes([kind, flags]) + stream.to_bytes(4, 'big') + payload


def literal(name, value):
    return bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


@test
def express_and_websocket():
    """`ws` and Express know nothing of HTTP/2: a WebSocket by extended CONNECT (RFC 8441) beside a request."""
    with Server('app.js', WS) as server:
        got = curl(server.url + '/json', '-H', 'Content-Type: application/json', '-d', '{"a":[1]}').stdout
        check('express', got == b'{"got":{"a":[1]},"version":"2.0","agent":true}', got)
        with socket.create_connection(('127.0.0.1', server.port)) as s:
            s.settimeout(20)
            fields = ((':method', 'CONNECT'), (':protocol', 'websocket'), (':scheme', 'http'), (':path', '/chat'), (':authority', 'a'), ('sec-websocket-version', '13'))
            s.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0) + frame(1, 4, 1, b''.join(literal(*field) for field in fields)))
            data, body, head = b'', b'', None

            def until(done):
                nonlocal data, body, head
                while not done():
                    piece = s.recv(65536)
                    assert piece, (head, body)
                    data += piece
                    while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], 'big'):
                        length = int.from_bytes(data[:3], 'big')
                        if data[3] == 1:
                            head = data[9:9 + length]
                        if data[3] == 0:
                            body += data[9:9 + length]
                        data = data[9 + length:]
            until(lambda: b'hello /chat' in body)
            check('a WebSocket is answered 200', head[:1] == b'\x88', head)
            mask = b'\1\2\3\4'
            text = b'over h2'
            s.sendall(frame(0, 0, 1, b'\x81' + bytes([0x80 | len(text)]) + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(text))))
            until(lambda: b'echo over h2' in body)
            s.sendall(frame(0, 0, 1, b'\x88\x80' + mask))
            until(lambda: body.endswith(b'\x88\0') or b'\x88\2' in body)
            check('ws over HTTP/2', True)


class Client(threading.Thread):
    """Keeps 16 requests in flight on a connection, and opens the next one when the server says GOAWAY. What a stream up
    to the last one that GOAWAY names does not get is lost; what lies beyond was never begun. (h2load and this
    machine's curl give up what is in flight when they are told to go: they can't tell.)"""

    def __init__(self, port):
        super().__init__()
        self.port, self.stop, self.answered, self.connections, self.lost = port, False, 0, 0, []
        self.start()

    def run(self):
        while not self.stop:
            self.connections += 1
            with socket.create_connection(('127.0.0.1', self.port)) as s:
                s.settimeout(30)
                self.connection(s)

    def connection(self, s):
        block = b'\x82\x84\x86\x41\x01a'
        waiting, next_id, last, leaving, data, ended = set(), 1, 0x7fffffff, False, b'', False
        out = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0'
        while not ended and (waiting or not (self.stop or leaving) or leaving):
            while len(waiting) < 16 and not leaving and not self.stop:
                out += bytes([0, 0, len(block), 1, 5]) + next_id.to_bytes(4, 'big') + block
                waiting.add(next_id)
                next_id += 2
            try:
                s.sendall(out)
                out, got = b'', s.recv(65536)
            except OSError as error:
                self.lost.append(str(error))
                return
            ended = not got
            data += got
            while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], 'big'):
                length, kind, flags, stream = int.from_bytes(data[:3], 'big'), data[3], data[4], int.from_bytes(data[5:9], 'big')
                payload, data = data[9:9 + length], data[9 + length:]
                if kind == 1 and payload[0] != 0x88 or kind == 3:
                    self.lost.append(f'stream {stream}: {kind} {payload}')
                if kind in (0, 1) and flags & 1:
                    waiting.discard(stream)
                    self.answered += 1
                if kind == 4 and not flags & 1:
                    out += b'\0\0\0\4\1\0\0\0\0'
                if kind == 6 and not flags & 1:
                    out += b'\0\0\x08\6\1\0\0\0\0' + payload
                if kind == 7:
                    leaving, last = True, int.from_bytes(payload[:4], 'big')
                    if payload[4:8] != b'\0\0\0\0':
                        self.lost.append(f'GOAWAY {payload}')
        if not ended:
            return
        if not leaving:
            self.lost.append('the end without GOAWAY')
        self.lost += [f'stream {stream} of {last}' for stream in waiting if stream <= last]


@test
def reload_under_load():
    for name, text in SHAPES:
        with Server(name, text, workers=2) as server:
            clients = [Client(server.port) for _ in range(8)]
            for version in range(2, RELOADS + 2):
                since = len(server.output)
                server.write(version)
                server.child.send_signal(signal.SIGHUP)
                server.wait_for('reloaded in', since=since)
            for client in clients:
                client.stop = True
            for client in clients:
                client.join()
            lost = [what for client in clients for what in client.lost]
            answered, opened = sum(c.answered for c in clients), sum(c.connections for c in clients)
            check(f'{name}: {RELOADS} reloads lose none of {answered} requests on {opened} connections', answered > 1000 and opened > len(clients) and not lost, lost[:5])


@test
def load():
    with Server('fetch.mjs', FETCH) as server:
        run = subprocess.run(['h2load', '-n', '20000', '-c', '8', '-m', '32', '-t', '1', server.url + '/whole?size=100'], capture_output=True, text=True, timeout=60)
        check('h2load', '20000 succeeded, 0 failed, 0 errored' in run.stdout, run.stdout)


finish()
