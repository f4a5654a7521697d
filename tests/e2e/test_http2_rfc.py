"""HTTP/2 and HPACK section by section: what RFC 9113 and RFC 7541 let a client do, and what they call an error, in raw
frames against a real server, over TLS (ALPN) and in clear. Covers what h2spec (which Debian does not have) looks at.

A case is (section, what, what is sent, outcome). The outcome is what Peer.outcome sees: 'GOAWAY CODE' and then the end of
the connection, 'RESET CODE' of a stream, after which the connection goes on, or a status (`200 END`: the connection ends then). Where the RFC leaves the
choice, it is what this server has chosen: stricter than a stream error where the frame could not be told from an attack."""
import json
import os
import subprocess
import tempfile

from harness import Program, check, finish, free_port, test
from http2_peer import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HAS_PRIORITY, HEADERS, PADDED, PING, PREFACE,
                        PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, Peer, block, frame, integer, number,
                        request, setting, text)

APP = '''
export default { async fetch(request) {
  const path = new URL(request.url).pathname;
  if (path === '/hold') return new Promise(() => {});
  if (path === '/headers') return Response.json([...request.headers]);
  if (path === '/large') return new Response('x'.repeat(20000));
  return new Response(await request.text() || 'none');
} };
'''
BOTH = END_STREAM | END_HEADERS
EIGHT = b'12345678'
WWW = bytes.fromhex('f1e3c2e5f23a6ba0ab90f4ff')  # www.example.com (RFC 7541 C.4.1)
KEY, VALUE = bytes.fromhex('25a849e95ba97d7f'), bytes.fromhex('25a849e95bb8e8b4bf')  # custom-key, custom-value (C.4.3)
GET = b'\x82\x84\x86\x41' + text('test')  # all but :authority from the static table

CASES = []


def case(section, what, send, outcome, stream=1):
    CASES.append((section, what, send, outcome, stream))


def frames(*list):
    """Frames (type, flags, stream, payload) one after the other."""
    return lambda p: [p.send(*one) for one in list]


def fields(*more, head=None):
    return lambda p: p.send(HEADERS, BOTH, 1, request('/', 'GET', *more) if head is None else block(*head))


def headers_of(hpack):
    """The request's head is this block, its path /headers; the outcome is the fields that the app saw."""
    return lambda p: p.send(HEADERS, BOTH, 1, b'\x82\x86\x04' + text('/headers') + b'\x41' + text('test') + hpack)


OPEN = (HEADERS, END_HEADERS, 1, request('/hold', 'POST'))
DONE = (HEADERS, BOTH, 1, request('/hold'))
ASK = (HEADERS, BOTH, 1, GET)
CLOSED = 'STREAM_CLOSED'

# --- What must work -----------------------------------------------------------------------------------------------------
case('3.4', 'the preface, then a request', frames(ASK), '200')
case('5.1', 'PRIORITY on an idle stream', frames((PRIORITY, 0, 1, b'\0\0\0\0\x10'), ASK), '200')
case('5.1', 'WINDOW_UPDATE on a half-closed stream', frames((HEADERS, BOTH, 1, request('/large')), (WINDOW_UPDATE, 0, 1, number(100))), '200')
case('5.1', 'PRIORITY on a half-closed stream', frames(ASK, (PRIORITY, 0, 1, b'\0\0\0\0\x10')), '200')
case('5.1', 'RST_STREAM on a half-closed stream', frames(DONE, (RST_STREAM, 0, 1, number(8)), (HEADERS, BOTH, 3, GET)), '200', 3)
case('5.1', 'PRIORITY on a closed stream', lambda p: (p.ask(1), p.outcome(1), p.send(PRIORITY, 0, 1, b'\0\0\0\0\x10'), p.ask(3)), '200', 3)
case('5.1', 'WINDOW_UPDATE and RST_STREAM shortly after the end of a stream', lambda p: (
    p.ask(1), p.outcome(1), p.send(WINDOW_UPDATE, 0, 1, number(1)), p.send(RST_STREAM, 0, 1, number(8)), p.ask(3)), '200', 3)
