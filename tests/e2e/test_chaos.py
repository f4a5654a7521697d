"""What must not be lost: long conversations of every kind over many reloads and a stop, and everybody else's requests
while workers are killed, poisoned or stuck. Every client knows which process answered it, so a broken connection counts
as lost unless that very process was killed. Before each reload the certificates are exchanged for others.

In `make test` a short run of each, `make chaos` runs 200 reloads and each kind of death for a minute (RELOADS, DURATION).
CHAOS names one test to run alone."""
import asyncio
import base64
import os
import random
import re
import signal
import ssl
import struct
import subprocess
import tempfile
import time

from harness import TOP, Program, check, finish, free_port, test
from http2_peer import ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, SETTINGS, frame as frame2, status_of

RELOADS = int(os.environ.get('RELOADS', '4'))
SECONDS = float(os.environ.get('DURATION', '4'))
ONLY = os.environ.get('CHAOS')
EACH = 20  # clients of a kind
PARTS = 15  # pieces of one conversation, as in the app
PAUSE = 0.06  # between them, seconds
PAIRS = 8  # certificates that take turns
GRACE = 1.9  # seconds: a leaving server waits 2 s for the next request of a connection before it closes it


class Lost(Exception):
    """The server broke a promise."""


class Tally:
    """What one kind of client saw."""

    def __init__(self):
        self.done = 0
        self.lost = []

    def __str__(self):
        return f'{self.done} done, {len(self.lost)} lost'


class Server(Program):
    def __init__(self, workers, tls=False, drain_timeout='30s'):
        self.folder = tempfile.TemporaryDirectory()
        self.port, self.secure, self.https, self.net, self.tls = (free_port() for _ in range(5))
        self.sigterm = f'{self.folder.name}/sigterm'
        env = {'SIGTERM_FILE': self.sigterm}
        more, self.served, self.exchanged = '', set(), 0
        if tls:
            self.pairs = [self.make_pair(n) for n in range(PAIRS)]
            self.exchange()
            env.update(KEY=f'{self.folder.name}/key.pem', CERT=f'{self.folder.name}/cert.pem', SECURE_PORT=str(self.secure),
                       HTTPS_PORT=str(self.https), NET_PORT=str(self.net), TLS_PORT=str(self.tls))
            more = f'  - {{address: 127.0.0.1:{self.secure}, tls: true}}\ntls:\n  certificates: {{cert: cert.pem, key: key.pem}}\n'
        config = f'{self.folder.name}/jsd.yaml'
        with open(config, 'w') as file:
            file.write(f'app: {TOP}/tests/e2e/programs/chaos/app.js\nworkers: {workers}\nprobation: 50ms\n'
                       f'drain_timeout: {drain_timeout}\nlisten:\n  - 127.0.0.1:{self.port}\n{more}')
        super().__init__('serve', '-c', config, env=env)
        self.wait_for('reload: kill', 60)

    def make_pair(self, n):
        """A key and a certificate, as texts."""
        key, cert = f'{self.folder.name}/key.{n}', f'{self.folder.name}/cert.{n}'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                        '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'], check=True, capture_output=True)
        return open(key).read(), open(cert).read()

    def exchange(self):
        """The next pair takes the place of the last one, for the next reload."""
        for name, text in zip(('key.pem', 'cert.pem'), self.pairs[self.exchanged % PAIRS]):
            with open(f'{self.folder.name}/new', 'w') as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(text)
            os.rename(f'{self.folder.name}/new', f'{self.folder.name}/{name}')
        self.exchanged += 1

    def newest(self):
        """The certificate that was put in place last, in DER."""
        return ssl.PEM_cert_to_DER_cert(self.pairs[(self.exchanged - 1) % PAIRS][1])

    def __exit__(self, *args):
        super().__exit__(*args)
        self.folder.cleanup()
        found = re.findall('.*(?:Sanitizer|runtime error).*', self.output)  # builds of make asan
        if found:
            check('no sanitizer has a report', False, found[:3])


# --- Clients. One call is one conversation; what it raises is a loss. -------------------------------------------------

async def connect(port, context=None):
    return await asyncio.open_connection('127.0.0.1', port, ssl=context, server_hostname='localhost' if context else None)


async def head(reader):
    """Status and headers of an answer."""
    text = await reader.readuntil(b'\r\n\r\n')
    lines = text.decode('latin1').split('\r\n')
    headers = {name.lower(): value for name, value in (line.split(': ', 1) for line in lines[1:] if line)}
    return int(lines[0].split()[1]), headers


