"""A client that speaks HTTP/2 in raw frames (RFC 9113), over a clear socket or TLS, for the suites that send what no real
client would. Header blocks are literals without indexing unless a test gives the bytes itself."""
import socket
import ssl

PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
ERRORS = ('NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED',
          'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM',
          'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED')
# Codes of digits in HPACK's Huffman code (RFC 7541 appendix B): what a status needs.
DIGITS = {'00000': '0', '00001': '1', '00010': '2', '011001': '3', '011010': '4', '011011': '5', '011100': '6', '011101': '7',
          '011110': '8', '011111': '9'}
STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


def number(value, size=4):
    return value.to_bytes(size, 'big')


def frame(kind, flags, stream, payload=b''):
    return number(len(payload), 3) + bytes([kind, flags]) + number(stream) + payload


def integer(value, bits, first=0):
    """HPACK's integer of RFC 7541 5.1 with a prefix of `bits`, or-ed into `first`."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytes([first | most]), value - most
    while value >= 128:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def text(value):
    value = value if isinstance(value, bytes) else value.encode('latin1')
    return integer(len(value), 7) + value


def block(*fields, first=0):
    """Literal fields with new names; first: 0 without indexing, 0x10 never indexed, 0x40 indexed."""
    return b''.join(bytes([first]) + text(name) + text(value) for name, value in fields)


def request(path='/', method='GET', *more, scheme='http', authority='test'):
    return block((':method', method), (':scheme', scheme), (':path', path), (':authority', authority), *more)


def setting(*pairs):
    return b''.join(number(id, 2) + number(value) for id, value in pairs)


def status_of(payload):
    """The status that a header block begins with; None where it is written in a way that nghttp2 does not use."""
    while payload and payload[0] & 0xe0 == 0x20:  # a change of the table's size, of one byte
        payload = payload[1:] if payload[0] & 31 < 31 else payload[payload.index(next(b for b in payload[1:] if b < 128), 1) + 1:]
    if payload[0] & 0x80:
        return STATUSES.get(payload[0] & 0x7f)
    at = 1
    length = payload[at]
    value = payload[at + 1:at + 1 + (length & 0x7f)]
    if not length & 0x80:
        return int(value)
    bits, out = ''.join(f'{byte:08b}' for byte in value), ''
    while len(out) < 3:
        code = next(code for code in DIGITS if bits.startswith(code))
        out, bits = out + DIGITS[code], bits[len(code):]
    return int(out)


class Peer:
    """One connection. `with Peer(port) as p`; the preface and empty SETTINGS are sent unless `raw`."""

    def __init__(self, port, tls=False, raw=False, settings=b'', timeout=5):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_alpn_protocols(['h2'])
            self.socket = context.wrap_socket(self.socket, server_hostname='localhost')
        self.tls, self.data, self.seen, self.ended = tls, b'', [], False
        if not raw:
            self.write(PREFACE + frame(SETTINGS, 0, 0, settings))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def write(self, data):
        """What the server does not want to read any more is not an error of the test's."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def send(self, kind, flags=0, stream=0, payload=b''):
        self.write(frame(kind, flags, stream, payload))

    def ask(self, stream=1, path='/', *more, method='GET', flags=END_STREAM | END_HEADERS):
        self.send(HEADERS, flags, stream, request(path, method, *more, scheme='https' if self.tls else 'http'))

    def next(self):
        """The next frame as (type, flags, stream, payload); None at the end of the connection."""
        while len(self.data) < 9 or len(self.data) < 9 + int.from_bytes(self.data[:3], 'big'):
            try:
                got = self.socket.recv(65536)
            except socket.timeout:
                raise AssertionError(f'nothing came after {self.seen[-5:]}') from None
            except OSError:
                got = b''
            if not got:
                self.ended = True
                return None
            self.data += got
        length = int.from_bytes(self.data[:3], 'big')
        found = (self.data[3], self.data[4], int.from_bytes(self.data[5:9], 'big') & 0x7fffffff, self.data[9:9 + length])
        self.data = self.data[9 + length:]
        self.seen.append(found)
        if found[0] == SETTINGS and not found[1] & ACK:
            self.send(SETTINGS, ACK)
        return found

    def until(self, done):
        """Frames until one for which done(frame) is true; that one, or None at the end."""
        while (found := self.next()) and not done(found):
            pass
        return found

    def outcome(self, stream=None):
        """What becomes of a stream, or of the connection: 'GOAWAY CODE', 'RESET CODE', '200' (with the stream's end), 'END'."""
        status = None
        while found := self.next():
            kind, flags, of, payload = found
            if kind == GOAWAY:
                code = int.from_bytes(payload[4:8], 'big')
                if code:
                    return f'GOAWAY {ERRORS[code]}'
            elif kind == RST_STREAM and of == stream:
                return f'RESET {ERRORS[int.from_bytes(payload, "big")]}'
            elif kind == HEADERS and of == stream and status is None and (value := status_of(payload)) >= 200:
                status = value
            if kind in (DATA, HEADERS) and of == stream and flags & END_STREAM:
                return str(status)
        return 'END'

    def body(self, stream):
        """An answer's status and body."""
        status, body = None, b''
        while found := self.next():
            kind, flags, of, payload = found
            if of != stream:
                continue
            if kind == RST_STREAM:
                return f'RESET {ERRORS[int.from_bytes(payload, "big")]}', body
            if kind == HEADERS and status is None:
                status = status_of(payload)
            if kind == DATA:
                body += payload
            if flags & END_STREAM:
                break
        return status, body

    def alive(self):
        """Whether a PING is answered."""
        self.send(PING, 0, 0, b'are you?')
        found = self.until(lambda f: f[0] == PING and f[1] & ACK and f[3] == b'are you?' or f[0] == GOAWAY)
        return bool(found and found[0] == PING)