case('6.1', 'DATA', frames(OPEN[:3] + (request('/', 'POST'),), (DATA, END_STREAM, 1, b'x')), '200')
case('6.1', 'several DATA', frames(OPEN[:3] + (request('/', 'POST'),), (DATA, 0, 1, b'x'), (DATA, 0, 1, b'y'), (DATA, END_STREAM, 1, b'')), '200')
case('6.1', 'DATA with padding', frames(OPEN[:3] + (request('/', 'POST'),), (DATA, END_STREAM | PADDED, 1, b'\5x\0\0\0\0\0')), '200')
case('6.1', 'DATA of nothing but padding', frames(OPEN[:3] + (request('/', 'POST'),), (DATA, END_STREAM | PADDED, 1, b'\3\0\0\0')), '200')
case('6.2', 'HEADERS with padding', frames((HEADERS, BOTH | PADDED, 1, b'\4' + GET + b'\0\0\0\0')), '200')
case('6.2', 'HEADERS with priority', frames((HEADERS, BOTH | HAS_PRIORITY, 1, b'\0\0\0\0\xff' + GET)), '200')
case('6.2', 'HEADERS with priority and padding', frames((HEADERS, BOTH | HAS_PRIORITY | PADDED, 1, b'\2\x80\0\0\0\x01' + GET + b'\0\0')), '200')
for what, payload in (('weight 1', b'\0\0\0\0\0'), ('weight 256', b'\0\0\0\0\xff'), ('a dependency', b'\0\0\0\x07\x10'), ('exclusive', b'\x80\0\0\x07\x10')):
    case('6.3', f'PRIORITY with {what}', frames((PRIORITY, 0, 1, payload), ASK), '200')
case('6.3', 'PRIORITY of a higher stream, then a lower one', frames((PRIORITY, 0, 9, b'\0\0\0\0\x10'), ASK), '200')
case('6.4', 'RST_STREAM with an unknown code', frames(DONE, (RST_STREAM, 0, 1, number(0xff)), (HEADERS, BOTH, 3, GET)), '200', 3)
for id, value, what in ((1, 0, 'HEADER_TABLE_SIZE 0'), (1, 65536, 'HEADER_TABLE_SIZE 65536'), (2, 0, 'ENABLE_PUSH 0'), (2, 1, 'ENABLE_PUSH 1'),
                        (3, 0, 'MAX_CONCURRENT_STREAMS 0'), (4, 0x7fffffff, 'INITIAL_WINDOW_SIZE 2^31-1'), (5, 16384, 'MAX_FRAME_SIZE 2^14'),
                        (5, 16777215, 'MAX_FRAME_SIZE 2^24-1'), (6, 1, 'MAX_HEADER_LIST_SIZE 1'), (0xff, 1, 'an unknown identifier')):
    case('6.5.2', f'SETTINGS {what}', frames((SETTINGS, 0, 0, setting((id, value))), ASK), '200')
case('6.5.3', 'the last of several values counts', lambda p: (
    p.send(SETTINGS, 0, 0, setting((4, 1), (4, 5))), p.ask(1, '/large')), ('data', [5]))
case('6.8', 'GOAWAY with an unknown code', frames((HEADERS, BOTH, 1, GET), (GOAWAY, 0, 0, number(0) + number(0xff))), '200 END')
case('6.9', 'WINDOW_UPDATE of the connection', frames((WINDOW_UPDATE, 0, 0, number(1)), ASK), '200')
case('6.9', 'WINDOW_UPDATE of a stream', frames(OPEN[:3] + (request('/', 'POST'),), (WINDOW_UPDATE, 0, 1, number(1)), (DATA, END_STREAM, 1, b'')), '200')
case('6.9.1', 'no byte over the window of a stream', lambda p: (p.send(SETTINGS, 0, 0, setting((4, 1))), p.ask(1, '/large')), ('data', [1]))
case('6.9.2', 'a window that grows by SETTINGS', lambda p: (
    p.send(SETTINGS, 0, 0, setting((4, 0))), p.ask(1, '/large'), p.until(lambda f: f[0] == HEADERS), p.send(SETTINGS, 0, 0, setting((4, 1)))), ('data', [1]))
case('6.9.2', 'a window below zero opens by as much', lambda p: (
    p.send(SETTINGS, 0, 0, setting((4, 3))), p.ask(1, '/large'), p.until(lambda f: f[0] == DATA), p.send(SETTINGS, 0, 0, setting((4, 2))),
    p.send(WINDOW_UPDATE, 0, 1, number(2))), ('data', [1]))