async def upload(server):
    reader, writer = await connect(server.port)
    writer.write(f'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {PARTS * 1000}\r\n\r\n'.encode())
    for _ in range(PARTS):
        writer.write(b'x' * 1000)
        await writer.drain()
        await asyncio.sleep(PAUSE)
    status, headers = await head(reader)
    body = await reader.readexactly(int(headers['content-length']))
    writer.close()
    if (status, body) != (200, str(PARTS * 1000).encode()):
        raise Lost(f'{status} {body}')


async def download(server):
    reader, writer = await connect(server.port)
    writer.write(b'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n')
    await head(reader)
    got = b''
    while size := int(await reader.readline(), 16):
        got += (await reader.readexactly(size + 2))[:-2]
    writer.close()
    if got != b''.join(b'part %d\n' % part for part in range(PARTS)):
        raise Lost(got)


def frame(opcode, payload):
    """A masked frame (RFC 6455 5.2)."""
    mask = os.urandom(4)
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else struct.pack('!BH', 0xfe, size)
    return bytes([0x80 | opcode]) + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


async def read_frame(reader):
    first, size = await reader.readexactly(2)
    if size == 126:
        size, = struct.unpack('!H', await reader.readexactly(2))
    return first & 15, await reader.readexactly(size)


async def websocket(port, context=None):
    reader, writer = await connect(port, context)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(f'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
                 f'Sec-WebSocket-Key: {key}\r\n\r\n'.encode())
    status, _ = await head(reader)
    if status != 101:
        raise Lost(f'handshake answered with {status}')
    for _ in range(PARTS):
        message = os.urandom(random.randrange(300))
        writer.write(frame(2, message))
        opcode, got = await read_frame(reader)
        if (opcode, got) != (2, message):
            raise Lost(f'opcode {opcode}, {len(got)} bytes for {len(message)}')
        await asyncio.sleep(PAUSE)
    writer.write(frame(8, struct.pack('!H', 1000)))
    opcode, _ = await read_frame(reader)
    if opcode != 8:
        raise Lost(f'closing answered with opcode {opcode}')
    writer.close()


async def echo(port, context=None):
    reader, writer = await connect(port, context)
    for _ in range(PARTS):
        line = base64.b64encode(os.urandom(random.randrange(300))) + b'\n'
        writer.write(line)
        got = await reader.readline()
        if got != line:
            raise Lost(f'{len(got)} bytes for {len(line)}')
        await asyncio.sleep(PAUSE)
    if context is None:
        writer.write_eof()
        if await reader.read() != b'':
            raise Lost('bytes after the end')
    writer.close()


