"""Others while somebody misbehaves: the p99 of one client's requests beside slow handshakes, slow readers over HTTP/2 and a
flood of resets, against its p99 alone. In `make test` with few of them and for a second each, in `make protocols` a
thousand (SLOW) for ten (DURATION), where twice the idle p99 is the bound; a busy machine's few get more room."""
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import Program, check, finish, free_port, test
from http2_peer import END_HEADERS, END_STREAM, HEADERS, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, number, request, setting

ALL = os.environ.get('PROTOCOLS')
MANY = int(os.environ.get('SLOW', '1000' if ALL else '100'))
SECONDS = float(os.environ.get('DURATION', '10' if ALL else '1'))
FLOOR = 0.002 if ALL else 0.02  # seconds: below that a p99 is the scheduler's
APP = '''
export default { fetch(request) {
  return new URL(request.url).pathname === '/large' ? new Response(new Uint8Array(1 << 20)) : new Response('ok');
} };
'''


class Server(Program):
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        f, self.clear, self.https = self.folder.name, free_port(), free_port()
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', f'{f}/key.pem',
                        '-out', f'{f}/cert.pem', '-days', '2', '-subj', '/CN=localhost'], check=True, capture_output=True)
        with open(f'{f}/app.mjs', 'w') as file:
            file.write(APP)
        with open(f'{f}/jsd.yaml', 'w') as file:
            file.write(f'app: app.mjs\nworkers: 1\nlisten:\n  - 127.0.0.1:{self.clear}\n  - {{address: 127.0.0.1:{self.https}, tls: true}}\ndrain_timeout: 1s\n'
                       f'tls:\n  handshake_timeout: 60s\n  certificates: {{cert: {f}/cert.pem, key: {f}/key.pem}}\n')
        super().__init__('serve', '-c', f'{f}/jsd.yaml')
        self.wait_for('reload: kill')


def p99(port):
    """Of requests one after the other on one connection, in seconds; how many."""
    times, end = [], time.monotonic() + SECONDS
    with socket.create_connection(('127.0.0.1', port), 10) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < end:
            start = time.perf_counter()
            s.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            data = b''
            while not data.endswith(b'ok'):
                piece = s.recv(4096)
                assert piece, 'the connection ended'
                data += piece
            times.append(time.perf_counter() - start)
            time.sleep(0.001)
    return sorted(times)[int(len(times) * 0.99)], len(times)


def hello():
    """The first message of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(incoming, outgoing, server_hostname='localhost')
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Slow(threading.Thread):
    """Does something over and over beside the one who is measured."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.stop, self.times = work, False, 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        self.join(10)

    def run(self):
        while not self.stop:
            self.work()
            self.times += 1


def beside(name, prepare):
    """prepare(server) gives the open sockets and what a thread goes on doing with them, or None."""
    with Server() as server:
        p99(server.clear)  # the app is warm
        idle, _ = p99(server.clear)
        opened, work = prepare(server)
        try:
            with Slow(work) as slow:
                busy, count = p99(server.clear)
        finally:
            for one in opened:
                one.close()
        check(f'beside {name}, p99 is under twice the idle one', busy < max(2 * idle, FLOOR), f'{busy * 1000:.2f} ms, idle {idle * 1000:.2f} ms')
        print(f'# {name}: p99 {busy * 1000:.2f} ms of {count} requests, idle {idle * 1000:.2f} ms; {slow.times} rounds')


@test
def slow_handshakes():
    """Many clients send their hello a byte at a time."""
    def prepare(server):
        opened = [socket.create_connection(('127.0.0.1', server.https), 10) for _ in range(MANY)]
        text, state = hello(), {'at': 0, 'of': 0}

        def work():
            one = opened[state['of']]
            one.send(text[state['at']:state['at'] + 1])
            state['of'] += 1
            if state['of'] == len(opened):
                state['of'], state['at'] = 0, min(state['at'] + 1, len(text) - 2)
            time.sleep(0.0005)
        return opened, work
    beside(f'{MANY} slow handshakes', prepare)


@test
def slow_readers():
    """Many HTTP/2 clients ask for a megabyte, with a large window, and read a byte now and then."""
    def prepare(server):
        opened = []
        ask = PREFACE + frame(SETTINGS, 0, 0, setting((4, 0x7fffffff))) + frame(WINDOW_UPDATE, 0, 0, number(0x7fff0000)) + frame(
            HEADERS, END_HEADERS | END_STREAM, 1, request('/large'))
        for _ in range(MANY):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(('127.0.0.1', server.clear))
            one.sendall(ask)
            assert one.recv(1)
            opened.append(one)
        state = {'of': 0}

        def work():
            opened[state['of'] % len(opened)].recv(1)
            state['of'] += 1
            time.sleep(0.0005)
        return opened, work
    beside(f'{MANY} slow readers over HTTP/2', prepare)


@test
def rapid_reset():
    """A client asks and resets, again and again, on one connection after the other: each is cut off soon."""
    def prepare(server):
        pairs = b''.join(frame(HEADERS, END_HEADERS | END_STREAM, n, request()) + frame(RST_STREAM, 0, n, number(8)) for n in range(1, 1000, 2))
        ended = []

        def work():
            with socket.create_connection(('127.0.0.1', server.clear), 10) as s:
                try:
                    s.sendall(PREFACE + frame(SETTINGS, 0, 0) + pairs)
                    while s.recv(65536):
                        pass
                except OSError:
                    pass
                ended.append(1)
            time.sleep(0.02)
        return [], work
    beside('a flood of resets', prepare)


finish()