case('6.10', 'CONTINUATION', frames((HEADERS, END_STREAM, 1, GET[:2]), (CONTINUATION, END_HEADERS, 1, GET[2:])), '200')
case('6.10', 'several CONTINUATION, some empty', frames((HEADERS, END_STREAM, 1, GET[:2]), (CONTINUATION, 0, 1, b''), (CONTINUATION, 0, 1, GET[2:3]), (CONTINUATION, END_HEADERS, 1, GET[3:])), '200')
case('6.10', 'HEADERS of no bytes, then CONTINUATION', frames((HEADERS, END_STREAM, 1, b''), (CONTINUATION, END_HEADERS, 1, GET)), '200')
case('5.5', 'a frame of an unknown type', frames((0x16, 0, 0, EIGHT), ASK), '200')
case('5.5', 'a frame of an unknown type on a stream', frames(OPEN[:3] + (request('/', 'POST'),), (0x16, 0xff, 1, EIGHT), (DATA, END_STREAM, 1, b'')), '200')
case('4.1', 'flags that are not defined', frames((PING, 0xfe, 0, EIGHT), (HEADERS, BOTH | 0xd0 & ~HAS_PRIORITY, 1, GET)), '200')
case('4.1', 'the reserved bit of the stream', lambda p: p.write(frame(HEADERS, BOTH, 1 | 1 << 31, GET)), '200')
case('4.1', 'the reserved bit of a window update', frames((WINDOW_UPDATE, 0, 0, number(1 | 1 << 31)), ASK), '200')
case('4.2', 'DATA of 2^14 bytes', frames(OPEN[:3] + (request('/', 'POST'),), (DATA, END_STREAM, 1, b'x' * 16384)), '200')
case('8.1', 'GET', frames(ASK), '200')
case('8.1', 'HEAD', lambda p: p.ask(1, '/', method='HEAD'), '200')
case('8.1', 'POST with trailers', frames(OPEN[:3] + (request('/', 'POST', ('trailer', 'x-sum')),), (DATA, 0, 1, b'x'), (HEADERS, BOTH, 1, block(('x-sum', '1')))), '200')
case('8.1', 'OPTIONS *', lambda p: p.ask(1, '*', method='OPTIONS'), '200')
case('8.2.2', 'te: trailers', fields(('te', 'trailers')), '200')
case('8.2.3', 'crumbs of a cookie are joined', headers_of(block(('cookie', 'a=1'), ('cookie', 'b=2'))), ('fields', 'cookie', 'a=1; b=2'))
case('8.3.1', 'host in place of :authority', fields(head=[(':method', 'GET'), (':scheme', 'http'), (':path', '/'), ('host', 'test')]), '200')
case('8.3.1', 'host and :authority that agree', fields(('host', 'test')), '200')
case('8.3.1', 'the fields before one of them may come in any order', fields(head=[(':authority', 'test'), (':path', '/'), (':scheme', 'http'), (':method', 'GET')]), '200')
case('8.1.1', 'content-length 0 with END_STREAM', fields(('content-length', '0')), '200')

# --- The connection's errors ---------------------------------------------------------------------------------------------


def wrong(section, what, code, *list):
    case(section, what, frames(*list), f'GOAWAY {code}')