async def keep_alive(port, asked, context=None, path='/', many=PARTS, pause=PAUSE):
    """Requests on one connection until the server says close; asked(pid): an answer came."""
    reader, writer = await connect(port, context)
    since = time.monotonic()
    try:
        for _ in range(many):
            idle = time.monotonic() - since
            writer.write(f'GET {path} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
            try:
                status, headers = await head(reader)
            except asyncio.IncompleteReadError as error:
                if idle > GRACE and not error.partial:  # on a busy machine this client was too slow to be told
                    return
                raise Lost(f'no answer {time.monotonic() - since:.2f} s after the last, asked {idle:.2f} s after it') from error
            since = time.monotonic()
            body = await reader.readexactly(int(headers['content-length']))
            if status != 200:
                raise Lost(f'{status}')
            asked(int(body))
            if headers.get('connection', '').lower() == 'close':
                return
            await asyncio.sleep(pause)
    finally:
        writer.close()


async def read_frame2(reader):
    """Type, flags, stream, payload of HTTP/2."""
    head = await reader.readexactly(9)
    return head[3], head[4], int.from_bytes(head[5:], 'big'), await reader.readexactly(int.from_bytes(head[:3], 'big'))


async def http2(port, context=None, path=b'/', many=PARTS, seen=lambda certificate: None):
    """Requests one after the other until the server says GOAWAY. A stream up to the last one that it names must be answered;
    one beyond was never begun."""
    reader, writer = await connect(port, context)
    if context:
        seen(writer.get_extra_info('ssl_object').getpeercert(True))
    writer.write(PREFACE + frame2(SETTINGS, 0, 0))
    last, body = 1 << 31, b''
    try:
        for stream in range(1, 2 * many, 2):
            block = b'\x82\x86\x04' + bytes([len(path)]) + path + b'\x41\x01x'
            writer.write(frame2(HEADERS, END_HEADERS | END_STREAM, stream, block))
            status, body, ended = None, b'', False
            while not ended and stream <= last:
                kind, flags, of, payload = await read_frame2(reader)
                if kind == GOAWAY:
                    last = int.from_bytes(payload[:4], 'big')
                    if payload[4:8] != b'\0\0\0\0':
                        raise Lost(f'GOAWAY {payload}')
                elif kind in (SETTINGS, PING) and not flags & ACK:
                    writer.write(frame2(kind, ACK, 0, payload if kind == PING else b''))
                elif kind == HEADERS:
                    status = status_of(payload)
                elif kind == DATA:
                    body += payload
                elif kind == 3:
                    raise Lost(f'stream {of} of {last} reset: {payload}')
                ended = kind in (HEADERS, DATA) and bool(flags & END_STREAM)
            if ended and status != 200:
                raise Lost(f'{status}')
            if ended and path == b'/stream' and body != b''.join(b'part %d\n' % part for part in range(PARTS)):
                raise Lost(body)
            if last < (1 << 31) - 1:
                return
            await asyncio.sleep(PAUSE)
    finally:
        writer.close()


async def repeat(conversation, tally, stop, forgiven=lambda error: False):
    """The conversation over and over, until `stop`; what is under way then comes to its end."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(conversation(), 30)
            tally.done += 1
        except (OSError, EOFError, ValueError, Lost, asyncio.TimeoutError) as error:
            # At the stop: the kernel refuses, or resets what no worker had accepted yet. No byte had been sent then.
            refused = stop.is_set() and (isinstance(error, ConnectionRefusedError) or 'Connect call failed' in str(error))
            if not refused and not forgiven(error):
                tally.lost.append(f'{type(error).__name__}: {error}')
            await asyncio.sleep(0.01)


def tls_context(protocols=('h2',)):
    """For any certificate; with these protocols."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def clients(server, stop):
    """Twenty of each kind at work: {kind: tally}, and the tasks."""
    context, h2 = tls_context(()), tls_context()
    kinds = {
        'slow uploads': lambda: upload(server),
        'streaming downloads': lambda: download(server),
        'WebSockets': lambda: websocket(server.port),
        'WebSockets over TLS': lambda: websocket(server.secure, context),
        'HTTP/2': lambda: http2(server.port),
        'HTTP/2 over TLS': lambda: http2(server.secure, h2, seen=server.served.add),
        'HTTP/2 streaming downloads': lambda: http2(server.secure, h2, b'/stream', 1),
        'HTTP/1.1 on a TLS address': lambda: keep_alive(server.secure, lambda pid: None, context),
        'raw sockets': lambda: echo(server.net),
        'raw TLS sockets': lambda: echo(server.tls, context),
        'HTTPS keep-alive': lambda: keep_alive(server.https, lambda pid: None, context),
    }
    tallies = {kind: Tally() for kind in kinds}
    tasks = [asyncio.create_task(repeat(kinds[kind], tallies[kind], stop)) for kind in kinds for _ in range(EACH)]
    return tallies, tasks


def wrk(port, seconds):
    return subprocess.Popen(['wrk', '-t1', '-c64', f'-d{max(1, round(seconds))}s', '--timeout', '10s', f'http://127.0.0.1:{port}/'],
                            stdout=subprocess.PIPE, text=True)


def collect(load, wrong):
    output = load.communicate()[0]
    wrong += re.findall(r'Socket errors:.*|Non-2xx.*', output)
    return int((re.search(r'(\d+) requests in', output) or [0, 0])[1])


def chaos(function):
    return test(function) if ONLY in (None, function.__name__) else function


@chaos
def reloads_lose_nothing():
    with Server(2, tls=True) as jsd:
        async def run():
            stop = asyncio.Event()
            tallies, tasks = clients(jsd, stop)
            reloaded, slowest, load, wrong, requests, fresh = 0, 0, None, [], 0, []
            for _ in range(RELOADS):
                if load is None or load.poll() is not None:
                    if load:
                        requests += collect(load, wrong)
                    load = wrk(jsd.port, min(20, RELOADS))
                since, start = len(jsd.output), time.monotonic()
                jsd.exchange()
                jsd.signal(signal.SIGHUP)
                await asyncio.to_thread(jsd.wait_for, 'reloaded in', 60, since)
                await http2(jsd.secure, tls_context(), many=1, seen=lambda certificate: fresh.append(certificate == jsd.newest()))
                slowest = max(slowest, time.monotonic() - start)
                reloaded += 1
                await asyncio.sleep(random.random() * 0.3)
            requests += await asyncio.to_thread(collect, load, wrong)
            # The stop: what is under way ends as agreed, and nobody is told so before.
            stop.set()
            jsd.signal(signal.SIGTERM)
            await asyncio.gather(*tasks)
            code = await asyncio.to_thread(jsd.wait, 60)
            return tallies, reloaded, slowest, wrong, requests, fresh, code
        tallies, reloaded, slowest, wrong, requests, fresh, code = asyncio.run(run())
        for kind, tally in tallies.items():
            check(f'{kind} lose nothing over {reloaded} reloads and a stop', tally.done and not tally.lost,
                  f'{tally} {tally.lost[:3]}')
            print(f'# {kind}: {tally}')
        check(f'nor does wrk ({reloaded} reloads)', requests and not wrong, wrong)
        check('after each reload there is its certificate', len(fresh) == reloaded and all(fresh), fresh)
        check('its clients saw several', len(jsd.served) > min(reloaded, PAIRS) / 2, len(jsd.served))
        check('the stop is clean', code == 0 and ' cut ' not in jsd.output, (code, jsd.output[-2000:]))
        with open(jsd.sigterm) as file:
            told = [int(line) for line in file]
        expected = 2 * (reloaded + 1)
        check('each worker ran its SIGTERM handler once', len(told) == len(set(told)) == expected, (len(told), len(set(told)), expected))
        print(f'# {reloaded} reloads, slowest {slowest:.1f} s, {requests} requests of wrk')


async def others(server, seconds, disturb, workers):
    """Clients that poll while disturb() is done twice a second: (tally, how often, broken of killed workers)."""
    stop, tally, killed, failures = asyncio.Event(), Tally(), set(), []

    async def poll():
        while not stop.is_set():
            mine = set()
            try:
                await asyncio.wait_for(keep_alive(server.port, mine.add, many=50, pause=0.005), 20)
                tally.done += 1
            except (OSError, EOFError, ValueError, Lost, asyncio.TimeoutError) as error:
                failures.append((error, mine))
            await asyncio.sleep(0)
    tasks = [asyncio.create_task(poll()) for _ in range(16)]
    times, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        killed.update(await disturb())
        times += 1
        await asyncio.sleep(0.5)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*tasks)
    # Without an answer the client cannot know whose connection it was: in flight with the first request.
    cut = (ConnectionResetError, BrokenPipeError, EOFError)
    broken = [error for error, mine in failures if isinstance(error.__cause__ or error, cut) and (not mine or mine & killed)]
    tally.lost = [f'{type(error).__name__}: {error} {mine}' for error, mine in failures if error not in broken]
    return tally, times, len(broken)


