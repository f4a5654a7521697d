"""Malformed input, each with its outcome: TLS records, HTTP/1.1 over TLS, HTTP/2 frames, WebSocket frames. A case is
(name, bytes, outcome); the tables are made from what the specifications forbid, byte by byte where they list bytes. The app
may be reached by none of them, and the worker that met them all serves on."""
import os
import re
import socket
import ssl
import subprocess
import tempfile

from harness import Program, check, finish, free_port, test
from http2_peer import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE, RST_STREAM,
                        SETTINGS, WINDOW_UPDATE, Peer, block, frame, number, request)

APP = '''
let served = 0;
export default { async fetch(request, env, ctx) {
  const { pathname } = new URL(request.url);
  if (pathname === '/served') return new Response(`${process.pid} ${served}`);
  if (pathname === '/socket') return ctx.upgradeWebSocket(request, { maxMessageBytes: 1000 }).response;
  if (pathname === '/hold') return new Promise(() => {});
  await request.arrayBuffer();
  served++;
  return new Response('served');
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
                       f'tls:\n  handshake_timeout: 1s\n  certificates: {{cert: {f}/cert.pem, key: {f}/key.pem}}\n'
                       'http:\n  http2_max_resets: 0\n')
        super().__init__('serve', '-c', f'{f}/jsd.yaml')
        self.wait_for('reload: kill')

    def served(self):
        """The worker, and how many requests its app had."""
        return self.exchange(self.clear, b'GET /served HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n').rpartition(b'\r\n')[2]

    def exchange(self, port, data, tls=None, ends=True):
        """What comes back until the end of the connection."""
        s = socket.create_connection(('127.0.0.1', port), 10)
        if tls:
            s = tls.wrap_socket(s, server_hostname='localhost')
        got = b''
        with s:
            try:
                s.sendall(data)
                if ends and not tls:
                    s.shutdown(socket.SHUT_WR)
                while piece := s.recv(65536):
                    got += piece
            except socket.timeout:
                got += b' and then nothing'
            except OSError:
                pass
        return got


def run(name, cases, outcome):
    """cases: (what, input, expected); expected is one outcome, or a tuple of those that are allowed."""
    with Server() as server:
        before = server.served()
        bad = 0
        for what, data, expected in cases:
            got = outcome(server, data)
            if got not in (expected if isinstance(expected, tuple) else (expected,)):
                bad += 1
                check(f'{name}: {what}', False, f'{got}, expected {expected}')
        check(f'{name}: {len(cases)} malformed inputs, each with its outcome', bad == 0, f'{bad} others')
        after = server.served()
        check(f'{name}: the app had none of them, and its worker serves on', before == after, (before, after, server.output[-500:]))


# --- TLS records -----------------------------------------------------------------------------------------------------------

ALERTS = {10: 'unexpected_message', 20: 'bad_record_mac', 22: 'record_overflow', 40: 'handshake_failure', 47: 'illegal_parameter', 50: 'decode_error',
          70: 'protocol_version', 80: 'internal_error', 109: 'missing_extension', 112: 'unrecognized_name', 120: 'no_application_protocol'}


def tls_outcome(server, data):
    got = server.exchange(server.https, data)
    if got.startswith(b'\x15') and len(got) >= 7:
        return ALERTS.get(got[6], f'alert {got[6]}')
    return 'closed' if not got else f'{got[:40]}'


def hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname='localhost')
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def tls_cases():
    good = hello()
    body = good[5:]
    cases = []
    ends = ('closed', *ALERTS.values())  # refused, with or without a word: which is OpenSSL's choice

    def record(kind, payload, version=b'\3\1', length=None):
        return bytes([kind]) + version + number(len(payload) if length is None else length, 2) + payload
    for kind in [*range(0, 20), *range(24, 64, 2)]:
        cases.append((f'a record of type {kind}', record(kind, body), ends))
    cases.append(('application data first', record(23, b'x' * 40), ends))
    cases.append(('an alert first', record(21, b'\2\x28'), ends))
    cases.append(('ChangeCipherSpec first', record(20, b'\1'), ends))
    for major in (0, 1, 2, 4, 5, 127, 255):
        cases.append((f'version {major}.1', record(22, body, bytes([major, 1])), ends))
    for length in (0, 16385, 18433, 65535):
        cases.append((f'a record that says {length} bytes', record(22, body, length=length), ends))
    for cut in range(1, len(good), max(1, len(good) // 40)):
        cases.append((f'a hello that ends after {cut} bytes', good[:cut], ends))
    for kind in (0, 2, 4, 8, 11, 13, 14, 15, 16, 20, 24, 254):
        cases.append((f'a handshake message of type {kind} first', record(22, bytes([kind]) + body[1:]), ends))
    for length in (0, 1, 37, len(body) - 5, 0xffffff):
        cases.append((f'a hello that says {length} bytes', record(22, body[:1] + number(length, 3) + body[4:]), ends))
    for at, what in ((38, 'session id'), (39 + body[38], 'cipher list')):
        for value in (33, 128, 255):
            cases.append((f'a {what} of {value} bytes', record(22, body[:at] + bytes([value]) + body[at + 1:]), ends))
    for text in (b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', b'SSH-2.0-x\r\n', b'\0' * 100, b'\xff' * 100, b'\x80\x2e\1\3\1' + b'\0' * 43):
        cases.append((f'{text[:12]}', text, ends))
    return cases


@test
def tls_records():
    run('TLS', tls_cases(), tls_outcome)


# --- HTTP/1.1 over TLS --------------------------------------------------------------------------------------------------------

CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE
CONTEXT.set_alpn_protocols(['http/1.1'])


def h1_outcome(server, data):
    got = server.exchange(server.https, data, CONTEXT)
    found = re.match(rb'HTTP/1\.1 (\d+)', got)
    rest = got.partition(b'\r\n\r\n')[2]
    if b'and then nothing' in got or b'HTTP/1.1' in rest:
        return f'{got[:60]}'
    return int(found.group(1)) if found else 'closed' if not got else f'{got[:60]}'


def h1_cases():
    cases = []

    def head(line='POST / HTTP/1.1', *fields, host='Host: x'):
        return '\r\n'.join([line, *([host] if host else []), *fields, '', '']).encode('latin1')
    for code in [*range(1, 33), 34, 40, 41, 44, 47, 58, 59, 60, 61, 62, 63, 64, 91, 92, 93, 123, 125, 127, 128, 255]:
        if code not in (10, 13, 32, 58):
            cases.append((f'byte {code} in a field name', head('GET / HTTP/1.1', f'a{chr(code)}b: c'), 400))
    for code in [0, *range(1, 9), 11, 12, *range(14, 32), 127]:
        cases.append((f'byte {code} in a field value', head('GET / HTTP/1.1', f'a: b{chr(code)}c'), 400))
    for line in ('GET', 'GET /', 'GET / ', 'GET / HTTP', 'GET / HTTP/', 'GET / HTTP/1', 'GET / HTTP/1.', 'GET / HTTP/1.x', 'GET / http/1.1', 'GET / HTTP/1.1 x', 'GET  / HTTP/1.1 ', ' GET / HTTP/1.1',
                 'GET / HTTPS/1.1', 'GET / ICE/1.0', 'G\0T / HTTP/1.1', 'G(T / HTTP/1.1', 'GET\t/\tHTTP/1.1', 'GET x HTTP/1.1', 'GET /a b HTTP/1.1', 'GET /\0 HTTP/1.1', 'GET /\x7f HTTP/1.1', ': / HTTP/1.1',
                 'GET http:// HTTP/1.1', 'GET http:///x HTTP/1.1', 'GET ftp:x HTTP/1.1', 'CONNECT / HTTP/1.1', 'CONNECT x HTTP/1.1'):
        cases.append((f'the line {line!r}', head(line), (400, 501)))
    for line in ('GET / HTTP/0.9', 'GET / HTTP/2.0', 'GET / HTTP/3.0', 'GET / HTTP/9.9'):
        cases.append((f'the line {line!r}', head(line), (400, 505)))
    cases.append(('an unknown method', head('BREW / HTTP/1.1'), 501))
    for host in (None, 'Host: a\r\nHost: b', 'Host: x\r\nHost: x', 'Host: a b', 'Host: a/b', 'Host: a@b', 'Host: [::1', 'Host: a:x', 'Host: a:1:2', 'Host: a,b', 'Host: a%00', 'Host: <a>', 'Host: a?b', 'Host: a#b'):
        cases.append((f'{host!r} for a Host', head('GET / HTTP/1.1', host=host), 400))
    for value in ('', 'x', '-1', '+1', '1.0', '0x1', '1 1', '1,1', '1;', '٣'.encode().decode('latin1'), '99999999999999999999', '1\r\nContent-Length: 2', '1\r\nContent-Length: 1'):
        cases.append((f'Content-Length: {value!r}', head('POST / HTTP/1.1', f'Content-Length: {value}') + b'xx', 400))
    for value in ('', 'x', 'chunked, chunked', 'chunked, identity', 'identity, chunked', 'chunked;x', 'xchunked', 'chunked x', '"chunked"', 'chunked,', ',', 'gzip', 'chunked\r\nTransfer-Encoding: chunked',
                  'gzip\r\nTransfer-Encoding: chunked', 'chunked\r\nContent-Length: 3', '\x0bchunked'):
        cases.append((f'Transfer-Encoding: {value!r}', head('POST / HTTP/1.1', f'Transfer-Encoding: {value}') + b'0\r\n\r\n', (400, 501)))
    for size in ('', 'x', '-1', '+1', '0x1', '1 ', ' 1', '1\t', '1;\0', '1\n', '1\r', '1;a\x01', 'ffffffffffffffff1', '1;a="\0"', 'g', '1.', '1,', '\xff'):
        cases.append((f'a chunk of size {size!r}', head('POST / HTTP/1.1', 'Transfer-Encoding: chunked') + size.encode('latin1') + b'\r\nx\r\n0\r\n\r\n', (400, 'closed')))
    for end in (b'1\r\nxx\r\n0\r\n\r\n', b'1\r\nx\n0\r\n\r\n', b'1\r\nx0\r\n\r\n', b'1\nx\r\n0\r\n\r\n', b'0\r\nbad name: x\r\n\r\n', b'0\r\n: x\r\n\r\n', b'0\r\nx\r\n\r\n', b'0\r\na: \0\r\n\r\n'):
        cases.append((f'a chunked body {end!r}', head('POST / HTTP/1.1', 'Transfer-Encoding: chunked') + end, (400, 'closed')))
    for what, text in (('a field without a colon', 'a'), ('a folded line', 'a: b\r\n c'), ('a line of blanks', ' '), ('a blank before the colon', 'a : b'), ('no name', ': b'), ('a folded line first', ' a: b'),
                       ('CR alone', 'a: b\rc: d'), ('a name of nothing but a tab', '\t: b')):
        cases.append((what, head('GET / HTTP/1.1', text), 400))
    for text in (b'GET / HTTP/1.1\nHost: x\n\n', b'GET / HTTP/1.1\r\nHost: x\n\r\n', b'GET / HTTP/1.1\nHost: x\r\n\r\n', b'GET / HTTP/1.1\r\nHost: x\r\n\n'):
        cases.append((f'line ends {text!r}', text, 400))
    for text in (b'\0', b'\xff\xfe', b'\x16\3\1\0\1\0', b'HTTP/1.1 200 OK\r\n\r\n', b'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'):
        cases.append((f'{text!r}', text + b'\r\n\r\n', (400, 505, 501)))
    cases.append(('a head of 20 KB', head('GET / HTTP/1.1', 'a: ' + 'b' * 20000), 431))
    cases.append(('a URL of 20 KB', head('GET /' + 'b' * 20000 + ' HTTP/1.1'), (414, 431)))
    cases.append(('an unknown expectation', head('POST / HTTP/1.1', 'Expect: 200-maybe', 'Content-Length: 0'), 417))
    return cases


@test
def http1_over_tls():
    run('HTTP/1.1 over TLS', h1_cases(), h1_outcome)


# --- HTTP/2 -------------------------------------------------------------------------------------------------------------------

def h2_outcome(server, data):
    with Peer(server.https, True, settings=b'') as p:
        p.write(data)
        try:
            return p.outcome(1)
        except AssertionError as error:
            return str(error)


def h2_cases():
    cases, both = [], END_STREAM | END_HEADERS
    opened = frame(HEADERS, END_HEADERS, 1, request('/hold', 'POST', scheme='https'))
    size, protocol, bad_block = 'GOAWAY FRAME_SIZE_ERROR', 'GOAWAY PROTOCOL_ERROR', 'GOAWAY COMPRESSION_ERROR'
    for length in range(0, 13):
        text = (b'\0\0\0\1' * 4)[:length]
        if length != 4:
            cases.append((f'RST_STREAM of {length} bytes', opened + frame(RST_STREAM, 0, 1, text), size))
            cases.append((f'WINDOW_UPDATE of {length} bytes', frame(WINDOW_UPDATE, 0, 0, text), size))
        if length != 5:
            cases.append((f'PRIORITY of {length} bytes', frame(PRIORITY, 0, 1, text), size))
        if length != 8:
            cases.append((f'PING of {length} bytes', frame(PING, 0, 0, text), size))
        if length < 8:
            cases.append((f'GOAWAY of {length} bytes', frame(GOAWAY, 0, 0, text), size))
        if length % 6:
            cases.append((f'SETTINGS of {length} bytes', frame(SETTINGS, 0, 0, text), size))
        if length:
            cases.append((f'SETTINGS ACK of {length} bytes', frame(SETTINGS, 1, 0, text), size))
    for pad in (1, 2, 5, 100, 255):
        cases.append((f'DATA with padding {pad} of 1 byte', opened + frame(DATA, PADDED, 1, bytes([pad])), protocol))
        cases.append((f'HEADERS with padding {pad} of 1 byte', frame(HEADERS, PADDED | both, 1, bytes([pad])), (protocol, size)))
    for kind in (DATA, HEADERS, PRIORITY, RST_STREAM, PUSH_PROMISE, CONTINUATION):
        cases.append((f'type {kind} on stream 0', frame(kind, 4 if kind in (HEADERS, PUSH_PROMISE, CONTINUATION) else 0, 0, {DATA: b'x', PRIORITY: b'\0\0\0\0\1', RST_STREAM: number(8), PUSH_PROMISE: number(2)}.get(kind, b'\x82')), protocol))
    for kind, text in ((SETTINGS, b''), (PING, b'12345678'), (GOAWAY, b'12345678')):
        for stream in (1, 2, 3):
            cases.append((f'type {kind} on stream {stream}', frame(kind, 0, stream, text), protocol))
    for stream in (2, 4, 100, 0x7ffffffe):
        cases.append((f'HEADERS on stream {stream}', frame(HEADERS, both, stream, request()), protocol))
    reset = 'RESET PROTOCOL_ERROR'
    for code in [*range(0, 33), *range(65, 91), 34, 40, 41, 44, 47, 59, 60, 61, 62, 63, 64, 91, 92, 93, 123, 125, 127, 128, 255]:
        cases.append((f'byte {code} in a field name', frame(HEADERS, both, 1, request('/', 'GET', (f'a{chr(code)}', 'b'), scheme='https')), reset))
    for code in (0, 10, 13, 1, 2, 8, 11, 12, 27, 31, 127):
        cases.append((f'byte {code} in a field value', frame(HEADERS, both, 1, request('/', 'GET', ('a', f'b{chr(code)}c'), scheme='https')), reset))
    for index in (62, 63, 100, 126, 0):
        cases.append((f'index {index} of an empty table', frame(HEADERS, both, 1, bytes([0x80 | index])), bad_block))
    for text in (b'\x40', b'\x40\1', b'\x40\1a', b'\x40\1a\2b', b'\x00\x7f', b'\x00\xff\xff\xff\xff\xff\xff\x7f', b'\x3f', b'\x3f\xff\xff\xff\xff\xff\xff\x7f', b'\x82\x20', b'\x0f', b'\x10\x85\xff\xff\xff\xff\xff\1b'):
        cases.append((f'the block {text!r}', frame(HEADERS, both, 1, text), bad_block))
    return cases


@test
def http2_frames():
    run('HTTP/2', h2_cases(), h2_outcome)


# --- WebSocket -------------------------------------------------------------------------------------------------------------------

UPGRADE = (b'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
           b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')


def ws_outcome(server, data):
    got = server.exchange(server.clear, UPGRADE + data, ends=False)
    head, _, rest = got.partition(b'\r\n\r\n')
    if not head.startswith(b'HTTP/1.1 101'):
        return f'{got[:60]}'
    while rest and rest[0] != 0x88:  # messages or pongs before the close frame
        rest = rest[2 + rest[1]:]
    return int.from_bytes(rest[2:4], 'big') if len(rest) >= 4 else f'{rest}'


def ws_cases():
    cases, wrong, invalid = [], 1002, 1007

    def ws(opcode, payload=b'', fin=True, rsv=0, masked=True, length=None):
        size = len(payload)
        coded = length if length is not None else bytes([size]) if size < 126 else b'\x7e' + number(size, 2)
        return bytes([(0x80 if fin else 0) | rsv << 4 | opcode, coded[0] | (0x80 if masked else 0)]) + coded[1:] + (b'\0\0\0\0' if masked else b'') + payload
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for fin in (True, False):
            cases.append((f'opcode {opcode}, fin {fin}', ws(opcode, b'x', fin), wrong))
    for rsv in range(1, 8):
        for opcode in (0, 1, 2, 8, 9, 10):
            cases.append((f'reserved bits {rsv} with opcode {opcode}', ws(opcode, b'' if opcode != 8 else b'\3\xe8', rsv=rsv), wrong))
    for opcode in (0, 1, 2, 8, 9, 10):
        cases.append((f'opcode {opcode} without a mask', ws(opcode, b'\3\xe8', masked=False), wrong))
    for opcode in (8, 9, 10):
        cases.append((f'a fragment of opcode {opcode}', ws(opcode, b'', fin=False), wrong))
        cases.append((f'opcode {opcode} of 126 bytes', ws(opcode, b'x' * 126), wrong))
        cases.append((f'opcode {opcode} of 65536 bytes', ws(opcode, b'', length=b'\x7f' + number(65536, 8)), wrong))
    for opcode in (1, 2):
        for length in (b'\x7e' + number(1, 2), b'\x7e' + number(125, 2), b'\x7f' + number(1, 8), b'\x7f' + number(65535, 8), b'\x7f' + number(1 << 63, 8), b'\x7f' + b'\xff' * 8):
            cases.append((f'opcode {opcode} with the length {length.hex()}', ws(opcode, b'x', length=length), wrong))
        for length in (1001, 65535):
            cases.append((f'opcode {opcode} of {length} bytes', ws(opcode, b'', length=b'\x7e' + number(length, 2)), 1009))
        cases.append((f'opcode {opcode} of 2^62 bytes', ws(opcode, b'', length=b'\x7f' + number(1 << 62, 8)), 1009))
        cases.append((f'fragments of opcode {opcode} that are too many', ws(opcode, b'x' * 600, False) + ws(0, b'x' * 600), 1009))
        cases.append((f'opcode {opcode} inside a message', ws(1, b'x', False) + ws(opcode, b'x'), wrong))
        cases.append((f'opcode {opcode} behind a message of fragments that goes on', ws(opcode, b'x', False) + ws(0, b'y') + ws(0, b'z'), wrong))
    cases.append(('a continuation of nothing', ws(0, b'x'), wrong))
    cases.append(('a close frame of one byte', ws(8, b'\3'), wrong))
    for code in (0, 1, 500, 999, 1004, 1005, 1006, 1015, *range(1016, 1040, 3), 1100, 1999, 2000, 2500, 2999, 5000, 10000, 65535):
        cases.append((f'close code {code}', ws(8, number(code, 2)), wrong))
    sequences = ('80', 'bf', 'c0', 'c080', 'c1bf', 'c2', 'c220', 'c2c2', 'e0', 'e080', 'e08080', 'e09fbf', 'e1', 'e180', 'e18020', 'eda080', 'edbfbf', 'edb080', 'f0', 'f080', 'f0808080', 'f08fbfbf',
                 'f1', 'f180', 'f18080', 'f1808020', 'f4908080', 'f5', 'f5808080', 'f888808080', 'fc8480808080', 'fe', 'ff', 'ffff', 'c3c3a9', 'e282', 'f09f98', 'cebae1bdb9cf83cebcceb5eda080656469746564')
    for text in sequences:
        cases.append((f'the text {text}', ws(1, bytes.fromhex(text)), invalid))
        cases.append((f'the reason {text}', ws(8, b'\3\xe8' + bytes.fromhex(text)), invalid))
        cases.append((f'the text {text} in two fragments', ws(1, b'a' + bytes.fromhex(text)[:1], False) + ws(0, bytes.fromhex(text)[1:]), invalid))
    return cases


@test
def websocket_frames():
    run('WebSocket', ws_cases(), ws_outcome)


@test
def enough():
    count = len(tls_cases()) + len(h1_cases()) + len(h2_cases()) + len(ws_cases())
    check(f'{count} malformed inputs', count >= 600, count)


finish()