P, SIZE, FLOW, COMPRESSION = 'PROTOCOL_ERROR', 'FRAME_SIZE_ERROR', 'FLOW_CONTROL_ERROR', 'COMPRESSION_ERROR'
wrong('4.2', 'DATA of 2^14 + 1 bytes', SIZE, OPEN, (DATA, 0, 1, b'x' * 16385))
wrong('4.2', 'HEADERS of 2^14 + 1 bytes', SIZE, (HEADERS, BOTH, 1, GET + b'\0' * (16385 - len(GET))))
wrong('4.2', 'an unknown type of 2^14 + 1 bytes', SIZE, (0x16, 0, 0, b'x' * 16385))
wrong('4.3', 'a block that does not decode', COMPRESSION, (HEADERS, BOTH, 1, b'\x40'))
for what, other in (('PRIORITY', (PRIORITY, 0, 1, b'\0\0\0\0\x10')), ('HEADERS of another stream', (HEADERS, BOTH, 3, GET)), ('DATA', (DATA, 0, 1, b'x')),
                    ('PING', (PING, 0, 0, EIGHT)), ('SETTINGS', (SETTINGS, 0, 0, b'')), ('RST_STREAM', (RST_STREAM, 0, 1, number(8))), ('GOAWAY', (GOAWAY, 0, 0, EIGHT)),
                    ('WINDOW_UPDATE', (WINDOW_UPDATE, 0, 0, number(1))), ('an unknown type', (0x16, 0, 0, EIGHT)), ('CONTINUATION of another stream', (CONTINUATION, END_HEADERS, 3, GET[3:])),
                    ('CONTINUATION of stream 0', (CONTINUATION, END_HEADERS, 0, GET[3:]))):
    wrong('6.2', f'a block that {what} interrupts', P, (HEADERS, END_STREAM, 1, GET[:3]), other)
wrong('6.10', 'a block that PING interrupts after CONTINUATION', P, (HEADERS, END_STREAM, 1, GET[:2]), (CONTINUATION, 0, 1, GET[2:3]), (PING, 0, 0, EIGHT))
for what, one in (('DATA', (DATA, 0, 1, b'x')), ('RST_STREAM', (RST_STREAM, 0, 1, number(8))), ('WINDOW_UPDATE', (WINDOW_UPDATE, 0, 1, number(1))),
                  ('CONTINUATION', (CONTINUATION, END_HEADERS, 1, GET))):
    wrong('5.1', f'{what} on an idle stream', P, one)
wrong('6.10', 'CONTINUATION after the end of a block', P, DONE, (CONTINUATION, END_HEADERS, 1, b''))
wrong('6.10', 'CONTINUATION after the end of continuations', P, (HEADERS, END_STREAM, 1, b''), (CONTINUATION, END_HEADERS, 1, DONE[3]), (CONTINUATION, END_HEADERS, 1, b''))
wrong('6.10', 'CONTINUATION after DATA', P, OPEN, (DATA, 0, 1, b'x'), (CONTINUATION, END_HEADERS, 1, b''))
wrong('5.1', 'CONTINUATION on a closed stream', P, DONE, (RST_STREAM, 0, 1, number(8)), (CONTINUATION, END_HEADERS, 1, GET))
wrong('5.1.1', 'an even stream', P, (HEADERS, BOTH, 2, GET))
wrong('6.1', 'DATA on stream 0', P, (DATA, 0, 0, b'x'))
wrong('6.1', 'padding as long as the payload', P, OPEN, (DATA, PADDED, 1, b'\2x'))
wrong('6.1', 'PADDED without a length', P, OPEN, (DATA, PADDED, 1, b''))
wrong('6.2', 'HEADERS on stream 0', P, (HEADERS, BOTH, 0, GET))
wrong('6.2', 'HEADERS with padding as long as the payload', P, (HEADERS, BOTH | PADDED, 1, bytes([len(GET) + 1]) + GET))
wrong('6.2', 'HEADERS too short for its priority', SIZE, (HEADERS, BOTH | HAS_PRIORITY, 1, b'\0\0\0'))
wrong('6.3', 'PRIORITY on stream 0', P, (PRIORITY, 0, 0, b'\0\0\0\0\x10'))
wrong('6.3', 'PRIORITY of 4 bytes', SIZE, (PRIORITY, 0, 1, b'\0\0\0\0'))
wrong('6.4', 'RST_STREAM on stream 0', P, (RST_STREAM, 0, 0, number(8)))
wrong('6.4', 'RST_STREAM of 3 bytes', SIZE, DONE, (RST_STREAM, 0, 1, b'\0\0\x08'))
wrong('6.4', 'RST_STREAM of 5 bytes', SIZE, DONE, (RST_STREAM, 0, 1, b'\0\0\0\0\x08'))
wrong('6.5', 'SETTINGS ACK with a payload', SIZE, (SETTINGS, ACK, 0, setting((3, 1))))
wrong('6.5', 'SETTINGS on a stream', P, (SETTINGS, 0, 1, setting((3, 1))))
wrong('6.5', 'SETTINGS of 3 bytes', SIZE, (SETTINGS, 0, 0, b'\0\3\0'))
for what, id, value, code in (('ENABLE_PUSH 2', 2, 2, P), ('INITIAL_WINDOW_SIZE 2^31', 4, 1 << 31, FLOW), ('MAX_FRAME_SIZE 2^14 - 1', 5, 16383, P),
                              ('MAX_FRAME_SIZE 2^24', 5, 1 << 24, P)):
    wrong('6.5.2', what, code, (SETTINGS, 0, 0, setting((id, value))))