def survive(name, disturb_of, workers=2):
    with Server(workers) as jsd:
        tally, times, broken = asyncio.run(others(jsd, SECONDS, disturb_of(jsd), workers))
        check(f'{name}: only connections of the worker that died break', tally.done and not tally.lost,
              f'{tally}, {tally.lost[:3]} {jsd.output[-1500:]}')
        print(f'# {name}: {times} in {SECONDS:.0f} s, {tally.done} x 50 requests done, {broken} connections broken, {len(tally.lost)} lost')


async def poison(server, path):
    """A request that kills its worker: the worker's id."""
    reader, writer = await connect(server.port)
    writer.write(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    _, headers = await head(reader)
    pid = int(await reader.readexactly(int(headers['content-length'])))
    try:
        writer.write(f'GET {path} HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
        await reader.read()
    except ConnectionResetError:
        pass
    writer.close()
    return {pid}


@chaos
def poison_by_abort():
    survive('a request that aborts its worker', lambda jsd: lambda: poison(jsd, '/abort'))


@chaos
def poison_by_exception():
    survive('a request that throws', lambda jsd: lambda: poison(jsd, '/throw'))


@chaos
def kill_at_random():
    def disturb_of(jsd):
        async def disturb():
            pids = set()
            for _ in range(8):
                try:
                    await keep_alive(jsd.port, pids.add, many=1, pause=0)
                except (OSError, EOFError):
                    pass
            pid = random.choice(sorted(pids))
            os.kill(pid, signal.SIGKILL)
            return {pid}
        return disturb
    survive('kill -9 of a random worker', disturb_of, workers=3)


@chaos
def one_of_four_hangs():
    with Server(4) as jsd:
        async def run():
            reader, writer = await connect(jsd.port)
            writer.write(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            _, headers = await head(reader)
            stuck = int(await reader.readexactly(int(headers['content-length'])))
            writer.write(b'GET /hang HTTP/1.1\r\nHost: x\r\n\r\n')
            await asyncio.sleep(0.3)  # its heartbeat is old after a tenth of a second
            waited, many = 0, 1000

            async def one():
                nonlocal waited
                start = time.monotonic()
                try:
                    await asyncio.wait_for(keep_alive(jsd.port, lambda pid: None, many=1, pause=0), 5)
                    waited += time.monotonic() - start > 1
                except (OSError, EOFError, asyncio.TimeoutError):
                    waited += 1
            for _ in range(many // 20):
                await asyncio.gather(*(one() for _ in range(20)))
            os.kill(stuck, signal.SIGKILL)
            return waited, many
        waited, many = asyncio.run(run())
        check('with one of four workers in an endless loop, at most 1 % of new connections wait', waited <= many / 100, f'{waited} of {many}')
        print(f'# one of four hangs: {waited} of {many} connections waited')


finish()
