"""WebSockets of fetch handlers and of ws on node:http under a master: topics over workers, reload, stop, the cut."""
import base64
import os
import re
import signal
import socket
import struct
import threading

from harness import Folder, Program, check, finish, served, test

APP = '''
export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/publish') return new Response(String(ctx.publish('news', 'to all')));
    if (pathname === '/big') {
      try { ctx.publish('news', 'x'.repeat(128 * 1024 + 1)); } catch (error) { return new Response(error.name); }
    }
    const { socket, response } = ctx.upgradeWebSocket(request);
    socket.onopen = () => { socket.subscribe('news'); socket.send(`worker ${process.pid} ${env.JSD_GENERATION}`); };
    socket.onmessage = ({ data }) => {
      if (data === 'publish') socket.publish('news', 'from a socket');
      else socket.send(data);
    };
    return response;
  },
};
'''
NODE_APP = '''
const http = require('http');
const { WebSocketServer } = require('ws');
const server = http.createServer((req, res) => res.end('x'));
new WebSocketServer({ server }).on('connection', (ws) => {
  ws.send(`worker ${process.pid}`);
  ws.on('close', (code) => console.log('the app saw', code));
});
server.listen(process.env.PORT);
'''


class Server(Program):
    def __init__(self, text, name, workers, config):
        self.folder = Folder(text, name, f'app: {name}\nworkers: {workers}\nlisten: 127.0.0.1:0\nprobation: 0\n{config}')
        super().__init__('serve', '-c', self.folder.config)
        self.port = served(self)

    def __exit__(self, *args):
        super().__exit__(*args)
        self.folder.__exit__(*args)


class Client:
    """A WebSocket by hand: masked with zeros."""

    def __init__(self, port, path='/'):
        self.socket = socket.create_connection(('127.0.0.1', port), 10)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f'GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
                             f'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n').encode())
        self.file = self.socket.makefile('rb')
        assert b'101' in self.file.readline()
        while self.file.readline() != b'\r\n':
            pass
        self.hello = self.receive()[1].decode()

    def receive(self):
        """(opcode, payload), or None at the end."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        length = head[1]
        if length == 126:
            length, = struct.unpack('>H', self.file.read(2))
        return head[0] & 15, self.file.read(length)

    def send(self, opcode, payload=b''):
        self.socket.sendall(bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    def echo(self, text):
        self.send(1, text)
        return self.receive() == (1, text)

    def closing(self):
        """The code of a close frame, which is answered; then the end must come."""
        opcode, payload = self.receive()
        assert opcode == 8, (opcode, payload)
        self.send(8, payload)
        return struct.unpack('>H', payload[:2])[0], self.file.read()


def get(port, path):
    with socket.create_connection(('127.0.0.1', port), 10) as s:
        s.sendall(f'GET {path} HTTP/1.0\r\n\r\n'.encode())
        return s.makefile('rb').read().split(b'\r\n\r\n')[1].decode()


def on_all_workers(port, count):
    """Clients until `count` workers have one."""
    clients = []
    while len({client.hello for client in clients}) < count:
        clients.append(Client(port))
        assert len(clients) < 200
    return clients


@test
def topics():
    with Server(APP, 'app.mjs', 3, 'drain_timeout: 20s\n') as jsd:
        clients = on_all_workers(jsd.port, 3)
        get(jsd.port, '/publish')
        check('a message for a topic reaches the subscribers of all workers',
              all(client.receive() == (1, b'to all') for client in clients))
        clients[0].send(1, b'publish')
        check('... and one of a socket\'s all but itself',
              all(client.receive() == (1, b'from a socket') for client in clients[1:]) and clients[0].echo(b'x'))
        check('more than 128 KiB is refused', get(jsd.port, '/big') == 'RangeError')
        since = len(jsd.output)
        jsd.signal(signal.SIGHUP)
        jsd.wait_for('reloaded in', since=since)
        fresh = Client(jsd.port)
        get(jsd.port, '/publish')
        check('... and those of an old generation that drains', fresh.hello.endswith(' 2') and
              all(client.receive() == (1, b'to all') for client in [*clients, fresh]))


@test
def reload():
    with Server(APP, 'app.mjs', 1, 'drain_timeout: 1s\n') as jsd:
        old = Client(jsd.port)
        since = len(jsd.output)
        jsd.signal(signal.SIGHUP)
        jsd.wait_for('reloaded in', since=since)
        check('after a reload a WebSocket goes on in its old worker', old.echo(b'still here'))
        check('... until drain_timeout, then it is told 1012', old.closing() == (1012, b''))
        jsd.wait_for('generation 1 has drained')
        check('... and counted', re.search(r'cut 1 WebSocket after 1(\.\d+)? s', jsd.output), jsd.output)
        check('a new one is served by the new worker', Client(jsd.port).hello.endswith(' 2'))


@test
def reload_without_an_answer():
    with Server(APP, 'app.mjs', 1, 'drain_timeout: 100ms\n') as jsd:
        old = Client(jsd.port)
        jsd.signal(signal.SIGHUP)
        jsd.wait_for('generation 1 has drained', 5)
        frame = old.receive()
        check('a client that does not answer 1012 holds nobody up', frame == (8, struct.pack('>H', 1012)), frame)


@test
def stop():
    with Server(APP, 'app.mjs', 2, 'drain_timeout: 20s\n') as jsd:
        clients = on_all_workers(jsd.port, 2)
        jsd.signal(signal.SIGTERM)
        codes = []
        threads = [threading.Thread(target=lambda c=c: codes.append(c.closing())) for c in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        check('at a stop WebSockets are told 1001 at once', codes == [(1001, b'')] * len(clients), codes)
        check('... and nothing waits for drain_timeout', jsd.wait(5) == 0 and ' cut ' not in jsd.output, jsd.output)


@test
def node_http_is_cut_and_counted():
    with Server(NODE_APP, 'app.js', 1, 'drain_timeout: 200ms\n') as jsd:
        clients = [Client(jsd.port), Client(jsd.port)]
        jsd.signal(signal.SIGHUP)
        jsd.wait_for('generation 1 has drained', 5)
        check('WebSockets of ws are cut at drain_timeout and counted',
              re.search(r'cut 2 upgraded connections after 0\.2\d* s', jsd.output), jsd.output)
        check('... which the app sees', jsd.output.count('the app saw 1006') == 2, jsd.output)
        check('... and the client', all(client.receive() is None for client in clients))


finish()