wrong('6.6', 'PUSH_PROMISE', P, OPEN, (PUSH_PROMISE, END_HEADERS, 1, number(2) + GET))
wrong('6.7', 'PING on a stream', P, (PING, 0, 1, EIGHT))
wrong('6.7', 'PING of 6 bytes', SIZE, (PING, 0, 0, EIGHT[:6]))
wrong('6.7', 'PING of 9 bytes', SIZE, (PING, 0, 0, EIGHT + b'9'))
wrong('6.8', 'GOAWAY on a stream', P, (GOAWAY, 0, 1, EIGHT))
wrong('6.8', 'GOAWAY of 7 bytes', SIZE, (GOAWAY, 0, 0, EIGHT[:7]))
wrong('6.9', 'WINDOW_UPDATE of 0', P, (WINDOW_UPDATE, 0, 0, number(0)))
wrong('6.9', 'WINDOW_UPDATE of 3 bytes', SIZE, (WINDOW_UPDATE, 0, 0, b'\0\0\1'))
wrong('6.9.1', "the connection's window over 2^31 - 1", FLOW, (WINDOW_UPDATE, 0, 0, number(0x7fffffff)), (WINDOW_UPDATE, 0, 0, number(0x7fffffff)))
wrong('6.9.2', "SETTINGS that takes a stream's window over 2^31 - 1", FLOW, OPEN, (WINDOW_UPDATE, 0, 1, number(0x7fff0000)), (SETTINGS, 0, 0, setting((4, 0x7fffffff))))
wrong('6.9', 'WINDOW_UPDATE of 0 on a stream', P, OPEN, (WINDOW_UPDATE, 0, 1, number(0)))
wrong('6.9.1', "a stream's window over 2^31 - 1", FLOW, OPEN, (WINDOW_UPDATE, 0, 1, number(0x7fffffff)))
wrong('5.1', 'DATA on a half-closed stream', CLOSED, DONE, (DATA, 0, 1, b'x'))
wrong('5.1', 'HEADERS on a stream that its client has reset', CLOSED, DONE, (RST_STREAM, 0, 1, number(8)), ASK)
case('5.1', 'HEADERS on a stream that is over', lambda p: (p.ask(1), p.outcome(1), p.send(*ASK)), f'GOAWAY {CLOSED}')
case('5.1', 'DATA on a stream that its client has reset is passed over', frames(DONE, (RST_STREAM, 0, 1, number(8)), (DATA, 0, 1, b'x'), (HEADERS, BOTH, 3, GET)), '200', 3)
case('5.1', 'DATA on a stream that is over is passed over', lambda p: (p.ask(1), p.outcome(1), p.send(DATA, 0, 1, b'x'), p.ask(3)), '200', 3)
wrong('5.1.1', 'a stream lower than the last', P, (HEADERS, BOTH, 5, DONE[3]), (HEADERS, BOTH, 3, GET))
case('5.1', 'what is under way for a stream that the server has reset', frames(
    (HEADERS, END_HEADERS, 1, request('', 'POST')), (DATA, 0, 1, b'x'), (HEADERS, BOTH, 1, block(('x-sum', '1'))), (HEADERS, BOTH, 3, GET)), '200', 3)
case('5.1', 'what comes after the reset', lambda p: (p.send(HEADERS, END_HEADERS, 1, request('', 'POST')), p.outcome(1),
     p.send(DATA, 0, 1, b'x'), p.send(HEADERS, BOTH, 1, block(('x-sum', '1'))), p.ask(3)), '200', 3)
case('5.1', 'what is under way for a stream that was refused', lambda p: (
    [p.ask(n, '/hold') for n in range(1, 17, 2)], p.ask(17, '/hold', flags=END_HEADERS), p.send(DATA, END_STREAM, 17, b'x'), p.send(RST_STREAM, 0, 1, number(8)),
    p.outcome(17), p.send(DATA, END_STREAM, 17, b'x'), p.ask(19)), '200', 19)
wrong('5.1', 'HEADERS on a half-closed stream', CLOSED, DONE, (HEADERS, BOTH, 1, GET))

# --- A stream's errors: the connection goes on ----------------------------------------------------------------------------


def reset(section, what, code, send, stream=1):
    case(section, what, send, f'RESET {code}', stream)


reset('5.1.2', 'more streams than SETTINGS_MAX_CONCURRENT_STREAMS', 'REFUSED_STREAM', lambda p: [p.ask(n, '/hold') for n in range(1, 20, 2)], 17)
reset('8.1', 'trailers without END_STREAM', P, frames(OPEN, (HEADERS, END_HEADERS, 1, block(('x-sum', '1')))))
reset('8.1', 'a pseudo-field in trailers', P, frames(OPEN, (HEADERS, BOTH, 1, block((':method', 'GET')))))
reset('8.1.1', 'content-length that END_STREAM belies', P, fields(('content-length', '1')))
for length, parts in ((1, [b'xy']), (4, [b'x', b'y']), (1, [b'x', b'y'])):
    reset('8.1.1', f'content-length {length} and {len(b"".join(parts))} bytes in {len(parts)} DATA', P, (lambda length, parts: lambda p: (
        p.ask(1, '/hold', ('content-length', str(length)), method='POST', flags=END_HEADERS),
        [p.send(DATA, END_STREAM if i == len(parts) - 1 else 0, 1, part) for i, part in enumerate(parts)]))(length, parts))
for name, value, what in (('X-Upper', 'a', 'a name in upper case'), ('a b', 'c', 'a blank in a name'), ('a\x7f', 'c', 'DEL in a name'), ('a\x80', 'c', 'a byte over 127 in a name'),
                          ('', 'c', 'an empty name'), ('a:b', 'c', 'a colon in a name'), ('a', 'b\r\nc', 'CR LF in a value'), ('a', 'b\0', 'NUL in a value'), ('a', 'b\n', 'LF in a value'),
                          ('a', ' b', 'a value that begins with a blank'), ('a', 'b\t', 'a value that ends with a tab')):
    reset('8.2.1', what, P, fields((name, value)))
for name, value in (('connection', 'keep-alive'), ('proxy-connection', 'keep-alive'), ('keep-alive', 'timeout=5'), ('transfer-encoding', 'chunked'), ('upgrade', 'foo'), ('te', 'gzip'), ('te', 'trailers, gzip')):
    reset('8.2.2', f'{name}: {value}', P, fields((name, value)))
reset('8.3', 'an unknown pseudo-field', P, fields(head=[(':method', 'GET'), (':scheme', 'http'), (':path', '/'), (':authority', 'test'), (':odd', 'x')]))
reset('8.3', "a response's pseudo-field", P, fields(head=[(':method', 'GET'), (':scheme', 'http'), (':path', '/'), (':authority', 'test'), (':status', '200')]))
reset('8.3', 'a pseudo-field after another field', P, fields(head=[(':method', 'GET'), (':scheme', 'http'), ('a', 'b'), (':path', '/'), (':authority', 'test')]))
COMPLETE = [(':method', 'GET'), (':scheme', 'http'), (':path', '/'), (':authority', 'test')]
for i in range(3):
    reset('8.3.1', f'no {COMPLETE[i][0]}', P, fields(head=COMPLETE[:i] + COMPLETE[i + 1:]))
for i in range(4):
    reset('8.3.1', f'two {COMPLETE[i][0]}', P, fields(head=COMPLETE[:i + 1] + COMPLETE[i:]))
reset('8.3.1', 'an empty :path', P, fields(head=[(':method', 'GET'), (':scheme', 'http'), (':path', ''), (':authority', 'test')]))
reset('8.3.1', 'host against :authority', P, fields(('host', 'other')))
reset('8.5', 'CONNECT with :path', P, fields(head=[(':method', 'CONNECT'), (':scheme', 'http'), (':path', '/'), (':authority', 'test:80')]))
reset('8.5', 'CONNECT without :authority', P, fields(head=[(':method', 'CONNECT')]))
reset('RFC 8441 4', ':protocol without CONNECT', P, fields(head=COMPLETE + [(':protocol', 'websocket')]))

# --- HPACK (RFC 7541) ------------------------------------------------------------------------------------------------------
for name, first, indexed in (('with indexing', 0x40, 15), ('without indexing', 0, 4), ('never indexed', 0x10, 4)):
    bits = 6 if first == 0x40 else 4
    agent = integer(58, bits, first)
    case('7541 6.2', f'literal {name}, indexed name', headers_of(agent + text('me')), ('fields', 'user-agent', 'me'))
    case('7541 6.2', f'literal {name}, indexed name, Huffman', headers_of(agent + bytes([0x80 | len(VALUE)]) + VALUE), ('fields', 'user-agent', 'custom-value'))
    case('7541 6.2', f'literal {name}, new name', headers_of(bytes([first]) + text('custom-key') + text('v')), ('fields', 'custom-key', 'v'))
    case('7541 6.2', f'literal {name}, new name, Huffman', headers_of(bytes([first, 0x80 | len(KEY)]) + KEY + bytes([0x80 | len(VALUE)]) + VALUE), ('fields', 'custom-key', 'custom-value'))
case('7541 6.1', 'indexed fields of the static table', headers_of(b'\x90'), ('fields', 'accept-encoding', 'gzip, deflate'))
case('7541 2.3.2', 'a field of the dynamic table', headers_of(b'\x40' + text('a') + text('b') + b'\xbe'), ('fields', 'a', 'b, b'))
case('7541 4.1', 'the dynamic table lives as long as the connection', lambda p: (
    p.send(HEADERS, BOTH, 1, GET + b'\x40' + text('a') + text('kept')), p.outcome(1),
    p.send(HEADERS, BOTH, 3, b'\x82\x86\x04' + text('/headers') + b'\xbf\xbe')), ('fields', 'a', 'kept'), 3)
case('7541 4.3', 'a table of no bytes, and of 4096 again', headers_of(b''), ('fields', 'host', 'test'))
case('7541 6.3', 'a change of the table at the start of a block', frames((HEADERS, BOTH, 1, b'\x20' + GET)), '200')
case('7541 4.2', 'two changes of the table at the start of a block', frames((HEADERS, BOTH, 1, b'\x20\x3f\xe1\x1f' + GET)), '200')
case('7541 4.4', 'a field larger than the table empties it', lambda p: (
    p.send(HEADERS, BOTH, 1, GET + b'\x40' + text('a') + text('b' * 5000)), p.outcome(1), p.send(HEADERS, BOTH, 3, b'\x82\x84\x86\xbe')), f'GOAWAY {COMPRESSION}', 3)
case('7541 5.2', 'Huffman: www.example.com', frames((HEADERS, BOTH, 1, b'\x82\x84\x86\x41' + bytes([0x80 | len(WWW)]) + WWW)), '200')
for section, what, hpack in (
        ('2.3.3', 'an index that is not there', b'\xff\x00'), ('2.3.3', 'a literal of a name that is not there', b'\x7f\x00' + text('x')),
        ('4.2', 'a change of the table at the end of a block', b'\x20'), ('4.2', 'a change of the table between fields', b'\x20' + block(('a', 'b'))),
        ('5.1', 'an integer without an end', b'\xff' + b'\xff' * 9 + b'\x7f'), ('5.1', 'an integer cut off', b'\x7f\x80'),
        ('5.2', 'Huffman padding of 8 bits', b'\0' + text('a') + b'\x82\x1f\xff'), ('5.2', 'Huffman padding of zeros', b'\0' + text('a') + b'\x81\x18'),
        ('5.2', 'Huffman with EOS', b'\0' + text('a') + b'\x84\xff\xff\xff\xfc'), ('5.2', 'a string longer than the block', b'\0' + text('a') + b'\x7f\x10x'),
        ('6.1', 'index 0', b'\x80'), ('6.3', 'a table over SETTINGS_HEADER_TABLE_SIZE', None)):
    if hpack is None:
        wrong('7541 ' + section, what, COMPRESSION, (HEADERS, BOTH, 1, b'\x3f\xe2\x1f' + GET))
    else:
        wrong('7541 ' + section, what, COMPRESSION, (HEADERS, BOTH, 1, GET + hpack))


class Server(Program):
    """The app over both; port: clear, https."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        f, self.clear, self.https = self.folder.name, free_port(), free_port()
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', f'{f}/key.pem',
                        '-out', f'{f}/cert.pem', '-days', '2', '-subj', '/CN=localhost'], check=True, capture_output=True)
        with open(f'{f}/app.mjs', 'w') as file:
            file.write(APP)
        with open(f'{f}/jsd.yaml', 'w') as file:
            file.write(f'app: app.mjs\nworkers: 1\nlisten:\n  - 127.0.0.1:{self.clear}\n  - {{address: 127.0.0.1:{self.https}, tls: true}}\ndrain_timeout: 1s\n'
                       f'tls:\n  certificates: {{cert: {f}/cert.pem, key: {f}/key.pem}}\nhttp:\n  http2_max_streams: 8\n')
        super().__init__('serve', '-c', f'{f}/jsd.yaml')
        self.wait_for('reload: kill')


def result(p, expected, stream):
    """What came, in the words of the case, and whether the connection did what goes with it."""
    if isinstance(expected, tuple) and expected[0] == 'data':
        sizes = [len(p.until(lambda f: f[0] in (DATA, GOAWAY, RST_STREAM))[3])]
        return ('data', sizes), p.alive() and not any(f[0] == DATA for f in p.seen[-1:])
    if isinstance(expected, tuple):
        status, body = p.body(stream)
        return (('fields', expected[1], dict(json.loads(body)).get(expected[1])) if status == 200 else status), p.alive()
    got = p.outcome(stream)
    if got.startswith('GOAWAY'):
        return got, p.until(lambda f: f[0] not in (GOAWAY, PING)) is None
    if expected.endswith(' END'):
        return f'{got} {"END" if p.until(lambda f: False) is None else ""}', True
    leaving = any(f[0] == GOAWAY for f in p.seen)
    return got, leaving or p.alive()


def run(server, tls):
    bad, where = 0, 'TLS' if tls else 'clear'
    for section, what, send, expected, stream in CASES:
        with Peer(server.https if tls else server.clear, tls) as p:
            try:
                send(p)
                got, after = result(p, expected, stream)
            except (AssertionError, OSError, ValueError, TypeError) as error:
                got, after = f'{type(error).__name__}: {error}', True
            if got != expected or not after:
                bad += 1
                check(f'{section} {what} ({where})', False, f'{got}{"" if after else ", and the connection is not as it should be"}; expected {expected}')
    check(f'{len(CASES)} cases of RFC 9113 and RFC 7541 ({where})', bad == 0, f'{bad} failed')


@test
def sections():
    with Server() as server:
        for tls in (False, True):
            run(server, tls)


@test
def preface():
    """3.4: the connection begins with the preface and SETTINGS, on both sides."""
    with Server() as server:
        for tls in (False, True):
            port, where = (server.https, 'TLS') if tls else (server.clear, 'clear')
            with Peer(port, tls) as p:
                first = p.next()
                check(f'the first frame of the server is SETTINGS ({where})', first and first[0] == SETTINGS and not first[1] & ACK, first)
                ack = p.until(lambda f: f[0] == SETTINGS and f[1] & ACK)
                check(f'6.5.3 SETTINGS are acknowledged ({where})', ack and ack[3] == b'', ack)
                p.send(PING, ACK, 0, b'unasked!')
                p.send(PING, 0, 0, EIGHT)
                pong = p.until(lambda f: f[0] == PING)
                check(f'6.7 PING comes back, an ACK does not ({where})', pong and pong[1] & ACK and pong[3] == EIGHT, pong)
            with Peer(port, tls, raw=True) as p:
                p.write(PREFACE + frame(PING, 0, 0, EIGHT))
                got = p.outcome()
                check(f'no SETTINGS after the preface ({where})', got == 'GOAWAY PROTOCOL_ERROR', got)
        with Peer(server.https, True, raw=True) as p:
            p.write(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
            got = p.outcome()
            check('HTTP/1.1 where h2 was agreed on', got in ('END', 'GOAWAY PROTOCOL_ERROR'), got)
            check('... is not answered by the app', b'HTTP/1.1' not in p.data, p.data)


if __name__ == '__main__':
    finish()
